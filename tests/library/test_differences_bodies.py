"""Differences from Requests: responses and their bodies."""

from __future__ import annotations

import gzip
import io
import pickle
import tracemalloc

import pytest

import callbox
from callbox import CallboxError


def answer(body: bytes, *fields: str) -> bytes:
    head = "".join(f"{field}\r\n" for field in (*fields, f"Content-Length: {len(body)}"))
    return f"HTTP/1.1 200 OK\r\n{head}\r\n".encode("latin-1") + body


def test_multipart_is_streamed_with_its_length(s, recorder):
    server = recorder()
    read: list[int] = []

    class File(io.BytesIO):
        name = "big.bin"

        def read(self, size: int | None = -1) -> bytes:
            read.append(size or 0)
            return super().read(size)

    s.post(server.url, files={"f": File(b"x" * 1_000_000)})

    assert int(server.seen[0].value("Content-Length") or 0) == len(server.seen[0].body) > 1_000_000
    assert max(read) < 1_000_000


@pytest.mark.parametrize("said", ["data", "files"])
def test_a_prepared_request_is_pickled_with_its_body(s, recorder, said):
    server = recorder()
    given = io.BytesIO(b"body")
    prepared = s.prepare_request(
        callbox.Request("POST", server.url, **{said: given if said == "data" else {"f": given}})
    )

    s.send(pickle.loads(pickle.dumps(prepared)))
    s.send(prepared)

    assert server.seen[0].body == server.seen[1].body
    assert b"body" in server.seen[0].body


def test_a_body_that_is_cut_off_keeps_what_came(s, recorder, hooks):
    server = recorder(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nhalf")
    server.closes = True

    with pytest.raises(callbox.IncompleteBody) as caught:
        s.get(server.url, hooks=hooks)

    assert isinstance(caught.value, callbox.ChunkedEncodingError)
    assert caught.value.partial == b"half"


@pytest.mark.parametrize("said", [{}, {"stream": True}], ids=["at once", "as a stream"])
def test_an_error_in_a_body_knows_its_request_and_response(s, recorder, said):
    server = recorder(b"HTTP/1.1 200 OK\r\nX: 1\r\nContent-Length: 10\r\n\r\nhalf")
    server.closes = True

    with pytest.raises(callbox.IncompleteBody) as caught:
        _ = s.get(server.url, **said).content

    error = caught.value
    assert (error.partial, error.request.url, error.response.headers["X"], error.response.content) == (
        b"half", f"{server.url}/", "1", b"half",
    )  # fmt: skip


@pytest.mark.parametrize("said", [{}, {"stream": True}], ids=["at once", "as a stream"])
def test_content_takes_the_memory_of_the_content(s, recorder, said):
    body = bytes(20_000_000)
    server = recorder(answer(b""), answer(body))
    _ = s.get(server.url, **said).content
    tracemalloc.start()

    try:
        content = s.get(server.url, **said).content
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert content == body
    assert peak < 1.4 * len(body)


@pytest.mark.parametrize(
    "first", ["302 X\r\nLocation: /next", '401 X\r\nWWW-Authenticate: Digest realm="r", nonce="n"'], ids=["302", "401"]
)
def test_of_a_body_on_the_way_no_more_is_read_than_is_small(s, recorder, first, hooks):
    body = b"x" * 300_000
    server = recorder(f"HTTP/1.1 {first}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    response = s.get(server.url, auth=callbox.HTTPDigestAuth("u", "p"), hooks=hooks)

    assert (response.status_code, len(response.history[0].content), server.connections) == (200, 65_536, 2)


def test_a_raw_body_has_a_limit_too(s, recorder):
    body = b"x" * 200_000
    server = recorder(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    s.max_body = 1000

    with s.get(server.url, stream=True) as response, pytest.raises(CallboxError, match="Stopped reading the body at"):
        response.raw.read()


def test_a_body_through_pools_of_urllib3_has_the_limit_too(s, recorder):
    server = recorder(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789")
    s.mount("http://", callbox.HTTPAdapter(pool_block=True))
    s.max_body = 4

    with pytest.raises(callbox.BodyTooLarge) as caught:
        s.get(server.url)

    assert caught.value.response.content == b"0123"


def test_a_body_may_have_a_limit(s, recorder, hooks):
    server = recorder(answer(gzip.compress(b"x" * 1_000_000), "Content-Encoding: gzip"))
    s.max_body = 1000

    with pytest.raises(callbox.exceptions.BodyTooLarge) as caught:
        s.get(server.url, hooks=hooks)

    assert len(caught.value.partial) == 1000


def test_a_damaged_coding_is_also_urllib3s_error(s, recorder):
    from urllib3.exceptions import HTTPError

    server = recorder(answer(b"not gzip", "Content-Encoding: gzip"))

    with pytest.raises(callbox.exceptions.ContentDecodingError) as caught:
        s.get(server.url)

    assert isinstance(caught.value, HTTPError)


@pytest.mark.parametrize(
    ("body", "content_type", "encoding", "text"),
    [
        pytest.param("grüße".encode(), "text/plain", "utf-8", "grüße", id="UTF-8 without a charset"),
        pytest.param("grüße".encode("latin-1"), "text/plain", "iso-8859-1", "grüße", id="Latin-1 without a charset"),
        pytest.param(
            "grüße".encode("latin-1"), "text/plain; charset=ISO-8859-1", "ISO-8859-1", "grüße", id="as it says"
        ),
        pytest.param("\ufeffa".encode(), "text/plain", "utf-8-sig", "a", id="byte order mark"),
        pytest.param("\ufeffa".encode("utf-16"), "", "utf-16", "\ufeffa", id="UTF-16 mark"),
    ],
)
def test_text_without_a_charset_is_tried_as_utf_8(s, recorder, body, content_type, encoding, text):
    server = recorder(answer(body, f"Content-Type: {content_type}"))

    r = s.get(server.url)

    assert (r.encoding, r.text) == (encoding, text)


def test_a_line_end_between_two_pieces_is_one(s, recorder):
    chunks = [b"ab\r", b"\ncd\r\n", b"\r", b"\nef"]
    body = b"".join(b"%x\r\n%b\r\n" % (len(c), c) for c in chunks) + b"0\r\n\r\n"
    server = recorder(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body)

    with s.get(server.url, stream=True) as r:
        assert list(r.iter_lines()) == [b"ab", b"cd", b"", b"ef"]


def test_a_delimiter_between_two_pieces_is_found(s, recorder):
    body = b"2\r\na<\r\n3\r\n>b<\r\n1\r\n>\r\n0\r\n\r\n"
    server = recorder(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body)

    with s.get(server.url, stream=True) as r:
        assert list(r.iter_lines(delimiter="<>")) == [b"a", b"b"]


def test_an_answer_says_how_it_travelled(s, practice_url):
    s.get(practice_url + "/ping")

    r = s.get(practice_url + "/ping")

    assert r.connection_info.is_reused
    assert r.timings.total > 0
    assert r.raise_for_status() is r


def test_stream_is_both_a_truth_and_a_way_to_send(s, practice_url):
    s.stream = True
    events = list(s.stream(callbox.Draft("GET", practice_url + "/ping")))

    assert (bool(s.stream), s.stream == True, repr(s.stream)) == (True, True, "True")  # noqa: E712 - as programs write
    assert type(events[-1]).__name__ == "Done"
