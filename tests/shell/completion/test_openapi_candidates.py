"""What a description offers at each place of a line."""

from __future__ import annotations

import json
from functools import cache

import pytest
from tests.support.rows import check_rows

from callbox.memory.api_facts import NO_DETAILS, Fact, Observation, Seen
from callbox.openapi.description_checks_and_compiler import compile_text
from callbox.openapi.operation_lookup import DescribedBase
from callbox.openapi.operations_parameters_and_security import Api
from callbox.shell.completion.completer import complete
from callbox.shell.completion.completion_context import Candidate, CompletionContext, Named, Target
from callbox.shell.completion.openapi_candidates import described_targets
from callbox.shell.line.lexer import split

BOOK = {
    "type": "object",
    "required": ["title", "year"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "genre": {"type": "string", "enum": ["novel", "drama"], "default": "novel"},
        "title": {"type": "string", "description": "Its **title**. As printed."},
        "year": {"type": "integer", "minimum": 0, "maximum": 2100},
        "is_lent": {"type": "boolean"},
        "isbn": {"type": "string", "deprecated": True},
        "tags": {"type": "array", "items": {"type": "string"}},
        "size": {"anyOf": [{"type": "object"}, {"type": "null"}]},
    },
}
ADDRESS = {
    "type": "object",
    "required": ["zip"],
    "properties": {"city": {"type": "string"}, "zip": {"type": "string", "pattern": "^[0-9]{5}$"}},
}
LINE = {"type": "object", "required": ["size"], "properties": {"size": {"enum": [1, 2]}}}
ORDER = {
    "type": "object",
    "properties": {
        "ship_to": {"anyOf": [ADDRESS, {"type": "null"}]},
        "lines": {"type": "array", "items": LINE},
        "due": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
    },
}
COVER = {
    "type": "object",
    "properties": {
        "image": {"type": "string", "contentMediaType": "application/octet-stream"},
        "scan": {"type": "string", "format": "binary"},
        "more": {"type": "array", "items": {"type": "string", "format": "binary"}},
        "title": {"type": "string"},
        "pages": {"type": "integer"},
        "key": {"type": "string", "contentMediaType": "image/png", "contentEncoding": "base64"},
    },
}
FORM = "application/x-www-form-urlencoded"
DESCRIPTION = {
    "openapi": "3.1.0",
    "info": {"title": "Books", "version": "1"},
    "servers": [{"url": "http://h/v1", "description": "the real one"}, {"url": "https://test.h/v1"}],
    "paths": {
        "/books": {
            "get": {
                "summary": "List books",
                "parameters": [
                    {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1, "default": 1}},
                    {"name": "shelf", "in": "query", "required": True, "schema": {"enum": ["a", "b"]}},
                    {"name": "old", "in": "query", "deprecated": True, "schema": {"type": "string"}},
                    {"name": "X-Tenant", "in": "header", "required": True, "schema": {"type": "string"}},
                ],
            },
            "post": {
                "summary": "Add a book",
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Book"}}}},
            },
        },
        "/books/{id}": {"get": {}, "delete": {}},
        "/books/{id}/covers": {"put": {}},
        "/admin/users/all": {"get": {"summary": "All users"}},
        "/search": {"post": {}},
        "/orders": {"post": {"requestBody": {"content": {"application/json": {"schema": ORDER}}}}},
        "/forms": {"post": {"requestBody": {"content": {FORM: {"schema": ORDER}}}}},
        "/covers": {"post": {"requestBody": {"content": {"multipart/form-data": {"schema": COVER}}}}},
    },
    "components": {
        "schemas": {"Book": BOOK},
        "securitySchemes": {
            "token": {"type": "http", "scheme": "bearer"},
            "key": {"type": "apiKey", "in": "header", "name": "X-Library-Key"},
        },
    },
}


@cache
def described(base: str = "http://h/v1") -> DescribedBase:
    return DescribedBase(Api(compile_text(json.dumps(DESCRIPTION), "books.json")), base)


def offered(line: str, base: str = "http://h/v1") -> list[Candidate]:
    return complete(line, len(line), CompletionContext(base=base, described=described(base)))


def texts(line: str, base: str = "http://h/v1") -> list[str]:
    return [one.text for one in offered(line, base)]


@check_rows(
    ("line", "paths"),
    [
        ("get /v1/", ["/v1/books", "/v1/admin/users/all"]),
        ("post /v1/", ["/v1/books", "/v1/search"]),
        ("get /v1/bo", ["/v1/books"]),
        ("put /v1/books/7/", ["/v1/books/7/covers"]),
        ("get /", ["/v1/books", "/v1/admin/users/all"]),
        ("get bo", ["books"]),
        ("get ", ["books", "admin/users/all"]),
        ("send DELETE /v1/b", ["/v1/books/"]),
        ("get http://h/v1/b", ["http://h/v1/books"]),
    ],
)
def test_paths_of_a_method_are_offered_level_by_level(line: str, paths: list[str]) -> None:
    assert [text.strip("'") for text in texts(line)][: len(paths)] == paths


def test_paths_below_the_base_are_offered_first() -> None:
    assert texts("put ", "http://h/v1/books/7")[0] == "covers"


def test_path_tells_its_methods_and_summary() -> None:
    assert offered("get /v1/admin")[0].meta == "GET, All users"


def test_parameter_of_a_path_is_a_row_that_inserts_nothing() -> None:
    rows = offered("get /v1/books/")

    assert [(one.text, one.meta) for one in rows if one.is_shown_only] == [
        ("/v1/books/{id}", "to be typed, GET, DELETE")
    ]
    assert not [one.text for one in rows if "{" in one.text and not one.is_shown_only]
    assert not [one.text for one in offered("get /v1/books/7") if one.is_shown_only]


PATH_KIND = {"name": "kind", "in": "path", "required": True, "schema": {"enum": ["novel", "non fiction"]}}
OLD = {"deprecated": True, "summary": "Old"}


def context_of(paths: dict[str, object], **components: object) -> CompletionContext:
    text = json.dumps({"openapi": "3.1.0", "paths": paths, "components": components})
    return CompletionContext(base="http://h", described=DescribedBase(Api(compile_text(text, "x.json")), "http://h"))


def rows(line: str, context: CompletionContext) -> list[tuple[str, str]]:
    return [(one.text.strip("'"), one.meta) for one in complete(line, len(line), context)]


def test_described_values_of_headers_are_offered_first() -> None:
    body = {"requestBody": {"content": {"application/xml": {}, "application/vnd.x+json": {}}}}
    responses = {"200": {"content": {"text/csv": {}, "application/json": {}}}, "404": {"content": {"text/csv": {}}}}
    context = context_of({"/a": {"post": body | {"responses": responses}}})

    tenant = {"name": "X-Tenant", "in": "header", "schema": {"enum": ["blue", "red"]}}
    assert rows("get /b X-Tenant:", context_of({"/b": {"get": {"parameters": [tenant]}}})) == [
        ("blue", "described"),
        ("red", "described"),
    ]
    assert rows("post /a Content-Type:", context)[:2] == [
        ("application/xml", "described"),
        ("application/vnd.x+json", "described"),
    ]
    assert rows("post /a Accept:", context)[:2] == [("text/csv", "described"), ("application/json", "described")]


def test_field_that_is_never_allowed_is_not_offered() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}, "b": False}}
    content = {"requestBody": {"content": {"application/json": {"schema": schema}}}}

    assert not [text for text, _ in rows("post /a b", context_of({"/a": {"post": content}})) if text.startswith("b")]


def test_enumerated_values_of_a_path_parameter_are_offered() -> None:
    found = rows("get /shelves/", context_of({"/shelves/{kind}": {"get": {"parameters": [PATH_KIND]}}}))

    assert found[:2] == [("/shelves/novel", "GET"), ("/shelves/non%20fiction", "GET")]


def test_deprecated_operations_are_marked_and_come_last() -> None:
    context = context_of({"/a": {"get": OLD}, "/b/c": {"get": OLD}, "/d": {"get": OLD, "post": {}}, "/e": {"get": {}}})

    assert rows("get /", context)[:4] == [
        ("/e", "GET"),
        ("/a", "GET, deprecated, Old"),
        ("/b/c", "GET, deprecated, Old"),
        ("/d", "GET, POST, deprecated"),
    ]
    assert rows("post /", context)[:1] == [("/d", "GET, POST")]
    assert rows("cd /", context)[:2] == [("/d", "GET, POST"), ("/e", "GET")]


def test_more_rows_than_are_shown_are_counted() -> None:
    found = rows("get /", context_of({f"/p{n}": {"get": {}} for n in range(512)}))

    assert (len(found), found[-1]) == (201, (".. 312 more", ""))


def test_description_of_a_parameter_is_told_once_and_that_of_each_value_beside_it() -> None:
    plain = {"type": "string", "enum": ["a", "b"]}
    told = plain | {"x-enum-descriptions": ["The first.", "The second."]}
    chosen = {"oneOf": [{"const": "x", "title": "Ten"}, {"const": "y", "description": "Eleven. Or so."}]}
    parameters = [
        {"name": name, "in": "query", "description": "Where.", "schema": schema}
        for name, schema in (("plain", plain), ("told", told), ("chosen", chosen))
    ]
    context = context_of({"/s": {"get": {"parameters": parameters}}})

    assert rows("get /s plain==", context) == [("a", "Where"), ("b", "described")]
    assert rows("get /s told==", context) == [("a", "The first"), ("b", "The second")]
    assert rows("get /s chosen==", context) == [("x", "Ten"), ("y", "Eleven")]


def test_base_elsewhere_begins_at_its_own_path() -> None:
    assert texts("get /local/b", "http://127.0.0.1:8000/local")[:1] == ["/local/books"]


def test_base_elsewhere_without_a_path_begins_at_that_of_the_first_server() -> None:
    assert texts("get /", "http://127.0.0.1:8000")[:1] == ["/v1/books"]


def test_required_query_parameters_come_first_and_deprecated_ones_last() -> None:
    names = [one.text for one in offered("get /v1/books ") if one.separator or one.text.endswith("==")]

    assert [name for name in names if name.endswith("==")] == ["shelf==", "page==", "old=="]


def test_query_parameter_tells_its_type_bounds_and_default() -> None:
    (page,) = [one for one in offered("get /v1/books pag") if one.text == "page=="]

    assert page.meta == "query, integer 1.. = 1"


def test_parameter_that_is_there_is_not_offered_again() -> None:
    assert "shelf==" not in texts("get /v1/books shelf==a ")


def test_header_parameters_are_offered() -> None:
    assert "X-Tenant:" in texts("get /v1/books X-Te")


def test_required_fields_come_first_and_deprecated_ones_last() -> None:
    fields = [text for text in texts("post /v1/books ") if text.endswith("=")]

    assert fields == ["title=", "year:=", "genre=", "is_lent:=", "tags[]=", "size:=", "isbn="]


def test_field_of_responses_only_is_not_offered() -> None:
    assert not [text for text in texts("post /v1/books i") if text.startswith("id")]


def test_field_tells_type_requirement_and_first_sentence() -> None:
    assert offered("post /v1/books ti")[0].meta == "string, required, Its title"


def items(line: str) -> dict[str, str]:
    """The offered fields and their descriptions."""
    return {one.text: one.meta for one in offered(line) if one.text.endswith(("=", "@"))}


def test_fields_of_an_object_and_of_the_items_of_a_list_are_offered() -> None:
    assert list(items("post /v1/orders "))[:7] == [
        "ship_to[zip]=",
        "ship_to[city]=",
        "ship_to:=",
        "lines[0][size]:=",
        "lines:=",
        "due=",
    ]


def test_a_field_whose_part_was_typed_is_not_offered_whole() -> None:
    assert list(items("post /v1/orders ship_to[zip]=1 ship"))[:1] == ["ship_to[city]="]


def test_fields_of_an_object_are_offered_after_a_dot() -> None:
    assert texts("post /v1/orders ship_to.") == ["ship_to[zip]=", "ship_to[city]="]
    assert texts("post /v1/orders ship_to.C") == ["ship_to[city]="]
    assert texts("post /v1/orders lines.0.") == ["lines[0][size]:="]
    assert texts("post /v1/orders nothing.") == []


def test_a_form_has_no_nested_fields() -> None:
    assert [name for name in items("post /v1/forms ") if "[" in name] == []


@check_rows(
    ("name", "meta"),
    [("image@", "file"), ("scan@", "file"), ("more@", "file"), ("title=", "string"), ("key=", "string")],
)
def test_files_of_a_form_are_offered_as_uploads(name: str, meta: str) -> None:
    assert items("post /v1/covers ")[name] == meta


def test_number_of_a_form_is_text() -> None:
    assert "pages=" in items("post /v1/covers ")


def test_a_second_file_of_a_list_can_be_given() -> None:
    assert "more@" in items("post /v1/covers more@a.png ")


@check_rows(
    ("name", "meta"),
    [("due=", "date"), ("ship_to[zip]=", "string like ^[0-9]{5}$, required in ship_to"), ("ship_to:=", "object")],
)
def test_choice_with_null_is_described_as_the_other(name: str, meta: str) -> None:
    assert items("post /v1/orders ")[name] == meta


@check_rows("line", ["get /v1/books X-L", "post /v1/orders X-Lib", "get /v1/unknown X-Lib", "set header X-Li"])
def test_header_of_a_key_is_offered_as_a_header(line: str) -> None:
    assert texts(line)[0].rstrip(":") == "X-Library-Key"


def test_header_of_a_key_is_not_offered_if_the_session_sends_it() -> None:
    line, context = "post /v1/orders ", CompletionContext(base="http://h/v1", described=described())

    assert "X-Library-Key" in {name.rstrip(":") for name, _ in rows(line, context)}
    for sent in (context._replace(auth_header="x-library-key"), context._replace(headers=(Named("X-Library-Key"),))):
        assert ("X-Library-Key:", "header, an API key as described") not in rows(line, sent)


KEYS = {name: {"type": "apiKey", "in": "header", "name": name} for name in ("X-Lab", "X-Shop")}


def test_key_comes_first_only_for_operations_that_require_it() -> None:
    security = [{"X-Lab": []}, {}]
    context = context_of({"/lab": {"get": {"security": security}}, "/a": {"get": {}}}, securitySchemes=KEYS)
    about = "header, an API key as described"

    assert rows("get /lab ", context)[0] == ("X-Lab:", about)
    assert [one for one in rows("get /lab ", context) if one[1] == about] == [("X-Lab:", about), ("X-Shop:", about)]
    assert rows("get /a ", context)[0] == ("Accept:", "header")
    assert rows("get /a ", context)[-1] == ("X-Shop:", about)


def test_described_header_is_offered_once_in_any_case() -> None:
    parameter = {"name": "idempotency-key", "in": "header", "schema": {"format": "uuid", "type": "string"}}
    seen = Seen()
    seen.add(Observation("http://h", ((Fact("header", "/a", "Idempotency-Key"), NO_DETAILS),)), 1)
    context = context_of({"/a": {"post": {"parameters": [parameter]}}})._replace(seen=seen)

    assert rows("post /a idem", context) == [("idempotency-key:", "header, uuid")]


def test_method_that_is_not_described_has_no_fields_of_responses() -> None:
    seen = Seen()
    seen.add(Observation("http://h", ((Fact("member", "/a", "id", "number"), NO_DETAILS),)), 1)
    context = context_of({"/a": {"get": {}}})._replace(seen=seen)

    assert rows("patch /a id", context) == rows("patch /a id", context._replace(seen=Seen()))
    assert rows("patch /b id", context) == rows("patch /b id", context._replace(seen=Seen()))


@check_rows(
    ("line", "values"),
    [
        ("post /v1/books genre=", ["novel", "drama"]),
        ("post /v1/books is_lent:=", ["true", "false"]),
        ("get /v1/books shelf==", ["a", "b"]),
        ("get /v1/books page==", ["1"]),
        ("post /v1/orders lines[0][size]:=", ["1", "2"]),
    ],
)
def test_values_are_offered(line: str, values: list[str]) -> None:
    assert texts(line) == values


def test_servers_are_offered_as_base() -> None:
    found = [text.strip("'") for text in texts("set base ht")]

    assert {"http://h/v1", "https://test.h/v1"} <= set(found)


def test_values_of_the_variables_of_a_server_are_offered() -> None:
    variables = {
        "region": {"default": "eu", "enum": ["us", "eu"]},
        "version": {"default": "v1"},
        "user": {"default": "demo"},
    }
    server = {"url": "https://{region}.x.test/{version}", "description": "Live.", "variables": variables}
    text = json.dumps({"openapi": "3.0.0", "servers": [server, {"url": "/rel"}], "paths": {"/a": {"get": {}}}})
    base = DescribedBase(Api(compile_text(text, "x.json")), "http://h")

    assert rows("set base ", CompletionContext(base="http://h", described=base))[:3] == [
        ("https://eu.x.test/v1", "Live"),
        ("https://us.x.test/v1", "Live"),
        ("http://h/rel", "server of the API"),
    ]


def test_schemes_that_the_api_asks_for_come_first() -> None:
    first = offered("set auth ")[:2]

    assert [(one.text, one.meta) for one in first] == [
        ("bearer", "token: this API asks for it"),
        ("apikey", "key: this API asks for it"),
    ]


def test_header_of_a_key_is_offered() -> None:
    assert texts("set auth apikey ")[0] == "X-Library-Key"


def test_segments_of_very_many_paths_are_not_skipped() -> None:
    paths = {f"/{n}/a/b": {"get": {}} for n in range(1200)}
    base = DescribedBase(Api(compile_text(json.dumps({"openapi": "3.0.0", "paths": paths}), "x.json")), "http://h")

    found = [one.text for one in described_targets(CompletionContext(base="http://h", described=base), "/", "")]

    assert (found[0], found[-1]) == ("/0/a/b", "/1199/")


def test_texts_of_a_description_are_sanitised() -> None:
    hostile = {
        "openapi": "3.0.0",
        "info": {"title": "x", "version": "1"},
        "paths": {"/a\x1b[2J": {"get": {"summary": "b\x1b]0;x\x07\u202e"}}},
    }
    base = DescribedBase(Api(compile_text(json.dumps(hostile), "x.json")), "http://h")

    found = complete("get /", 5, CompletionContext(base="http://h", described=base))

    assert all(one.text.isprintable() and one.meta.isprintable() for one in found)


def test_name_that_would_run_something_is_quoted_or_left_out() -> None:
    hostile = {
        "openapi": "3.0.0",
        "info": {"title": "x", "version": "1"},
        "paths": {
            "/a": {
                "post": {
                    "requestBody": {
                        "content": {
                            "application/json": {
                                "schema": {"properties": {"`id`": {"type": "string", "enum": ["`rm x`", "a > b"]}}}
                            }
                        }
                    }
                }
            }
        },
    }
    base = DescribedBase(Api(compile_text(json.dumps(hostile), "x.json")), "http://h")
    context = CompletionContext(base="http://h", described=base)

    texts = [one.text for line in ("post /a ", "post /a '`id`'=") for one in complete(line, len(line), context)]

    assert not [text for text in texts if text[:1] != "'" and ("`" in text or ">" in text)]


def with_paths(paths: dict[str, object], line: str, base: str = "http://h") -> list[Candidate]:
    document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}
    api = DescribedBase(Api(compile_text(json.dumps(document), "t.json")), base)
    return complete(line, len(line), CompletionContext(base=base, described=api))


CARD = {
    "type": "object",
    "required": ["method", "cvc", "name"],
    "properties": {"method": {"const": "card"}, "cvc": {"type": "string"}, "name": {"type": "string"}},
}
TRANSFER = {
    "type": "object",
    "required": ["method", "iban", "name"],
    "properties": {"method": {"const": "transfer"}, "iban": {"type": "string"}, "name": {"type": "string"}},
}
PAY = {"post": {"requestBody": {"content": {"application/json": {"schema": {"oneOf": [CARD, TRANSFER]}}}}}}


@check_rows(
    ("line", "expected"),
    [
        ("post /pay ", {"method": True, "name": True, "cvc": False, "iban": False}),
        ("post /pay method=card ", {"name": True, "cvc": True}),
        ("post /pay method=transfer ", {"name": True, "iban": True}),
        ("post /pay method:='\"transfer\"' ", {"name": True, "iban": True}),
    ],
)
def test_fields_are_those_of_the_alternatives_that_the_typed_values_allow(line: str, expected: dict[str, bool]) -> None:
    found = with_paths({"/pay": PAY}, line)

    fields = {
        one.text.rstrip("="): "required" in one.meta
        for one in found
        if one.separator == "=" and "header" not in one.meta
    }
    assert fields == expected


def test_field_that_chooses_an_alternative_has_the_values_of_all() -> None:
    assert [one.text for one in with_paths({"/pay": PAY}, "post /pay method=")] == ["card", "transfer"]


REVIEWS = {"/items/{item_id}/reviews": {"get": {}, "post": {}}, "/items/{item_id}": {"get": {}, "delete": {}}}


def seen_with(paths: dict[str, object], facts: list[Fact], line: str) -> list[str]:
    document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}
    api = DescribedBase(Api(compile_text(json.dumps(document), "t.json")), "http://h")
    seen = Seen()
    seen.add(Observation("http://h", tuple((one, NO_DETAILS) for one in facts)), 1)
    context = CompletionContext(base="http://h", described=api, seen=seen)
    return [one.text for one in complete(line, len(line), context) if not one.is_shown_only]


def test_item_of_a_list_is_no_path_where_the_description_has_none() -> None:
    facts = [Fact("path", "/items/2/reviews", "GET"), Fact("item", "/items/2/reviews", "id", "0")]

    assert seen_with(REVIEWS, facts, "get /items/2/reviews/") == []
    assert "/other/0" in seen_with(REVIEWS, [Fact("path", "/other"), Fact("item", "/other", "id", "0")], "get /other/")


def test_item_ends_with_the_slash_of_the_description() -> None:
    facts = [Fact("path", "/books", "GET"), Fact("item", "/books", "id", "7")]

    assert seen_with({"/books": {"get": {}}, "/books/{id}/": {"get": {}}}, facts, "get /books/") == ["/books/7/"]


def test_seen_path_without_the_described_method_is_not_offered() -> None:
    facts = [Fact("path", "/items/2/reviews", "GET"), Fact("path", "/items/2", "GET")]

    assert seen_with(REVIEWS, facts, "delete /items/2") == ["/items/2"]
    assert seen_with(REVIEWS, facts, "post /items/2") == ["/items/2/", "/items/2/reviews"]


def test_help_offers_paths_as_the_description_writes_them() -> None:
    assert texts("help GET /v1/books/") == ["/v1/books/{id}"]


def test_help_of_a_path_alone_offers_the_paths_of_all_methods() -> None:
    assert texts("help /v1/")[:2] == ["/v1/books", "/v1/admin/users/all"]


def test_a_path_without_a_command_is_completed_as_that_of_get() -> None:
    assert texts("/v1/") == texts("get /v1/")


def test_required_fields_of_a_required_object_come_before_all_others() -> None:
    schema = {
        "type": "object",
        "required": ["lines", "address"],
        "properties": {
            "lines": {"type": "array", "items": {"required": ["sku"], "properties": {"count": {}, "sku": {}}}},
            "address": {"type": "object", "required": ["zip"], "properties": {"note": {}, "zip": {}}},
        },
    }
    body = {"requestBody": {"content": {"application/json": {"schema": schema}}}}
    context = context_of({"/orders": {"post": body}})

    typed = [
        text for text, meta in rows("post /orders ", context) if "field" in meta or "[" in text or "required" in meta
    ]

    assert typed == [
        "lines[0][sku]=",
        "lines:=",
        "address[zip]=",
        "address:=",
        "lines[0][count]=",
        "address[note]=",
    ]


def test_a_query_parameter_of_another_path_is_not_offered_for_a_described_operation() -> None:
    seen = Seen()
    seen.add(Observation("http://h", ((Fact("query", "/v1/other", "limit", "5"), NO_DETAILS),)), 1)
    context = CompletionContext(base="http://h/v1", described=described(), seen=seen)

    assert "limit==" not in [one.text for one in complete("post /v1/search ", 16, context)]


def test_again_offers_the_fields_of_the_operation_that_it_repeats() -> None:
    history = (Named("5", "GET /v1/books"), Named("4", "POST /v1/books"))
    context = CompletionContext(base="http://h/v1", described=described(), history=history)

    assert [one.text for one in complete("again 4 ", 8, context)][:2] == ["title=", "year:="]


def test_again_without_a_number_repeats_the_last_request() -> None:
    history = (Named("5", "GET /v1/books"), Named("4", "POST /v1/books"))
    context = CompletionContext(base="http://h/v1", described=described(), history=history)

    assert [one.text for one in complete("again s", 7, context)][:1] == ["shelf=="]


SLASHED = {
    "/api/items/": {"get": {"summary": "List items"}, "post": {}},
    "/api/items/{id}/": {"get": {}, "delete": {}},
    "/api/items/{id}/publish/": {"post": {"summary": "Publish it"}},
    "/api/token-auth/": {"post": {"summary": "Log in"}},
}


@check_rows(
    ("line", "expected"),
    [
        ("post /api/", [("/api/items/", "GET, POST, 1 more POST below"), ("/api/token-auth/", "POST, Log in")]),
        ("post /api/t", [("/api/token-auth/", "POST, Log in")]),
        ("post /api/items/8/", [("/api/items/8/publish/", "POST, Publish it")]),
        ("get /api/items/", [("/api/items/{id}/", "to be typed, GET, DELETE")]),
    ],
)
def test_paths_that_end_with_a_slash_are_offered(line: str, expected: list[tuple[str, str]]) -> None:
    assert rows(line, context_of(SLASHED))[: len(expected)] == expected


SHOP = {
    "/users": {
        "get": {"parameters": [{"name": "page", "in": "query", "schema": {"type": "integer"}}]},
        "post": {"requestBody": {"content": {"application/json": {"schema": {"properties": {"name": {}}}}}}},
    },
    "/users/{id}": {"get": {}, "patch": {}, "delete": {}},
    "/users/{id}/avatar": {"post": {}, "put": {}},
    "/users/{id}/avatar/crop": {"post": {}},
}


@check_rows(
    ("line", "meta"),
    [
        ("post /us", "GET, POST, 2 more POST below"),
        ("put /us", "GET, POST, 1 PUT below"),
        ("get /us", "GET, POST, 1 more GET below"),
        ("ls /us", "GET, POST, 6 more below"),
    ],
)
def test_path_tells_how_many_operations_of_the_typed_method_are_below(line: str, meta: str) -> None:
    assert rows(line, context_of(SHOP))[0][1] == meta


@check_rows("slash", ["", "/"])
@check_rows("method", ["patch", "delete"])
def test_typed_folder_is_not_offered_again_if_the_method_is_described_below_it(method: str, slash: str) -> None:
    paths = {f"/users{slash}": {"get": {}}, f"/users/{{id}}{slash}": {"patch": {}, "delete": {}}}
    facts = [Fact("path", f"/users{slash}", "GET"), Fact("item", "/users", "id", "7")]

    assert seen_with(paths, facts, f"{method} /users/") == [f"/users/7{slash}"]


def test_typed_path_that_has_the_method_stays_offered() -> None:
    paths = {"/users/": {"get": {}}, "/users/{id}": {"get": {}}}

    assert seen_with(paths, [Fact("path", "/users/", "GET")], "get /users/") == ["/users/"]


@check_rows(
    ("line", "offered"),
    [
        ("get /us", ["/users", "/users?page=2", "/users?page=3"]),
        ("patch /us", ["/users/"]),
        ("post /us", ["/users", "/users?dry=yes"]),
        ("cd /us", ["/users"]),
        ("ls /us", ["/users"]),
        ("get http://h/us", ["http://h/users?page=2", "http://h/users"]),
    ],
)
def test_target_with_a_query_is_offered_for_the_method_that_it_was_sent_with(line: str, offered: list[str]) -> None:
    targets = (
        Target("http://h/users?page=2", "GET, seen #3"),
        Target("/users?page=3"),
        Target("/users?dry=yes", "POST, seen #2", "POST"),
    )
    context = context_of(SHOP)._replace(targets=targets)

    assert sorted(text for text, _ in rows(line, context)) == sorted(offered)


@check_rows(("line", "is_offered"), [("post /users pa", False), ("get /users pa", True), ("post /users de", True)])
def test_seen_query_parameter_of_another_method_is_not_offered(line: str, is_offered: bool) -> None:
    seen = Seen()
    facts = (Fact("query", "/users", "page", "2"), Fact("query", "/users", "debug", "1"))
    seen.add(Observation("http://h", tuple((one, NO_DETAILS) for one in facts)), 1)

    found = [text for text, _ in rows(line, context_of(SHOP)._replace(seen=seen))]

    assert any(text.endswith("==") for text in found) is is_offered


@pytest.mark.parametrize(("line", "is_offered"), [("get /users na", False), ("post /users na", True)])
def test_seen_field_is_not_offered_for_an_operation_without_a_body(line: str, is_offered: bool) -> None:
    seen = Seen()
    seen.add(Observation("http://h", ((Fact("field", "/users", "name", "text"), NO_DETAILS),)), 1)

    found = [text for text, _ in rows(line, context_of(SHOP)._replace(seen=seen))]

    assert ("name=" in found) is is_offered


def test_member_of_a_list_is_offered_once_and_as_the_first_entry() -> None:
    seen = Seen()
    facts = (Fact("field", "/v1/orders", "lines[][size]", "number"), Fact("field", "/v1/orders", "lines[][x]", "text"))
    seen.add(Observation("http://h", tuple((one, NO_DETAILS) for one in facts)), 3)
    context = CompletionContext(base="http://h/v1", described=described(), seen=seen)

    found = {one.text: one.meta for one in complete("post /v1/orders ", 16, context) if "lines" in one.text}

    assert found == {
        "lines:=": "list of object",
        "lines[0][size]:=": "integer, required in lines, seen #3",
        "lines[0][x]=": "field, seen #3",
    }


def test_cd_offers_folders_before_paths_with_nothing_below() -> None:
    paths = {"/health": {"get": {}}, "/books": {"get": {}}, "/books/{id}": {"get": {}}, "/a/b": {"get": {}}}
    targets = (Target("/health"), Target("/a/b"), Target("/old/x"))

    found = [text for text, _ in rows("cd ", context_of(paths)._replace(targets=targets))]

    assert found == ["/books", "/health", "/a/b", "/old/x"]


@check_rows(
    ("base", "previous", "steps"),
    [("http://h", "", []), ("http://h/v1", "", [".."]), ("http://h", "http://a", ["-"])],
)
def test_cd_offers_the_steps_up_and_back_if_there_are_any(base: str, previous: str, steps: list[str]) -> None:
    context = CompletionContext(base=base, previous_base=previous)

    assert [one.text for one in complete("cd ", 3, context)] == steps


ITEM = {
    "type": "object",
    "required": ["name", "price"],
    "properties": {
        "price": {
            "type": "object",
            "required": ["amount"],
            "properties": {"amount": {"type": "number", "minimum": 1}, "currency": {"type": "string"}},
        },
        "name": {"type": "string"},
        "size": {"type": "object", "required": ["width"], "properties": {"width": {"type": "number"}}},
        "tags": {"type": "array", "items": {"type": "string", "enum": ["new", "sale"]}, "description": "Its tags."},
        "counts": {"type": "array", "items": {"type": "integer"}},
    },
}
ITEMS = {"/items": {"post": {"requestBody": {"content": {"application/json": {"schema": ITEM}}}}}}


def test_members_of_an_object_come_before_the_object_and_lists_are_offered_by_their_entries() -> None:
    found = [(text, meta) for text, meta in rows("post /items ", context_of(ITEMS)) if "header" not in meta]

    assert found == [
        ("price[amount]:=", "number 1.., required"),
        ("price:=", "object, required"),
        ("name=", "string, required"),
        ("price[currency]=", "string"),
        ("size[width]:=", "number, required in size"),
        ("size:=", "object"),
        ("tags[]=", "list of string, Its tags"),
        ("counts[]:=", "list of integer"),
    ]


def test_a_list_is_offered_again_for_its_next_entry() -> None:
    found = [text for text, _ in rows("post /items tags[]=new ", context_of(ITEMS))]

    assert "tags[]=" in found
    assert found[0] != "tags[]="


@check_rows(
    ("line", "values"),
    [
        ("post /items price:=", ['{"amount": 1}']),
        ("post /items size:=", ['{"width": 1}']),
        ("post /items counts:=", ["[1]"]),
        ("post /items tags:=", ['["new"]']),
        ("post /items tags[]=", ["new", "sale"]),
    ],
)
def test_a_value_of_an_object_or_a_list_is_an_example_in_json(line: str, values: list[str]) -> None:
    assert [text for text, _ in rows(line, context_of(ITEMS))] == values


def test_an_inserted_example_is_one_item() -> None:
    (one,) = complete("post /items price:=", 19, context_of(ITEMS))

    assert split("post /items price:=" + one.text).words[2].text == 'price:={"amount": 1}'


def test_list_that_was_sent_is_offered_once() -> None:
    seen = Seen()
    seen.add(Observation("http://h", ((Fact("field", "/items", "tags", "list"), NO_DETAILS),)), 3)

    found = [text for text, _ in rows("post /items ", context_of(ITEMS)._replace(seen=seen)) if "tags" in text]

    assert found == ["tags[]="]


@pytest.mark.parametrize("name", ["pay[method]", "all[0][method]"])
def test_field_that_chooses_an_alternative_of_an_object_has_the_values_of_all(name: str) -> None:
    either = {"oneOf": [CARD, TRANSFER]}
    schema = {"type": "object", "properties": {"pay": either, "all": {"type": "array", "items": either}}}
    paths = {"/orders": {"post": {"requestBody": {"content": {"application/json": {"schema": schema}}}}}}

    assert [one.text for one in with_paths(paths, f"post /orders {name}=")] == ["card", "transfer"]


@check_rows(
    ("line", "expected"),
    [
        ("post /orders pay[method]=card ", {"pay[cvc]": True, "pay[name]": True}),
        ("post /orders pay[method]=transfer ", {"pay[iban]": True, "pay[name]": True}),
        ("post /orders all[0][method]=card ", {"all[0][cvc]": True, "all[0][name]": True}),
    ],
)
def test_fields_of_an_object_are_those_of_the_alternative_that_was_chosen(line: str, expected: dict[str, bool]) -> None:
    either = {"oneOf": [CARD, TRANSFER]}
    schema = {"type": "object", "properties": {"pay": either, "all": {"type": "array", "items": either}}}
    paths = {"/orders": {"post": {"requestBody": {"content": {"application/json": {"schema": schema}}}}}}

    found = {one.text.rstrip(":="): "required" in one.meta for one in with_paths(paths, line) if "[" in one.text}

    begun = line.split()[2].partition("[")[0]
    assert {name: needed for name, needed in found.items() if name.startswith(begun)} == expected


TOKEN = {
    "type": "apiKey",
    "in": "header",
    "name": "Authorization",
    "description": 'Token-based authentication with required prefix "Token"',
}
KEY = {"type": "apiKey", "in": "header", "name": "X-API-Key"}


@check_rows(
    ("line", "values"),
    [
        ("set auth apikey Authorization ", ['"Token {{last.json.token}}"']),
        ('set auth apikey Authorization "Tok', ['"Token {{last.json.token}}"']),
        ("set auth apikey X-API-Key ", ["{{last.json.token}}"]),
        ("set auth apikey X-API-Key abc ", []),
        ("set auth bearer ", ["{{last.json.token}}"]),
        ("set auth bearer abc ", []),
    ],
)
def test_token_of_the_last_response_is_offered_as_the_api_wants_it(line: str, values: list[str]) -> None:
    context = context_of({}, securitySchemes={"token": TOKEN, "key": KEY})._replace(steps=("id", "token"))

    assert [one.text for one in complete(line, len(line), context) if "{{" in one.text] == values


def test_word_before_a_key_is_told_before_the_text_of_the_description() -> None:
    context = context_of({}, securitySchemes={"token": TOKEN})

    assert rows("set auth ", context)[0] == ("apikey", "token: this API asks for it, a key after the word Token")
    assert rows("set auth apikey ", context)[0] == ("Authorization", "described, a key after the word Token")


def test_header_of_a_key_is_offered_once_in_the_spelling_of_the_description() -> None:
    found = [text for text, _ in rows("set auth apikey ", context_of({}, securitySchemes={"key": KEY}))]

    assert found == ["X-API-Key", "Api-Key", "X-Auth-Token"]


@pytest.mark.parametrize(("text", "about"), [("", ""), ("Its genre.\n\n", ", Its genre")])
def test_values_that_a_text_lists_have_their_own_descriptions(text: str, about: str) -> None:
    genre = {
        "type": "string",
        "enum": ["novel", "sci"],
        "description": f"{text}* `novel` - A novel\n* `sci` - Science",
    }
    body = {"requestBody": {"content": {"application/json": {"schema": {"properties": {"genre": genre}}}}}}
    context = context_of({"/a": {"post": body}})

    assert rows("post /a genre=", context) == [("novel", "A novel"), ("sci", "Science")]
    assert rows("post /a gen", context)[0] == ("genre=", f"string{about}")


def with_body(media: dict[str, object]) -> CompletionContext:
    return context_of({"/a": {"put": {"requestBody": {"content": media}}}})


def test_body_without_fields_is_offered_as_a_file() -> None:
    context = with_body({"image/png": {}, "image/jpeg": {}})

    assert rows("put /a ", context)[0] == ("@", "body, a file, image/png, image/jpeg")
    assert complete("put /a ", 7, context)[0].text == "@"
    assert "@" not in [text for text, _ in rows("put /a @x.png ", context)]


def test_entries_of_a_body_that_is_a_list_are_offered() -> None:
    entry = {"type": "object", "required": ["name"], "properties": {"size": {"type": "integer"}, "name": {}}}
    context = with_body({"application/json": {"schema": {"type": "array", "items": entry}}})

    assert rows("put /a ", context)[:2] == [("[0][name]=", "any, required"), ("[0][size]:=", "integer")]
    assert rows("put /a [0][name]=x ", context)[0] == ("[0][size]:=", "integer")


def test_texts_of_a_body_that_is_a_list_are_offered() -> None:
    context = with_body({"application/json": {"schema": {"type": "array", "items": {"type": "string"}}}})

    assert rows("put /a ", context)[0] == ("[]=", "list of string")


def body_of(**properties: object) -> dict[str, object]:
    schema = {"type": "object", "properties": properties}
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


ITEM = {
    "/items/{id}": {
        "put": body_of(
            sku={"type": "string", "examples": ["ABC-1234"]},
            name={"type": "string"},
            tags={"type": "array", "items": {"type": "string"}},
        ),
        "patch": body_of(name={"type": "string"}),
    }
}


def test_present_value_of_a_field_is_offered_before_an_example() -> None:
    values = {"sku": '"ABC-2001"', "tags[]": '["new", "old"]'}
    context = context_of(ITEM)._replace(values_at=lambda url: values)

    assert rows("put /items/7 sku=", context) == [("ABC-2001", "now"), ("ABC-1234", "example")]


def test_present_entries_of_a_list_are_offered() -> None:
    context = context_of(ITEM)._replace(values_at=lambda url: {"tags[]": '["new", "old"]'})

    assert rows("put /items/7 tags[]=", context) == [("new", "now"), ("old", "now")]
    assert rows("put /items/7 tags:=", context)[0] == ('["new", "old"]', "now")


def test_seen_field_that_only_another_method_has_is_not_offered() -> None:
    seen = Seen()
    facts = (Fact("field", "/items/7", "sku", "text"), Fact("field", "/items/7", "color", "text"))
    seen.add(Observation("http://h", tuple((one, NO_DETAILS) for one in facts)), 1)
    context = context_of(ITEM)._replace(seen=seen)

    assert [name for name, _ in rows("patch /items/7 ", context) if name in ("sku=", "name=", "color=")] == [
        "name=",
        "color=",
    ]


CLINIC = {"/owners": {"get": {}, "post": {}}, "/owners/{id}": {"get": {}}, "/owners/{id}/pets": {"get": {}}, "/o": {}}


@check_rows(
    ("line", "expected"),
    [
        ("get /owners", [("/owners", "GET, POST, 2 more GET below"), ("/owners/", "2 GET below")]),
        ("get /owner", [("/owners", "GET, POST, 2 more GET below")]),
        ("post /owners", [("/owners", "GET, POST")]),
        ("get /owners/7", [("/owners/7", "GET, seen #1"), ("/owners/7/", "1 GET below")]),
        ("get /owners/", [("/owners/7", "GET, seen #1"), ("/owners/{id}", "GET, 1 more GET below")]),
    ],
)
def test_typed_path_with_described_paths_below_it_is_offered_as_a_folder_too(line: str, expected) -> None:
    seen = Seen()
    seen.add(Observation("http://h", ((Fact("path", "/owners/7", "GET"), NO_DETAILS),)), 1)
    found = rows(line, context_of(CLINIC)._replace(seen=seen))

    assert [row for row in found if row[0] in dict(expected)] == expected


OPEN = {"requestBody": {"content": {"application/json": {"schema": {"type": "object", "title": "Changes"}}}}}
OWNER = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}, "kind": {"enum": ["a", "b"]}},
}
OWNER_BODY = {"requestBody": {"content": {"application/json": {"schema": OWNER}}}}
OWNER_RESPONSE = {"responses": {"200": {"content": {"application/json": {"schema": OWNER}}}}}
PUT = {"put": OWNER_BODY}


@check_rows(
    ("paths", "line", "source"),
    [
        ({"/owners/{id}": {"patch": OPEN, **PUT}}, "patch /owners/7 ", "of PUT"),
        ({"/owners/{id}": {"patch": {}, **PUT}}, "patch /owners/7 ", "of PUT"),
        ({"/owners/{id}": PUT}, "patch /owners/7 ", "of PUT"),
        ({"/owners/{id}/": {"patch": OPEN, **PUT}}, "patch /owners/7/ ", "of PUT"),
        ({"/owners/{id}": {"put": OPEN, "patch": OWNER_BODY}}, "put /owners/7 ", "of PATCH"),
        ({"/owners/{id}": {"put": OPEN, "post": OWNER_BODY}}, "put /owners/7 ", "of POST"),
        ({"/owners/{id}": {"patch": OPEN}, "/owners": {"post": OWNER_BODY}}, "patch /owners/7 ", "of POST /owners"),
        ({"/owners/{id}/": {"patch": OPEN}, "/owners/": {"post": OWNER_BODY}}, "patch /owners/7/ ", "of POST /owners/"),
        ({"/me": {"patch": OPEN, "get": OWNER_RESPONSE}}, "patch /me ", "of GET"),
    ],
)  # fmt: skip
def test_a_change_without_described_fields_has_those_of_other_methods(paths, line: str, source: str) -> None:
    found = dict(rows(line, context_of(paths)))

    assert {name: found.get(name) for name in ("name=", "age:=", "kind=")} == {
        "name=": f"string, {source}",
        "age:=": f"integer, {source}",
        "kind=": f"string, {source}",
    }
    assert [name for name, _ in rows(f"{line}age:=1 ", context_of(paths)) if name == "age:="] == []


@check_rows(
    ("paths", "line"),
    [
        ({"/owners/{id}": {"patch": OWNER_BODY, "put": OPEN}}, "patch /owners/7 "),
        ({"/owners/{id}/paid": {"put": {}}, "/owners/{id}": {"post": OWNER_BODY}}, "put /owners/7/paid "),
        ({"/owners/{id}": {"delete": {}, **PUT}}, "delete /owners/7 "),
        ({"/owners/{id}": {"patch": {"requestBody": {"content": {"image/png": {}}}}, **PUT}}, "patch /owners/7 "),
        ({"/owners/{id}": {"post": {}, **PUT}}, "post /owners/7 "),
    ],
)
def test_fields_of_other_methods_are_not_offered_elsewhere(paths, line: str) -> None:
    assert not [about for _, about in rows(line, context_of(paths)) if " of P" in about]


def test_values_of_a_field_of_another_method_are_offered() -> None:
    context = context_of({"/owners/{id}": {"patch": OPEN, **PUT}})

    assert [name for name, _ in rows("patch /owners/7 kind=", context)] == ["a", "b"]


def test_a_change_with_an_open_body_has_the_fields_that_were_seen() -> None:
    seen = Seen()
    facts = (Fact("member", "/owners/7", "color", "text"), Fact("field", "/owners", "note", "text"))
    seen.add(Observation("http://h", tuple((one, NO_DETAILS) for one in facts)), 1)
    context = context_of({"/owners/{id}": {"patch": OPEN, **PUT}, "/owners": {"post": OPEN}})._replace(seen=seen)

    found = [name for name, _ in rows("patch /owners/7 ", context) if name.endswith("=")]

    assert found[:5] == ["name=", "age:=", "kind=", "note=", "color="]


def body_of(**media: dict[str, object]) -> CompletionContext:
    types = {"parts": "multipart/form-data", "json": "application/json", "form": FORM}
    content = {
        types[kind]: {"schema": {"type": "object", "required": ["cover"], "properties": fields}}
        for kind, fields in media.items()
    }
    return context_of({"/x": {"post": {"requestBody": {"content": content}}}})


URI = {"type": "string", "format": "uri"}
BINARY = {"type": "string", "format": "binary"}


def test_uri_in_a_multipart_body_may_be_a_file() -> None:
    context = body_of(parts={"cover": URI, "title": {"type": "string"}})

    found = rows("post /x ", context)[:3]

    assert found == [("cover@", "file, required"), ("cover=", "uri, required"), ("title=", "string")]
    assert not {"cover@", "cover="} & dict(rows("post /x cover@a.png ", context)).keys()


def test_uri_in_a_json_body_is_a_text() -> None:
    assert "cover@" not in dict(rows("post /x ", body_of(json={"cover": URI}, parts={"cover": URI})))


@check_rows("kind", ["json", "form"])
@check_rows("field", [URI, BINARY], ids=["uri", "binary"])
def test_a_file_of_the_multipart_body_is_an_upload(kind: str, field: dict[str, object]) -> None:
    context = body_of(**{kind: {"cover": field, "title": {"type": "string"}}}, parts={"cover": BINARY})

    found = dict(rows("post /x ", context))

    assert found["cover@"] == "file, required"
    assert "cover=" not in found


def test_a_file_that_only_the_multipart_body_has_is_an_upload() -> None:
    found = rows("post /x ", body_of(json={"title": {"type": "string"}}, parts={"cover": BINARY}))

    assert ("cover@", "file, required") in found


def test_folder_itself_stands_behind_what_is_in_it() -> None:
    targets = (Target("/api/items/", "POST, seen #2", "POST"), Target("/api/items/8/", "GET, seen #1"))

    found = rows("get /api/items/", context_of(SLASHED)._replace(targets=targets))

    assert [text for text, _ in found] == ["/api/items/8/", "/api/items/", "/api/items/{id}/"]
    assert found[-1][1] == "GET, DELETE"


def test_parameter_beside_the_folder_itself_is_to_be_typed() -> None:
    targets = (Target("/api/items/", "GET, seen #1"),)

    found = dict(rows("get /api/items/", context_of(SLASHED)._replace(targets=targets)))

    assert found["/api/items/{id}/"] == "to be typed, GET, DELETE"
