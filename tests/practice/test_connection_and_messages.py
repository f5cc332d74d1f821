from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.practice.connection_and_messages import Problem, parse, readable


def test_fields_keep_order_case_and_repeats():
    request = parse(b"GET /a?b=1&b=%202 HTTP/1.1\r\nhOsT: x\r\nB:  2 \r\nA:1\r\nb: 3")

    assert request.fields == (("hOsT", "x"), ("B", "2"), ("A", "1"), ("b", "3"))
    assert request.field("b") == "2, 3"
    assert (request.path, request.query) == ("/a", "b=1&b=%202")
    assert request.query_pairs() == [("b", "1"), ("b", " 2")]


def test_cookies_of_two_fields_are_one_list():
    request = parse(b"GET / HTTP/1.1\r\nHost: x\r\nCookie: a=1; b=x=y\r\nCookie: a=2; c=")

    assert request.cookies() == {"a": "1", "b": "x=y", "c": ""}


@check_rows(
    ("line", "is_closing"),
    [
        (b"HTTP/1.1\r\nHost: x", False),
        (b"HTTP/1.1\r\nHost: x\r\nConnection: Keep-Alive", False),
        (b"HTTP/1.1\r\nHost: x\r\nConnection: upgrade, Close", True),
        (b"HTTP/1.0", True),
        (b"HTTP/1.0\r\nConnection: Keep-Alive", False),
    ],
)
def test_wants_close(line, is_closing):
    assert parse(b"GET / " + line).wants_close() is is_closing


@check_rows(("value", "text"), [("a", "a"), ("Ã©", "é"), ("é", "é")], ids=["ascii", "utf-8", "latin-1"])
def test_readable(value, text):
    assert readable(value) == text


def status_of(data: bytes) -> int:
    try:
        return 200 if parse(data).method else 0
    except Problem as refusal:
        return refusal.status


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_a_refusal(data):
    assert status_of(data) in (200, 400, 414, 431, 505)


@given(st.binary(max_size=60))
def test_any_field_bytes_are_a_request_or_a_refusal(data):
    assert status_of(b"GET / HTTP/1.1\r\nHost: x\r\nA: " + data) in (200, 400)
