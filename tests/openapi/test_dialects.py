"""YAML by its version 1.2, and Swagger 2.0 as OpenAPI 3.0."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support.rows import check_rows

from callbox.openapi.description_checks_and_compiler import compile_text
from callbox.openapi.json_and_yaml_reader import DescriptionError, load_yaml
from callbox.openapi.operations_parameters_and_security import Api, Operation

HEAD = "openapi: 3.0.0\ninfo: {title: T, version: 012}\npaths:\n"


def api(text: str) -> Api:
    return Api(compile_text(text, "a.yaml"))


def test_yaml_norway():
    text = HEAD + (
        "  /a:\n    get:\n      parameters:\n"
        "      - {name: n, in: query, schema: {enum: [on, no, 12:30, 2024-01-01, 012, 0o17, yes, ~, 1e2, '1']}}\n"
        "      responses: {200: {description: on}, default: {description: no}}\n"
    )
    found = api(text).operation("GET /a") or pytest.fail("not there")

    assert found.parameters[0].schema.values == ("on", "no", "12:30", "2024-01-01", 12, 15, "yes", None, 100.0, "1")
    assert [(one.status, one.description) for one in found.responses] == [("200", "on"), ("default", "no")]


def test_problem_in_yaml_has_its_line():
    (problem,) = api(HEAD + "  /a:\n    get:\n      summary: s\n      tags: x\n").problems

    assert (problem.pointer, problem.line) == ("/paths/~1a/get/tags", 7)


def test_repeated_key_in_yaml_is_a_problem_and_the_last_wins():
    tree = api(HEAD + "  /a:\n    get: {summary: s, summary: t}\n")

    assert tree.children(tree.root)[0].summary == "t"
    assert [(problem.pointer, problem.text) for problem in tree.problems] == [
        ("/paths/~1a/get/summary", "the key 'summary' is there twice; the last one counts")
    ]


def test_aliases_and_merged_keys():
    document = load_yaml("a: &a {x: 1, y: 2}\nb: *a\nc: {<<: *a, y: 3}\n", "a.yaml")

    assert document.value == {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 2}, "c": {"y": 3, "x": 1}}


def test_alias_bomb():
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]

    with pytest.raises(
        DescriptionError, match="With its aliases replaced, this description has more than 104,790 values"
    ) as caught:
        load_yaml("\n".join(lines), "a.yaml")

    assert caught.value.place is not None
    assert caught.value.place.line == 5


def test_long_description_may_have_more_values_by_aliases():
    text = f"x: {'a' * 50_000}\na: &a [{','.join('1' * 1_000)}]\nb: [{','.join(['*a'] * 300)}]\n"

    assert sum(map(len, load_yaml(text, "a.yaml").value["b"])) == 300_000
    with pytest.raises(DescriptionError, match="With its aliases replaced"):
        load_yaml(text.replace("a" * 50_000, ""), "a.yaml")


@check_rows(
    ("text", "message", "line"),
    [
        ("a: &a\n  b: *a\n", "The alias '*a' is inside its own value", 2),
        ("a: *b\n", "This is not YAML: found undefined alias|The alias '*b' is not defined", 1),
        ("a: 1\n{x: 1}: 2\n", "A key is a list or an object, which JSON cannot hold", 2),
        ("a:\n\t- x\n", "This is not YAML: found character that cannot start any token", 2),
        ("a: " + "[" * 600 + "]" * 600, "The description is nested more than 500 levels deep", 1),
    ],
)
def test_yaml_that_cannot_be_read_is_refused_with_its_place(text: str, message: str, line: int):
    with pytest.raises(DescriptionError) as caught:
        load_yaml(text, "a.yaml")

    assert caught.value.message in message.split("|")
    assert caught.value.place is not None
    assert caught.value.place.line == line


def swagger(operation: dict[str, Any], **more: Any) -> Operation:
    document = {"swagger": "2.0", "info": {}, "paths": {"/a": {"post": operation}}, **more}
    return Api(compile_text(json.dumps(document), "a.json")).operation("POST /a") or pytest.fail("not there")


def test_swagger2_form():
    fields = [
        {"name": "title", "in": "formData", "type": "string", "required": True},
        {"name": "pages", "in": "formData", "type": "integer"},
    ]

    body = swagger({"parameters": fields}).body or pytest.fail("no body")
    (media,) = body.media

    assert media.media_type == "application/x-www-form-urlencoded"
    assert [(field.name, field.is_required, field.schema.types) for field in media.schema.fields] == [
        ("title", True, ("string",)),
        ("pages", False, ("integer",)),
    ]


def test_swagger2_file_is_multipart():
    body = swagger({"parameters": [{"name": "f", "in": "formData", "type": "file"}]}).body or pytest.fail("no body")

    assert body.media[0].media_type == "multipart/form-data"
    assert body.media[0].schema.fields[0].schema.format == "binary"


def test_swagger2_body_has_the_types_that_are_consumed():
    parameter = {"name": "body", "in": "body", "required": True, "schema": {"$ref": "#/definitions/B"}}
    definitions = {"B": {"type": "object", "properties": {"n": {"type": "integer", "x-nullable": True}}}}

    body = swagger({"parameters": [parameter], "consumes": ["text/json"]}, definitions=definitions).body
    body = body or pytest.fail("no body")

    assert (body.is_required, [one.media_type for one in body.media]) == (True, ["text/json"])
    assert (body.media[0].schema.name, body.media[0].schema.fields[0].schema.is_nullable) == ("B", True)


def test_swagger2_body_may_be_a_shared_parameter():
    parameters = {"P": {"name": "b", "in": "body", "schema": {"type": "string"}}}

    found = swagger({"parameters": [{"$ref": "#/parameters/P"}]}, parameters=parameters)

    assert found.parameters == ()
    assert (found.body or pytest.fail("no body")).media[0].schema.types == ("string",)


@check_rows(
    ("collection", "expected"),
    [
        (None, ("form", False)),
        ("csv", ("form", False)),
        ("multi", ("form", True)),
        ("ssv", ("spaceDelimited", False)),
        ("tsv", ("tabDelimited", False)),
        ("pipes", ("pipeDelimited", False)),
    ],
)
def test_swagger2_collection_format(collection: str | None, expected: tuple[str, bool]):
    parameter = {"name": "n", "in": "query", "type": "array", "items": {"type": "string"}}
    if collection:
        parameter["collectionFormat"] = collection

    (found,) = swagger({"parameters": [parameter]}).parameters

    assert (found.style, found.explode, found.schema.types) == (*expected, ("array",))


def test_swagger2_servers_and_schemes_and_responses():
    document = {
        "swagger": "2.0", "info": {}, "host": "a.test", "basePath": "/v1/", "schemes": ["https", "http"],
        "produces": ["application/json"],
        "securityDefinitions": {
            "b": {"type": "basic"},
            "o": {"type": "oauth2", "flow": "accessCode", "tokenUrl": "t", "authorizationUrl": "u", "scopes": {"r": ""}},
        },
        "paths": {"/a": {"get": {"responses": {"200": {"description": "", "schema": {"type": "array"}}}}}},
    }  # fmt: skip

    tree = Api(compile_text(json.dumps(document), "a.json"))
    found = tree.operation("GET /a") or pytest.fail("not there")

    assert (tree.dialect, [server.url for server in tree.servers]) == ("2.0", ["https://a.test/v1", "http://a.test/v1"])
    assert [(one.name, one.type) for one in tree.schemes] == [("b", "http"), ("o", "oauth2")]
    assert tree.schemes[1].described["flows"] == {
        "authorizationCode": {"tokenUrl": "t", "authorizationUrl": "u", "scopes": {"r": ""}}
    }
    assert [(one.media_type, one.schema.types) for one in found.responses[0].media] == [
        ("application/json", ("array",))
    ]
    assert tree.problems == ()


def test_swagger2_problem_has_its_line():
    text = '{"swagger": "2.0", "info": {}, "paths": {},\n "definitions": {"A": {\n "type": "text"}}}'

    problems = Api(compile_text(text, "a.json")).problems

    assert ("/components/schemas/A/type", 3) in [(problem.pointer, problem.line) for problem in problems]


@pytest.mark.parametrize(
    "text",
    [
        'x-a: &x "' + "a" * 100_000 + '"\ntags: [' + "*x, " * 2_000 + "*x]\n",
        "x-0: &m0 {" + ", ".join(f"k{n}: 1" for n in range(3_000)) + "}\n"
        + "".join(f"x-{n}: &m{n} {{<<: *m{n - 1}}}\n" for n in range(1, 2_000)),
    ],
    ids=["long texts", "merges"],
)  # fmt: skip
def test_aliases_and_merges_that_grow_are_refused(text: str) -> None:
    with pytest.raises(DescriptionError, match="With its aliases replaced"):
        compile_text(f"openapi: 3.0.0\ninfo: {{}}\npaths: {{}}\n{text}", "a.yaml")
