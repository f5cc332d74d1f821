"""Lines that are too long for the screen, broken at blanks."""

from __future__ import annotations

import re

from callbox.render import cells
from callbox.render.style import Fragments

_WIDE_GAP = re.compile(r"(?<=\S) {3,}")
_CELL = r"(\S+(?: \S+)*)"
_PAIRS = re.compile(rf"^{_CELL} {{2,}}{_CELL} {{2,}}{_CELL} {{2,}}{_CELL}$", re.MULTILINE)
_PIECES = re.compile(r"\n|[^\S\n]+|\S+")


def close_up(fragments: Fragments) -> Fragments:
    """For narrow screens: columns stand close to one another, two pairs of them below one another.

    >>> close_up([("", "  "), ("title", "name    "), ("", " about it\\n"), ("", "a     an a     b     a b")])
    [('', '  '), ('title', 'name '), ('', ' about it\\n'), ('', 'a  an a\\nb  a b')]
    """
    out: Fragments = []
    for style, text in fragments:
        text = _WIDE_GAP.sub("  ", _PAIRS.sub(r"\1  \2\n\3  \4", text))
        out.append((style, f"{text.rstrip(' ')} " if style and text.endswith("  ") else text))
    return out


def wrap(fragments: Fragments, width: int, hang: int = 4) -> Fragments:
    """The same text in lines of at most `width` columns, what goes on indented by `hang`; a long word stays whole.

    >>> from callbox.render.ansi import plain
    >>> print(plain(wrap([("", "one two "), ("title", "three\\n")], 9, hang=2)), end="")
    one two
      three
    """
    out: Fragments = []
    column, hang = 0, min(hang, width // 2)
    for style, text in fragments:
        for piece in _PIECES.findall(text):
            columns = 0 if piece == "\n" else cells.width(piece)
            if piece == "\n" or column + columns <= width or (column <= hang and not piece.isspace()):
                out.append((style, piece))
                column = 0 if piece == "\n" else column + columns
            elif piece.isspace():
                column = width + 1  # the blank at the edge gives way to the break
            else:
                while out and out[-1][1].isspace() and "\n" not in out[-1][1]:
                    out.pop()
                out += [("", f"\n{' ' * hang}"), (style, piece)]
                column = hang + columns
    return out
