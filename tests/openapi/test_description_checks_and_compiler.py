"""The check of schemas: its fast answer and its list of mistakes agree."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.openapi.description_checks_and_compiler import (
    _BODY,
    _check_body,
    _check_parameter,
    _check_response,
    _is_right,
    _is_right_parameter,
    _is_right_response,
    _report_schema,
    check_schema,
    compile_text,
)
from callbox.openapi.operations_parameters_and_security import Api

KEYWORDS = (
    "type", "properties", "items", "additionalProperties", "allOf", "oneOf", "anyOf", "$ref", "required", "enum",
    "discriminator", "description", "title", "format", "pattern", "x-other",
)  # fmt: skip
SCALARS = st.sampled_from([None, True, False, 1, 1.5, "string", "object", "strin"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYWORDS), inner, max_size=4),
    max_leaves=12,
)


def mistakes(schema: Any) -> list[tuple[tuple[str, ...], str]]:
    found: list[tuple[tuple[str, ...], str]] = []
    _report_schema(schema, (), lambda tokens, text: found.append((tokens, text)))
    return found


@given(VALUES)
def test_schema_is_right_if_no_mistake_is_reported(schema: Any) -> None:
    found = mistakes(schema)

    assert not found or not _is_right(schema)


PARTS = st.dictionaries(
    st.sampled_from(("name", "in", "style", "schema", "content", "examples", "headers", "required", "$ref", "x-other")),
    st.sampled_from(["query", "form", "a", True, 1, None])
    | st.dictionaries(
        st.just("application/json"),
        VALUES | st.dictionaries(st.sampled_from(("schema", "examples", "encoding")), VALUES, max_size=3),
        max_size=2,
    ),
    max_size=6,
)


@given(PARTS | VALUES)
def test_part_of_an_operation_is_right_if_no_mistake_is_reported(part: Any) -> None:
    found: dict[str, list[str]] = {"parameter": [], "response": [], "body": []}
    _check_parameter(part, (), lambda _, text: found["parameter"].append(text))
    _check_response(part, (), lambda _, text: found["response"].append(text))
    _check_body(part if isinstance(part, dict) else {}, (), lambda _, text: found["body"].append(text))

    assert not found["parameter"] or not _is_right_parameter(part)
    assert not found["response"] or not _is_right_response(part)
    assert not found["body"] or not _is_right_response(part, _BODY)


@check_rows(
    ("schema", "place"),
    [
        ({"additionalProperties": [{"type": "string"}]}, ("additionalProperties",)),
        ({"properties": {"a": 1}}, ("properties", "a")),
        ({"items": [{"type": "strin"}]}, ("items", "0", "type")),
        ({"anyOf": [True, {"allOf": [{"title": 1}]}]}, ("anyOf", "1", "allOf", "0", "title")),
    ],
)
def test_mistake_is_reported_with_its_place(schema: Any, place: tuple[str, ...]) -> None:
    found: list[tuple[str, ...]] = []
    check_schema(schema, (), lambda tokens, _: found.append(tokens))

    assert found == [place]


@check_rows(
    ("members", "repeated"),
    [
        ('"title": 1, "title": 2', ["title"]),
        ('"title" : 1, "format": 2', []),
        ('"title" : 1, "title" : 2', ["title"]),
        ('"title" : 1, "title": 2', ["title"]),
        ('"title" \t: 1, "title": 2', ["title"]),
        (r'"a\\": 1, "title": 1, "title": 2', ["title"]),
        (r'"example": "{\"a\":1}", "title": 1, "title": 2', ["title"]),
        (r'"example": "{\"a\":1}"', []),
        (r'"example": "{\"a\" : 1}", "title": 1', []),
        (r'"example": "{\"a\" : 1}", "title": 1, "title": 2', ["title"]),
        (r'"a\\" : 1, "title": 1, "title": 2', ["title"]),
        (r'"a\\": 1, "title": 1', []),
        (r'"a\\": 1, "a\\": 1', ["a\\"]),
        ('"example": {"a": 1, "a": 2, "a": 3}', ["a", "a"]),
    ],
)
def test_repeated_key_of_a_schema_is_reported(members: str, repeated: list[str]) -> None:
    text = '{"openapi": "3.0.0", "components": {"schemas": {"A": {' + members + "}}}}"

    problems = Api(compile_text(text, "api.json")).problems

    assert [one.text.split("'")[1] for one in problems if "twice" in one.text] == repeated


def test_swagger_version_at_the_end_of_the_text_counts() -> None:
    text = '{"paths": {"/a": {"get": {"parameters": [{"name": "q", "in": "query", "type": "integer"}]}}}, "swagger": "2.0"}'

    operation = Api(compile_text(text, "a.json")).operation("GET /a")

    assert operation is not None
    assert operation.parameters[0].schema.types == ("integer",)


def test_reference_to_another_document_in_the_last_member_is_loaded() -> None:
    paths = {f"/a{number}": {"get": {"summary": f"a{number}"}} for number in range(50)}
    paths["/z"] = {"get": {"parameters": [{"$ref": "b.json#/Q"}]}}
    text = json.dumps({"openapi": "3.0.0", "paths": paths})

    data = compile_text(text, "a.json", lambda reference, _: (reference, '{"Q": {"name": "q", "in": "query"}}'))

    api = Api(data)
    operation = api.operation("GET /z")
    assert operation is not None
    assert [one.name for one in operation.parameters] == ["q"]
    assert api.operation_count == 51
    assert api.problems == ()
