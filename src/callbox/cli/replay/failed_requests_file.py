"""The requests that failed in the last run, in a file of the state folder, for `--only-failed`."""

from __future__ import annotations

import json
import os.path
from collections.abc import Iterable

from callbox.errors import CallboxError, UsageError
from callbox.replay.file_and_step_selection import public_label
from callbox.report.result import Result
from callbox.storage.folder_without_links import Folder
from callbox.storage.platform_directories import directory, make_directory

_NAME = "last-replay.json"
_MAX_BYTES = 64_000_000
Failed = frozenset[tuple[str, str]]
"""Pairs of a file's absolute path and a request's label."""


def read_last_failures() -> Failed:
    """The requests that failed in the last run. Raises `UsageError` if no earlier run is recorded."""
    folder = directory("state")
    if folder is None:
        return frozenset()
    try:
        with Folder(folder) as opened:
            found = json.loads(opened.read(_NAME, _MAX_BYTES))
        return frozenset((str(path), str(label)) for path, label in found["unfit"])
    except (CallboxError, OSError, ValueError, KeyError, TypeError, RecursionError):
        raise UsageError("No earlier run is recorded", hint="run without --only-failed first") from None


def write_last_failures(results: Iterable[Result]) -> None:
    """Save the list of failed requests. If that fails, there is no message: the run has its own result."""
    folder = make_directory("state")
    if folder is None:
        return
    failed_steps = sorted(
        {
            (os.path.abspath(result.file), public_label(result.step))
            for result in results
            if result.step is not None and _needs_rerun(result)
        }
    )
    try:
        with Folder(folder) as opened:
            opened.replace(_NAME, json.dumps({"unfit": failed_steps}).encode())
    except (CallboxError, OSError):
        return


def _needs_rerun(result: Result) -> bool:
    was_skipped_by_run = result.outcome == "skipped" and result.reason not in ("disabled", "not confirmed")
    return result.outcome in ("failed", "error") or was_skipped_by_run
