"""The console of this process: the screen on its output streams, questions outside of the prompt, and the message of
the error that ends the program.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from callbox.cli.standard_streams import is_terminal
from callbox.errors import CallboxError, UsageError
from callbox.render.ansi_and_sanitiser import visible_line
from callbox.render.error_display import unexpected_error
from callbox.shell.outputs import Failure
from callbox.system.child_processes_and_editor import PipedCommand
from callbox.system.clock import monotonic
from callbox.terminal.output_streams_and_pager import OutputStream, Pager, count_colors, pager_line
from callbox.terminal.screen import Screen

MOST_COLUMNS = 400


def make_screen(color: str = "auto", program: str = "callbox") -> Screen:
    """Make the screen that prints to the standard output and the standard error of this process."""
    out, err = _stream(sys.stdout.buffer, 1, color), _stream(sys.stderr.buffer, 2, color)
    screen = Screen(out, err, lambda: _size()[0], lines=lambda: _size()[1], now=monotonic, program=program)
    screen.open_pager = lambda: Pager(PipedCommand, pager_line(os.environ))
    return screen


def _stream(file: BinaryIO, number: int, color: str) -> OutputStream:
    is_person = is_terminal(number)
    encoding = (sys.stdout if number == 1 else sys.stderr).encoding or "utf-8"
    return OutputStream(
        file=file,
        is_terminal=is_person,
        colors=count_colors(os.environ, color, is_terminal=is_person),
        encoding=encoding,
    )


def _size() -> tuple[int, int]:
    """The columns and lines of the screen, from COLUMNS and LINES or else from the terminal."""
    columns, lines = _number(os.environ, "COLUMNS"), _number(os.environ, "LINES")
    for number in (1, 2, 0):
        if columns and lines:
            break
        try:
            size = os.get_terminal_size(number)
        except OSError:
            continue
        columns, lines = columns or size.columns, lines or size.lines
    return min(columns or 80, MOST_COLUMNS), lines or 24


def _number(environ: Mapping[str, str], name: str) -> int:
    text = environ.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def show_error(error: Exception, words: Sequence[str] = ()) -> int:
    """Print the error that ends the program, and return the exit code. `words` are those of the command line; secrets
    in them are redacted in the error. `Screen` is not used, because it may be broken.
    """
    # The import takes 60 ms, which does not matter at the end of the program.
    from callbox.exchange.redaction.unreadable_file_lines import redact_error, redact_quoted_words

    shown_error = error if isinstance(error, CallboxError) else unexpected_error(error)
    if (
        shown_error.place is not None
    ):  # The place quotes a line of a file, such as the URL of a proxy in a configuration file.
        shown_error = redact_error(shown_error)
    shown_error = redact_quoted_words(shown_error, words)
    with contextlib.suppress(
        CallboxError, BrokenPipeError
    ):  # The standard error is closed, too. Only the exit code tells of the error.
        make_screen().show(Failure(shown_error))
    return shown_error.exit_code


def ask(question: str, is_secret: bool) -> str:
    """Ask the user a question, and return the answer. A secret answer is not echoed. Raises `UsageError` for Ctrl-C,
    Ctrl-D, an empty line, and a key such as Ctrl-L in the answer. Also if the answer to the question for a secret is a
    command: the user typed it before the question appeared, and it must not be sent to a server as the secret.
    """
    question = visible_line(question)
    try:
        with _interruptible():
            reply = _read(question, is_secret)
    except (EOFError, KeyboardInterrupt):
        _leave_line()
        raise UsageError(f"No answer to '{question}'; nothing was changed") from None
    if not reply:
        raise UsageError(f"No answer to '{question}'; nothing was changed")
    if any(ord(character) < 32 or character == "\x7f" for character in reply):
        what = "an arrow key" if "\x1b[" in reply else "a control key"
        raise UsageError(f"The answer to '{question}' has {what} in it; nothing was changed", hint="type it again")
    if is_secret and _is_command(reply):
        raise UsageError(
            f"The answer to '{question}' looks like a command; nothing was changed",
            hint="type the value, or the command again",
        )
    return reply


def _is_command(reply: str) -> bool:
    """Whether an answer begins with a command of the shell and has more words."""
    from callbox.shell.registry import VERBS  # The import takes 2 ms, and secrets are rarely asked for.

    first, blank, rest = reply.strip().partition(" ")
    return bool(blank and rest) and first.lower() in (*VERBS, "callbox")


def _leave_line() -> None:
    """End the line of the question."""
    for number in (2, 1):
        if is_terminal(number):
            os.write(number, b"\n")
            return


def _read(question: str, is_secret: bool) -> str:
    if not is_secret:
        return input(f"{question}: ")
    from getpass import getpass

    return getpass(f"{question}: ")


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """A context manager in which Ctrl-C raises `KeyboardInterrupt`, whatever handler is installed. A handler that ends
    the process would leave the terminal without echo. A handler that only notes Ctrl-C would leave the question open,
    so that the next typed line became its answer.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
