"""Which requests did not go well in the last run: kept for `--only-failed`, in the folder for what comes and goes."""

from __future__ import annotations

import json
import os.path
from collections.abc import Iterable

from callbox.errors import CallboxError, UsageError
from callbox.replay.plan import public_label
from callbox.report.result import Result
from callbox.storage.directories import make_place, place
from callbox.storage.private_files import Folder

_NAME = "last-replay.json"
_MOST_BYTES = 64_000_000
Failed = frozenset[tuple[str, str]]
"""Pairs of a file's whole path and a request's label."""


def read_last() -> Failed:
    """What did not go well. Raises `UsageError` where no run is known."""
    folder = place("state")
    if folder is None:
        return frozenset()
    try:
        with Folder(folder) as opened:
            found = json.loads(opened.read(_NAME, _MOST_BYTES))
        return frozenset((str(path), str(label)) for path, label in found["unfit"])
    except (CallboxError, OSError, ValueError, KeyError, TypeError, RecursionError):
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
        with Folder(folder) as opened:
            opened.replace(_NAME, json.dumps({"unfit": unfit}).encode())
    except (CallboxError, OSError):
        return


def _is_unfit(result: Result) -> bool:
    is_left_out = result.outcome == "skipped" and result.reason not in ("disabled", "not confirmed")
    return result.outcome in ("failed", "error") or is_left_out
