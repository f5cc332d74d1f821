"""Views of a body's text that arrives in pieces: unchanged, by line, a window at once, as laid-out JSON or markup.

Server-sent events are coloured line by line (WHATWG HTML, "server-sent events"). `json_layout` lays out JSON. Text
that turns out not to be JSON is shown unchanged, with the reason.

XML and HTML on one long line get a line for each element, indented by its depth. Line breaks are only added between
two tags, never in an element that holds text, and nothing is removed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Protocol

from callbox.render import cells
from callbox.render.highlight import Highlighter
from callbox.render.json_layout import JsonLayout, NotJson, color_json
from callbox.render.sanitise import visible, visible_fragments
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


_TAG = re.compile(r"<(/?)([A-Za-z_:][^\s<>/\"'=]*+)(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+>")
MAX_TAG = 8192
"""The most characters of a tag; a longer one counts as text."""
_MAX_INDENT = 40
_MAX_UNCLOSED = 50
"""The most open elements that the end tag of an outer element may close, as `</ul>` closes `<li>`."""
_LONG_LINE = 200
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)  # HTML, section 13.1.2
_VERBATIM = frozenset(("pre", "script", "style", "textarea"))
_VERBATIM_END = re.compile(r"</(?:pre|script|style|textarea)\b", re.IGNORECASE)
_OTHER_ENDS = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">"))


class _OpenElement:
    """An open element."""

    __slots__ = ("has_children", "has_text", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.has_text = self.has_children = False


class Indenter:
    """Finds the places of line breaks in one document, which may come in several pieces."""

    def __init__(self, *, is_html: bool) -> None:
        self._is_html = is_html
        self._open = [_OpenElement("")]
        self._is_after_tag = False
        """Whether the last piece of text ended with a tag."""

    def breaks(self, text: str) -> Iterator[tuple[int, str]]:
        """The offsets of new line breaks, in order, each with the break and its indentation."""
        position = 0
        while (start := text.find("<", position)) >= 0:
            if text[position:start].strip():
                self._open[-1].has_text = True
            is_adjacent = start == position and self._is_after_tag
            end, line_break = self._read(text, start)
            if end < 0:
                self._is_after_tag = False
                return
            if is_adjacent and line_break:
                yield start, line_break
            self._is_after_tag = text[end - 1] == ">"
            position = end
        self._is_after_tag = self._is_after_tag and position == len(text)

    def _read(self, text: str, start: int) -> tuple[int, str]:
        """The end of the construct that begins with this `<`, and the line break before it, if there is to be one.

        The end is -1 if a comment or a similar construct continues in the next piece.
        """
        other = next((marks for marks in _OTHER_ENDS if text.startswith(marks[0], start)), None)
        if other is not None:
            end = text.find(other[1], start + len(other[0]))
            return (end + len(other[1]) if end >= 0 else -1), self._take_other(is_text=other[0] == "<![CDATA[")
        tag = _TAG.match(text, start, start + MAX_TAG)
        if tag is None:
            self._open[-1].has_text = True
            return start + 1, ""
        line_break = self._take_tag(tag)
        if self._is_html and not tag[1] and tag[2].lower() in _VERBATIM:
            closing = _VERBATIM_END.search(text, tag.end())
            if closing is None:
                return -1, line_break
            self._open[-1].has_text = True
            return closing.start(), line_break
        return tag.end(), line_break

    def _take_other(self, *, is_text: bool) -> str:
        """Read a comment, a declaration or character data. Returns the line break before it."""
        top = self._open[-1]
        top.has_text |= is_text
        top.has_children = True
        return "" if top.has_text else self._line_break()

    def _take_tag(self, tag: re.Match[str]) -> str:
        """Open or close an element. Returns the line break before its tag."""
        name = tag[2].lower() if self._is_html else tag[2]
        top = self._open[-1]
        if not tag[1]:
            line_break = "" if top.has_text else self._line_break()
            top.has_children = True
            if not tag[0].endswith("/>") and not (self._is_html and name in _VOID):
                self._open.append(_OpenElement(name))
            return line_break
        for count in range(1, min(len(self._open), _MAX_UNCLOSED + 1)):
            if self._open[-count].name == name:
                element = self._open[-count]
                del self._open[-count:]
                return self._line_break() if element.has_children and not element.has_text else ""
        return ""

    def _line_break(self) -> str:
        return "\n" + "  " * min(len(self._open) - 1, _MAX_INDENT)


class MarkupView:
    """A view of XML or HTML: coloured, and laid out if its lines are long."""

    def __init__(self, width: int, max_rows: int | None, language: str) -> None:
        self.rest = ""
        self.is_full = False
        self.remarks: list[str] = []
        self._source_rows = Rows(width, max_rows)
        self._rows = Rows(width, max_rows)
        self._is_window = max_rows is not None
        self._color = Highlighter(language)
        self._indenter = Indenter(is_html=language == "html")
        self._lays_out: bool | None = None
        self._buffer = ""

    def feed(self, text: str, is_last: bool = False) -> Fragments:
        """Add text. Shows nothing until a batch is complete or the text has ended."""
        end = self._source_rows.take(text)  # the layout takes at least as many rows
        self._buffer += text[:end]
        out: Fragments = []
        is_enough = is_last or self._source_rows.is_full
        while len(self._buffer) >= BATCH or (is_enough and self._buffer):
            out += self._show_batch(is_whole=is_enough)
            if self.is_full:
                break
        self.is_full = self.is_full or self._source_rows.is_full
        if self.is_full:
            self.rest = self._buffer + text[end:]
        return out

    def _show_batch(self, *, is_whole: bool) -> Fragments:
        """Show the first batch of the held text; the rest is kept."""
        held = self._buffer[:BATCH]
        if not is_whole or len(self._buffer) > BATCH:
            held = held[: max(held.rfind("<"), held.rfind("\n") + 1) or len(held)]
        if self._lays_out is None:
            self._lays_out = held.count("\n") * _LONG_LINE < len(held)
        out: list[str] = []
        shown = 0
        for offset, line_break in [*(self._indenter.breaks(held) if self._lays_out else ()), (len(held), "")]:
            part = held[shown:offset]
            fits = self._rows.take(part)
            out.append(part[:fits])
            shown += fits
            if self._rows.is_full:
                break
            self._rows.take(line_break)
            if self._rows.is_full:
                break
            out.append(line_break)
        self._buffer = self._buffer[shown:]
        self.is_full = self._rows.is_full
        return self._color(visible("".join(out)))
