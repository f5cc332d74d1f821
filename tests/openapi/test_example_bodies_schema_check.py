"""A value fits a schema, or does not, by types, values, bounds and required fields."""

from __future__ import annotations

from typing import Any

from tests.support.openapi_schemas import view
from tests.support.rows import check_rows

from callbox.openapi.example_bodies import conforms


@check_rows(
    ("schema", "value", "expected"),
    [
        ({"type": "integer"}, True, False),
        ({"type": "number"}, 1, True),
        ({"type": "string", "nullable": True}, None, True),
        ({"type": "string"}, None, False),
        ({"properties": {"a": {"type": "string"}}, "additionalProperties": False}, {"b": 1}, False),
        ({"required": ["a"], "properties": {"a": {"readOnly": True}}, "type": "object"}, {}, True),
        ({"type": "array", "maxItems": 1}, [1, 2], False),
        ({"enum": [1]}, True, False),
    ],
)
def test_conforms(schema: Any, value: Any, expected: bool):
    assert conforms(view(schema), value) is expected
