"""The reports that a replay was asked for: gathered while it runs, written when it is over, however it ended."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

from callbox.cli.ends import flush
from callbox.errors import CallboxError, UsageError
from callbox.replay.table import REPORTS
from callbox.report.result import Result
from callbox.report.run import MOST_KEPT, MOST_SHOWN, Gathering, Run
from callbox.store.files import append_to, write_bytes, write_problem
from callbox.terminal.streams import Stream
from callbox.version import __version__

ON_SCREEN = "github"
"""The report that goes to the standard output, where its reader looks for it."""
_SUMMARY = "GITHUB_STEP_SUMMARY"
"""Where a job of GitHub's workflows takes Markdown that is shown above its steps."""
ARCHIVE = "report-har"
"""The report that holds more of a body than the others show."""
STANDARD = "-"
"""The name of a file that means the standard output."""


class Reports:
    """Takes each result; `write` gives the problems that were met. Costs nothing where no report is wanted."""

    def __init__(self, given: Mapping[str, Sequence[str]], started: float) -> None:
        """Raises `UsageError` where a report has no file to go to."""
        for name, paths in given.items():
            if "" in paths and name != ON_SCREEN:
                raise UsageError(f"--{name} takes the name of a file")
        self._wanted = [(name, path) for name in REPORTS for path in given.get(name, ())]
        most = MOST_KEPT if any(name == ARCHIVE for name, _ in self._wanted) else MOST_SHOWN
        self._gathering = Gathering(started, __version__, most) if self._wanted else None

    def add(self, result: Result) -> None:
        """One more result."""
        if self._gathering is not None:
            self._gathering.add(result)

    def write(self, seconds: float) -> list[CallboxError]:
        """Write them all; one that cannot be written does not keep the others from it."""
        if self._gathering is None:
            return []
        run = self._gathering.run(seconds)
        problems = []
        for name, path in self._wanted:
            try:
                _write(run, REPORTS[name], path)
            except CallboxError as error:
                problems.append(error)
        return problems


def _write(run: Run, module: str, path: str) -> None:
    text: str = import_module(f"callbox.report.{module}").write(run)
    write_to(STANDARD if module == ON_SCREEN else path, text.encode("utf-8", "replace"))
    if module == ON_SCREEN and (summary := os.environ.get(_SUMMARY)):
        _append(summary, import_module("callbox.report.markdown").write(run))


def _append(path: str, text: str) -> None:
    try:
        with append_to(path) as file:
            file.write(text.encode("utf-8", "replace"))
    except OSError as error:
        raise write_problem(path, error) from None


def write_to(path: str, data: bytes) -> None:
    """Write a file, its folder made where there is none; `-` is the standard output. Raises `OutputError`."""
    if path == STANDARD:
        flush()
        Stream(sys.stdout.buffer).bytes(data)
        return
    try:
        Path(os.path.expanduser(path)).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_problem(path, error) from None
    write_bytes(path, data)
