"""Content of a known length is received into its place: whole, cut off, silent, limited, over TLS."""

from __future__ import annotations

import hashlib
import random
import ssl
import tracemalloc

import pytest
import trustme

import callbox

SIZE = 3_000_000
BODY = random.Random(1).randbytes(SIZE)
HEAD = f"HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n".encode()


def test_it_is_what_was_sent(s, recorder):
    server = recorder(HEAD + BODY, HEAD + BODY)

    for _ in "ab":
        response = s.get(server.url)
        assert type(response.content) is bytes
        assert hashlib.sha256(response.content).digest() == hashlib.sha256(BODY).digest()

    assert server.connections == 1


def test_over_tls(s, recorder, tmp_path):
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    server = recorder(HEAD + BODY)
    server.context = context

    response = s.get(server.url.replace("http:", "https:"), verify=str(tmp_path / "ca.pem"))

    assert response.content == BODY


def test_a_body_that_is_cut_off_is_an_error_with_what_came(s, recorder):
    server = recorder(HEAD + BODY[:-1])
    server.closes = True

    with pytest.raises(callbox.IncompleteBody) as caught:
        s.get(server.url)

    assert caught.value.partial == BODY[:-1]


def test_a_body_that_stops_is_an_error_with_what_came(s, recorder):
    server = recorder(HEAD + BODY[:-1])

    with pytest.raises(callbox.ReadTimeout) as caught:
        s.get(server.url, timeout=0.3)

    assert caught.value.response.content == BODY[:-1]


def test_a_body_of_which_nothing_comes_is_an_error(s, recorder):
    server = recorder(HEAD)
    server.closes = True

    with pytest.raises(callbox.IncompleteBody) as caught:
        s.get(server.url)

    assert caught.value.partial == b""


def test_a_limit_takes_no_memory_for_what_is_beyond_it(s, recorder):
    server = recorder(HEAD + BODY)
    s.max_body = 1000

    tracemalloc.start()
    try:
        with pytest.raises(callbox.BodyTooLarge) as caught:
            s.get(server.url)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert len(caught.value.partial) == 1000
    assert peak < 1_000_000


@pytest.mark.parametrize("announced", [2_000_000_000_000, 10**24])
def test_a_length_that_nobody_could_send_takes_no_memory(s, recorder, announced):
    server = recorder(f"HTTP/1.1 200 OK\r\nContent-Length: {announced}\r\n\r\nab".encode())
    server.closes = True

    with pytest.raises(callbox.IncompleteBody) as caught:
        s.get(server.url)

    assert caught.value.partial == b"ab"


def test_what_comes_behind_it_is_no_part_of_it_and_ends_the_connection(s, recorder):
    server = recorder(HEAD + BODY + b"more", HEAD + BODY)

    assert [s.get(server.url).content == BODY for _ in "ab"] == [True, True]
    assert server.connections == 2
