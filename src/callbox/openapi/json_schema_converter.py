"""One schema of a description as a separate JSON Schema document (2020-12), for `callbox.openapi.schema_validator`.

The document contains all schemas that this schema refers to, each once, in `$defs`. Dialects are converted: `nullable`,
boolean exclusive bounds, lists of item schemas, and read-only or write-only fields become keywords of 2020-12. Keywords
that validate nothing are left out. Parts that cannot be used are left out, too, and listed. Nothing is compiled here.
`SchemaFile` is a schema in a separate file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import inf, isfinite
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote

from callbox.openapi.schema_check_cost import SchemaNode, breadth_of, pattern_work
from callbox.openapi.schema_view import Budget, Document, ref_name

Direction = Literal["request", "response"]
"""The direction of the body. Read-only fields are not required in requests, and write-only fields not in responses."""
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
    """The discriminators, by the places of their lists of branches, as text."""
    problems: tuple[str, ...]
    """The parts that are left out and therefore not checked."""
    breadth: float
    """The most checks of one value of a body; infinite if there is no limit."""
    patterns: tuple[tuple[Path, str], ...]
    """The patterns, each with the place of its keyword."""


def make_document(document: Document, raw: Any, direction: Direction = "response") -> SchemaDocument:
    """The document for a schema of a description.

    >>> from callbox.openapi.description_model import Api
    >>> from callbox.openapi.description_compiler import compile_text
    >>> text = '''{"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {}, "components": {"schemas": {
    ... "Book": {"type": "object", "required": ["title"], "properties": {
    ...   "title": {"type": "string", "nullable": true}, "next": {"$ref": "#/components/schemas/Book"}}}}}}'''
    >>> made = make_document(Api(compile_text(text, "books.json")), {"$ref": "#/components/schemas/Book"})
    >>> made.schema["$ref"], made.labels, made.schema["$defs"]["s1"]["properties"]["title"]
    ('#/$defs/s0', ('Book', 'Book'), {'type': ['string', 'null']})
    """
    return _Converter(document, direction).run(raw)


def def_name(number: int) -> str:
    """The name of a schema in `$defs`. It has a letter, because a path would read a bare number as a position."""
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


class _Converter:
    """Converts a schema and all schemas that it refers to, without recursion, so that the depth is not limited."""

    def __init__(self, document: Document, direction: Direction) -> None:
        self._document = document
        self._budget = Budget(document, MAX_DECODED)
        self._converted: dict[tuple[int, frozenset[str]], tuple[Any, int]] = {}
        """The converted objects, by their identity and their hidden fields.

        Each entry has the object itself, so that its identity stays unique, and the number of its definition; -1 if it
        has none yet. YAML aliases lead to one object in many ways.
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
                what = "is left out, as too much is referred to" if is_left_out else "leads to no schema: any value"
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
        """The number of the definition, if the schema is too deep or was converted before; else -1."""
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
                    self._problems[f"{self._name(task.path)}: {key} is left out, as its value is of a wrong kind"] = (
                        None
                    )
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
        """Convert a schema for a part of the value."""
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
        """Convert a schema for the same value."""
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


_Convert = Callable[[_Converter, _Task, str, Any, dict[str, Any]], bool]
"""Converts a keyword. Returns whether the value has the right type."""


def _type(_: _Converter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    names = value if isinstance(value, list) else [value]
    usable = [name for name in names if isinstance(name, str) and name in _TYPES]
    if usable:
        made[key] = usable[0] if len(usable) == 1 else list(dict.fromkeys(usable))
    return len(usable) == len(names)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _bound(_: _Converter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    if not _number(value):
        return False
    is_exclusive = task.raw.get(f"exclusive{key.capitalize()}") is True
    name = f"exclusive{key.capitalize()}" if is_exclusive else key
    choose = max if key == "minimum" else min
    made[name] = choose(made[name], value) if name in made else value
    return True


def _exclusive(_: _Converter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    if isinstance(value, bool):
        return True  # this is converted together with the bound itself
    if not _number(value):
        return False
    made[key] = value
    return True


def _multiple(_: _Converter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    if not _number(value) or value <= 0:
        return False
    made[key] = value
    return True


def _size(_: _Converter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    if not _number(value) or value < 0 or value != int(value) or value >= 2**63:
        return False
    made[key] = int(value)
    return True


def _flag(_: _Converter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    if not isinstance(value, bool):
        return False
    made[key] = value
    return True


def _any_value(_: _Converter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    made[key] = value
    return True


def _values(_: _Converter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    if not isinstance(value, list) or not value:
        return False
    made[key] = value
    return True


def _required(_: _Converter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    if not isinstance(value, list):
        return isinstance(value, bool)  # `required: true` on a field is a common mistake without a meaning
    names = [name for name in value if isinstance(name, str) and name not in task.hidden]
    made[key] = list(dict.fromkeys(names))
    return all(isinstance(name, str) for name in value)


def _pattern(converter: _Converter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    if not isinstance(value, str):
        return False
    made[key] = value
    work = converter.add_pattern((*task.path, key), value)
    if work == inf:
        converter.unbounded()
    else:
        task.node.weight += work
    return True


def _format(_: _Converter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    if not isinstance(value, str):
        return False
    if value in _INTEGERS:
        most = _INTEGERS[value]
        made["minimum"] = max(made.get("minimum", -most), -most)
        made["maximum"] = min(made.get("maximum", most - 1), most - 1)
    elif value in FORMATS:
        made[key] = value
    return True


def _schemas_of_names(converter: _Converter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    if not isinstance(value, dict):
        return False
    inner = made[key] = dict.fromkeys(value, True)
    for name, raw in value.items():
        if key == "properties" and converter._flag == "writeOnly" and converter.is_hidden(raw):
            inner[name] = {"not": {}}  # so that it differs from a field that is always refused
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


def _rename_last(converter: _Converter, task: _Task, key: str, name: str) -> None:
    """Correct the path of the schema that was added last, because several patterns may match one name."""
    last = converter._tasks.pop()
    converter._tasks.append(last._replace(path=(*task.path, key, name)))


def _schema_of_part(converter: _Converter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    return _one_of(converter._inner, task, key, value, made)


def _unevaluated(converter: _Converter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    converter.unbounded()
    return _schema_of_part(converter, task, key, value, made)


def _items(converter: _Converter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    if not isinstance(value, list):
        return _schema_of_part(converter, task, key, value, made)
    _list_of_parts(converter, task, "prefixItems", value, made)
    rest = task.raw.get("additionalItems")
    return rest is None or _schema_of_part(converter, task, "items", rest, made)


def _list_of_parts(converter: _Converter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    return _each_of(converter._inner, task, key, value, made)


def _list_of_same(converter: _Converter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    return _each_of(converter._beside, task, key, value, made)


def _each_of(add: Callable[..., None], task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    """Add each schema of a list, for parts of the value or for the value itself."""
    if not isinstance(value, list) or not value:
        return False
    inner = made[key] = [True] * len(value)
    for at, raw in enumerate(value):
        add(task, raw, inner, at, key, at)
    return True


def _schema_of_same(converter: _Converter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    return _one_of(converter._beside, task, key, value, made)


def _one_of(add: Callable[..., None], task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    """Add one schema, for a part of the value or for the value itself."""
    if not isinstance(value, dict | bool):
        return False
    made[key] = True
    add(task, value, made, key, key)
    return True


def _dependent_schemas(converter: _Converter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    if not isinstance(value, dict):
        return False
    inner = made.setdefault("dependentSchemas", {})
    for name, raw in value.items():
        inner[name] = True
        converter._beside(task, raw, inner, name, "dependentSchemas", name)
    return True


def _dependent_names(_: _Converter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    if not isinstance(value, dict):
        return False
    usable = {
        name: [one for one in names if isinstance(one, str)] for name, names in value.items() if isinstance(names, list)
    }
    made.setdefault("dependentRequired", {}).update(usable)
    return len(usable) == len(value)


def _dependencies(converter: _Converter, task: _Task, key: str, value: Any, made: dict[str, Any]) -> bool:
    """Convert `dependencies` of older drafts, which has names or a schema for each field."""
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
    """A JSON Schema in one file. References within the file are resolved, and no others."""

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
        """An empty span: the file is decoded as a whole, so a reference decodes nothing more."""
        return 0, 0
