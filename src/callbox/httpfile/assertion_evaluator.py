"""Evaluate expectations against a response, and take captures from it. Pure.

The variables of an expectation must be filled before the check.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import lru_cache
from math import isnan
from typing import NamedTuple

from callbox.errors import UsageError
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import TOKEN
from callbox.exchange.jsonpath_xpath_and_header_selection import (
    NothingFound,
    Unreadable,
    Value,
    format_value,
    select,
    text_of,
)
from callbox.exchange.redaction.credential_names import is_credential_name
from callbox.exchange.redaction.displayed_fields_and_values import redact_field
from callbox.exchange.secret import redact_secret
from callbox.formats.cookie_header_and_number_checks import to_float
from callbox.httpfile.model import SCHEMA_SUBJECTS, UNARY, Expectation
from callbox.httpfile.requests.options_conditions_and_loops import parse_duration
from callbox.httpfile.variables.response_references import check_path
from callbox.httpfile.variables.value_injection_guards import (
    ListPosition,
    PatternPosition,
    StatusPosition,
    ValuePlace,
    schema_position,
)
from callbox.httpfile.variables.variable_scope import Scope

_RANGE = re.compile(r"(\d{3})\s*\.\.\s*(\d{3})\Z")
_CLASS = re.compile(r"[1-9](?:[xX]{2}|\d[xX]|\d\d)\Z")
_REGEX = re.compile(r"/(.*)/\Z|/((?:[^/\\\[]|\\.|\[(?:[^\]\\]|\\.)*\])*)/([gimsuy]+)\Z", re.DOTALL)
"""A regular expression as `/x/` or, as JavaScript writes it, `/x/i`."""
_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
_ORDERS = frozenset({"<", ">", "<=", ">="})
_TYPES = frozenset({"isTrue", "isFalse", "isNumber", "isString", "isBoolean", "isArray"})
_HASHES = frozenset({"sha256", "sha512", "md5"})
_SEARCHES = frozenset({"contains", "startsWith", "endsWith", "matches"})
"""The comparisons that are true for every response if the expected value is empty."""
_HARMLESS = frozenset({"", "null", "true", "false"})
"""The expected values that are not redacted, whatever the name of the header or member."""
MAX_KEPT = 64_000
"""The most characters of a value that a result stores.

Reports redact these characters, and then cut them to the shown length.
"""


class CheckResult(NamedTuple):
    """The result of one expectation, checked against one response."""

    text: str
    """The expectation as it is written. The expected value is redacted if it stands beside the name of a credential."""
    is_ok: bool
    expected: str
    """The expected value, redacted if it stands beside the name of a credential."""
    actual: str
    """The actual value. It is cut if it is long, and redacted if it has the name of a credential."""
    line: int = 0
    """The 1-based line in the script."""
    column: int = 1


def check(expectation: Expectation, record: Record, expected: str) -> CheckResult:
    """Check a response against an expectation. `expected` is the expected value, with variables filled.

    Raises `UsageError` if the check is impossible, because a path or a pattern is wrong.
    """
    reason = ""
    try:
        actual, is_found = _actual(expectation, record), True
    except NothingFound as error:
        actual, is_found = None, False
        reason = f": {'; '.join(filter(None, (error.message, error.hint)))}" if isinstance(error, Unreadable) else ""
    if expectation.operator == "exists":
        is_ok = is_found != expectation.is_negated
    else:
        is_ok = is_found and _is_met(expectation, record, actual, expected)
    text = _show(expectation, actual, expected) if is_found else f"nothing{reason}"
    wanted = _wanted(expectation, _redact_expected(expectation, expected))
    return CheckResult(
        text=_redact_text(expectation),
        is_ok=is_ok,
        expected=wanted,
        actual=text,
        line=expectation.at.line,
        column=expectation.at.column,
    )


def _is_met(expectation: Expectation, record: Record, actual: Value, expected: str) -> bool:
    kind, is_negated = _kind(expectation), expectation.is_negated
    if kind in _HASHES:
        is_whole = expectation.subject == "body" and expectation.path is None
        data = record.body if is_whole else format_value(actual).encode("utf-8", "replace")
        return _has_hash(data, kind, expected) != is_negated
    if kind in _ORDERS and (_is_json_text(expectation, actual) or not _is_number(actual)):
        return False  # a value that is not a number is neither more nor less than a number
    if isinstance(actual, float) and isnan(actual) and expectation.operator not in UNARY:
        return False  # the value is not a number, so no comparison is true, not even `not < 5` or `!= 5`
    if _is_always_true(expectation, expected):
        return False
    if kind == "time":
        expected = str(_seconds(expected))
    compare = _is_status if kind == "status" else _COMPARISONS[expectation.operator]
    return compare(actual, expected) != is_negated


def _is_always_true(expectation: Expectation, expected: str) -> bool:
    """Whether every response would pass this check. Example: `body contains {{token}}` with an empty token."""
    return expectation.operator in _SEARCHES and not expected


class FilledExpectation(NamedTuple):
    """An expectation with its variables filled in."""

    expectation: Expectation
    expected: str
    is_open: bool = False
    """Whether a part of the expectation is not known before the response."""


def fill_variables(expectation: Expectation, scope: Scope) -> FilledExpectation:
    """The expectation with the variables in its path filled, and the expected value with its variables filled."""
    path, value = expectation.path, expectation.value
    is_open = False
    if path is not None:
        text, is_open = scope.expand([path])
        expectation = expectation._replace(path=path._replace(text=text))
    expected = scope.expand([value] if value is not None else [], place=_value_place(expectation))
    return FilledExpectation(expectation, expected.text, is_open or expected.is_open)


def _value_place(expectation: Expectation) -> ValuePlace | None:
    """The rule for response values inside the expected value; None if every value is allowed there."""
    if expectation.subject in SCHEMA_SUBJECTS:
        return schema_position()
    if _kind(expectation) == "status":
        return StatusPosition()
    if expectation.operator == "in":
        return ListPosition()
    return PatternPosition() if expectation.operator == "matches" else None


def expectation_error(expectation: Expectation, expected: str, is_open: bool = False) -> UsageError | None:
    """The error in the expectation itself, which shows without any response; None if there is none."""
    if expectation.subject == "other":
        hint = "status, header NAME, body PATH, xpath PATH, time, reason"
        return UsageError(f"'{expectation.text}' cannot be checked here", hint=hint)
    if _is_always_true(expectation, expected):
        message = f"'{expectation.text}' is true for every response: the text to find is empty"
        return UsageError(message, hint="give the variable a value")
    if is_open:
        return None
    path = expectation.path.text if expectation.path is not None else None
    return _cached_expectation_error(expectation.subject, path, _kind(expectation), expected)


@lru_cache(maxsize=256)
def _cached_expectation_error(subject: str, path: str | None, kind: str, expected: str) -> UsageError | None:
    """Compute `expectation_error` with a cache, since many requests have the same expectation."""
    try:
        if path is not None and subject != "header":
            check_path(f"{subject}.{path}")
        elif path is not None and not TOKEN.match(path):
            raise UsageError(f"'{path}' cannot be the name of a header", hint="such as: header content-type ~ json")
        _VALUE_CHECKS.get(kind, _accept_any)(expected)
    except UsageError as error:
        return error
    return None


def capture(record: Record, path: str) -> Value:
    """The value that a capture takes from a response. `path` has the words of the capture, with variables filled.

    Raises `NothingFound` if the response has no such value, and `UsageError` if the path is wrong.
    """
    return select(record, path_of(path))


def path_of(words: str) -> str:
    """The words of a capture as a path for `callbox.exchange.jsonpath_xpath_and_header_selection`.

    >>> path_of("body $.token"), path_of("header Location"), path_of("status"), path_of("$.a b")
    ('body.$.token', 'header.Location', 'status', '$.a b')
    """
    head, blank, rest = words.strip().partition(" ")
    is_path = blank and head in (
        "body",
        "xpath",
        "json",
        "header",
        "headers",
        "cookie",
        "cookies",
        "response",
        "request",
    )
    return f"{head}.{rest.strip()}" if is_path else words.strip()


@lru_cache(maxsize=512)
def is_status_in(status: int, ranges: str) -> bool:
    """Whether the ranges cover a status: `200`, `200..299`, `2xx`, or several with commas.

    Raises `UsageError` if the ranges are malformed.

    >>> is_status_in(204, "200..299"), is_status_in(404, "4xx,5xx"), is_status_in(200, "201,202")
    (True, True, False)
    """
    found = False
    for word in re.split(r"[,\s]+(?!\.)", ranges.strip(" ,[]")):
        if match := _RANGE.match(word):
            found |= int(match[1]) <= status <= int(match[2])
        elif _CLASS.match(word):
            found |= all(wanted in "xX" or wanted == digit for wanted, digit in zip(word, str(status), strict=False))
        else:
            raise UsageError(
                f"'{word}' is not a status", hint="write 200, 200..299, 2xx, or several of these with commas"
            )
    return found


def _actual(expectation: Expectation, record: Record) -> Value:
    path = expectation.path.text if expectation.path is not None else ""
    match expectation.subject:
        case "status":
            return record.response.status
        case "reason":
            return record.response.reason
        case "time":
            return record.seconds
        case "xpath":
            return select(record, f"xpath.{path}")
        case "header":
            return select(record, f"header.{path}") if path else "\n".join(record.response.headers)
    if not path:
        return text_of(record)
    return select(record, path if path.startswith("$") else f"body.{path}")


def _is_json_text(expectation: Expectation, actual: Value) -> bool:
    """Whether the actual value is a JSON string. A header or XML has only texts, so a text from there may mean a
    number.
    """
    path = expectation.path.text if expectation.path is not None else ""
    return isinstance(actual, str) and expectation.subject == "body" and bool(path) and not path.startswith("/")


def _wants_no_text(expectation: Expectation, expected: str) -> bool:
    """Whether no text can fulfil the expectation, for example because a number, a list or another type is expected."""
    if expectation.operator in _ORDERS or expectation.operator in _TYPES:
        return True
    if expectation.is_negated or expectation.operator not in ("==", "in"):
        return False
    words = expected.strip("[]").split(",") if expectation.operator == "in" else [expected]
    return any(_is_json(word) for word in words if word.strip()[:1] not in ('"', "'"))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _show(expectation: Expectation, actual: Value, expected: str) -> str:
    if expectation.subject == "time" and isinstance(actual, float):
        # two decimals, because `5 ms` is not a reason why `time < 5` fails
        return f"{actual * 1000:.2f}".rstrip("0").rstrip(".") + " ms"
    name = expectation.path.text if expectation.path is not None else ""
    whole = "null" if actual is None else format_value(actual)
    text = redact_field(name, whole)[:MAX_KEPT] if actual is not None else whole
    if text == whole and _is_json_text(expectation, actual) and _wants_no_text(expectation, expected):
        return f'"{text}"'  # without quotes, the text "3" would look like a number
    return text


def _redact_expected(expectation: Expectation, expected: str) -> str:
    """Redact an expected value if the header or the member to check has the name of a credential."""
    name = expectation.path.text if expectation.path is not None else ""
    is_harmless = expectation.operator in _ORDERS or _unquoted(expected) in _HARMLESS
    return expected if is_harmless or not is_credential_name(name) else redact_secret(expected)


def _redact_text(expectation: Expectation) -> str:
    """The text of an expectation with its expected value redacted. A value with a `{{variable}}` is returned as
    written.
    """
    value = expectation.value.text if expectation.value is not None else ""
    if not value or "{{" in value or not expectation.text.endswith(value):
        return expectation.text
    return expectation.text.removesuffix(value) + _redact_expected(expectation, value)


def _wanted(expectation: Expectation, expected: str) -> str:
    not_ = "not " if expectation.is_negated else ""
    if expectation.operator in UNARY:
        return f"{not_}{expectation.operator}"
    return f"{not_}{expected}" if expectation.operator in ("==", "in") else f"{not_}{expectation.operator} {expected}"


def _kind(expectation: Expectation) -> str:
    if expectation.subject == "time" and expectation.operator not in UNARY:
        return "time"
    if expectation.subject == "status" and expectation.operator in ("in", "==", "!="):
        return "status" if expectation.operator == "in" else "<"
    return expectation.operator


def _seconds(expected: str) -> float:
    """An expected time in seconds. A bare number means milliseconds, as in httpyac."""
    return parse_duration(expected, 0.001)


def _accept_any(expected: str) -> object:
    return expected


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text


def _is_equal(actual: Value, expected: str) -> bool:
    if isinstance(actual, str):
        return actual in (expected, _unquoted(expected))
    try:
        wanted: Value = json.loads(expected)
    except (ValueError, RecursionError):
        return False
    return _is_same(actual, wanted)


def _is_same(a: Value, b: Value) -> bool:
    """Whether two JSON values are equal at every depth."""
    pairs: list[tuple[Value, Value]] = [(a, b)]
    while pairs:
        a, b = pairs.pop()
        if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
            pairs += zip(a, b, strict=True)
        elif isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
            pairs += [(value, b[name]) for name, value in a.items()]
        elif isinstance(a, bool) or isinstance(b, bool):
            if a is not b:  # in Python 1 == True, but not in JSON
                return False
        elif a != b:
            return False
    return True


def _is_number(value: Value) -> bool:
    try:
        _number(value)
    except UsageError:
        return False
    return True


def _number(value: Value | str) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return to_float(value)
    text = _unquoted(str(value)).strip()
    if _NUMBER.match(text):
        return float(text)
    raise UsageError(f"'{text}' is not a number")


def _compare(compare_numbers: Callable[[float, float], bool]) -> Callable[[Value, str], bool]:
    return lambda actual, expected: compare_numbers(_number(actual), _number(expected))


def _contains(actual: Value, expected: str) -> bool:
    if isinstance(actual, list):
        return any(_is_equal(item, expected) for item in actual)
    if isinstance(actual, dict):
        return _unquoted(expected) in actual
    text = format_value(actual)
    return expected in text or _unquoted(expected) in text


def _matches(actual: Value, expected: str) -> bool:
    return _pattern(expected).search(format_value(actual)) is not None


def _pattern(expected: str) -> re.Pattern[str]:
    """The regular expression in these words. Raises `UsageError` if `re` cannot compile it."""
    pattern, flags = _unquoted(expected), 0
    if match := _REGEX.match(pattern):
        pattern = match[2] if match[1] is None else match[1]
        flags = sum(_FLAGS.get(flag, 0) for flag in set(match[3] or ""))
    try:
        return re.compile(pattern, flags)
    except RecursionError:
        raise UsageError(f"'{expected}' is not a pattern: it is nested too deep", hint="use fewer brackets") from None
    except (re.error, ValueError, OverflowError) as error:
        hint = "write a regular expression as in Python"
        raise UsageError(f"'{expected}' is not a pattern: {error}", hint=hint) from None


def _has_hash(data: bytes, algorithm: str, expected: str) -> bool:
    digest = hashlib.new(algorithm, data, usedforsecurity=False)
    wanted = _unquoted(expected)
    return wanted.lower() == digest.hexdigest() or wanted == b64encode(digest.digest()).decode("ascii")


def _is_status(actual: Value, expected: str) -> bool:
    return isinstance(actual, int) and is_status_in(actual, expected)


def _is_in(actual: Value, expected: str) -> bool:
    return any(_is_equal(actual, word.strip()) for word in expected.strip("[]").split(","))


_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\Z")
_COMPARISONS: Mapping[str, Callable[[Value, str], bool]] = {
    "==": _is_equal,
    "!=": lambda actual, expected: not _is_equal(actual, expected),
    "<": _compare(lambda a, b: a < b),
    ">": _compare(lambda a, b: a > b),
    "<=": _compare(lambda a, b: a <= b),
    ">=": _compare(lambda a, b: a >= b),
    "in": _is_in,
    "startsWith": lambda actual, expected: format_value(actual).startswith(_unquoted(expected)),
    "endsWith": lambda actual, expected: format_value(actual).endswith(_unquoted(expected)),
    "contains": _contains,
    "matches": _matches,
    "isTrue": lambda actual, _: actual is True,
    "isFalse": lambda actual, _: actual is False,
    "isNumber": lambda actual, _: isinstance(actual, (int, float)) and not isinstance(actual, bool),
    "isString": lambda actual, _: isinstance(actual, str),
    "isBoolean": lambda actual, _: isinstance(actual, bool),
    "isArray": lambda actual, _: isinstance(actual, list),
}
_VALUE_CHECKS: Mapping[str, Callable[[str], object]] = {
    "time": _seconds,
    "status": lambda expected: is_status_in(200, expected),
    "<": _number,
    ">": _number,
    "<=": _number,
    ">=": _number,
    "matches": _pattern,
}
