"""What was meant by a path into an answer that leads nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterable

_STEP = re.compile(r"""\.?([^.\[\]'"]+)|\[(-?\d{1,18})\]|\[(?:'([^']*)'|"([^"]*)")\]""")
MOST_NAMES = 1000
"""Of one object: more are not looked at for likeness."""


def nearest(word: str, names: Iterable[str], rest: str = "") -> str:
    """`Did you mean 'title'?`, with the name that is most like the word, case aside; empty where none is.

    >>> nearest("titel", ["id", "title"]), nearest("x", ["id"])
    ("Did you mean 'title'?", '')
    """
    from difflib import get_close_matches  # only mistakes need it

    spelled = {name.lower(): name for name in list(names)[:MOST_NAMES]}
    near = get_close_matches(word.lower()[:80], spelled, 1)
    return f"Did you mean '{spelled[near[0]]}{rest}'?" if near else ""


def where_it_ends(document: object, path: str) -> str:
    """Where a path of plain steps leaves the document, and what is there instead; empty where nothing can be said.

    >>> where_it_ends({"items": [{"id": 1}]}, "items.id"), where_it_ends({"items": [1]}, "$.items[3]")
    ('there is a list: [0] is its first', 'there are 1: [0] to [0]')
    """
    at, value = path.find("$") + 1, document
    while match := _STEP.match(path, at):
        at = match.end()
        name = match[1] or match[3] or match[4]
        number = int(match[2]) if match[2] else None
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and number is not None and -len(value) <= number < len(value):
            value = value[number]
        else:
            return _tip(value, name, number)
    return ""


def _tip(value: object, name: str | None, number: int | None) -> str:
    if isinstance(value, dict) and name:
        return nearest(name, value)
    if isinstance(value, list) and number is None:
        return "there is a list: [0] is its first" if value else "there is an empty list"
    if isinstance(value, list):
        return f"there are {len(value)}: [0] to [{len(value) - 1}]" if value else "there is an empty list"
    return ""
