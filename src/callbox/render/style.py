"""The names of the styles, the default look of each, and themes made from the styles of Pygments.

Each colour has a contrast of 4.5 (WCAG 2) on black and on white. The named colours of most terminals are hard to read
on one of the two. A terminal with sixteen colours shows the nearest of its colours. A look consists of words: bold,
italic, underline, reverse, a colour (`#008800`, `ansigreen`).
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from callbox.errors import UsageError
from callbox.spelling import hint

if TYPE_CHECKING:
    from pygments.style import Style, StyleMeta


Fragment = tuple[str, str]
"""A pair (style name, sanitised text). An empty name means plain text."""

Fragments = list[Fragment]

_RED = "#ea0046"
_GREEN = "#008800"
_YELLOW = "#b06000"
_BLUE = "#5f5fff"
_MAGENTA = "#d700af"
_CYAN = "#008484"
GRAY = "#767676"
"""The look of less important text."""

STYLES: Mapping[str, str] = {
    # requests and responses
    "status.info": f"bold {_CYAN}",
    "status.ok": f"bold {_GREEN}",
    "status.redirect": f"bold {_YELLOW}",
    "status.error": f"bold {_RED}",
    "protocol": GRAY,
    "method": f"bold {_GREEN}",
    "url": "bold",
    "header.name": _CYAN,
    "header.value": "",
    "source": f"{GRAY} italic",
    "connection": GRAY,
    # bodies
    "key": _CYAN,
    "string": _GREEN,
    "number": _MAGENTA,
    "keyword": f"bold {_MAGENTA}",
    "punctuation": "",
    "tag": _CYAN,
    "attribute": _YELLOW,
    "name": _BLUE,
    "comment": f"{GRAY} italic",
    "escape": GRAY,
    "note": GRAY,
    # listings and messages
    "title": "bold",
    "dim": GRAY,
    "bar": _CYAN,
    "bar.total": _GREEN,
    "error": f"bold {_RED}",
    "warning": _YELLOW,
    "hint": _CYAN,
    "caret": f"bold {_RED}",
    "ok": _GREEN,
    "fail": _RED,
    "skip": _YELLOW,
    "added": _GREEN,
    "removed": _RED,
    "changed": _YELLOW,
    "prompt": f"bold {_CYAN}",
    # words of a typed line, in addition to header.name, key, string, number, comment and error
    "command": f"bold {_GREEN}",
    "noun": _BLUE,
    "flag": _YELLOW,
    "path": "bold",
    "variable": _MAGENTA,
    "insecure": f"bold reverse {_RED}",
}


def status_style(status: int) -> str:
    """The style of a status code by its class.

    >>> [status_style(s) for s in (103, 204, 301, 404, 999)]
    ['status.info', 'status.ok', 'status.redirect', 'status.error', 'status.error']
    """
    if status < 200:
        return "status.info"
    if status < 300:
        return "status.ok"
    return "status.redirect" if status < 400 else "status.error"


_TOKENS = {
    "key": "Name.Tag",
    "string": "Literal.String",
    "number": "Literal.Number",
    "keyword": "Keyword.Constant",
    "tag": "Name.Tag",
    "attribute": "Name.Attribute",
    "name": "Name.Function",
    "comment": "Comment",
    "header.name": "Name.Attribute",
    "title": "Generic.Heading",
    "added": "Generic.Inserted",
    "removed": "Generic.Deleted",
    "bar": "Keyword",
    "bar.total": "Literal.String",
}


def theme_names() -> tuple[str, ...]:
    """The names of all themes."""
    from pygments.styles import STYLE_MAP

    return ("default", *sorted(name for name in STYLE_MAP if name != "default"))


def theme(name: str) -> Mapping[str, str]:
    """The looks of a theme by style name; `default` is `STYLES`. Raises `UsageError` for an unknown theme."""
    if name in ("", "default"):
        return STYLES
    from pygments.styles import STYLE_MAP

    if name not in STYLE_MAP:
        raise UsageError(f"No theme '{name}'", hint=hint(name, STYLE_MAP, "try monokai"))
    module, _, found = STYLE_MAP[name].partition("::")
    style = getattr(import_module(f"pygments.styles.{module}"), found)
    return {**STYLES, **_looks(style)}


def _looks(style: StyleMeta | type[Style]) -> dict[str, str]:
    from pygments.token import string_to_tokentype

    looks = {}
    for name, token in _TOKENS.items():
        look = style.style_for_token(string_to_tokentype(token))
        words = [word for word in ("bold", "italic", "underline") if look[word]]
        color = look["ansicolor"] or (f"#{look['color']}" if look["color"] else "")
        looks[name] = " ".join([*words, color]).strip()
    return looks
