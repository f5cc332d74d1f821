"""A schema becomes a document in time by its size, and the work that it means is counted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support.linear import assert_linear
from tests.support.rows import check_rows

from callbox.openapi import schema_validator
from callbox.openapi.description_checks_and_compiler import compile_text
from callbox.openapi.operations_parameters_and_security import Api
from callbox.openapi.schema_validator import SchemaDocument, SchemaFile, make_document


def made(value: Any) -> SchemaDocument:
    return make_document(SchemaFile(value), value)


def doubled(levels: int, **more: Any) -> dict[str, Any]:
    """A schema of as many objects as levels, each of which holds the one below twice, as aliases of YAML do."""
    schema: dict[str, Any] = {"type": "object", **more}
    for _ in range(levels):
        schema = {"allOf": [schema, schema]}
    return schema


@pytest.mark.parametrize(
    "more", [{}, {"required": ["a"], "properties": {"a": {"readOnly": True}}}], ids=["plain", "hidden"]
)
def test_objects_that_are_shared_are_converted_once(more: dict[str, Any]) -> None:
    assert_linear(lambda levels: made(doubled(levels, **more)), 10, 40, most=12)


def test_shared_object_is_a_definition() -> None:
    shared = {"type": "integer"}
    document = made({"properties": {"a": shared, "b": shared, "c": shared}})

    properties = list(document.schema["$defs"]["s0"]["properties"].values())
    assert sorted(properties, key=str) == [{"$ref": "#/$defs/s1"}, {"$ref": "#/$defs/s1"}, {"type": "integer"}]
    assert document.schema["$defs"]["s1"] == {"type": "integer"}


@check_rows(
    "schema",
    [
        {"enum": list(range(1_000))},
        {"required": [f"p{number}" for number in range(1_000)]},
        {"dependentRequired": {f"p{number}": ["x"] for number in range(1_000)}},
        {"dependentSchemas": {f"p{number}": True for number in range(1_000)}},
        {"dependencies": {f"p{number}": ["x"] for number in range(1_000)}},
        {"patternProperties": {f"p{number}": True for number in range(1_000)}},
    ],
    ids=lambda schema: next(iter(schema)),
)
def test_what_is_compared_with_each_value_counts_as_work(schema: dict[str, Any]) -> None:
    assert made({"type": "array", "items": schema}).breadth >= 40


def test_schemas_beyond_a_number_are_left_out_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_validator, "MAX_SCHEMAS", 10)

    document = made({"properties": {f"p{number}": {"type": "string"} for number in range(20)}})

    assert document.problems == ("more than 10 schemas: the others are not checked",)
    assert sum(one is True for one in document.schema["$defs"]["s0"]["properties"].values()) == 11


def test_references_lead_to_a_limited_number_of_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_validator, "MAX_DECODED", 2_000)
    schemas = {f"S{number}": {"properties": {"n": {"$ref": f"#/components/schemas/S{number + 1}"}}, "x-t": "x" * 500}
               for number in range(20)}  # fmt: skip
    text = json.dumps(
        {"openapi": "3.1.0", "info": {}, "paths": {"/a": {"get": {}}}, "components": {"schemas": schemas}}
    )

    document = make_document(Api(compile_text(text, "a.json")), {"$ref": "#/components/schemas/S0"})

    assert len(document.labels) < 8
    assert "is left out, because its references lead to too much text" in document.problems[0]
