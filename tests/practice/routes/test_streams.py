from __future__ import annotations

import http.client
import json
import time

import pytest


def events(text: str) -> list[dict[str, str]]:
    blocks = [block.split("\n") for block in text.strip().split("\n\n")]
    return [dict(line.split(": ", 1) for line in reversed(block)) for block in blocks]


def test_events_have_id_name_and_data(ask):
    answer = ask("GET", "/events?n=3&s=0")

    assert answer.headers["Content-Type"] == "text/event-stream"
    found = events(answer.data.decode())[1:]
    assert [event["id"] for event in found] == ["1", "2", "3"]
    assert json.loads(found[0]["data"]) == {"number": 1, "title": "Emma"}


def test_events_go_on_after_the_last_one_seen(ask):
    answer = ask("GET", "/events?n=1&s=0", headers={"Last-Event-ID": "7"})

    assert events(answer.data.decode())[1]["id"] == "8"


@pytest.mark.parametrize("path", ["/events?n=0&s=30", "/lines?n=2&s=30", "/drip?n=2&s=30"])
def test_head_of_a_stream_does_not_wait_for_its_body(api, path):
    connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=10)
    connection.request("GET", path)

    assert connection.getresponse().status == 200

    connection.close()


def test_lines_are_json_each(ask):
    lines = ask("GET", "/lines?n=3&s=0").data.splitlines()

    assert [json.loads(line)["number"] for line in lines] == [1, 2, 3]


def test_drip_has_the_length_it_says(ask):
    answer = ask("GET", "/drip?n=4&s=0.02")

    assert answer.headers["Content-Length"] == "4"
    assert answer.data == b"***\n"


def test_slow_waits(ask):
    start = time.monotonic()

    assert ask("GET", "/slow?s=0.3").json() == {"waited": 0.3}
    assert time.monotonic() - start >= 0.3


def test_request_sent_early_waits_for_the_slow_one(talk):
    responses = talk(
        b"GET /slow?s=0.2 HTTP/1.1\r\nHost: localhost\r\n\r\nGET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        is_half_closed=False,
    )

    assert responses.index(b"waited") < responses.index(b"pong")
