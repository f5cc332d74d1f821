from __future__ import annotations

import json
import socket

import pytest

CLOSE = b"Connection: close\r\n"


def get(path: bytes, fields: bytes = b"") -> bytes:
    return b"GET %b HTTP/1.1\r\nHost: localhost\r\n%b\r\n" % (path, fields)


def statuses(data: bytes) -> list[int]:
    return [int(piece.split(b" ")[0]) for piece in data.split(b"HTTP/1.1 ")[1:]]


def test_one_connection_carries_many_requests(ask):
    facts = [ask("GET", "/echo").json()["connection"] for _ in range(3)]

    assert [fact["requests"] for fact in facts] == [1, 2, 3]
    assert len({(fact["number"], fact["peer_port"]) for fact in facts}) == 1


def test_pipelined_requests_are_answered_in_order(talk):
    responses = talk(get(b"/status/201") + get(b"/books/1") + get(b"/status/202"))

    assert statuses(responses) == [201, 200, 202]


def test_bodies_of_pipelined_requests_are_kept_apart(talk):
    post = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\n"

    responses = talk(post + b"one" + post + b"two")

    assert responses.index(b'"body": "one"') < responses.index(b'"body": "two"')


def test_connection_close_is_honoured(talk):
    handle_call = talk(get(b"/ping", CLOSE) + get(b"/ping"), is_half_closed=False)

    assert statuses(handle_call) == [200]
    assert b"\r\nConnection: close\r\n" in handle_call


@pytest.mark.parametrize("path", [b"/ping", b"/lines?n=2&s=0"], ids=["length", "stream"])
def test_http_10_ends_with_the_connection_and_without_chunks(talk, path):
    handle_call = talk(b"GET %b HTTP/1.0\r\n\r\n" % path, is_half_closed=False)

    assert b"Transfer-Encoding" not in handle_call
    assert handle_call.endswith(b"}\n")


def test_http_10_keeps_the_connection_when_asked(talk):
    handle_call = talk(b"GET /ping HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" * 2)

    assert statuses(handle_call) == [200, 200]
    assert handle_call.count(b"Connection: keep-alive") == 2


def test_bare_line_feeds_and_empty_lines_before_are_forgiven(talk):
    assert statuses(talk(b"\r\n\r\nGET /ping HTTP/1.1\nHost: localhost\n\n")) == [200]


def test_head_may_come_byte_by_byte(api):
    with socket.create_connection(("127.0.0.1", api.port), timeout=20) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in get(b"/ping", CLOSE):
            sock.send(bytes([byte]))
        assert sock.recv(100).startswith(b"HTTP/1.1 200 OK\r\n")


def test_absolute_form_is_understood(talk):
    assert b'"path": "/echo"' in talk(get(b"http://example.com/echo?a=1"))


def test_every_answer_names_date_and_server(ask):
    fields = ask("GET", "/ping").headers

    assert fields["Server"] == "callbox-practice"
    assert fields["Date"].endswith(" GMT")


LONG = b"a" * 70_000
REFUSED = {
    "garbage": (b"how are you\r\n\r\n", 400),
    "tls": (b"\x16\x03\x01\x02\x00\x01\x00", 400),
    "http 0.9": (b"GET /\r\n\r\n", 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    "field without a colon": (get(b"/", b"Nonsense\r\n"), 400),
    "folded field": (get(b"/", b"A: b\r\n c\r\n"), 400),
    "space before the colon": (get(b"/", b"A : b\r\n"), 400),
    "nul in a field": (get(b"/", b"A: b\0c\r\n"), 400),
    "target without a slash": (get(b"ping"), 400),
    "long line": (get(b"/" + LONG), 414),
    "endless line": (b"GET /" + LONG, 414),
    "long fields": (get(b"/", b"A: " + LONG + b"\r\n"), 431),
    "many fields": (get(b"/", b"A: b\r\n" * 300), 431),
    "http 2": (b"GET / HTTP/2.0\r\n\r\n", 505),
    "length and chunks": (get(b"/", b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), 400),
    "negative length": (get(b"/", b"Content-Length: -1\r\n"), 400),
    "two lengths": (get(b"/", b"Content-Length: 1\r\nContent-Length: 2\r\n"), 400),
    "other coding": (get(b"/", b"Transfer-Encoding: gzip, chunked\r\n"), 501),
    "other expectation": (get(b"/", b"Expect: miracles\r\n"), 417),
    "no size of a chunk": (b"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
    "no body for login": (b"POST /login HTTP/1.1\r\nHost: localhost\r\n\r\n", 411),
}


@pytest.mark.parametrize(("data", "status"), REFUSED.values(), ids=REFUSED.keys())
def test_broken_request_gets_one_refusal(talk, data, status):
    handle_call = talk(data)

    assert statuses(handle_call) == [status]
    assert json.loads(handle_call.partition(b"\r\n\r\n")[2])["status"] == status


def test_client_that_sends_on_still_sees_the_refusal(api):
    with socket.create_connection(("127.0.0.1", api.port), timeout=20) as sock:
        sock.sendall(b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 30000000\r\n\r\n")
        for _ in range(300):
            sock.sendall(b"a" * 100_000)
        assert sock.recv(100).startswith(b"HTTP/1.1 413 ")


def test_small_unread_body_does_not_cost_the_connection(ask):
    before = ask("GET", "/echo").json()["connection"]
    assert ask("POST", "/nowhere", body=b"a" * 5000).status == 404

    after = ask("GET", "/echo").json()["connection"]

    assert (after["number"], after["requests"]) == (before["number"], 3)


def test_continue_is_said_before_the_body_is_read(api):
    with socket.create_connection(("127.0.0.1", api.port), timeout=20) as sock:
        sock.sendall(b"PUT /upload HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        assert sock.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b"abc")
        assert b'"size": 3' in sock.recv(1000)


def test_continue_is_not_said_to_one_who_is_refused(api):
    with socket.create_connection(("127.0.0.1", api.port), timeout=20) as sock:
        sock.sendall(b"PUT /nowhere HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        handle_call = sock.recv(1000)

    assert handle_call.startswith(b"HTTP/1.1 404 ")
    assert b"Connection: close" in handle_call


def test_body_known_to_be_too_long_is_refused_before_it_is_sent(api):
    with socket.create_connection(("127.0.0.1", api.port), timeout=20) as sock:
        sock.sendall(
            b"PUT /echo HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n"
        )

        assert sock.recv(1000).startswith(b"HTTP/1.1 413 ")


def test_chunked_body_with_extension_and_trailer(talk):
    head = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"

    responses = talk(head + b"3;a=b\r\none\r\n4\r\n two\r\n0\r\nX-Sum: 1\r\n\r\n" + get(b"/ping"))

    assert b'"body": "one two"' in responses
    assert statuses(responses) == [200, 200]


def test_options_of_everything_names_the_methods(talk):
    handle_call = talk(b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n")

    assert statuses(handle_call) == [204]
    assert b"Allow: GET, HEAD, POST" in handle_call


def test_unknown_path_hints_at_the_near_ones(ask):
    problem = ask("GET", "/boks").json()

    assert problem["status"] == 404
    assert "/books" in problem["hint"]
