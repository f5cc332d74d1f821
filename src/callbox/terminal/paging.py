"""A pager between what is shown and the terminal: the screen writes into it as it would to the terminal itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from callbox.shell.context import Pipe

OpenPipe = Callable[[str], AbstractContextManager[Pipe]]


class Paging:
    """A pager that runs. What it no longer reads, because its user has left it, goes nowhere."""

    def __init__(self, open_pipe: OpenPipe, line: str) -> None:
        self._context = open_pipe(line)
        self._pipe = self._context.__enter__()
        self._is_read = True

    def write(self, data: bytes) -> int:
        """Hand it more."""
        self._is_read = self._is_read and self._pipe.write(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def end(self) -> None:
        """Wait until its user has left it."""
        self._context.__exit__(None, None, None)


def pager_line(environ: Mapping[str, str]) -> str:
    """What to run: $PAGER, else less, which leaves at once where all fits the screen.

    >>> pager_line({}), pager_line({"PAGER": "most"}), pager_line({"LESS": "-S"})
    ('LESS=FRX less', 'most', 'LESS=-R$LESS less')
    """
    chosen = environ.get("PAGER", "").strip() or "less"
    if chosen.split()[0].rpartition("/")[2] != "less":
        return chosen
    return f"LESS=-R$LESS {chosen}" if environ.get("LESS") else f"LESS=FRX {chosen}"
