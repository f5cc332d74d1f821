"""A server that writes down the bytes it is sent, and answers from a table."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.server import OK, Request
from tests.support.server import Recorder as RequestRecorder

from callbox.engine import LiveSession
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.replay.file_and_system_access import ReplayPorts, real_ports
from callbox.replay.run_options import Plan
from callbox.replay.runner import replay
from callbox.report.result import Result


class Recorder(RequestRecorder):
    """`requests` are the raw requests in order; `answers` gives the raw answer for a path, else `200 ok`."""

    def __init__(self) -> None:
        self.received = threading.Event()
        """Set by the first request."""
        self.answers: dict[str, bytes] = {}
        super().__init__(self._find_answer)

    def _find_answer(self, request: Request) -> bytes:
        self.received.set()
        return self.answers.get(request.path.partition("?")[0], OK)

    @property
    def requests(self) -> list[bytes]:
        return [request.raw for request in self.seen]

    @property
    def lines(self) -> list[str]:
        """The request lines, without the version."""
        return [request.line.removesuffix(" HTTP/1.1") for request in self.seen]

    @property
    def bodies(self) -> list[bytes]:
        """With the framing of chunks."""
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
