"""Source text coloured by pygments: the only place that knows it, and only for what is on the screen.

The lexers are imported by their own modules, inside the functions: `get_lexer_by_name` would scan every
installed distribution for plugins.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from callbox.render.style import Fragments

if TYPE_CHECKING:
    from pygments.lexer import Lexer
    from pygments.token import _TokenType

MOST = 1 << 14
"""Characters at once. Some patterns of pygments are quadratic in bad input (`<!--<!--<!--`): 64 kB took 5 s,
16 kB takes 0.4 s. Those that are worst are so in one endless word, which is not looked at."""

_ENDLESS = re.compile(r"[^\s<>(){};,]{1000}")

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


def highlight(text: str, language: str) -> Fragments:
    """This sanitised text in the colours of `language`, a key of `LANGUAGES`.

    Long text is coloured in stretches of whole lines, each by itself: linear, at the price of a wrong colour
    where a comment or script goes over the border.
    """
    out: Fragments = []
    position = 0
    while position < len(text):
        end = position + MOST
        if end < len(text):
            end = text.rfind("\n", position, end) + 1 or end
        out += _stretch(text[position:end], language)
        position = end
    return out


def _stretch(text: str, language: str) -> Fragments:
    if _ENDLESS.search(text):
        return [("", text)]
    return [(_style(kind), value) for _, kind, value in _lexer(language).get_tokens_unprocessed(text) if value]


@lru_cache(maxsize=8)
def _lexer(language: str) -> Lexer:
    return LANGUAGES[language]()()


@lru_cache(maxsize=256)
def _style(kind: _TokenType) -> str:
    """The nearest of our names: `Literal.String.Double` is a `Literal`."""
    names = str(kind).removeprefix("Token").lstrip(".").split(".")
    for end in range(len(names), 0, -1):
        if (style := _STYLES.get(".".join(names[:end]))) is not None:
            return style
    return ""
