"""Bodies that are rows of fields: CSV and tab-separated values as tables, form data as names and values."""

from __future__ import annotations

from callbox.render import cells
from callbox.render.sanitise import visible_fragments, visible_line
from callbox.render.style import Fragments
from callbox.render.tables import Column, lines, shares

_WIDEST_NAME = 24


class CsvLines:
    """Tables of stretches of CSV; the first one's widths hold for all."""

    def __init__(self, width: int, delimiter: str = ",") -> None:
        self._width = width
        self._delimiter = delimiter
        self._widths: list[int] = []
        self._heads: list[Column] = []

    def show(self, text: str, is_first: bool) -> Fragments:
        """A table of these rows; text that the reader refuses stays as it is."""
        rows = _read(text, self._delimiter)
        if rows is None:
            return visible_fragments(text)
        if not rows:
            return []
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
    import csv  # only where a server sends it

    if "\0" in text:
        return None
    try:
        return [row for row in csv.reader(_lines(text), delimiter=delimiter) if row]
    except csv.Error:
        return None


def _lines(text: str) -> list[str]:
    """Lines with their ends: the reader keeps those that stand inside a quoted cell."""
    return [f"{line}\n" for line in text.removesuffix("\n").split("\n")]


def _is_numeric(values: list[str]) -> bool:
    filled = [value for value in values if value]
    return bool(filled) and all(value.lstrip("-").replace(".", "", 1).isdecimal() for value in filled)


def show_form(text: str, is_first: bool = True) -> Fragments:
    """`name = value` lines of form data, decoded for reading.

    >>> show_form("q=a+b&x=%41")[:4]
    [('key', 'q'), ('', ' = '), ('', 'a b'), ('', '\\n')]
    """
    from urllib.parse import unquote_plus

    fields = [field.partition("=") for field in text.strip().split("&") if field]
    named = [(visible_line(unquote_plus(name)), visible_line(unquote_plus(value))) for name, _, value in fields]
    widest = min(max((cells.width(name) for name, _ in named), default=0), _WIDEST_NAME)
    out: Fragments = []
    for name, value in named:
        out += [("key", name), ("", cells.pad("", widest - cells.width(name)) + " = ")]
        out += [("", value), ("", "\n")]
    return out
