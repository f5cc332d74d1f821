"""Check values against schemas of a description with jsonschema-rs (the `schema` extra).

1. The cost: how much work a check of one value may need, computed from the graph of the schemas that the check uses. A
   few hundred bytes of `anyOf` inside `anyOf` can keep a validator busy for hours.
2. The conversion: a schema of a description becomes a separate JSON Schema document (2020-12). The document contains
   all schemas that this schema refers to, each once, in `$defs`. Dialects are converted: `nullable`, boolean exclusive
   bounds, lists of item schemas, and read-only or write-only fields become keywords of 2020-12. Keywords that validate
   nothing are left out. Parts that cannot be used are left out and listed. `SchemaFile` is a schema in a separate file.
3. The check: a pool compiles each schema once, and all its validators share one child process. If the schema limits the
   work of a check, the value is checked in this process, otherwise in the child. The child starts at its first use, and
   is killed if a check takes too long. No schema is fetched, patterns run in an engine with linear time, and reported
   values are short. The caller redacts and sanitises them.

`main` is the program of the child: `python -m callbox.openapi.schema_validator [MEGABYTES]`. It has a memory limit, and
opens no files or connections. First it reports that it is ready, so that its start does not count as time of a check.
On its standard input it receives numbered schemas, and values to check against them. It writes a result for each value.
"""

from __future__ import annotations

import binascii
import importlib
import importlib.util
import json
import re
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from itertools import islice
from math import inf, isfinite
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote

from callbox.errors import UsageError
from callbox.exchange.json_values import LARGE, TooManyValuesError, load_json
from callbox.exchange.secret import REDACTED
from callbox.openapi.child_process_limits import end_process, limit_process, receive, send
from callbox.openapi.schema_view import Budget, Document, ref_name

MAX_PLAIN_PATTERN = 500
"""The most characters of a pattern that may run in this process."""
MAX_REPEATS = 1_000
"""The largest product of all counted repeats in a pattern that may run in this process, because each repeat
multiplies the compiled pattern.
"""
_NOT_PLAIN = re.compile(r"\(\?(?:[=!<])|\\[1-9k]")
_COUNT = re.compile(r"\{(\d{1,9})(?:,(\d{0,9}))?\}")
MAX_BODY_LEVELS = 255
"""The most levels of a body that the validator reads."""
MAX_SEEN = 1_000
"""The most schemas for one value that are counted. If there are more, the work counts as unlimited."""
Direction = Literal["request", "response"]
"""The direction of the body.

In requests, read-only fields are not required; in responses, write-only fields are not required.
"""
Path = tuple[str | int, ...]
"""A place in a document: the keys and positions that lead to it from the root."""

FORMATS = frozenset(
    {
        "date-time", "date", "time", "duration", "email", "hostname", "ipv4", "ipv6", "uri", "uri-reference", "uuid",
        "byte",
    }
)  # fmt: skip
"""The formats that are checked. `int32` and `int64` become bounds, and other formats are not checked."""
_INTEGERS = {"int32": 2**31, "int64": 2**63}
_TYPES = frozenset({"string", "number", "integer", "boolean", "object", "array", "null"})
_BEFORE_3_1 = frozenset({"nullable", "x-nullable"})
"""The keywords beside a `$ref` that have an effect before OpenAPI 3.1."""
_FOREIGN = ("$dynamicRef", "$recursiveRef")
_HIDDEN_FLAG = {"request": "readOnly", "response": "writeOnly"}
MAX_LEVELS = 40
"""The number of nested levels after which a schema is moved to `$defs`, because the validator reads at most 255
levels of JSON.
"""
MAX_CHAIN = 30
MAX_SCHEMAS = 50_000
"""The most schemas that are converted. A reference or a YAML alias counts once."""
MAX_DECODED = 8_000_000
"""The most bytes of a description that are decoded for the references of one schema."""
MAX_VIOLATIONS = 10
"""The most violations of one value that are reported. All others are only counted."""
MAX_BYTES = 16_000_000
"""The most bytes of a body that is checked."""
VALID_WORK = 50_000_000
"""If there are more checks, this process does not decide whether a value is valid. A check takes 20 to 40 ns."""
ERROR_WORK = 50_000
"""If there are more checks, this process does not list the violations. A check of a branch takes 25 µs."""
MAX_COUNTED = 1_000
MAX_TEXT = 120
"""The most characters of an expectation, and of a value, in a message."""
BACKTRACK_LIMIT = 10_000
"""The most steps of a pattern with look-around.

The linear engine does not support look-around, so only the child runs such patterns.
"""
GAVE_UP = "callbox stopped checking: it takes too long"
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class SchemaNode:
    """A schema in the computation of work, with links to the schemas for the same value and for parts of the value."""

    __slots__ = ("beside", "inner", "weight")

    def __init__(self) -> None:
        self.beside: list[SchemaNode] = []
        self.inner: list[tuple[str, SchemaNode]] = []
        """The schemas for parts of the value. Schemas have the same name if only one of them checks each part."""
        self.weight = 1.0


def pattern_work(pattern: str) -> float:
    """The work of a pattern for each value in the linear engine; infinite if only the backtracking engine accepts
    it.
    """
    if len(pattern) > MAX_PLAIN_PATTERN or _NOT_PLAIN.search(pattern):
        return inf
    repeats = 1
    for least, most in _COUNT.findall(pattern):
        repeats *= max(int(least), int(most or 0), 1)
    return len(pattern) * repeats / 50 if repeats <= MAX_REPEATS else inf


_SHARED = frozenset({"properties", "additionalProperties", "items", "prefixItems"})
"""Keywords that exclude each other: each part of a value is checked by only one of them."""


class _Bound(NamedTuple):
    """The limits of one check against a schema."""

    work: float
    """The work for the value itself."""
    ways: float
    """The most schemas that check one part of the value."""
    parts: float
    """The work for a part, or for a part of a part, each time that the part is checked."""


def breadth_of(root: SchemaNode) -> float:
    """The largest number of checks that one value may need with this schema; infinite if there is no limit.

    Schemas may form a cycle. The number of checks is limited only if, for each part of a value, at most one schema
    leads into the cycle. Otherwise the number doubles with each level of the value. A failed branch is checked once
    more at each level, to find the failures.
    """
    circles, component = _components(root)
    bounds: dict[SchemaNode, _Bound] = {}
    totals: dict[int, float] = {}
    levels: dict[int, int] = {}
    for number, members in enumerate(circles):
        ordered = _in_order(members, component)
        if ordered is None or any(_ways_back(node, component) > 1 for node in members):
            return inf
        is_circle = any(component[inner] == number for node in members for _, inner in node.inner)
        for node in ordered:
            bounds[node] = _bound_of(node, number, component, bounds, totals)
        inner = [
            levels[component[other]] + 1 for node in members for _, other in node.inner if component[other] != number
        ]
        beside = [levels[component[other]] for node in members for other in node.beside if component[other] != number]
        levels[number] = MAX_BODY_LEVELS if is_circle else max(inner + beside, default=1)
        totals[number] = _total(members, bounds, is_circle=is_circle)
        if totals[number] > 1e15:
            return inf
    number = component[root]
    has_branches = any(len(node.beside) > 1 for node in component)
    return totals[number] * (min(levels[number], MAX_BODY_LEVELS) if has_branches else 1)


def _bound_of(
    node: SchemaNode,
    number: int,
    component: Mapping[SchemaNode, int],
    bounds: Mapping[SchemaNode, _Bound],
    totals: Mapping[int, float],
) -> _Bound:
    """The limits of a node. The limits of the schemas for the same value must be known."""
    names = {"" if name in _SHARED else name for name, _ in node.inner}
    work, ways = node.weight, float(len(names))
    parts = max((totals[component[inner]] for _, inner in node.inner if component[inner] != number), default=0.0)
    for other in node.beside:
        work += bounds[other].work
        ways += bounds[other].ways
        parts = max(parts, bounds[other].parts)
    return _Bound(work, ways, parts)


def _total(members: list[SchemaNode], bounds: Mapping[SchemaNode, _Bound], *, is_circle: bool) -> float:
    """How much work one value may need, in one check by one of these schemas and by the schemas inside them."""
    work = max(bounds[node].work for node in members)
    ways = max(bounds[node].ways for node in members)
    parts = max(bounds[node].parts for node in members)
    if not is_circle:
        return max(work, ways * parts)
    # At each level, one check stays in the cycle and the others leave it; checks of all levels may meet in one value.
    return max(work, ways * parts) * (MAX_BODY_LEVELS if ways > 1 else 1)


def _in_order(members: list[SchemaNode], component: Mapping[SchemaNode, int]) -> list[SchemaNode] | None:
    """The nodes, each after the nodes that check the same value; None if these form a cycle."""
    mine = component[members[0]]
    waiting = {node: sum(component[other] == mine for other in node.beside) for node in members}
    users: dict[SchemaNode, list[SchemaNode]] = {}
    for node in members:
        for other in node.beside:
            if component[other] == mine:
                users.setdefault(other, []).append(node)
    ordered = [node for node in members if not waiting[node]]
    for node in ordered:
        for user in users.get(node, ()):
            waiting[user] -= 1
            if not waiting[user]:
                ordered.append(user)
    return ordered if len(ordered) == len(members) else None


def _ways_back(node: SchemaNode, component: Mapping[SchemaNode, int]) -> int:
    """How many schemas of the node's cycle check the same part of a value when the node checks it; 2 means two or
    more.
    """
    mine, ways, todo, seen = component[node], 0, [node], 0
    while todo and ways < 2:
        one = todo.pop()
        seen += 1
        if seen > MAX_SEEN:
            return 2
        names = {("" if name in _SHARED else name) for name, inner in one.inner if component[inner] == mine}
        ways += len(names)
        todo += [other for other in one.beside if component[other] == mine]
    return ways


def _components(root: SchemaNode) -> tuple[list[list[SchemaNode]], dict[SchemaNode, int]]:
    """The cycles of schemas (Tarjan's strongly connected components), each after the cycles that it leads to."""
    index: dict[SchemaNode, int] = {root: 0}
    low: dict[SchemaNode, int] = {root: 0}
    stack, on_stack = [root], {root}
    found: list[list[SchemaNode]] = []
    component: dict[SchemaNode, int] = {}
    work = [(root, iter(_followers(root)))]
    while work:
        node, rest = work[-1]
        following = next(rest, None)
        if following is None:
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[node])
            if low[node] == index[node]:
                members: list[SchemaNode] = []
                while not members or members[-1] is not node:
                    members.append(stack.pop())
                    on_stack.discard(members[-1])
                    component[members[-1]] = len(found)
                found.append(members)
        elif following not in index:
            index[following] = low[following] = len(index)
            stack.append(following)
            on_stack.add(following)
            work.append((following, iter(_followers(following))))
        elif following in on_stack:
            low[node] = min(low[node], index[following])
    return found, component


def _followers(node: SchemaNode) -> list[SchemaNode]:
    return [*node.beside, *(inner for _, inner in node.inner)]


class Choice(NamedTuple):
    """How a discriminator chooses a branch of a `oneOf` or an `anyOf`."""

    property: str
    branches: Mapping[str, int]
    """The index of the branch, by the value of the discriminator."""


class SchemaDocument(NamedTuple):
    """A schema to compile, with facts about it."""

    schema: dict[str, Any]
    labels: tuple[str, ...]
    """The name that each schema in `$defs` has in the description; empty if it has none."""
    choices: Mapping[tuple[str, ...], Choice]
    """The discriminators. The key of each is the place of its list of branches, as text."""
    problems: tuple[str, ...]
    """The parts that are left out and therefore not checked."""
    breadth: float
    """The most checks of one value of a body; infinite if there is no limit."""
    patterns: tuple[tuple[Path, str], ...]
    """The patterns, each with the place of its keyword."""


def make_document(document: Document, raw: Any, direction: Direction = "response") -> SchemaDocument:
    """The document for a schema of a description.

    >>> from callbox.openapi.operations_parameters_and_security import Api
    >>> from callbox.openapi.description_checks_and_compiler import compile_text
    >>> text = '''{"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {}, "components": {"schemas": {
    ... "Book": {"type": "object", "required": ["title"], "properties": {
    ...   "title": {"type": "string", "nullable": true}, "next": {"$ref": "#/components/schemas/Book"}}}}}}'''
    >>> made = make_document(Api(compile_text(text, "books.json")), {"$ref": "#/components/schemas/Book"})
    >>> made.schema["$ref"], made.labels, made.schema["$defs"]["s1"]["properties"]["title"]
    ('#/$defs/s0', ('Book', 'Book'), {'type': ['string', 'null']})
    """
    return _SchemaConverter(document, direction).run(raw)


def def_name(number: int) -> str:
    """The name of a schema in `$defs`.

    It begins with a letter, because in a path a bare number would mean a position.
    """
    return f"s{number}"


def def_number(name: str | int) -> int:
    """The number in the name of a schema in `$defs`."""
    return int(str(name)[1:])


_COMPARED = ("enum", "required", "dependentRequired", "dependentSchemas")
"""Keywords such as `enum`, whose list items are each compared with the validated value."""


class _Task(NamedTuple):
    """A schema that must still be converted, and the place for the result."""

    raw: Any
    holder: Any
    key: Any
    path: Path
    level: int
    node: SchemaNode
    hidden: frozenset[str]


class _SchemaConverter:
    """Converts a schema and all schemas that it refers to, without recursion, so that the depth is not limited."""

    def __init__(self, document: Document, direction: Direction) -> None:
        self._document = document
        self._budget = Budget(document, MAX_DECODED)
        self._converted: dict[tuple[int, frozenset[str]], tuple[Any, int]] = {}
        """The converted objects. The key is the identity of an object and its hidden fields.

        Each entry holds the object itself, so that its identity stays unique, and the number of its definition, or -1
        if it has none yet. Several YAML aliases may lead to the same object.
        """
        self._count = 0
        self._flag = _HIDDEN_FLAG[direction]
        self._defs: dict[str, Any] = {}
        self._labels: list[str] = []
        self._numbers: dict[str, int] = {}
        """The number of the definition, by reference."""
        self._nodes: list[SchemaNode] = []
        """The node of each definition."""
        self._tasks: list[_Task] = []
        self._choices: dict[tuple[str, ...], Choice] = {}
        self._patterns: list[tuple[Path, str]] = []
        self._problems: dict[str, None] = {}
        self._flagged: dict[int, tuple[Any, bool]] = {}
        self._names: dict[int, tuple[Any, frozenset[str]]] = {}
        self._is_bounded = True

    def run(self, raw: Any) -> SchemaDocument:
        """Convert a schema and all schemas that it refers to."""
        ref = raw.get("$ref") if isinstance(raw, dict) else None
        self._define(raw, ref_name(ref) if isinstance(ref, str) else "")
        while self._tasks:
            self._convert(self._tasks.pop())
        schema = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$ref": f"#/$defs/{def_name(0)}",
            "$defs": self._defs,
        }
        breadth = breadth_of(self._nodes[0]) if self._is_bounded else inf
        return SchemaDocument(
            schema=schema,
            labels=tuple(self._labels),
            choices=self._choices,
            problems=tuple(self._problems),
            breadth=breadth,
            patterns=tuple(self._patterns),
        )

    def _define(self, raw: Any, label: str, hidden: frozenset[str] = frozenset()) -> int:
        """Add a schema to `$defs`. Returns its number in `$defs`."""
        number, node = len(self._labels), SchemaNode()
        name = def_name(number)
        self._labels.append(label)
        self._nodes.append(node)
        self._tasks.append(
            _Task(raw=raw, holder=self._defs, key=name, path=("$defs", name), level=0, node=node, hidden=hidden)
        )
        return number

    def _define_ref(self, ref: str) -> int:
        if ref not in self._numbers:
            raw = self._budget.resolve(ref)
            if not isinstance(raw, dict | bool):
                is_there = raw is None and isinstance(self._document.slice_of(ref), tuple)
                is_left_out = is_there and isinstance(self._document.resolve(ref), dict | bool)
                what = (
                    "is left out, because its references lead to too much text"
                    if is_left_out
                    else "leads to no schema: any value is allowed"
                )
                self._problems[f"{ref[:200]} {what}"] = None
                raw = True
            self._numbers[ref] = self._define(raw, ref_name(ref))
        return self._numbers[ref]

    def _convert(self, task: _Task) -> None:
        raw = task.raw
        if not isinstance(raw, dict):
            task.holder[task.key] = raw if isinstance(raw, bool) else True
            return
        self._count += 1
        if self._count > MAX_SCHEMAS:
            self._problems[f"more than {MAX_SCHEMAS:,} schemas: the others are not checked"] = None
            task.holder[task.key] = True
            return
        number = self._number_of(task)
        if number >= 0:
            task.holder[task.key] = {"$ref": f"#/$defs/{def_name(number)}"}
            task.node.beside.append(self._nodes[number])
            return
        ref = raw.get("$ref")
        is_ref = isinstance(ref, str)
        if is_ref and not self._document.siblings_count:
            raw = {key: value for key, value in raw.items() if key in _BEFORE_3_1}
        is_nullable = raw.get("nullable", raw.get("x-nullable")) is True
        made: dict[str, Any] = {}
        if is_nullable and (is_ref or any(key in raw for key in _CLOSING)):
            # `nullable` changes all other restrictions beside it.
            task.holder[task.key] = {"anyOf": [{"type": "null"}, made]}
            task = task._replace(path=(*task.path, "anyOf", 1), level=task.level + 1)
            is_nullable = False
        else:
            task.holder[task.key] = made
        if is_ref:
            number = self._define_ref(str(ref))
            made["$ref"] = f"#/$defs/{def_name(number)}"
            task.node.beside.append(self._nodes[number])
        self._convert_keywords(task, raw, made)
        if is_nullable:
            _allow_null(made)

    def _number_of(self, task: _Task) -> int:
        """The number of the definition, if the schema is nested too deep or was converted before; else -1."""
        key = (id(task.raw), task.hidden)
        held = self._converted.get(key)
        if task.level == 0:  # this is the conversion of a definition itself
            self._converted.setdefault(key, (task.raw, -1))
            return -1
        if held is not None and held[1] >= 0:
            return held[1]
        number = self._define(task.raw, "", task.hidden) if held is not None or task.level >= MAX_LEVELS else -1
        self._converted[key] = (task.raw, number)
        return number

    def _convert_keywords(self, task: _Task, raw: dict[str, Any], made: dict[str, Any]) -> None:
        hidden = task.hidden | (self._hidden_names(raw, 0) if "required" in raw or "allOf" in raw else frozenset())
        work = task._replace(hidden=hidden)
        for key, value in raw.items():
            convert = _KEYWORDS.get(key)
            if convert is not None:
                if not convert(self, work, key, value, made):
                    self._problems[
                        f"{self._name(task.path)}: {key} is left out, because its value has a wrong type"
                    ] = None
            elif key in _FOREIGN:
                self._problems[f"{self._name(task.path)}: {key} is not checked"] = None
        if "discriminator" in raw:
            self._note_choice(raw, task.path)
        task.node.weight += sum(len(made.get(key, ())) for key in _COMPARED)
        task.node.weight += sum(map(len, made.get("dependentRequired", {}).values()))

    def _name(self, path: Path) -> str:
        label = self._labels[def_number(path[1])] if len(path) > 1 else ""
        inner = [str(part) for part in path[2:] if part not in ("properties", "anyOf", "allOf", "oneOf")]
        return ".".join(filter(None, (label or "the schema", *inner)))[:200]

    def _inner(self, task: _Task, raw: Any, holder: Any, key: Any, *path: str | int) -> None:
        """Convert `raw`, a schema for a part of the value that the schema of `task` checks."""
        node = SchemaNode()
        task.node.inner.append((str(path[0]), node))
        self._tasks.append(
            _Task(
                raw=raw,
                holder=holder,
                key=key,
                path=(*task.path, *path),
                level=task.level + 1,
                node=node,
                hidden=frozenset(),
            )
        )

    def _beside(self, task: _Task, raw: Any, holder: Any, key: Any, *path: str | int) -> None:
        """Convert `raw` to a new node of `task.node.beside`. It checks the same value as the schema of `task`."""
        node = SchemaNode()
        task.node.beside.append(node)
        hidden = task.hidden if path[0] == "allOf" else frozenset()
        self._tasks.append(
            _Task(
                raw=raw,
                holder=holder,
                key=key,
                path=(*task.path, *path),
                level=task.level + 1,
                node=node,
                hidden=hidden,
            )
        )

    def unbounded(self) -> None:
        """Record that the work has no limit."""
        self._is_bounded = False

    def add_pattern(self, path: Path, pattern: str) -> float:
        """Record a pattern. Returns its work for each character; infinite if the work is not known."""
        self._patterns.append((path, pattern))
        return pattern_work(pattern)

    def is_hidden(self, raw: Any, level: int = 0) -> bool:
        """Whether a field does not belong in the body: a read-only field in a request, a write-only field in a
        response.
        """
        if not isinstance(raw, dict) or level > MAX_CHAIN:
            return False
        if raw.get(self._flag) is True:
            return True
        if id(raw) not in self._flagged:
            self._flagged[id(raw)] = (raw, False)  # the schema may contain itself
            self._flagged[id(raw)] = (raw, self._is_hidden_inside(raw, level))
        return self._flagged[id(raw)][1]

    def _is_hidden_inside(self, raw: dict[str, Any], level: int) -> bool:
        ref, parts = raw.get("$ref"), raw.get("allOf")
        if isinstance(ref, str):
            return self.is_hidden(self._budget.resolve(ref), level + 1)
        return isinstance(parts, list) and any(self.is_hidden(part, level + 1) for part in parts[:MAX_CHAIN])

    def _hidden_names(self, raw: Any, level: int) -> frozenset[str]:
        """The fields of an object that do not belong in the body, including fields from references and `allOf`."""
        if not isinstance(raw, dict) or level > MAX_CHAIN:
            return frozenset()
        if id(raw) not in self._names:
            self._names[id(raw)] = (raw, frozenset())
            self._names[id(raw)] = (raw, self._find_hidden_names(raw, level))
        return self._names[id(raw)][1]

    def _find_hidden_names(self, raw: dict[str, Any], level: int) -> frozenset[str]:
        found: set[str] = set()
        properties, ref, parts = raw.get("properties"), raw.get("$ref"), raw.get("allOf")
        if isinstance(properties, dict):
            found.update(name for name, one in properties.items() if self.is_hidden(one))
        if isinstance(ref, str):
            found |= self._hidden_names(self._budget.resolve(ref), level + 1)
        for part in parts[:MAX_CHAIN] if isinstance(parts, list) else ():
            found |= self._hidden_names(part, level + 1)
        return frozenset(found)

    def _note_choice(self, raw: dict[str, Any], path: Path) -> None:
        chosen = raw["discriminator"]
        name = chosen.get("propertyName") if isinstance(chosen, dict) else None
        mapping = chosen.get("mapping") if isinstance(chosen, dict) else None
        for key in ("oneOf", "anyOf"):
            branches = raw.get(key)
            if isinstance(name, str) and isinstance(branches, list):
                values = dict(_branch_values(branches, mapping if isinstance(mapping, dict) else {}))
                self._choices[tuple(map(str, (*path, key)))] = Choice(name, values)


def _branch_values(branches: list[Any], mapping: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """The values of a discriminator, each with the index of its branch."""
    numbers = {one["$ref"]: at for at, one in enumerate(branches) if isinstance(one, dict) and "$ref" in one}
    by_name = {ref_name(ref): at for ref, at in numbers.items() if isinstance(ref, str)}
    yield from by_name.items()
    for value, target in mapping.items():
        if isinstance(target, str) and (at := numbers.get(target, by_name.get(ref_name(target), -1))) >= 0:
            yield value, at


def _allow_null(made: dict[str, Any]) -> None:
    types, values = made.get("type"), made.get("enum")
    if types is not None:
        names = types if isinstance(types, list) else [types]
        made["type"] = [*names, *(["null"] if "null" not in names else [])]
    if values is not None and None not in values:
        made["enum"] = [*values, None]


_Convert = Callable[[_SchemaConverter, _Task, str, Any, dict[str, Any]], bool]
"""Converts a keyword. Returns whether the value has the right type."""


def _type(_: _SchemaConverter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    names = value if isinstance(value, list) else [value]
    usable = [name for name in names if isinstance(name, str) and name in _TYPES]
    if usable:
        made[key] = usable[0] if len(usable) == 1 else list(dict.fromkeys(usable))
    return len(usable) == len(names)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _bound(_: _SchemaConverter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    if not _number(value):
        return False
    is_exclusive = task.raw.get(f"exclusive{key.capitalize()}") is True
    name = f"exclusive{key.capitalize()}" if is_exclusive else key
    choose = max if key == "minimum" else min
    made[name] = choose(made[name], value) if name in made else value
    return True


def _exclusive(_: _SchemaConverter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    if isinstance(value, bool):
        return True  # this is converted together with the bound itself
    if not _number(value):
        return False
    made[key] = value
    return True


def _multiple(_: _SchemaConverter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    if not _number(value) or value <= 0:
        return False
    made[key] = value
    return True


def _size(_: _SchemaConverter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    if not _number(value) or value < 0 or value != int(value) or value >= 2**63:
        return False
    made[key] = int(value)
    return True


def _flag(_: _SchemaConverter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    if not isinstance(value, bool):
        return False
    made[key] = value
    return True


def _any_value(_: _SchemaConverter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    made[key] = value
    return True


def _values(_: _SchemaConverter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    if not isinstance(value, list) or not value:
        return False
    made[key] = value
    return True


def _required(_: _SchemaConverter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    if not isinstance(value, list):
        return isinstance(value, bool)  # `required: true` on a field is a common mistake without a meaning
    names = [name for name in value if isinstance(name, str) and name not in task.hidden]
    made[key] = list(dict.fromkeys(names))
    return all(isinstance(name, str) for name in value)


def _pattern(converter: _SchemaConverter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    if not isinstance(value, str):
        return False
    made[key] = value
    work = converter.add_pattern((*task.path, key), value)
    if work == inf:
        converter.unbounded()
    else:
        task.node.weight += work
    return True


def _format(_: _SchemaConverter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    if not isinstance(value, str):
        return False
    if value in _INTEGERS:
        most = _INTEGERS[value]
        made["minimum"] = max(made.get("minimum", -most), -most)
        made["maximum"] = min(made.get("maximum", most - 1), most - 1)
    elif value in FORMATS:
        made[key] = value
    return True


def _schemas_of_names(converter: _SchemaConverter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    if not isinstance(value, dict):
        return False
    inner = made[key] = dict.fromkeys(value, True)
    for name, raw in value.items():
        if key == "properties" and converter._flag == "writeOnly" and converter.is_hidden(raw):
            inner[name] = {"not": {}}  # so that this field differs from a field that is always refused
        elif key == "patternProperties":
            work = converter.add_pattern((*task.path, key, name), name)
            if work == inf:
                converter.unbounded()
            task.node.weight += 0 if work == inf else work
            converter._inner(task, raw, inner, name, f"{key} {name}")
            _rename_last(converter, task, key, name)
        else:
            converter._inner(task, raw, inner, name, key, name)
    return True


def _rename_last(converter: _SchemaConverter, task: _Task, key: str, name: str) -> None:
    """Correct the path of the schema that was added last, because several patterns may match one name."""
    last = converter._tasks.pop()
    converter._tasks.append(last._replace(path=(*task.path, key, name)))


def _schema_of_part(converter: _SchemaConverter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    return _one_of(converter._inner, task, key, value, made)


def _unevaluated(converter: _SchemaConverter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    converter.unbounded()
    return _schema_of_part(converter, task, key, value, made)


def _items(converter: _SchemaConverter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    if not isinstance(value, list):
        return _schema_of_part(converter, task, key, value, made)
    _list_of_parts(converter, task, "prefixItems", value, made)
    rest = task.raw.get("additionalItems")
    return rest is None or _schema_of_part(converter, task, "items", rest, made)


def _list_of_parts(converter: _SchemaConverter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    return _each_of(converter._inner, task, key, value, made)


def _list_of_same(converter: _SchemaConverter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    return _each_of(converter._beside, task, key, value, made)


def _each_of(add: Callable[..., None], task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    """Convert each schema of a list, which checks parts of the value or the value itself."""
    if not isinstance(value, list) or not value:
        return False
    inner = made[key] = [True] * len(value)
    for at, raw in enumerate(value):
        add(task, raw, inner, at, key, at)
    return True


def _schema_of_same(converter: _SchemaConverter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    return _one_of(converter._beside, task, key, value, made)


def _one_of(add: Callable[..., None], task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    """Convert one schema, which checks a part of the value or the value itself."""
    if not isinstance(value, dict | bool):
        return False
    made[key] = True
    add(task, value, made, key, key)
    return True


def _dependent_schemas(converter: _SchemaConverter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    if not isinstance(value, dict):
        return False
    inner = made.setdefault("dependentSchemas", {})
    for name, raw in value.items():
        inner[name] = True
        converter._beside(task, raw, inner, name, "dependentSchemas", name)
    return True


def _dependent_names(_: _SchemaConverter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    if not isinstance(value, dict):
        return False
    usable = {
        name: [one for one in names if isinstance(one, str)] for name, names in value.items() if isinstance(names, list)
    }
    made.setdefault("dependentRequired", {}).update(usable)
    return len(usable) == len(value)


def _dependencies(converter: _SchemaConverter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    """Convert the keyword `dependencies` of older drafts. For each field it has a list of field names or a schema."""
    if not isinstance(value, dict):
        return False
    names = {name: one for name, one in value.items() if isinstance(one, list)}
    schemas = {name: one for name, one in value.items() if isinstance(one, dict | bool)}
    _dependent_names(converter, task, key, names, made)
    _dependent_schemas(converter, task, key, schemas, made)
    return len(names) + len(schemas) == len(value)


_KEYWORDS: Mapping[str, _Convert] = {
    "type": _type,
    "minimum": _bound,
    "maximum": _bound,
    "exclusiveMinimum": _exclusive,
    "exclusiveMaximum": _exclusive,
    "multipleOf": _multiple,
    "enum": _values,
    "const": _any_value,
    "required": _required,
    "uniqueItems": _flag,
    "pattern": _pattern,
    "format": _format,
    "properties": _schemas_of_names,
    "patternProperties": _schemas_of_names,
    "additionalProperties": _schema_of_part,
    "propertyNames": _schema_of_part,
    "items": _items,
    "prefixItems": _list_of_parts,
    "contains": _schema_of_part,
    "unevaluatedProperties": _unevaluated,
    "unevaluatedItems": _unevaluated,
    "allOf": _list_of_same,
    "anyOf": _list_of_same,
    "oneOf": _list_of_same,
    "not": _schema_of_same,
    "if": _schema_of_same,
    "then": _schema_of_same,
    "else": _schema_of_same,
    "dependentSchemas": _dependent_schemas,
    "dependentRequired": _dependent_names,
    "dependencies": _dependencies,
    **dict.fromkeys(("minLength", "minItems", "minProperties", "maxLength", "maxItems", "maxProperties"), _size),
    **dict.fromkeys(("minContains", "maxContains"), _size),
}
_CLOSING = ("allOf", "anyOf", "oneOf", "not", "if", "const")
"""The keywords that may refuse null even if the type allows it."""


class SchemaFile:
    """A JSON Schema in one file. Only references within the file are resolved."""

    siblings_count = True

    def __init__(self, value: Any) -> None:
        self._value = value

    def resolve(self, ref: str) -> Any:
        """The value of a `$ref` in this document; None if it does not exist."""
        if not ref.startswith("#"):
            return None
        value = self._value
        for token in unquote(ref[1:]).split("/")[1:]:
            token = token.replace("~1", "/").replace("~0", "~")
            if isinstance(value, Mapping) and token in value:
                value = value[token]
            elif isinstance(value, list) and token.isdecimal() and len(token) < 10 and int(token) < len(value):
                value = value[int(token)]
            else:
                return None
        return value

    def slice_of(self, ref: str) -> tuple[int, int] | None:
        """An empty span. The file is decoded as a whole, so nothing more has to be decoded for a reference."""
        return 0, 0


class Violation(NamedTuple):
    """A part of a value that the schema refuses."""

    path: Path
    """The path of the part: names and positions."""
    expected: str
    actual: str
    """The value as shortened JSON; `nothing` if it is missing."""
    label: str
    """The schema and the field in the description: `Book.year`; empty if the schema has no name."""


class CheckOutcome(NamedTuple):
    """The result of a check."""

    violations: tuple[Violation, ...] = ()
    more: int = 0
    """The number of violations that are not listed."""
    trouble: str = ""
    """The reason why the value was not checked: it took too long, or the schema cannot be used."""

    @property
    def is_ok(self) -> bool:
        """Whether the value was checked and is valid."""
        return not self.violations and not self.trouble


class Compiled(NamedTuple):
    """A compiled schema, or the reason why it cannot be used."""

    validator: Any
    """The validator of jsonschema-rs; None if the schema cannot be used."""
    problems: tuple[str, ...] = ()
    trouble: str = ""


def has_schema_extra() -> bool:
    """Whether jsonschema-rs is installed."""
    return importlib.util.find_spec("jsonschema_rs") is not None


@cache
def load_library() -> Any:
    """The module jsonschema_rs. Raises `UsageError` if it is not installed."""
    try:
        return importlib.import_module("jsonschema_rs")
    except ImportError:
        message = "To check a schema, callbox needs the 'schema' extra"
        raise UsageError(message, hint="pip install 'callbox[schema]'") from None


def compile_document(document: SchemaDocument, *, is_linear: bool = True) -> Compiled:
    """Compile a schema.

    Patterns that the engine does not accept are left out. With `is_linear`, all patterns run in the linear engine.
    """
    library = load_library()
    options = library.RegexOptions() if is_linear else library.FancyRegexOptions(backtrack_limit=BACKTRACK_LIMIT)
    try:
        return Compiled(_compile(document.schema, options))
    except Exception as error:  # the error may have a type that the library does not export
        problems = _drop_patterns(document, options)
        if not problems:
            return Compiled(None, trouble=_reason(error))
    try:
        return Compiled(_compile(document.schema, options), problems)
    except Exception as error:
        return Compiled(None, trouble=_reason(error))


def _compile(schema: dict[str, Any], options: Any) -> Any:
    return load_library().Draft202012Validator(
        schema, validate_formats=True, formats={"byte": _is_base64}, retriever=_refuse, pattern_options=options
    )


def _refuse(uri: str) -> Any:
    """Refuse to fetch a document to which a schema refers."""
    raise ValueError("references to other documents are not followed")


def _reason(error: Exception) -> str:
    lines = (getattr(error, "message", "") or str(error)).splitlines()
    return f"the schema cannot be used: {lines[0][:200] if lines else type(error).__name__}"


def _is_base64(text: str) -> bool:
    try:
        binascii.a2b_base64(text, strict_mode=True)
    except (ValueError, UnicodeEncodeError):
        return False
    return True


def _drop_patterns(document: SchemaDocument, options: Any) -> tuple[str, ...]:
    """Remove patterns from a document that cannot be compiled. Returns the removed parts."""
    problems = []
    for path, pattern in document.patterns:
        try:
            load_library().Draft202012Validator({"pattern": pattern}, pattern_options=options)
        except Exception:
            holder: Any = document.schema
            for part in path[:-1]:
                holder = holder[part]
            holder.pop(path[-1], None)
            problems.append(f"the pattern {_cut(json.dumps(pattern))} is left out")
    return tuple(problems)


def decode_json(data: bytes) -> tuple[Any, str]:
    """The value of a JSON text, or the reason why it is not JSON. Unlike in Python, `NaN` and lone surrogates are
    refused.

    >>> decode_json(b'{"a": [1]}'), decode_json(b'NaN')
    (({'a': [1]}, ''), (None, 'NaN is not JSON'))
    """
    try:
        text = data.decode(_charset(data))
        is_large = len(text) >= LARGE
        value = load_json(text, parse_constant=_refuse_constant) if is_large else _DECODER.decode(text)
        if _SURROGATE.search(data):
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return None, "half of a surrogate pair in a text"
    except UnicodeDecodeError as error:
        return None, f"no UTF-8 at byte {error.start + 1}"
    except json.JSONDecodeError as error:
        return None, f"{error.msg[:1].lower()}{error.msg[1:]}, line {error.lineno} column {error.colno}"
    except RecursionError:
        return None, "nested too deep"
    except TooManyValuesError as error:
        return None, f"a text that {error}"
    except ValueError as error:
        return None, str(error).partition(":")[0][:MAX_TEXT]
    return value, ""


def _charset(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    return "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8"


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def find_violations(compiled: Compiled, document: SchemaDocument, value: Any) -> CheckOutcome:
    """The violations of a schema in a value."""
    if compiled.validator is None:
        return CheckOutcome(trouble=compiled.trouble)
    try:
        if compiled.validator.is_valid(value):
            return CheckOutcome()
        return _tell_all(compiled.validator.iter_errors(value), _ErrorTranslator(document, value))
    except _GaveUp:
        return CheckOutcome(trouble=GAVE_UP)
    except Exception as error:  # the library cannot take the value: it is nested too deep, or has a lone surrogate
        return CheckOutcome(trouble=f"cannot be checked: {str(error)[:MAX_TEXT]}")


def _tell_all(errors: Iterable[Any], teller: _ErrorTranslator) -> CheckOutcome:
    violations: list[Violation] = []
    seen: set[int] = set()
    """Hashes of the violations, because the paths of violations may be long."""
    for error in islice(errors, MAX_COUNTED):
        for violation in teller.tell(error):
            key = hash((violation.path, violation.expected))
            if len(seen) < MAX_COUNTED and key not in seen:
                seen.add(key)
                violations += [violation] if len(violations) < MAX_VIOLATIONS else []
    return CheckOutcome(tuple(violations), len(seen) - len(violations))


LONG_NAME = 500
"""A name counts as one more value each time that it has this number of characters."""


def _longest_name(value: Any) -> int:
    longest, pending = 0, [value]
    while pending:
        one = pending.pop()
        if isinstance(one, dict):
            longest = max(longest, max(map(len, one), default=0))
            pending += one.values()
        elif isinstance(one, list):
            pending += one
    return longest


class _GaveUp(Exception):
    """Raised if a pattern took too many steps."""


class _ErrorTranslator:
    """Translates errors of the library into messages of callbox."""

    def __init__(self, document: SchemaDocument, value: Any) -> None:
        self._document = document
        self._value = value

    def tell(self, error: Any) -> Iterator[Violation]:
        """The violations for an error of the library.

        For `anyOf` and `oneOf`, these are the violations of the branch that was probably meant.
        """
        name, path = error.kind.name, self._path(error)
        if name in ("anyOf", "oneOf") and type(error.kind).__name__ != "OneOfMultipleValid":
            yield from self._tell_branches(error, name, path)
        elif name == "required":
            yield Violation(
                path=(*path, error.kind.property),
                expected="a value, because it is required",
                actual="nothing",
                label=self._label(error),
            )
        elif name in ("additionalProperties", "unevaluatedProperties"):
            for key in error.kind.unexpected:
                yield Violation(
                    path=(*path, key),
                    expected="no such field",
                    actual=self._actual((*path, key)),
                    label=self._label(error),
                )
        else:
            yield Violation(
                path=path, expected=self._expected(error, path), actual=self._actual(path), label=self._label(error)
            )

    def _tell_branches(self, error: Any, name: str, path: Path) -> Iterator[Violation]:
        branches: list[list[Any]] = error.kind.context
        chosen = self._document.choices.get(tuple(map(str, error.schema_path)))
        if chosen is not None:
            part = self._at((*path, chosen.property))
            number = chosen.branches.get(part) if isinstance(part, str) else None
            if number is not None and number < len(branches):
                branches = [branches[number]]
            elif chosen.branches:
                expected = _one_of_values(sorted(chosen.branches))
                actual = self._actual((*path, chosen.property))
                yield Violation(
                    path=(*path, chosen.property), expected=expected, actual=actual, label=self._label(error)
                )
                return
        types = [_types_of(branch, len(path)) for branch in branches]
        if all(types):
            names = dict.fromkeys(name for found in types for name in found)
            yield Violation(path=path, expected=" or ".join(names), actual=self._actual(path), label=self._label(error))
            return
        best = min((branch for branch in branches if branch), key=lambda one: _rank(one, len(path)), default=None)
        if best is None:
            yield Violation(
                path=path,
                expected=f"one of the {len(branches)} alternatives",
                actual=self._actual(path),
                label=self._label(error),
            )
            return
        for inner in best:
            yield from self.tell(inner)

    def _expected(self, error: Any, path: Path) -> str:
        if type(error.kind).__name__ in ("BacktrackLimitExceeded", "RegexEngineFailure"):
            raise _GaveUp
        tell = _EXPECTED.get(error.kind.name)
        return _cut(tell(error.kind) if tell is not None else _no_value(error))

    def _path(self, error: Any) -> Path:
        """The place of an error.

        The library reads a name of digits as a position, which is corrected here.
        """
        value, path = self._value, []
        for part in error.instance_path:
            key = str(part) if isinstance(value, dict) else part
            path.append(key)
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                value = None
        return tuple(path)

    def _at(self, path: Path) -> Any:
        value = self._value
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return _NOTHING
        return value

    def _actual(self, path: Path) -> str:
        value = self._at(path)
        if value is _NOTHING:
            return "nothing"
        # these patterns take 80 ms to compile, and most values are valid
        from callbox.exchange.redaction.credential_names import is_secret_at

        return REDACTED if is_secret_at(self._value, path) else short_json(value)

    def _label(self, error: Any) -> str:
        path = error.schema_path
        number = max((at for at, part in enumerate(path[:-1]) if part == "$defs"), default=-1)
        if number < 0:
            return ""
        label = self._document.labels[def_number(path[number + 1])]
        inner = path[number + 2 :]
        names = [str(inner[at + 1]) for at, part in enumerate(inner[:-1]) if part == "properties"]
        return _cut(".".join((label, *names))) if label else ""


_NOTHING = object()


def _types_of(branch: Iterable[Any], level: int) -> list[str]:
    """The types that a branch expects, if the value itself has another type; else []."""
    for error in branch:
        if error.kind.name == "type" and len(error.instance_path) == level:
            return list(error.kind.types)
    return []


def _rank(branch: list[Any], level: int) -> tuple[bool, int]:
    """A sort key for branches: branches with fewer errors come first, and branches of another type last."""
    return bool(_types_of(branch, level)), len(branch)


def _no_value(error: Any) -> str:
    return "no value" if error.kind.name == "falseSchema" else f"another value ({error.kind.name})"


def _words(number: Any, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _one_of_values(values: Iterable[Any]) -> str:
    return "one of " + ", ".join(short_json(value) for value in list(values)[:20])


_EXPECTED: Mapping[str, Callable[[Any], str]] = {
    "type": lambda kind: " or ".join(kind.types),
    "enum": lambda kind: _one_of_values(kind.options) if len(kind.options) > 1 else short_json(kind.options[0]),
    "const": lambda kind: short_json(kind.expected_value),
    "format": lambda kind: f"a text of the format {kind.format}",
    "pattern": lambda kind: f"a text that matches {kind.pattern}",
    "minimum": lambda kind: f"at least {kind.limit}",
    "maximum": lambda kind: f"at most {kind.limit}",
    "exclusiveMinimum": lambda kind: f"more than {kind.limit}",
    "exclusiveMaximum": lambda kind: f"less than {kind.limit}",
    "multipleOf": lambda kind: f"a multiple of {kind.multiple_of}",
    "minLength": lambda kind: f"at least {_words(kind.limit, 'character')}",
    "maxLength": lambda kind: f"at most {_words(kind.limit, 'character')}",
    "minItems": lambda kind: f"at least {_words(kind.limit, 'item')}",
    "maxItems": lambda kind: f"at most {_words(kind.limit, 'item')}",
    "minProperties": lambda kind: f"at least {_words(kind.limit, 'field')}",
    "maxProperties": lambda kind: f"at most {_words(kind.limit, 'field')}",
    "uniqueItems": lambda kind: "no two equal items",
    "oneOf": lambda kind: "a value that fits only one alternative",
    "not": lambda kind: "a value that `not` does not exclude" if kind.schema else "no value, because it is write-only",
    "contains": lambda kind: "an item that fits the schema under `contains`",
    "propertyNames": lambda kind: "names of fields that fit the schema under `propertyNames`",
    "dependentRequired": lambda kind: "the fields that another field requires",
}


def short_json(value: Any) -> str:
    """A value as shortened JSON."""
    if isinstance(value, str) and len(value) > 2 * MAX_TEXT:
        value = value[: 2 * MAX_TEXT]
    elif isinstance(value, dict) and len(value) > MAX_TEXT:
        value = dict(list(value.items())[:MAX_TEXT])
    elif isinstance(value, list) and len(value) > MAX_TEXT:
        value = value[:MAX_TEXT]
    try:
        return _cut(json.dumps(value, ensure_ascii=False))
    except RecursionError:
        return "a value that is nested too deep"


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}.."


def document_row(document: SchemaDocument) -> dict[str, Any]:
    """A document as JSON, for the child."""
    return {
        "schema": document.schema,
        "labels": document.labels,
        "choices": [[list(path), *choice] for path, choice in document.choices.items()],
        "patterns": [[list(path), pattern] for path, pattern in document.patterns],
    }


def document_of_row(row: Mapping[str, Any]) -> SchemaDocument:
    """The document from the JSON that `document_row` made."""
    choices = {tuple(path): Choice(name, branches) for path, name, branches in row["choices"]}
    patterns = tuple((tuple(path), pattern) for path, pattern in row["patterns"])
    return SchemaDocument(
        schema=row["schema"], labels=tuple(row["labels"]), choices=choices, problems=(), breadth=0.0, patterns=patterns
    )


CHECK_S = 2.0
"""The most seconds that the child may take for a check, or to compile a schema."""
MAX_SIMPLE = 10_000
"""The most characters of a text, or of a header with several values, that is checked in this process."""
START_S = 30.0
"""The most seconds that the child may take to start, even on a busy machine."""
MAX_GIVEN_UP = 2
"""After this number of checks that took too long, a schema is not used any more."""


class ValidatorPool:
    """Makes validators; `close` ends their child process. Only one thread may use the pool at a time.

    The constructor raises `UsageError` if jsonschema-rs is not installed.
    """

    def __init__(self, check_s: float = CHECK_S) -> None:
        load_library()
        self._check_s = check_s
        self._child: _Child | None = None
        self._count = 0

    def make(self, document: SchemaDocument) -> Validator:
        """The validator of a schema."""
        self._count += 1
        return Validator(document, self._count, self)

    def check_in_child(self, document: SchemaDocument, number: int, data: bytes) -> CheckOutcome:
        """Check a JSON value against a schema in the child, within the time limit."""
        if self._child is None or not self._child.is_alive:
            self._child = _Child()
        outcome = self._child.check(document, number, data, self._check_s)
        if outcome is None:
            self._child = None
            return CheckOutcome(trouble=GAVE_UP)
        return outcome

    def close(self) -> None:
        """End the child process."""
        if self._child is not None:
            self._child.end()
            self._child = None


class Validator:
    """Checks values against one schema."""

    def __init__(self, document: SchemaDocument, number: int, pool: ValidatorPool) -> None:
        self._document = document
        self._number = number
        self._pool = pool
        self._compiled: Compiled | None = None
        self._given_up = 0

    @property
    def problems(self) -> tuple[str, ...]:
        """The parts of the schema that are left out, and therefore not checked."""
        return (*self._document.problems, *(self._compiled.problems if self._compiled is not None else ()))

    def check_json(self, data: bytes) -> CheckOutcome:
        """Check a body."""
        if len(data) > MAX_BYTES:
            return CheckOutcome(trouble=f"not checked: it has more than {MAX_BYTES // 1_000_000} MB")
        if not self._is_bounded(len(data)):
            return self._check_in_child(data)
        value, problem = decode_json(data)
        if problem:
            return CheckOutcome((Violation(path=(), expected="JSON", actual=problem, label=""),))
        return self._check_here(value, len(data))

    def check_value(self, value: Any) -> CheckOutcome:
        """Check the text of a header or a parameter, or a value that was read from it."""
        size = len(value) + 2 if isinstance(value, str) else MAX_SIMPLE
        if size > MAX_SIMPLE or not self._is_bounded(size):
            return self.check_json(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
        return self._check_here(value, size)

    def _is_bounded(self, size: int) -> bool:
        return self._document.breadth * (size + 1) <= VALID_WORK

    def _check_here(self, value: Any, size: int) -> CheckOutcome:
        if self._compiled is None:
            self._compiled = compile_document(self._document)
        validator = self._compiled.validator
        if validator is not None:
            try:
                if validator.is_valid(value):
                    return CheckOutcome()
            except Exception:
                return CheckOutcome(trouble="cannot be checked: it is nested too deep")
            # each error holds a copy of its path with all names
            if self._document.breadth * (size + 1) * (1 + _longest_name(value) // LONG_NAME) > ERROR_WORK:
                return self._check_in_child(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
        return find_violations(self._compiled, self._document, value)

    def _check_in_child(self, data: bytes) -> CheckOutcome:
        if self._given_up >= MAX_GIVEN_UP:
            return CheckOutcome(trouble=GAVE_UP)
        outcome = self._pool.check_in_child(self._document, self._number, data)
        self._given_up += outcome.trouble == GAVE_UP
        return outcome


class _Child:
    """The child process, with a record of the schemas that it has received."""

    def __init__(self) -> None:
        command = [sys.executable, "-P", "-m", "callbox.openapi.schema_validator"]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C ends the run, and the run then ends the child
        )
        self._schemas: set[int] = set()
        self._is_ready = False
        self._end = weakref.finalize(self, end_process, self._process)

    @property
    def is_alive(self) -> bool:
        """Whether the process is running."""
        return self._process.poll() is None

    def end(self) -> None:
        """Kill the child, and close its pipes."""
        self._end()

    def check(self, document: SchemaDocument, number: int, data: bytes, seconds: float) -> CheckOutcome | None:
        """The result for a value.

        None if the check took too long or the child died. After both, the child has ended.
        """
        if not self._is_ready:
            self._is_ready = self._ask(None, b"", START_S) is not None
        if self._is_ready and number not in self._schemas:
            row = json.dumps(document_row(document)).encode()
            if self._ask({"schema": number, "is_new": True}, row, seconds) is None:
                return None
            self._schemas.add(number)
        found = self._ask({"schema": number, "is_new": False}, data, seconds)
        if found is None:
            return None
        violations = tuple(Violation(tuple(path), *rest) for path, *rest in found["violations"])
        return CheckOutcome(violations, found["more"], found["trouble"])

    def _ask(self, message: dict[str, Any] | None, data: bytes, seconds: float) -> dict[str, Any] | None:
        """Send a message, if one is given, and receive the next one. None if the child has ended."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None  # standard input and output are pipes
        assert stdout is not None
        timer = threading.Timer(seconds, self._process.kill)
        timer.daemon = True
        timer.start()
        found: dict[str, Any] = {}
        try:
            with suppress(OSError, ValueError):
                if message is not None:
                    send(stdin, message, data)  # type: ignore[arg-type]
                found, _ = receive(stdout)  # type: ignore[arg-type]
        finally:
            timer.cancel()
            if not found:
                self.end()
        return found or None


MAX_MEMORY_MB = 1_000


def main() -> None:
    """Check the values on the standard input until its end."""
    import callbox.exchange.redaction.secrets_by_name  # noqa: F401 - used later, when no file can be opened

    load_library()
    limit_process(int(sys.argv[1]) if len(sys.argv) > 1 else MAX_MEMORY_MB)
    receiver, sender = sys.stdin.buffer, sys.stdout.buffer
    send(sender, {"is_ready": True})
    schemas: dict[int, tuple[Compiled, SchemaDocument]] = {}
    while True:
        message, data = receive(receiver)
        if not message:
            return
        number = message["schema"]
        if message["is_new"]:
            document = document_of_row(json.loads(data))
            schemas[number] = compile_document(document, is_linear=False), document
            send(sender, {"problems": schemas[number][0].problems})
            continue
        send(sender, _row(_check(*schemas[number], data)))


def _check(compiled: Compiled, document: SchemaDocument, data: bytes) -> CheckOutcome:
    try:
        value, trouble = decode_json(data)
        if trouble:
            return CheckOutcome((Violation(path=(), expected="JSON", actual=trouble, label=""),))
        return find_violations(compiled, document, value)
    except MemoryError:
        return CheckOutcome(trouble="callbox stopped checking: it takes too much memory")


def _row(outcome: CheckOutcome) -> dict[str, Any]:
    return {"violations": [list(one) for one in outcome.violations], "more": outcome.more, "trouble": outcome.trouble}


if __name__ == "__main__":
    main()
