"""Indent XML and HTML that is one long line: each element gets a line, indented by its depth.

The text may arrive in pieces. Line breaks are only added between two tags, and never in an element with text. Nothing
is removed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TAG = re.compile(r"<(/?)([A-Za-z_:][^\s<>/\"'=]*+)(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+>")
MAX_TAG = 8192
"""The most characters of a tag. A longer one counts as text."""
_MAX_INDENT = 40
_MAX_UNCLOSED = 50
"""The most open elements that the end tag of an outer element may close, as `</ul>` closes `<li>`."""
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
        """The end of the construct that begins with this `<`, and the line break before it; empty if it gets none.

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
