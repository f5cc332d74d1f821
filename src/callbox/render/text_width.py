"""Text in terminal columns: the width of wide and combining characters, padding, wrapping at blanks, rows that fit."""

from __future__ import annotations

import re

from callbox.render.style import Fragments

_ELLIPSIS = ".."


def width_of(text: str) -> int:
    """The number of terminal columns of this line.

    >>> width_of("abc"), width_of("日本"), width_of("e\u0301")
    (3, 4, 1)
    """
    return len(text) if text.isascii() else sum(map(_cells, text))


def _cells(character: str) -> int:
    if character < "\u0300":
        return 1
    import unicodedata  # shared, and not needed for ASCII text

    if unicodedata.category(character) in ("Mn", "Me", "Cf") or "\u1160" <= character <= "\u11ff":
        return 0  # Hangul medial vowels and finals join the syllable before them
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def prefix(text: str, columns: int) -> str:
    """The longest beginning of the text that fits these columns.

    Combining marks stay with their character. The result does not end with a joiner (U+200D): without the emoji after
    it, the joiner would be shown as an escape.

    >>> prefix("日本語", 5)
    '日本'
    """
    if text.isascii():
        return text[: max(columns, 0)]
    used = 0
    for index, character in enumerate(text):
        used += _cells(character)
        if used > columns:
            return text[:index].rstrip("\u200d")
    return text


def fit(text: str, columns: int) -> str:
    """The text. If it is longer than these columns, it is cut and ends with `..`.

    >>> fit("application/json", 8), fit("ok", 8)
    ('applic..', 'ok')
    """
    if len(text) * 2 <= columns or width_of(text) <= columns:
        return text
    if columns <= len(_ELLIPSIS):
        return prefix(text, columns)
    return prefix(text, columns - len(_ELLIPSIS)) + _ELLIPSIS


def pad(text: str, columns: int, align: str = "left") -> str:
    """The text, padded with blanks to these columns on the side opposite to `align`."""
    blanks = " " * max(0, columns - width_of(text))
    return blanks + text if align == "right" else text + blanks


_WIDE_GAP = re.compile(r"(?<=\S) {3,}")
_CELL = r"(\S+(?: \S+)*)"
_PAIRS = re.compile(rf"^{_CELL} {{2,}}{_CELL} {{2,}}{_CELL} {{2,}}{_CELL}$", re.MULTILINE)
_PIECES = re.compile(r"\n|[^\S\n]+|\S+")


def close_up(fragments: Fragments) -> Fragments:
    """The text for a narrow screen.

    Columns are closer together. A row with two pairs of columns becomes two rows with one pair each.

    >>> close_up([("", "  "), ("title", "name    "), ("", " about it\\n"), ("", "a     an a     b     a b")])
    [('', '  '), ('title', 'name '), ('', ' about it\\n'), ('', 'a  an a\\nb  a b')]
    """
    out: Fragments = []
    for style, text in fragments:
        text = _WIDE_GAP.sub("  ", _PAIRS.sub(r"\1  \2\n\3  \4", text))
        out.append((style, f"{text.rstrip(' ')} " if style and text.endswith("  ") else text))
    return out


def wrap_rows(fragments: Fragments, width: int) -> Fragments:
    """The text in lines of at most `width` columns.

    If a row is broken, its other lines begin at the second column of the row.

    The second column begins after the first two blanks within a line. Lines without two blanks are paragraphs.

    >>> from callbox.render.ansi import plain
    >>> print(plain(wrap_rows([("", "ab   one two\\none two three\\n")], 10)), end="")
    ab   one
         two
    one two
    three
    """
    out: Fragments = []
    for line in split_lines(fragments):
        text = "".join(part for _, part in line)
        found = _SECOND_COLUMN.match(text)
        indent = len(text) - len(text.lstrip(" "))
        out += wrap(line, width, found.end() if found is not None else min(indent, 4))
    return out


_SECOND_COLUMN = re.compile(r" *+\S++(?: \S++)*+ {2,}+(?=\S)")


def split_lines(fragments: Fragments) -> list[Fragments]:
    """The fragments of each line, with its line break.

    >>> split_lines([("a", "x\\ny"), ("", "z")])
    [[('a', 'x\\n')], [('a', 'y'), ('', 'z')]]
    """
    lines: list[Fragments] = [[]]
    for style, text in fragments:
        for part in text.splitlines(keepends=True):
            lines[-1].append((style, part))
            if part.endswith("\n"):
                lines.append([])
    return [line for line in lines if line]


def wrap(fragments: Fragments, width: int, hang: int = 4) -> Fragments:
    """The text in lines of at most `width` columns.

    All lines after the first are indented by `hang`. A long word is not broken.

    >>> from callbox.render.ansi import plain
    >>> print(plain(wrap([("", "one two "), ("title", "three\\n")], 9, hang=2)), end="")
    one two
      three
    """
    out: Fragments = []
    column, hang = 0, min(hang, width // 2)
    for style, text in fragments:
        for piece in _PIECES.findall(text):
            columns = 0 if piece == "\n" else width_of(piece)
            is_first_word = column <= hang and not piece.isspace()  # the word is longer than a line
            if piece == "\n" or column + columns <= width or is_first_word:
                out.append((style, piece))
                column = 0 if piece == "\n" else column + columns
            elif piece.isspace():
                column = width + 1  # the line break replaces the blank
            else:
                while out and out[-1][1].isspace() and "\n" not in out[-1][1]:
                    out.pop()
                out += [("", f"\n{' ' * hang}"), (style, piece)]
                column = hang + columns
    return out


class Rows:
    """Counts rows of the terminal, and finds how much of a text still fits."""

    def __init__(self, width: int, max_rows: int | None) -> None:
        self.is_full = False
        self._width = max(width, 1)
        self._max_rows = max_rows
        self._rows = self._column = 0

    def take(self, text: str) -> int:
        """The number of characters of this text that fit.

        After the last row, or if some characters do not fit, the window is full.
        """
        if self._max_rows is None:
            return len(text)
        position = 0
        while not self.is_full:
            end = text.find("\n", position)
            line = text[position:] if end < 0 else text[position:end]
            room = (self._max_rows - self._rows) * self._width - self._column
            columns = width_of(line)
            if columns > room:
                self.is_full = True
                return position + len(prefix(line, room))
            if end < 0:
                self._column += columns
                return len(text)
            self._rows += max(1, -(-(self._column + columns) // self._width))
            self._column = 0
            position = end + 1
            self.is_full = self._rows >= self._max_rows
        return position


def fragments_width(fragments: Fragments) -> int:
    """The columns of styled text in one line."""
    return sum(width_of(text) for _, text in fragments)


def fit_fragments(fragments: Fragments, columns: int) -> Fragments:
    """The fragments of one line, cut to these columns."""
    out: Fragments = []
    for style, text in fragments:
        shown = fit(text, max(columns, 0))
        out.append((style, shown))
        columns -= width_of(text)
    return out
