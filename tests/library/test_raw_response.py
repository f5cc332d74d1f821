"""The body of an answer as a file, and in pieces."""

from __future__ import annotations

import io
import json
import shutil
from typing import Any

import pytest


def test_raw_is_read_as_text(s, practice_url):
    with s.get(practice_url + "/lines?n=3&s=0", stream=True) as r:
        assert len(list(io.TextIOWrapper(r.raw, "utf-8"))) == 3


def test_raw_is_copied_to_a_file(s, practice_url):
    file = io.BytesIO()

    with s.get(practice_url + "/big?mb=1&type=bin", stream=True) as r:
        shutil.copyfileobj(r.raw, file)

    assert len(file.getvalue()) == r.raw.tell() == 1_000_000


def test_raw_gives_a_line_and_json(s, practice_url):
    with s.get(practice_url + "/lines?n=3&s=0", stream=True) as r:
        assert json.loads(r.raw.readline())["number"] == 1
    with s.get(practice_url + "/echo", stream=True) as r:
        assert json.load(r.raw)["method"] == "GET"


def test_raw_tells_status_and_repeated_fields(s, recorder):
    server = recorder(b"HTTP/1.1 200 Fine\r\nX: 1\r\nX: 2\r\nContent-Length: 0\r\n\r\n")

    raw = s.get(server.url).raw

    assert (raw.status, raw.reason, raw.headers.getlist("x"), raw.version, raw.read()) == (
        200,
        "Fine",
        ["1", "2"],
        11,
        b"",
    )


def test_a_streamed_body_that_was_read_gives_its_connection_back(s, practice_url):
    numbers = []
    for _ in range(3):
        with s.get(practice_url + "/echo", stream=True) as r:
            _ = r.content
            numbers.append(r.connection_info.number)

    assert len(set(numbers)) == 1


def test_a_streamed_body_that_was_left_does_not(s, practice_url):
    with s.get(practice_url + "/big?mb=5&type=bin", stream=True) as r:
        left = r.connection_info.number

    assert s.get(practice_url + "/ping").connection_info.number != left


def test_a_redirect_may_lead_to_a_stream(s, practice_url):
    with s.get(practice_url + "/redirect/2", stream=True) as r:
        assert (len(r.history), r.raw.read(1)) == (2, b"{")


def test_pieces_have_the_size_that_was_asked_for(s, practice_url):
    with s.get(practice_url + "/big?mb=1&type=bin", stream=True) as r:
        sizes = {len(piece) for piece in r.iter_content(30_000)}

    assert sizes == {30_000, 1_000_000 % 30_000}


def test_a_hook_that_raises_costs_only_its_request(s, practice_url):
    def boom(r: Any, **_: Any) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        s.get(practice_url + "/ping", hooks={"response": boom})

    assert s.get(practice_url + "/ping").ok


BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n"


@pytest.mark.parametrize("answer", [BODY, CHUNKED], ids=["of known length", "chunked"])
@pytest.mark.parametrize(
    "rest",
    [
        lambda r: r.content, lambda r: b"".join(r.iter_content(3)), lambda r: r.raw.read(), lambda r: r.text.encode(),
        lambda r: b"".join(r.raw.stream(4)), lambda r: b"".join(r.raw), lambda r: r.raw.peek(1) and r.raw.data,
    ],
    ids=["content", "iter_content", "raw.read", "text", "raw.stream", "lines", "raw.data"],
)  # fmt: skip
@pytest.mark.parametrize("is_kept", [False, True], ids=["iterator dropped", "iterator kept"])
def test_what_one_reader_did_not_take_the_next_one_gets(s, recorder, answer, rest, is_kept):
    with s.get(recorder(answer).url, stream=True) as r:
        pieces = r.iter_content(2)
        assert next(pieces) == b"01"
        if not is_kept:
            del pieces

        assert rest(r) == b"23456789"


def test_reading_by_turns_loses_nothing(s, recorder):
    with s.get(recorder(BODY).url, stream=True) as r:
        one, other = r.iter_content(2), r.raw.stream(3)
        buffer = bytearray(2)

        got = [
            next(one),
            next(other),
            r.raw.read1(1),
            r.raw.peek(),
            r.raw.readinto(buffer),
            bytes(buffer),
            r.raw.read(5),
        ]

    assert got == [b"01", b"234", b"5", b"6789", 2, b"67", b"89"]


def test_raw_tells_what_is_left_and_whom_it_is_read_from(s, recorder):
    server = recorder(BODY)
    with s.get(server.url, stream=True) as r:
        first = (r.raw.length_remaining, r.raw.isclosed(), r.raw.connection.sock.getpeername()[1])
        r.raw.read(4)
        then = r.raw.length_remaining
        r.raw.read()

        assert (first, then) == ((10, False, server.port), 6)
        assert (r.raw.length_remaining, r.raw.isclosed(), r.raw.connection) == (0, True, None)


@pytest.mark.parametrize("is_streamed", [False, True], ids=["read", "streamed"])
def test_raw_tells_what_was_asked_for(s, practice_url, is_streamed):
    with s.get(practice_url + "/echo?a=1#top", stream=is_streamed) as r:
        assert (r.raw.url, r.raw.geturl()) == ("/echo?a=1",) * 2


@pytest.mark.parametrize("is_streamed", [False, True], ids=["read", "streamed"])
def test_a_jar_of_http_cookiejar_takes_cookies_from_the_original_response(s, recorder, is_streamed):
    from http.cookiejar import CookieJar
    from urllib.request import Request

    server = recorder(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n")
    jar = CookieJar()

    with s.get(server.url, stream=is_streamed) as r:
        jar.extract_cookies(r.raw._original_response, Request(r.url))

    assert {cookie.name: cookie.value for cookie in jar} == {"a": "1", "b": "2"}


def test_raw_is_closed_once_all_was_read(s, recorder):
    raw = s.get(recorder().url, stream=True).raw
    before = raw.closed, raw.fileno() > 0

    raw.read()

    assert before == (False, True)
    assert raw.closed
    assert list(raw) == []
    with pytest.raises(OSError, match="fileno"):
        raw.fileno()


def test_content_closes_raw(s, recorder):
    response = s.get(recorder().url, stream=True)
    _ = response.content

    assert response.raw.closed
    assert s.get(recorder().url).raw.closed


def test_raw_below_a_wrapper_may_stay_open(s, recorder):
    raw = s.get(recorder().url, stream=True).raw
    raw.auto_close = False

    assert io.TextIOWrapper(raw).read() == "ok"


def test_what_is_left_of_raw_may_be_assigned(s, recorder):
    raw = s.get(recorder().url, stream=True).raw
    raw.length_remaining = 7

    assert (raw.length_remaining, raw.read()) == (7, b"ok")


def test_raw_of_a_response_that_was_read_has_nothing_left(s, recorder):
    raw = s.get(recorder().url).raw

    assert (raw.length_remaining, raw.tell()) == (0, 2)
