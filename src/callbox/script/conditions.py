"""Why a step is left out: `# @disabled CONDITION` of httpyac, and `# @if`, `# @if-not` of httprunner.

A condition is a value, or a comparison of two; anything else of JavaScript is refused by name. Values are texts, so
`false`, `0`, `null`, `undefined` and nothing at all are what does not hold.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping

from callbox.errors import ScriptError, UsageError
from callbox.exchange.select import NothingFound
from callbox.script.model import Directive, Step, Template
from callbox.script.scope import Expanded, Scope

CONDITIONS = ("disabled", "if", "if-not")
"""The directives that are judged here."""

_OPERAND = r"'[^']*'|\"[^\"]*\"|\{\{[^{}]*\}\}|[\w$.\[\]-]+"
_CONDITION = re.compile(rf"(!?)\s*({_OPERAND})\s*(?:(===?|!==?|<=|>=|<|>)\s*({_OPERAND}))?\Z")
_PAIR = re.compile(r"(\S+)\s+(\S.*)\Z", re.DOTALL)
_NUMBER = re.compile(r"-?\d{1,300}(?:\.\d{1,300})?\Z")
_WORDS = frozenset({"true", "false", "null", "undefined"})
_UNTRUE = frozenset({"", "false", "0", "null", "undefined"})
_ORDERS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_HINT = "a name, !name, or a comparison: name == 'value'"


def is_disabled(step: Step) -> bool:
    """Whether `# @disabled` leaves it out, whatever else is said."""
    return any(said.name == "disabled" and said.value is None for said in step.directives)


def has_condition(step: Step) -> bool:
    """Whether it has to be judged if the step is left out."""
    return any(said.name in CONDITIONS for said in step.directives)


def reason_to_leave_out(step: Step, scope: Scope) -> str:
    """What leaves the step out, in the words of the file; empty where nothing does, or where it is not known yet.

    Raises (or, in a survey, collects) `ScriptError` where a condition cannot be judged.
    """
    for said in step.directives:
        if said.name not in CONDITIONS:
            continue
        value = said.value or Template("", said.at)
        try:
            holds = _judge(said, value, scope)
        except UsageError as error:
            scope.fail(error, value)
            continue
        if holds is not None and holds == (said.name != "if"):
            return f"{said.name} {value.text}".rstrip()
    return ""


def _judge(said: Directive, value: Template, scope: Scope) -> bool | None:
    """Whether the condition holds; None where it waits for an answer."""
    if said.name == "disabled":
        return _holds(value, scope) if value.text else True
    pair = _PAIR.match(value.text)
    if pair is None:
        raise UsageError(
            f"'@{said.name} {value.text}'".replace(" '", "'") + " is not judged",
            hint=f"@{said.name} login.response.status 200",
        )
    found = _value(pair[1], value, scope)
    wanted = scope.expand([value.cut(pair.start(2))])
    return None if found.is_open or wanted.is_open else found.text == wanted.text


def _holds(value: Template, scope: Scope) -> bool | None:
    match = _CONDITION.match(value.text)
    if match is None:
        raise UsageError(f"'@disabled {value.text}' is not judged", hint=_HINT)
    left = _value(match[2], value, scope)
    right = _value(match[4], value, scope) if match[4] else Expanded("")
    if left.is_open or right.is_open:
        return None
    holds = _compare(left.text, match[3], right.text) if match[3] else left.text not in _UNTRUE
    return holds != bool(match[1])


def _value(word: str, at: Template, scope: Scope) -> Expanded:
    """The text of an operand: what is quoted, a number or a word of JavaScript as it is, else a variable's value."""
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
    if sign in _ORDERS:
        if not are_numbers:
            raise UsageError(f"'{left}' {sign} '{right}' compares no numbers", hint=_HINT)
        return _ORDERS[sign](float(left), float(right))
    is_equal = float(left) == float(right) if are_numbers else left == right
    return is_equal != sign.startswith("!")
