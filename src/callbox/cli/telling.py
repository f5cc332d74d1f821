"""What a replay shows while it goes on: a line for each result, or what `-o` asks for, and how far it is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from threading import RLock

from callbox.errors import CallboxError, UsageError
from callbox.render.cells import fit, width
from callbox.render.head import head
from callbox.render.sanitise import visible_line
from callbox.render.style import Fragments
from callbox.render.timing import bars
from callbox.replay.course import Progress
from callbox.report import human
from callbox.report.redact import redact
from callbox.report.result import Result
from callbox.shell.outputs import Body, Status, Text, View
from callbox.terminal.screen import ERASE_LINE, Screen

PARTS = ("body", "headers", "exchange")
_ALL_LINES = 1_000_000
_PATIENCE_S = 0.4
"""What is over sooner needs no progress but for its first request, which may be a slow one."""
_BAR = 20
"""Columns of the bar, less on a narrow screen."""


class Teller:
    """Shows results on a screen."""

    def __init__(
        self, screen: Screen, *, has_files: bool, verbosity: int, part: str, jobs: int = 1, is_aside: bool = False
    ) -> None:
        """With several `jobs` requests are under way while results are told: the progress stays below them.

        With `is_aside` something else goes to the standard output, and what is told here to the standard error.

        Raises `UsageError` for a part that there is not.
        """
        if part and part not in PARTS:
            raise UsageError(f"--output is {', '.join(PARTS)}, not '{part}'")
        self._screen = screen
        self._has_files = has_files
        self._verbosity = verbosity
        self._part = part
        self._is_aside = is_aside
        self._file = ""
        self._is_dirty = False
        self._has_jobs = jobs > 1
        self._progress: Progress | None = None
        self._begun = screen.now()
        self._lock = RLock()

    def watch(self, progress: Progress) -> None:
        """Say on a terminal how far the run is and which request is under way; the next result takes its place.

        Called from the threads that send.
        """
        if not self._screen.err.is_terminal:
            return
        if not self._lock.acquire(blocking=False):
            return  # a request need not wait until another's result is shown, or a question is answered
        try:
            self._progress = progress
            if progress.number == 1 or self._screen.now() - self._begun >= _PATIENCE_S:
                self._draw(progress)
        finally:
            self._lock.release()

    def _draw(self, progress: Progress) -> None:
        err = self._screen.err
        err.bytes(ERASE_LINE.encode())
        is_unicode = err.encoding.lower().replace("-", "").startswith("utf")
        err.text(progress_line(progress, self._screen.columns() - 1, is_unicode=is_unicode))
        self._is_dirty = True

    def clear(self) -> None:
        """Take that line away."""
        with self._lock:
            if self._is_dirty:
                self._screen.err.bytes(ERASE_LINE.encode())
                self._is_dirty = False

    @contextlib.contextmanager
    def silence(self) -> Iterator[None]:
        """Nothing is shown meanwhile, for somebody is asked something."""
        with self._lock:
            self.clear()
            yield

    def warn(self, doubt: CallboxError) -> None:
        """Say beside the results what was hardly meant as it stands."""
        self.clear()
        self._screen.show(Status(human.warning(doubt)))

    def tell(self, result: Result) -> None:
        """Show one result."""
        with self._lock:
            was_there = self._is_dirty
            self.clear()
            self._tell(result)
            if was_there and self._has_jobs and self._progress is not None:
                self._draw(self._progress)

    def _tell(self, result: Result) -> None:
        is_told_apart = bool(self._part) and result.record is not None
        if self._has_files and result.file != self._file:
            self._show(human.file_line(result.file), is_aside=bool(self._part))
            self._file = result.file
        is_verbose = self._verbosity > 0 or self._part == "exchange"
        lines = _ALL_LINES if self._verbosity > 1 or self._part == "exchange" else 40
        shown = human.result(result, width=self._screen.columns(), is_verbose=is_verbose, max_lines=lines)
        self._show(shown, is_aside=is_told_apart and self._part != "exchange")
        self._tell_more(result)

    def _tell_more(self, result: Result) -> None:
        record = result.record
        if record is None:
            return
        if self._verbosity > 1:
            self._show([*bars(record.incoming.timings, record.incoming.connection), ("", "\n")])
        if self._part == "headers":
            masked = redact([result])[0].record or record
            self._show([*head(masked.incoming), ("", "\n")])
        elif self._part == "body":
            media_type = record.incoming.headers.get("Content-Type", "")
            self._screen.show(Body(record.body, media_type, View(is_whole=True)))

    def _show(self, fragments: Fragments, *, is_aside: bool = False) -> None:
        self._screen.show(Status(fragments) if is_aside or self._is_aside else Text(fragments))


def progress_line(progress: Progress, columns: int, *, is_unicode: bool = True) -> Fragments:
    """A bar, how many of how many, how many of these did not go well, and what was begun last; no wider than that.

    >>> "".join(text for _, text in progress_line(Progress("log in", 3, 4, 1), 40, is_unicode=False))
    '#####----- 3/4  1 bad  log in'
    """
    counts = f" {progress.number}/{progress.total}"
    bad = f"  {progress.bad} bad" if progress.bad else ""
    cells = max(min(_BAR, columns // 4, columns - width(counts + bad)), 0)
    done = (progress.number - 1) * cells // max(progress.total, 1)
    marks = "\u2501\u2500" if is_unicode else "#-"
    full, empty = marks[0] * done, marks[1] * (cells - done)
    left = columns - cells - width(counts + bad) - 2
    label = f"  {fit(visible_line(progress.label), left)}" if left > 0 else ""
    return [("fail" if bad else "ok", full), ("dim", empty), ("", counts), ("fail", bad), ("dim", label)]
