"""Outputs become text: with colours on a terminal, plain or exact in pipes. Knows nothing of prompts.

To a terminal goes everything, made safe and coloured. Where the standard output is no terminal, only what was asked
for goes there (the content of answers to the byte, `show`, `preview`, `help`); the rest is said on the standard error.
"""

from __future__ import annotations

from collections.abc import Callable

from callbox.render.problems import problem
from callbox.render.sizes import size
from callbox.render.style import Fragments
from callbox.shell.outputs import Body, Clear, Failure, Happened, Leave, Output, Progress, Status, Text
from callbox.terminal.answer import Answer
from callbox.terminal.streams import Stream

CLEAR = "\x1b[H\x1b[2J\x1b[3J"
ERASE_LINE = "\r\x1b[K"


class Screen:
    """Where outputs go."""

    def __init__(
        self,
        out: Stream,
        err: Stream,
        columns: Callable[[], int],
        *,
        lines: Callable[[], int] = lambda: 24,
        now: Callable[[], float],
        program: str = "",
    ) -> None:
        self.out = out
        self.err = err
        self.columns = columns
        self.lines = lines
        self.now = now
        self.program = program
        """What errors begin with; empty at a prompt, where it is plain who speaks."""
        self.exit_code = 0
        """The code of the first failure."""
        self.status = 0
        """The highest status of an answer."""
        self.is_leaving = False
        self._answer = Answer(self)
        self._progress_at = 0.0

    @property
    def is_terminal(self) -> bool:
        """Whether a person looks at the standard output."""
        return self.out.is_terminal

    def show(self, output: Output) -> None:
        """Put one output where it belongs."""
        if not isinstance(output, Progress):
            self.end_progress()
        _SHOW[type(output)](self, output)

    def content(self, fragments: Fragments) -> None:
        """What was asked for."""
        self.out.text(fragments)

    def aside(self, fragments: Fragments) -> None:
        """What is said beside it."""
        (self.out if self.is_terminal else self.err).text(fragments)

    def progress(self, line: str) -> None:
        """A line that the next one takes the place of; at most ten a second, on a terminal only."""
        now = self.now()
        if self.err.is_terminal and now - self._progress_at >= 0.1:
            self._progress_at = now
            self.err.text([("dim", "")])
            self.err.bytes(f"{ERASE_LINE}{line[: max(1, self.columns() - 1)]}".encode(self.err.encoding, "replace"))
            self._has_progress = True

    _has_progress = False

    def end_progress(self) -> None:
        """Take that line away."""
        if self._has_progress:
            self._has_progress = False
            self.err.bytes(ERASE_LINE.encode())

    def _text(self, output: Output) -> None:
        assert isinstance(output, Text)
        self.content(output.fragments)

    def _body(self, output: Output) -> None:
        assert isinstance(output, Body)
        self._answer.stored(output)

    def _status(self, output: Output) -> None:
        assert isinstance(output, Status)
        self.aside(output.fragments)

    def _failure(self, output: Output) -> None:
        assert isinstance(output, Failure)
        self._answer.end()
        self.exit_code = self.exit_code or output.exit_code
        self.err.text(problem(output.error, prog=self.program))

    def _happened(self, output: Output) -> None:
        assert isinstance(output, Happened)
        self._answer.take(output.event, output.view)

    def _progressed(self, output: Output) -> None:
        assert isinstance(output, Progress)
        of_all = f" of {size(output.total)}" if output.total else ""
        self.progress(f"{size(output.received)}{of_all}")

    def _clear(self, output: Output) -> None:
        if self.is_terminal:
            self.out.bytes(CLEAR.encode())

    def _leave(self, output: Output) -> None:
        self.is_leaving = True


_SHOW: dict[type, Callable[[Screen, Output], None]] = {
    Text: Screen._text,
    Body: Screen._body,
    Status: Screen._status,
    Failure: Screen._failure,
    Happened: Screen._happened,
    Progress: Screen._progressed,
    Clear: Screen._clear,
    Leave: Screen._leave,
}
