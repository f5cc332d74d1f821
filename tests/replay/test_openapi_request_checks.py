"""`check --openapi`: what a request has otherwise than the description, with its place; what is open is not judged."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.support.linear import assert_linear
from tests.support.rows import check_rows

from callbox.cli.check_command import OPENAPI, ScriptProblem, check_script
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.openapi.description_checks_and_compiler import compile_text
from callbox.openapi.operations_parameters_and_security import Api
from callbox.replay.file_and_system_access import real_ports
from callbox.replay.run_options import Plan

BOOK = {
    "type": "object",
    "required": ["title", "made"],
    "properties": {
        "title": {"type": "string", "minLength": 2},
        "made": {"type": "string", "readOnly": True},
        "year": {"type": "integer", "minimum": 1},
        "kind": {"enum": ["novel", "poem"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "author": {"type": "object", "properties": {"name": {"type": "string"}}},
        "more": {"type": "object", "additionalProperties": {"type": "integer"}},
        "either": {"oneOf": [{"type": "integer"}, {"type": "boolean"}]},
        "id": {"type": "string", "readOnly": True},
        "note": {"type": ["string", "null"]},
    },
}
PATHS: dict[str, Any] = {
    "/books": {
        "get": {
            "parameters": [
                {"name": "lang", "in": "query", "required": True, "schema": {"enum": ["en", "de"]}},
                {"name": "page", "in": "query", "schema": {"type": "integer", "maximum": 9}},
                {"name": "ids", "in": "query", "explode": False, "schema": {"type": "array", "items": {"type": "integer"}}},
                {"name": "f", "in": "query", "style": "deepObject", "schema": {"type": "object"}},
                {"name": "X-Trace", "in": "header", "schema": {"type": "integer"}},
                {"name": "sid", "in": "cookie", "schema": {"type": "string", "maxLength": 3}},
            ]
        },
        "post": {
            "parameters": [{"name": "X-Need", "in": "header", "required": True, "schema": {"type": "string"}}],
            "requestBody": {"required": True, "content": {"application/json": {"schema": BOOK}}},
        },
    },
    "/books/{id}": {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
        "get": {"deprecated": True},
        "delete": {},
    },
    "/form": {"post": {"requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": BOOK}}}}},
    "/upload": {"post": {"requestBody": {"content": {"multipart/form-data": {"schema": BOOK}}}}},
    "/?Action=List": {"get": {}},
}  # fmt: skip
API = Api(
    compile_text(
        json.dumps({"openapi": "3.1.0", "info": {}, "servers": [{"url": "https://a.test/v1"}], "paths": PATHS}),
        "b.json",
    )
)


def found(request: str, head: str = "@base = https://a.test/v1\n") -> list[ScriptProblem]:
    """The findings of a script whose first line is the base."""
    problems = list(check_script(parse(head + request, "a.http"), real_ports(), Plan(), API))
    assert [one for one in problems if one.is_error and one.code != OPENAPI] == []
    return [one for one in problems if one.code == OPENAPI]


def told(request: str, **how: str) -> list[tuple[str, str, int, int]]:
    return [
        (one.message, one.hint, one.place.line, one.place.column)
        for one in found(request, **how)
        if one.place is not None
    ]


def post(body: str) -> str:
    return f"POST {{{{base}}}}/books\nX-Need: a\nContent-Type: application/json\n\n{body}"


@check_rows(
    ("request_text", "expected"),
    [
        ("GET {{base}}/bokks?lang=en", ("No operation is described for GET /bokks", "Did you mean", 2, 5)),
        ("PUT {{base}}/books/2", ("No operation is described for PUT /books/2", "described methods of this path: DELETE, GET", 2, 5)),
        ("GET {{base}}/books", ("GET /books requires the query parameter 'lang'", "one of: en, de", 2, 5)),
        ("GET {{base}}/books?lang=fr", ("query parameter 'lang': expected one of: en, de", "", 2, 20)),
        ("GET {{base}}/books?lang=en&page=x", ("query parameter 'page': expected integer", "", 2, 28)),
        ("GET {{base}}/books?lang=en&page=10", ("query parameter 'page': must be at most 9", "", 2, 28)),
        ("GET {{base}}/books\n    ?lang=en\n    &pge=1", ("GET /books has no query parameter 'pge'", "Did you mean 'page'?", 4, 6)),
        ("GET {{base}}/books?lang=en&ids=1,b", ("query parameter 'ids': expected integer", "", 2, 28)),
        ("GET {{base}}/books?lang=en\nX-Trace: a", ("header 'X-Trace': expected integer", "", 3, 1)),
        ("GET {{base}}/books?lang=en\nCookie: sid=abcd", ("cookie 'sid': expected string, at most 3 characters", "", 3, 1)),
        ("DELETE {{base}}/books/two", ("'two' does not fit {id} of /books/{id}: expected integer", "", 2, 23)),
        ("GET {{base}}/?Action=Lst", ("GET /?Action=List allows only Action=List, not Lst", "", 2, 15)),
        ("POST {{base}}/books\nX-Need: a", ("POST /books requires a body", "media types: application/json", 2, 6)),
        ('POST {{base}}/books\nContent-Type: application/json\n\n{"title": "Emma"}', ("POST /books requires the header 'X-Need'", "string", 2, 6)),
        ("POST {{base}}/books\nX-Need: a\nContent-Type: text/plain\n\nhi", ("POST /books takes no text/plain", "described: application/json", 4, 1)),
        (post('{"year": 1}'), ("body $: the field 'title' is required", "string, at least 2 characters", 6, 1)),
        (post('{\n  "title": "Emma",\n  "year": "x"\n}'), ('body $.year: expected integer, got "x"', "", 8, 3)),
        (post('{\n  "title": "Emma",\n  "yaer": 1\n}'), ("body $.yaer: no such field is described", "Did you mean 'year'?", 8, 3)),
        (post('{"title": "Emma", "kind": "novl"}'), ('body $.kind: "novl" is not one of the values: novel, poem', "Did you mean 'novel'?", 6, 19)),
        (post('{"title": "E"}'), ("body $.title: expected string, at least 2 characters, got 1 characters", "", 6, 2)),
        (post('{"title": "Emma", "year": 0}'), ("body $.year: 0: must be at least 1", "", 6, 19)),
        (post('{"title": "Emma", "tags": ["a", 2]}'), ("body $.tags[1]: expected string, got 2", "", 6, 33)),
        (post('{"title": "Emma", "author": {"nmae": "A"}}'), ("body $.author.nmae: no such field is described", "Did you mean 'name'?", 6, 30)),
        (post('{"title": "Emma", "more": {"a": "x"}}'), ('body $.more.a: expected integer, got "x"', "", 6, 28)),
        (post('{"title": "Emma", "either": "x"}'), ('body $.either: expected integer, got "x"', "", 6, 19)),
        ("POST {{base}}/form\nContent-Type: application/x-www-form-urlencoded\n\ntitle=Emma&yer=1", ("body $.yer: no such field is described", "Did you mean 'year'?", 5, 1)),
        ('POST {{base}}/upload\nContent-Type: multipart/form-data; boundary=b\n\n--b\nContent-Disposition: form-data; name="year"\n\n1\n--b--', ("body $: the field 'title' is required", "string, at least 2 characters", 5, 1)),
    ],
)  # fmt: skip
def test_finding_names_what_is_wrong_and_where(request_text: str, expected: tuple[str, str, int, int]) -> None:
    (finding,) = told(request_text)

    assert finding[0] == expected[0]
    assert expected[1] in finding[1]
    assert finding[2:] == expected[2:]


@pytest.mark.parametrize(
    "request_text",
    [
        "GET {{base}}/books?lang=de&page=2&ids=1,2&f[a]=x\nX-Trace: 1\nX-Other: 1\nCookie: sid=abc; other=1",
        "# @prompt x\nGET {{base}}/books?lang={{x}}&page={{x}}",
        "# @prompt x\nDELETE {{base}}/books/{{x}}",
        "# @prompt x\nGET {{base}}/{{x}}",
        "# @prompt x\n" + post('{"title": "{{x}}", "year": {{x}}, "tags": {{x}}}'),
        post('{"title": "Emma", "either": true, "note": null, "more": {"a": 1}}'),
        "GET {{base}}/?Action=List",
        "### first\n# @name one\nDELETE {{base}}/books/1\n\n### second\nDELETE {{base}}/books/{{one.response.body.$.id}}",
        "POST {{base}}/books\nX-Need: a\nContent-Type: application/json\n\n< ./description.json",
    ],
    ids=["all right", "query", "path", "operation", "body", "schema", "constant", "response", "file"],
)  # fmt: skip
def test_what_fits_and_what_is_open_is_not_judged(
    request_text: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "description.json").write_text("{}")

    assert [one for one in told(request_text) if "deprecated" not in one[0]] == []


@check_rows("base", ["https://a.test/v1", "http://localhost:8000", "{{x}}"])
@check_rows(
    "target", ["{{base}}{{one.response.headers.Location}}", "{{base}}{{one.response.headers.Location}}/books",
               "{{one.response.headers.Location}}", "{{base}}/{{one.response.body.$.path}}",
               "{{base}}{{one.response.headers.Location}}?Action=None"],
)  # fmt: skip
def test_path_that_is_known_only_in_a_run_is_not_judged(base: str, target: str) -> None:
    first = "### first\n# @name one\n# @prompt x\nDELETE {{base}}/books/1\n\n### second\n"

    assert told(f"{first}GET {target}\n", head=f"@base = {base}\n") == []


@check_rows(
    ("request_text", "message"),
    [
        ("DELETE {{base}}/books/\\{\\{x\\}\\}", "'{{x}}' does not fit {id} of /books/{id}: expected integer"),
        ("@v = \\{\\{x\\}\\}\nDELETE {{base}}/books/{{v}}", "'{{x}}' does not fit {id} of /books/{id}: expected integer"),
        ("DELETE {{base}}/bokks/\\{\\{x\\}\\}", "No operation is described for DELETE /bokks/{{x}}"),
        ("GET {{base}}/books?lang=\\{\\{x\\}\\}", "query parameter 'lang': expected one of: en, de"),
        ("GET {{base}}/books?lang=en&\\{\\{x\\}\\}=1", "GET /books has no query parameter '{{x}}'"),
        ("GET {{base}}/?Action=\\{\\{x\\}\\}", "GET /?Action=List allows only Action=List, not {{x}}"),
        ("GET {{base}}/books?lang=en\nX-Trace: \\{\\{x\\}\\}", "header 'X-Trace': expected integer"),
        (post('{"title": "Emma", "kind": "\\{\\{x\\}\\}"}'), 'body $.kind: "{{x}}" is not one of the values: novel, poem'),
        (
            "POST {{base}}/form\nContent-Type: application/x-www-form-urlencoded\n\ntitle=Emma&year=\\{\\{x\\}\\}",
            "body $.year: expected integer",
        ),
    ],
    ids=["path", "value", "operation", "query", "query name", "constant", "header", "body", "form"],
)  # fmt: skip
def test_braces_that_are_meant_as_they_are_are_judged(request_text: str, message: str) -> None:
    assert [one[0] for one in told(request_text)] == [message]


@check_rows(
    "call",
    ["DELETE {{base}}/books/{{%one.response.body.$.id}}", "DELETE {{base}}/books/{{one.response.body.$['b&c=?d']}}",
     "@v = 1{{one.response.body.$.id}}\nDELETE {{base}}/books/{{v}}", "run #three (@id={{one.response.body.$.id}})"],
    ids=["encoded", "marks of a URL", "variable", "call"],
)  # fmt: skip
def test_open_value_is_not_judged_wherever_it_comes_from(call: str) -> None:
    first = "### first\n# @name one\nDELETE {{base}}/books/1\n\n### second\n"
    third = "\n### third\n# @name three\n@id = 1\nDELETE {{base}}/books/{{id}}\n"

    assert told(first + call + third) == []


def test_deprecated_operation_is_a_lint() -> None:
    (finding,) = found("GET {{base}}/books/2")

    assert (finding.message, finding.is_error) == ("GET /books/{id} is deprecated", False)


@check_rows("comment", ["# Deprecated", "// deprecated", "# Deprecated: until the new shop is there."])
def test_deprecated_operation_that_a_comment_names_is_known(comment: str) -> None:
    assert told(f"### Get a book\n{comment}\nGET {{{{base}}}}/books/2") == []


def test_other_comment_does_not_name_a_deprecated_operation() -> None:
    assert len(told("### Get a book\n# Not deprecated, or is it?\nGET {{base}}/books/2")) == 1


PLACES = {path: {"get": {}, "post": {}} for path in ("/loans", "/loans/{loan_id}", "/loans/{loan_id}/return", "/users")}


@check_rows(
    ("request_line", "hint"),
    [
        ("POST {{base}}/loans/1/renew", "described similar paths: /loans/{loan_id}, /loans/{loan_id}/return"),
        ("POST {{base}}/loans/1/retrun", "Did you mean '/loans/{loan_id}/return'?"),
        ("GET {{base}}/lons/1", "Did you mean '/loans/{loan_id}'?"),
        ("GET {{base}}/lons", "Did you mean '/loans'?"),
        ("GET {{base}}/loans/1/return/receipt", "described similar paths: /loans/{loan_id}/return"),
        ("GET {{base}}/payments", "the description has no similar path"),
    ],
)
def test_undescribed_path_is_compared_segment_by_segment(request_line: str, hint: str) -> None:
    loan_id = {"name": "loan_id", "in": "path", "required": True, "schema": {"type": "integer"}}
    paths = {path: item | ({"parameters": [loan_id]} if "{" in path else {}) for path, item in PLACES.items()}
    document = {"openapi": "3.1.0", "info": {}, "servers": [{"url": "https://a.test/v1"}], "paths": paths}
    api = Api(compile_text(json.dumps(document), "b.json"))
    script = parse(f"@base = https://a.test/v1\n{request_line}", "a.http")

    (finding,) = (one for one in check_script(script, real_ports(), Plan(), api) if one.code == OPENAPI)

    assert finding.hint == hint


@check_rows("base", ["http://localhost:8000", "https://a.test/v1", "http://127.0.0.1/v1", "{{x}}"])
def test_requests_are_found_below_any_base(base: str) -> None:
    head = f"@base = {base}\n"

    assert told("# @prompt x\nDELETE {{base}}/books/2", head=head) == []
    assert len(told("# @prompt x\nDELETE {{base}}/books/two", head=head)) == 1


def described_names(count: int) -> Api:
    """A description with so many fields, query parameters and methods."""
    fields = {f"field{number:05d}abcabcabcabc": {"type": "string"} for number in range(count)}
    content = {"application/json": {"schema": {"type": "object", "additionalProperties": False, "properties": fields}}}
    paths: dict[str, Any] = {"/x": {"post": {"requestBody": {"content": content}}}}
    paths |= {f"/a{number}": {"additionalOperations": {f"M{number}": {}}} for number in range(count)}
    return Api(compile_text(json.dumps({"openapi": "3.2.0", "info": {}, "paths": paths}), "b.json"))


@pytest.mark.parametrize(
    "text",
    [
        lambda count: (
            "POST http://h/x\nContent-Type: application/json\n\n"
            + json.dumps({f"fjeld{number:05d}acbacbacbacb": 1 for number in range(count)})
        ),
        lambda count: f"POST http://h/x?{'&'.join(f'u{number}=1' for number in range(count))}",
        lambda count: f"GET http://h/{'q/' * 28}",
    ],
    ids=["fields", "query", "methods"],
)
def test_request_is_compared_in_linear_time(text: Callable[[int], str]) -> None:
    def compare(given: tuple[str, Api]) -> None:
        list(check_script(parse(given[0], "a.http"), real_ports(), Plan(), given[1]))

    few, many = ((text(count), described_names(count)) for count in (50, 400))

    assert_linear(compare, few, many, most=22)


@check_rows(
    ("directive", "expected"),
    [
        ("", ["body $: the field 'kind' is required"]),
        ("# @operation PUT /{definition}#dummy\n", []),
        ("# @operation PUT /shops/{shop}\n", ["body $: the field 'kind' is required"]),
    ],
    ids=["first", "named", "another path"],
)
def test_operation_that_the_request_names_counts_where_urls_are_alike(directive: str, expected: list[str]) -> None:
    def body(name: str) -> dict[str, Any]:
        schema = {"type": "object", "required": [name], "properties": {name: {"type": "string"}}}
        return {"put": {"requestBody": {"content": {"application/json": {"schema": schema}}}}}

    paths = {"/{application}": body("kind"), "/{definition}#dummy": body("name"), "/shops/{shop}": body("name")}
    api = Api(compile_text(json.dumps({"openapi": "3.0.0", "info": {}, "paths": paths}), "a.json"))
    request = f'### a\n{directive}PUT http://localhost/x\nContent-Type: application/json\n\n{{"name": "n"}}\n'
    found = check_script(parse(request, "a.http"), real_ports(), Plan(), api)

    assert [one.message for one in found if one.code == OPENAPI and "required" in one.message] == expected


def optional(schema: dict[str, Any]) -> dict[str, Any]:
    """An optional value as Pydantic describes it."""
    return {"anyOf": [schema, {"type": "null"}]}


PLACE = {
    "type": "object",
    "required": ["kind", "shelf"],
    "properties": {"kind": {"const": "place"}, "aisle": {"type": "string"}, "shelf": {"type": "integer"}},
}
VIRTUAL = {
    "type": "object",
    "required": ["kind", "url"],
    "properties": {"kind": {"const": "virtual"}, "url": {"type": "string"}},
}
ALTERNATIVES = {"oneOf": [{"$ref": "#/components/schemas/Place"}, {"$ref": "#/components/schemas/Virtual"}]}
MAPPING = {"place": "#/components/schemas/Place", "virtual": "#/components/schemas/Virtual"}
OPTIONAL = {
    "/items": {
        "get": {
            "parameters": [
                {"name": "in_stock", "in": "query", "schema": optional({"type": "boolean"})},
                {"name": "price", "in": "query", "schema": optional({"type": "number"})},
                {"name": "q", "in": "query", "schema": optional({"type": "string", "maxLength": 3})},
                {"name": "state", "in": "query", "schema": optional({"enum": ["new", "used"]})},
                {"name": "ids", "in": "query", "schema": optional({"type": "array", "items": {"type": "integer"}})},
            ]
        },
        "post": {
            "requestBody": {
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "properties": {
                                "size": optional({"type": "object", "properties": {"width": {"type": "number"}}}),
                                "from": optional({"type": "string", "format": "date"}),
                                "where": ALTERNATIVES | {"discriminator": {"propertyName": "kind", "mapping": MAPPING}},
                                "plain": ALTERNATIVES,
                            },
                        }
                    }
                }
            }
        },
    }
}
OPTIONAL_API = Api(
    compile_text(
        json.dumps(
            {
                "openapi": "3.1.0",
                "info": {"title": "t", "version": "1"},
                "servers": [{"url": "https://a.test/v1"}],
                "paths": OPTIONAL,
                "components": {"schemas": {"Place": PLACE, "Virtual": VIRTUAL}},
            }
        ),
        "x.json",
    )
)


def messages(request: str) -> list[str]:
    script = parse(f"@base = https://a.test/v1\n{request}", "a.http")
    return [one.message for one in check_script(script, real_ports(), Plan(), OPTIONAL_API) if one.code == OPENAPI]


@check_rows(
    ("query", "message"),
    [
        ("in_stock=maybe", "query parameter 'in_stock': expected boolean"),
        ("price=abc", "query parameter 'price': expected number"),
        ("q=aaaa", "query parameter 'q': expected string, at most 3 characters"),
        ("state=null", "query parameter 'state': expected one of: new, used"),
        ("ids=x", "query parameter 'ids': expected integer"),
        ("in_stock=true&price=1.5&q=aaa&state=new&ids=1&ids=2", ""),
    ],
)
def test_optional_parameter_is_checked_without_null(query: str, message: str) -> None:
    assert messages(f"GET {{{{base}}}}/items?{query}\n") == ([message] if message else [])


@check_rows(
    ("body", "message"),
    [
        ('{"size": {"width": "a"}}', 'body $.size.width: expected number, got "a"'),
        ('{"from": 5}', "body $.from: expected string (date), got 5"),
        ('{"size": null, "from": null}', ""),
        ('{"where": {"kind": "virtual", "aisle": "A"}}', "body $.where: the field 'url' is required"),
        (
            '{"where": {"kind": "virtul"}}',
            'body $.where.kind: "virtul" is not one of the values: place, virtual',
        ),
        ('{"where": {"kind": "place", "shelf": 1}}', ""),
        ('{"plain": {"kind": "virtual", "aisle": "A"}}', "body $.plain: the field 'url' is required"),
    ],
)
def test_alternative_that_was_meant_is_checked(body: str, message: str) -> None:
    found = messages(f"POST {{{{base}}}}/items\nContent-Type: application/json\n\n{body}\n")

    assert found[:1] == ([message] if message else [])
