"""The place of a value in a JSON text, and how a value of a response is written there so that it stays one value."""

from __future__ import annotations

import json
import re

_MARK = re.compile(r'\\.|"', re.DOTALL)
_IN_STRING = re.compile(r'(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9A-Fa-f]{4})*+\Z')
_STRUCTURE = re.compile(r'[,\[\]{}"]')


class JsonPosition:
    """Reads a JSON text from its beginning, to know whether the next character is inside a string."""

    def __init__(self) -> None:
        self.is_in_string = False
        self._is_escaped = False

    def pass_over(self, text: str) -> None:
        """Go past a part of the text."""
        at = 0
        if self._is_escaped and text:
            at, self._is_escaped = 1, False
        for mark in _MARK.finditer(text, at):
            if mark[0] == '"':
                self.is_in_string = not self.is_in_string
        rest = text[at:]
        backslashes = len(rest) - len(rest.rstrip("\\"))
        self._is_escaped = self.is_in_string and backslashes % 2 == 1

    def fit(self, value: str) -> str | None:
        """The value as one text within a string, or as one value outside of one; None if it can be neither."""
        if not self.is_in_string:
            return value if not _STRUCTURE.search(value) or _is_json(value) else None
        if self._is_escaped:
            return value if not value or _IN_STRING.match(f"\\{value}") else None
        return in_string(value)


def in_string(value: str) -> str:
    r"""A value for the inside of a JSON string: escaped, unless it is escaped already.

    >>> in_string('a"b'), in_string(r"a\"b")
    ('a\\"b', 'a\\"b')
    """
    return value if _IN_STRING.match(value) else json.dumps(value, ensure_ascii=False)[1:-1]


def _is_json(value: str) -> bool:
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return False
    return True
