"""Ask the user questions outside of the prompt. A secret is not echoed."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator

from callbox.cli.stdio import is_terminal
from callbox.errors import UsageError
from callbox.render.sanitise import visible_line


def ask(question: str, is_secret: bool) -> str:
    """Ask the user. Raises UsageError for Ctrl-C, Ctrl-D or an empty line."""
    question = visible_line(question)
    try:
        with _interruptible():
            reply = _read(question, is_secret)
    except (EOFError, KeyboardInterrupt):
        _leave_line()
        raise UsageError(f"No answer to '{question}'; nothing was changed") from None
    if not reply:
        raise UsageError(f"No answer to '{question}'; nothing was changed")
    return reply


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
    """A block in which Ctrl-C raises KeyboardInterrupt, whatever handler is installed.

    Otherwise a process that ends at once leaves the terminal without echo. A shell whose handler only records Ctrl-C
    would go on asking, and take the next typed line for the answer.
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
