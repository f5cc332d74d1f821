"""Where a value of a response is filled in, and what it must not change there.

In a JSON text it is written so that it stays one value. In a URL it changes no host that the file has written.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple, Protocol

from callbox.exchange.url import TextPart, host_changing_part
from callbox.httpfile.source import Text

_MARK = re.compile(r'\\.|"', re.DOTALL)
_IN_STRING = re.compile(r'(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9A-Fa-f]{4})*+\Z')
_STRUCTURE = re.compile(r'[,\[\]{}"]')


class ValuePlace(Protocol):
    """A place in a URL or in JSON, where a foreign value must stay a part of what it stands in."""

    refusal: str
    """What such a value would do, for the error."""

    def pass_over(self, text: str) -> None:
        """Go past a part of the text."""

    def fit(self, value: str, after: str, *, is_computed: bool) -> str | None:
        """The value as it stands here; None if it cannot. `after` is the character that follows."""

    def hint(self, name: str) -> str:
        """A hint on what to write instead of `{{name}}`."""


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
        is_whole = not self._has_begun and not after
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


class ForeignValue(NamedTuple):
    """Where a file names a foreign value: the expression, and its place in a text."""

    expression: str
    text: Text
    start: int
    end: int


class UrlParts:
    """The parts of a URL, in order. Whether foreign values change its host is known when it is whole."""

    refusal = "would change the host of this URL"

    def __init__(self) -> None:
        self._parts: list[TextPart] = []
        self._values: dict[int, ForeignValue] = {}
        self._is_open = False

    def pass_over(self, text: str) -> None:
        """Add a part that is not foreign."""
        self._parts.append(TextPart(text))

    def add_open(self) -> None:
        """Note that a part is not known yet, so that nothing can be said about the host."""
        self._is_open = True

    def add_foreign(self, text: str, value: ForeignValue) -> None:
        """Add a foreign value."""
        self._values[len(self._parts)] = value
        self._parts.append(TextPart(text, is_foreign=True))

    def fit(self, value: str, after: str, *, is_computed: bool) -> str | None:
        """The value: it is added by `add_foreign`."""
        return value

    def host_changing_value(self) -> ForeignValue | None:
        """The first value that changes a host which the file has written; None if none does."""
        number = host_changing_part(self._parts) if self._values and not self._is_open else None
        return self._values[number] if number is not None else None

    def hint(self, name: str) -> str:
        """A hint on what to write instead."""
        return f"write / before {{{{{name}}}}}, or check that it begins with one"


_SEPARATORS = re.compile(r"[/\\]")


class FilePosition:
    """Follows the path of a file, in which a foreign value is a part of one name: it chooses no file by itself."""

    refusal = "would choose which file this is"

    def __init__(self) -> None:
        self._name = ""
        """The last name in the path, as far as it goes."""
        self._has_literal = False
        """Whether the file has written a part of that name."""
        self._is_foreign = False

    def pass_over(self, text: str) -> None:
        """Go past a part of the path."""
        *before, last = _SEPARATORS.split(text)
        self._name = last if before else self._name + last
        is_literal = bool(last.strip()) and not self._is_foreign
        self._has_literal = is_literal or (self._has_literal and not before)
        self._is_foreign = False

    def fit(self, value: str, after: str, *, is_computed: bool) -> str | None:
        """The value; None if it is more than a part of a name. `after` is the character that follows."""
        self._is_foreign = True
        is_part = self._has_literal or (after.strip() and after not in "/\\{")
        if not is_part or _SEPARATORS.search(value) or not (self._name + value).strip(" .") or "\0" in value:
            return None
        return value if self._name.strip() or value[:1] not in (".", "~", "-") else None

    def hint(self, name: str) -> str:
        """A hint on what to write instead."""
        return f"write a part of the name, such as ./item-{{{{{name}}}}}.json, or all of it"


class FixedPosition:
    """Follows a text which no foreign value may be a part of."""

    def __init__(self, refusal: str, hint: str) -> None:
        self.refusal = refusal
        self._hint = hint

    def pass_over(self, text: str) -> None:
        """Go past a part of the text."""

    def fit(self, value: str, after: str, *, is_computed: bool) -> str | None:
        """Always None."""
        return None

    def hint(self, name: str) -> str:
        """A hint on what to write instead."""
        return self._hint


def schema_position() -> FixedPosition:
    """The place of the schema of an expectation."""
    return FixedPosition(
        "would choose the schema by which a response is checked", "write the schema, or the name of its file"
    )


def route_position() -> FixedPosition:
    """The place of a proxy, an address or another part of the way to a host."""
    return FixedPosition("would choose the way to the host", "write it in the file, or give it by --var")
