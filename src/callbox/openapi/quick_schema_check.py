"""A quick check whether a value fits a schema, for the choice of example bodies. Pure.

The check is bounded and not complete: no foreign pattern runs, and what lies beyond its limits counts as fitting.
`response_contract` and `schema_validator` check responses completely.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from callbox.openapi.schema_view import SchemaView, json_type

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
