"""Where an answer ends, and what may not pass for one."""

from __future__ import annotations

import gzip

import pytest
from tests.support.linear import assert_linear
from tests.support.rows import check_rows

from callbox.engine import collect
from callbox.errors import Fault
from callbox.exchange.request import Draft
from callbox.wire.connection_and_byte_stream import Stream
from callbox.wire.http1 import Framing, read_pieces

OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        pytest.param(OK + b"Content-Length: 5\r\n\r\nhello", b"hello", id="length"),
        pytest.param(OK + b"\r\nhello", b"hello", id="to the close"),
        pytest.param(
            OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n", b"hello", id="chunks"
        ),
        pytest.param(
            OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n", b"hello", id="trailers"
        ),
        pytest.param(OK + b"Content-Length: 5, 5\r\n\r\nhello", b"hello", id="length said twice alike"),
        pytest.param(
            OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", b"hello", id="both"
        ),
        pytest.param(
            b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK + b"Content-Length: 5\r\n\r\nhello",
            b"hello",
            id="103",
        ),
        pytest.param(b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", b"hello", id="bare line feeds"),
        pytest.param(b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", b"hello", id="no reason"),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\nhello", b"hello", id="HTTP/1.0"),
        pytest.param(OK + b"Transfer-Encoding: identity\r\n\r\nhello", b"hello", id="identity"),
        pytest.param(
            OK + b"Transfer-Encoding: Identity\r\nContent-Length: 5\r\n\r\nhello", b"hello", id="identity and length"
        ),
        pytest.param(
            OK + b"Transfer-Encoding: identity, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            b"hello",
            id="identity, chunked",
        ),
        pytest.param(b"\r\n\r\n" + OK + b"Content-Length: 5\r\n\r\nhello", b"hello", id="blank lines first"),
        pytest.param(b"\r\n" * 20 + OK + b"Content-Length: 5\r\n\r\nhello", b"hello", id="many blank lines first"),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\nrubbish", b"", id="204 has none"),
        pytest.param(OK + b"Content-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK", b"hello", id="more than its length"),
    ],
)
def test_content_is_read_to_its_end(raw, get, answer, body):
    raw.answers(answer)

    assert get().body == body


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        pytest.param(b"", "closed the connection without a response", id="nothing"),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", "Not an HTTP response: 'SSH-2.0-OpenSSH_9.2", id="ssh"),
        pytest.param(b"\x15\x03\x01\x00\x02\x02\x46", "the server speaks TLS", id="tls alert"),
        pytest.param(b"\x00\x00\x06\x04\x00\x00\x00\x00\x00", "speaks HTTP/2 only", id="http/2"),
        pytest.param(b"HTTP/1.1 abc\r\n\r\n", "Bad status line: 'HTTP/1.1 abc", id="status line"),
        pytest.param(b"HTTP/1.1 1000 Big\r\n\r\n", "Bad status line", id="status 1000"),
        pytest.param(OK + b"no colon here\r\n\r\n", "Bad header line: 'no colon here'", id="no colon"),
        pytest.param(OK + b"A: 1\r\n", "in the middle of the headers", id="head cut"),
        pytest.param(b"\r\n", "in the middle of the headers", id="a blank line only"),
        pytest.param(b"\r\n" * 40_000, "blank lines only", id="blank lines only"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n", "in the middle of the headers", id="an interim response only"),
        pytest.param(OK + b"Content-Length: 1000\r\n\r\n" + b"x" * 20, "Body ended early: 20 of 1,000 bytes", id="body cut"),
        pytest.param(OK + b"Content-Length: " + b"9" * 30 + b"\r\n\r\nx", "Body ended early", id="huge length"),
        pytest.param(OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "Conflicting Content-Length: 5, 6", id="two lengths"),
        pytest.param(OK + b"Content-Length: -1\r\n\r\n", "Bad Content-Length: '-1'", id="negative length"),
        pytest.param(OK + b"Content-Length: 1 0\r\n\r\nhello hello", "Bad Content-Length: '1 0'", id="length in two"),
        pytest.param(OK + b"Transfer-Encoding: rot13\r\n\r\n", "Cannot read transfer coding 'rot13'", id="odd coding"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "Bad chunk size: 'zz'", id="chunk garbage"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n", "Bad chunk size: '-5'", id="chunk negative"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX", "Bad chunk", id="chunk without end"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "the last chunk did not come", id="no last chunk"),
        pytest.param(OK + b"A: " + b"x" * 70_000 + b"\r\n\r\n", "Header line too long", id="long line"),
        pytest.param(OK + b"A: 1\r\n" * 600 + b"\r\n", "Too many headers", id="600 fields"),
        pytest.param(b"HTTP/1.1 103 E\r\n\r\n" * 30, "Too many interim responses", id="interim for ever"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n5;" + b"x" * 9000, "Chunk line too long", id="chunk line"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"A: 1\r\n" * 600, "Too many trailers", id="trailers"),
        pytest.param(OK + b"Content-Encoding: gzip\r\n\r\nnot gzip", "The body is not valid gzip", id="gzip garbage"),
        pytest.param(OK + b"Content-Encoding: gzip,gzip,gzip,gzip,gzip,gzip\r\n\r\nx", "Too many content encodings", id="codings"),
    ],
)  # fmt: skip
def test_a_broken_answer_is_named_in_one_line(raw, get, answer, message):
    raw.answers(answer)

    with pytest.raises(Fault) as caught:
        get()

    assert message in caught.value.message
    assert "\n" not in caught.value.message


def test_the_next_request_after_a_broken_answer_works(raw, get):
    raw.answers(OK + b"Content-Length: 9\r\n\r\nx", OK + b"Content-Length: 2\r\n\r\nok")
    with pytest.raises(Fault):
        get()

    assert get().body == b"ok"


def test_what_came_of_a_cut_body_is_kept(raw, get):
    raw.answers(OK + b"Content-Length: 1000\r\n\r\n" + b"x" * 20)

    with pytest.raises(Fault) as caught:
        get()

    assert caught.value.record.body == b"x" * 20
    assert caught.value.record.is_complete is False


@pytest.fixture(params=["gzip", "deflate", "gzip, gzip"])
def undecodable(request: pytest.FixtureRequest, raw, get) -> tuple[Fault, bytes]:
    """The fault of content that is not in its coding, and the content."""
    body = b"not coded at all " * 20_000
    coding = request.param.encode()
    raw.answers(OK + b"Content-Encoding: %b\r\nContent-Length: %d\r\n\r\n" % (coding, len(body)) + body)
    with pytest.raises(Fault) as caught:
        get()
    return caught.value, body


def test_content_that_cannot_be_decoded_is_a_fault_of_its_coding(undecodable):
    assert undecodable[0].kind == "coding"


def test_content_that_cannot_be_decoded_is_kept_as_it_came(undecodable):
    fault, body = undecodable

    assert fault.record.body == body
    assert (fault.record.size, fault.record.is_complete) == (len(body), True)


def test_the_connection_serves_again_after_content_that_cannot_be_decoded(raw, get, live):
    def serve(sock):
        for body in (b"rubbish", b"fine"):
            raw.read(sock)
            coding = b"Content-Encoding: gzip\r\n" if body == b"rubbish" else b""
            sock.sendall(OK + coding + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    raw.answers(serve)
    with pytest.raises(Fault):
        get()

    assert get().body == b"fine"
    assert live.connections()[0].requests == 2


def test_of_content_that_could_be_decoded_in_part_that_part_is_kept(raw, get):
    body = gzip.compress(b"hello " * 50_000)[:200]
    raw.answers(OK + b"Content-Encoding: gzip\r\nContent-Length: 200\r\n\r\n" + body)

    with pytest.raises(Fault, match="gzip stream ended early") as caught:
        get()

    assert caught.value.record.body.startswith(b"hello hello ")


def test_content_that_cannot_be_decoded_is_kept_up_to_the_limit(raw, get):
    raw.answers(OK + b"Content-Encoding: gzip\r\nContent-Length: 900000\r\n\r\n" + b"x" * 900_000)

    with pytest.raises(Fault, match="not valid gzip") as caught:
        get(**{"max-body": 100_000})

    assert len(caught.value.record.body) <= 300_000
    assert not caught.value.record.is_complete


def test_tls_is_thought_of_only_where_nothing_has_answered_yet(raw, get):
    closing = OK + b"Content-Length: 2\r\nConnection: close\r\n\r\nok"
    raw.answers(lambda sock: raw.read(sock), closing, lambda sock: raw.read(sock))
    with pytest.raises(Fault) as first:
        get(method="POST")
    get()

    with pytest.raises(Fault) as second:
        get(method="POST")

    assert first.value.hint == "if it speaks TLS, try https://"
    assert second.value.hint == ""


def test_extra_bytes_after_an_answer_never_become_the_next_one(raw, get):
    raw.answers(
        OK + b"Content-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        OK + b"Content-Length: 2\r\n\r\nme",
    )
    get()

    assert get().body == b"me"


def test_head_has_no_content(raw, get):
    raw.answers(OK + b"Content-Length: 5\r\n\r\n")

    assert get(method="HEAD").body == b""


def test_a_folded_header_becomes_one_line(raw, get):
    raw.answers(OK + b"X-Long: one\r\n  two\r\nContent-Length: 0\r\n\r\n")

    assert get().response.headers["x-long"] == "one two"


def test_repeated_headers_keep_their_order(raw, get):
    raw.answers(OK + b"Set-Cookie: a=1\r\nX: y\r\nset-cookie: b=2\r\nContent-Length: 0\r\n\r\n")

    assert get().response.headers.getlist("Set-Cookie") == ["a=1", "b=2"]


class Buffered:
    """A stream that gives its data in pieces of one size."""

    read_line = Stream.read_line

    def __init__(self, data: bytes, size: int) -> None:
        self.data, self.size, self.at, self.buffer = data, size, 0, b""

    def receive(self) -> bytes:
        self.at += self.size
        return self.data[self.at - self.size : self.at]


def test_small_chunks_cost_the_same_however_many_come_at_once():
    def read(size: int) -> None:
        stream = Buffered(b"1\r\nx\r\n" * 50_000 + b"0\r\n\r\n", size)
        assert sum(map(len, read_pieces(stream, Framing("chunked")))) == 50_000

    assert_linear(read, 2048, 65_536, most=8)


@check_rows("size", [1, 2, 3, 7, 4096])
def test_chunks_are_the_same_however_they_come(size):
    data = b"2\r\nhe\r\n3;x=y\r\nllo\r\n1 \r\n!\r\n0a\r\n0123456789\r\n0\r\n\r\n"

    assert b"".join(read_pieces(Buffered(data, size), Framing("chunked"))) == b"hello!0123456789"


CHUNKED = b"HTTP/1.1 %d X\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("HEAD", 404), ("GET", 304)])
def test_a_coding_of_a_body_that_does_not_come_costs_no_connection(raw, live, method, status):
    def serve(sock):
        for _ in range(5):
            raw.read(sock)
            sock.sendall(CHUNKED % status)

    raw.answers(serve)

    records = [collect(live.stream(Draft(method, raw.url))) for _ in range(5)]

    assert {record.response.connection.number for record in records} == {1}


def test_a_body_after_head_is_no_response_to_the_next_request(raw, live):
    def serve(sock):
        raw.read(sock)
        sock.sendall(CHUNKED % 200 + b"0\r\n\r\n")

    raw.answers(serve, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    collect(live.stream(Draft("HEAD", raw.url)))

    assert collect(live.stream(Draft("GET", raw.url))).body == b"ok"
