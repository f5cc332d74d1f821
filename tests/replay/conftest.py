"""A server that writes down the bytes it is sent, and answers from a table."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from callbox.engine import LiveSession
from callbox.httpfile.parser.script import parse
from callbox.replay.ports import ReplayPorts, real_ports
from callbox.replay.run_options import Plan
from callbox.replay.runner import replay
from callbox.report.result import Result

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Recorder:
    """`requests` are the raw requests in order; `answers` gives the raw answer for a path, else `200 ok`."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.received = threading.Event()
        """Set by the first request."""
        self.answers: dict[str, bytes] = {}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._connections: list[socket.socket] = []
        self._start(self._accept)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    @property
    def lines(self) -> list[str]:
        """The request lines, without the version."""
        return [raw.partition(b" HTTP/1.1\r\n")[0].decode() for raw in self.requests]

    @property
    def bodies(self) -> list[bytes]:
        return [raw.partition(b"\r\n\r\n")[2] for raw in self.requests]

    def headers(self, number: int = -1) -> list[str]:
        """The header lines of a request, but those that every client adds."""
        head = self.requests[number].partition(b"\r\n\r\n")[0].decode("latin-1")
        usual = ("host:", "user-agent:", "accept:", "accept-encoding:", "connection:", "content-length:")
        return [line for line in head.split("\r\n")[1:] if not line.lower().startswith(usual)]

    def json(self, path: str, text: str, *fields: str, status: str = "200 OK") -> None:
        """Answer a path with JSON."""
        head = "".join(f"{field}\r\n" for field in ("Content-Type: application/json", *fields))
        self.answers[path] = f"HTTP/1.1 {status}\r\n{head}Content-Length: {len(text)}\r\n\r\n{text}".encode()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            while raw := _read_request(stream.readline, stream.read):
                self.requests.append(raw)
                self.received.set()
                path = raw.split(b" ", 2)[1].decode().partition("?")[0]
                answer = self.answers.get(path, OK)
                connection.sendall(answer)
                if b"Connection: close" in answer:
                    return


def _read_request(readline: Callable[[], bytes], read: Callable[[int], bytes]) -> bytes:
    raw = b""
    length, is_chunked = 0, False
    try:
        while line := readline():
            raw += line
            name, _, value = line.lower().partition(b":")
            length = int(value) if name == b"content-length" else length
            is_chunked |= name == b"transfer-encoding"
            if line == b"\r\n":
                break
        while is_chunked:
            line = readline()
            raw += line + read(int(line, 16) + 2)
            is_chunked = line.strip() != b"0"
        return raw + read(length)
    except (OSError, ValueError):
        return b""


@pytest.fixture
def server() -> Iterator[Recorder]:
    recorder = Recorder()
    yield recorder
    recorder.close()


@pytest.fixture
def other() -> Iterator[Recorder]:
    """A second server, at another port."""
    recorder = Recorder()
    yield recorder
    recorder.close()


@pytest.fixture
def session() -> Iterator[LiveSession]:
    with LiveSession() as made:
        yield made


@pytest.fixture
def ports() -> ReplayPorts:
    """The real disk; nobody to ask, and no time to sleep."""
    return real_ports()._replace(sleep=lambda _: None)


Run = Callable[..., list[Result]]


@pytest.fixture
def run(server: Recorder, session: LiveSession, ports: ReplayPorts, tmp_path: Path) -> Run:
    """Replay a text in which `@base` is the recorder's URL; the results."""

    def replay_text(text: str, plan: Plan = Plan(), **changes: object) -> list[Result]:
        script = parse(text.replace("BASE", server.url), str(tmp_path / "a.http"))
        return list(replay(script, session, ports._replace(**changes), plan))

    return replay_text
