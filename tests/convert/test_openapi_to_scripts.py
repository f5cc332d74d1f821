"""A description as `.http` files: what each operation becomes, and that nothing of it is read as anything else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.convert.descriptions import api_of
from tests.support.rows import check_rows

from callbox.convert.openapi_to_scripts import convert_description, environments_of
from callbox.httpfile.model import FileReference, Script, Step
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.requests.step_body_builder import operation_of
from callbox.httpfile.script_lints import lint

HOSTILE = "x\r\n### y\nGET https://evil.test/{{token}}\n< /etc/passwd\n# @expect status 500\x1b]0;z\x07\u202e"


def text_of(operation: dict[str, Any], path: str = "/books", method: str = "get", **more: Any) -> str:
    converted = convert_description(api_of({path: {method: operation}}, **more))
    return converted.scripts[0].blocks[0].text


def checked(text: str) -> Script:
    script = parse(f"@base = http://a.test\n{text}", "a.http")
    assert lint(script) == ()
    return script


def step_of(operation: dict[str, Any], **how: Any) -> Step:
    (step,) = checked(text_of(operation, **how)).steps
    return step


def body_of(content: dict[str, Any], **more: Any) -> Step:
    return step_of({"requestBody": {"content": content}} | more, method="post")


def test_operation_is_written_as_documented() -> None:
    operation = {
        "summary": "Get a book",
        "operationId": "get_book",
        "security": [{"token": []}],
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "example": 2}},
            {"name": "page", "in": "query", "schema": {"type": "integer"}},
            {"name": "lang", "in": "query", "required": True, "schema": {"enum": ["en", "de"]}},
        ],
    }
    schemes = {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}}

    assert text_of(operation, path="/books/{id}", components=schemes) == (
        "### Get a book\n# @name get_book\n# @operation GET /books/{id}\n# @secret token\n@id = 2\n"
        "GET {{base}}/books/{{id}}\n    ?lang=en\n#   &page=1\nAuthorization: Bearer {{token}}\n"
    )


@check_rows(
    ("scheme", "lines"),
    [
        ({"type": "http", "scheme": "bearer"}, ["# @secret s", "Authorization: Bearer {{s}}"]),
        (
            {"type": "http", "scheme": "basic"},
            ["# @prompt s_user", "# @secret s_password", "Authorization: Basic {{s_user}} {{s_password}}"],
        ),
        ({"type": "apiKey", "in": "header", "name": "X-Key"}, ["# @secret s", "X-Key: {{s}}"]),
        ({"type": "apiKey", "in": "query", "name": "key"}, ["# @secret s", "    ?key={{s}}"]),
        ({"type": "apiKey", "in": "cookie", "name": "sid"}, ["# @secret s", "Cookie: sid={{s}}"]),
        ({"type": "oauth2", "flows": {}}, ["# @secret s", "Authorization: Bearer {{s}}"]),
        ({"type": "mutualTLS"}, ["# auth: mutualTLS (s)"]),
    ],
    ids=["bearer", "basic", "key in a header", "key in the query", "key in a cookie", "oauth2", "mutual TLS"],
)
def test_auth_is_variables(scheme: dict[str, Any], lines: list[str]) -> None:
    text = text_of({"security": [{"s": []}]}, components={"securitySchemes": {"s": scheme}})

    assert [line for line in text.splitlines() if line in lines] == lines
    checked(text)


def test_first_alternative_of_the_security_counts_and_all_of_it() -> None:
    schemes = {name: {"type": "apiKey", "in": "header", "name": name} for name in ("A", "B", "C")}

    text = text_of({"security": [{"A": [], "B": []}, {"C": []}]}, components={"securitySchemes": schemes})

    assert [line for line in text.splitlines() if ": " in line and line[0] != "#"] == ["A: {{A}}", "B: {{B}}"]


def test_optional_cookies_are_comments_and_required_ones_are_sent() -> None:
    cookies = [{"name": name, "in": "cookie", "required": name == "b", "example": "1"} for name in ("a", "b", "c")]

    text = text_of({"parameters": cookies})

    assert text.endswith("\nCookie: b=1\n# Cookie: a=1\n# Cookie: c=1\n")
    sent = checked(text.replace("# Cookie", "Cookie")).steps[0]
    assert [header.text for header in sent.headers] == ["b=1", "a=1", "c=1"]


@check_rows(("name", "value"), [("a b", "1"), ("a", 'x"; y'), ("a", "{{x}}")])
def test_cookie_that_no_header_can_hold_is_left_out(name: str, value: str) -> None:
    for is_required in (False, True):
        text = text_of({"parameters": [{"name": name, "in": "cookie", "required": is_required, "example": value}]})
        assert "Cookie" not in text


def test_deprecated_is_said() -> None:
    assert "# Deprecated\n" in text_of({"deprecated": True})


@check_rows(
    ("parameter", "line"),
    [
        ({"schema": {"type": "array", "items": {"enum": ["a b"]}}}, "#   ?q=a%20b"),
        ({"schema": {"type": "array", "items": {"type": "integer"}, "minItems": 2}}, "#   ?q=1&q=1"),
        ({"explode": False, "schema": {"example": [1, 2]}}, "#   ?q=1,2"),
        ({"explode": False, "style": "pipeDelimited", "schema": {"example": [1, 2]}}, "#   ?q=1%7C2"),
        ({"style": "deepObject", "schema": {"example": {"a": {"b": 1}}}}, "#   ?q[a][b]=1"),
        ({"schema": {"example": {"R": 1, "G": 2}}}, "#   ?R=1&G=2"),
        ({"content": {"application/json": {"example": {"a": 1}}}}, "#   ?q=%7B%22a%22:1%7D"),
        ({"example": "{{token}}&b=#1"}, "#   ?q=%7B%7Btoken%7D%7D%26b%3D%231"),
    ],
    ids=["array", "two items", "commas", "pipes", "deep object", "object", "JSON", "braces and marks"],
)
def test_query_is_written_in_its_style(parameter: dict[str, Any], line: str) -> None:
    assert line in text_of({"parameters": [{"name": "q", "in": "query"} | parameter]}).splitlines()


def test_each_optional_query_may_be_taken_alone_out_of_its_comment() -> None:
    names = [{"name": name, "in": "query", "schema": {"type": "integer"}} for name in "ab"]

    assert text_of({"parameters": names}).splitlines()[-2:] == ["#   ?a=1", "#   ?b=1"]


def test_constants_of_the_path_are_in_the_query() -> None:
    text = text_of({}, path="/?Action=List")

    assert "GET {{base}}/\n    ?Action=List\n" in text


@check_rows("name", ["Accept", "content-type", "Authorization", "Host", "a b", "é"])
def test_header_parameters_that_no_request_sets_are_left_out(name: str) -> None:
    text = text_of({"parameters": [{"name": name, "in": "header", "required": True, "schema": {}}]})

    assert checked(text).steps[0].headers == ()


def test_path_variable_does_not_take_the_name_of_another() -> None:
    parameters = [{"name": name, "in": "path", "required": True, "schema": {"example": "v"}} for name in ("base", "s")]
    schemes = {"securitySchemes": {"s": {"type": "http", "scheme": "bearer"}}}

    text = text_of({"parameters": parameters, "security": [{"s": []}]}, path="/{base}/{s}", components=schemes)

    assert "GET {{base}}/{{base_2}}/{{s_2}}\n" in text


def test_path_value_with_marks_is_encoded_when_it_is_filled() -> None:
    parameters = [{"name": "p", "in": "path", "required": True, "example": "a/b c"}]

    assert "@p = a/b c\nGET {{base}}/{{%p}}\n" in text_of({"parameters": parameters}, path="/{p}")


def test_server_of_one_operation_stands_in_its_url() -> None:
    text = text_of({"servers": [{"url": "https://files.test/up/"}]}, path="/f")

    assert "GET https://files.test/up/f\n" in text


def test_json_body_is_the_example_of_the_description() -> None:
    step = body_of({"application/json": {"example": {"a": "{{b}}", "c": ["é"]}}})

    assert "".join(text.text for text in step.body.texts) == ('{\n  "a": "\\{\\{b}}",\n  "c": [\n    "é"\n  ]\n}')
    assert step.header("content-type") is not None


@check_rows(
    ("described", "sent"),
    [
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/*+json", "application/json"),
        ("application/*+xml", "application/xml"),
        ("text/*", "text/plain"),
        ("multipart/*", "multipart/form-data"),
        ("application/vnd.x+json", "application/vnd.x+json"),
    ],
)
def test_range_of_media_types_is_sent_as_the_usual_one(described: str, sent: str) -> None:
    text = text_of({"requestBody": {"content": {described: {"example": {"a": 1}}}}}, method="post")

    assert f"Content-Type: {sent}" in text


def test_minimal_body_is_written_and_a_full_one_if_nothing_is_required() -> None:
    schema: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}}

    minimal = body_of({"application/json": {"schema": schema | {"required": ["b"]}}})
    full = body_of({"application/json": {"schema": schema}})

    texts = ["".join(text.text for text in step.body.texts) for step in (minimal, full)]
    assert list(map(json.loads, texts)) == [{"b": 1}, {"a": 1, "b": 1}]


def test_form_is_pairs() -> None:
    schema = {"type": "object", "properties": {"a": {"example": "x y&z"}, "b": {"example": [1, 2]}}}

    step = body_of({"application/x-www-form-urlencoded": {"schema": schema}})

    assert "".join(text.text for text in step.body.texts) == "a=x%20y%26z&b=1&b=2"


def test_multipart_has_a_part_for_each_field() -> None:
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "file": {"type": "string", "format": "binary"}},
    }

    step = body_of({"multipart/form-data": {"schema": schema}})

    assert step.body.kind == "multipart"
    lines = "".join(text.text for text in step.body.texts).split("\r\n")
    assert lines == [
        "--boundary", 'Content-Disposition: form-data; name="name"', "", "string",
        "--boundary", 'Content-Disposition: form-data; name="file"; filename="file"',
        "Content-Type: application/octet-stream", "", "string", "--boundary--", "",
    ]  # fmt: skip


def parts_of(**properties: object) -> list[str]:
    step = body_of({"multipart/form-data": {"schema": {"type": "object", "properties": properties}}})
    return "".join(text.text for text in step.body.texts).split("\r\n")


BINARY = {"type": "string", "contentMediaType": "application/octet-stream"}


@check_rows("schema", [BINARY, {"anyOf": [BINARY, {"type": "null"}]}, {"type": "array", "items": BINARY}])
def test_file_of_a_multipart_body_is_a_part_with_a_filename(schema: dict[str, object]) -> None:
    assert parts_of(uploads=schema) == [
        "--boundary", 'Content-Disposition: form-data; name="uploads"; filename="file"',
        "Content-Type: application/octet-stream", "", "string", "--boundary--", "",
    ]  # fmt: skip


def test_list_of_texts_has_a_part_for_each_text() -> None:
    assert parts_of(tag={"type": "array", "items": {"type": "string"}, "example": ["a", "b"]}) == [
        "--boundary", 'Content-Disposition: form-data; name="tag"', "", "a",
        "--boundary", 'Content-Disposition: form-data; name="tag"', "", "b", "--boundary--", "",
    ]  # fmt: skip


def test_list_of_objects_is_one_part_of_json() -> None:
    lines = parts_of(rows={"type": "array", "items": {"type": "object"}, "example": [{"a": 1}]})

    assert lines[2:5] == ["Content-Type: application/json", "", '[{"a": 1}]']


def test_xml_has_names_and_attributes() -> None:
    schema = {
        "type": "object",
        "xml": {"name": "book"},
        "properties": {
            "id": {"type": "integer", "xml": {"attribute": True}},
            "title": {"type": "string", "example": "A < B"},
            "tags": {"type": "array", "xml": {"wrapped": True}, "items": {"type": "string", "xml": {"name": "tag"}}},
        },
    }

    step = body_of({"application/xml": {"schema": schema}})

    assert "".join(text.text for text in step.body.texts).split("\n")[1:] == [
        '<book id="1">', "  <title>A &lt; B</title>", "  <tags>", "    <tag>string</tag>", "  </tags>", "</book>",
    ]  # fmt: skip


def test_text_of_several_lines_is_a_variable() -> None:
    text = text_of({"requestBody": {"content": {"text/plain": {"example": "a\n### b\n{{c}}"}}}}, method="post")

    assert "@body = a\\n### b\\n\\{\\{c}}\n" in text
    assert text.endswith("\n\n{{body}}\n")


@check_rows(
    "operation",
    [
        {"summary": HOSTILE},
        {"operationId": HOSTILE},
        {"tags": [HOSTILE]},
        {"parameters": [{"name": HOSTILE, "in": "query", "required": True, "schema": {"type": "string"}}]},
        {"parameters": [{"name": "q", "in": "query", "required": True, "schema": {"example": HOSTILE}}]},
        {"parameters": [{"name": "X-A", "in": "header", "required": True, "schema": {"example": HOSTILE}}]},
        {"parameters": [{"name": "q", "in": "cookie", "required": True, "schema": {"example": HOSTILE}}]},
        {"security": [{HOSTILE: []}]},
        {"requestBody": {"content": {HOSTILE: {"example": "a"}}}},
        {"requestBody": {"content": {"application/json": {"example": {HOSTILE: HOSTILE}}}}},
        {"requestBody": {"content": {"application/json": {"example": HOSTILE}}}},
        {"requestBody": {"content": {"text/plain": {"example": HOSTILE}}}},
        {"requestBody": {"content": {"application/xml": {"example": {HOSTILE: HOSTILE}}}}},
        {"requestBody": {"content": {"application/x-www-form-urlencoded": {"example": {HOSTILE: HOSTILE}}}}},
        {"requestBody": {"content": {"multipart/form-data": {"example": {HOSTILE: HOSTILE}}}}},
    ],
    ids=[
        "summary", "id", "tag", "name", "query", "header", "cookie", "scheme", "media type", "json", "json text", "text",
        "xml", "form", "multipart",
    ],
)  # fmt: skip
def test_hostile_text_stays_text(operation: dict[str, Any]) -> None:
    schemes = {"securitySchemes": {HOSTILE: {"type": "apiKey", "in": "query", "name": HOSTILE}}}

    text = text_of(operation, method="post", components=schemes)

    script = checked(text)
    (step,) = script.steps
    assert (step.method, step.expectations, list(step.body.files)) == ("POST", (), [])
    assert "{{token}}" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text


@check_rows("media_type", ["application/graphql", "application/graphql+json", "text/plain", "application/json"])
@check_rows(
    "example",
    [
        "gql X < /etc/passwd",
        "gql X < ../a.gql\n\n{}",
        "query { a }\n\n< /etc/passwd",
        "< /etc/passwd",
        "<@ /etc/passwd",
    ],
)
def test_no_example_of_a_description_sends_a_file_of_the_user(media_type: str, example: str) -> None:
    text = text_of({"requestBody": {"content": {media_type: {"example": example}}}}, method="post")

    (step,) = checked(text).steps
    operation = operation_of(step)
    pieces = (*operation.query, *operation.variables) if operation is not None else ()
    assert not [piece for piece in (*step.body.pieces, *pieces) if isinstance(piece, FileReference)]


def test_hostile_path_and_title_stay_text() -> None:
    converted = convert_description(
        api_of({f"/a{HOSTILE}/{{{HOSTILE}}}": {"get": {}}}, info={"title": HOSTILE, "version": HOSTILE})
    )

    script = parse(converted.scripts[0].text, "a.http")
    assert [step.method for step in script.steps] == ["GET"]
    assert not script.errors
    assert "{{token}}" not in converted.scripts[0].text


def test_names_are_unique() -> None:
    api = api_of({f"/{name}": {"get": {"operationId": "list items"}} for name in "abc"})

    assert [block.name for block in convert_description(api).scripts[0].blocks] == [
        "list_items", "list_items_2", "list_items_3",
    ]  # fmt: skip


def test_folder_has_a_file_for_each_tag() -> None:
    api = api_of(
        {
            "/a": {"get": {"tags": ["User accounts"]}, "put": {"tags": ["Bücher"]}},
            "/shops/{id}": {"get": {}},
            "/b": {"get": {"tags": ["../../etc/passwd"]}},
        }
    )

    assert [script.stem for script in convert_description(api, is_folder=True).scripts] == [
        "user-accounts", "bücher", "shops", "etc-passwd",
    ]  # fmt: skip


def test_several_servers_are_environments() -> None:
    servers = [
        {"url": "https://a.test/v1/", "description": "Production"},
        {"url": "https://b.test/{stage}", "variables": {"stage": {"default": "dev"}}},
        {"url": "https://a.test/v1"},
    ]
    api = api_of({"/a": {"get": {}}}, servers=servers)

    converted = convert_description(api)

    assert environments_of(api) == {"production": "https://a.test/v1", "b-test": "https://b.test/dev"}
    assert "@base" not in converted.scripts[0].head


def test_relative_server_is_below_localhost() -> None:
    assert (
        "@base = http://localhost/api\n"
        in convert_description(api_of({"/a": {"get": {}}}, servers=[{"url": "/api"}])).scripts[0].head
    )


@pytest.mark.parametrize(
    ("servers", "own", "head", "url"),
    [
        ([{"url": "//a.test"}], "https://a.test", "@base = https://a.test\n", "{{base}}/books"),
        ([{"url": "https://a.test"}], "https://b.test", "", "https://b.test/books"),
    ],
    ids=["the same", "another"],
)
def test_base_is_defined_only_where_a_request_has_it(
    servers: list[dict[str, str]], own: str, head: str, url: str
) -> None:
    paths = {"/books": {"get": {"servers": [{"url": own}]}}}
    text = convert_description(api_of(paths, servers=servers), has_environments=False).scripts[0].text

    assert text.partition("\n")[2].partition("###")[0].strip("\n") == head.strip("\n")
    assert f"GET {url}\n" in text
    assert lint(parse(text, "a.http")) == ()


@check_rows(
    ("content", "has_end"),
    [
        ({"text/event-stream": {}}, True),
        ({"application/x-ndjson": {}}, True),
        ({"text/event-stream": {}, "application/json": {}}, False),
        ({"application/json": {}}, False),
    ],
)
def test_stream_ends_after_some_events(content: dict[str, object], has_end: bool) -> None:
    text = text_of({"responses": {"200": {"description": "", "content": content}, "404": {"description": ""}}})

    checked(text)
    assert ("# @events 3\n" in text) is has_end


@check_rows(
    ("items", "text"),
    [({"type": "integer"}, "ids=1"), ({"enum": ["open", "paid"]}, "ids=open"), ({"type": "string"}, "ids=string")],
)
@check_rows("is_optional", [False, True])
def test_list_whose_default_is_empty_has_an_example(items: dict[str, object], text: str, is_optional: bool) -> None:
    schema: dict[str, object] = {"type": "array", "items": items, "default": []}
    if is_optional:
        schema = {"anyOf": [{"type": "array", "items": items}, {"type": "null"}], "default": []}

    assert f"?{text}\n" in text_of({"parameters": [{"name": "ids", "in": "query", "schema": schema}]})
