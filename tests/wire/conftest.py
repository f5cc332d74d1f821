"""A server made of plain sockets: what it answers is what the test says, byte for byte, and what came is kept."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from callbox.engine import LiveSession, collect
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.request import Draft

Serve = Callable[[socket.socket], None]


class RawServer:
    """Each connection is handed to the next script; a script is bytes to answer with, or a function of the socket."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.requests: list[bytes] = []
        self.scripts: list[Serve] = []
        self.closing = threading.Event()
        self.threads: list[threading.Thread] = []
        self.acceptor = threading.Thread(target=self._accept, daemon=True)
        self.acceptor.start()

    def answers(self, *scripts: bytes | Serve) -> None:
        for script in scripts:
            self.scripts.append(script if callable(script) else self._replying(script))

    def _replying(self, data: bytes) -> Serve:
        def serve(sock: socket.socket) -> None:
            self.read(sock)
            sock.sendall(data)

        return serve

    def read(self, sock: socket.socket) -> bytes:
        """One request: its head, and as much body as its Content-Length says."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = sock.recv(65536)
            if not piece:
                break
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                while len(body) < int(line.split(b":")[1]) and (piece := sock.recv(65536)):
                    body += piece
        self.requests.append(head + b"\r\n\r\n" + body)
        return head

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            script = self.scripts.pop(0) if self.scripts else self._replying(b"HTTP/1.1 200 OK\r\n\r\n")
            thread = threading.Thread(target=self._serve, args=(sock, script), daemon=True)
            self.threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket, script: Serve) -> None:
        with sock:
            try:
                script(sock)
                sock.shutdown(socket.SHUT_WR)
                sock.settimeout(2)
                while sock.recv(65536):
                    pass
            except OSError:
                pass

    def close(self) -> None:
        self.closing.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in [self.acceptor, *self.threads]:
            thread.join(5)


@pytest.fixture
def raw() -> Iterator[RawServer]:
    server = RawServer()
    yield server
    server.close()


@pytest.fixture
def live() -> Iterator[LiveSession]:
    session = LiveSession()
    yield session
    session.close()


@pytest.fixture
def get(raw: RawServer, live: LiveSession) -> Callable[..., Record]:
    """Send a request to the raw server and drain the answer."""

    def send(path: str = "/", method: str = "GET", **options: object) -> Record:
        return collect(live.stream(Draft(method, raw.url + path, options=options)))

    return send
