from __future__ import annotations

import pytest
from tests.support.linear import assert_linear
from tests.support.rows import check_rows

from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.source_and_diagnostics import joined

JSON = "Content-Type: application/json"
FORM = "Content-Type: application/x-www-form-urlencoded"
PARTS = 'Content-Type: multipart/form-data; boundary=b\n\n--b\nContent-Disposition: form-data; name="x"\n\nv\n--b--'

FINISHED = [
    pytest.param(f'{JSON}\n\n{{"a": "{{"}}', id="JSON"),
    pytest.param('X-A: b\n\n{"a": 1}', id="JSON without a type"),
    pytest.param(f"{JSON}\n\n[1]", id="list"),
    pytest.param('Content-Type: application/x-ndjson\n\n{"a": 1}\n{"a": 2}', id="NDJSON"),
    pytest.param(f"{FORM}\n\na=1\n&b=2", id="form"),
    pytest.param("Content-Type: application/xml\n\n<a>\n<b/>\n</a>", id="XML"),
    pytest.param("Content-Type: application/xml\n\n<a b='c'/>", id="empty element"),
    pytest.param("X-Request-Type: GraphQL\n\nquery { a }", id="GraphQL"),
    pytest.param("Content-Type: text/plain\n\n< ./a.txt", id="file"),
    pytest.param("Content-Type: image/png\n\n< ./a.png", id="image"),
    pytest.param(PARTS, id="multipart"),
]


@check_rows("between", ["\n\n", "\n"], ids=["blank line", "no blank line"])
@check_rows("line", ["GET http://b/", "  GET http://b/", "get http://b/", "PURGE {{b}}/x", "GET /b"])
@check_rows("request_text", FINISHED)
def test_a_request_line_below_a_finished_body_begins_a_request(request_text: str, line: str, between: str) -> None:
    script = parse(f"@host = http://b\nPOST http://a/\n{request_text}{between}{line}\nX-B: c\n")

    assert [step.method for step in script.steps] == ["POST", line.split()[0].upper()]
    assert [found for found in script.diagnostics if found.severity == "error"] == []


@check_rows("request_text", FINISHED)
def test_the_body_ends_where_it_ends_before_a_separator(request_text: str) -> None:
    body = parse(f"POST http://a/\n{request_text}\n\n###\nGET http://b/").steps[0].body

    assert parse(f"POST http://a/\n{request_text}\n\nGET http://b/").steps[0].body == body


def test_lines_above_the_second_request_belong_to_it() -> None:
    above = '# a comment\n# @name two\n@v = 3\n\n< {%\n  request.variables.set("k", "9")\n%}\nrun #one\n'
    script = parse(f'# @name one\nPOST http://a/\n{JSON}\n\n{{"a": 1}}\n\n{above}GET http://b/')
    first, second = script.steps

    assert (first.name, second.name) == ("one", "two")
    assert joined(first.body.texts) == '{"a": 1}'
    assert (len(second.handlers), len(second.runs), script.variables[0].step) == (1, 1, 2)


def test_lines_below_the_body_belong_to_the_first_request() -> None:
    below = "# @expect status 201\n\n?? status == 201\n\n> {% client.log('x') %}\n\n>> out.json\n"
    first, second = parse(f"POST http://a/\n\n{{}}\n{below}\n# @name two\nGET http://b/").steps

    assert (len(first.expectations), len(first.handlers), len(first.outputs)) == (2, 1, 1)
    assert (len(second.expectations), second.name) == (0, "two")


@check_rows(
    "text",
    [
        pytest.param(f'{JSON}\n\n{{"a": [\nGET http://b/\n]}}', id="open JSON"),
        pytest.param("Content-Type: application/xml\n\n<a>\n\nGET http://b/\n</a>", id="open element"),
        pytest.param("X-Request-Type: GraphQL\n\nquery {\nGET http://b/\n}", id="open query"),
        pytest.param("Content-Type: text/plain\n\nhello\n\nGET /b", id="text"),
        pytest.param("Content-Type: text/plain\n\nhello\nGET http://b/", id="whole URL in a text"),
        pytest.param("X-A: b\n\nhello\n\nGET http://b/", id="text without a type"),
        pytest.param("Content-Type: application/yaml\n\na: 1\n\nPOST {{b}}", id="YAML"),
        pytest.param(f"{JSON}\n\n{{}}\n\ncurl http://b/", id="curl command"),
        pytest.param("X-A: b\n\ncurl http://b/", id="curl command without a body"),
        pytest.param(f"{JSON}\n\n{{}}\n\nhttp://b/", id="URL alone"),
    ],
)
def test_a_request_line_that_may_be_body_is_an_error(text: str) -> None:
    script = parse(f"POST http://a/\n{text}")

    assert [(found.severity, found.code) for found in script.diagnostics if found.code == "request-in-body"] == [
        ("error", "request-in-body")
    ]


@check_rows(
    "text",
    [
        "hello GET http://b/\n\nGET it while it lasts",
        "curl is a tool\n\nget http, please",
        "hello\nGET /b 200 12ms",
        "http://b/\nhttps://c/",
    ],
)
def test_ordinary_text_is_no_request(text: str) -> None:
    script = parse(f"POST http://a/\nContent-Type: text/plain\n\n{text}")

    assert (len(script.steps), script.diagnostics) == (1, ())


@check_rows(
    "text",
    [
        pytest.param(f'{JSON}\n\n{{}}\n\n> {{%\nGET("http://b/")\n%}}', id="script"),
        pytest.param(f"{JSON}\n\n{{}}\n\n/*\nGET http://b/\n*/", id="comment"),
        pytest.param("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nGET http://b/\n--b--", id="part"),
    ],
)
def test_a_line_inside_another_item_begins_no_request(text: str) -> None:
    assert len(parse(f"POST http://a/\n{text}").steps) == 1


@check_rows("line", ["===", "=== wait-for-server", " === "])
@check_rows("first", [f"{JSON}\n\n{{}}", "Content-Type: text/plain\n\na", f"{FORM}\n\na=1"])
def test_several_bodies_of_one_request_are_an_error(first: str, line: str) -> None:
    found = parse(f"POST http://a/\n{first}\n{line}\nb").diagnostics

    assert ("error", "next-message") in [(one.severity, one.code) for one in found]


@check_rows("text", ["text/markdown\n\nTitle\n===\nb", "text/plain\n\nTitle\n====\nb", "text/plain\n\na === b"])
def test_other_equals_signs_are_body(text: str) -> None:
    assert parse(f"POST http://a/\nContent-Type: {text}").diagnostics == ()


@pytest.mark.parametrize("body", ["", '\n{"a": 1}\n'], ids=["no body", "JSON"])
def test_a_request_below_a_saved_response_begins_a_request(body: str) -> None:
    script = parse(f"GET http://a/\n\nHTTP/1.1 200 OK\nA: b\n{body}\nGET http://b/")

    assert [joined(step.url) for step in script.steps] == ["http://a/", "http://b/"]


def test_a_request_below_a_saved_text_is_an_error() -> None:
    found = parse("GET http://a/\n\nHTTP/1.1 200 OK\nA: b\n\nhello\n\nGET http://b/").diagnostics

    assert [(one.severity, one.code, one.at.line) for one in found] == [("error", "request-in-response", 8)]


MANY = [
    pytest.param("GET http://a/\nA: b\n\n", id="no body"),
    pytest.param(f'POST http://a/\n{JSON}\n\n{{"a": 1}}\n\n', id="JSON"),
    pytest.param(f"POST http://a/\n{FORM}\n\na=1\n&b=2\n\n", id="form"),
    pytest.param(f"POST http://a/\n{PARTS}\n\n", id="multipart"),
    pytest.param("POST http://a/\nContent-Type: application/xml\n\n<a>\n</a>\n\n", id="XML"),
    pytest.param("POST http://a/\n\n< ./a.png\n\n", id="file"),
    pytest.param("# @name x\nPOST http://a/\n\n{}\n\n> {%\nclient.log(1)\n%}\n/*\nGET http://b/\n*/\n", id="script"),
    pytest.param("GET http://a/\n\nHTTP/1.1 200 OK\nA: b\n\n{}\n\n", id="saved response"),
    pytest.param('POST http://a/\n\n{"a": [\n', id="open JSON"),
    pytest.param("POST http://a/\nContent-Type: text/plain\n\nwords\n", id="text"),
]


@pytest.mark.parametrize("unit", MANY)
def test_time_is_proportional_to_the_number_of_requests_without_separators(unit: str) -> None:
    assert_linear(parse, unit * 250, unit * 2_000, most=22)


@check_rows("unit", MANY[:8])
def test_each_of_many_requests_is_read_like_the_one_below_a_separator(unit: str) -> None:
    together, apart = parse(unit * 20), parse(f"{unit}###\n" * 20)

    assert together.diagnostics == ()
    assert [(step.method, joined(step.body.texts), len(step.handlers)) for step in together.steps] == [
        (step.method, joined(step.body.texts), len(step.handlers)) for step in apart.steps
    ]


@check_rows("inside", ["/*\n{}\n*/", "> {{%\n{}\n%}}", "{{{{\n{}\n}}}}"], ids=["comment", "script", "code"])
def test_many_request_lines_inside_another_item_begin_no_request(inside: str) -> None:
    item = inside.format("GET http://b/\n\n" * 20)
    script = parse(f"GET http://a/\n\nPOST http://a/\n{JSON}\n\n{{}}\n\n{item}\n")

    assert [step.method for step in script.steps] == ["GET", "POST"]
