"""What a description says, asked of the model."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support.linear import assert_linear
from tests.support.rows import check_rows

from callbox.openapi.description_checks_and_compiler import compile_text
from callbox.openapi.json_and_yaml_reader import DescriptionError
from callbox.openapi.operations_parameters_and_security import Api, Operation


def api(paths: dict[str, Any], *, version: str = "3.0.3", **more: Any) -> Api:
    document = {"openapi": version, "info": {"title": "Books", "version": "1"}, "paths": paths, **more}
    return Api(compile_text(json.dumps(document, indent=1), "books.json"))


def operation(raw: dict[str, Any], path: str = "/books", **more: Any) -> Operation:
    found = api({path: {"get": raw}}, **more).operation(f"GET {path}")
    assert found is not None
    return found


def test_tree_lists_each_segment_once_and_counts_below():
    tree = api({"/a": {"get": {}}, "/a/{x}": {"get": {}, "put": {}}, "/a/{x}/b": {"post": {}}})

    (first,) = tree.children(tree.root)
    (second,) = tree.children(first)

    assert (first.path, first.methods, first.operation_count) == ("/a", ("GET",), 4)
    assert (second.path, second.methods, second.operation_count) == ("/a/{x}", ("GET", "PUT"), 3)


def test_a_node_with_one_operation_below_has_its_summary():
    tree = api({"/a/b": {"get": {"summary": "All of b"}}})

    assert tree.children(tree.root)[0].summary == "All of b"


def test_slash_at_the_end_is_a_node():
    tree = api({"/a/": {"get": {}}})

    (first,) = tree.children(tree.root)

    assert [(node.segment, node.methods) for node in tree.children(first)] == [("", ("GET",))]


def test_parameters_of_the_path_are_merged_and_overridden():
    tree = api(
        {
            "/a": {
                "parameters": [{"name": "n", "in": "query"}, {"name": "m", "in": "query", "description": "path"}],
                "get": {"parameters": [{"name": "m", "in": "query", "description": "own"}]},
            }
        }
    )

    found = tree.operation("GET /a")

    assert found is not None
    assert [(one.name, one.description) for one in found.parameters] == [("n", ""), ("m", "own")]


def test_fragment_operations():
    tree = api({"/#Action=List": {"get": {}}, "/#Action=Drop": {"get": {}}, "/?Action=Add&v=1": {"get": {}}})

    (node,) = tree.children(tree.root)

    assert [dict(entry.constants) for entry in tree.entries(node)] == [
        {"Action": "List"},
        {"Action": "Drop"},
        {"Action": "Add", "v": "1"},
    ]


def test_required_parameter_with_one_value_is_a_constant():
    parameters = [
        {"name": "v", "in": "query", "required": True, "schema": {"enum": ["1"]}},
        {"name": "w", "in": "query", "schema": {"enum": ["1"]}},
    ]

    assert operation({"parameters": parameters}).constants == (("v", "1"),)


@check_rows(
    ("raw", "expected"),
    [
        ({"name": "n", "in": "query"}, ("form", True)),
        ({"name": "n", "in": "query", "explode": False}, ("form", False)),
        ({"name": "n", "in": "query", "style": "deepObject"}, ("deepObject", False)),
        ({"name": "n", "in": "query", "style": "zigzag"}, ("form", True)),
        ({"name": "n", "in": "header"}, ("simple", False)),
        ({"name": "n", "in": "cookie"}, ("form", True)),
    ],
)
def test_defaults_of_a_parameter(raw: dict[str, Any], expected: tuple[str, bool]):
    (found,) = operation({"parameters": [raw]}).parameters

    assert (found.style, found.explode) == expected


def test_undeclared_path_parameter_is_a_string_and_a_problem():
    tree = api({"/a/{id}": {"get": {}}})
    found = tree.operation("GET /a/{id}")

    assert found is not None
    assert [(one.name, one.schema.types, one.is_required) for one in found.parameters] == [("id", ("string",), True)]
    assert [problem.pointer for problem in tree.problems] == ["/paths/~1a~1{id}/get"]


def test_member_of_a_wrong_type_is_dropped_and_its_neighbours_stay():
    tree = api({"/a": {"get": {"tags": "x", "summary": "S", "parameters": [7, {"name": "n", "in": "query"}]}}})
    found = tree.operation("GET /a")

    assert found is not None
    assert (found.tags, found.summary, [one.name for one in found.parameters]) == ((), "S", ["n"])
    assert [(problem.pointer, problem.text) for problem in tree.problems] == [
        ("/paths/~1a/get/tags", "not a list; ignored"),
        ("/paths/~1a/get/parameters/0", "not an object; ignored"),
    ]


def test_problem_has_its_line():
    text = '{"openapi": "3.0.0", "info": {},\n "paths": {"/a": {"get": {"summary": "s",\n\n "deprecated": "no"}}}}'

    (problem,) = Api(compile_text(text, "a.json")).problems

    assert (problem.pointer, problem.line) == ("/paths/~1a/get/deprecated", 4)


def test_repeated_key_is_a_problem_and_the_last_wins():
    text = '{"openapi": "3.0.0", "info": {}, "paths": {"/a": {"get": {"summary": "1", "summary": "2"}}}}'

    tree = Api(compile_text(text, "a.json"))

    assert tree.children(tree.root)[0].summary == "2"
    assert [problem.text for problem in tree.problems] == ["the key 'summary' is there twice; the last one counts"]


def test_reference_that_leads_nowhere_means_any_value():
    tree = api({"/a": {"get": {"parameters": [{"name": "n", "in": "query", "schema": {"$ref": "#/nowhere"}}]}}})
    found = tree.operation("GET /a")

    assert found is not None
    assert found.parameters[0].schema.types == ()
    assert [(problem.pointer, problem.line > 0, problem.text) for problem in tree.problems] == [
        ("/paths/~1a", True, "the reference '#/nowhere' is not found; any value is assumed")
    ]


def test_reference_outside_of_components_and_through_another():
    tree = api(
        {
            "/a": {"get": {"parameters": [{"$ref": "#/paths/~1b/get/parameters/0"}]}},
            "/b": {
                "get": {"parameters": [{"name": "n", "in": "query", "schema": {"$ref": "#/components/schemas/A/x"}}]}
            },
        },
        components={"schemas": {"A": {"$ref": "#/components/schemas/B"}, "B": {"x": {"type": "integer"}}}},
    )
    found = tree.operation("GET /a")

    assert found is not None
    assert [(one.name, one.schema.types) for one in found.parameters] == [("n", ("integer",))]
    assert tree.problems == ()


@pytest.mark.parametrize(("version", "expected"), [("3.0.3", 5), ("3.1.0", 3)])
def test_siblings_of_a_reference_count_from_3_1(version: str, expected: int):
    schema = {"$ref": "#/components/schemas/A", "maxLength": 3}
    tree = api(
        {"/a": {"get": {"parameters": [{"name": "n", "in": "query", "schema": schema}]}}},
        version=version,
        components={"schemas": {"A": {"type": "string", "maxLength": 5}}},
    )
    found = tree.operation("GET /a")

    assert found is not None
    assert found.parameters[0].schema.max_length == expected


def test_path_item_may_be_a_reference():
    tree = api({"/a": {"$ref": "#/components/pathItems/P"}}, components={"pathItems": {"P": {"get": {"summary": "S"}}}})

    assert [node.summary for node in tree.walk()] == ["S"]


def test_later_version_is_read_as_the_newest():
    tree = api({"/a": {"get": {}}}, version="3.7.0")

    assert (tree.dialect, [problem.pointer for problem in tree.problems]) == ("3.2", ["/openapi"])


@check_rows("version", ["4.0.0", "1.2", "x", None])
def test_other_versions_are_refused(version: Any):
    with pytest.raises(DescriptionError, match=r"books\.json uses OpenAPI|is not a description of an API"):
        api({}, version=version)


@check_rows(
    ("text", "message", "place"),
    [
        ("", "The description is empty", (1, 1)),
        ("\n<html>", "This is HTML or XML, not a description of an API", (2, 1)),
        ('{"openapi": "3.0.0",\n "paths": {"/a": {"get": {"x": ', "This is not JSON: a value is missing", (2, 32)),
        ('{"openapi": "3.0.0",\n "paths": {"/a": {} "/b": {}}}', "This is not JSON: a ',' or '}' is missing", (2, 21)),
        ('{"openapi": "3.0.0"} x', "Text follows the end of the description", (1, 22)),
    ],
)
def test_text_that_is_no_description_is_refused_with_its_place(text: str, message: str, place: tuple[int, int]):
    with pytest.raises(DescriptionError) as caught:
        compile_text(text, "a.json")

    assert caught.value.message == message
    assert caught.value.place is not None
    assert (caught.value.place.line, caught.value.place.column) == place


@pytest.mark.parametrize("depth", [600, 100_000])
def test_text_that_is_nested_too_deeply_is_refused_with_its_place(depth: int):
    text = '{"openapi": "3.0.0",\n "x": ' + "[" * depth + "]" * depth + "}"

    with pytest.raises(DescriptionError, match="nested more than 500 levels deep") as caught:
        compile_text(text, "a.json")

    assert str(caught.value.place) == "a.json:2:7"


def test_references_that_repeat_each_other_take_no_time_without_end():
    schemas: dict[str, Any] = {
        f"A{n}": {"allOf": [{"$ref": f"#/components/schemas/A{n + 1}"}] * 8, "properties": {f"p{n}": {}}}
        for n in range(16)
    }
    schemas["A16"] = {"properties": {"last": {}}, "oneOf": [{}]}
    view = api({}, components={"schemas": schemas}).schema("#/components/schemas/A0")

    assert [field.name for field in view.fields][:3] == ["p0", "p1", "p2"]


def test_references_into_one_member_take_time_by_their_number():
    def compiled(count: int) -> bytes:
        properties = {
            f"p{n}": {"$ref": f"#/components/schemas/B/properties/p{(n + 1) % count}/x"} for n in range(count)
        }
        document = {"openapi": "3.0.0", "paths": {}, "components": {"schemas": {"B": {"properties": properties}}}}
        return compile_text(json.dumps(document), "x.json")

    assert_linear(compiled, 60, 600, most=35)


def test_references_into_one_member_write_no_more_than_some_times_the_text():
    inner: dict[str, Any] = {"x": "y" * 50_000}
    for _ in range(300):
        inner = {"a": inner}
    refs = {f"p{n}": {"$ref": "#/components/schemas/B" + "/a" * n} for n in range(1, 300)}
    schemas = {"B": inner, "C": {"properties": refs}}
    document = {"openapi": "3.0.0", "paths": {"/a": {"get": {}}}, "components": {"schemas": schemas}}

    compiled = compile_text(json.dumps(document), "x.json")

    assert len(compiled) < 2_000_000
    assert Api(compiled).resolve("#/components/schemas/B" + "/a" * 299)["a"] == {"x": "y" * 50_000}


def deep_paths(segments: int, *, summary: str = "") -> bytes:
    paths = {f"/{n}" + "/a" * (segments - 1): {"trace": {"summary": summary}} for n in range(50)}
    return compile_text(json.dumps({"openapi": "3.0.0", "paths": paths}), "x.json")


def test_paths_of_many_segments_take_time_by_their_number():
    assert_linear(deep_paths, 10, 100, most=20)


def test_a_summary_is_not_written_whole_with_each_segment_above():
    longer = len(deep_paths(100, summary="s" * 500)) - len(deep_paths(100, summary="s" * 100))

    assert longer < 50 * 5 * 400


def test_spellings_of_one_reference_share_what_is_written():
    spellings = [
        "#/components/schemas/B/default",
        "#/%63omponents/schemas/B/default",
        "#/c%6fmponents/schemas/B/default",
    ]
    properties = {f"p{n}": {"$ref": ref} for n, ref in enumerate(spellings)}
    schemas = {"A": {"properties": properties}, "B": {"default": "x" * 10_000}}
    document = {"openapi": "3.0.0", "paths": {}, "components": {"schemas": schemas}}

    assert len(compile_text(json.dumps(document), "x.json")) < 30_000


@check_rows(
    ("source", "server", "url", "shown"),
    [
        ("http://h:1/v1/openapi.json", "/", "auth/token", "http://h:1/auth/token"),
        ("http://h:1/v1/openapi.json", "/api/", "auth/token", "http://h:1/api/auth/token"),
        ("http://h:1/v1/openapi.json", "/api", "auth/token", "http://h:1/api/auth/token"),
        ("http://h:1/openapi.json", "https://g/api", "auth/token", "https://g/api/auth/token"),
        ("http://h:1/v1/openapi.json", "/api", "/auth/token", "http://h:1/auth/token"),
        ("http://user:secret@h:1/v1/openapi.json?key=secret", "/", "auth/token", "http://h:1/auth/token"),
        ("http://h:1/v1/openapi.json", "/", "https://id.test/token", "https://id.test/token"),
        ("http://h:1/v1/openapi.json", "/", "//[", "//["),
        ("http://h:1/v1/openapi.json", "/", 5, 5),
        ("books.json", "/", "auth/token", "auth/token"),
    ],
)
def test_urls_of_security_schemes_are_resolved_against_the_first_server(source, server, url, shown):
    described = {
        "o": {"type": "oauth2", "flows": {"password": {"tokenUrl": url}, "implicit": 1}},
        "c": {"type": "openIdConnect", "openIdConnectUrl": url},
    }
    document = {
        "openapi": "3.1.0",
        "info": {},
        "paths": {},
        "servers": [{"url": server}],
        "components": {"securitySchemes": described},
    }

    oauth, connect = Api(compile_text(json.dumps(document), source)).schemes

    assert oauth.described["flows"] == {"password": {"tokenUrl": shown}, "implicit": 1}
    assert connect.described["openIdConnectUrl"] == shown
