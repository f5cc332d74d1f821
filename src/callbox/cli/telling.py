"""What a replay shows while it goes on: a line for each result, or what `-o` asks for, and how far it is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from threading import RLock

from callbox.cli.progress import ProgressLine
from callbox.errors import CallboxError, UsageError
from callbox.render.charts import bars
from callbox.render.messages import head
from callbox.render.style import Fragments
from callbox.replay.control import INTERRUPTED, Progress
from callbox.report import console
from callbox.report.redact import redact
from callbox.report.result import Result
from callbox.shell.outputs import Body, Status, Text, View
from callbox.terminal.screen import Screen

PARTS = ("body", "headers", "exchange")
_ALL_LINES = 1_000_000


class Teller:
    """Shows results on a screen."""

    def __init__(
        self,
        screen: Screen,
        *,
        has_files: bool,
        verbosity: int,
        part: str,
        is_aside: bool = False,
        is_joined: bool = False,
    ) -> None:
        """With `is_joined` both ways out are one terminal.

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
        self._lock = RLock()
        self._line = ProgressLine(screen, self._lock, is_joined=is_joined)

    def watch(self, progress: Progress) -> None:
        """Say on a terminal how far the run is and which request is under way. Called from the threads that send."""
        self._line.watch(progress)

    def clear(self) -> None:
        """Say no more of that."""
        with self._lock:
            self._line.end()

    @contextlib.contextmanager
    def silence(self) -> Iterator[None]:
        """Nothing is shown meanwhile, for somebody is asked something."""
        with self._lock:
            self._line.erase()
            yield

    def warn(self, doubt: CallboxError) -> None:
        """Say beside the results what was hardly meant as it stands."""
        with self._lock, self._line.above():
            self._screen.show(Status(console.warning(doubt)))

    def tell(self, result: Result) -> None:
        """Show one result; not each of those that Ctrl-C left unsent, which the summary counts."""
        if result.outcome == "skipped" and result.reason == INTERRUPTED:
            return
        with self._lock, self._line.above():
            self._tell(result)

    def _tell(self, result: Result) -> None:
        is_told_apart = bool(self._part) and result.record is not None
        if self._has_files and result.file != self._file:
            self._show(console.file_line(result.file), is_aside=bool(self._part))
            self._file = result.file
        is_verbose = self._verbosity > 0 or self._part == "exchange"
        lines = _ALL_LINES if self._verbosity > 1 or self._part == "exchange" else 40
        shown = console.result(result, width=self._screen.columns(), is_verbose=is_verbose, max_lines=lines)
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
