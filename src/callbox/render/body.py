"""Show a body on the screen: decode, sanitise, lay out and colour the part that fits.

`Window` receives the body while it arrives; `body` and `pieces` show a complete body. A binary body becomes a line with
its type and size, followed by the dimensions of an image or by the first bytes.

Text arrives in pieces, and a `View` shows it. There are views for unchanged text, for lines, for a whole window, and
for JSON and markup that is indented (`json_and_markup_layout`). Text that turns out not to be JSON is shown unchanged,
with the reason. Server-sent events are coloured line by line (WHATWG HTML, "server-sent events").

Syntax is highlighted only in the text on the screen: JSON and event streams here, other languages by Pygments. No other
module imports the lexers of Pygments. The functions import each lexer from its own module, because `get_lexer_by_name`
would search every installed distribution for plugins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from callbox.exchange.media_types_and_charsets import Decoder, charset_of, essence, json_guard, kind
from callbox.render.ansi_and_sanitiser import visible, visible_fragments, visible_line
from callbox.render.json_and_markup_layout import (
    LONG_LINE,
    NUMBER,
    TOKEN,
    WORDS,
    Indenter,
    JsonLayout,
    NotJson,
    readable,
)
from callbox.render.sizes_and_durations import size
from callbox.render.style import Fragments
from callbox.render.tables_and_text_width import CsvLines, Rows, show_form

BATCH = 1 << 16
"""The number of characters that are highlighted, or formatted as a table, at once."""
_SHOWN = 64
"""The number of bytes of a binary body that are shown as hexadecimal digits."""
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class View(Protocol):
    """Turns the text of one body into fragments, until the window is full."""

    is_full: bool
    rest: str
    """The number of characters that are not shown, because they arrived after the window was full."""

    remarks: list[str]
    """The notes to print after the body."""

    def feed(self, text: str, is_last: bool = False) -> Fragments:
        """The fragments that this piece of text adds to the screen."""


class TextView:
    """Shows text unchanged as it arrives."""

    def __init__(self, width: int, max_rows: int | None) -> None:
        self.rest = ""
        self.is_full = False
        self.remarks: list[str] = []
        self._rows = Rows(width, max_rows)

    def feed(self, text: str, is_last: bool = False) -> Fragments:
        """The piece of text, or the part of it that fits."""
        end = self._rows.take(text)
        self.is_full = self._rows.is_full
        self.rest = text[end:]
        return visible_fragments(text[:end])


class LineView:
    """Shows lines. Each line is coloured separately, and shown as soon as it is complete."""

    def __init__(self, width: int, max_rows: int | None, color: Callable[[str], Fragments]) -> None:
        self.rest = ""
        self.is_full = False
        self.remarks: list[str] = []
        self._rows = Rows(width, max_rows)
        self._color = color
        self._buffer: list[str] = []
        self._buffered_size = 0

    def feed(self, text: str, is_last: bool = False) -> Fragments:
        """The lines that are complete with this piece of text."""
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
    """Collects the text that fits a window, then passes it to `show`.

    Without a window, `show` is called for each batch of whole lines. Its argument says whether the batch is the first.
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
        """Show the buffered text. If more text follows, only whole lines are shown."""
        held = "".join(self._buffer)
        end = len(held) if is_whole or not rest else held.rfind("\n") + 1 or len(held)
        self._buffer, self._buffered_size = [held[end:]], len(held) - end
        is_first, self._is_first = self._is_first, False
        return self._show(held[:end], is_first) if end else []


class JsonView:
    """Indents JSON.

    The text is buffered until the window is full or a value is complete, so that most text that is not JSON is
    recognised before anything is shown.
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
        """Show the rest of a body that was cut off. An incomplete JSON text is not an error here."""
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


class MarkupView:
    """A view of XML or HTML: coloured, and indented if its lines are long."""

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
        end = self._source_rows.take(text)  # the indented text has at least as many rows
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
        """Show the first batch of the buffered text, and keep the rest."""
        held = self._buffer[:BATCH]
        if not is_whole or len(self._buffer) > BATCH:
            held = held[: max(held.rfind("<"), held.rfind("\n") + 1) or len(held)]
        if self._lays_out is None:
            self._lays_out = held.count("\n") * LONG_LINE < len(held)
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


KEPT = 1 << 16
"""The number of bytes at the start of an image that are searched for its dimensions."""


def _charset_note(content_type: str) -> str:
    """The note about a charset that cannot be used."""
    _, mark, value = content_type[:1000].lower().partition("charset=")
    name = value.partition(";")[0].strip(" \"'")
    if not mark or charset_of(content_type):
        return ""
    return (
        f"charset '{visible_line(name[:40])}' is not known, so the body was decoded as UTF-8 or Latin-1" if name else ""
    )


MORE = "to see all: show last --whole, or > FILE"
"""How the user can see the rest of a body that does not fit the window."""
MORE_OF_ONE = "to see all: --whole, or > FILE"
"""The same if no later line can show the response again."""


def body(
    data: bytes,
    media_type: str,
    *,
    width: int = 80,
    max_lines: int | None = None,
    is_whole: bool = True,
    total: int | None = None,
    more: str = MORE,
) -> Fragments:
    r"""The body as lines, each with its line break; at most `max_lines` rows (None: all).

    `media_type` is the value of Content-Type with its parameters. `is_whole` is false if the body was cut off. `total`
    is its size in bytes, if `data` is only its start.

    >>> from callbox.render.ansi_and_sanitiser import plain
    >>> print(plain(body(b'{"a":[1,2]}', "application/json", max_lines=2)), end="")
    {
      "a": [
    .. 5 B more; to see all: show last --whole, or > FILE
    """
    found = pieces(data, media_type, width=width, max_lines=max_lines, is_whole=is_whole, total=total, more=more)
    return [fragment for piece in found for fragment in piece]


def pieces(
    data: bytes,
    media_type: str,
    *,
    width: int = 80,
    max_lines: int | None = None,
    is_whole: bool = True,
    total: int | None = None,
    more: str = MORE,
) -> Iterator[Fragments]:
    """The lines of `body`, in parts. Otherwise a body of 50 MB would need 10 million fragments in memory."""
    window = Window(media_type, width, max_lines, is_live=False, more=more)
    for start in range(0, len(data), BATCH):
        if shown := window.feed(data[start : start + BATCH]):
            yield shown
        if window.is_full:
            break
    yield window.finish(len(data) if total is None and is_whole else total, is_whole=is_whole)


class Window:
    """The first rows of a body that is arriving. `feed` takes a piece and returns what to show; `finish` ends the body.

    Lines (newline-delimited JSON), events and plain text are returned as they arrive. JSON is returned when a value is
    complete or the window is full. Text that does not fit is counted and not stored. Live events have no window.
    """

    def __init__(
        self,
        media_type: str,
        width: int = 80,
        max_lines: int | None = None,
        *,
        is_live: bool = True,
        more: str = MORE,
    ) -> None:
        self.is_full = False
        """Whether the window is full. All later text is only counted."""
        self._media_type = media_type
        self._width = max(width, 1)
        self._max_lines = max_lines
        self._is_live = is_live
        self._more = more
        self._kind = ""
        self._received = self._shown = 0
        self._first = bytearray()
        self._view: View | None = None
        self._decoder: Decoder | None = None
        self._ends_line = True

    def feed(self, data: bytes) -> Fragments | None:
        """The fragments that this piece adds to the screen; None if it adds nothing (yet)."""
        if not data:
            return None
        self._received += len(data)
        is_first = not self._kind
        if is_first:
            self._begin(data)
        if self._view is None or self._decoder is None:
            self._first += data[: KEPT - len(self._first)]
            return None
        if self.is_full:
            return None
        text = self._decoder.decode(data)
        guard = json_guard(text) if is_first and self._kind == "json" else ""
        shown: Fragments = [("note", f"{visible(guard.strip())}\n")] if guard else []
        return [*shown, *self._note(self._view, self._decoder, self._view.feed(text[len(guard) :]))] or None

    def finish(self, total: int | None = None, *, is_whole: bool = True) -> Fragments:
        """End the body. Returns the text that was buffered, notes about the body, and how much of it is not shown.

        `total` is the size in bytes if it is more than was fed. If `is_whole` is false and there is no total, the size
        is unknown.
        """
        is_known = is_whole or total is not None
        total = max(self._received, total or 0)
        if not total:
            return []
        if self._view is None or self._decoder is None:
            return show_binary(bytes(self._first), self._media_type, total, self._width)
        out = self._end(self._view, self._decoder, is_whole)
        if not self._ends_line:
            out.append(("", "\n"))
        remarks = [_charset_note(self._media_type), *self._view.remarks]
        out += [("note", f"{visible(remark)}\n") for remark in remarks if remark]
        return out + self._tail(self._view, total, is_known)

    def _begin(self, data: bytes) -> None:
        self._kind = kind(self._media_type, data)
        if self._kind in ("image", "binary"):
            return
        self._decoder = Decoder(self._media_type, data[:BATCH], self._kind == "json")
        self._view = self._choose()

    def _choose(self) -> View:
        width, rows = self._width, self._max_lines
        if self._kind == "json":
            return JsonView(width, rows)
        if self._kind == "ndjson":
            return LineView(width, rows, color_json)
        if self._kind == "events":
            return LineView(width, None if self._is_live else rows, color_event)
        if self._kind in ("csv", "form"):
            return _field_view(self._kind, self._media_type, width, rows)
        return TextView(width, rows) if self._kind == "text" else _code_view(self._kind, width, rows)

    def _end(self, view: View, decoder: Decoder, is_whole: bool) -> Fragments:
        if self.is_full:
            return []
        text = decoder.decode(b"", is_last=True, is_whole=is_whole)
        if is_whole or not isinstance(view, JsonView):
            return self._note(view, decoder, view.feed(text, is_last=True))
        return self._note(view, decoder, view.feed(text) + view.cut())

    def _note(self, view: View, decoder: Decoder, shown: Fragments) -> Fragments:
        """Record what the screen has after this text: the bytes shown, whether the window is full, and whether the line
        has ended. Returns the text.
        """
        self.is_full = view.is_full
        self._shown = self._received - (decoder.count(view.rest) + decoder.waiting if view.is_full else 0)
        if shown:
            self._ends_line = shown[-1][1].endswith("\n")
        return shown

    def _tail(self, view: View, total: int, is_known: bool) -> Fragments:
        rest = total - self._shown
        if rest <= 0:
            return []
        if total == self._received and self.is_full and self._is_blank(view, rest):
            return []
        where = f"; {self._more}" if self._more else ""
        return [("note", f".. {f'{size(rest)} ' if is_known else ''}more{where}\n")]

    def _is_blank(self, view: View, rest: int) -> bool:
        """Whether the rest is only white space, such as the line break at the end of a file."""
        return self._decoder is not None and self._decoder.count(view.rest) >= rest and not view.rest.strip()


def _field_view(name: str, media_type: str, width: int, rows: int | None) -> View:
    if name == "form":
        return BatchView(width, rows, show_form)
    lines = CsvLines(width, "\t" if essence(media_type).startswith("text/tab") else ",")
    # A row of CSV is one line of the table, even if it is long. So lines are counted, and not rows of the terminal.
    return BatchView(BATCH, rows, lines.show)


def _code_view(language: str, width: int, rows: int | None) -> View:
    if language in ("xml", "html"):
        return MarkupView(width, rows, language)
    color = Highlighter(language)
    return BatchView(width, rows, lambda text, _: color(visible(text)))


def show_binary(first: bytes, media_type: str, total: int, width: int = 80) -> Fragments:
    """The type and size of a binary body, and its first 64 bytes in hexadecimal.

    An image has its dimensions instead of the bytes.

    >>> show_binary(b"", "image/png", 3100)
    [('note', 'image/png, 3.1 kB\\n')]
    """
    name = visible_line(essence(media_type))[:80] or "binary"
    found = dimensions(first)
    measures = f", {found[0]} x {found[1]}" if found else ""
    out: Fragments = [("note", f"{name}, {size(total)}{measures}\n")]
    if name.startswith("image/"):
        return out
    return out + _hex_lines(first[:_SHOWN], 16 if width >= 77 else 8)


def _hex_lines(data: bytes, step: int) -> Fragments:
    out: Fragments = []
    for start in range(0, len(data), step):
        row = data[start : start + step]
        pairs = " ".join(f"{byte:02x}" for byte in row)
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        out += [("dim", f"{start:04x}  "), ("", f"{pairs:<{step * 3}} "), ("dim", f"{text}\n")]
    return out


def dimensions(first: bytes) -> tuple[int, int] | None:
    """The width and height of a PNG, GIF, JPEG or WebP in pixels; None if the given start of the file does not contain
    them.

    >>> dimensions(b"GIF89a" + bytes([16, 0, 8, 0]))
    (16, 8)
    """
    if first.startswith(_PNG) and first[12:16] == b"IHDR" and len(first) >= 24:
        return int.from_bytes(first[16:20]), int.from_bytes(first[20:24])
    if first[:6] in (b"GIF87a", b"GIF89a") and len(first) >= 10:
        return int.from_bytes(first[6:8], "little"), int.from_bytes(first[8:10], "little")
    if first.startswith(b"\xff\xd8"):
        return _jpeg(first)
    return _webp(first) if first[:4] == b"RIFF" and first[8:12] == b"WEBP" else None


def _jpeg(first: bytes) -> tuple[int, int] | None:
    """The dimensions in the first frame header of a JPEG (ITU T.81 section B.2.2), after the segments before it."""
    position = 2
    while position + 9 <= len(first) and first[position] == 0xFF:
        marker = first[position + 1]
        if marker in _JPEG_FRAMES:
            height = int.from_bytes(first[position + 5 : position + 7])
            return int.from_bytes(first[position + 7 : position + 9]), height
        # Skip one fill byte, or one segment by its length.
        position += 1 if marker == 0xFF else 2 + int.from_bytes(first[position + 2 : position + 4])
    return None


def _webp(first: bytes) -> tuple[int, int] | None:
    """The dimensions of a WebP. Lossy, lossless and extended files have them in different places (RFC 9649)."""
    if len(first) < 30:
        return None
    form = first[12:16]
    if form == b"VP8X":
        return 1 + int.from_bytes(first[24:27], "little"), 1 + int.from_bytes(first[27:30], "little")
    if form == b"VP8L":
        bits = int.from_bytes(first[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if form == b"VP8 ":
        bits = int.from_bytes(first[26:30], "little")
        return bits & 0x3FFF, bits >> 16 & 0x3FFF
    return None


if TYPE_CHECKING:
    from pygments.lexer import Lexer
    from pygments.token import _TokenType

MOST = 1 << 13
"""The most characters that are highlighted at once.

Some of Pygments' patterns are quadratic (`<!--<!--<!--`): 64 kB took 5 s, while 8 kB take 0.1 s. The slowest texts are
one very long word, which is not highlighted.
"""
MAX_LINE = 1 << 10
"""The most characters of a long line that are highlighted at once.

Patterns for strings are quadratic in the length of a line: 16 kB of `,\\"` took 1.2 s, while sixteen times 1 kB take
0.08 s.
"""
MAX_COLOURED = 1 << 17
"""The most characters of a body that are coloured. Text beyond the limit is plain."""

_ENDLESS = re.compile(r"[^\s<>(){};,]{1000}")

_LINE_PART = re.compile(rf".{{{MAX_LINE}}}")
_LONG_LINE = re.compile(rf"^.{{{MAX_LINE}}}", re.MULTILINE)

_STYLES = {
    "Comment": "comment",
    "Keyword": "keyword",
    "Keyword.Type": "name",
    "Literal": "string",
    "Literal.Number": "number",
    "Literal.Scalar.Plain": "",
    "Name.Attribute": "attribute",
    "Name.Builtin": "name",
    "Name.Class": "name",
    "Name.Constant": "keyword",
    "Name.Decorator": "attribute",
    "Name.Entity": "keyword",
    "Name.Function": "name",
    "Name.Property": "attribute",
    "Name.Tag": "tag",
    "Name.Variable": "attribute",
}


def _html() -> type[Lexer]:
    from pygments.lexers.html import HtmlLexer

    return HtmlLexer


def _xml() -> type[Lexer]:
    from pygments.lexers.html import XmlLexer

    return XmlLexer


def _css() -> type[Lexer]:
    from pygments.lexers.css import CssLexer

    return CssLexer


def _javascript() -> type[Lexer]:
    from pygments.lexers.javascript import JavascriptLexer

    return JavascriptLexer


def _yaml() -> type[Lexer]:
    from pygments.lexers.data import YamlLexer

    return YamlLexer


LANGUAGES: dict[str, Callable[[], type[Lexer]]] = {
    "html": _html,
    "xml": _xml,
    "css": _css,
    "javascript": _javascript,
    "yaml": _yaml,
}


class Highlighter:
    """Colours one body, which may arrive in several pieces. The limits apply to all pieces together."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._left = MAX_COLOURED

    def __call__(self, text: str) -> Fragments:
        """Colour this sanitised text.

        Long text is coloured in separate parts of whole lines. This takes linear time, but a colour may be wrong if a
        comment or a script continues in the next part.
        """
        out: Fragments = []
        position = 0
        while position < len(text):
            if self._left <= 0:
                return [*out, ("", text[position:])]
            end = _end_of_stretch(text, position)
            out += _highlight_part(text[position:end], self._language)
            self._left -= end - position
            position = end
        return out


def highlight(text: str, language: str) -> Fragments:
    """Colour this sanitised text as `language`, a key of `LANGUAGES`."""
    return Highlighter(language)(text)


def _end_of_stretch(text: str, start: int) -> int:
    """The end of the next part.

    A part has as many whole lines as can be coloured at once, or a piece of a long line.
    """
    if (part := _LINE_PART.match(text, start)) is not None:
        return part.end()
    end = min(start + MOST, len(text))
    long_line = _LONG_LINE.search(text, start, end)
    if long_line is not None:
        return long_line.start()
    return end if end == len(text) else text.rfind("\n", start, end) + 1 or end


def _highlight_part(text: str, language: str) -> Fragments:
    if _ENDLESS.search(text):
        return [("", text)]
    return [(_style(kind), value) for _, kind, value in _lexer(language).get_tokens_unprocessed(text) if value]


@lru_cache(maxsize=8)
def _lexer(language: str) -> Lexer:
    return LANGUAGES[language]()()


@lru_cache(maxsize=256)
def _style(kind: _TokenType) -> str:
    """The style of the nearest known parent of a token type of Pygments: `Literal.String.Double` is a `Literal`."""
    names = str(kind).removeprefix("Token").lstrip(".").split(".")
    for end in range(len(names), 0, -1):
        if (style := _STYLES.get(".".join(names[:end]))) is not None:
            return style
    return ""


_FIELDS = frozenset(("event", "data", "id", "retry"))


def color_event(line: str) -> Fragments:
    """A line of an event stream, unchanged, with colours for the name of the field and the JSON after it.

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


def color_json(line: str) -> Fragments:
    """A line of JSON with coloured tokens and readable escapes. Text that is not JSON stays plain.

    >>> color_json('{"a": 1}')
    [('', '{'), ('key', '"a"'), ('', ': '), ('number', '1'), ('', '}')]
    """
    out: Fragments = []
    gap = position = 0
    while found := TOKEN.match(line, position):
        kind = found.lastindex or 0
        position = found.end()
        style = _line_style(kind, found[kind], line, position)
        if style:
            start = found.start(kind)
            out += visible_fragments(line[gap:start])
            token = line[start:position]
            out += visible_fragments(readable(token) if "\\" in token else token, style)
            gap = position
    return out + visible_fragments(line[gap:])


def _line_style(kind: int, token: str, line: str, end: int) -> str:
    if kind == 2:
        return "key" if line[end : end + 2].lstrip()[:1] == ":" else "string"
    if kind == 3 and token in WORDS:
        return "keyword"
    return "number" if kind == 3 and NUMBER.match(token) else ""
