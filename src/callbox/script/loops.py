"""`# @loop`: how often a step is sent, and with which values each time (`for 3`, `for book of books`)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from callbox.errors import UsageError
from callbox.exchange.select import Value, format_value
from callbox.script.model import Step, Template
from callbox.script.scope import Expanded, Scope

_COUNT = re.compile(r"(?:for\s+)?(\d{1,6})\Z")
_EACH = re.compile(r"for\s+([^\W\d]\w{0,99})\s+of\s+(\S.*)\Z", re.DOTALL)
_WHOLE = re.compile(r"(\.response\.body)(?:\.\*)?(?=\s*(?:\}\}\s*)?\Z)")
_INDEX = "$index"
_MOST = 100_000


class Loop(NamedTuple):
    """What a step is sent for."""

    name: str = ""
    """Of the variable that changes; empty where the step is only counted."""
    rounds: tuple[Mapping[str, str], ...] | None = ()
    """The variables of each sending; None where they wait for an answer."""

    @property
    def first(self) -> Mapping[str, str] | Open:
        """The variables of the first sending, left open where they are not known yet."""
        if self.rounds is None:
            return Open(self.name)
        return self.rounds[0] if self.rounds else Open(self.name)


class Open(Mapping[str, Expanded]):
    """Stands for an element that is not known: its name and each of its members are left as they are written."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __contains__(self, key: object) -> bool:
        said = str(key)
        return said == _INDEX or said == self._name or said.startswith((f"{self._name}.", f"{self._name}["))

    def __getitem__(self, key: str) -> Expanded:
        if key not in self:
            raise KeyError(key)
        return Expanded("0") if key == _INDEX else Expanded(f"{{{{{key}}}}}", is_open=True)

    def __iter__(self) -> Iterator[str]:
        return iter((_INDEX, self._name))

    def __len__(self) -> int:
        return 2


def read_loop(step: Step, scope: Scope) -> Loop | None:
    """What `# @loop` of a step asks for; None where it says nothing. Raises (or collects) `ScriptError`."""
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
        scope.fail(UsageError(f"'@loop {text}' is not done", hint=hint), value)
    return Loop("", tuple({_INDEX: str(index)} for index in range(int(match[1]) if match else 0)))


def _elements(name: str, source: Template, scope: Scope) -> tuple[Mapping[str, str], ...] | None:
    # `body.*` is the text as it came: of NDJSON no list
    source = source._replace(text=_WHOLE.sub(r"\1.$", source.text))
    said = source.text.strip()
    if _is_request(said, scope):  # as httpyac has it
        said = f"{said}.response.body.$"
    is_written = said.startswith(("[", "{{"))
    text, is_open = scope.expand([source if is_written else Template(f"{{{{{said}}}}}", source.at)])
    if is_open:
        return None
    try:
        found = json.loads(text)
        if isinstance(found, list) and len(found) <= _MOST:
            return tuple(dict([(_INDEX, str(at)), *_members(name, one)]) for at, one in enumerate(found))
    except (ValueError, RecursionError):
        pass
    shown = said if len(said) <= 40 else f"{said[:40]}.."
    scope.fail(UsageError(f"'{shown}' is no list", hint='a JSON array, such as @books = ["a", "b"]'), source)
    return ()


def _is_request(name: str, scope: Scope) -> bool:
    """Whether this is what a request is called, and no variable."""
    surroundings = scope.surroundings
    is_captured = name in (surroundings.capturing or ())
    return name in surroundings.names and not is_captured and not scope.value_of(name)


def _members(name: str, value: Value) -> Iterator[tuple[str, str]]:
    """The element, and each of its members by its path: `book`, `book.title`, `book.tags[0]`."""
    yield name, format_value(value)
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _members(f"{name}.{key}", member)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _members(f"{name}[{index}]", member)
