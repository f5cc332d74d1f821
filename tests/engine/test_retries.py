"""The option `retries`: where no connection can be made, it is tried again."""

from __future__ import annotations

import socket
import threading
from collections import deque
from collections.abc import Iterator

import pytest
from tests.support.closed_port import CLOSED

from callbox import Session
from callbox.engine import LiveSession
from callbox.errors import Fault, Interrupted
from callbox.exchange.exchange_record_and_events import Event, Note
from callbox.exchange.request import Draft
from callbox.exchange.request_content import Content
from callbox.wire import Cancel

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class LateServer:
    """Refuses connections until it is told to listen; then it answers one request."""

    def __init__(self) -> None:
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"
        self._thread = threading.Thread(target=self._serve)

    def listen(self) -> None:
        self._listener.listen()
        self._thread.start()

    def close(self) -> None:
        self._thread.join(5)
        self._listener.close()

    def _serve(self) -> None:
        sock, _ = self._listener.accept()
        with sock:
            sock.recv(65536)
            sock.sendall(ANSWER)


@pytest.fixture
def late() -> Iterator[LateServer]:
    server = LateServer()
    yield server
    server.close()


def told(events: list[Event]) -> list[str]:
    return [event.text.partition("; ")[2] for event in events if isinstance(event, Note)]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_it_is_tried_again_with_longer_pauses(late: LateServer, method: str) -> None:
    content, events = Content(b"once") if method == "POST" else None, []

    with LiveSession() as session:
        for event in session.stream(Draft(method, late.url, content=content, options={"retries": 4})):
            events.append(event)
            if len(told(events)) == 2 and isinstance(event, Note):
                late.listen()

    assert told(events) == ["trying again in 0.5 s", "trying again in 1 s"]


def test_the_library_has_it_too(late: LateServer) -> None:
    with Session() as session:
        session.trust_env = False
        session.set_option("retries", 9)
        threading.Timer(0.1, late.listen).start()
        response = session.get(late.url, hooks={"response": lambda r, **_: None})

    assert response.text == "ok"
    assert "trying again in 0.5 s" in response.notes[0]


def test_when_no_tries_are_left_it_is_the_error_that_it_was() -> None:
    with LiveSession() as session, pytest.raises(Fault, match="Connection refused"):
        list(session.stream(Draft("GET", f"http://{CLOSED}/", options={"retries": 1})))


def test_a_pause_can_be_cancelled() -> None:
    cancel, events = Cancel(), []

    def note(event: Event) -> None:
        events.append(event)
        threading.Timer(0.1, cancel.cancel).start()

    with LiveSession() as session, pytest.raises(Interrupted):
        deque(map(note, session.stream(Draft("GET", f"http://{CLOSED}/", options={"retries": 9}), cancel)))

    assert len(told(events)) < 4  # all of them would take minutes


def test_the_total_time_holds_for_all_tries() -> None:
    draft = Draft("GET", f"http://{CLOSED}/", options={"retries": 9, "total-timeout": 0.3})

    with LiveSession() as session, pytest.raises(Fault, match="Not finished"):
        list(session.stream(draft))


def test_what_may_have_arrived_is_not_sent_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        came: list[bytes] = []

        def serve() -> None:
            sock, _ = listener.accept()
            with sock:
                came.append(sock.recv(65536))

        thread = threading.Thread(target=serve)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with LiveSession() as session, pytest.raises(Fault, match="closed the connection"):
            list(session.stream(Draft("GET", url, options={"retries": 3})))
        thread.join(5)

    assert len(came) == 1
