"""Functions for the standard input, output and error: check for a terminal, write, and replace closed streams."""

from __future__ import annotations

import contextlib
import io
import os
import select
import sys
from collections.abc import Iterator

_STREAMS = (("stdin", os.O_RDONLY), ("stdout", os.O_RDONLY), ("stderr", os.O_WRONLY))
"""The standard streams, each with the mode in which callbox opens /dev/null in place of a closed stream. A write to a
closed standard output must fail, and a write to a closed standard error must not.
"""


def is_terminal(number: int) -> bool:
    """Whether this file descriptor is a terminal. A closed file descriptor is not a terminal."""
    try:
        return os.isatty(number)
    except OSError:
        return False


def is_one_terminal() -> bool:
    """Whether the standard output and the standard error are the same terminal."""
    return is_terminal(1) and is_terminal(2) and os.path.samestat(os.fstat(1), os.fstat(2))


def replace_closed_streams() -> None:
    """Open /dev/null in place of each closed standard stream. Otherwise the next opened file would get its descriptor.
    Also adds a buffer to unbuffered streams (`PYTHONUNBUFFERED`), because an unbuffered write may write only a part
    without an error.
    """
    for number, (name, flags) in enumerate(_STREAMS):
        stream = getattr(sys, name)
        if stream is not None:
            if number and isinstance(stream.buffer, io.RawIOBase):
                buffered = os.fdopen(number, "w", encoding=stream.encoding, errors=stream.errors, closefd=False)
                setattr(sys, name, buffered)
            continue
        opened = os.open(os.devnull, flags)
        if opened != number:
            os.dup2(opened, number)
            os.close(opened)
        mode = "w" if number else "r"
        setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


def write_stdout(text: str) -> None:
    """Write a text to the standard output. Raises `OutputFailed` if it cannot be written."""
    with _translate_errors():
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode(sys.stdout.encoding or "utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()


def flush() -> None:
    """Flush the standard output. Raises `BrokenPipeError` if its reader has closed it, and `OutputFailed` for other
    errors.
    """
    with _translate_errors():
        sys.stdout.flush()


def drop_unread() -> None:
    """Discard unwritten output whose reader takes no data. Otherwise the process would wait for the reader at its
    exit.
    """
    stuck = {1, 2} - set(select.select((), (1, 2), (), 0)[1])
    for number in stuck:
        opened = os.open(os.devnull, os.O_WRONLY)
        os.dup2(opened, number)
        os.close(opened)


@contextlib.contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        from callbox.terminal.output_streams_and_pager import output_failed  # needed only if a write fails

        raise output_failed(error) from None
