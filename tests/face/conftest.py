"""The two servers that a session is tried on: the practice API, and a real httpbin."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

from callbox import Session
from callbox.practice import Practice


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def practice() -> Iterator[Practice]:
    with Practice() as running:
        yield running


@pytest.fixture(scope="session")
def api(practice: Practice) -> str:
    return practice.url


@pytest.fixture(scope="session")
def httpbin_url() -> Iterator[str]:
    httpbin = pytest.importorskip("httpbin")
    server = make_server("127.0.0.1", 0, httpbin.app, Server, Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def s() -> Iterator[Session]:
    with Session() as session:
        yield session
