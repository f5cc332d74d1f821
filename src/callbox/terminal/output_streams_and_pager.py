"""Write text and bytes to the standard output and the standard error, with the right number of colours. Also the
pager: find its command, run it, and write to it.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from select import select
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from callbox.errors import CallboxError
from callbox.render.ansi_and_sanitiser import plain, to_ansi
from callbox.render.style import STYLES, Fragments

TRUE_COLOR = 16_777_216


def count_colors(environ: Mapping[str, str], choice: str, *, is_terminal: bool) -> int:
    """The number of colours: 0, 16, 256 or 16777216.

    `choice` is the option `color`. Its values `always` and `never` override NO_COLOR (no-color.org) and FORCE_COLOR.

    >>> count_colors({"TERM": "xterm-256color"}, "auto", is_terminal=True)
    256
    >>> count_colors({"TERM": "xterm-256color", "NO_COLOR": "1"}, "auto", is_terminal=True)
    0
    """
    if choice == "never":
        return 0
    if choice == "always":
        return _depth(environ)
    if environ.get("NO_COLOR"):
        return 0
    if environ.get("FORCE_COLOR"):
        return _depth(environ)
    return _depth(environ) if is_terminal and environ.get("TERM", "") not in ("dumb", "unknown") else 0


def _depth(environ: Mapping[str, str]) -> int:
    if environ.get("COLORTERM", "") in ("truecolor", "24bit"):
        return TRUE_COLOR
    return 256 if "256color" in environ.get("TERM", "") else 16


_ERROR_TEXTS = {errno.ENOSPC: "no space left", errno.EBADF: "it is closed"}


class OutputFailed(CallboxError):
    """The standard output accepts no more data."""

    exit_code = 3


class ByteSink(Protocol):
    """Something that bytes can be written to: a stream of the process, or a pager."""

    def write(self, data: bytes, /) -> object:
        """Write data."""

    def flush(self) -> object:
        """Flush."""


def has_unicode(encoding: str) -> bool:
    """Whether this encoding has the block characters of the progress bar.

    >>> has_unicode("UTF-8"), has_unicode("ascii")
    (True, False)
    """
    return encoding.lower().startswith("utf")


class OutputStream(NamedTuple):
    """The standard output or the standard error, with its encoding and number of colours."""

    file: ByteSink
    is_terminal: bool = False
    colors: int = 0
    encoding: str = "utf-8"
    styles: Mapping[str, str] = STYLES

    def text(self, fragments: Fragments) -> None:
        """Write styled text, in as many colours as the terminal has."""
        self.bytes(self.encoded(fragments))

    def encoded(self, fragments: Fragments) -> bytes:
        """Convert styled text to bytes, with escape sequences for colours."""
        shown = to_ansi(fragments, self.colors, self.styles) if self.colors else plain(fragments)
        return shown.encode(self.encoding, "backslashreplace")

    def bytes(self, data: bytes) -> None:
        """Write bytes.

        Raises `BrokenPipeError` if the reader has closed the pipe, and `OutputFailed` if the disk is full.
        """
        try:
            _write(self.file, data)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise output_failed(error) from None


def _write(file: ByteSink, data: bytes) -> None:
    """Write all data, also if another program has switched the file to non-blocking mode."""
    while True:
        try:
            if data:
                file.write(data)
                data = b""
            file.flush()
            return
        except BlockingIOError as busy:
            data = data[busy.characters_written :]
            select((), (file,), ())  # type: ignore[type-var]  # only a file of the process does not wait


def output_failed(error: OSError) -> OutputFailed:
    """The error for a failed write to the output."""
    words = _ERROR_TEXTS.get(error.errno or errno.EBADF) or (error.strerror or "").lower()
    return OutputFailed(f"Cannot write output: {words}")


if TYPE_CHECKING:
    from callbox.shell.command_context import Pipe

OpenPipe: TypeAlias = "Callable[[str], AbstractContextManager[Pipe]]"


class Pager:
    """A running pager. When the user has left the pager, further output is discarded."""

    def __init__(self, open_pipe: OpenPipe, line: str) -> None:
        self._context = open_pipe(line)
        self._pipe = self._context.__enter__()
        self._is_read = True

    def write(self, data: bytes) -> int:
        """Send more data."""
        self._is_read = self._is_read and self._pipe.write(data)
        return len(data)

    def flush(self) -> None:
        """Do nothing, because no data is buffered here."""

    def end(self) -> None:
        """Wait until the user has left the pager."""
        self._context.__exit__(None, None, None)


def pager_line(environ: Mapping[str, str]) -> str:
    """The command line of the pager: $PAGER, or else less, which ends at once if all text fits on the screen.

    >>> pager_line({}), pager_line({"PAGER": "most"}), pager_line({"LESS": "-S"})
    ('LESS=FRX less', 'most', 'LESS=-R$LESS less')
    """
    chosen = environ.get("PAGER", "").strip() or "less"
    if chosen.split()[0].rpartition("/")[2] != "less":
        return chosen
    return f"LESS=-R$LESS {chosen}" if environ.get("LESS") else f"LESS=FRX {chosen}"
