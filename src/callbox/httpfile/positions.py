"""Pieces of text that know their position in the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Self

_new = tuple.__new__
"""Makes a named tuple in half the time: a large file has millions, and most of the time goes into them."""
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


class Position(NamedTuple):
    """A place in the file."""

    line: int = 1
    """1-based."""
    column: int = 1
    """1-based, in characters."""
    offset: int = 0
    """Bytes of UTF-8 from the start of the file (after a byte order mark)."""


class Text(NamedTuple):
    """A piece of the file, as it was written, and where it begins.

    One line or a part of it. In bodies the newline that is sent after the line is part of the text (`\\n`, or
    `\\r\\n` in multipart), and lines that follow one another in the file, ended so there too, are one piece.
    """

    text: str
    at: Position

    def position_at(self, index: int) -> Position:
        """The place of the character at `index` of the text.

        >>> Text("/é{{x}}", Position(3, 5, 40)).position_at(2)
        At(line=3, column=7, offset=43)
        """
        before = self.text[:index]
        width = index if before.isascii() else len(before.encode("utf-8", "surrogatepass"))
        breaks = before.count("\n")
        column = self.at.column + index if not breaks else len(before) - before.rfind("\n")
        return Position(self.at.line + breaks, column, self.at.offset + width)

    def cut(self, start: int, end: int | None = None) -> Self:
        """The part from `start` to `end`, with its own place."""
        return _new(type(self), (self.text[start:end], self.position_at(start) if start else self.at))

    def lines(self) -> Iterator[Self]:
        """Each line of it, with its newline and its own place."""
        at = self.at
        for line in _LINE.findall(self.text):
            yield _new(type(self), (line, at))
            at = Position(at.line + 1, 1, at.offset + len(line.encode("utf-8", "surrogatepass")))

    def moved(self, origin: Position) -> Self:
        """The same text of the same line, where that line begins at `origin` instead of at `START`."""
        _, column, offset = self.at
        line, first, before = origin
        return _new(type(self), (self.text, _new(Position, (line, first + column - 1, before + offset))))


class Template(Text):
    """A text whose `{{...}}` are filled: one that a user's own file says, never what a response or a script gave.

    Only the readers of files make these. `Scope.expand` takes nothing else, so a value cannot be expanded twice.
    """

    __slots__ = ()


NOWHERE = Position(0, 0, 0)
"""The place of what was not read from a file."""

START = Position()
"""The beginning of a file."""


def joined(texts: Iterable[Text]) -> str:
    """The texts as one string."""
    return "".join(text.text for text in texts)
