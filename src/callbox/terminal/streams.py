"""The two ways out of the process, each with its colours and its faults in one line."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from select import select
from typing import NamedTuple, Protocol

from callbox.errors import CallboxError
from callbox.render.ansi import plain, to_ansi
from callbox.render.style import STYLES, Fragments

_WORDS = {errno.ENOSPC: "no space left", errno.EBADF: "it is closed"}


class OutputFailed(CallboxError):
    """The standard output takes no more."""

    exit_code = 3


class Target(Protocol):
    """What bytes are written to: a file of the process, or a pager."""

    def write(self, data: bytes, /) -> object:
        """Take these."""

    def flush(self) -> object:
        """Hold none of them back."""


class Stream(NamedTuple):
    """One way out: the standard output or the standard error."""

    file: Target
    is_terminal: bool = False
    colors: int = 0
    encoding: str = "utf-8"
    styles: Mapping[str, str] = STYLES

    def text(self, fragments: Fragments) -> None:
        """Styled text, in as many colours as there are."""
        self.bytes(self.encoded(fragments))

    def encoded(self, fragments: Fragments) -> bytes:
        """The bytes of styled text."""
        shown = to_ansi(fragments, self.colors, self.styles) if self.colors else plain(fragments)
        return shown.encode(self.encoding, "backslashreplace")

    def bytes(self, data: bytes) -> None:
        """These very bytes. Raises BrokenPipeError where nobody reads, OutputFailed where there is no room."""
        try:
            _write(self.file, data)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise output_failed(error) from None


def _write(file: Target, data: bytes) -> None:
    """All of it, also where another program has made the way out one that does not wait."""
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
    """The one line for an error while writing to a way out."""
    words = _WORDS.get(error.errno or errno.EBADF) or (error.strerror or "").lower()
    return OutputFailed(f"Cannot write output: {words}")
