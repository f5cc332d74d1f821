"""Facts about an API that were seen in its traffic: `observation` makes them, `seen` and `database` hold them."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple
from urllib.parse import unquote

_ESCAPES = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")

Kind = Literal["path", "item", "query", "header", "field", "member"]
KINDS: tuple[Kind, ...] = ("path", "item", "query", "header", "field", "member")


class Fact(NamedTuple):
    """One fact about an origin."""

    kind: Kind
    """`path` (the name is the method, or empty for a mere link), `item` (of a list: its key and value), `query`,
    `header`, `field` (of a request's body) or `member` (of a response's body)."""
    path: str
    name: str = ""
    value: str = ""


class Details(NamedTuple):
    """The label and the keys of an item of a list."""

    label: str = ""
    keys: tuple[tuple[str, str], ...] = ()
    """The members of the item that may name it in a path."""


NO_DETAILS = Details()


class Observation(NamedTuple):
    """The facts about one origin that an exchange shows."""

    origin: str
    facts: tuple[tuple[Fact, Details], ...] = ()
    gone: tuple[str, ...] = ()
    """Paths that do not exist or were deleted."""


def readable_path(path: str) -> str:
    """A path as it is typed: with letters of other scripts decoded, and other escapes unchanged.

    >>> readable_path("/caf%C3%A9/a%20b"), readable_path("/%E9")
    ('/café/a%20b', '/%E9')
    """
    return _ESCAPES.sub(_decoded, path) if "%" in path else path


def _decoded(match: re.Match[str]) -> str:
    try:
        text = unquote(match[0], errors="strict")
    except UnicodeDecodeError:
        return match[0]
    return text if text.isprintable() and not any(character.isspace() for character in text) else match[0]
