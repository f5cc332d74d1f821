"""The servers that a session is tried on: the practice API, a real httpbin, and one that keeps each request's bytes."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from socketserver import ThreadingMixIn
from typing import BinaryIO, NamedTuple
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

from callbox import Session
from callbox.practice import Practice

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Seen(NamedTuple):
    """One request as it was on the wire."""

    line: str
    fields: list[tuple[str, str]]
    body: bytes

    def value(self, name: str) -> str | None:
        """The value of a field; None where it did not come."""
        return next((v for n, v in self.fields if n.lower() == name.lower()), None)


class Recorder:
    """Listens on loopback; `answers` are given in turn, then `OK`s, each `delay_s` late. A `None` closes."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.seen: list[Seen] = []
        self.connections = 0
        self.delay_s = 0.0
        self.closes = False
        self.context: ssl.SSLContext | None = None
        """With one, it speaks TLS."""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._lines: list[socket.socket] = []
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for line in list(self._lines):
            line.close()
        self._threads[0].join(5)

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            self._lines.append(line)
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        try:
            if self.context is not None:
                line = self.context.wrap_socket(line, server_side=True)
            with line, line.makefile("rb") as file:
                while (seen := read(file)) is not None:
                    self.seen.append(seen)
                    answer = self.answers.pop(0) if self.answers else OK
                    if answer is None:
                        return
                    time.sleep(self.delay_s)
                    line.sendall(answer)
                    if self.closes:
                        return
        except (OSError, ValueError):  # the client has gone in the middle of a request
            return


def read(file: BinaryIO) -> Seen | None:
    """One request from a connection; None at its end."""
    first = file.readline()
    if not first:
        return None
    fields = []
    while (text := file.readline().rstrip(b"\r\n")) != b"":
        name, _, value = text.decode("latin-1").partition(":")
        fields.append((name, value.strip()))
    told = {name.lower(): value for name, value in fields}
    if "transfer-encoding" in told:
        body = b""
        while size := int(file.readline(), 16):
            body += file.read(size)
            file.readline()
        file.readline()
    else:
        body = file.read(int(told.get("content-length", "0")))
    return Seen(first.decode("latin-1").rstrip("\r\n"), fields, body)


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
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


@pytest.fixture
def recorder() -> Iterator[Callable[..., Recorder]]:
    """Make a recorder with these answers; closed after the test."""
    made: list[Recorder] = []

    def make(*answers: bytes | None) -> Recorder:
        made.append(Recorder(*answers))
        return made[-1]

    yield make
    for one in made:
        one.__exit__()
