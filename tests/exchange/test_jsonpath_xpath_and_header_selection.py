"""Parts of an exchange by their path."""

from __future__ import annotations

import pytest
from tests.support.rows import check_rows

from callbox.errors import UsageError
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.jsonpath_xpath_and_header_selection import (
    NothingFound,
    format_value,
    select,
    select_every,
    select_json,
)
from callbox.exchange.request import Draft, Field, Outgoing
from callbox.exchange.request_content import json_content
from callbox.exchange.response import ResponseHead
from callbox.exchange.url import parse

BODY = b'{"a": [{"b": 1.10}, {"b": null}], "with-dash": "x", "": 5, "t": "text"}'
RECORD = Record(
    Draft("POST", "/"),
    Outgoing("POST", parse("http://a.x/p"), (Field("X-Sent", "s", "item"),), json_content('{"q": [7]}')),
    ResponseHead(
        201, "Created", Headers([("Content-Type", "application/json"), ("Set-Cookie", "sid=42; Path=/; Secure")])
    ),
    BODY,
    len(BODY),
)


@check_rows(
    ("path", "value"),
    [
        ("status", 201), ("reason", "Created"), ("url", "http://a.x/p"), ("headers.content-TYPE", "application/json"),
        ("header.Content-Type", "application/json"), ("response.headers['Content-Type']", "application/json"),
        ("cookies.sid", "42"), ("cookie.sid.value", "42"), ("cookies.sid.path", "/"), ("cookies.sid.secure", True), ("json.a[0].b", 1.1), ("body.$.a[0].b", 1.1), ("$.a[1].b", None),
        ("response.body.$.t", "text"), ("body.a[0].b", 1.1), ("json.with-dash", "x"), ("body", BODY.decode()),
        ("body.*", BODY.decode()), ("$..b", 1.1), ("$.a[?@.b > 1].b", 1.1), ("json.a[-1].b", None),
        ("request.body.$.q[0]", 7), ("request.headers.x-sent", "s"), ("request.headers['X-Sent']", "s"), ("request.url", "http://a.x/p"), ("request.method", "POST"),
        ("request.body", '{"q": [7]}'),
    ],
)  # fmt: skip
def test_a_path_finds_its_value(path, value):
    assert select(RECORD, path) == value


@check_rows(
    "path",
    [
        "headers.X",
        "cookies.x",
        "cookies.x.path",
        "cookies.sid.domain",
        "cookies.sid.flag",
        "json.nope",
        "$.a[9]",
        "request.headers.x",
        "request.body.$.z",
    ],
)
def test_a_path_to_nothing_says_so(path):
    with pytest.raises(NothingFound):
        select(RECORD, path)


@check_rows("path", ["", "nope", "$.a[", "$[?", "request.nope", "json.a[0", "headers.X[1]", "request.headers.X[0]"])
def test_a_wrong_path_is_refused_in_one_line(path):
    with pytest.raises(UsageError) as caught:
        select(RECORD, path)

    assert "\n" not in caught.value.message


def test_a_body_that_is_no_json_says_so():
    with pytest.raises(NothingFound, match="the response's body is not JSON"):
        select(RECORD._replace(body=b"<html>"), "json.a")


@check_rows(
    ("path", "text"),
    [
        ("json.f", "1.10"),
        ("json.e", "1E400"),
        ("json.o", '{"x":[1.0,{}],"y":[]}'),
        ("json.s", "\ufffd"),
        ("json.i", "9" * 40),
    ],
)
def test_what_is_sent_on_is_what_the_server_wrote(path, text):
    body = b'{"f": 1.10, "e": 1E400, "o": {"x": [1.0, {}], "y": []}, "s": "\\ud800", "i": ' + b"9" * 40 + b"}"

    assert format_value(select(RECORD._replace(body=body), path)) == text


@check_rows(
    ("value", "text"),
    [(None, ""), ("s", "s"), ("", ""), (1.5, "1.5"), (True, "true"), ([1, {"a": "ä"}], '[1,{"a":"ä"}]')],
)
def test_a_value_as_text(value, text):
    assert format_value(value) == text


def lines(text: str, **changes: object) -> Record:
    response = ResponseHead(200, "OK", Headers([("Content-Type", "application/x-ndjson; charset=utf-8")]))
    return RECORD._replace(response=response, body=text.encode(), **changes)


@check_rows(
    ("text", "path", "value"),
    [
        ('{"a": 1}\r\n\n{"a": 2}', "body.$[1].a", 2),
        ('{"a": 1}\n{"a": 2}\n', "json[0].a", 1),
        ('{"a": 1}\n', "body.$[0].a", 1),
        ('{"a": 1}\n', "body.$.a", 1),
        ('{"a": 1}\n', "body.*", '{"a": 1}\n'),
        ("[1, 2]\n[3]\n", "body.$[0][1]", 2),
        ("", "body.$", []),
    ],
)
def test_lines_of_json_are_a_list(text, path, value):
    assert select(lines(text), path) == value


def test_of_lines_that_were_cut_off_the_last_does_not_count():
    assert select(lines('{"a": 1}\n{"a"', is_complete=False), "$[*]") == {"a": 1}


@check_rows("path", ["$" + ".a" * 20_000, "$[?" + "(" * 20_000, "$[?@.a == " + "[" * 5_000, "a" + "[0]" * 20_000])
def test_path_without_end_is_an_error_in_words(path: str) -> None:
    with pytest.raises(UsageError):
        select_json([[[1]]], path)


@check_rows("path", ["$" + "[" * 200_000, "json." + "a[" * 100_000, "body.$" + "['" * 100_000])
def test_long_path_is_refused_before_it_is_read(path: str) -> None:
    with pytest.raises(UsageError, match=r"the limit is 4,096|bracket that is not closed"):
        select_every(RECORD, path)


def test_content_nested_deep_is_searched_or_refused_in_words() -> None:
    document: list[object] = []
    for _ in range(5_000):
        document = [document]

    with pytest.raises(UsageError, match="nested too deep"):
        select_json(document, "$..a")


_MANY = b'{"items": [{"t": 1}, {"t": 2}], "a*b": [3, 4], "one": [{"t": 5}]}'


@check_rows(
    ("path", "found"),
    [
        ("json.items[*].t", [1, 2]),
        ("json.items[0:2].t", [1, 2]),
        ("json.items[0,1].t", [1, 2]),
        ("json..t", [1, 2, 5]),
        ("$.items[?@.t > 1].t", [2]),
        ("body.$.items[*].t", [1, 2]),
        ("response.json.items[*].t", [1, 2]),
        ("json.one[*].t", [5]),
        ("json.items[1].t", [2]),
        ("json['a*b']", [[3, 4]]),
        ("status", [201]),
    ],
)
def test_a_path_gives_every_match(path: str, found: list[object]) -> None:
    assert select_every(RECORD._replace(body=_MANY), path) == found


@check_rows(
    ("path", "value"), [("headers.X-A", "é"), ("reason", "é"), ("cookies.sid", "é"), ("links.next", "http://a.x/é")]
)
def test_parts_of_the_head_are_utf8_where_they_are_that(path: str, value: str) -> None:
    raw = "é".encode().decode("latin-1")
    pairs = [("X-A", raw), ("Set-Cookie", f"sid={raw}; Path=/"), ("Link", f"</{raw}>; rel=next")]

    assert select(RECORD._replace(response=ResponseHead(200, raw, Headers(pairs))), path) == value


@check_rows("guard", [")]}'\n", ")]}',\n", "while(1);", "for (;;);", "{}&&"])
def test_json_behind_a_guard_is_read(guard: str) -> None:
    assert select(RECORD._replace(body=f'{guard}{{"a": 1}}'.encode()), "json.a") == 1
