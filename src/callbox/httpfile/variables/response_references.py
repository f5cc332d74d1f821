"""Parse references to other requests: `{{login.response.body.$.token}}`, `{{login.token}}`.

A reference names a step, and has a path for `exchange.jsonpath_xpath_and_header_selection`. This module does not know
whether the step has a response.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from callbox.errors import UsageError
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.jsonpath_xpath_and_header_selection import NothingFound, Value, select
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.request_content import Content
from callbox.exchange.response import ResponseHead
from callbox.exchange.url import parse
from callbox.httpfile.model import Script, Step
from callbox.spelling import hint

_FORMAL = re.compile(r"([^.\s]+(?:\.[^.\s]+)*?)\.(?:response|request)\.\S")
_TITLE = re.compile(r"[\w-]+\Z")
_NUMBER = attrgetter("number")
MAX_NAME = 1_000
"""The most characters of a name with members, because each dot in it may be the end of the name."""
_ROUND = re.compile(r"([\w-]+?)(\d{1,6}|List)(?![\w-])(?:\.(?=.)|(?=\[)|\Z)")
"""Patterns of the names that httpyac gives to a round of `# @loop` (`u0`), and to all rounds (`uList`)."""

_COUNT = re.compile(r"for\s++([1-9]\d{0,5}+)\Z")
"""The value of `# @loop` with a fixed number of rounds."""
_EMPTY = Record(
    draft=Draft("GET", "http://localhost/"),
    outgoing=Outgoing("GET", parse("http://localhost/"), content=Content(b"null")),
    response=ResponseHead(200, "OK", Headers()),
    body=b"null",
)
"""An empty exchange. A path into it is an error only if the path itself is wrong."""


class Reference(NamedTuple):
    """A reference to a part of another step's exchange."""

    name: str
    """The reference as it is written."""
    step: Step
    path: str
    """The path for `callbox.exchange.jsonpath_xpath_and_header_selection.select`."""
    round: int | None = None
    """The number of the round of `# @loop`; -1 means the bodies of all rounds as a list."""
    fallback: str = ""
    """The path to try if `path` finds nothing.

    `login.status` is the field `status` of the body if the body has this field, else the status of the response.
    """


def steps_by_name(script: Script) -> dict[str, Step]:
    """The step for each name in references. `# @name` comes before a title; if several steps share a name, the last
    counts.

    A title counts only if it is one word.
    """
    by_title = {step.title: step for step in script.steps if _TITLE.match(step.title)}
    return by_title | {step.name: step for step in script.steps if step.name}


class StepIndex:
    """The steps of a file by name. If several have the same name, the place of the reference decides."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self._named: dict[str, list[Step]] = {}
        self._titled: dict[str, list[Step]] = {}
        self._steps = tuple(steps)
        self._by_request_line: dict[str, list[Step]] | None = None
        for step in self._steps:
            for name, found in ((step.name, self._named), (step.title, self._titled)):
                if name:
                    found.setdefault(name, []).append(step)

    def all(self, name: str) -> Sequence[Step]:
        """Every step with that name; if there is none, every step with that title, or with that request line.

        Kulala names a request without a name by its request line: `run #POST https://example.com/`.
        """
        return self._named.get(name) or self._titled.get(name) or self._with_request_line(name)

    def _with_request_line(self, line: str) -> Sequence[Step]:
        if " " not in line:
            return ()
        if self._by_request_line is None:
            self._by_request_line = {}
            for step in self._steps:
                if step.method:
                    self._by_request_line.setdefault(f"{step.method} {step.target}", []).append(step)
        return self._by_request_line.get(" ".join(line.split(maxsplit=1)), ())

    def at(self, name: str, number: int | None = None) -> Step | None:
        """The step that a name means in a reference at step `number`: the last step with this name before it, else the
        first step after it.

        Without a number, it is the last step of the file with this name.
        """
        found = self.all(name)
        if number is None or len(found) < 2:
            return found[-1] if found else None
        return found[max(bisect_right(found, number, key=_NUMBER) - 1, 0)]


def read_reference(names: Mapping[str, Step], expression: str) -> Reference | None:
    """The step and the path that `expression` refers to; None if it does not refer to one of these steps.

    Raises `UsageError` if it names a request that does not exist.

    >>> read_reference({}, "plain") is None
    True
    """
    found = _longest_name(names, expression)
    if found is None:
        if (sending := _sending_of_loop(names, expression)) is not None:
            return sending
        if formal := _FORMAL.match(expression):
            raise _no_request(names, formal[1])
        return None
    name, rest, is_response = found
    is_formal = rest.partition(".")[0] in ("response", "request")
    path = rest if is_formal else f"body.{rest}"
    if is_response:
        path = _httpyac_path(rest)
    return Reference(name, names[name], path, fallback="" if is_response or is_formal else rest)


def _sending_of_loop(names: Mapping[str, Step], expression: str) -> Reference | None:
    """The reference of `u0.id` or `uList` to the rounds of a request `u` with `# @loop`."""
    match = _ROUND.match(expression)
    step = names.get(match[1]) if match is not None else None
    if match is None or step is None or step.directive("loop") is None:
        return None
    rest = expression[match.end() :]
    if match[2] == "List":
        return Reference(name=match[0].rstrip("."), step=step, path=rest, round=-1)
    path = (
        rest if rest.partition(".")[0] in ("response", "request") else "body" + "." * (rest[:1] not in ("", "[")) + rest
    )
    _check_round(match[1], int(match[2]), step)
    return Reference(name=match[0].rstrip("."), step=step, path=path, round=int(match[2]))


def _check_round(name: str, number: int, step: Step) -> None:
    """Raise `UsageError` for a round that a loop such as `# @loop for 3` never has."""
    count = _COUNT.match(step.directive_text("loop") or "")
    if count is not None and number >= int(count[1]):
        last = int(count[1]) - 1
        rounds = f"{name}0 to {name}{last}" if last > 0 else f"{name}0"
        raise UsageError(f"'{name}{number}' is not a round of the loop of '{name}'", hint=f"its rounds are {rounds}")


def reference_to(step: Step, expression: str) -> Reference | None:
    """The reference of `response.parsedBody.x` or `request.body` to this step; None for other expressions."""
    kind, dot, rest = expression.partition(".")
    if not dot or kind not in ("response", "request"):
        return None
    return Reference(kind, step, _httpyac_path(rest) if kind == "response" else expression)


def value_of(reference: Reference, record: Record) -> Value:
    """The value that a reference selects from the exchange of its step.

    Raises `NothingFound` if there is no such value, and `UsageError` if the path is malformed.
    """
    try:
        return select(record, reference.path)
    except NothingFound:
        if not reference.fallback:
            raise
        try:
            return select(record, reference.fallback)
        except UsageError:
            pass
        raise


@lru_cache(maxsize=1024)
def check_path(path: str) -> None:
    """Raise `UsageError` if a path is wrong for every exchange. Whether a value exists is not checked."""
    with suppress(NothingFound):
        select(_EMPTY, path)


def _longest_name(names: Mapping[str, Step], expression: str) -> tuple[str, str, bool] | None:
    """The longest name at the start of the expression, the text after the name, and whether the name was written as
    `nameResponse`.
    """
    end = expression.rfind(".", 0, min(len(expression) - 1, MAX_NAME))
    while end > 0:
        name = expression[:end]
        if name in names:
            return name, expression[end + 1 :], False
        if name.endswith("Response") and name.removesuffix("Response") in names:
            return name.removesuffix("Response"), expression[end + 1 :], True
        end = expression.rfind(".", 0, end)
    return None


def _httpyac_path(rest: str) -> str:
    head, dot, tail = rest.partition(".")
    if head.startswith("parsedBody"):
        head = "body" + head.removeprefix("parsedBody")
    return head + dot + tail


def _no_request(names: Mapping[str, Step], name: str) -> UsageError:
    return UsageError(f"No request is named '{name}'", hint=hint(name, names, f"name one: # @name {name}"))
