"""Parse expectations in the notation of each tool. No response is read here."""

from __future__ import annotations

import re
from functools import lru_cache

from callbox.httpfile.model import UNARY, Expectation
from callbox.httpfile.source_and_diagnostics import START, Position, Template, make_record

SUBJECTS = {
    "status": "status",
    "statuscode": "status",
    "header": "header",
    "headers": "header",
    "body": "body",
    "time": "time",
    "duration": "time",
    "reason": "reason",
    "xpath": "xpath",
    "openapi": "openapi",
    "schema": "schema",
}
_SYMBOLS = ("===", "!==", "==", "!=", "<=", ">=", "=~", "!~", "<", ">", "=", "~")
_ALIASES = {
    "=": "==",
    "===": "==",
    "!==": "!=",
    "~": "matches",
    "=~": "matches",
    "equals": "==",
    "is": "==",
    "includes": "contains",
}
_WORDS = {
    word.lower(): word
    for word in (
        "in",
        "startsWith",
        "endsWith",
        "contains",
        "matches",
        "exists",
        "isTrue",
        "isFalse",
        "isNumber",
        "isString",
        "isBoolean",
        "isArray",
        "sha256",
        "sha512",
        "md5",
        "equals",
        "is",
        "includes",
    )
}
_PHASES = frozenset({"firstbyte", "dns", "tcp", "connect", "tls", "request", "wait", "download"})
"""Parts of the time that httpyac measures, in lower case."""
_WORD = re.compile(r"\S+")
_STATUS = re.compile(r"[0-9][0-9xX]{2}")
_HINT = "Write for example: status 200..299, header content-type contains json, body $.id exists, time < 500ms, openapi"
_COUNT_HINT = "A list of 10 items has an item $[9] and no item $[10]: body $[9] exists, body $[10] not exists"


class BadExpectation(Exception):
    """Raised if an expectation cannot be parsed. Has a message and a hint."""

    def __init__(self, message: str, hint: str = _HINT) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def read_expectation(text: Template, at: Position, *, is_script: bool = False) -> Expectation:
    """The expectation that these words express, such as `body $.id == 7`.

    With `is_script` (for lines of httpyac), an unknown subject is read as JavaScript, and the expectation has the
    subject `other`. Raises `BadExpectation`.
    """
    subject, path, operator, value, _, is_negated, written = _read_words(text.text, is_script)
    path, value = path and path.moved(text.at), value and value.moved(text.at)
    return make_record(Expectation, (subject, path, operator, value, at, is_negated, written))


def is_expectation(words: str) -> bool:
    """Whether the words are an expectation.

    >>> is_expectation(" status 200"), is_expectation(" a 404 here")
    (True, False)
    """
    try:
        _read_words(words.strip(), False)
    except BadExpectation:
        return False
    return True


@lru_cache(maxsize=256)
def _read_words(words: str, is_script: bool) -> Expectation:
    """Parse the words of an expectation. The result is cached, since many requests have the same checks."""
    text, at = Template(words, START), START
    word = _WORD.match(text.text)
    subject = SUBJECTS.get(word[0].lower()) if word else None
    if word is None or subject is None:
        if is_script and word is not None:
            return Expectation("other", text, "exists", value=None, at=at, text=text.text)
        raise BadExpectation(f"An assertion cannot begin with {word[0]!r}" if word else "This assertion is empty")
    rest = _after_blanks(text, word.end())
    if subject in ("openapi", "schema"):
        return _read_contract(subject, rest, text)
    path, rest = _read_path(subject, _without_phase(rest) if subject == "time" else rest)
    operator, is_negated, value = _read_operator(subject, path, rest)
    return Expectation(subject, path, operator, value=value, at=at, is_negated=is_negated, text=text.text)


def _without_phase(rest: Template) -> Template:
    """The words after `duration` without httpyac's word `total`. Raises `BadExpectation` for a word that means a part
    of the time, such as `firstByte`.
    """
    word = _first_word(rest.text)
    if word.lower() in _PHASES:
        message = f"{word} of httpyac is not supported: only the whole time can be checked"
        raise BadExpectation(message, "Write duration < 200 ms")
    return _after_blanks(rest, len(word)) if word.lower() == "total" else rest


def _read_contract(subject: str, rest: Template, text: Template) -> Expectation:
    """Parse `openapi`, which takes no words, or `schema`, which may have the schema after it."""
    if subject == "openapi" and rest.text:
        raise BadExpectation(f"openapi takes no words after it, but it is followed by {_first_word(rest.text)!r}")
    return Expectation(subject, None, "fits", value=rest if rest.text else None, at=START, text=text.text)


def read_status(text: Template, at: Position) -> Expectation:
    """The expectation for a status that is written only as numbers: `200`, `200,201`. Raises `BadExpectation`."""
    if not text.text:
        raise BadExpectation("The status is missing")
    return Expectation("status", None, "in", value=text, at=at, text=f"status {text.text}")


def read_named(name: str, text: Template, at: Position) -> Expectation:
    """Parse `EXPECTED_RESPONSE_STATUS 200`, `.._BODY "part"` or `.._HEADERS "Name: part"`. Raises `BadExpectation`."""
    if name == "STATUS":
        return read_status(text, at)
    if name == "BODY" and text.text:
        return Expectation("body", None, "contains", value=text, at=at, text=f"body contains {text.text}")
    value = _unquoted(text)
    colon = value.text.find(":")
    if name == "HEADERS" and colon > 0:
        header, part = value.cut(0, colon), _after_blanks(value, colon + 1)
        return Expectation("header", header, "contains", value=part, at=at, text=f"header {value.text}")
    raise BadExpectation(f"EXPECTED_RESPONSE_{name} cannot be read")


def _after_blanks(text: Template, start: int) -> Template:
    """The text from `start` on, without blanks at its start."""
    part = text.text[start:]
    return text.cut(start + len(part) - len(part.lstrip()))


def _unquoted(text: Template) -> Template:
    quoted = len(text.text) > 1 and text.text[0] == text.text[-1] and text.text[0] in "\"'"
    return text.cut(1, len(text.text) - 1) if quoted else text


def _read_path(subject: str, text: Template) -> tuple[Template | None, Template]:
    if subject not in ("header", "body", "xpath") or _operator_at(text.text):
        return None, text
    end = _path_end(text.text)
    if end == 0:
        return None, text
    return text.cut(0, end), _after_blanks(text, end)


def _path_end(text: str) -> int:
    """The end of the path: the first blank outside of brackets and quotes, because filters may contain blanks."""
    depth, quote = 0, ""
    for index, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'" and depth:
            quote = char
        elif char in "[(":
            depth += 1
        elif char in "])":
            depth -= 1
        elif char.isspace() and depth <= 0:
            return index
    return len(text)


def _operator_at(text: str) -> str:
    """The operator at the start of the text; empty if there is none."""
    symbol = next((symbol for symbol in _SYMBOLS if text.startswith(symbol)), "")
    word = _WORD.match(text[:20])
    bare = word[0].lower().removeprefix("!") if word else ""
    return symbol or (word[0] if word and (bare in _WORDS or bare == "not") else "")


def _read_operator(subject: str, path: Template | None, text: Template) -> tuple[str, bool, Template | None]:
    typed = _operator_at(text.text)
    if typed.lower() == "not":
        operator, is_negated, value = _read_operator(subject, path, _after_blanks(text, 3))
        return operator, not is_negated, value
    if not typed:
        return _implied_operator(subject, path, text)
    is_negated = typed.startswith("!") and typed not in ("!=", "!==")
    bare = typed.removeprefix("!") if is_negated else typed
    operator = _WORDS.get(bare.lower(), bare)
    operator = _ALIASES.get(operator, operator)
    value = _after_blanks(text, len(typed))
    if operator in UNARY and not value.text:
        return operator, is_negated, None
    if operator in UNARY:
        raise BadExpectation(f"{operator} takes no value")
    if not value.text:
        raise BadExpectation(f"A value is missing after {typed}")
    return operator, is_negated, value


def _implied_operator(subject: str, path: Template | None, text: Template) -> tuple[str, bool, Template | None]:
    """The operator and value of an expectation that names no operator: `status 200`, `header etag`, `body $.id`."""
    if subject == "status" and (_STATUS.match(text.text) or text.text.startswith("{{")):
        return "in", False, text
    if path is not None and not text.text:
        return "exists", False, None
    if text.text:
        word = _first_word(text.text)
        is_count = word.lower() in ("length", "len", "size", "count", "haslength")
        raise BadExpectation(f"{word!r} is not a comparison", _COUNT_HINT if is_count else _HINT)
    raise BadExpectation(f"A comparison is missing after {subject}")


def _first_word(text: str) -> str:
    word = _WORD.match(text)
    return word[0][:40] if word else ""
