"""What ends a request that would not end by itself: the total time, and Ctrl-C, at every stage of it."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from callbox.engine import LiveSession, collect
from callbox.errors import CallboxError, Fault, Interrupted
from callbox.exchange.request import Draft
from callbox.exchange.request_content import Content
from callbox.wire import Cancel

LARGE = Content(b"x" * 32_000_000)
"""More than the system keeps for a reader that does not read."""
GIVE_UP_S = 20
"""What is ended after 0.3 s ends before this on the busiest machine, and no other limit is as short."""


def fails(live: LiveSession, url: str, content: Content | None = None, cancel: Cancel | None = None, **options: Any):
    """The error of a request, and how long it took."""
    begun = time.monotonic()
    with pytest.raises(CallboxError) as caught:
        collect(live.stream(Draft("PUT" if content else "GET", url, content=content, options=options), cancel))
    return caught.value, time.monotonic() - begun


@pytest.fixture
def deaf() -> Iterator[int]:
    """The port of a server that accepts and never reads."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def full() -> Iterator[int]:
    """The port of a server whose backlog is full: a connection to it is never made."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=0)) as listener:
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(("127.0.0.1", port))
        yield port
        for sock in waiting:
            sock.close()


STAGES = {
    "connect": lambda deaf, full: (f"http://127.0.0.1:{full}/", None),
    "handshake": lambda deaf, full: (f"https://127.0.0.1:{deaf}/", None),
    "upload": lambda deaf, full: (f"http://127.0.0.1:{deaf}/", LARGE),
    "upload-in-pieces": lambda deaf, full: (
        f"http://127.0.0.1:{deaf}/",
        Content(None, length=32_000_000, pieces=lambda: (b"x" * 1_000_000 for _ in range(32))),
    ),
    "answer": lambda deaf, full: (f"http://127.0.0.1:{deaf}/", None),
}
Stage = Callable[[int, int], tuple[str, Content | None]]
at_every_stage = pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)


@at_every_stage
def test_total_time_ends_it(live: LiveSession, deaf: int, full: int, stage: Stage) -> None:
    error, took = fails(live, *stage(deaf, full), **{"total-timeout": 0.3})

    assert isinstance(error, Fault)
    assert error.kind == "total-timeout"
    assert took < GIVE_UP_S


@at_every_stage
def test_cancel_ends_it(live: LiveSession, deaf: int, full: int, stage: Stage) -> None:
    cancel = Cancel()
    timer = threading.Timer(0.3, cancel.cancel)
    timer.start()

    error, took = fails(live, *stage(deaf, full), cancel=cancel)

    timer.join()
    assert isinstance(error, Interrupted)
    assert took < GIVE_UP_S


def test_total_time_ends_a_tunnel_that_does_not_come(live: LiveSession, deaf: int) -> None:
    error, took = fails(live, "https://a.x/", proxy=f"http://127.0.0.1:{deaf}", **{"total-timeout": 0.3})

    assert isinstance(error, Fault)
    assert error.kind == "total-timeout"
    assert took < GIVE_UP_S


def test_an_upload_that_goes_on_may_take_longer_than_a_silence(raw, live: LiveSession) -> None:
    def slowly(sock: socket.socket) -> None:
        left = 24_000_000
        while left > 0:
            left -= len(sock.recv(100_000))
            if left > 8_000_000:  # not the end: that waits in the system's buffers, and counts as waiting for an answer
                time.sleep(0.01)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    raw.answers(slowly)
    draft = Draft("PUT", raw.url, content=Content(b"x" * 24_000_000), options={"timeout": 1.0})

    record = collect(live.stream(draft))

    assert record.response.status == 200
    assert record.response.timings.send > 1.0


def test_a_cancel_at_any_moment_raises_nothing() -> None:
    class Vanishing(Cancel):
        """A flag whose socket is gone when it is looked at a second time, as another thread may have it."""

        looks = 0

        def __getattribute__(self, name: str) -> Any:
            if name != "socket":
                return super().__getattribute__(name)
            type(self).looks += 1
            return None if type(self).looks > 1 else left

    left, right = socket.socketpair()
    with left, right:
        Vanishing().cancel()


def test_content_that_decodes_to_nothing_is_stopped_too(raw, live: LiveSession) -> None:
    def endless(sock: socket.socket) -> None:
        raw.read(sock)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
        while True:
            sock.sendall(gzip.compress(b"") * 1000)

    raw.answers(endless)

    error, took = fails(live, raw.url, **{"max-body": 1000, "total-timeout": 60.0})

    assert isinstance(error, Fault)
    assert error.kind == "max-body"
    assert took < GIVE_UP_S


def test_a_redirect_whose_body_drips_for_ever_is_followed(raw, live: LiveSession) -> None:
    def dripping(sock: socket.socket) -> None:
        raw.read(sock)
        sock.sendall(b"HTTP/1.1 302 Found\r\nLocation: /there\r\n\r\n")
        while True:
            sock.sendall(b"x")
            time.sleep(0.02)

    raw.answers(dripping, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    record = collect(live.stream(Draft("GET", raw.url, options={"total-timeout": 10.0})))

    assert record.response.status == 200
