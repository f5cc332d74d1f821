"""Syntax highlighting, only for the text on the screen: JSON and event streams here, other languages by Pygments.

No other module imports the lexers of Pygments. The functions import each lexer from its own module, because
`get_lexer_by_name` would search every installed distribution for plugins.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from callbox.render.json_and_markup_layout import NUMBER, TOKEN, WORDS, readable
from callbox.render.sanitise import visible_fragments
from callbox.render.style import Fragments

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
