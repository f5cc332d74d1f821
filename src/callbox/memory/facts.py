"""Facts that were seen of an API, the values that `observation` makes and `seen` and `database` hold. Pure."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple
from urllib.parse import unquote

_ESCAPES = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")

Kind = Literal["path", "item", "query", "header", "field", "member"]
KINDS: tuple[Kind, ...] = ("path", "item", "query", "header", "field", "member")


class Fact(NamedTuple):
    """One thing that was seen below an origin."""

    kind: Kind
    """`path` (the name is the method, empty if it was only linked to), `item` (of a list: its key and value), `query`,
    `header`, `field` (of a request's body) or `member` (of a response's body)."""
    path: str
    name: str = ""
    value: str = ""


class Details(NamedTuple):
    """The label and the keys of an item of a list."""

    label: str = ""
    keys: tuple[tuple[str, str], ...] = ()
    """Its members that may name it in a path."""


NO_DETAILS = Details()


class Observation(NamedTuple):
    """The facts that an exchange shows of one origin."""

    origin: str
    facts: tuple[tuple[Fact, Details], ...] = ()
    gone: tuple[str, ...] = ()
    """Paths that are not there, or not any more."""


def readable_path(path: str) -> str:
    """A path as it is typed: letters of other scripts as they are, other escapes as they were.

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
