"""An exchange goes to the file and comes back, without its secrets."""

from __future__ import annotations

import pytest
from tests.memory.records import ORIGIN, exchange
from tests.support.rows import check_rows

from callbox.errors import UsageError
from callbox.exchange.auth_schemes import Bearer
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.request import Field
from callbox.exchange.request_content import Content, Part, file_content, json_content, multipart_content
from callbox.exchange.response import Connection, Timings
from callbox.exchange.secret import Secret
from callbox.memory.api_facts import NO_DETAILS, Fact, Observation
from callbox.memory.history_and_facts_database import MAX_BODY, decode_record, encode_exchange, encode_record


@pytest.fixture(scope="module")
def record() -> Record:
    record = exchange(
        "POST",
        "/books?page=2",
        201,
        {"id": 1},
        sent=json_content('{"title": "Emma"}'),
        headers=(("X-A", "1"),),
        received=(("X-B", "2"), ("X-B", "3")),
        hops=(exchange("POST", "/old", 307),),
        time=7.0,
    )
    response = record.response._replace(
        timings=Timings(total=0.5, dns=0.1), connection=Connection(1, True, "127.0.0.1:80", 9, certificate=b"\0")
    )
    return record._replace(response=response)


@pytest.fixture(scope="module")
def decoded(record: Record) -> Record:
    return decode_record(encode_record(record))


def test_the_request_of_an_exchange_comes_back(record: Record, decoded: Record) -> None:
    assert decoded.outgoing.url == record.outgoing.url
    assert decoded.outgoing.headers == record.outgoing.headers


def test_the_body_of_a_request_comes_back(decoded: Record) -> None:
    assert decoded.outgoing.content is not None
    assert decoded.outgoing.content.data == b'{"title": "Emma"}'


def test_the_headers_of_a_response_come_back(record: Record, decoded: Record) -> None:
    assert decoded.response.headers.multi_items() == record.response.headers.multi_items()


def test_the_body_of_a_response_comes_back(record: Record, decoded: Record) -> None:
    assert decoded.body == record.body


def test_timings_come_back(record: Record, decoded: Record) -> None:
    assert decoded.response.timings == record.response.timings


def test_a_connection_comes_back_without_its_certificate(decoded: Record) -> None:
    assert decoded.response.connection == Connection(1, True, "127.0.0.1:80", 9)


def test_the_size_and_time_of_an_exchange_come_back(record: Record, decoded: Record) -> None:
    assert (decoded.size, decoded.time, decoded.is_complete) == (record.size, 7.0, True)


def test_the_hops_of_an_exchange_come_back(decoded: Record) -> None:
    assert [hop.response.status for hop in decoded.history] == [307]


def test_secrets_are_in_no_column() -> None:
    record = exchange(
        "POST",
        "http://ann:hunter2x@a/x?api_key=hunter2x&note=got+password%3A+hunter2x",
        200,
        {"token": "hunter2x", "echo": "Bearer hunter2x", "deep": {"password": "hunter2x"}},
        sent=json_content('{"password": "hunter2x", "user": "ann"}'),
        headers=(
            ("Authorization", Secret("hunter2x", "Bearer ")),
            ("X-Debug", "got password: hunter2x"),
            ("X-Up", "Bearer other-7x"),
        ),
        query=(("token", Secret("hunter2x")),),
        received=(("Set-Cookie", "sid=hunter2x; Path=/"), ("Location", "/y?token=hunter2x")),
    )
    outgoing = record.outgoing._replace(cookies=(Field("sid", "hunter2x", "jar"),))
    stored = encode_record(record._replace(outgoing=outgoing, draft=record.draft._replace(auth=Bearer("hunter2x"))))

    assert "hunter2x" not in repr(stored)
    assert "other-7x" not in repr(stored)
    assert b"ann" in stored.draft
    assert stored.had_auth


@pytest.mark.parametrize("body", [b"\x89PNG\r\n\x1a\n\0\0\0", b"a" * (MAX_BODY + 1)], ids=["binary", "long"])
def test_binary_and_long_bodies_are_not_saved(body: bytes) -> None:
    stored = encode_record(exchange("GET", "/x", body=body))

    assert (stored.body, stored.size) == (b"", len(body))


def test_a_request_without_a_response_is_saved() -> None:
    stored = encode_record(exchange("GET", "/x", 0)._replace(fault="Cannot connect to a:80", is_complete=False))

    assert decode_record(stored).fault == "Cannot connect to a:80"
    assert not decode_record(stored).is_answered


def test_files_are_saved_by_name() -> None:
    part = Part("photo", path="me.png", filename="me.png", pieces=lambda: [b"secret bytes"], length=12)
    for content in (multipart_content([part], "b"), file_content("me.png", lambda: [b"secret bytes"], 12)):
        stored = encode_record(exchange("POST", "/x", sent=content))

        assert b'file = "me.png"' in stored.draft
        assert "secret bytes" not in repr(stored)
        assert decode_record(stored).outgoing.content is not None


def test_a_stream_is_not_sent_again() -> None:
    content = json_content("")._replace(data=None, kind="stream", pieces=lambda: [b"x"])

    assert encode_record(exchange("POST", "/x", sent=content)).draft == b""


def test_the_saved_request_has_the_whole_url() -> None:
    record = exchange("GET", "http://a/v2/books?page=2")
    stored = encode_record(record._replace(draft=record.draft._replace(url="books?page=2")))

    assert b'url = "http://a/v2/books?page=2"' in stored.draft


@check_rows("text", ["", "{", "[]", "{}", '{"hops": [], "sent": 1}'])
def test_a_row_that_cannot_be_read_is_one_line(text: str) -> None:
    stored = encode_record(exchange("GET", "/x"))._replace(exchange=text, id=7)

    with pytest.raises(UsageError, match="h7 cannot be read"):
        decode_record(stored)


TOLD = "password: Zq9secretPW\necho Tk7LongSecretToken99\n"
CHARSETS = [
    ("text/plain; charset=utf-16", TOLD.encode()),
    ("text/plain", b"\xff\xfe" + TOLD.encode()),
    ("application/json", b"\xff\xfe" + TOLD.encode()),
    ("application/json; charset=utf-16", b"\0" + TOLD.encode()),
    ("text/plain; charset=utf-16", TOLD.encode("utf-16-be")),
    ("text/plain", TOLD.encode("utf-32")),
    ("text/plain; charset=utf-16", TOLD.encode("utf-32-le")),
    ("application/xml; charset=ibm037", TOLD.encode()),
    ("text/plain; charset=ibm037", TOLD.encode("cp037")),
]


@check_rows(("media_type", "body"), CHARSETS)
def test_saved_body_has_no_secret_in_any_charset(media_type: str, body: bytes) -> None:
    headers = (("Authorization", Secret("Tk7LongSecretToken99", "Bearer ")),)
    received = (("Content-Type", media_type),)

    saved = encode_record(exchange("GET", "/", headers=headers, received=received, body=body)).body

    # a NUL is the only byte between letters in UTF-16 and UTF-32
    texts = [saved.replace(b"\0", b"").decode("latin-1"), saved.decode("cp037")]
    assert not [text for text in texts if "Zq9secretPW" in text or "Tk7LongSecretToken99" in text]


def test_a_copy_of_a_credential_of_another_request_is_in_no_row_and_in_no_fact() -> None:
    record = exchange(
        "GET", "/search?q=s3cr3t-key-1", sent=Content(b'{"name": "s3cr3t-key-1"}', media_type="application/json")
    )
    fact = (Fact("query", "/search", "q", "s3cr3t-key-1"), NO_DETAILS)

    row, seen = encode_exchange(record, [Observation(ORIGIN, (fact,))], ["s3cr3t-key-1"])

    assert "s3cr3t-key-1" not in repr(row)
    assert seen == [Observation(ORIGIN)]
