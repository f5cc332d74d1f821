"""Limits of time: `# @timeout` of silence, `# @total-timeout` and `--total-timeout` of a whole request."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from tests.support.server import Server, read_request

from callbox.replay.run_options import Plan

PIECE = b"data: one\n\n"


@pytest.fixture
def dripping() -> Iterator[Server]:
    """A response that goes on for ten seconds, in pieces."""
    over = threading.Event()

    def serve(connection) -> None:
        with connection.makefile("rb") as file:
            while (request := read_request(file)) is not None:
                if request.path == "/away":
                    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /drip\r\nContent-Length: 0\r\n\r\n")
                    continue
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1000000\r\n\r\n")
                for _ in range(500):
                    if over.wait(0.02):
                        return
                    connection.sendall(PIECE)

    with Server(serve) as server:
        yield server
        over.set()


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("# @total-timeout 300 ms\nGET BASE/drip", {}),
        ("# @total-timeout 300 ms\nGET BASE/away", {}),
        ("# @timeout 5\n# @total-timeout 300 ms\nGET BASE/drip", {}),
        ("GET BASE/drip", {"total-timeout": 0.3}),
        ("# @timeout 5\nGET BASE/drip", {"total-timeout": 0.3}),
        ("# @total-timeout 300 ms\nGET BASE/drip", {"timeout": 5.0}),
    ],
)
def test_a_total_time_ends_a_response_that_drips(dripping, run, text: str, options) -> None:
    (result,) = run(text.replace("BASE", dripping.url), Plan(options=options))

    assert result.outcome == "error"
    assert "Not finished after the total time allowed" in str(result.error)


def test_of_two_times_of_a_stream_the_total_one_counts(dripping, run) -> None:
    text = f"# @timeout 60\n# @total-timeout 300 ms\nGET {dripping.url}/drip\nAccept: text/event-stream"

    (result,) = run(text)

    assert result.seconds < 30
