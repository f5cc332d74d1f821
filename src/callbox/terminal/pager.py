"""The pager: find its command, run it, and write to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from callbox.shell.context import Pipe

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
