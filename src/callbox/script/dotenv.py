"""`.env` files: `NAME=value` lines, values quoted where they hold comments or go on over several lines. Pure.

There is no standard of it. What is read is what Node's dotenv reads, whose files these are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_NAME = r"[ \t]*+(?:export[ \t]++)?([A-Za-z_][\w.-]*+)[ \t]*+=(?:"
_QUOTED = r"[ \t]*+(?:\"((?:[^\"\\]|\\.)*+)\"|'([^']*+)'|`([^`]*+)`)[ \t]*+(?:#[^\n]*+)?"
_ENTRY = re.compile(rf"{_NAME}{_QUOTED}|([^\n]*+))(?:\n|\Z)", re.DOTALL)
_COMMENT = re.compile(r"[ \t]#.*+")
_ESCAPE = re.compile(r"\\([nrt\"\\])")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


def read_dotenv(text: str) -> dict[str, str]:
    """The entries of a `.env` file; a value may be quoted. `\\n` is a line break between double quotes alone.

    >>> read_dotenv("A=1 # one\\nexport B='x # y'")
    {'A': '1', 'B': 'x # y'}
    """
    return {found[1]: _value(found) for found, _ in _lines(text) if found is not None}


def unread_line(text: str) -> int:
    """The 1-based number of the first line that is neither an entry nor empty nor a comment; 0 for none.

    >>> unread_line("A=1\\n\\n# no\\nB"), unread_line("A=1")
    (4, 0)
    """
    return next((number for found, number in _lines(text) if found is None), 0)


def _lines(text: str) -> Iterator[tuple[re.Match[str] | None, int]]:
    """Each entry with the number of its line, and None for each line that is none."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    at, number = 0, 1
    while at < len(text):
        found = _ENTRY.match(text, at)
        end = found.end() if found else (text.find("\n", at) + 1 or len(text))
        line = text[at:end]
        if found or (line.strip() and not line.lstrip().startswith("#")):
            yield found, number
        at, number = end, number + line.count("\n")


def _value(found: re.Match[str]) -> str:
    _, double, single, tick, bare = found.groups()
    if double is not None:
        return _ESCAPE.sub(lambda escape: _ESCAPED.get(escape[1], escape[1]), double)
    if bare is None:
        return single if single is not None else tick
    value: str = bare.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return _COMMENT.sub("", bare).strip()
