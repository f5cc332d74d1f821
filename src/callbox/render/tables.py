"""Show tables: rows in columns that are cut to the width of the terminal, CSV bodies, and forms as names and values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from callbox.render import text_width
from callbox.render.sanitise import visible_fragments, visible_line
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
    widest = min(max((text_width.width_of(name) for name, _ in named), default=0), _MAX_NAME)
    out: Fragments = []
    for name, value in named:
        out += [("key", name), ("", text_width.pad("", widest - text_width.width_of(name)) + " = ")]
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

    >>> from callbox.render.ansi import plain
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
    wanted = [max(text_width.width_of(row[index][1]) for row in rows) for index in range(len(heads))]
    room = width - sum(wanted[:-1]) - _GAP * (len(wanted) - 1)
    return [*wanted[:-1], min(room, wanted[-1])] if room >= min(_MIN_WRAPPED, wanted[-1]) else []


def _is_unreadable(rows: Sequence[Fragments], widths: Sequence[int]) -> bool:
    """Whether a column is cut so short that it cannot be read."""
    return any(
        text_width.width_of(row[index][1]) > columns
        for index, columns in enumerate(widths)
        if columns < _MIN_READABLE
        for row in rows
    )


def _rows_as_blocks(body: Sequence[Fragments], heads: Sequence[Column], width: int) -> Fragments:
    """Each row as lines with heading and cell, without empty cells, for narrow terminals."""
    out: Fragments = []
    label = max(text_width.width_of(head.title) for head in heads)
    for number, row in enumerate(body):
        if number:
            out.append(("", "\n"))
        for head, (style, text) in zip(heads, row, strict=True):
            if text:
                room = max(width - label - _GAP, _MIN_READABLE)
                title = text_width.pad(head.title, label + _GAP)
                out += [("title", title), (style, text_width.fit(text, room)), ("", "\n")]
    return out


def pairs(rows: Iterable[tuple[Cell, Cell]], width: int = 80) -> Fragments:
    """Names and values in two columns, without a heading.

    >>> from callbox.render.ansi import plain
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
    wanted = [max(text_width.width_of(row[index][1]) for row in rows) for index in range(len(rows[0]))]
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
            shown = text_width.fit(text, columns)
            blanks = ("", " " * (columns - text_width.width_of(shown)))
            line += [blanks, (style, shown)] if head.align == "right" else [(style, shown), blanks]
            line.append(("", " " * _GAP))
        while line and not line[-1][1].strip():
            line.pop()  # no blanks at the end of a line
        out += [fragment for fragment in line if fragment[1]]
        out.append(("", "\n"))
    return out


def _wrapped_rows(row: Fragments, heads: Sequence[Column], widths: Sequence[int]) -> list[Fragments]:
    """The row. If its last cell is wrapped, each line of the cell after the first becomes another row."""
    if not heads or not heads[-1].wraps or text_width.width_of(row[-1][1]) <= widths[-1]:
        return [row]
    style, text = row[-1]
    first, *rest = "".join(piece for _, piece in text_width.wrap([("", text)], widths[-1], 0)).split("\n")
    empty: Fragments = [("", "")] * (len(row) - 1)
    return [[*row[:-1], (style, first)], *([*empty, (style, line)] for line in rest)]
