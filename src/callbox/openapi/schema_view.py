"""A schema of a description as an object with properties: references are followed, `allOf` is joined, dialects are
unified.

A view is lazy: it reads its schema at its first use. The schemas of fields, items and branches are views, too, so
schemas may contain themselves. Code that follows views downwards must stop by itself. `refs` has the references that
lead to a view. A keyword of a wrong type counts as absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any, NamedTuple, Protocol

from callbox.exchange.json_values import value_key

MAX_CHAIN = 30
"""The most references in a chain that are followed, and the most levels of `allOf`."""
MAX_PARTS = 1_000
"""The most parts of `allOf` and references in one view. All others are left out."""
MAX_MERGED = 100_000
"""The most members and values that are joined in one view, or in its alternatives. All others are left out."""
MAX_SHARED_PARTS = 20_000
MAX_SHARED_MERGED = 200_000
"""The most members and values that are joined in a view and all views below it, or in the parameters of an
operation.
"""
MAX_FOLLOWED = 4_000_000
"""The most bytes that are decoded for the references of one view. Beyond the limit, references count as missing."""
MAX_VALUES = 10_000
"""The most values of one enumeration that are stored."""
MIN_SHARED = 16
"""The fewest values of an enumeration that is cached. A smaller enumeration is read again at each use."""

_BEFORE_3_1 = frozenset({"description", "summary", "nullable", "readOnly", "writeOnly", "deprecated"})
"""The keywords beside a `$ref` that callbox reads before OpenAPI 3.1, although the standard ignores them all."""
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_FLAGS = ("readOnly", "writeOnly", "deprecated", "uniqueItems")
_JOINED = ("items", "additionalProperties")
_TYPES = frozenset({"string", "number", "integer", "boolean", "object", "array", "null"})
_SCHEMAS = "#/components/schemas/"


class Document(Protocol):
    """The parts of a description that a view needs."""

    @property
    def siblings_count(self) -> bool:
        """Whether keywords beside a `$ref` have an effect (OpenAPI 3.1 and later)."""

    def resolve(self, ref: str) -> Any:
        """The decoded value of a `$ref`; None if it does not exist."""

    def slice_of(self, ref: str) -> tuple[int, int] | None:
        """The position and number of the bytes that a `$ref` decodes; None if it has no target."""


class SchemaField(NamedTuple):
    """A property of an object: its name, whether it is required, and its schema."""

    name: str
    is_required: bool
    schema: SchemaView


class Discriminator(NamedTuple):
    """The property that selects the branch of a value, and the branch (a reference or a name) for each of its
    values.
    """

    property: str
    mapping: tuple[tuple[str, str], ...]


class Enumeration(NamedTuple):
    """The values of an `enum`, and facts about them. Several views may share this object."""

    values: tuple[Any, ...] = ()
    types: tuple[str, ...] = ()
    """The JSON types of the values, without `null`."""
    has_null: bool = False

    @classmethod
    def of(cls, values: tuple[Any, ...]) -> Enumeration:
        """The enumeration of these values."""
        types = dict.fromkeys(map(json_type, values))
        return cls(values, tuple(name for name in types if name != "null"), "null" in types)


_NO_VALUES = Enumeration()


class SchemaView:
    """A schema that can be read by its properties. Each property is a value, or a further view.

    >>> from callbox.openapi.description_checks_and_compiler import compile_text
    >>> from callbox.openapi.operations_parameters_and_security import Api
    >>> text = '''{"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {}, "components": {"schemas": {
    ... "Book": {"type": "object", "required": ["title"], "properties": {
    ...   "title": {"type": "string", "maxLength": 80}, "next": {"$ref": "#/components/schemas/Book"}}}}}}'''
    >>> book = Api(compile_text(text, "books.json")).schema("#/components/schemas/Book")
    >>> book.name, book.types, [(field.name, field.is_required) for field in book.fields]
    ('Book', ('object',), [('title', True), ('next', False)])
    >>> book.fields[0].schema.max_length, book.fields[1].schema.name
    (80, 'Book')
    """

    __slots__ = (
        *("_branch_sets", "_document", "_fields", "_flat", "_flattener", "_items", "_joined", "_mapped", "_raw"),
        *("_shared", "_without_null"),
    )

    def __init__(self, document: Document, raw: Any, flattener: Flattener | None = None) -> None:
        """`flattener` is shared with other views, with its remaining limits; None makes a new one.

        Views of fields, items and alternatives are made once. Such a view shares one flattener with all views below it.
        """
        self._document = document
        self._raw = raw
        self._flattener = flattener
        self._shared = flattener
        self._flat: dict[str, Any] | None = None
        self._fields: dict[str, SchemaField] | None = None
        self._branch_sets: tuple[tuple[SchemaView, ...], ...] | None = None
        self._mapped: tuple[SchemaView, ...] | None = None
        self._items: SchemaView | None = None
        self._joined: tuple[Any, ...] | None = None
        self._without_null: SchemaView | None = None

    @property
    def raw(self) -> Any:
        """The schema as described: an object, or True or False (OpenAPI 3.1)."""
        return self._raw

    @property
    def flat(self) -> Mapping[str, Any]:
        """The keywords of the schema, its references and its `allOf` in one object."""
        if self._flat is None:
            self._flat = (self._flattener or Flattener(self._document)).flatten(self._raw, (), 0)
        return self._flat

    def _below(self, raw: Any) -> SchemaView:
        """A view of a schema inside this schema. The same reference always gives the same view."""
        shared = self._share()
        ref = raw.get("$ref") if isinstance(raw, dict) and len(raw) == 1 else None
        if not isinstance(ref, str):
            return SchemaView(self._document, raw, shared)
        if ref not in shared.views:
            shared.views[ref] = SchemaView(self._document, raw, shared)
        return shared.views[ref]

    def _share(self) -> Flattener:
        """The flattener that this view and all views below it share."""
        if self._shared is None:
            self._shared = Flattener(self._document, is_shared=True)
        return self._shared

    def _own(self) -> Enumeration:
        """The values of the schema's `const` or `enum`."""
        flat = self.flat
        if "const" in flat:
            return Enumeration.of((flat["const"],))
        values = flat.get("enum")
        return self._share().enumeration(values) if isinstance(values, list) else _NO_VALUES

    @property
    def refs(self) -> frozenset[str]:
        """The references that led to this schema and its `allOf`.

        With these, a caller can find out that a schema contains itself.
        """
        return frozenset(self.flat.get("$refs", ()))

    @property
    def name(self) -> str:
        """The name of the schema: `Book` if a reference leads to it, else its title, else `""`."""
        raw = self._raw
        if isinstance(raw, dict) and isinstance(raw.get("$ref"), str):
            return ref_name(raw["$ref"])
        parts = raw.get("allOf") if isinstance(raw, dict) else None
        if isinstance(parts, list) and len(parts) == 1 and isinstance(parts[0], dict):
            return SchemaView(self._document, parts[0]).name
        return self.title

    @property
    def title(self) -> str:
        """The title; `""` if the schema has none."""
        return _text(self.flat.get("title"))

    @property
    def description(self) -> str:
        """The description, which may be Markdown of several lines; not sanitised."""
        return _text(self.flat.get("description"))

    @property
    def types(self) -> tuple[str, ...]:
        """The allowed JSON types without `null`. If `type` is missing, other keywords imply them; () means any type."""
        named = tuple(name for name in _type_names(self.flat) if name != "null")
        return named or self._inferred_types()

    def _inferred_types(self) -> tuple[str, ...]:
        flat = self.flat
        if isinstance(flat.get("properties"), dict) or "additionalProperties" in flat:
            return ("object",)
        if "items" in flat:
            return ("array",)
        return self._own().types

    @property
    def is_nullable(self) -> bool:
        """Whether null is allowed: by `nullable`, the type `null`, an enum with null, or a branch that allows null."""
        flat = self.flat
        if flat.get("nullable") is True or "null" in _type_names(flat):
            return True
        own = self._own()
        if own.values:
            return own.has_null
        return any(branch.is_null for branch in self.branches)

    @property
    def is_null(self) -> bool:
        """Whether null is the only allowed value."""
        return _type_names(self.flat) == ("null",) or self._own().values == (None,)

    @property
    def without_null(self) -> SchemaView:
        """The schema without null.

        For a choice between X and null (`anyOf: [X, null]`), the result is X; else it is this schema.
        """
        if self._without_null is None:
            self._without_null = self._find_without_null()
        return self._without_null

    def _find_without_null(self) -> SchemaView:
        if _type_names(self.flat) or self._own().values:
            return self
        branches = self.branches[:MAX_VALUES]
        others = [branch for branch in branches if not branch.is_null]
        return others[0] if len(others) == 1 < len(branches) else self

    @property
    def is_file(self) -> bool:
        """Whether a string is the content of a file: by `format: binary`, or by a media type without an encoding as
        text.
        """
        flat = self.flat
        is_bytes = "contentMediaType" in flat and "contentEncoding" not in flat
        return "string" in self.types and (self.format == "binary" or is_bytes)

    @property
    def values(self) -> tuple[Any, ...]:
        """The allowed values with null, from `enum`, `const` or branches that all have such a list; () if any value
        is allowed.
        """
        own = self._own().values
        if own or not self.branches:
            return own
        if self._joined is None:
            self._joined = self._values_of_branches()
        return self._joined

    def _values_of_branches(self) -> tuple[Any, ...]:
        """The allowed values of all alternatives; () if an alternative has no list of values, or if there are too many
        values to read.
        """
        found: list[Any] = []
        shared = self._share()
        for branch in self.branches:
            inner = branch._own().values or ((None,) if branch.is_null else ())
            shared.values_left -= len(inner) + 1
            if not inner or shared.values_left < 0:
                return ()
            found += inner
            if len(found) > MAX_VALUES:
                break
        # alternatives may share a large enumeration
        distinct = {id(value): value for value in reversed(found[:MAX_VALUES])}
        return tuple({value_key(value): value for value in distinct.values()}.values())[::-1]

    @property
    def constant(self) -> tuple[Any, ...]:
        """The only allowed value as a tuple of one; () if several are allowed."""
        values = self.values
        return values if len(values) == 1 and not self.flat.get("nullable") else ()

    @property
    def has_default(self) -> bool:
        """Whether the schema has a default, which may be null."""
        return "default" in self.flat

    @property
    def default(self) -> Any:
        """The default; None also if the schema has none (see `has_default`)."""
        return self.flat.get("default")

    @property
    def examples(self) -> tuple[Any, ...]:
        """The examples of the schema, as described and not checked."""
        flat = self.flat
        several = flat.get("examples")
        first = (flat["example"],) if "example" in flat else ()
        return (*first, *(several if isinstance(several, list) else ()))

    @property
    def format(self) -> str:
        """The format (`date-time`, `uuid` ..); `""` if the schema has none."""
        return _text(self.flat.get("format"))

    @property
    def pattern(self) -> str:
        """The regular expression in JavaScript's syntax, not anchored; `""` if there is none.

        The pattern is foreign text.
        """
        return _text(self.flat.get("pattern"))

    @property
    def content_media_type(self) -> str:
        """The media type of the content of a string (OpenAPI 3.1); `""` if none is described."""
        return _text(self.flat.get("contentMediaType"))

    @property
    def minimum(self) -> float | None:
        """The least allowed number; None if there is none, or if the bound is exclusive."""
        return _number(self.flat.get("minimum"))

    @property
    def maximum(self) -> float | None:
        """The largest allowed number; None if there is none, or if the bound is exclusive."""
        return _number(self.flat.get("maximum"))

    @property
    def exclusive_minimum(self) -> float | None:
        """A value must be above this number; None if there is no such bound."""
        return _number(self.flat.get("exclusiveMinimum"))

    @property
    def exclusive_maximum(self) -> float | None:
        """A value must be below this number; None if there is no such bound."""
        return _number(self.flat.get("exclusiveMaximum"))

    @property
    def multiple_of(self) -> float | None:
        """The number of which a value must be a multiple; None if there is none."""
        return _number(self.flat.get("multipleOf"))

    @property
    def min_length(self) -> int:
        """The least number of characters of a string; None if there is no limit."""
        return _size(self.flat.get("minLength")) or 0

    @property
    def max_length(self) -> int | None:
        """The largest number of characters of a string; None if there is no limit."""
        return _size(self.flat.get("maxLength"))

    @property
    def min_items(self) -> int:
        """The least number of items of a list; None if there is no limit."""
        return _size(self.flat.get("minItems")) or 0

    @property
    def max_items(self) -> int | None:
        """The largest number of items of a list; None if there is no limit."""
        return _size(self.flat.get("maxItems"))

    @property
    def min_properties(self) -> int:
        """The least number of properties of an object; None if there is no limit."""
        return _size(self.flat.get("minProperties")) or 0

    @property
    def is_unique(self) -> bool:
        """Whether the items of a list must differ."""
        return self.flat.get("uniqueItems") is True

    @property
    def is_read_only(self) -> bool:
        """Whether only responses have the value."""
        return self.flat.get("readOnly") is True

    @property
    def is_write_only(self) -> bool:
        """Whether only requests have the value."""
        return self.flat.get("writeOnly") is True

    @property
    def is_deprecated(self) -> bool:
        """Whether the schema is deprecated."""
        return self.flat.get("deprecated") is True

    @property
    def fields(self) -> tuple[SchemaField, ...]:
        """The described properties in their order. A required property without a description accepts any value."""
        return tuple(self._all_fields().values())

    def _all_fields(self) -> dict[str, SchemaField]:
        if self._fields is None:
            properties = self.flat.get("properties")
            properties = properties if isinstance(properties, dict) else {}
            required = dict.fromkeys(self.required)
            names = [*properties, *(name for name in required if name not in properties)]
            self._fields = {
                name: SchemaField(name, name in required, self._below(properties.get(name, {}))) for name in names
            }
        return self._fields

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the required properties."""
        names = self.flat.get("required")
        return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()

    def field(self, name: str) -> SchemaView | None:
        """The schema of one described property; None if there is no such property."""
        properties = self.flat.get("properties")
        if not isinstance(properties, dict) or name not in properties:
            return None
        return self._all_fields()[name].schema

    @property
    def additional(self) -> SchemaView | None:
        """The schema of properties whose names are not described; None if the description has none, or refuses such
        properties.
        """
        raw = self.flat.get("additionalProperties")
        return self._below(raw) if isinstance(raw, dict) or raw is True else None

    @property
    def is_closed(self) -> bool:
        """Whether properties whose names are not described are refused."""
        return self.flat.get("additionalProperties") is False

    @property
    def items(self) -> SchemaView | None:
        """The schema of the items of a list, or the first of several schemas; None if no schema is described."""
        raw = self.flat.get("items")
        first = self.flat.get("prefixItems", raw)
        if isinstance(first, list):
            raw = first[0] if first else None
        if self._items is None and isinstance(raw, dict):
            self._items = self._below(raw)
        return self._items

    @property
    def branch_sets(self) -> tuple[tuple[SchemaView, ...], ...]:
        """The alternatives of each `oneOf` and `anyOf`. A value must fit at least one alternative in each set."""
        if self._branch_sets is None:
            sets = self.flat.get("$branches", ())
            self._branch_sets = tuple(tuple(map(self._below, branches)) for branches in sets)
        return self._branch_sets

    @property
    def exclusive_sets(self) -> tuple[tuple[SchemaView, ...], ...]:
        """The sets of `branch_sets` that come from a `oneOf`. A value must fit exactly one alternative in each set."""
        ours = {id(raw) for raw in self.flat.get("$exclusive", ())}
        raws = self.flat.get("$branches", ())
        return tuple(views for raw, views in zip(raws, self.branch_sets, strict=True) if id(raw) in ours)

    @property
    def branches(self) -> tuple[SchemaView, ...]:
        """The alternatives of `oneOf` or `anyOf`, or else the schemas that a discriminator names; () if there are no
        alternatives.
        """
        sets = self.branch_sets
        if sets:
            return sets[0]
        if self._mapped is None:
            chosen = self.discriminator
            refs = dict.fromkeys(self._mapped_ref(target) for _, target in chosen.mapping) if chosen else {}
            self._mapped = tuple(self._below({"$ref": ref}) for ref in refs)
        return self._mapped

    @property
    def discriminator(self) -> Discriminator | None:
        """The discriminator that chooses the branch; None if none is described."""
        raw = self.flat.get("discriminator")
        if not isinstance(raw, dict) or not isinstance(raw.get("propertyName"), str):
            return None
        mapping = raw.get("mapping")
        pairs = mapping.items() if isinstance(mapping, dict) else ()
        return Discriminator(raw["propertyName"], tuple((key, ref) for key, ref in pairs if isinstance(ref, str)))

    def branch_value(self, branch: SchemaView) -> str:
        """The discriminator's value for a branch: its key in the mapping, else the name of the schema, else `""`."""
        chosen = self.discriminator
        ref = branch.raw.get("$ref") if isinstance(branch.raw, dict) else None
        if chosen is None or not isinstance(ref, str):
            return ""
        for value, target in chosen.mapping:
            if self._mapped_ref(target) == ref:
                return value
        return ref_name(ref)

    def _mapped_ref(self, target: str) -> str:
        return target if "#" in target or "/" in target else _SCHEMAS + target


def ref_name(ref: str) -> str:
    """The last part of a reference, such as `Book` in `#/components/schemas/Book`."""
    return ref.rsplit("/", 1)[-1].replace("~1", "/").replace("~0", "~")


def json_type(value: object) -> str:
    """The JSON type of a decoded value."""
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", type(None): "null"}
    return names.get(type(value), "object")


class Budget:
    """Follows references up to a limit on decoded bytes. Each slice counts once."""

    def __init__(self, document: Document, size: int) -> None:
        self._document = document
        self._left = size
        self._counted: set[tuple[int, int]] = set()

    def resolve(self, ref: str) -> Any:
        """The value of a reference; None if it does not exist, or if more bytes than allowed would be decoded."""
        span = self._document.slice_of(ref)
        if span is None:
            return None
        if span not in self._counted:
            if span[1] > self._left:
                return None
            self._left -= span[1]
            self._counted.add(span)
        return self._document.resolve(ref)


class Flattener:
    """Flattens schemas for one view, or for several that share it, within limits.

    A flat schema is one object with the keywords of a schema, its references and its `allOf`. callbox adds the members
    `$refs`, `$branches` and `$exclusive`.

    Each reference is flattened once, and at most `MAX_PARTS` parts are flattened in total. So even a small schema with
    many nested references takes little time.
    """

    def __init__(self, document: Document, *, is_shared: bool = False) -> None:
        self._document = document
        self._budget = Budget(document, MAX_FOLLOWED)
        self._followed: dict[str, dict[str, Any]] = {}
        self._parts_left = MAX_SHARED_PARTS if is_shared else MAX_PARTS
        self._merges_left = MAX_SHARED_MERGED if is_shared else MAX_MERGED
        self._enumerations: dict[int, tuple[list[Any], Enumeration]] = {}
        self.views: dict[str, SchemaView] = {}
        """The view of each reference."""
        self.values_left = MAX_SHARED_MERGED
        """The number of values of alternatives that may still be joined."""

    def enumeration(self, values: list[Any]) -> Enumeration:
        """The values of an `enum`. Thousands of schemas may share one enumeration."""
        if len(values) < MIN_SHARED:
            return Enumeration.of(tuple(values))
        known = self._enumerations.get(id(values))
        if known is None:
            known = self._enumerations[id(values)] = values, Enumeration.of(tuple(values[:MAX_VALUES]))
        return known[1]

    def flatten(self, raw: Any, chain: tuple[str, ...], depth: int) -> dict[str, Any]:
        """The flat keywords of a schema.

        `chain` has the references that led to the schema, and `depth` is its level of `allOf`.
        """
        self._parts_left -= 1
        if not isinstance(raw, dict) or depth > MAX_CHAIN or self._parts_left < 0:
            return {}
        ref = raw.get("$ref")
        if isinstance(ref, str):
            return self._follow(raw, ref, chain, depth)
        flat = dict(raw)
        _normalise(flat)
        parts = flat.pop("allOf", None)
        if isinstance(parts, list):
            inner = [self.flatten(part, chain, depth + 1) for part in parts[:MAX_PARTS]]
            if "nullable" not in flat and inner and all(part.get("nullable") is True for part in inner):
                flat["nullable"] = True
            for part in inner:
                self._merge(flat, part)
        return flat

    def _follow(self, raw: dict[str, Any], ref: str, chain: tuple[str, ...], depth: int) -> dict[str, Any]:
        siblings = {key: value for key, value in raw.items() if key != "$ref"}
        if not self._document.siblings_count:
            siblings = {key: value for key, value in siblings.items() if key in _BEFORE_3_1}
        target = self._target(ref, chain, depth)
        flat = self.flatten(siblings, chain, depth + 1) if siblings else {}
        discriminator, nullable = target.get("discriminator"), target.get("nullable")
        self._merge(flat, target)
        if discriminator is not None:
            flat.setdefault("discriminator", discriminator)
        if nullable is not None:
            flat.setdefault("nullable", nullable)
        flat["$refs"] = list(dict.fromkeys([ref, *flat.get("$refs", ())]))
        return flat

    def _merge(self, flat: dict[str, Any], part: Mapping[str, Any]) -> None:
        for key in part:
            if key in flat and key in _MERGES:
                self._merges_left -= _size_of(flat[key]) + _size_of(part[key])
        if self._merges_left >= 0:
            _merge(flat, part)

    def _target(self, ref: str, chain: tuple[str, ...], depth: int) -> dict[str, Any]:
        if ref in chain or len(chain) >= MAX_CHAIN:
            return {}
        if ref not in self._followed:
            self._followed[ref] = self.flatten(self._budget.resolve(ref), (*chain, ref), depth + 1)
        return self._followed[ref]


def _size_of(value: Any) -> int:
    return len(value) if isinstance(value, (dict, list)) else 1


def _normalise(flat: dict[str, Any]) -> None:
    """Write the keywords of all dialects in one way."""
    for name, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(flat.get(name), bool) and flat.pop(name) and _number(flat.get(bound)) is not None:
            flat[name] = flat.pop(bound)
    if "x-nullable" in flat:
        flat.setdefault("nullable", flat["x-nullable"])
    if isinstance(flat.get("oneOf"), list) and flat["oneOf"]:
        flat["$exclusive"] = [flat["oneOf"]]
    sets = [flat.pop(key) for key in ("oneOf", "anyOf") if isinstance(flat.get(key), list)]
    sets = [branches for branches in sets if branches]
    if sets:
        flat["$branches"] = sets


def _merge(flat: dict[str, Any], part: Mapping[str, Any]) -> None:
    """Add the restrictions of a part of `allOf` to `flat`. The texts, examples and default of `flat` itself stay."""
    for key, value in part.items():
        if key in ("discriminator", "nullable"):
            continue
        if key not in flat:
            flat[key] = value
        elif key in _MERGES:
            flat[key] = _MERGES[key](flat[key], value)


def _merge_properties(first: Any, second: Any) -> Any:
    if not isinstance(first, dict) or not isinstance(second, dict):
        return first if isinstance(first, dict) else second
    joined = dict(first)
    for name, schema in second.items():
        known = joined.get(name)
        joined[name] = (
            schema if name not in joined or known is schema or known == schema else {"allOf": [known, schema]}
        )
    return joined


def _merge_names(first: Any, second: Any) -> Any:
    if not isinstance(first, list) or not isinstance(second, list):
        return first if isinstance(first, list) else second
    known = {value_key(name) for name in first}
    return first + [name for name in second if value_key(name) not in known]


def _merge_types(first: Any, second: Any) -> Any:
    ours, theirs = _type_names({"type": first}), _type_names({"type": second})
    both = [name for name in ours if name in theirs or (name == "integer" and "number" in theirs)]
    if not both and "number" in ours and "integer" in theirs:
        both = ["integer"]
    return both or first


def _merge_values(first: Any, second: Any) -> Any:
    if not isinstance(first, list) or not isinstance(second, list):
        return first if isinstance(first, list) else second
    others = {value_key(value) for value in second}
    return [value for value in first if value_key(value) in others] or first


def _merge_lower(first: Any, second: Any) -> Any:
    return _bound(first, second, max)


def _merge_upper(first: Any, second: Any) -> Any:
    return _bound(first, second, min)


def _bound(first: Any, second: Any, choose: Any) -> Any:
    if _number(first) is None or _number(second) is None:
        return second if _number(first) is None else first
    return choose(first, second)


def _merge_flags(first: Any, second: Any) -> Any:
    return first is True or second is True


def _merge_schemas(first: Any, second: Any) -> Any:
    if first is False or second is False:
        return False
    if not isinstance(first, dict) or not isinstance(second, dict):
        return first if isinstance(first, dict) else second
    return first if first == second else {"allOf": [first, second]}


def _merge_lists(first: Any, second: Any) -> Any:
    """The members of both lists, each once."""
    known = {id(one) if isinstance(one, list) else one for one in first}
    new = [one for one in second if (id(one) if isinstance(one, list) else one) not in known]
    return [*first, *new][:MAX_PARTS]


_MERGES = {
    "properties": _merge_properties,
    "required": _merge_names,
    "type": _merge_types,
    "enum": _merge_values,
    "$branches": _merge_lists,
    "$exclusive": _merge_lists,
    "$refs": _merge_lists,
    **dict.fromkeys(_LOWER, _merge_lower),
    **dict.fromkeys(_UPPER, _merge_upper),
    **dict.fromkeys(_FLAGS, _merge_flags),
    **dict.fromkeys(_JOINED, _merge_schemas),
}
"""The functions that join the two values of a keyword. For a keyword without a function, the first value is used."""


def _type_names(flat: Mapping[str, Any]) -> tuple[str, ...]:
    value = flat.get("type")
    names: Iterable[Any] = value if isinstance(value, list) else (value,)
    return tuple(name for name in names if isinstance(name, str) and name in _TYPES)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    """A number. None for any other value, and for infinity and NaN, which Python's JSON reader accepts."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return value if isinstance(value, int) or isfinite(value) else None


def _size(value: Any) -> int | None:
    number = _number(value)
    return int(number) if number is not None and 0 <= number < 1e18 else None
