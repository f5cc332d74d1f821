"""Views of text that arrives in pieces: unchanged, line by line, a window at once, or as laid-out JSON.

Server-sent events are coloured line by line (WHATWG HTML, "server-sent events"). `json_layout` lays out JSON. Text
that turns out not to be JSON is shown unchanged, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from callbox.render import cells
from callbox.render.json_layout import JsonLayout, NotJson, color_json
from callbox.render.sanitise import visible_fragments
from callbox.render.style import Fragments

_FIELDS = frozenset(("event", "data", "id", "retry"))


def color_event(line: str) -> Fragments:
    """One unchanged line of an event stream, with the name of the field and JSON after it coloured.

    >>> color_event("event: ping"), color_event(": hi")
    ([('key', 'event'), ('', ': ping')], [('comment', ': hi')])
    """
    if line.startswith(":"):
        return visible_fragments(line, "comment")
    name, colon, value = line.partition(":")
    if name not in _FIELDS:
        return visible_fragments(line)
    is_json = value.lstrip()[:1] in ("{", "[")
    return [("key", name), *(color_json(colon + value) if is_json else visible_fragments(colon + value))]


BATCH = 1 << 16
"""Characters that are highlighted or laid out as a table at once."""


class View(Protocol):
    """Turns the text of one body into fragments, until the window is full."""

    is_full: bool
    rest: str
    """The number of characters fed after the window was full, which are not shown."""

    remarks: list[str]
    """Notes to print after the body."""

    def feed(self, text: str, is_last: bool = False) -> Fragments:
        """The fragments that this piece adds to the screen."""


class Rows:
    """Counts rows of the terminal, and finds how much of a text still fits."""

    def __init__(self, width: int, max_rows: int | None) -> None:
        self.is_full = False
        self._width = max(width, 1)
        self._max_rows = max_rows
        self._rows = self._column = 0

    def take(self, text: str) -> int:
        """The number of characters of this text that fit. The window is full after the last row, or if not all fit."""
        if self._max_rows is None:
            return len(text)
        position = 0
        while not self.is_full:
            end = text.find("\n", position)
            line = text[position:] if end < 0 else text[position:end]
            room = (self._max_rows - self._rows) * self._width - self._column
            columns = cells.width_of(line)
            if columns > room:
                self.is_full = True
                return position + len(cells.prefix(line, room))
            if end < 0:
                self._column += columns
                return len(text)
            self._rows += max(1, -(-(self._column + columns) // self._width))
            self._column = 0
            position = end + 1
            self.is_full = self._rows >= self._max_rows
        return position


class TextView:
    """Shows text unchanged as it arrives."""

    def __init__(self, width: int, max_rows: int | None) -> None:
        self.rest = ""
        self.is_full = False
        self.remarks: list[str] = []
        self._rows = Rows(width, max_rows)

    def feed(self, text: str, is_last: bool = False) -> Fragments:
        """The piece, or the part of it that fits."""
        end = self._rows.take(text)
        self.is_full = self._rows.is_full
        self.rest = text[end:]
        return visible_fragments(text[:end])


class LineView:
    """Shows lines, each coloured on its own and shown as soon as it is complete."""

    def __init__(self, width: int, max_rows: int | None, color: Callable[[str], Fragments]) -> None:
        self.rest = ""
        self.is_full = False
        self.remarks: list[str] = []
        self._rows = Rows(width, max_rows)
        self._color = color
        self._buffer: list[str] = []
        self._buffered_size = 0

    def feed(self, text: str, is_last: bool = False) -> Fragments:
        """The lines that this piece completes."""
        end = len(text) if is_last else text.rfind("\n") + 1
        if not end and not is_last and self._buffered_size + len(text) < BATCH:
            self._buffer_text(text)
            return []
        end = end or len(text)  # a very long line is shown in parts
        whole = "".join(self._buffer) + text[:end]
        self._buffer, self._buffered_size = [], 0
        fits = self._rows.take(whole)
        self.is_full = self._rows.is_full
        if self.is_full:
            self.rest = whole[fits:] + text[end:]
        else:
            self._buffer_text(text[end:])
        return self._colored(whole[:fits])

    def _buffer_text(self, text: str) -> None:
        if text:
            self._buffer.append(text)
            self._buffered_size += len(text)

    def _colored(self, text: str) -> Fragments:
        out: Fragments = []
        for number, line in enumerate(text.split("\n")):
            if number:
                out.append(("", "\n"))
            out += self._color(line.removesuffix("\r"))
        return out


class BatchView:
    """Collects the text of a window, then passes it to `show`.

    Without a window, `show` is called for each batch of whole lines, with whether it is the first.
    """

    def __init__(self, width: int, max_rows: int | None, show: Callable[[str, bool], Fragments]) -> None:
        self.rest = ""
        self.is_full = False
        self.remarks: list[str] = []
        self._rows = Rows(width, max_rows)
        self._is_window = max_rows is not None
        self._show = show
        self._buffer: list[str] = []
        self._buffered_size = 0
        self._is_first = True

    def feed(self, text: str, is_last: bool = False) -> Fragments:
        """Add text. Shows nothing until a batch is full or the text has ended."""
        out: Fragments = []
        while True:
            end = min(self._rows.take(text), BATCH - self._buffered_size)
            self._buffer.append(text[:end])
            self._buffered_size += end
            text = text[end:]
            self.is_full = self._rows.is_full or (self._is_window and self._buffered_size >= BATCH)
            if self.is_full or self._buffered_size >= BATCH:
                out += self._flush(text, is_whole=self.is_full)
                if not self.is_full:
                    continue
            elif is_last:
                out += self._flush("", is_whole=True)
            self.rest = text
            return out

    def _flush(self, rest: str, is_whole: bool) -> Fragments:
        """Show the held text; if more follows, only up to its last whole line."""
        held = "".join(self._buffer)
        end = len(held) if is_whole or not rest else held.rfind("\n") + 1 or len(held)
        self._buffer, self._buffered_size = [held[end:]], len(held) - end
        is_first, self._is_first = self._is_first, False
        return self._show(held[:end], is_first) if end else []


class JsonView:
    """Holds laid-out JSON back until the window is full or a value is complete, so that most text that is
    not JSON is recognised before anything is shown.
    """

    def __init__(self, width: int, max_rows: int | None) -> None:
        self.rest = ""
        self.is_full = False
        self.remarks: list[str] = []
        self._layout = JsonLayout(width, max_rows)
        self._raw: TextView | None = None
        self._size = (width, max_rows)
        self._text_so_far: list[str] = []
        self._buffer: Fragments = []
        self._buffered_size = 0
        self._has_output = False

    def feed(self, text: str, is_last: bool = False) -> Fragments:
        """The fragments that can be shown with this piece."""
        if self._raw is not None:
            return self._feed_raw(self._raw, text, is_last)
        if not self._has_output:
            self._text_so_far.append(text)
        try:
            added = self._layout.feed(text, is_last)
        except NotJson as error:
            return self._show_raw(error, is_last)
        self._buffer += added
        self._buffered_size += sum([len(text) for _, text in added])
        if self._layout.is_full:
            self.is_full, self.rest = True, self._layout.rest
        if is_last or self.is_full:
            self.remarks += [f"not strict JSON: {remark}" for remark in self._layout.remarks]
        if is_last or self.is_full or self._layout.is_between or self._buffered_size > BATCH:
            return self._show()
        return []

    def cut(self) -> Fragments:
        """The rest of a body that was cut off: the beginning of a JSON text is not an error."""
        if self._raw is not None or self.is_full:
            return []
        try:
            self._buffer += self._layout.cut()
        except NotJson as error:
            return self._show_raw(error, True)
        return [*self._show(), *visible_fragments(self._layout.rest)]

    def _show(self) -> Fragments:
        out, self._buffer = self._buffer, []
        if out:
            self._has_output, self._buffered_size, self._text_so_far = True, 0, []
        return out

    def _show_raw(self, error: NotJson, is_last: bool) -> Fragments:
        self._raw = TextView(*self._size)
        if self._has_output:
            out: Fragments = [("", "\n"), ("note", f"not JSON from here: {error.reason}\n")]
            return out + self._feed_raw(self._raw, self._layout.rest, is_last)
        seen = "".join(self._text_so_far)
        line = seen.count("\n", 0, error.offset) + 1
        column = error.offset - seen.rfind("\n", 0, error.offset)
        self.remarks.append(f"not JSON: {error.reason} (line {line}, column {column})")
        self._text_so_far, self._buffer = [], []
        return self._feed_raw(self._raw, seen, is_last)

    def _feed_raw(self, raw: TextView, text: str, is_last: bool) -> Fragments:
        out = raw.feed(text, is_last)
        self.is_full, self.rest = raw.is_full, raw.rest
        return out
