"""What leaves: exactly the request that was decided, byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.engine import collect
from callbox.errors import Fault
from callbox.exchange.headers import HeaderError
from callbox.exchange.request import Draft, Field, Outgoing
from callbox.exchange.request_content import Content, json_content
from callbox.exchange.secret import Secret
from callbox.exchange.url import UrlError, parse
from callbox.wire.message_head import write_head

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def send(raw, live, draft):
    raw.answers(OK)
    collect(live.stream(draft._replace(url=raw.url + draft.url)))
    return raw.requests[-1].replace(str(raw.port).encode(), b"PORT")


def test_a_get_is_written_in_order(raw, live):
    assert send(raw, live, Draft("GET", "/a?b=1", (("X-One", "1"), ("x-two", "2"), ("X-One", "3")))) == (
        b"GET /a?b=1 HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nUser-Agent: callbox/0.1.0\r\n"
        b"Accept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\n"
        b"X-One: 1\r\nX-One: 3\r\nx-two: 2\r\n\r\n"
    )


def test_a_header_that_is_left_out_is_not_sent_at_all(raw, live):
    said = tuple((name, None) for name in ("User-Agent", "Accept-Encoding", "Accept", "Connection"))

    assert send(raw, live, Draft("GET", "/", said)) == b"GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n"


def test_a_secret_is_opened_only_here(raw, live):
    request = send(raw, live, Draft("GET", "/", (("X-Key", Secret("0123456789abcdef")),)))

    assert b"X-Key: 0123456789abcdef\r\n" in request


def test_json_goes_out_as_written(raw, live):
    request = send(raw, live, Draft("POST", "/", content=json_content('{"b": 1.10, "a": 2}')))

    assert request.endswith(b'Content-Type: application/json\r\nContent-Length: 19\r\n\r\n{"b": 1.10, "a": 2}')


def test_pieces_of_unknown_length_are_chunked(raw, live):
    def serve(sock):
        data = b""
        while not data.endswith(b"0\r\n\r\n") and (piece := sock.recv(65536)):
            data += piece
        raw.requests.append(data)
        sock.sendall(OK)

    raw.answers(serve)
    content = Content(None, None, "stream", None, lambda: iter([b"hello", b"", b"you"]))
    collect(live.stream(Draft("POST", raw.url, content=content)))

    assert raw.requests[-1].endswith(b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3\r\nyou\r\n0\r\n\r\n")


def test_an_answer_before_the_body_was_read_is_shown(raw, live):
    def refuse(sock):
        sock.recv(1000)
        sock.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    raw.answers(refuse)
    content = Content(None, None, "stream", 50_000_000, lambda: (b"x" * 100_000 for _ in range(500)))

    assert collect(live.stream(Draft("POST", raw.url, content=content))).response.status == 413


@pytest.mark.parametrize(("told", "message"), [("9", "1 bytes shorter"), ("7", "longer than")])
def test_pieces_that_are_not_as_many_as_was_said_are_an_error(raw, live, told, message):
    content = Content(None, None, "stream", None, lambda: iter([b"hello", b"you"]))

    with pytest.raises(Fault, match=message):
        collect(live.stream(Draft("POST", raw.url, (("Content-Length", told),), content=content)))


def outgoing(method="GET", *headers):
    fields = tuple(Field(name, value, "item") for name, value in headers)
    return Outgoing(method, parse("http://h/"), (Field("Host", "h", "default"), *fields))


@check_rows(
    ("method", "target", "headers"),
    [
        ("GET / HTTP/1.1\r\nHost: h\r\n\r\nDELETE", "/", ()),
        ("GET /a", "/", ()),
        ("", "/", ()),
        ("GET", "/ HTTP/1.1\r\nX: y\r\n\r\nGET /", ()),
        ("GET", "/a b", ()),
        ("GET", "/\x7f", ()),
        ("GET", "", ()),
        ("GET", "/", (("Transfer-Encoding ", "chunked"),)),
        ("GET", "/", (("X: 1\r\nY", "2"),)),
        ("GET", "/", (("X", "1\r\nY: 2"),)),
        ("GET", "/", (("X", Secret("hidden\r\n\r\nGET / HTTP/1.1\r\nHost: h")),)),
        ("GET", "/", (("X", "a\n"),)),
        ("GET", "/", (("X", "a\0"),)),
        ("GET", "/", (("X", "中\r\nY: 2"),)),
        ("GET", "/", (("", "1"),)),
    ],
)
def test_a_head_that_would_be_read_as_more_is_not_written(method, target, headers):
    with pytest.raises((HeaderError, UrlError)) as caught:
        write_head(outgoing(method, *headers), target)

    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("extra", [("Proxy-Authorization", "Basic x\r\nY: 1"), ("X Y", "1")])
def test_fields_for_a_proxy_are_looked_at_too(extra):
    with pytest.raises(HeaderError):
        write_head(outgoing(), "/", (extra,))


@given(
    st.lists(st.tuples(st.text(max_size=5), st.text(st.sampled_from("ab: \r\n\0é中"), max_size=6)), max_size=3),
    st.text(st.sampled_from("GET /\r\n"), max_size=6),
    st.text(st.sampled_from("/a ?\r\n"), max_size=6),
)
def test_a_head_has_the_lines_that_it_was_given_or_is_not_written(headers, method, target):
    try:
        head = write_head(outgoing(method, *headers), target)
    except (HeaderError, UrlError):
        return
    lines = head.split(b"\r\n")
    assert lines[0] == f"{method} {target} HTTP/1.1".encode()
    assert lines[-2:] == [b"", b""]
    assert len(lines) == len(headers) + 4
    assert not {b"\r", b"\n", b"\0"} & {line[at : at + 1] for line in lines for at in range(len(line))}


def test_a_header_beyond_latin_1_is_sent_as_utf_8():
    assert write_head(outgoing("GET", ("X", "中"), ("Y", "é")), "/") == (
        b"GET / HTTP/1.1\r\nHost: h\r\nX: \xe4\xb8\xad\r\nY: \xe9\r\n\r\n"
    )
