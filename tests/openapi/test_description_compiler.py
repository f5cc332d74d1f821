"""The check of schemas: its fast answer and its list of mistakes agree."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callbox.openapi.description_compiler import _is_right, _report_schema, check_schema, compile_text
from callbox.openapi.description_model import Api

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


@pytest.mark.parametrize(
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


@pytest.mark.parametrize(
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
        (r'"a\\": 1, "title": 1', []),
        (r'"a\\": 1, "a\\": 1', ["a\\"]),
        ('"example": {"a": 1, "a": 2, "a": 3}', ["a", "a"]),
    ],
)
def test_repeated_key_of_a_schema_is_reported(members: str, repeated: list[str]) -> None:
    text = '{"openapi": "3.0.0", "components": {"schemas": {"A": {' + members + "}}}}"

    problems = Api(compile_text(text, "api.json")).problems

    assert [one.text.split("'")[1] for one in problems if "twice" in one.text] == repeated
