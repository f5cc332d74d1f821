"""Where a value of a response is filled in, and what it must not change there.

In a JSON text it is written so that it stays one value. In a URL it changes no host that the file has written.
"""

from __future__ import annotations

import json
import re

from callbox.exchange.url import keeps_host, may_be_in_host

_MARK = re.compile(r'\\.|"', re.DOTALL)
_IN_STRING = re.compile(r'(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9A-Fa-f]{4})*+\Z')
_STRUCTURE = re.compile(r'[,\[\]{}"]')


class JsonPosition:
    """Reads a JSON text from its beginning, to know whether the next character is inside a string."""

    refusal = "would be more than one value of this JSON"

    def __init__(self) -> None:
        self.is_in_string = False
        self._is_escaped = False
        self._has_begun = False

    def pass_over(self, text: str) -> None:
        """Go past a part of the text."""
        self._has_begun = self._has_begun or bool(text.strip())
        at = 0
        if self._is_escaped and text:
            at, self._is_escaped = 1, False
        for mark in _MARK.finditer(text, at):
            if mark[0] == '"':
                self.is_in_string = not self.is_in_string
        rest = text[at:]
        backslashes = len(rest) - len(rest.rstrip("\\"))
        self._is_escaped = self.is_in_string and backslashes % 2 == 1

    def fit(self, value: str, after: str, *, is_computed: bool) -> str | None:
        """The value as one text within a string, or as one value outside of one; None if it can be neither.

        A value that a script has computed may be a part of JSON outside a string, and any value may be the whole text.
        """
        is_whole = not self._has_begun and not after.strip()
        if is_whole or (is_computed and not self.is_in_string):
            return value
        if not self.is_in_string:
            return value if not _STRUCTURE.search(value) or _is_json(value) else None
        if self._is_escaped:
            return value if not value or _IN_STRING.match(f"\\{value}") else None
        return in_string(value)

    def hint(self, name: str) -> str:
        """A hint on what to write instead."""
        return f'in quotes it is one text: "{{{{{name}}}}}"'


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


class UrlPosition:
    """Follows a URL from its beginning."""

    refusal = "would change the host of this URL"

    def __init__(self) -> None:
        self._before = ""
        self._is_in_path = False

    def pass_over(self, text: str) -> None:
        """Go past a part of the URL."""
        if not self._is_in_path:
            self._before += text
            self._is_in_path = not may_be_in_host(self._before)

    def fit(self, value: str, after: str, *, is_computed: bool) -> str | None:
        """The value; None if the host is another with it. `after` is the character that follows."""
        return value if self._is_in_path or keeps_host(self._before, value, after) else None

    def hint(self, name: str) -> str:
        """A hint on what to write instead."""
        return f"write / before {{{{{name}}}}}, or check that it begins with one"
