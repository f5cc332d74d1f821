"""Example bodies: examples of the description, or bodies that are made from the schema.

The work is bounded: 400 values, 8 levels. An example of the description is used only if it fits its schema.
Foreign patterns never run: a text for a pattern is built from its parts.
`xml_lines` writes a value as XML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

from callbox.exchange.invisible_characters import replace_unsafe
from callbox.openapi.operations_parameters_and_security import Body, Media, Parameter, plain_text
from callbox.openapi.schema_view import SchemaView, json_type

MAX_NODES = 400
MAX_LEVELS = 8
MAX_BRANCHES = 8
MAX_TEXT = 1_000
_MAX_GIVEN = 100
"""The most values of a schema that are tried."""
_MAX_ITEMS = 20
_FORMATS = {
    "date-time": "2024-01-31T12:00:00Z",
    "date": "2024-01-31",
    "time": "12:00:00Z",
    "duration": "P1D",
    "decimal": "1",
    "email": "user@example.com",
    "idn-email": "user@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "uri-reference": "/",
    "uuid": "123e4567-e89b-42d3-a456-426614174000",
    "byte": "c3RyaW5n",
    "binary": "",
    "password": "string",
}
_LOOSE_FORMATS = frozenset({"password", "binary"})
"""Formats that do not limit the characters of a text, so that a pattern beside the format does."""
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")
_CLASSES = {"d": "1", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a"}


class _Missing:
    """The type of `MISSING`, which says that no value can be made."""


MISSING = _Missing()


class BodyExample(NamedTuple):
    """The value of a body, its origin (`example`, `example NAME` or `schema`), and its mistakes."""

    value: Any
    source: str
    problem: str = ""


def choose_body_media(body: Body, typed: str = "") -> Media | None:
    """The media type for a body: the typed media type, else JSON, a form or multipart, else the first of the
    description.
    """
    if typed:
        return next((one for one in body.media if one.media_type.lower() == typed.lower()), None)
    for one in body.media:
        bare = one.media_type.split(";")[0].strip().lower()
        if bare == "application/json" or bare.endswith("+json"):
            return one
    for form in _FORMS:
        for one in body.media:
            if one.media_type.lower().startswith(form):
                return one
    return body.media[0] if body.media else None


def make_body(media: Media, *, is_full: bool = True, name: str = "") -> BodyExample:
    """An example of a body.

    `name` chooses a named example, even if the schema refuses it. Without a name, the result is the first example that
    fits, or else a body made from the schema. A body from the schema has all writable fields, or with `is_full=False`
    only the required fields.

    >>> from callbox.openapi.operations_parameters_and_security import Api
    >>> from callbox.openapi.description_checks_and_compiler import compile_text
    >>> api = Api(compile_text('''{"openapi": "3.0.0", "info": {}, "paths": {"/a": {"post": {"requestBody": {
    ...   "content": {"application/json": {"schema": {"type": "object", "required": ["n"], "properties": {
    ...     "n": {"type": "integer", "minimum": 3}, "t": {"type": "string", "format": "date"},
    ...     "id": {"type": "string", "readOnly": true}}}}}}}}}}''', "a.json"))
    >>> media, = api.operation("POST /a").body.media
    >>> make_body(media).value, make_body(media, is_full=False).value
    ({'n': 3, 't': '2024-01-31'}, {'n': 3})
    """
    for example in media.examples:
        value = _decoded(example.value, media.schema)
        if name and example.name == name:
            return BodyExample(value, f"example {name}")
        if not name and conforms(media.schema, value):
            return BodyExample(value, f"example {example.name}".strip())
    for value in () if name else media.schema.examples:
        if conforms(media.schema, value):
            return BodyExample(value, "example")
    made = make_value(media.schema, is_full=is_full)
    if made is MISSING:
        return BodyExample(None, "schema", "no value fits the schema; null is assumed")
    return BodyExample(made, "schema", f"no example is named '{name}'" if name else "")


def make_value(schema: SchemaView, *, is_full: bool = True) -> Any:
    """A value that fits the schema. `MISSING` if no value can be made, as for a schema that requires itself."""
    return _Maker(is_full).make(schema, frozenset(), 0)


class _Maker:
    """Makes one value, and counts the values inside it."""

    def __init__(self, is_full: bool, nodes: int = 0) -> None:
        self._is_full = is_full
        self._nodes = nodes

    def make(self, schema: SchemaView, above: frozenset[str], level: int) -> Any:
        """A value, or MISSING if the schema is too deep, is part of itself, or the limit of values is reached."""
        self._nodes += 1
        refs = schema.refs
        if schema.raw is False or refs & above or level > MAX_LEVELS or self._nodes > MAX_NODES:
            return MISSING
        given = _given(schema)
        if given is not MISSING:
            return given
        above |= refs
        if schema.branches:
            return self._make_branch(schema, above, level)
        return self._make_typed(schema, above, level)

    def _make_branch(self, schema: SchemaView, above: frozenset[str], level: int) -> Any:
        """The value of the first branch that fits, together with the values that the schema itself requires.

        If possible, the value fits no other branch.
        """
        beside = self._object(schema, above, level) if "object" in schema.types and schema.fields else {}
        if beside is MISSING:
            return MISSING
        first: Any = MISSING
        fitting: Any = MISSING
        here = (schema, beside, above, level)
        for value in chain(self._branch_values(*here), self._other_values(*here)):
            first = value if first is MISSING else first
            if not conforms(schema, value):
                continue
            if is_of_one_branch(schema, value):
                return value
            fitting = value if fitting is MISSING else fitting
        return first if fitting is MISSING else fitting

    def _branch_values(
        self, schema: SchemaView, beside: dict[str, Any], above: frozenset[str], level: int
    ) -> Iterator[Any]:
        """A value for each branch, null last."""
        chosen = schema.discriminator
        for branch in sorted(schema.branches[:MAX_BRANCHES], key=lambda one: one.is_null):
            value = self.make(branch, above, level + 1)
            if isinstance(value, dict):
                value = {**beside, **value}
                if chosen is not None and schema.branch_value(branch):
                    value[chosen.property] = schema.branch_value(branch)
            if value is not MISSING:
                yield value

    def _other_values(
        self, schema: SchemaView, beside: dict[str, Any], above: frozenset[str], level: int
    ) -> Iterator[Any]:
        """Values of the branches of a `oneOf`, made in the other way.

        If this maker makes only required fields, these values have all fields, and the reverse.

        Two branches may differ only in an optional field.
        """
        if schema.exclusive_sets:
            other = _Maker(not self._is_full, self._nodes)
            for value in other._branch_values(schema, beside, above, level):
                self._nodes = other._nodes
                yield value

    def _make_typed(self, schema: SchemaView, above: frozenset[str], level: int) -> Any:
        types = schema.types
        if "object" in types or (not types and schema.fields):
            return self._object(schema, above, level)
        if "array" in types:
            return self._array(schema, above, level)
        if not types and schema.is_nullable:
            return None
        return _scalar(schema, types[0] if types else "string")

    def _object(self, schema: SchemaView, above: frozenset[str], level: int) -> Any:
        made: dict[str, Any] = {}
        for field in schema.fields:
            inner = field.schema
            is_wanted = field.is_required or (self._is_full and not inner.is_deprecated)
            if inner.is_read_only or not is_wanted:
                continue
            value = self.make(inner, above, level + 1)
            if value is MISSING and field.is_required:
                if not inner.is_nullable and inner.types != ("array",):
                    return MISSING
                value = None if inner.is_nullable else []
            if value is not MISSING:
                made[field.name] = value
        if len(made) < schema.min_properties:
            self._add_fields(made, schema, above, level)
        return made

    def _add_fields(self, made: dict[str, Any], schema: SchemaView, above: frozenset[str], level: int) -> None:
        """Add optional fields, and then fields with invented names, until there are enough fields."""
        least = min(schema.min_properties, _MAX_ITEMS)
        for field in schema.fields:
            if len(made) < least and field.name not in made and not field.schema.is_read_only:
                value = self.make(field.schema, above, level + 1)
                if value is not MISSING:
                    made[field.name] = value
        value = "string" if schema.additional is None else self.make(schema.additional, above, level + 1)
        if schema.is_closed or value is MISSING:
            return
        for number in range(1, least + 1):
            if len(made) < least:
                made.setdefault("name" if number == 1 else f"name{number}", value)

    def _array(self, schema: SchemaView, above: frozenset[str], level: int) -> Any:
        least = min(schema.min_items, _MAX_ITEMS)
        if schema.items is None:
            return ["string"] * least
        wanted = max(least, 1 if self._is_full and schema.max_items != 0 else 0)
        if not wanted:
            return []
        item = self.make(schema.items, above, level + 1)
        if item is MISSING:
            return MISSING if least else []
        return _different(schema.items, item, wanted) if schema.is_unique else [item] * wanted


def _given(schema: SchemaView) -> Any:
    """A fitting value that the schema itself contains: an example, a constant, the default, or a value of an enum."""
    values = schema.values
    default = (schema.default,) if schema.has_default else ()
    for value in (*schema.examples[:_MAX_GIVEN], *schema.constant, *default):
        if conforms(schema, value):
            return value
    for value in values[:_MAX_GIVEN]:  # the values come from the same list, so the list need not be searched again
        if value is not None and conforms(schema, value, is_listed=True):
            return value
    return None if values == (None,) or schema.is_null else MISSING


def _different(schema: SchemaView, item: Any, count: int) -> list[Any]:
    values: Sequence[Any] = [one for one in schema.values if one is not None]
    if len(values) >= count:
        return list(values[:count])
    if isinstance(item, str):
        return [item, *(f"{item}{number}" for number in range(2, count + 1))]
    return [item + number for number in range(count)] if json_type(item) in ("integer", "number") else [item] * count


def _scalar(schema: SchemaView, kind: str) -> Any:
    if kind == "string":
        return _sample_text(schema)
    if kind == "boolean":
        return True
    return None if kind == "null" else _sample_number(schema, kind)


def _sample_text(schema: SchemaView) -> str:
    text = _FORMATS.get(schema.format)
    if text is None or (schema.pattern and schema.format in _LOOSE_FORMATS):
        text = text_of_pattern(schema.pattern, min(schema.min_length, MAX_TEXT)) if schema.pattern else "string"
    least, most = min(schema.min_length, MAX_TEXT), schema.max_length
    if len(text) < least:
        text = (text or "a") * (least // max(1, len(text)) + 1)
        text = text[:least]
    return text if most is None else text[:most]


def _sample_number(schema: SchemaView, kind: str) -> Any:
    low, high = schema.minimum, schema.maximum
    above, below = schema.exclusive_minimum, schema.exclusive_maximum
    number: float = 1
    if low is not None and number < low:
        number = low
    if above is not None and number <= above:
        number = above + 1
    if high is not None and number > high:
        number = high
    if below is not None and number >= below:
        number = below - 1 if above is None or below - 1 > above else (above + below) / 2
    step = schema.multiple_of
    if step is not None and 0 < step < 1e15 and abs(number) < 1e15:
        rounded = -(-number // step) * step
        number = rounded if high is None or rounded <= high else rounded - step
    if kind == "integer" and abs(number) < 1e15:
        return int(-(-number // 1))
    return number


def text_of_pattern(pattern: str, least: int = 0) -> str:
    """A text that probably matches a pattern.

    It has at least `least` characters if the repeats of the pattern allow this.

    It uses the first alternative, the fewest repeats, and one character of each class.

    >>> [text_of_pattern(one) for one in ("^[A-Z]{3}-\\\\d+$", "^(foo|bar)?x*$", "a{2,}")]
    ['AAA-1', 'foox', 'aa']
    >>> text_of_pattern("^([a-z]{4})*(b=)?$", 12)
    'aaaaaaaaaaaab='
    """
    pattern = pattern[:MAX_TEXT]
    text, end = _Pattern(pattern, 0).sequence(0, 0)
    if end >= len(pattern) and len(text) < least:
        text, end = _Pattern(pattern, least - len(text)).sequence(0, 0)
    return text if end >= len(pattern) else "string"


class _Pattern:
    """Builds a text for a pattern. `lacking` characters are added by repeating pieces more often."""

    def __init__(self, pattern: str, lacking: int) -> None:
        self._pattern = pattern
        self._lacking = lacking

    def sequence(self, at: int, level: int) -> tuple[str, int]:
        """The text for a sequence up to a `)` or the end, and the position after it."""
        pattern = self._pattern
        made: list[str] = []
        size = 0
        while at < len(pattern) and pattern[at] != ")":
            if pattern[at] == "|":
                return "".join(made), _skip_alternatives(pattern, at)
            piece, at = self._piece(at, level)
            count, most, at = _repeat(pattern, at)
            count += self._added(len(piece), most - count)
            size += len(piece) * count
            if size > MAX_TEXT:
                return "".join(made), len(pattern)
            made.append(piece * count)
        return "".join(made), at

    def _added(self, size: int, room: int) -> int:
        """How often a piece of this size is repeated in addition to the minimum."""
        if self._lacking <= 0 or not size or room <= 0:
            return 0
        added = min(room, -(-self._lacking // size))
        self._lacking -= added * size
        return added

    def _piece(self, at: int, level: int) -> tuple[str, int]:
        pattern = self._pattern
        mark = pattern[at]
        if mark in "^$":
            return "", at + 1
        if mark == ".":
            return "a", at + 1
        if mark == "[":
            return _class(pattern, at)
        if mark == "\\":
            return _escaped(pattern, at)
        if mark == "(" and level < MAX_LEVELS:
            is_look = pattern.startswith(("(?=", "(?!", "(?<=", "(?<!"), at)
            start = at + 3 if pattern.startswith("(?:", at) or is_look else at + 1
            lacking = self._lacking
            text, end = self.sequence(start, level + 1)
            if is_look:
                self._lacking, text = lacking, ""
            return text, end + 1
        return mark, at + 1


def _skip_alternatives(pattern: str, at: int) -> int:
    depth = 0
    while at < len(pattern):
        if pattern[at] == "\\":
            at += 1
        elif pattern[at] == "[":
            at = _class(pattern, at)[1] - 1
        elif pattern[at] == "(":
            depth += 1
        elif pattern[at] == ")":
            if depth == 0:
                return at
            depth -= 1
        at += 1
    return at


def _escaped(pattern: str, at: int) -> tuple[str, int]:
    """The character of an escape such as `\\d` or `\\u002F`, and the position after it."""
    letter = pattern[at + 1 : at + 2]
    size = {"u": 4, "x": 2}.get(letter, 0)
    digits = pattern[at + 2 : at + 2 + size]
    if size and len(digits) == size and set(digits) <= _HEX_DIGITS:
        code = int(digits, 16)
        return "a" if 0xD800 <= code <= 0xDFFF else chr(code), at + 2 + size
    if letter in ("b", "B"):
        return "", at + 2
    return _CLASSES.get(letter, {"t": "\t", "n": "\n", "r": "\r"}.get(letter, letter)), at + 2


def _class(pattern: str, at: int) -> tuple[str, int]:
    """One character that a class matches, and the position after the class."""
    end = at + 1
    while end < len(pattern) and (pattern[end] != "]" or end == at + 1):
        end += 2 if pattern[end] == "\\" else 1
    inside = pattern[at + 1 : end]
    if not inside.startswith("^"):
        return (_escaped(inside, 0)[0] if inside.startswith("\\") else inside[:1]), end + 1
    return next((one for one in "a1A-_ .~" if one not in inside), "a"), end + 1


def _repeat(pattern: str, at: int) -> tuple[int, int, int]:
    """The smallest and the largest number of repeats of the previous piece, and the position after the repeat."""
    mark = pattern[at : at + 1]
    count, most, end = 1, 1, at
    if mark and mark in "*+?":
        most, end = 1 if mark == "?" else MAX_TEXT, at + 1
    elif mark == "{":
        close = pattern.find("}", at)
        low, comma, high = (part.strip() for part in pattern[at + 1 : max(close, 0)].partition(","))
        if low.isdecimal() and len(low) < 5:
            count, end = int(low), close + 1
            most = MAX_TEXT if comma else count
            if high.isdecimal() and len(high) < 5:
                most = int(high)
    return count, most, end + 1 if end > at and pattern[end : end + 1] == "?" else end


def _decoded(value: Any, schema: SchemaView) -> Any:
    """An example. If it is a text that contains JSON, and the schema does not accept a text, the decoded JSON."""
    if isinstance(value, str) and schema.types and "string" not in schema.types and len(value) < 1_000_000:
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def sample_of(parameter: Parameter) -> Any:
    """An example value of a parameter."""
    for example in parameter.examples:
        if conforms(parameter.schema, example.value):
            return example.value
    if parameter.content is not None:
        for example in parameter.content.examples:
            return example.value
    made = make_value(parameter.schema, is_full=False)
    if made in ({}, []):
        made = make_value(parameter.schema)
    items = parameter.schema.without_null.items
    if made == [] and items is not None:  # an empty list is often the default, but does not show what its items are
        item = make_value(items)
        made = [item] if item is not MISSING else made
    if made is MISSING or made is None:
        return "string"
    return made if made != "" else "string"


def plain(value: Any) -> str:
    """A scalar as text; a list or an object as JSON."""
    return compact_json(value) if isinstance(value, dict | list) else plain_text(value)


def compact_json(value: Any) -> str:
    """The JSON text of a value without blanks."""
    return json.dumps(value, separators=(",", ":"))


_MAX_XML_LEVELS = 20
_XML_NAME = re.compile(r"[^\w.-]")


def xml_lines(value: Any, schema: SchemaView, name: str = "", level: int = 0) -> Iterator[str]:
    """The lines of an XML element, by `xml.name`, `attribute`, `wrapped`, `prefix` and `namespace` of its schema."""
    about = schema.flat.get("xml")
    xml = about if isinstance(about, dict) else {}
    tag = _tag(xml, name or schema.name or "root")
    pad = "  " * level
    if isinstance(value, list):
        yield from _xml_list(value, schema, xml, tag, name, level)
        return
    namespace, prefix = xml.get("namespace"), xml.get("prefix")
    attributes = ""
    if isinstance(namespace, str) and namespace:
        mark = f"xmlns:{_XML_NAME.sub('_', prefix)}" if isinstance(prefix, str) and prefix else "xmlns"
        attributes = f' {mark}="{_escape_xml(_xml_text(namespace))}"'
    if not isinstance(value, dict) or level > _MAX_XML_LEVELS:
        yield f"{pad}<{tag}{attributes}>{_escape_xml(_xml_text(plain('' if value is None else value)))}</{tag}>"
        return
    inner: list[str] = []
    for key, one in value.items():
        field = schema.field(str(key)) or SchemaView(_NoDocument(), {})
        described = field.flat.get("xml")
        own = described if isinstance(described, dict) else {}
        if own.get("attribute") is True and not isinstance(one, dict | list):
            attributes += f' {_tag(own, str(key))}="{_escape_xml(_xml_text(plain(one)))}"'
        else:
            inner += xml_lines(one, field, _own_name(own, str(key)), level + 1)
    if not inner:
        yield f"{pad}<{tag}{attributes}/>"
        return
    yield f"{pad}<{tag}{attributes}>"
    yield from inner
    yield f"{pad}</{tag}>"


def _xml_list(
    value: list[Any], schema: SchemaView, xml: dict[str, Any], tag: str, name: str, level: int
) -> Iterator[str]:
    items = schema.items or SchemaView(_NoDocument(), {})
    described = items.flat.get("xml")
    own = described if isinstance(described, dict) else {}
    is_wrapped = xml.get("wrapped") is True or not name
    item_name = _own_name(own, name or items.name or "item")
    if not is_wrapped:
        for one in value:
            yield from xml_lines(one, items, item_name, level)
        return
    yield f"{'  ' * level}<{tag}>"
    for one in value:
        yield from xml_lines(one, items, item_name, level + 1)
    yield f"{'  ' * level}</{tag}>"


class _NoDocument:
    """Stands for the document of a schema without a description. It has no references."""

    siblings_count = True

    def resolve(self, ref: str) -> Any:
        """Return None, since there are no references."""
        return None

    def slice_of(self, ref: str) -> tuple[int, int] | None:
        """Return None, since there are no references."""
        return None


def _own_name(xml: dict[str, Any], name: str) -> str:
    own = xml.get("name")
    return own if isinstance(own, str) and own else name


def _tag(xml: dict[str, Any], name: str) -> str:
    bare = _XML_NAME.sub("_", _own_name(xml, name)) or "item"
    bare = bare if bare[0].isalpha() or bare[0] == "_" else f"_{bare}"
    prefix = xml.get("prefix")
    return f"{_XML_NAME.sub('_', prefix)}:{bare}" if isinstance(prefix, str) and prefix else bare


def _xml_text(text: str) -> str:
    return replace_unsafe(" ".join(text.split()), lambda _: "")


def _escape_xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


_MAX_CHECKED = 2_000
_MAX_LEVELS = 32
_DATE = r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)"
_FORMAT_PATTERNS = {
    "date": re.compile(_DATE, re.ASCII),
    "time": re.compile(_TIME, re.IGNORECASE | re.ASCII),
    "date-time": re.compile(f"{_DATE}T{_TIME}", re.IGNORECASE | re.ASCII),
    "uuid": re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII),
    "ipv4": re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!\Z)|\Z)){4}", re.ASCII),
    "email": re.compile(r"[^\s@]{1,64}@[^\s@]{1,255}"),
    "hostname": re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"),
    "uri": re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,40}:[^\s<>\"{}|\\^`]*"),
    "uri-reference": re.compile(r"[^\s<>\"{}|\\^`]*"),
    "duration": re.compile(r"P(?=\w)[\dYMWDTHS]{1,60}"),
}
"""Patterns for the texts of formats. They do not check calendars, such as the length of a month."""


def conforms(schema: SchemaView, value: Any, *, is_listed: bool = False) -> bool:
    """Whether a value fits a schema, by types, values, bounds, formats and required fields.

    Patterns are not checked. `is_listed` says that the value comes from the values of the schema, which then are not
    searched again.
    """
    return _conforms(schema, value, [_MAX_CHECKED], 0, is_listed=is_listed)


def is_of_one_branch(schema: SchemaView, value: Any) -> bool:
    """Whether a value fits only one branch of each `oneOf`, by the rules of `conforms`."""
    left = [_MAX_CHECKED]
    return all(
        len(list(islice((one for one in branches if _conforms(one, value, left, 1)), 2))) == 1
        for branches in schema.exclusive_sets
    )


def _conforms(schema: SchemaView, value: Any, left: list[int], level: int, *, is_listed: bool = False) -> bool:
    left[0] -= 1
    if left[0] < 0 or level > _MAX_LEVELS:
        return True
    if schema.raw is False:
        return False
    if value is None:
        takes_anything = not schema.types and not schema.values and not schema.branches
        return schema.is_nullable or takes_anything
    values = () if is_listed else schema.values
    if values and not any(value == one and type(value) is type(one) for one in values):
        return False
    kind, types = json_type(value), schema.types
    if types and kind not in types and not (kind == "integer" and "number" in types):
        return False
    if schema.branch_sets and not _conforms_to_branches(schema, value, left, level):
        return False
    return _CHECKS[kind](schema, value, left, level)


def _conforms_to_branches(schema: SchemaView, value: Any, left: list[int], level: int) -> bool:
    return all(any(_conforms(branch, value, left, level + 1) for branch in branches) for branches in schema.branch_sets)


def _check_object(schema: SchemaView, value: Any, left: list[int], level: int) -> bool:
    if len(value) < schema.min_properties:
        return False
    for field in schema.fields:
        if field.name not in value:
            if field.is_required and not field.schema.is_read_only:
                return False
        elif not _conforms(field.schema, value[field.name], left, level + 1):
            return False
    return not schema.is_closed or all(schema.field(name) is not None for name in value)


def _check_array(schema: SchemaView, value: Any, left: list[int], level: int) -> bool:
    if not schema.min_items <= len(value) <= (schema.max_items if schema.max_items is not None else len(value)):
        return False
    items = schema.items
    return items is None or all(_conforms(items, one, left, level + 1) for one in value[:100])


def _check_text(schema: SchemaView, value: Any, left: list[int], level: int) -> bool:
    if not schema.min_length <= len(value) <= (schema.max_length if schema.max_length is not None else len(value)):
        return False
    pattern = _FORMAT_PATTERNS.get(schema.format)
    return pattern is None or pattern.fullmatch(value) is not None


def _check_number(schema: SchemaView, value: Any, left: list[int], level: int) -> bool:
    low, high = schema.minimum, schema.maximum
    above, below = schema.exclusive_minimum, schema.exclusive_maximum
    return (
        (low is None or value >= low)
        and (high is None or value <= high)
        and (above is None or value > above)
        and (below is None or value < below)
    )


def _check_nothing(schema: SchemaView, value: Any, left: list[int], level: int) -> bool:
    return True


_CHECKS = {
    "object": _check_object,
    "array": _check_array,
    "string": _check_text,
    "integer": _check_number,
    "number": _check_number,
    "boolean": _check_nothing,
    "null": _check_nothing,
}
