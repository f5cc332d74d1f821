"""What a replay shows while it goes on: a line for each result, or what `-o` asks for, and how far it is."""

from __future__ import annotations

from callbox.errors import CallboxError, UsageError
from callbox.render.head import head
from callbox.render.sanitise import visible_line
from callbox.render.style import Fragments
from callbox.render.timing import bars
from callbox.report import human
from callbox.report.redact import redact
from callbox.report.result import Result
from callbox.script.model import Step
from callbox.shell.outputs import Body, Status, Text, View
from callbox.terminal.screen import ERASE_LINE, Screen

PARTS = ("body", "headers", "exchange")
_ALL_LINES = 1_000_000
_PATIENCE_S = 0.4
"""What is over sooner needs no progress but for its first request, which may be a slow one."""


class Teller:
    """Shows results on a screen."""

    def __init__(self, screen: Screen, *, has_files: bool, verbosity: int, part: str) -> None:
        """Raises `UsageError` for a part that there is not."""
        if part and part not in PARTS:
            raise UsageError(f"--output is {', '.join(PARTS)}, not '{part}'")
        self._screen = screen
        self._has_files = has_files
        self._verbosity = verbosity
        self._part = part
        self._file = ""
        self._is_dirty = False
        self._begun = screen.now()

    def watch(self, step: Step, number: int, total: int) -> None:
        """Say on a terminal which request is under way; the next result takes its place."""
        is_early = number > 1 and self._screen.now() - self._begun < _PATIENCE_S
        if is_early or not self._screen.err.is_terminal:
            return
        line = f"{number}/{total} {visible_line(step.label)}"[: max(1, self._screen.columns() - 1)]
        self._screen.err.bytes(f"{ERASE_LINE}{line}".encode(self._screen.err.encoding, "replace"))
        self._is_dirty = True

    def clear(self) -> None:
        """Take that line away."""
        if self._is_dirty:
            self._screen.err.bytes(ERASE_LINE.encode())
            self._is_dirty = False

    def warn(self, doubt: CallboxError) -> None:
        """Say beside the results what was hardly meant as it stands."""
        self._screen.show(Status(human.warning(doubt)))

    def tell(self, result: Result) -> None:
        """Show one result."""
        self.clear()
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
        self._screen.show(Status(fragments) if is_aside else Text(fragments))
