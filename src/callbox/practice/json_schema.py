"""A small JSON Schema validator. One schema both checks requests and appears in `/openapi.json`.

It supports `type`, `enum`, objects with `properties`, `required` and `additionalProperties: false`, `items`,
bounds of numbers and lengths, `pattern`, the formats `date` and `email`, and `$ref` into the given components.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import TypeAlias

from callbox.practice.connection_and_messages import Json

Schema: TypeAlias = Mapping[str, Json]

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_KINDS: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_WORDS = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def check(schema: Schema, value: object, components: Mapping[str, Schema] | None = None) -> dict[str, str]:
    """Check a value. Returns an error for each invalid field, by its path (`address.city`); empty if the value is
    valid.

    Args:
        schema: the schema of the value.
        value: parsed JSON.
        components: the schemas that `#/components/schemas/Name` refers to.
    """
    return dict(_faults(schema, value, "", components or {}))


def ref(name: str) -> Schema:
    """A reference to a schema of the components."""
    return {"$ref": f"#/components/schemas/{name}"}


def resolve(schema: Schema, components: Mapping[str, Schema]) -> Schema:
    """The schema that a reference names; the schema itself if it is not a reference."""
    target = schema.get("$ref")
    return components[target.rpartition("/")[2]] if isinstance(target, str) else schema


def _faults(schema: Schema, value: object, place: str, components: Mapping[str, Schema]) -> Iterator[tuple[str, str]]:
    schema = resolve(schema, components)
    kinds = _names(schema.get("type"))
    if kinds and not any(_is_kind(value, kind) for kind in kinds):
        yield place, "must be " + " or ".join(_WORDS[kind] for kind in kinds)
        return
    choices = schema.get("enum")
    if isinstance(choices, (list, tuple)) and value not in choices:
        yield place, "must be one of " + ", ".join(str(choice) for choice in choices)
        return
    if isinstance(value, dict):
        yield from _object_faults(schema, value, place, components)
    elif isinstance(value, list):
        items = schema.get("items")
        if isinstance(items, Mapping):
            for index, item in enumerate(value):
                yield from _faults(items, item, f"{place}[{index}]", components)
    else:
        yield from ((place, fault) for fault in _scalar_faults(schema, value))


def _object_faults(
    schema: Schema, value: dict[str, object], place: str, components: Mapping[str, Schema]
) -> Iterator[tuple[str, str]]:
    known = schema.get("properties")
    known = known if isinstance(known, Mapping) else {}
    stem = f"{place}." if place else ""
    for name in _names(schema.get("required")):
        if name not in value:
            yield stem + name, "is required"
    for name, item in value.items():
        inner = known.get(name)
        if isinstance(inner, Mapping):
            yield from _faults(inner, item, stem + name, components)
        elif schema.get("additionalProperties") is False:
            yield stem + name, "is not known here"


def _scalar_faults(schema: Schema, value: object) -> Iterator[str]:
    for name, (is_met, words) in _BOUNDS.items():
        bound = schema.get(name)
        if bound is not None and not is_met(value, bound):
            yield words.format(bound)


def _is_kind(value: object, kind: str) -> bool:
    # bool is an int in Python, but not in JSON.
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _KINDS[kind])


def _names(words: object) -> tuple[str, ...]:
    if isinstance(words, str):
        return (words,)
    return tuple(str(word) for word in words) if isinstance(words, (list, tuple)) else ()


def _has_format(value: object, name: object) -> bool:
    if not isinstance(value, str):
        return True
    if name == "date":
        try:
            date.fromisoformat(value)
        except ValueError:
            return False
        return len(value) == 10
    return name != "email" or _EMAIL.fullmatch(value) is not None


def _number(value: object) -> float:
    return value if isinstance(value, (int, float)) else 0


def _length(value: object) -> int:
    return len(value) if isinstance(value, str) else 0


_BOUNDS: dict[str, tuple[Callable[[object, object], bool], str]] = {
    "minimum": (lambda value, bound: value is None or _number(value) >= _number(bound), "must be at least {}"),
    "maximum": (lambda value, bound: value is None or _number(value) <= _number(bound), "must be at most {}"),
    "minLength": (
        lambda value, bound: value is None or _length(value) >= _number(bound),
        "must have at least {} characters",
    ),
    "maxLength": (
        lambda value, bound: value is None or _length(value) <= _number(bound),
        "must have at most {} characters",
    ),
    "pattern": (
        lambda value, bound: not isinstance(value, str) or re.search(str(bound), value) is not None,
        "must match {}",
    ),
    "format": (_has_format, "must be like a {}"),
}
