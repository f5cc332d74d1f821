from __future__ import annotations

from typing import Any

import pytest
from tests.support.rows import check_rows

from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.request import Draft, Field, Outgoing
from callbox.exchange.request_content import Content, Part
from callbox.exchange.response import Connection, ResponseHead, Timings
from callbox.exchange.secret import Secret
from callbox.exchange.url import parse
from callbox.report.har import entry, failed_entry, request, spans

GET = Outgoing("GET", parse("http://h/a?x=1&y=a+b%21&z"))


def record(body: bytes = b"", *fields: tuple[str, str], size: int | None = None) -> Record:
    response = ResponseHead(200, "OK", Headers(list(fields)))
    return Record(Draft("GET", ""), GET, response, body, len(body) if size is None else size, time=0.5)


def content(found: Record, most: int | None = None) -> Any:
    response: Any = entry(found, most)["response"]
    return response["content"]


def test_query_is_decoded() -> None:
    assert request(GET)["queryString"] == [
        {"name": "x", "value": "1"},
        {"name": "y", "value": "a b!"},
        {"name": "z", "value": ""},
    ]


def test_secrets_stay_closed() -> None:
    sent = GET._replace(headers=(Field("Authorization", Secret("hunter22", "Bearer "), "auth"),))

    assert request(sent)["headers"] == [{"name": "Authorization", "value": "Bearer ..."}]


@pytest.mark.parametrize(
    ("timings", "expected"),
    [
        pytest.param(
            Timings(0.001, 0.002, 0.003, 0.005, 0.006, 0.004),
            {"blocked": -1, "dns": 1, "connect": 5, "ssl": 3, "send": 4, "wait": 5, "receive": 6},
            id="new connection: connect includes ssl",
        ),
        pytest.param(
            Timings(wait=0.005),
            {"blocked": -1, "dns": -1, "connect": -1, "ssl": -1, "send": 0, "wait": 5, "receive": 0},
            id="reused: what did not happen is -1",
        ),
    ],
)
def test_timings(timings: Timings, expected: dict[str, float]) -> None:
    assert spans(timings) == expected


@check_rows(
    ("found", "expected"),
    [
        pytest.param(
            record(b"{}", ("Content-Type", "application/json")),
            {"size": 2, "mimeType": "application/json", "text": "{}"},
            id="text",
        ),
        pytest.param(
            record("é".encode("latin-1"), ("Content-Type", "text/plain; charset=latin-1")),
            {"size": 1, "mimeType": "text/plain; charset=latin-1", "text": "é"},
            id="charset",
        ),
        pytest.param(
            record(b"\x89PNG\0"),
            {"size": 5, "mimeType": "x-unknown", "text": "iVBORwA=", "encoding": "base64"},
            id="bytes",
        ),
        pytest.param(record(), {"size": 0, "mimeType": "x-unknown"}, id="none"),
    ],
)
def test_content(found: Record, expected: dict[str, object]) -> None:
    assert content(found) == expected


def test_a_long_body_is_cut_and_says_so() -> None:
    assert content(record(b"abcdef"), 4) == {
        "size": 6,
        "mimeType": "x-unknown",
        "text": "abcd",
        "comment": "the first 4 bytes of it",
    }


@check_rows(
    ("sent", "expected"),
    [
        (
            Content(b"a=1", "application/x-www-form-urlencoded"),
            {"mimeType": "application/x-www-form-urlencoded", "text": "a=1"},
        ),
        (
            Content(None, "multipart/form-data", parts=(Part("a", b"1"), Part("f", b"", "x.png", "image/png"))),
            {
                "mimeType": "multipart/form-data",
                "params": [{"name": "a", "value": "1"}, {"name": "f", "fileName": "x.png", "contentType": "image/png"}],
            },
        ),
        (
            Content(None, "text/plain", length=9, path="a.txt"),
            {"mimeType": "text/plain", "text": "", "comment": "from a.txt"},
        ),
    ],
    ids=["text", "parts", "file"],
)
def test_post_data(sent: Content, expected: dict[str, object]) -> None:
    assert request(GET._replace(content=sent))["postData"] == expected


def test_cookies_of_an_answer_have_their_attributes() -> None:
    line = "sid=1; Path=/a; Domain=h; Expires=Thu, 01 Jan 1970 00:00:01 GMT; HttpOnly"
    response: Any = entry(record(b"", ("Set-Cookie", line), ("Set-Cookie", "b=2; Secure")))["response"]

    assert response["cookies"] == [
        {
            "name": "sid",
            "value": "1",
            "path": "/a",
            "domain": "h",
            "expires": "1970-01-01T00:00:01.000Z",
            "httpOnly": True,
            "secure": False,
        },
        {"name": "b", "value": "2", "httpOnly": False, "secure": True},
    ]


def test_the_peer_and_its_connection_are_named() -> None:
    connection = Connection(4, True, "[::1]:8000", 1)
    found = record()._replace(response=record().response._replace(connection=connection))

    assert (entry(found)["serverIPAddress"], entry(found)["connection"]) == ("::1", "4")


def test_a_request_without_an_answer_keeps_its_problem() -> None:
    lost: Any = failed_entry(GET, 0.5, 0.25, "refused")

    assert (lost["response"]["status"], lost["response"]["_error"], lost["time"]) == (0, "refused", 250.0)


def test_values_of_headers_are_utf8_where_they_are_that() -> None:
    found: Any = entry(record(b"", ("X-A", "é".encode().decode("latin-1"))), None)["response"]

    assert found["headers"] == [{"name": "X-A", "value": "é"}]
