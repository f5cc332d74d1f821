"""Answers that go on: ended when what is expected has come, or when their time is up."""

from __future__ import annotations

import pytest

from callbox.replay.plan import Plan


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
    ],
)
def test_stream_ends_when_what_is_expected_has_come(streaming, run, text) -> None:
    results = run(f"{text}\n### next\nGET BASE/next")

    assert [result.outcome for result in results] == ["ok", "ok"]
    assert results[0].record is not None
    assert not results[0].record.is_complete
    assert results[0].seconds < 5
    assert "the stream was ended" in results[0].notes[0]
    assert streaming.lines[-1] == "GET /next"


@pytest.mark.parametrize("said", ["x", "0", ""])
def test_count_of_events_is_a_number(run, server, said) -> None:
    (result,) = run(f"# @events {said}\nGET BASE/")

    assert str(result.error).endswith("is no count")
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
