"""A response that comes before the request is written (RFC 9112 section 9.5)."""

from __future__ import annotations

import queue
import socket
import struct
import threading

import pytest

from callbox.engine import collect
from callbox.errors import Fault
from callbox.exchange.request import Draft
from callbox.exchange.request_content import Content, raw_content

BIG = bytes(20_000_000)
REFUSAL = b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig"


def stream_of(pieces: int, length: int | None = None) -> Content:
    return Content(None, None, "stream", length, lambda: (bytes(65_536) for _ in range(pieces)))


CONTENTS = [
    pytest.param(lambda: raw_content(BIG), id="bytes"),
    pytest.param(lambda: stream_of(400), id="chunks"),
    pytest.param(lambda: stream_of(400, 400 * 65_536), id="a file"),
]


def head_of(sock: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data and (piece := sock.recv(1000)):
        data += piece
    return data


def rest_of(sock: socket.socket) -> int:
    """Read all that comes; how many bytes."""
    count, end = 0, b""
    while piece := sock.recv(1_000_000):
        count += len(piece)
        end = (end + piece)[-7:]
        if end == b"\r\n0\r\n\r\n":
            break
    return count


@pytest.fixture
def hold():
    """An event for which a server may wait, set at the end."""
    event = threading.Event()
    yield event
    event.set()


@pytest.mark.parametrize("content", CONTENTS)
def test_a_refusal_ends_the_upload(raw, live, hold, content):
    def refuse(sock):
        head_of(sock)
        sock.sendall(REFUSAL)
        hold.wait(30)

    raw.answers(refuse)

    record = collect(live.stream(Draft("POST", raw.url, content=content(), options={"timeout": 20.0})))

    assert (record.response.status, record.body) == (413, b"big")
    assert live.connections() == []


@pytest.mark.parametrize("content", CONTENTS)
def test_a_refusal_of_a_server_that_resets_is_read(raw, live, content):
    def refuse(sock):
        head_of(sock)
        sock.sendall(REFUSAL)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()

    raw.answers(refuse)

    assert collect(live.stream(Draft("POST", raw.url, content=content()))).response.status == 413


def test_an_interim_response_does_not_end_the_upload(raw, live):
    counts: queue.Queue[int] = queue.Queue()

    def serve(sock):
        head_of(sock)
        sock.sendall(b"HTTP/1.1 102 Processing\r\nConnection: close\r\n\r\n")
        counts.put(rest_of(sock))
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    raw.answers(serve)

    assert collect(live.stream(Draft("POST", raw.url, content=stream_of(100)))).response.status == 200
    assert counts.get(timeout=20) > 100 * 65_536


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nConnection: close\r\n", id="a success"),
        pytest.param(b"HTTP/1.1 401 Who\r\n", id="an error that closes nothing"),
    ],
)
def test_another_early_response_does_not_end_the_upload(raw, live, head):
    counts: queue.Queue[int] = queue.Queue()

    def serve(sock):
        head_of(sock)
        sock.sendall(head + b"Content-Length: 2\r\n\r\nok")
        counts.put(rest_of(sock))

    raw.answers(serve)

    record = collect(live.stream(Draft("POST", raw.url, content=stream_of(100))))

    assert record.body == b"ok"
    assert counts.get(timeout=20) > 100 * 65_536


def test_a_server_that_answers_and_reads_no_more_is_read(raw, live, hold):
    def serve(sock):
        head_of(sock)
        sock.sendall(b"HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno")
        hold.wait(30)

    raw.answers(serve)

    record = collect(live.stream(Draft("POST", raw.url, content=raw_content(BIG), options={"timeout": 0.2})))

    assert record.response.status == 403
    assert live.connections() == []


def test_a_server_that_neither_answers_nor_reads_is_given_up_on(raw, live, hold):
    raw.answers(lambda sock: hold.wait(30))

    with pytest.raises(Fault, match="Nothing could be sent") as caught:
        collect(live.stream(Draft("POST", raw.url, content=raw_content(BIG), options={"timeout": 0.2})))

    assert caught.value.kind == "timeout"


def test_what_is_no_response_is_told_at_once(raw, live, hold):
    def serve(sock):
        head_of(sock)
        sock.sendall(b"nonsense\r\n\r\n")
        hold.wait(30)

    raw.answers(serve)

    with pytest.raises(Fault, match="nonsense"):
        collect(live.stream(Draft("POST", raw.url, content=raw_content(BIG))))


def test_a_server_that_ends_without_a_response_is_told_at_once(raw, live):
    def serve(sock):
        head_of(sock)
        sock.shutdown(socket.SHUT_WR)
        rest_of(sock)

    raw.answers(serve)

    with pytest.raises(Fault, match="closed the connection without a response"):
        collect(live.stream(Draft("POST", raw.url, content=stream_of(1000))))


def test_a_whole_upload_keeps_its_connection(raw, live):
    def serve(sock):
        for _ in range(2):
            head_of(sock)
            rest_of(sock)
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    raw.answers(serve)

    records = [collect(live.stream(Draft("POST", raw.url, content=stream_of(50)))) for _ in range(2)]

    assert [record.response.connection.is_reused for record in records] == [False, True]
