"""Themes: the colours of a Pygments style under callbox's style names, for `set option theme NAME`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from callbox.errors import UsageError
from callbox.render.style import STYLES
from callbox.spelling import hint

if TYPE_CHECKING:
    from pygments.style import Style, StyleMeta

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
    """Looks by style name; `default` are those of `STYLES`. Raises `UsageError` for an unknown one."""
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
