"""The positions at which a value of a response is filled in, and what the value must not change there.

In a JSON text, the value is written so that it stays one value. In a URL, it must not change a host that the file has
written.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple, Protocol

from callbox.exchange.url import TextPart, host_changing_part
from callbox.httpfile.source_and_diagnostics import Text

_MARK = re.compile(r'\\.|"', re.DOTALL)
_IN_STRING = re.compile(r'(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9A-Fa-f]{4})*+\Z')
_STRUCTURE = re.compile(r'[,\[\]{}"\s/]')
"""Characters that a single JSON value without quotes cannot contain."""
_LINE_BREAK = re.compile(r"[\r\n]")


class ValuePlace(Protocol):
    """A position in a URL, in JSON or in a path, at which a foreign value must not change the text around it."""

    refusal: str
    """What a foreign value would change, for the error."""

    def pass_over(self, text: str) -> None:
        """Go past a part of the text."""

    def fit(self, value: str, after: str, *, is_computed: bool) -> str | None:
        """The value in the form that this position needs; None if it is not allowed. `after` is the next character."""

    def hint(self, name: str) -> str:
        """A hint on what to write instead of `{{name}}`."""


class JsonPosition:
    """Reads a JSON text from its start, to know whether the next character is inside a string."""

    refusal = "would become several values in this JSON"

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
        """The value as a part of a string, or outside of strings as one JSON value. None if neither is possible.

        A value that a script has computed may be a part of JSON outside of strings, and any value may be the whole
        text.
        """
        is_whole = not self._has_begun and not after
        if is_whole or (is_computed and not self.is_in_string):
            return value
        if not self.is_in_string:
            bare = value.strip()
            if _STRUCTURE.search(bare) and not _is_json(bare):
                return None
            return _LINE_BREAK.sub(" ", value)  # the value is outside of strings, and in NDJSON a value is one line
        if self._is_escaped:
            return value if not value or _IN_STRING.match(f"\\{value}") else None
        return in_string(value)

    def hint(self, name: str) -> str:
        """A hint on what to write instead."""
        return f'to send one text, write quotes: "{{{{{name}}}}}"'


def in_string(value: str) -> str:
    r"""A value as text inside a JSON string: escaped, unless it is escaped already.

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
    """A foreign value in a file: the expression, and its place in a text."""

    expression: str
    text: Text
    start: int
    end: int


class UrlParts:
    """The parts of a URL, in order. Only the whole URL shows whether foreign values change its host."""

    refusal = "would change the host of this URL"

    def __init__(self) -> None:
        self._parts: list[TextPart] = []
        self._values: dict[int, ForeignValue] = {}
        self._is_open = False

    def pass_over(self, text: str) -> None:
        """Add a part that is not foreign."""
        self._parts.append(TextPart(text))

    def add_open(self) -> None:
        """Record that a part is not known yet, so that the host cannot be checked."""
        self._is_open = True

    def add_foreign(self, text: str, value: ForeignValue) -> None:
        """Add a foreign value."""
        self._values[len(self._parts)] = value
        self._parts.append(TextPart(text, is_foreign=True))

    def fit(self, value: str, after: str, *, is_computed: bool) -> str | None:
        """The value, unchanged; `add_foreign` has added it to the parts."""
        return value

    def host_changing_value(self) -> ForeignValue | None:
        """The first value that changes a host that the file has written; None if no value does."""
        number = host_changing_part(self._parts) if self._values and not self._is_open else None
        return self._values[number] if number is not None else None

    def hint(self, name: str) -> str:
        """A hint on what to write instead."""
        return f"write / before {{{{{name}}}}}, or check that the value begins with /"


_SEPARATORS = re.compile(r"[/\\]")


class FilePosition:
    """Reads the path of a file.

    A foreign value may only be a part of one name, so that it cannot choose a file alone.
    """

    refusal = "would choose which file is used"

    def __init__(self) -> None:
        self._name = ""
        """The last name in the path, as far as it was read."""
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
        """The value; None if it is more than a part of a name. `after` is the next character."""
        self._is_foreign = True
        is_part = self._has_literal or (after.strip() and after not in "/\\{")
        if not is_part or _SEPARATORS.search(value) or not (self._name + value).strip(" .") or "\0" in value:
            return None
        return value if self._name.strip() or value[:1] not in (".", "~", "-") else None

    def hint(self, name: str) -> str:
        """A hint on what to write instead."""
        return f"write the whole file name, or a part of it, such as ./item-{{{{{name}}}}}.json"


class StatusPosition:
    """The statuses of an expectation. A foreign value may be one status, but not a range."""

    refusal = "is not one status"

    def pass_over(self, text: str) -> None:
        """Go past a part of the text."""

    def fit(self, value: str, after: str, *, is_computed: bool) -> str | None:
        """The value if it is a number; None otherwise."""
        return value if value.isascii() and value.strip().isdecimal() else None

    def hint(self, name: str) -> str:
        """A hint on what to write instead."""
        return "write a range in the file: status 2xx, status 200..299"


class ListPosition:
    """A list with commas. A foreign value may be one member of a written list, or the whole list."""

    refusal = "would be more than one member of this list"

    def __init__(self) -> None:
        self._has_begun = False

    def pass_over(self, text: str) -> None:
        """Go past a part of the text."""
        self._has_begun = self._has_begun or bool(text.strip())

    def fit(self, value: str, after: str, *, is_computed: bool) -> str | None:
        """The value if it has no comma, is computed by a script, or stands alone in the list; None otherwise."""
        is_whole = not self._has_begun and not after.strip()
        return value if is_whole or is_computed or "," not in value else None

    def hint(self, name: str) -> str:
        """A hint on what to write instead."""
        return f"{{{{{name}}}}} without other text may be a whole list"


class PatternPosition:
    """A regular expression. A foreign value in it is plain text."""

    refusal = ""

    def pass_over(self, text: str) -> None:
        """Go past a part of the text."""

    def fit(self, value: str, after: str, *, is_computed: bool) -> str | None:
        """The value with the signs of regular expressions escaped. A script may compute a pattern."""
        return value if is_computed else re.escape(value)

    def hint(self, name: str) -> str:
        """Empty: each value fits."""
        return ""


class FixedPosition:
    """A position in a text of which no foreign value may be a part."""

    def __init__(self, refusal: str, hint: str) -> None:
        self.refusal = refusal
        self._hint = hint

    def pass_over(self, text: str) -> None:
        """Go past a part of the text."""

    def fit(self, value: str, after: str, *, is_computed: bool) -> str | None:
        """Always None, because no foreign value is allowed here."""
        return None

    def hint(self, name: str) -> str:
        """A hint on what to write instead."""
        return self._hint


def schema_position() -> FixedPosition:
    """The position of the schema in an expectation."""
    return FixedPosition(
        "would choose the schema by which a response is checked", "write the schema, or the name of its file"
    )


def route_position() -> FixedPosition:
    """The position of a proxy, an address or another part of the route to a host."""
    return FixedPosition("would choose the route to the host", "write it in the file, or give it by --var")
