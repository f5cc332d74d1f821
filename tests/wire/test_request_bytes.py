"""What leaves: exactly the request that was decided, byte for byte."""

from __future__ import annotations

import pytest

from callbox.errors import Fault
from callbox.exchange.bodies import json_content
from callbox.exchange.content import Content
from callbox.exchange.draft import Draft
from callbox.exchange.secret import Secret
from callbox.session import collect

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
        while not data.endswith(b"0\r\n\r\n"):
            data += sock.recv(65536)
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

    assert collect(live.stream(Draft("POST", raw.url, content=content))).incoming.status == 413


@pytest.mark.parametrize(("told", "message"), [("9", "1 bytes shorter"), ("7", "longer than")])
def test_pieces_that_are_not_as_many_as_was_said_are_an_error(raw, live, told, message):
    content = Content(None, None, "stream", None, lambda: iter([b"hello", b"you"]))

    with pytest.raises(Fault, match=message):
        collect(live.stream(Draft("POST", raw.url, (("Content-Length", told),), content=content)))
