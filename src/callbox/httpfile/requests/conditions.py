"""Evaluate `# @disabled`, `# @if` and `# @loop`: whether a step is sent, and how often."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from callbox.errors import ScriptError, UsageError
from callbox.exchange.select import NothingFound, Value, format_value
from callbox.exchange.template import BRACED
from callbox.httpfile.model import Directive, Step
from callbox.httpfile.source import Template
from callbox.httpfile.variables.scope import Expanded, Scope

CONDITIONS = ("disabled", "if", "if-not")
"""The directives that are evaluated here."""

_OPERAND = rf"'[^']*'|\"[^\"]*\"|{BRACED}|[\w$.\[\]-]+"
_CONDITION = re.compile(rf"(!?)\s*({_OPERAND})\s*(?:(===?|!==?|<=|>=|<|>)\s*({_OPERAND}))?\Z")
_PAIR = re.compile(r"(\S+)\s+(\S.*)\Z", re.DOTALL)
_NUMBER = re.compile(r"-?\d{1,300}(?:\.\d{1,300})?\Z")
_WORDS = frozenset({"true", "false", "null", "undefined"})
_FALSY = frozenset({"", "false", "0", "null", "undefined"})
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_HINT = "a name, !name, or a comparison: name == 'value'"


def is_disabled(step: Step) -> bool:
    """Whether `# @disabled` leaves the step out, without regard to conditions."""
    return any(directive.name == "disabled" and directive.value is None for directive in step.directives)


def is_always(step: Step) -> bool:
    """Whether `# @always` has the step sent whatever became of the others: it cleans up behind them."""
    return bool(step.directives) and step.directive("always") is not None


def has_condition(step: Step) -> bool:
    """Whether a condition decides if the step is sent."""
    return any(directive.name in CONDITIONS for directive in step.directives)


def skip_reason(step: Step, scope: Scope) -> str:
    """The condition that skips the step, as written; empty if none does or if that is not known yet.

    Raises (or, in preflight, collects) `ScriptError` where a condition cannot be evaluated.
    """
    for directive in step.directives:
        if directive.name not in CONDITIONS:
            continue
        value = directive.value or Template("", directive.at)
        try:
            holds = _evaluate(directive, value, scope)
        except UsageError as error:
            scope.fail(error, value)
            continue
        if holds is not None and holds == (directive.name != "if"):
            return f"{directive.name} {value.text}".rstrip()
    return ""


def _evaluate(directive: Directive, value: Template, scope: Scope) -> bool | None:
    """Whether the condition is true; None if it depends on a response that has not come."""
    if directive.name == "disabled":
        return _evaluate_disabled(value, scope) if value.text else True
    pair = _PAIR.match(value.text)
    if pair is None:
        raise UsageError(
            f"'@{directive.name} {value.text}'".replace(" '", "'") + " is not a condition",
            hint=f"@{directive.name} login.response.status 200",
        )
    found = _value(pair[1], value, scope)
    wanted = scope.expand([value.cut(pair.start(2))])
    return None if found.is_open or wanted.is_open else found.text == wanted.text


def _evaluate_disabled(value: Template, scope: Scope) -> bool | None:
    match = _CONDITION.match(value.text)
    if match is None:
        raise UsageError(f"'@disabled {value.text}' is not a condition", hint=_HINT)
    left = _value(match[2], value, scope)
    right = _value(match[4], value, scope) if match[4] else Expanded("")
    if left.is_open or right.is_open:
        return None
    holds = _compare(left.text, match[3], right.text) if match[3] else left.text not in _FALSY
    return holds != bool(match[1])


def _value(word: str, at: Template, scope: Scope) -> Expanded:
    """The text of an operand: a quoted text, number or JavaScript word as it is, else the value of a variable."""
    if word[0] in "'\"":
        return Expanded(word[1:-1])
    if word in _WORDS or _NUMBER.match(word):
        return Expanded(word)
    is_lenient = word.startswith(("this.", "$global."))
    name = word.partition(".")[2] if is_lenient else word
    text = Template(name if name.startswith("{{") else f"{{{{{name}}}}}", at.at)
    before = len(scope.errors)
    try:
        found = scope.expand([text])
    except ScriptError as error:
        if is_lenient or isinstance(error.__context__, NothingFound):
            return Expanded("undefined")
        raise
    if is_lenient and len(scope.errors) > before:
        del scope.errors[before:]
        return Expanded("undefined")
    return found


def _compare(left: str, sign: str, right: str) -> bool:
    are_numbers = bool(_NUMBER.match(left) and _NUMBER.match(right))
    if sign in _COMPARISONS:
        if not are_numbers:
            raise UsageError(f"'{left}' {sign} '{right}' compares no numbers", hint=_HINT)
        return _COMPARISONS[sign](float(left), float(right))
    is_equal = float(left) == float(right) if are_numbers else left == right
    return is_equal != sign.startswith("!")


_COUNT = re.compile(r"(?:for\s+)?(\d{1,6})\Z")
_EACH = re.compile(r"for\s+([^\W\d]\w{0,99})\s+of\s+(\S.*)\Z", re.DOTALL)
_WHOLE = re.compile(r"(\.response\.body)(?:\.\*)?(?=\s*(?:\}\}\s*)?\Z)")
_INDEX = "$index"
_MAX_ROUNDS = 100_000


class Loop(NamedTuple):
    """A parsed `# @loop`: the variables of each round."""

    name: str = ""
    """The name of the loop variable; empty if the loop only counts."""
    rounds: tuple[Mapping[str, str], ...] | None = ()
    """The variables of each sending; None if they wait for a response."""

    @property
    def first(self) -> Mapping[str, str] | UnknownItem:
        """The variables of the first round; unknown ones stay open."""
        if self.rounds is None:
            return UnknownItem(self.name)
        return self.rounds[0] if self.rounds else UnknownItem(self.name)


class UnknownItem(Mapping[str, Expanded]):
    """An element that is not known yet. Its name and its members stay as written."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __contains__(self, key: object) -> bool:
        name = str(key)
        return name == _INDEX or name == self._name or name.startswith((f"{self._name}.", f"{self._name}["))

    def __getitem__(self, key: str) -> Expanded:
        if key not in self:
            raise KeyError(key)
        return Expanded("0") if key == _INDEX else Expanded(f"{{{{{key}}}}}", is_open=True)

    def __iter__(self) -> Iterator[str]:
        return iter((_INDEX, self._name))

    def __len__(self) -> int:
        return 2


def read_loop(step: Step, scope: Scope) -> Loop | None:
    """The loop of a step's `# @loop`; None without one. Raises (or collects) `ScriptError`."""
    directive = step.directive("loop")
    if directive is None:
        return None
    value = directive.value or Template("", directive.at)
    each = _EACH.match(value.text)
    if each is not None:
        return Loop(each[1], _elements(each[1], value.cut(each.start(2)), scope))
    text, is_open = scope.expand([value])
    match = _COUNT.match(text)
    if match is None and not is_open:
        hint = "@loop for 3 with {{$index}}, or @loop for book of books with {{book}}"
        scope.fail(UsageError(f"'@loop {text}' is not supported", hint=hint), value)
    return Loop("", tuple({_INDEX: str(index)} for index in range(int(match[1]) if match else 0)))


def _elements(name: str, source: Template, scope: Scope) -> tuple[Mapping[str, str], ...] | None:
    # `body.*` is the text as it came: of NDJSON no list
    source = source._replace(text=_WHOLE.sub(r"\1.$", source.text))
    written = source.text.strip()
    if _is_request(written, scope):  # as httpyac has it
        written = f"{written}.response.body.$"
    is_written = written.startswith(("[", "{{"))
    text, is_open = scope.expand([source if is_written else Template(f"{{{{{written}}}}}", source.at)])
    if is_open:
        return None
    try:
        found = json.loads(text)
        if isinstance(found, list) and len(found) <= _MAX_ROUNDS:
            return tuple(dict([(_INDEX, str(at)), *_members(name, one)]) for at, one in enumerate(found))
    except (ValueError, RecursionError):
        pass
    scope.fail(UsageError(f"'{written}' is no list", hint='a JSON array, such as @books = ["a", "b"]'), source)
    return ()


def _is_request(name: str, scope: Scope) -> bool:
    """Whether this is the name of a request and not of a variable."""
    resolution = scope.resolution
    is_captured = name in (resolution.capturing or ())
    return name in resolution.names and not is_captured and not scope.value_of(name).text


def _members(name: str, value: Value) -> Iterator[tuple[str, str]]:
    """The element and all its members by path: `book`, `book.title`, `book.tags[0]`."""
    yield name, format_value(value)
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _members(f"{name}.{key}", member)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _members(f"{name}[{index}]", member)
