"""`Screen`, which prints all outputs of the shell except the prompt. On a terminal, it prints everything, in colours
and with control characters escaped. If the standard output is redirected, content goes there unchanged, and all other
output goes to the standard error. After a second without output, `WaitClock` prints how long the request has waited,
and for what.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from callbox.errors import CallboxError, Interrupted
from callbox.exchange.exchange_record_and_events import Chunk, Done, Head, Sent
from callbox.exchange.redaction.secrets_by_value import without_filled_secrets
from callbox.render.ansi_and_sanitiser import visible_line
from callbox.render.charts import progress
from callbox.render.error_display import problem
from callbox.render.style import STYLES, Fragments, theme
from callbox.render.tables_and_text_width import wrap
from callbox.shell.outputs import (
    BodyOutput,
    Clear,
    ExchangeEvent,
    Exit,
    Failure,
    Output,
    Status,
    TextOutput,
    TransferProgress,
)
from callbox.terminal.exchange_view import ExchangeView
from callbox.terminal.output_streams_and_pager import OutputStream, Pager, count_colors, has_unicode

if TYPE_CHECKING:
    from callbox.shell.command_context import Context


def apply_display_options(screen: Screen, context: Context) -> None:
    """Let the screen use the present values of the options `color` and `theme`. Called after each line."""
    option = context.session.option
    choice = (str(option("color")), str(option("theme")))
    if screen.applied_options == choice:
        return
    screen.applied_options = choice
    color, name = choice
    styles = STYLES
    if name not in ("", "default"):
        styles = theme(name)

    def restyled(stream: OutputStream) -> OutputStream:
        colors = count_colors(context.ports.environ, color, is_terminal=stream.is_terminal)
        return stream._replace(colors=colors, styles=styles)

    screen.out, screen.err = restyled(screen.out), restyled(screen.err)


CLEAR = "\x1b[H\x1b[2J\x1b[3J"
ERASE_LINE = "\r\x1b[K"
PROGRESS_DELAY_S = 0.4
"""Progress appears after this many seconds. A faster transfer shows none."""
PROGRESS_EVERY_S = 0.1


class Screen:
    """Prints outputs to the standard output and the standard error."""

    def __init__(
        self,
        out: OutputStream,
        err: OutputStream,
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
        """The name of the program before each error; empty at a prompt."""
        self.exit_code = 0
        """The exit code of the first failure."""
        self.is_leaving = False
        self.set_echo: Callable[[bool], None] = lambda is_on: None
        """Switches the echo of the terminal on or off. It is off during a request, so that typed keys do not appear in
        the middle of the response.
        """
        self.open_pager: Callable[[], Pager] | None = None
        """Starts a pager; None if the standard output is no terminal."""
        self.applied_options = ("auto", "default")
        """The values of the options `color` and `theme` that the screen uses now."""
        self.clock = WaitClock(self._show_wait, now)
        """Prints how long the request has waited, while the server sends nothing."""
        self._exchange_view = ExchangeView(self)
        self._paging: tuple[Pager, OutputStream] | None = None
        """The running pager, and the standard output that it replaces; None if no pager runs."""
        self._first = 0
        self._begun = self._last_progress_time = 0.0
        """The times at which the present transfer began, and at which its progress was last printed."""

    @property
    def is_paged(self) -> bool:
        """Whether a pager shows the output."""
        return self._paging is not None

    @property
    def is_terminal(self) -> bool:
        """Whether the standard output is a terminal."""
        return self.out.is_terminal

    def show(self, output: Output) -> None:
        """Print an output of the shell."""
        self.clock.restart()
        if not isinstance(output, TransferProgress) and not _is_chunk(output):
            self.end_progress()
        _SHOW[type(output)](self, output)

    def content(self, fragments: Fragments) -> None:
        """Write to the standard output."""
        if self._exchange_view.received:
            self.clock.stop()  # The clock must not print into the middle of a body.
        self.out.text(fragments)

    def aside(self, fragments: Fragments) -> None:
        """Write text that is not content of a response. It goes to the terminal; without a terminal, to the standard
        error.
        """
        (self.out if self.is_terminal else self.err).text(fragments)

    def note(self, fragments: Fragments) -> None:
        """Write a note, as `aside` does. On a terminal, long notes are wrapped between words."""
        is_wrapped = self.is_terminal or self.err.is_terminal
        self.aside(wrap(fragments, self.columns(), 2) if is_wrapped else fragments)

    def progress(self, received: int, total: int | None = None, verb: str = "", line: str = "") -> None:
        """Print the progress of a body, in place of the last progress line. Only on a terminal, and only after a delay.
        `received` and `total` are bytes; `line` is text to print in place of them.
        """
        now = self.now()
        self._first = self._first if self._begun else received
        self._begun = self._begun or now
        if (
            not self.err.is_terminal
            or self._paging
            or now - self._begun < PROGRESS_DELAY_S
            or now - self._last_progress_time < PROGRESS_EVERY_S
        ):
            return
        self._last_progress_time = now
        is_unicode = has_unicode(self.err.encoding)
        width = max(1, self.columns() - 1)
        spent = now - self._begun
        line = line[:width] or progress(
            received, total, spent, begun=self._first, width=width, is_unicode=is_unicode, verb=verb
        )
        self.err.bytes(f"{ERASE_LINE}{line}".encode(self.err.encoding, "replace"))

    def end_progress(self) -> None:
        """Erase the progress line."""
        if self._last_progress_time:
            self.err.bytes(ERASE_LINE.encode())
        self._begun = self._last_progress_time = 0.0

    def end_command(self) -> None:
        """Remove the lines of the clock and of progress. A command may have ended before the end of its response."""
        self.set_echo(True)
        self.clock.stop()
        self.end_progress()

    def _show_wait(self, line: str) -> None:
        """Replace the line that shows how long the user has waited. The thread of the clock calls this."""
        shown = f"{ERASE_LINE}{line[: max(1, self.columns() - 1)]}"
        with contextlib.suppress(CallboxError, OSError):  # The thread that prints the response gets the same error.
            self.err.bytes(shown.encode(self.err.encoding, "replace"))

    def begin_paging(self) -> None:
        """Start a pager, and write all further content to it. Without a terminal, does nothing."""
        if self._paging is None and self.is_terminal and self.open_pager is not None:
            paging = self.open_pager()
            self._paging = paging, self.out
            self.out = self.out._replace(file=paging)

    def end_paging(self) -> None:
        """Wait until the user has left the pager, and write to the standard output again."""
        if self._paging is not None:
            (paging, self.out), self._paging = self._paging, None
            paging.end()

    def fresh_line(self) -> None:
        """Go to the start of an empty line, also if another program has left the cursor in the middle of a line."""
        if self.is_terminal:
            # If the cursor is in the middle of a line, these blanks wrap to the next line. If it is at the start, they
            # do not. zsh and fish use the same method.
            self.out.bytes(f"{' ' * (self.columns() - 1)}{ERASE_LINE}".encode())

    def _text(self, output: Output) -> None:
        assert isinstance(output, TextOutput)
        self.content(output.fragments)

    def _body(self, output: Output) -> None:
        assert isinstance(output, BodyOutput)
        if output.view.is_paged:
            self.begin_paging()
        self._exchange_view.stored(output)
        self.end_paging()

    def _status(self, output: Output) -> None:
        assert isinstance(output, Status)
        if output.is_verbatim:
            self.aside(output.fragments)
        else:
            self.note(output.fragments)

    def _failure(self, output: Output) -> None:
        assert isinstance(output, Failure)
        self.clock.stop()
        self._exchange_view.end()
        self.end_paging()
        if isinstance(output.error, Interrupted) and self.err.is_terminal:
            self.err.bytes(ERASE_LINE.encode())  # The terminal has printed ^C.
        self.exit_code = self.exit_code or output.exit_code
        shown = problem(output.error, prog=self.program, width=self.columns())
        self.err.text(wrap(shown, self.columns(), 2) if self.err.is_terminal else shown)

    def _happened(self, output: Output) -> None:
        assert isinstance(output, ExchangeEvent)
        if output.view.is_paged and isinstance(output.event, Head):
            self.begin_paging()
        if isinstance(output.event, Done) or self._paging:
            self.clock.stop()
        self._exchange_view.take(output.event, output.view, output.number)
        if isinstance(output.event, Sent | Done):
            self.set_echo(isinstance(output.event, Done))
        if isinstance(output.event, Sent) and self.err.is_terminal and not output.view.is_quiet:
            self.clock.start(without_filled_secrets(output.event.outgoing).url.authority)
        elif isinstance(output.event, Done):
            self.end_paging()

    def _progressed(self, output: Output) -> None:
        assert isinstance(output, TransferProgress)
        self.progress(output.received, output.total, "sent " if output.is_upload else "", output.line)

    def _clear(self, output: Output) -> None:
        if self.is_terminal:
            self.out.bytes(CLEAR.encode())

    def _leave(self, output: Output) -> None:
        self.is_leaving = True


def _is_chunk(output: Output) -> bool:
    return isinstance(output, ExchangeEvent) and isinstance(output.event, Chunk)


_SHOW: dict[type, Callable[[Screen, Output], None]] = {
    TextOutput: Screen._text,
    BodyOutput: Screen._body,
    Status: Screen._status,
    Failure: Screen._failure,
    ExchangeEvent: Screen._happened,
    TransferProgress: Screen._progressed,
    Clear: Screen._clear,
    Exit: Screen._leave,
}


SILENCE_S = 1.0
"""The clock prints its line after this many seconds without output."""
_INTERVAL_S = 0.25
_PHASES = {
    "connection": "connecting to {peer}",
    "request": "sending to {peer}",
    "response": "waiting for the response of {peer}",
    "body": "waiting for more from {peer}",
}


class WaitClock:
    """Prints how long a request has waited. `start` begins a wait, `stop` ends it, and `restart` is called before each
    output. `write` is the function that prints a line in place of its last line; with an empty text, it erases that
    line.
    """

    def __init__(self, write: Callable[[str], None], now: Callable[[], float]) -> None:
        self.phase: Callable[[], str] = lambda: "response"
        """Returns what the request waits for at the moment: `connection`, `request`, `response` or `body`."""
        self._write = write
        self._now = now
        self._lock = threading.Lock()
        self._stopped: threading.Event | None = None
        self._peer = ""
        self._begun = self._last_output = 0.0
        self._is_shown = False

    @property
    def is_running(self) -> bool:
        """Whether a wait has begun and not ended."""
        return self._stopped is not None

    def start(self, peer: str) -> None:
        """Begin a wait for this host."""
        self._peer = peer
        self._begun = self._last_output = self._now()
        if self._stopped is None:
            self._stopped = threading.Event()
            threading.Thread(target=self._run, args=(self._stopped,), name="wait clock", daemon=True).start()

    def restart(self) -> None:
        """Erase the line before an output. It appears again after the next `SILENCE_S` seconds without output."""
        if self._stopped is None:
            return
        with self._lock:
            self._last_output = self._now()
            self._erase()

    def stop(self) -> None:
        """End the wait and erase the line. After this call, the clock prints nothing."""
        if self._stopped is None:
            return
        with self._lock:
            self._stopped.set()
            self._stopped = None
            self._erase()

    def tick(self) -> None:
        """Print the line if there was no output for `SILENCE_S` seconds."""
        now = self._now()
        if now - self._last_output >= SILENCE_S:
            self._is_shown = True
            what = _PHASES.get(self.phase(), _PHASES["response"]).format(peer=visible_line(self._peer))
            self._write(f"{now - self._begun:.0f} s  {what}, Ctrl-C ends it")

    def _erase(self) -> None:
        if self._is_shown:
            self._is_shown = False
            self._write("")

    def _run(self, stopped: threading.Event) -> None:
        while not stopped.wait(_INTERVAL_S):
            with self._lock:
                if not stopped.is_set():
                    self.tick()
