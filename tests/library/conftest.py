"""The servers that a session is tried on: the practice API, a real httpbin, and one that keeps each request's bytes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from tests.support import server

from callbox import Session
from callbox.practice import Practice


class Recorder(server.Recorder):
    """`answers` are given in turn, then `OK`s, each `delay_s` late. A `None` closes."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.delay_s = 0.0
        super().__init__(self._next_answer)

    def _next_answer(self, _: server.Request) -> bytes | None:
        answer = self.answers.pop(0) if self.answers else server.OK
        if answer is not None:
            time.sleep(self.delay_s)
        return answer


class HttpbinServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def practice_url(practice: Practice) -> str:
    return practice.url


@pytest.fixture(scope="session")
def httpbin_url() -> Iterator[str]:
    httpbin = pytest.importorskip("httpbin")
    running = make_server("127.0.0.1", 0, httpbin.app, HttpbinServer, Quiet)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()
    thread.join(5)


@pytest.fixture
def s() -> Iterator[Session]:
    with Session() as session:
        yield session


@pytest.fixture
def recorder() -> Iterator[Callable[..., Recorder]]:
    """Make a recorder with these answers; closed after the test."""
    made: list[Recorder] = []

    def make(*answers: bytes | None) -> Recorder:
        made.append(Recorder(*answers))
        return made[-1]

    yield make
    for one in made:
        one.close()
