from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.parser.request_line import read_request, read_usual_request
from callbox.httpfile.source_and_diagnostics import SourceLine


@check_rows(
    ("line", "method", "target", "version"),
    [
        pytest.param("GET http://a/b", "GET", "http://a/b", "", id="plain"),
        pytest.param("post http://a/b HTTP/1.1", "POST", "http://a/b", "1.1", id="any case"),
        pytest.param("LIST http://a/b", "LIST", "http://a/b", "", id="LIST"),
        pytest.param("FROB-NICATE /b", "FROB-NICATE", "/b", "", id="a verb of one's own"),
        pytest.param("PURGE {{host}}/b", "PURGE", "{{host}}/b", "", id="variable first"),
        pytest.param("OPTIONS * HTTP/1.1", "OPTIONS", "*", "1.1", id="asterisk"),
        pytest.param("GET   http://a/b   HTTP/2", "GET", "http://a/b", "2", id="many blanks"),
        pytest.param("GET\thttp://a/b\thttp/1.0", "GET", "http://a/b", "1.0", id="tabs"),
        pytest.param("GET users?page=1", "GET", "users?page=1", "", id="relative"),
        pytest.param("GET http://a/?q=two words", "GET", "http://a/?q=two words", "", id="blank in the URL"),
        pytest.param(
            "GET http://a/{{$randomInt 1 5}} HTTP/1.1", "GET", "http://a/{{$randomInt 1 5}}", "1.1", id="dynamic"
        ),
        pytest.param("  GET http://a/b", "GET", "http://a/b", "", id="indented"),
        pytest.param("http://a/b", "GET", "http://a/b", "", id="URL alone"),
        pytest.param("{{host}}/b?c=d", "GET", "{{host}}/b?c=d", "", id="variable alone"),
        pytest.param("localhost:8000/b", "GET", "localhost:8000/b", "", id="localhost alone"),
        pytest.param("example.com/b HTTP/1.1", "GET", "example.com/b", "1.1", id="host alone"),
        pytest.param("example.com:80", "GET", "example.com:80", "", id="host and port alone"),
        pytest.param("127.0.0.1/b", "GET", "127.0.0.1/b", "", id="IPv4 alone"),
        pytest.param("[::1]:80/b", "GET", "[::1]:80/b", "", id="IPv6 alone"),
        pytest.param("/b\nHost: a", "GET", "/b", "", id="path with a Host header"),
    ],
)
def test_request_lines(line: str, method: str, target: str, version: str) -> None:
    script = parse(line)
    step = script.steps[0]

    assert script.diagnostics == ()
    assert (step.method, step.target, step.http_version) == (method, target, version)


@check_rows(
    "line",
    [
        "Hello world",
        "GETTING started",
        "list of things",
        "FETCH things",
        "and/or",
        "a sentence.",
        "POST the parcel today",
        "*",
    ],
)
def test_prose_is_no_request(line: str) -> None:
    assert [error.code for error in parse(line).errors] == ["not-a-request"]


@check_rows(
    ("text", "target"),
    [
        pytest.param("GET http://a/b\n  ?c=1\n  &d=2", "http://a/b?c=1&d=2", id="query"),
        pytest.param("GET http://a\n  /b\n  /c", "http://a/b/c", id="path"),
        pytest.param("GET http://a:80\n  b\n  /c", "http://a:80/b/c", id="path without a slash below a host"),
        pytest.param("GET http://a/b\n  c", "http://a/bc", id="rest of a segment"),
        pytest.param("GET http://a\n  {{b}}", "http://a{{b}}", id="variable below a host"),
        pytest.param("GET http://a/b?\n  c=1&\n  d=\n  2", "http://a/b?c=1&d=2", id="ends open"),
        pytest.param("GET http://a/b\n?c=1\n&d=2", "http://a/b?c=1&d=2", id="not indented"),
        pytest.param(
            "GET http://a/b\n  # not this\n  ?c=1\n  // nor this\n  &d=2", "http://a/b?c=1&d=2", id="comments"
        ),
        pytest.param("GET http://a/b\n  {{more}}", "http://a/b{{more}}", id="no header's shape"),
        pytest.param("GET\n  http://a/b", "http://a/b", id="all of it below"),
    ],
)
def test_a_url_goes_on_below(text: str, target: str) -> None:
    script = parse(text + "\nA: b")

    assert script.steps[0].target == target
    assert [line.name.text for line in script.steps[0].headers] == ["A"]
    assert script.diagnostics == ()


def test_each_line_of_a_url_keeps_its_place() -> None:
    first, second = parse("GET http://é/\n  ?a={{b}}").steps[0].url

    assert (first.at.line, first.at.column, first.at.offset) == (1, 5, 4)
    assert (second.at.line, second.at.column, second.at.offset) == (2, 3, 17)
    assert second.position_at(3) == (2, 6, 20)


@check_rows("last", ["  &c=d HTTP/2", "  &c=d\n  HTTP/2", "  &c=d\nHTTP/2"])
def test_the_version_may_stand_at_the_end_of_a_long_url(last: str) -> None:
    step = parse(f"GET http://a/?b\n{last}").steps[0]

    assert (step.target, step.http_version) == ("http://a/?b&c=d", "2")


@pytest.mark.parametrize("url", ["http://a/b", "http://a/"])
def test_an_indented_header_is_a_header(url: str) -> None:
    step = parse(f"GET {url}\n  X-Indent: 1").steps[0]

    assert step.target == url
    assert step.headers[0].text == "1"


@check_rows(
    ("line", "protocol"),
    [
        ("WEBSOCKET ws://a/", "websocket"),
        ("GET wss://a/", "websocket"),
        ("GRPC a.b:80/c", "grpc"),
        ("MQTT mqtt://a/", "mqtt"),
        ("AMQP amqp://a/", "amqp"),
        ("SSE http://a/", "sse"),
        ("GET http://a/", "http"),
    ],
)
def test_the_protocol_is_known(line: str, protocol: str) -> None:
    assert parse(line).steps[0].protocol == protocol


@check_rows(
    "text",
    [
        "GRAPHQL http://a/",
        "POST http://a/\nX-Request-Type: GraphQL",
        "POST http://a/\nx-request-type: graphql",
        "POST http://a/\nContent-Type: application/graphql",
    ],
)
def test_graphql_is_said_in_three_ways(text: str) -> None:
    step = parse(text + '\n\nquery A {\n  a\n}\n\n{\n  "b": 1\n}').steps[0]

    assert step.is_graphql
    assert (step.method, step.headers) == ("POST", ())
    assert "".join(piece.text for piece in step.body.pieces) == "query A {\n  a\n}"  # type: ignore[union-attr]
    assert "".join(piece.text for piece in step.body.variables) == '{\n  "b": 1\n}'  # type: ignore[union-attr]


_METHODS = ("GET", "POST", "HEAD", "get", "LIST", "GRAPHQL", "WS")
_TARGETS = ("http://a/b", "https://a", "wss://a", "{{host}}", "{{host}}/b", "/b", "*", "?a=1", "{{a b}}", "#x", "é")
_REST = ("HTTP/1.1", "HTTP/2", "HTTP/1.", "http/1.0", " ", "  ", "\t", "\u00a0")
_PARTS = st.sampled_from((*_METHODS, *_TARGETS, *_REST))


@given(st.lists(_PARTS, max_size=6).map("".join) | st.lists(_PARTS, min_size=2, max_size=4).map(" ".join))
def test_first_look_at_a_request_line_gives_what_the_careful_one_gives(text: str) -> None:
    line = SourceLine(text, 3, 40)
    usual = read_usual_request(line)

    assert usual is None or usual == read_request(line)
