"""Responses against a description: statuses, media types, headers, bodies, and what was called."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.rows import check_rows

from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.response import ResponseHead
from callbox.exchange.url import parse
from callbox.openapi import response_validator
from callbox.openapi.description_checks_and_compiler import compile_text
from callbox.openapi.operations_parameters_and_security import Api
from callbox.openapi.response_validator import Contract, Verdict, json_path
from callbox.openapi.schema_validator import ValidatorPool

HOST = "https://api.test"
JSON = "application/json"


def contract_of(responses: dict[str, Any], version: str = "3.0.3", path: str = "/books", **more: Any) -> Contract:
    document = {
        "openapi": version,
        "info": {"title": "Books", "version": "1"},
        "servers": [{"url": HOST}],
        "paths": {path: {"get": {"responses": responses}, "head": {"responses": responses}}},
        **more,
    }
    return Contract(Api(compile_text(json.dumps(document), "books.json")))


def record_of(
    body: object = b"",
    status: int = 200,
    headers: dict[str, str] | None = None,
    *,
    media_type: str = JSON,
    method: str = "GET",
    url: str = f"{HOST}/books",
    history: tuple[Record, ...] = (),
    is_complete: bool = True,
) -> Record:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = [("Content-Type", media_type)] if media_type else []
    head = ResponseHead(status, "", Headers([*fields, *(headers or {}).items()]))
    outgoing = Outgoing(method, parse(url), ())
    return Record(Draft(method, url), outgoing, head, data, len(data), history, is_complete)


def body_schema(schema: object) -> dict[str, Any]:
    return {"200": {"description": "", "content": {JSON: {"schema": schema}}}}


@pytest.fixture
def closing() -> Iterator[list[Contract]]:
    contracts: list[Contract] = []
    yield contracts
    for one in contracts:
        one.close()


def check(schema: object, body: object, version: str = "3.0.3", **more: Any) -> Verdict:
    contract = contract_of(body_schema(schema), version, **more)
    try:
        return contract.check(record_of(body))
    finally:
        contract.close()


def told(verdict: Verdict) -> list[tuple[str, str, str]]:
    return [(one.what, one.wanted, one.actual) for one in verdict.failures]


BOOK = {
    "Book": {
        "type": "object",
        "required": ["title"],
        "properties": {
            "title": {"type": "string"},
            "year": {"type": "integer"},
            "next": {"$ref": "#/components/schemas/Book"},
        },
    }
}
BOOK_REF = {"$ref": "#/components/schemas/Book"}
COMPONENTS = {"components": {"schemas": BOOK}}


@check_rows(
    ("body", "expected"),
    [
        ({"title": "a", "year": 1815}, []),
        ({"title": "a", "year": "1815"}, [("$.year", "integer (Book.year)", '"1815"')]),
        ({"year": 1}, [("$.title", "a value, because it is required (Book)", "nothing")]),
        ({"title": "a", "next": {"title": 1}}, [("$.next.title", "string (Book.title)", "1")]),
        ([], [("$", "object (Book)", "[]")]),
        (b"{", [("$", "JSON", "expecting property name enclosed in double quotes, line 1 column 2")]),
        (b'{"title": NaN}', [("$", "JSON", "NaN is not JSON")]),
        (b'{"title": "\\ud800"}', [("$", "JSON", "half of a surrogate pair in a text")]),
        (b"\xff", [("$", "JSON", "no UTF-8 at byte 1")]),
        (b"[" * 100_000, [("$", "JSON", "nested too deep")]),
    ],
    ids=["fits", "type", "required", "circular", "root", "cut", "nan", "surrogate", "utf8", "deep"],
)
def test_body_is_checked_by_its_schema(body: object, expected: list[Any]) -> None:
    assert told(check(BOOK_REF, body, **COMPONENTS)) == expected


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "string", "nullable": True}, None, 1),
        ({"type": "string", "nullable": True, "enum": ["a"]}, None, "b"),
        ({"allOf": [BOOK_REF], "nullable": True}, None, 1),
        ({**BOOK_REF, "nullable": True}, None, 1),
        ({"type": "string", "x-nullable": True}, None, 1),
        ({"oneOf": [{"enum": ["a"]}, {"enum": [None]}]}, None, "b"),
        ({"type": "integer", "minimum": 1, "exclusiveMinimum": True}, 2, 1),
        ({"type": "integer", "format": "int32"}, 2**31 - 1, 2**31),
        ({"type": "integer", "format": "int64"}, 2**63 - 1, 2**63),
        ({"type": "string", "format": "date-time"}, "2024-01-31T12:00:00Z", "yesterday"),
        ({"type": "string", "format": "uuid"}, "123e4567-e89b-42d3-a456-426614174000", "1"),
        ({"type": "string", "format": "byte"}, "c3RyaW5n", "%%"),
        ({"type": "string", "format": "hair-colour"}, "red", 1),
        ({"type": "string", "pattern": "^a+$"}, "aa", "b"),
        ({"type": "string", "pattern": "^(?!x)a"}, "a", "xa"),
        ({"type": "string", "pattern": "("}, "anything", 1),
        ({"type": "text", "minLength": 2}, "ab", "a"),
        ({"minimum": "1", "maximum": 2}, 0, 3),
        ({"$ref": "#/nowhere"}, 1, None),
        ({"type": "object", "additionalProperties": False, "properties": {"a": {}}}, {"a": 1}, {"b": 1}),
        ({"type": "array", "uniqueItems": True}, [1, 2], [1, 1]),
        ({"not": {"type": "integer"}}, "a", 1),
        ({"type": "number", "multipleOf": 0.01}, 19.99, 0.001),
    ],
    ids=[
        "nullable", "nullable-enum", "nullable-allof", "nullable-ref", "x-nullable", "null-enum", "exclusive", "int32",
        "int64", "date-time", "uuid", "byte", "unknown-format", "pattern", "look-around", "bad-pattern", "unknown-type",
        "bad-keyword", "ref-nowhere", "closed", "unique", "not", "multiple",
    ],
)  # fmt: skip
def test_dialect_of_3_0(schema: object, good: object, bad: object) -> None:
    assert told(check(schema, good, **COMPONENTS)) == []
    assert bad is None or told(check(schema, bad, **COMPONENTS)) != []


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": ["string", "null"]}, None, 1),
        ({"exclusiveMinimum": 1}, 2, 1),
        ({"const": 3}, 3, 4),
        ({"prefixItems": [{"type": "string"}], "items": False}, ["a"], ["a", 1]),
        ({**BOOK_REF, "required": ["year"]}, {"title": "a", "year": 1}, {"title": "a"}),
        ({"if": {"required": ["a"]}, "then": {"required": ["b"]}}, {"a": 1, "b": 1}, {"a": 1}),
        ({"dependentRequired": {"a": ["b"]}}, {"b": 1}, {"a": 1}),
        ({"properties": {"a": {}}, "unevaluatedProperties": False}, {"a": 1}, {"b": 1}),
        ({"patternProperties": {"^x": {"type": "integer"}}}, {"x1": 1}, {"x1": "a"}),
        ({"contains": {"const": 1}}, [1], [2]),
    ],
    ids=["types", "exclusive", "const", "prefix", "siblings", "if", "dependent", "unevaluated", "patterns", "contains"],
)
def test_dialect_of_3_1(schema: object, good: object, bad: object) -> None:
    assert told(check(schema, good, "3.1.0", **COMPONENTS)) == []
    assert told(check(schema, bad, "3.1.0", **COMPONENTS)) != []


def test_swagger_2_is_checked() -> None:
    document = {
        "swagger": "2.0",
        "info": {"title": "t", "version": "1"},
        "host": "api.test",
        "produces": [JSON],
        "paths": {"/books": {"get": {"responses": {"200": {"description": "", "schema": {"type": "array"}}}}}},
    }
    contract = Contract(Api(compile_text(json.dumps(document), "books.json")))
    assert told(contract.check(record_of({}))) == [("$", "array", "{}")]


def test_write_only_field_is_not_required_and_must_not_come() -> None:
    schema = {"required": ["code"], "properties": {"code": {"type": "string", "writeOnly": True}}}
    assert told(check(schema, {})) == []
    assert told(check(schema, {"code": "1"})) == [("$.code", "no value, because it is write-only", '"1"')]


def test_write_only_field_of_a_part_is_not_required() -> None:
    parts = {"allOf": [{"properties": {"code": {"writeOnly": True}}}], "required": ["code"]}
    assert told(check(parts, {})) == []


def test_discriminator_chooses_what_is_told() -> None:
    schemas = {
        "Cat": {"type": "object", "required": ["kind"], "properties": {"kind": {}, "lives": {"type": "integer"}}},
        "Dog": {"type": "object", "required": ["kind", "bark"], "properties": {"kind": {"enum": ["d"]}}},
    }
    refs = [{"$ref": f"#/components/schemas/{name}"} for name in schemas]
    schema = {"oneOf": refs, "discriminator": {"propertyName": "kind", "mapping": {"d": "Dog", "c": "Cat"}}}
    more = {"components": {"schemas": schemas}}
    assert told(check(schema, {"kind": "c", "lives": "9"}, **more)) == [("$.lives", "integer (Cat.lives)", '"9"')]
    expected = 'one of "Cat", "Dog", "c", "d"'
    assert told(check(schema, {"kind": "x", "lives": "9"}, **more)) == [("$.kind", expected, '"x"')]


def test_branch_with_fewest_errors_is_told() -> None:
    schema = {"anyOf": [{"type": "null"}, {"type": "object", "properties": {"a": {"type": "integer"}}}]}
    assert told(check(schema, {"a": "x"}, "3.1.0")) == [("$.a", "integer", '"x"')]
    assert told(check(schema, 3, "3.1.0")) == [("$", "null or object", "3")]


def test_name_of_digits_is_no_position() -> None:
    assert told(check({"properties": {"0": {"type": "string"}}}, {"0": 1})) == [("$.0", "string", "1")]


def test_ten_failures_are_told() -> None:
    verdict = check({"type": "array", "items": {"type": "integer"}}, ["a"] * 25)
    assert (len(verdict.failures), verdict.more) == (10, 15)


@check_rows(
    ("body", "path"),
    [
        pytest.param({"password": "hunter2"}, ("password",), id="name"),
        pytest.param({"password": {"current": "hunter2"}}, ("password", "current"), id="name above"),
        pytest.param({"passwords": [{"a": "hunter2"}]}, ("passwords", 0, "a"), id="list above"),
        pytest.param([{"name": "password", "value": "hunter2"}], (0, "value"), id="name beside"),
        pytest.param({"token": {"value": "hunter2"}}, ("token", "value"), id="inner name"),
    ],
)
def test_secret_of_a_body_is_redacted(body: Any, path: tuple[str | int, ...]) -> None:
    schema: dict[str, Any] = {"type": "integer"}
    for part in reversed(path):
        schema = {"properties": {part: schema}} if isinstance(part, str) else {"items": schema}
    assert told(check(schema, body))[0][2] == "..."


RESPONSES = {
    "200": {"description": "", "content": {JSON: {}}},
    "4XX": {"description": "", "content": {"application/problem+json": {}, "text/*": {}}},
    "204": {"description": ""},
}


@check_rows(
    ("record", "status", "expected"),
    [
        (record_of({}), "200", []),
        (record_of({}, 404, media_type="application/problem+json"), "4XX", []),
        (record_of({}, 404, media_type="Text/Plain; charset=utf-8"), "4XX", []),
        (record_of({}, 404), "4XX", [("content-type", "application/problem+json, text/*", JSON)]),
        (record_of({}, media_type=""), "200", [("content-type", JSON, "nothing")]),
        (record_of(b"", media_type=""), "200", [("body", f"a body of {JSON}", "nothing")]),
        (record_of(b"", 204, media_type=""), "204", []),
        (record_of(b"", method="HEAD"), "200", []),
        (record_of({}, 500), "", [("status", "200, 4XX, 204", "500")]),
    ],
    ids=["exact", "range", "wildcard", "other-type", "no-type", "no-body", "204", "head", "status"],
)
def test_status_and_media_type(record: Record, status: str, expected: list[Any]) -> None:
    verdict = contract_of(RESPONSES).check(record)
    assert (verdict.status, told(verdict)) == (status, expected)


def test_default_takes_each_status() -> None:
    assert contract_of({"default": {"description": ""}}).check(record_of({}, 500)).status == "default"


def test_body_that_is_not_described_is_noted() -> None:
    verdict = contract_of({"200": {"description": ""}}).check(record_of({}))
    assert (verdict.is_ok, verdict.notes) == (True, ("the body is not described",))


@pytest.mark.parametrize(
    ("record", "note"),
    [
        (record_of(b"{", 206), "the body was not checked: it is incomplete"),
        (record_of(b"{", is_complete=False), "the body was not checked: it is incomplete"),
    ],
    ids=["part", "cut"],
)
def test_body_that_is_not_whole_is_not_checked(record: Record, note: str) -> None:
    contract = contract_of({"2XX": {"description": "", "content": {JSON: {"schema": {"type": "object"}}}}})
    assert contract.check(record).notes == (note,)


@check_rows(
    ("media_type", "media", "body", "expected"),
    [
        (
            "text/plain",
            {"schema": {"type": "string", "maxLength": 2}},
            b"abc",
            [("$", "at most 2 characters", '"abc"')],
        ),
        ("application/x-ndjson", {"schema": {"type": "integer"}}, b'1\n"a"\n', [("$[1]", "integer", '"a"')]),
        ("text/event-stream", {"schema": {"type": "integer"}}, b"data: 1\n\ndata: x\n\n", [("$[1]", "integer", '"x"')]),
        ("text/event-stream", {"schema": {"type": "string"}}, b'data: {"n": 1}\n\ndata: 2\n\n', []),
        ("application/x-ndjson", {"schema": {"type": "string"}}, b'{"n": 1}\n2\n', []),
        (
            "text/event-stream",
            {"schema": {"type": "string", "maxLength": 2}},
            b'data: {"n": 1}\n\n',
            [("$[0]", "at most 2 characters", r'"{\"n\": 1}"')],
        ),
        (
            "text/event-stream",
            {"itemSchema": {"properties": {"event": {"const": "a"}}}},
            b"event: b\ndata: 1\n\n",
            [("$[0].event", '"a"', '"b"')],
        ),
        ("image/png", {"schema": {"type": "string", "format": "binary"}}, b"\x89", []),
    ],
    ids=[
        "text",
        "ndjson",
        "events",
        "events of text",
        "lines of text",
        "events of long text",
        "event-fields",
        "binary",
    ],
)
def test_bodies_of_other_kinds(media_type: str, media: object, body: bytes, expected: list[Any]) -> None:
    contract = contract_of({"200": {"description": "", "content": {media_type: media}}}, "3.2.0")
    assert told(contract.check(record_of(body, media_type=media_type))) == expected


@check_rows(
    ("header", "sent", "expected"),
    [
        (
            {"required": True, "schema": {"type": "string"}},
            {},
            [("header X-N", "a value, because it is required", "nothing")],
        ),
        ({"schema": {"type": "integer"}}, {}, []),
        ({"schema": {"type": "integer"}}, {"x-n": "3"}, []),
        ({"schema": {"type": "integer"}}, {"X-N": "many"}, [("header X-N", "integer", '"many"')]),
        ({"schema": {"type": "array", "items": {"type": "integer"}}}, {"X-N": "1, 2"}, []),
        ({"schema": {"type": "boolean"}}, {"X-N": "yes"}, [("header X-N", "boolean", '"yes"')]),
        ({"content": {JSON: {"schema": {"type": "array"}}}}, {"X-N": "{}"}, [("header X-N", "array", '"{}"')]),
    ],
    ids=["missing", "optional", "number", "text", "list", "boolean", "json"],
)
def test_headers(header: object, sent: dict[str, str], expected: list[Any]) -> None:
    contract = contract_of({"200": {"description": "", "headers": {"X-N": header}}})
    assert told(contract.check(record_of(b"", headers=sent))) == expected


def test_content_type_and_cookies_are_no_headers_to_check() -> None:
    headers = {name: {"required": True, "schema": {"type": "integer"}} for name in ("Content-Type", "Set-Cookie")}
    contract = contract_of({"200": {"description": "", "headers": headers}})
    assert contract.check(record_of(b"")).is_ok


@check_rows(
    ("url", "is_found"),
    [
        ("http://localhost:8080/books", True),
        ("http://localhost:8080/v1/books", False),
        (f"{HOST}/books?page=2", True),
        (f"{HOST}/authors", False),
    ],
    ids=["other-host", "prefix", "query", "undescribed"],
)
def test_operation_is_found_on_any_host(url: str, is_found: bool) -> None:
    assert bool(contract_of(body_schema({})).check(record_of({}, url=url)).operation) == is_found


def test_path_of_the_first_server_counts_on_another_host_then_the_root() -> None:
    contract = contract_of(body_schema({}), servers=[{"url": "https://api.test/v1"}])
    for url in ("http://localhost/v1/books", "http://localhost/books"):
        assert contract.check(record_of({}, url=url)).operation == "GET /books"


def test_described_response_of_a_redirect_is_checked() -> None:
    redirect = record_of(b"", 302, media_type="")
    contract = contract_of({"302": {"description": ""}})
    verdict = contract.check(record_of(b"file", url="https://store.test/1", history=(redirect,)))
    assert (verdict.operation, verdict.status, verdict.is_ok) == ("GET /books", "302", True)


def test_coverage_of_a_repeated_path_item_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(response_validator, "MAX_ROWS", 3)
    coverage = contract_of(RESPONSES).coverage()

    assert len(coverage.rows) == 3
    assert coverage.summary.endswith("further described responses are not counted")


def test_secret_in_the_url_of_a_description_is_not_in_the_title() -> None:
    text = json.dumps({"openapi": "3.0.3", "info": {}, "paths": {}})
    contract = Contract(Api(compile_text(text, "http://a.test/openapi.json?token=SECRETTOK")))

    assert contract.coverage().title == "http://a.test/openapi.json?token=..."


OK = {"200": {"description": ""}}


def test_an_operation_whose_response_is_not_described_was_called() -> None:
    contract = contract_of(RESPONSES)
    contract.check(record_of(b"", status=500))
    coverage = contract.coverage()

    assert "GET /books" not in coverage.never_called
    assert coverage.summary.startswith("1 of ")
    assert coverage.covered == 0


@pytest.mark.parametrize("status", [307, 401])
def test_a_described_response_before_the_last_one_is_covered(status: int) -> None:
    responses = {str(status): {"description": ""}}
    contract = contract_of(responses, paths={path: {"get": {"responses": responses}} for path in ("/old", "/new")})
    earlier = record_of(b"", status, media_type="", url=f"{HOST}/old")

    verdict = contract.check(record_of(b"", status, media_type="", url=f"{HOST}/new", history=(earlier,)))

    assert verdict.operation == "GET /new"
    assert contract.coverage().never_called == ()
    assert contract.coverage().covered == 2


def test_an_undescribed_redirect_calls_its_operation_and_covers_nothing() -> None:
    contract = contract_of({}, paths={path: {"get": {"responses": OK}} for path in ("/old", "/new")})
    redirect = record_of(b"", 307, media_type="", url=f"{HOST}/old")

    verdict = contract.check(record_of(b"", url=f"{HOST}/new", history=(redirect,)))

    coverage = contract.coverage()
    assert verdict.is_ok
    assert (coverage.never_called, coverage.covered, coverage.undescribed) == ((), 1, (("GET /old 307", 1),))


def test_a_redirect_to_the_same_path_with_a_slash_is_not_counted() -> None:
    contract = contract_of(OK)
    redirect = record_of(b"", 307, media_type="", url=f"{HOST}/books/")

    contract.check(record_of(b"", history=(redirect,)))

    assert contract.coverage().undescribed == ()


def test_an_operation_without_described_responses_is_covered_by_any_response() -> None:
    contract = contract_of({})
    assert contract.coverage().covered == 0

    contract.check(record_of(b"", status=204))

    assert contract.coverage().covered == 1


def test_coverage_counts_each_status_and_media_type() -> None:
    contract = contract_of(RESPONSES)
    for record in (
        record_of({}),
        record_of({}),
        record_of({}, 404),
        record_of({}, 500),
        record_of({}, url=f"{HOST}/x"),
    ):
        contract.check(record)
    coverage = contract.coverage()
    rows = [row[1:] for row in coverage.rows if row.operation == "GET /books"]
    assert rows == [
        ("200", JSON, 2, 0),
        ("4XX", "application/problem+json", 0, 0),
        ("4XX", "text/*", 0, 0),
        ("204", "", 0, 0),
    ]
    assert coverage.undescribed == ((f"GET /books 404 {JSON}", 1), ("GET /books 500", 1), (f"GET {HOST}/x", 1))
    assert (coverage.covered, coverage.percent, coverage.never_called) == (1, 12, ("HEAD /books",))


def hostile(depth: int, width: int) -> dict[str, Any]:
    schemas: dict[str, Any] = {
        f"S{at}": {"anyOf": [{"$ref": f"#/components/schemas/S{at + 1}"}] * width} for at in range(depth)
    }
    return {"components": {"schemas": {**schemas, f"S{depth}": {"type": "integer"}}}}


def test_exponential_schema_gives_up(closing: list[Contract]) -> None:
    api = contract_of(body_schema({"$ref": "#/components/schemas/S0"}), **hostile(12, 8)).api
    contract = Contract(api, pool=ValidatorPool(check_s=0.2))
    closing.append(contract)
    verdict = contract.check(record_of("x"))
    assert told(verdict) == [("body", "a body that can be checked", "callbox stopped checking: it takes too long")]


@pytest.mark.parametrize(
    "schema",
    [
        {"anyOf": [{"properties": {"a": BOOK_REF}}, {"required": ["z"], "properties": {"a": BOOK_REF}}]},
        {"properties": {"t": {"pattern": "^(?!x)(a+)+$"}}},
    ],
    ids=["two-ways", "look-around"],
)
def test_child_tells_what_is_wrong(schema: dict[str, Any], closing: list[Contract]) -> None:
    contract = contract_of(body_schema(BOOK_REF), components={"schemas": {"Book": {"type": "object", **schema}}})
    closing.append(contract)
    assert told(contract.check(record_of([1]))) == [("$", "object (Book)", "[1]")]
    assert contract.check(record_of({"a": {"a": {}}})).is_ok


@check_rows(
    ("path", "expected"),
    [((), "$"), (("a", 0, "b"), "$.a[0].b"), (("a.b", "c d", "e'f"), "$['a.b']['c d']['e\\'f']")],
    ids=["root", "plain", "quoted"],
)
def test_json_path(path: tuple[str | int, ...], expected: str) -> None:
    assert json_path(path) == expected


EVENTS, LINES = "text/event-stream", "application/x-ndjson"


@check_rows(
    ("media_type", "body", "told"),
    [
        (EVENTS, b'data: {"n": 1}\n\ndata: {"n": "x"}\n\ndata: {"n": "y"', ["$[1].n"]),
        (LINES, b'{"n": 1}\n{"n": "x"}\n{"n": "y', ["$[1].n"]),
        (LINES, b'{"n"', []),
    ],
)
def test_whole_items_of_a_stream_that_was_cut_are_checked(media_type: str, body: bytes, told: list[str]) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    contract = contract_of({"200": {"content": {media_type: {"schema": schema}}}})
    verdict = contract.check(record_of(body, media_type=media_type, is_complete=False))

    assert [one.what for one in verdict.failures] == told
    assert verdict.notes == ("the stream was cut off: only its complete items were checked",)


def test_what_cannot_be_checked_in_a_schema_is_told_once() -> None:
    schema = {"type": "object", "properties": {"a": {"$dynamicRef": "#node"}}}
    contract = contract_of(
        body_schema({"$ref": "#/components/schemas/T"}), "3.1.0", components={"schemas": {"T": schema}}
    )

    assert [contract.check(record_of({"a": 1})).notes for _ in range(2)] == [("T.a: $dynamicRef is not checked",), ()]


def test_reference_to_an_anchor_is_listed() -> None:
    contract = contract_of(body_schema({"$ref": "#named"}), "3.1.0")

    assert [one.text for one in contract.api.problems] == [
        "the reference '#named' names an anchor, which is not looked up; any value is assumed"
    ]


def test_other_operations_of_the_same_url_are_counted() -> None:
    operation = {"get": {"responses": {"200": {}}}}
    paths = dict.fromkeys(("/{a}", "/{b}#x", "/{c}#y"), operation)
    document = {"openapi": "3.0.3", "info": {}, "servers": [{"url": HOST}], "paths": paths}
    contract = Contract(Api(compile_text(json.dumps(document), "books.json")))
    record = record_of(b"", media_type="", url=f"{HOST}/1")
    verdict = contract.check(record)

    assert verdict.operation == "GET /{a}"
    assert verdict.notes == ("callbox uses the first operation in the description; 2 more operations have this URL",)
    named = contract.check(record, named="GET /{c}#y")
    assert (named.operation, named.notes) == ("GET /{c}#y", ())


def test_head_of_a_described_get_is_told_as_head() -> None:
    document = {
        "openapi": "3.0.3",
        "servers": [{"url": HOST}],
        "paths": {"/books": {"get": {"responses": {"200": {}}}}},
    }
    contract = Contract(Api(compile_text(json.dumps(document), "books.json")))

    verdict = contract.check(record_of(status=405, method="HEAD"))

    assert (verdict.operation, verdict.request) == ("GET /books", "HEAD /books")
    assert contract.coverage().undescribed == (("HEAD /books 405", 1),)
    assert contract.check(record_of(status=405)).request == "GET /books"
