"""Show tables: rows in columns that are cut to the width of the terminal, CSV bodies, and forms as names and values.
Below them is the width of text in terminal columns: wide and combining characters, padding, wrapping at blanks, rows
that fit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from callbox.render.ansi_and_sanitiser import visible_fragments, visible_line
from callbox.render.style import Fragment, Fragments

_MAX_NAME = 24


MAX_FILLED = 10_000
MAX_GROWTH = 10
"""The most cells of a table of CSV: a fixed number, and a multiple of the cells in its text.

Without this limit, one long row would add cells to all other rows.
"""


class CsvLines:
    """Shows CSV that arrives in parts as tables. All parts have the column widths of the first."""

    def __init__(self, width: int, delimiter: str = ",") -> None:
        self._width = width
        self._delimiter = delimiter
        self._widths: list[int] = []
        self._heads: list[Column] = []

    def show(self, text: str, is_first: bool) -> Fragments:
        """A table of these rows. Text that the CSV reader refuses, and text that is not a table, stays unchanged."""
        rows = _read(text, self._delimiter)
        if rows is None:
            return visible_fragments(text)
        if not rows:
            return []
        count = max(map(len, rows)) if is_first else len(self._heads)
        if not count or count * len(rows) > MAX_FILLED + MAX_GROWTH * sum(map(len, rows)):
            return visible_fragments(text)
        if is_first:
            self._measure(rows)
        count = len(self._heads)
        body: list[Fragments] = [[("", visible_line(cell)) for cell in (row + [""] * count)[:count]] for row in rows]
        if is_first:
            body[0] = [("title", text) for _, text in body[0]]
        return lines(body, self._heads, self._widths)

    def _measure(self, rows: list[list[str]]) -> None:
        count = max(map(len, rows))
        numeric = [_is_numeric([row[i] for row in rows[1:] if i < len(row)]) for i in range(count)]
        self._heads = [Column("", "right" if right else "left") for right in numeric]
        filled = [[("", visible_line(cell)) for cell in row + [""] * (count - len(row))] for row in rows]
        self._widths = shares(filled, self._width)


def _read(text: str, delimiter: str) -> list[list[str]] | None:
    import csv  # imported only for a CSV body

    if "\0" in text:
        return None
    try:
        return [row for row in csv.reader(_lines(text), delimiter=delimiter) if row]
    except csv.Error:
        return None


def _lines(text: str) -> list[str]:
    """Lines with their line breaks, because the CSV reader keeps line breaks inside a quoted cell."""
    return [f"{line}\n" for line in text.removesuffix("\n").split("\n")]


def _is_numeric(values: list[str]) -> bool:
    filled = [value for value in values if value]
    return bool(filled) and all(value.lstrip("-").replace(".", "", 1).isdecimal() for value in filled)


def show_form(text: str, is_first: bool = True) -> Fragments:
    """The decoded form data as lines `name = value`.

    >>> show_form("q=a+b&x=%41")[:4]
    [('key', 'q'), ('', ' = '), ('', 'a b'), ('', '\\n')]
    """
    from urllib.parse import unquote_plus

    fields = [field.partition("=") for field in text.strip().split("&") if field]
    named = [(visible_line(unquote_plus(name)), visible_line(unquote_plus(value))) for name, _, value in fields]
    widest = min(max((width_of(name) for name, _ in named), default=0), _MAX_NAME)
    out: Fragments = []
    for name, value in named:
        out += [("key", name), ("", pad("", widest - width_of(name)) + " = ")]
        out += [("", value), ("", "\n")]
    return out


_GAP = 2
_MIN_COLUMN = 3
"""A cell is not cut below this width as long as other cells are wider."""
_MIN_READABLE = 8
"""The smallest width in which cut text can still be read."""


class Column(NamedTuple):
    """The heading of a column, the alignment of its cells (`left` or `right`), and their style."""

    title: str
    align: str = "left"
    style: str = ""
    wraps: bool = False
    """Whether long cells are wrapped, and not cut, if the table is too narrow. Only the last column may be wrapped."""


Cell = str | Fragment
"""A text, or a text with its style: (style, text)."""


def table(columns: Sequence[str | Column], rows: Iterable[Sequence[Cell]], width: int = 80) -> Fragments:
    """A heading and a line for each row.

    Cells may contain any text: they are sanitised, and line breaks in them become visible.

    >>> from callbox.render.ansi_and_sanitiser import plain
    >>> print(plain(table(["name", "value"], [["sid", "1"], ["theme", "dark"]])), end="")
    name   value
    sid    1
    theme  dark
    """
    heads = [column if isinstance(column, Column) else Column(column) for column in columns]
    body = [_sanitised_row(row, heads) for row in rows]
    titles = [("title", head.title) for head in heads]
    widths = _wrapped_shares([titles, *body], heads, width) or shares([titles, *body], width)
    if _is_unreadable([titles, *body], widths):
        return _rows_as_blocks(body, heads, width)
    return lines([titles], heads, widths) + lines(body, heads, widths)


_MIN_WRAPPED = 20
"""The smallest width of a wrapped cell. If less is left, all columns are cut."""


def _wrapped_shares(rows: Sequence[Fragments], heads: Sequence[Column], width: int) -> list[int]:
    """The widths of the columns if the last column takes all that is left; empty if too little is left."""
    if not heads[-1].wraps:
        return []
    wanted = [max(width_of(row[index][1]) for row in rows) for index in range(len(heads))]
    room = width - sum(wanted[:-1]) - _GAP * (len(wanted) - 1)
    return [*wanted[:-1], min(room, wanted[-1])] if room >= min(_MIN_WRAPPED, wanted[-1]) else []


def _is_unreadable(rows: Sequence[Fragments], widths: Sequence[int]) -> bool:
    """Whether a column is cut so short that it cannot be read."""
    return any(
        width_of(row[index][1]) > columns
        for index, columns in enumerate(widths)
        if columns < _MIN_READABLE
        for row in rows
    )


def _rows_as_blocks(body: Sequence[Fragments], heads: Sequence[Column], width: int) -> Fragments:
    """Each row as lines with heading and cell, without empty cells, for narrow terminals."""
    out: Fragments = []
    label = max(width_of(head.title) for head in heads)
    for number, row in enumerate(body):
        if number:
            out.append(("", "\n"))
        for head, (style, text) in zip(heads, row, strict=True):
            if text:
                room = max(width - label - _GAP, _MIN_READABLE)
                title = pad(head.title, label + _GAP)
                out += [("title", title), (style, fit(text, room)), ("", "\n")]
    return out


def pairs(rows: Iterable[tuple[Cell, Cell]], width: int = 80) -> Fragments:
    """Names and values in two columns, without a heading.

    >>> from callbox.render.ansi_and_sanitiser import plain
    >>> print(plain(pairs([("base", "https://api.x"), ("auth", "bearer ...")])), end="")
    base  https://api.x
    auth  bearer ...
    """
    heads = [Column("", style="header.name"), Column("", style="header.value")]
    body = [_sanitised_row(row, heads) for row in rows]
    return lines(body, heads, shares(body, width))


def _sanitised_row(row: Sequence[Cell], heads: Sequence[Column]) -> Fragments:
    """A sanitised fragment with its style for each column.

    If the row is too short, the fragments at the end are empty.
    """
    out: Fragments = []
    for index, head in enumerate(heads):
        cell = row[index] if index < len(row) else ""
        style, text = (head.style, cell) if isinstance(cell, str) else cell
        out.append((style, visible_line(text)))
    return out


def shares(rows: Sequence[Fragments], width: int) -> list[int]:
    """The widths of the columns, so that the rows fit `width` if that is possible."""
    if not rows:
        return []
    wanted = [max(width_of(row[index][1]) for row in rows) for index in range(len(rows[0]))]
    room = width - _GAP * (len(wanted) - 1)
    most = max(wanted, default=0)
    while most > _MIN_COLUMN and sum(min(columns, most) for columns in wanted) > room:
        # Each round cuts only the widest columns; narrow ones stay whole.
        most = max(_MIN_COLUMN, min(most - 1, _level(wanted, room)))
    widths = [min(columns, most) for columns in wanted]
    spare = room - sum(widths)
    for index, columns in enumerate(wanted):
        if spare > 0 and columns > widths[index]:
            added = min(spare, columns - widths[index])
            widths[index], spare = widths[index] + added, spare - added
    return widths


def _level(wanted: Sequence[int], room: int) -> int:
    """The width to which all wider columns must be cut so that the row fits."""
    left = room
    for position, columns in enumerate(sorted(wanted)):
        level = left // (len(wanted) - position)
        if columns > level:
            return level
        left -= columns
    return max(wanted)


def lines(rows: Iterable[Fragments], heads: Sequence[Column], widths: Sequence[int]) -> Fragments:
    """The rows in columns of these widths, each line with its line break."""
    out: Fragments = []
    for row in chain.from_iterable(_wrapped_rows(row, heads, widths) for row in rows):
        line: Fragments = []
        for (style, text), head, columns in zip(row, heads, widths, strict=True):
            shown = fit(text, columns)
            blanks = ("", " " * (columns - width_of(shown)))
            line += [blanks, (style, shown)] if head.align == "right" else [(style, shown), blanks]
            line.append(("", " " * _GAP))
        while line and not line[-1][1].strip():
            line.pop()  # no blanks at the end of a line
        out += [fragment for fragment in line if fragment[1]]
        out.append(("", "\n"))
    return out


def _wrapped_rows(row: Fragments, heads: Sequence[Column], widths: Sequence[int]) -> list[Fragments]:
    """The row. If its last cell is wrapped, each line of the cell after the first becomes another row."""
    if not heads or not heads[-1].wraps or width_of(row[-1][1]) <= widths[-1]:
        return [row]
    style, text = row[-1]
    first, *rest = "".join(piece for _, piece in wrap([("", text)], widths[-1], 0)).split("\n")
    empty: Fragments = [("", "")] * (len(row) - 1)
    return [[*row[:-1], (style, first)], *([*empty, (style, line)] for line in rest)]


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

    >>> from callbox.render.ansi_and_sanitiser import plain
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

    >>> from callbox.render.ansi_and_sanitiser import plain
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
