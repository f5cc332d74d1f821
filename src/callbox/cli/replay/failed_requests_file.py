"""The requests that failed in the last run, in a file of the state folder, for `--only-failed`."""

from __future__ import annotations

import json
import os.path
from collections.abc import Iterable
from typing import NamedTuple

from callbox.errors import CallboxError, UsageError
from callbox.replay.file_and_step_selection import public_label
from callbox.report.result import Result
from callbox.storage.folder_without_links import Folder
from callbox.storage.platform_directories import directory, make_directory

_NAME = "last-replay.json"
_MAX_BYTES = 64_000_000
Failed = frozenset[tuple[str, str]]
"""Pairs of a file's absolute path and a request's label."""


class LastRun(NamedTuple):
    """The requests that failed in the last run, and the absolute paths of the files whose requests all passed."""

    failed: Failed = frozenset()
    passed_files: frozenset[str] = frozenset()


def read_last_run() -> LastRun:
    """The outcome of the last run. Raises `UsageError` if no earlier run is recorded."""
    folder = directory("state")
    if folder is None:
        return LastRun()
    try:
        with Folder(folder) as opened:
            found = json.loads(opened.read(_NAME, _MAX_BYTES))
        failed = frozenset((str(path), str(label)) for path, label in found["unfit"])
        return LastRun(failed, frozenset(str(path) for path in found.get("passed", ())))
    except (CallboxError, OSError, ValueError, KeyError, TypeError, RecursionError):
        raise UsageError("No earlier run is recorded", hint="run without --only-failed first") from None


def write_last_run(results: Iterable[Result]) -> None:
    """Save the list of failed requests. If that fails, there is no message: the run has its own result.

    A run without a request leaves the list of the run before.
    """
    failed_steps: set[tuple[str, str]] = set()
    files: set[str] = set()
    for result in results:
        if result.step is not None:
            path = os.path.abspath(result.file)
            files.add(path)
            if _needs_rerun(result):
                failed_steps.add((path, public_label(result.step)))
    folder = make_directory("state") if files else None
    if folder is None:
        return
    passed = files - {path for path, _ in failed_steps}
    try:
        with Folder(folder) as opened:
            opened.replace(_NAME, json.dumps({"unfit": sorted(failed_steps), "passed": sorted(passed)}).encode())
    except (CallboxError, OSError):
        return


def _needs_rerun(result: Result) -> bool:
    was_skipped_by_run = result.outcome == "skipped" and result.reason not in ("disabled", "not confirmed")
    return result.outcome in ("failed", "error") or was_skipped_by_run
