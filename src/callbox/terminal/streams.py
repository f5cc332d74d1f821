"""The two ways out of the process, each with its colours and its faults in one line."""

from __future__ import annotations

import errno
from collections.abc import Mapping
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
        shown = to_ansi(fragments, self.colors, self.styles) if self.colors else plain(fragments)
        self.bytes(shown.encode(self.encoding, "backslashreplace"))

    def bytes(self, data: bytes) -> None:
        """These very bytes. Raises BrokenPipeError where nobody reads, OutputFailed where there is no room."""
        try:
            self.file.write(data)
            self.file.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise output_failed(error) from None


def output_failed(error: OSError) -> OutputFailed:
    """The one line for an error while writing to a way out."""
    words = _WORDS.get(error.errno or errno.EBADF) or (error.strerror or "").lower()
    return OutputFailed(f"Cannot write output: {words}")
