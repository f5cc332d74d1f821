"""Answers that go on: ended when what is expected has come, or when their time is up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.support.linear import assert_linear

from callbox.exchange.exchange_record_and_events import Chunk, Done, Event, Head, Record, Sent
from callbox.exchange.headers import Headers
from callbox.exchange.request import Draft, Route
from callbox.exchange.request_merge_with_session import SessionState, merge
from callbox.exchange.response import ResponseHead
from callbox.replay.event_stream_stop_conditions import EventCounter, stop_stream
from callbox.replay.run_options import Plan


@pytest.fixture
def streaming(server):
    """Two events, and then silence on an open connection."""
    for path, kind, pieces in (
        ("/events", "text/event-stream", (b"data: one\n\n", b"data: two\n\n")),
        ("/lines", "application/x-ndjson", (b'{"n": 1}\n', b'{"n": 2}\n')),
        ("/text", "text/plain", (b"one\n", b"two\n")),
    ):
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        server.answers[path] = head + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return server


@pytest.mark.parametrize(
    "text",
    [
        "# @expect body contains two\nGET BASE/events",
        "GET BASE/events\n?? status == 200\n?? body contains one",
        'GET BASE/lines\n\n# @expect body contains "n": 2',
        "# @events 2\nGET BASE/events",
        "# @events 1\nGET BASE/lines",
        "@row = 0\n# @expect body $[{{row}}].n == 1\nGET BASE/lines",
    ],
)
def test_stream_ends_when_what_is_expected_has_come(streaming, run, text) -> None:
    results = run(f"{text}\n### next\nGET BASE/next")

    assert [result.outcome for result in results] == ["ok", "ok"]
    assert results[0].record is not None
    assert not results[0].record.is_complete
    assert results[0].seconds < 20
    assert "the stream was closed" in results[0].notes[0]
    assert streaming.lines[-1] == "GET /next"


@pytest.mark.parametrize(
    ("path", "body"),
    [("events", b"data: one\n\n"), ("lines", b'{"n": 1}\n'), ("crlf", b"data: one\r\n\r\n"), ("cr", b"data: one\r\r")],
)
def test_no_more_events_than_were_asked_for_are_kept(streaming, run, path, body) -> None:
    answer = streaming.answers["/events"].partition(b"\r\n\r\n")[0].replace(b"Transfer-Encoding: chunked", b"X: y")
    for name, ending in (("crlf", b"\r\n"), ("cr", b"\r")):
        events = b"data: one\n\ndata: two\n\n".replace(b"\n", ending)
        streaming.answers[f"/{name}"] = answer + b"\r\n\r\n" + events
    (result,) = run(f"# @events 1\nGET BASE/{path}")

    assert result.record is not None
    assert result.record.body == body


@pytest.mark.parametrize("said", ["x", "0", ""])
def test_count_of_events_is_a_number(run, server, said) -> None:
    (result,) = run(f"# @events {said}\nGET BASE/")

    assert str(result.error).startswith("@events takes a number of events, 1 or more")
    assert server.requests == []


@pytest.mark.parametrize(
    ("text", "options"),
    [
        pytest.param("# @timeout 0.2\nGET BASE/events\nAccept: text/event-stream", {}, id="directive"),
        pytest.param("# @timeout 200 ms\nSSE BASE/events", {}, id="method"),
        pytest.param("GET BASE/events", {"total-timeout": 0.2}, id="option"),
    ],
)
def test_stream_ends_in_time(streaming, run, text, options) -> None:
    (result,) = run(text, Plan(options=options))

    assert result.outcome == "ok"
    assert result.record is not None
    assert result.record.body == b"data: one\n\ndata: two\n\n"


def test_stream_whose_time_is_up_is_judged_by_what_has_come(streaming, run) -> None:
    (result,) = run("# @expect body contains three\nGET BASE/events", Plan(options={"total-timeout": 0.2}))

    assert result.outcome == "failed"
    assert "two" in result.failures[0].actual


def test_what_has_an_end_or_is_written_to_a_file_comes_whole(streaming, run, tmp_path) -> None:
    streaming.answers["/all"] = streaming.answers["/lines"] + b"0\r\n\r\n"
    body = b"data: one\n\ndata: two\n\n"
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: %d\r\n\r\n" % len(body)
    streaming.answers["/sized"] = head + body
    results = run("GET BASE/all\n# @expect body contains 1\n>> out\n###\n# @expect body contains one\nGET BASE/sized")

    assert [result.outcome for result in results] == ["ok", "ok"]
    assert (tmp_path / "out").read_bytes() == b'{"n": 1}\n{"n": 2}\n'
    assert results[1].record is not None
    assert results[1].record.body == body


def test_other_answers_are_not_ended(streaming, run) -> None:
    (result,) = run("# @expect body contains one\nGET BASE/text", Plan(options={"total-timeout": 0.2}))

    assert result.outcome == "error"


ROWS = "# @name rows\n{said}GET BASE/rows\n\n###\n# @loop for x of {source}\nGET BASE/{{{{x.n}}}}\n"


@pytest.fixture
def rows(streaming):
    """Lines that come one by one, and end."""
    streaming.answers["/rows"] = streaming.answers["/lines"] + b"0\r\n\r\n"
    return streaming


@pytest.mark.parametrize(
    "said", ["", "# @expect body contains 1\n", "# @expect body $[0].n == 1\n"], ids=["nothing", "text", "path"]
)
@pytest.mark.parametrize("source", ["rows.response.body.*", "rows.response.body", "rows", "{{rows.response.body.$}}"])
def test_loop_goes_through_every_line_of_an_answer(rows, run, said, source) -> None:
    results = run(ROWS.format(said=said, source=source))

    assert [result.outcome for result in results] == ["ok"] * 3
    assert rows.lines[1:] == ["GET /1", "GET /2"]


def test_loop_goes_through_every_line_that_was_captured(rows, run) -> None:
    run(ROWS.format(said="# @expect body contains 1\n# @capture all = body $\n", source="all"))

    assert rows.lines[1:] == ["GET /1", "GET /2"]


def test_loop_goes_through_the_events_that_were_asked_for(rows, run) -> None:
    run(ROWS.format(said="# @events 1\n", source="rows.response.body.*"))

    assert rows.lines[1:] == ["GET /1"]


def test_a_single_line_is_a_list_too(rows, run) -> None:
    rows.json("/rows", '{"n": 7}')
    rows.answers["/rows"] = rows.answers["/rows"].replace(b"application/json", b"application/x-ndjson")
    run(ROWS.format(said="", source="rows.response.body.*"))

    assert rows.lines[1:] == ["GET /7"]


def test_a_line_that_is_no_json_is_an_error(rows, run) -> None:
    rows.json("/rows", '{"n": 1}\nno\n')
    rows.answers["/rows"] = rows.answers["/rows"].replace(b"application/json", b"application/jsonl")
    results = run(ROWS.format(said="", source="rows.response.body.*"))

    assert "line 2 of the response's body is not JSON" in str(results[1].error)


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_end_of_an_event_in_pieces_is_found(streaming, run, cut: int) -> None:
    text = b"data: one\r\n\r\ndata: two\r\n\r\n"
    head = streaming.answers["/events"].partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    pieces = [text[at : at + cut] for at in range(0, len(text), cut)]
    streaming.answers["/cut"] = head + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)

    (result,) = run("# @events 1\nGET BASE/cut")

    assert result.record is not None
    assert result.record.body.startswith(b"data: one\r\n\r")
    assert b"two" not in result.record.body


def test_event_without_an_end_is_counted_in_time_by_its_length() -> None:
    response = ResponseHead(200, "", Headers([("Content-Type", "text/event-stream")]))

    def count(size: int) -> None:
        counter = EventCounter(1, response)
        for _ in range(size):
            counter.take(b"a" * 100)

    assert_linear(count, 2_000, 16_000, most=24)


class Clock:
    """A condition whose checks take a second for each 100,000 bytes, on a clock that only these checks move."""

    expectations = (None,)
    max_events = None
    now = 0.0
    wanted = 0

    def is_met(self, record: Record) -> bool:
        self.now += record.size / 100_000
        return 0 < self.wanted <= record.size

    def read(self, pieces: int) -> list[Event]:
        """Read a stream of pieces with 10 bytes each."""
        return list(stop_stream(self.events(pieces), DRAFT, self, lambda: self.now))  # type: ignore[arg-type]

    def events(self, pieces: int) -> Iterator[Event]:
        yield Sent(merge(SessionState(), DRAFT, Route()))
        yield Head(ResponseHead(200, "OK", Headers([("Content-Type", "application/x-ndjson")])))
        yield from (Chunk(b'{"n": 12}\n') for _ in range(pieces))


DRAFT = Draft("GET", "http://h/")


def test_checks_of_a_large_stream_take_time_in_proportion_to_it() -> None:
    small, large = Clock(), Clock()

    small.read(10_000)
    large.read(80_000)

    assert small.now > 1
    assert large.now < 16 * small.now


def test_event_after_a_pause_is_checked_at_once() -> None:
    watched = Clock()
    after_the_pause: list[Event] = []
    events = watched.events(10_000)
    for event in stop_stream(events, DRAFT, watched, lambda: watched.now):  # type: ignore[arg-type]
        if watched.wanted:
            after_the_pause.append(event)
        elif watched.now > 1:
            watched.now += 60
            watched.wanted = 1

    assert [type(event) for event in after_the_pause] == [Done]
