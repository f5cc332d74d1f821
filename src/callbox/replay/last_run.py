"""Which requests did not go well in the last run: kept for `--only-failed`, in the folder for what comes and goes."""

from __future__ import annotations

import json
import os.path
from collections.abc import Iterable

from callbox.errors import CallboxError, UsageError
from callbox.replay.labels import public_label
from callbox.report.result import Result
from callbox.store.files import read_bytes, write_bytes
from callbox.store.places import make_place, place

_NAME = "last-replay.json"
Failed = frozenset[tuple[str, str]]
"""Pairs of a file's whole path and a request's label."""


def read_last() -> Failed:
    """What did not go well. Raises `UsageError` where no run is known."""
    folder = place("state")
    try:
        found = json.loads(read_bytes(str(folder / _NAME))) if folder is not None else None
        return frozenset((str(path), str(label)) for path, label in found["unfit"]) if found else frozenset()
    except (UsageError, ValueError, KeyError, TypeError):
        raise UsageError("No last run is known", hint="run without --only-failed first") from None


def write_last(results: Iterable[Result]) -> None:
    """Remember them. Where there is no place to, nothing is said: the run itself went as it went."""
    folder = make_place("state")
    if folder is None:
        return
    unfit = sorted(
        {(os.path.abspath(r.file), public_label(r.step)) for r in results if r.step is not None and _is_unfit(r)}
    )
    try:
        write_bytes(str(folder / _NAME), json.dumps({"unfit": unfit}).encode(), mode=0o600)
    except CallboxError:
        return


def _is_unfit(result: Result) -> bool:
    is_left_out = result.outcome == "skipped" and result.reason not in ("disabled", "not confirmed")
    return result.outcome in ("failed", "error") or is_left_out
