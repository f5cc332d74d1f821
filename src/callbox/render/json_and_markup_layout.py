"""Indent JSON, XML and HTML by adding line breaks to the text, piece by piece. The document is never parsed as a whole.

JSON: member order, numbers and duplicate keys stay as received. Escapes (`\\u00fc`) are shown as characters. An escape
stays if its character controls a terminal, is invisible, or has a meaning in JSON. So the shown text is the same JSON.
A tokenizer turns pieces into lines without recursion. So the start of a body is shown as soon as it arrives, and the
rest need not be read. Text that is not JSON raises `NotJson`.

XML and HTML: only a document in a single long line is indented, with a line for each element. Line breaks are added
only between two tags, and never in an element with text. Nothing is removed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from callbox.exchange.invisible_characters import may_hold_unsafe, unsafe_spans
from callbox.render.ansi_and_sanitiser import visible, visible_fragments, visible_line
from callbox.render.sizes_and_durations import size
from callbox.render.style import Fragments

LONGEST = 2_000
"""The most characters of one string that a window shows: enough for a token, but not for an embedded file."""
_UNFINISHED = 1 << 18
"""The number of characters after which an unclosed string is cut."""
_STEP = "  "

# Possessive, so that a long string costs no memory or time for backtracking.
TOKEN = re.compile(
    r"[ \t\n\r]*+(?:"
    r"([{}\[\],:])"
    r'|("[^"\\]*+(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})[^"\\]*+)*+")'
    r'|([^ \t\n\r{}\[\],:"]++)'
    r")"
)
_ANY_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_BLANKS = re.compile(r"[ \t\n\r]*+")
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\Z")
_CONTROL = re.compile(r"[\x00-\x1f]")
WORDS = frozenset(("true", "false", "null"))
# not JSON, but servers in Python, Ruby and JavaScript send these words
_LOOSE = frozenset(("NaN", "Infinity", "-Infinity"))

# The states of the parser are named after the last token.
_START, _ITEM, _FIRST_ITEM, _KEY, _FIRST_KEY, _NAMED, _MEMBER, _AFTER, _DONE = range(9)
_TAKES_VALUE = frozenset((_START, _FIRST_ITEM, _ITEM, _MEMBER, _DONE))
_TAKES_KEY = frozenset((_KEY, _FIRST_KEY))
_ON_NEW_LINE = frozenset((_ITEM, _FIRST_ITEM, _KEY, _FIRST_KEY, _DONE))


# The pattern also matches escapes that stay, so that their backslash is not read as the start of another escape.
_ESCAPE = re.compile(r"\\(?:u([dD][89abAB][0-9A-Fa-f]{2})\\u([dD][c-fC-F][0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|.)")


def readable(token: str) -> str:
    r"""A JSON string in which characters replace the escapes, if the characters can be shown.

    >>> print(readable(r'"m\u00fcller \u202e \u0022"'))
    "müller \u202e \u0022"
    """
    decoded = _ESCAPE.sub(_character, token)
    if not may_hold_unsafe(decoded) or not any(True for _ in unsafe_spans(decoded)):
        return decoded
    return _ESCAPE.sub(_safe_character, token)


def _character(escape: re.Match[str]) -> str:
    if escape[1]:
        point = 0x10000 + (int(escape[1], 16) - 0xD800) * 0x400 + int(escape[2], 16) - 0xDC00
    elif escape[3]:
        point = int(escape[3], 16)
    else:
        return "/" if escape[0] == r"\/" else escape[0]
    has_meaning = point < 0x20 or point in (0x22, 0x5C) or 0xD800 <= point < 0xE000
    is_blank = point > 0x20 and chr(point).isspace()  # it looks like a space, but is not a space
    return escape[0] if has_meaning or is_blank else chr(point)


def _safe_character(escape: re.Match[str]) -> str:
    character = _character(escape)
    return escape[0] if may_hold_unsafe(character) else character


class NotJson(ValueError):
    """Raised if the text is not JSON from `offset` on. The text before is JSON."""

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


class JsonLayout:
    r"""Writes JSON in indented lines, from pieces of text.

    `width` is the number of columns of the terminal. The layout ends after `max_rows` rows (None: never).

    >>> from callbox.render.ansi_and_sanitiser import plain
    >>> layout = JsonLayout(80, None)
    >>> print(plain(layout.feed('{"a":[1.0,') + layout.feed('{}]}', is_last=True)))
    {
      "a": [
        1.0,
        {}
      ]
    }
    """

    def __init__(self, width: int, max_rows: int | None) -> None:
        self.is_full = False
        """Whether the window is full. All later text is ignored."""
        self.taken = 0
        """The number of characters that were written as lines."""
        self.remarks: list[str] = []
        """A note about the first place that a strict JSON parser would refuse."""
        self._width = max(width, 1)
        self._max_rows = max_rows
        self._max_depth = max(4, width // 4)  # half of the width; deeper levels are not indented further
        self._rows = self._column = 0
        self._pieces: list[
            str
        ] = []  # text that was received and not read yet; joined only when there is enough to read
        self._pending = self._expected = 0
        self._stack: list[str] = []
        self._state = _START
        self._out: Fragments = []
        self._gap: list[str] = []

    @property
    def is_between(self) -> bool:
        """Whether the text so far is a complete document."""
        return self._state == _DONE and not self._pending

    @property
    def rest(self) -> str:
        """The text that was received and is not written yet."""
        return "".join(self._pieces)

    def feed(self, text: str, is_last: bool = False) -> Fragments:
        """The fragments that this piece adds. Raises `NotJson`."""
        if self.is_full:
            return []
        self._pieces.append(text)
        self._pending += len(text)
        if self._pending < self._expected and not is_last:
            return []
        text = self.rest
        end = self._read(text, is_last)
        self.taken += end
        self._pieces = [text[end:]]
        self._pending = len(text) - end
        # An unclosed string is read again only after its length has doubled, so the total time is linear.
        self._expected = 2 * self._pending
        self._flush()
        out, self._out = self._out, []
        return out

    def cut(self) -> Fragments:
        """Write the remaining text of a document that was cut off."""
        self._expected = 0
        return self.feed("")

    def _read(self, text: str, is_last: bool) -> int:
        position, match = 0, TOKEN.match
        while found := match(text, position):
            kind = found.lastindex or 0
            token = found[kind]
            if kind == 3 and found.end() == len(text) and not is_last:
                return position  # a number or word that may continue in the next piece
            if self._needs_line(token) and not self._new_line(token):
                return position
            if not self._place(kind, token):
                raise NotJson(self._error_reason(token), self.taken + found.start(kind))
            position = found.end()
        return self._read_end(text, position, is_last)

    def _needs_line(self, token: str) -> bool:
        if self._state == _DONE:
            self._write_note("several values")
        if token == "}" or token == "]":
            return self._state == _AFTER
        return self._state in _ON_NEW_LINE

    def _new_line(self, token: str) -> bool:
        """Begin a line. Returns False if the window has no room for the line."""
        self._rows += 1 + max(self._column - 1, 0) // self._width
        if self._max_rows is not None and self._rows >= self._max_rows:
            self.is_full = True
            return False
        depth = min(len(self._stack) - (token in "}]"), self._max_depth)
        self._gap.append("\n" + _STEP * depth)
        self._column = len(_STEP) * depth
        return True

    def _place(self, kind: int, token: str) -> bool:
        """Write one token. Returns False if JSON does not allow the token here."""
        if kind == 2:
            return self._string(token)
        if kind == 3:
            return self._scalar(token)
        return _PLACES[token](self, token)

    def _open(self, token: str) -> bool:
        if self._state not in _TAKES_VALUE:
            return False
        self._stack.append(token)
        self._state = _FIRST_KEY if token == "{" else _FIRST_ITEM
        return self._write("", token)

    def _close(self, token: str) -> bool:
        is_object = token == "}"
        first = _FIRST_KEY if is_object else _FIRST_ITEM
        if self._state not in (first, _AFTER) or self._stack[-1] != ("{" if is_object else "["):
            return False
        self._stack.pop()
        return self._end_value() and self._write("", token)

    def _comma(self, token: str) -> bool:
        if self._state != _AFTER:
            return False
        self._state = _KEY if self._stack[-1] == "{" else _ITEM
        return self._write("", token)

    def _colon(self, token: str) -> bool:
        if self._state != _NAMED:
            return False
        self._state = _MEMBER
        return self._write("", ": ")

    def _string(self, token: str) -> bool:
        if self._state in _TAKES_KEY:
            self._state = _NAMED
            return self._write_string("key", token)
        return self._state in _TAKES_VALUE and self._end_value() and self._write_string("string", token)

    def _scalar(self, token: str) -> bool:
        if self._state not in _TAKES_VALUE:
            return False
        if token in _LOOSE:
            self._write_note(token)
        elif token not in WORDS and not NUMBER.match(token):
            return False
        self._end_value()
        return self._write("keyword" if token[-1] > "9" else "number", token)

    def _end_value(self) -> bool:
        self._state = _AFTER if self._stack else _DONE
        return True

    def _write(self, style: str, text: str) -> bool:
        if style:
            self._flush()
            self._out.append((style, text))
        else:
            self._gap.append(text)
        self._column += len(text)
        return True

    def _write_string(self, style: str, token: str) -> bool:
        if self._max_rows is not None and len(token) > LONGEST:
            return self._write_cut_string(style, token, f" .. {size(len(token) - LONGEST)} more")
        if "\\" in token:
            token = readable(token)
        if token.isprintable():
            return self._write(style, token)
        if _CONTROL.search(token):
            self._write_note("a control character in a string")
        self._flush()
        self._out += visible_fragments(visible_line(token) if "\n" in token else token, style)
        self._column += len(token)
        return True

    def _write_cut_string(self, style: str, token: str, note: str) -> bool:
        self._write(style, visible_line(readable(token[:LONGEST])))
        return self._write("note", note)

    def _flush(self) -> None:
        if self._gap:
            self._out.append(("", "".join(self._gap)))
            self._gap = []

    def _write_note(self, remark: str) -> None:
        if remark not in self.remarks:
            self.remarks.append(remark)

    def _read_end(self, text: str, position: int, is_last: bool) -> int:
        """Read the text after the last complete token: blanks, or a string that is still open."""
        if self.is_full:
            return position
        start = _BLANKS.match(text, position).end()  # type: ignore[union-attr]  # it matches everywhere
        if start == len(text):
            if is_last and self._state != _DONE:
                raise NotJson("it ends too early" if self._state != _START else "it is empty", self.taken + start)
            return start
        whole = _ANY_STRING.match(text, start)
        if whole:
            raise NotJson("a string holds an escape that JSON does not have", self.taken + start)
        if is_last:
            raise NotJson("it ends in the middle of a string", self.taken + start)
        return self._cut_open(text, start)

    def _cut_open(self, text: str, start: int) -> int:
        if self._max_rows is None or len(text) - start < _UNFINISHED:
            return start
        if self._state not in _TAKES_VALUE and self._state not in _TAKES_KEY:
            raise NotJson("a string is not expected here", self.taken + start)
        if self._needs_line('"') and not self._new_line('"'):
            return start
        self._write_cut_string("string", text[start : start + LONGEST], " ..")
        self.is_full = True
        return start + LONGEST

    def _error_reason(self, token: str) -> str:
        shown = visible(token if len(token) <= 20 else token[:20] + "..")
        return f"'{shown}' is not expected here"


_PLACES = {
    "{": JsonLayout._open,
    "[": JsonLayout._open,
    "}": JsonLayout._close,
    "]": JsonLayout._close,
    ",": JsonLayout._comma,
    ":": JsonLayout._colon,
}


_TAG = re.compile(r"<(/?)([A-Za-z_:][^\s<>/\"'=]*+)(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+>")
MAX_TAG = 8192
"""The most characters of a tag. A longer one counts as text."""
_MAX_INDENT = 40
_MAX_UNCLOSED = 50
"""How many open elements the end tag of an outer element may close, as `</ul>` closes `<li>`."""
LONG_LINE = 200
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)  # HTML, section 13.1.2
_VERBATIM = frozenset(("pre", "script", "style", "textarea"))
_VERBATIM_END = re.compile(r"</(?:pre|script|style|textarea)\b", re.IGNORECASE)
_OTHER_ENDS = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">"))


class _OpenElement:
    """An element that is open."""

    __slots__ = ("has_children", "has_text", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.has_text = self.has_children = False


class Indenter:
    """Finds the places for line breaks in one document, which may arrive in several pieces."""

    def __init__(self, *, is_html: bool) -> None:
        self._is_html = is_html
        self._open = [_OpenElement("")]
        self._is_after_tag = False
        """Whether the last piece of text ended with a tag."""

    def breaks(self, text: str) -> Iterator[tuple[int, str]]:
        """The positions of new line breaks in order, each with the line break and its indentation."""
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
        """The end of the construct that begins with this `<`, and the line break to add before it (empty for none).

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
