"""Example bodies: given ones that fit, else made of the schema."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support.openapi_schemas import media, view
from tests.support.rows import check_rows

from callbox.openapi.description_checks_and_compiler import compile_text
from callbox.openapi.example_bodies import MISSING, choose_body_media, conforms, make_body, make_value, text_of_pattern
from callbox.openapi.operations_parameters_and_security import Api


@check_rows(
    ("name", "right", "wrong"),
    [
        ("date", "2024-02-28", "2024-02-28T12:00:00Z"),
        ("date-time", "2024-02-28T12:00:00.5+02:00", "2015-01-01T05:18:23-0700"),
        ("time", "12:00:00Z", "12:00"),
        ("uuid", "123e4567-e89b-42d3-a456-426614174000", "123"),
        ("ipv4", "192.0.2.1", "192.0.2.256"),
        ("email", "ann@example.com", "ann"),
        ("uri", "https://a.test/b", "a b"),
        ("hostname", "a.test", "-a"),
        ("duration", "P1DT2H", "1 day"),
    ],
)
def test_example_of_another_format_is_not_taken(name: str, right: str, wrong: str) -> None:
    schema = {"type": "string", "format": name}

    assert make_value(view(schema | {"example": right})) == right
    assert make_value(view(schema | {"example": wrong})) != wrong
    assert conforms(view(schema), make_value(view(schema)))


def test_pattern_beside_a_format_without_letters_counts() -> None:
    assert make_value(view({"type": "string", "format": "password", "pattern": "^arn:[a-z]{2}$"})) == "arn:aa"


@check_rows(
    ("schema", "expected"),
    [
        ({"minProperties": 1, "additionalProperties": {"type": "integer"}}, {"name": 1}),
        ({"minProperties": 2, "additionalProperties": True}, {"name": "string", "name2": "string"}),
        ({"minProperties": 1, "properties": {"a": {"type": "integer"}}}, {"a": 1}),
    ],
    ids=["of a schema", "of any", "described"],
)
def test_object_has_as_many_fields_as_it_must(schema: dict[str, Any], expected: object) -> None:
    assert make_value(view({"type": "object"} | schema), is_full=False) == expected


@check_rows(
    ("schema", "expected"),
    [
        ({"type": "string"}, "string"),
        ({"type": "string", "minLength": 8}, "stringst"),
        ({"type": "string", "maxLength": 3}, "str"),
        ({"type": "string", "format": "date"}, "2024-01-31"),
        ({"type": "string", "format": "decimal", "pattern": r"^-?\d{0,2}(?:\.\d{0,1})?$"}, "1"),
        ({"type": "string", "enum": [None, "b"], "nullable": True}, "b"),
        ({"type": "string", "default": "d"}, "d"),
        ({"type": "string", "default": 7}, "string"),
        ({"type": "string", "example": "e", "default": "d"}, "e"),
        ({"type": "string", "pattern": "^[A-Z]{2}-\\d{3}$"}, "AA-111"),
        ({"type": "integer"}, 1),
        ({"type": "integer", "minimum": 5}, 5),
        ({"type": "integer", "minimum": 5, "exclusiveMinimum": True}, 6),
        ({"type": "integer", "maximum": -2}, -2),
        ({"type": "integer", "multipleOf": 4}, 4),
        ({"type": "number", "maximum": 0.5}, 0.5),
        ({"type": "boolean"}, True),
        ({"type": "array", "items": {"type": "integer"}}, [1]),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 3, "uniqueItems": True}, [1, 2, 3]),
        ({"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 2, "uniqueItems": True}, ["a", "b"]),
        ({"properties": {"a": {"type": "string"}}}, {"a": "string"}),
        ({"allOf": [{"properties": {"a": {"type": "integer"}}}, {"properties": {"a": {"minimum": 3}}}]}, {"a": 3}),
        ({"oneOf": [{"type": "string", "nullable": True}, {"type": "integer"}]}, "string"),
        ({}, "string"),
    ],
)
def test_value_of_a_schema(schema: Any, expected: Any):
    assert make_value(view(schema)) == expected


def test_full_leaves_out_what_is_deprecated_or_read_only_and_minimal_what_is_not_required():
    schema = {
        "type": "object",
        "required": ["id", "a"],
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "a": {"type": "string"},
            "b": {"type": "string"},
            "c": {"type": "string", "deprecated": True},
        },
    }

    assert make_value(view(schema)) == {"a": "string", "b": "string"}
    assert make_value(view(schema), is_full=False) == {"a": "string"}


NODE = {"$ref": "#/components/schemas/N"}


@check_rows(
    ("field", "expected"),
    [
        ({"allOf": [NODE], "nullable": True}, {"next": None}),
        ({"type": "array", "items": NODE}, {"next": []}),
        (NODE, MISSING),
    ],
)
def test_required_cycle(field: Any, expected: Any):
    schemas = {"N": {"type": "object", "required": ["next"], "properties": {"next": field}}}

    assert make_value(view(NODE, schemas=schemas)) == expected


def test_body_that_cannot_be_made_is_null_with_a_problem():
    schemas = {"N": {"type": "object", "required": ["next"], "properties": {"next": NODE}}}

    made = make_body(media(NODE, schemas))

    assert (made.value, made.problem) == (None, "no value fits the schema; null is assumed")


def test_cycle_that_is_not_required_ends():
    schemas = {"N": {"type": "object", "properties": {"next": NODE, "name": {"type": "string"}}}}

    assert make_value(view(NODE, schemas=schemas)) == {"name": "string"}


def test_drf_null_enum():
    schemas = {"E": {"enum": ["a", "b"], "type": "string"}, "Blank": {"enum": [""]}, "Null": {"enum": [None]}}
    schema = {"nullable": True, "oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in ("E", "Blank", "Null")]}

    found = view(schema, schemas=schemas)

    assert (found.values, found.is_nullable, make_value(found)) == (("a", "b", "", None), True, "a")


def test_oneof_overlap_takes_the_first_branch_that_fits():
    schema = {"required": ["kind"], "oneOf": [{"type": "object", "properties": {"x": {"type": "string"}}},
              {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}}]}  # fmt: skip

    assert make_value(view(schema), is_full=False) == {"kind": "string"}


MOVE = {"type": "object", "required": ["name"], "additionalProperties": False,
        "properties": {"name": {"type": "string"}, "token": {"type": "string"}}}  # fmt: skip
ADD = {"type": "object", "required": ["name"], "additionalProperties": False,
       "properties": {"name": {"type": "string"}, "zone": {"type": "boolean"}}}  # fmt: skip


@check_rows(
    ("schema", "expected"),
    [
        ({"oneOf": [MOVE, ADD]}, {"name": "string", "token": "string"}),
        ({"anyOf": [MOVE, ADD]}, {"name": "string"}),
        ({"oneOf": [{"type": "integer"}, {"type": "integer", "minimum": 5}]}, 1),
        ({"oneOf": [{"minimum": 0, "type": "integer"}, {"type": "number"}]}, 1),
        ({"oneOf": [{"type": "object"}, {"type": "object"}]}, {}),
    ],
    ids=["full tells apart", "anyOf may be several", "one fits", "several fit a number", "nothing tells apart"],
)
def test_value_of_a_oneof_is_of_one_branch_where_it_can_be(schema: Any, expected: Any):
    assert make_value(view(schema), is_full=False) == expected


def test_field_that_is_never_allowed_is_left_out():
    schema = {"type": "object", "properties": {"a": {"type": "integer"}, "b": False}}

    assert make_value(view(schema, version="3.1.0")) == {"a": 1}
    assert not conforms(view(schema, version="3.1.0"), {"a": 1, "b": 1})


@check_rows(
    ("pattern", "least", "expected"),
    [
        ("^([0-9]{4})*(([0-9]{2}==)|([0-9]{3}=))?$", 20, "0000000000000000" + "00=="),
        ("^arn:[a-z]+:tape/[0-9A-Z]{5,16}$", 30, "arn:" + "a" * 15 + ":tape/00000"),
        ("^[a-z]{1,3}-[a-z]{1,9}$", 8, "aaa-aaaa"),
        ("^(?=x+)a+$", 3, "aaa"),
        ("^ab$", 9, "ab"),
        (r"^role\u002F[\u0041-\u007F]+\x2f\uZZ$", 0, "role/A/uZZ"),
    ],
)
def test_text_of_a_pattern_is_as_long_as_its_repeats_allow(pattern: str, least: int, expected: str):
    assert text_of_pattern(pattern, least) == expected


def test_discriminator_names_the_branch():
    schemas = {"Cat": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}}}
    cat = {"$ref": "#/components/schemas/Cat"}
    plain = {"oneOf": [cat], "discriminator": {"propertyName": "kind"}}
    mapped = {"oneOf": [cat], "discriminator": {"propertyName": "kind", "mapping": {"cat": cat["$ref"]}}}

    assert make_value(view(plain, schemas=schemas)) == {"kind": "Cat"}
    assert make_value(view(mapped, schemas=schemas)) == {"kind": "cat"}


@check_rows(
    ("more", "expected", "source"),
    [
        ({"example": {"a": "x"}}, {"a": "x"}, "example"),
        ({"example": {"a": 1}}, {"a": "string"}, "schema"),
        ({"examples": {"bad": {"value": 1}, "good": {"value": {"a": "y"}}}}, {"a": "y"}, "example good"),
        ({"examples": {"text": {"value": '{"a": "z"}'}}}, {"a": "z"}, "example text"),
    ],
)
def test_given_example_that_fits_comes_first(more: Any, expected: Any, source: str):
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}

    made = make_body(media(schema, **more))

    assert (made.value, made.source) == (expected, source)


def test_named_example_is_taken_whatever_it_is():
    made = make_body(media({"type": "object"}, examples={"odd": {"value": 1}}), name="odd")

    assert (made.value, made.source) == (1, "example odd")


def test_braces_in_example_stay_as_they_are():
    text = "{{token}} `x` < /etc/passwd"

    assert make_body(media({"type": "string"}, example=text)).value == text


def test_exponential_schema_is_made_in_bounded_steps():
    schemas = {f"S{n}": {"type": "object", "properties": {
        key: {"$ref": f"#/components/schemas/S{n + 1}"} for key in "abcdefgh"}} for n in range(12)}  # fmt: skip
    schemas["S12"] = {"type": "string"}

    made = json.dumps(make_value(view({"$ref": "#/components/schemas/S0"}, schemas=schemas)))

    assert made.count(":") < 500


@check_rows("pattern", ["(", "[", "\\", "a{", "(?P<x>a)", "((((((((((a))))))))))", "[^]", "a{9999}{9999}", "|"])
def test_odd_patterns_give_some_text(pattern: str):
    assert isinstance(text_of_pattern(pattern), str)


def test_json_comes_before_forms_and_a_typed_media_type_before_all():
    body = {"content": {name: {} for name in ("text/plain", "multipart/form-data", "application/vnd.x+json")}}
    document = {"openapi": "3.0.0", "info": {}, "paths": {"/a": {"post": {"requestBody": body}}}}
    found = Api(compile_text(json.dumps(document), "a.json")).operation("POST /a") or pytest.fail("not there")
    chosen = [choose_body_media(found.body or pytest.fail("no body"), typed) for typed in ("", "Text/Plain", "x/y")]

    assert [one and one.media_type for one in chosen] == ["application/vnd.x+json", "text/plain", None]
