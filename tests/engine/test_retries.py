"""The option `retries`: where no connection can be made, it is tried again."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from callbox import Session
from callbox.engine import LiveSession
from callbox.errors import Fault, Interrupted
from callbox.exchange.events import Event, Note
from callbox.exchange.request import Draft
from callbox.exchange.request_content import Content
from callbox.wire import Cancel

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
def late() -> Iterator[Callable[[float], int]]:
    """A port that nothing listens on for so many seconds."""
    threads: list[threading.Thread] = []

    def make(seconds: float) -> int:
        with socket.create_server(("127.0.0.1", 0)) as held:
            port = int(held.getsockname()[1])

        def serve() -> None:
            time.sleep(seconds)
            with socket.create_server(("127.0.0.1", port)) as listener:
                sock, _ = listener.accept()
                with sock:
                    sock.recv(65536)
                    sock.sendall(ANSWER)

        threads.append(threading.Thread(target=serve))
        threads[-1].start()
        return port

    yield make
    for thread in threads:
        thread.join(5)


def told(events: list[Event]) -> list[str]:
    return [event.text.partition("; ")[2] for event in events if isinstance(event, Note)]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_it_is_tried_again_with_longer_pauses(late: Callable[[float], int], method: str) -> None:
    port = late(0.8)
    content = Content(b"once") if method == "POST" else None

    with LiveSession() as session:
        draft = Draft(method, f"http://127.0.0.1:{port}/", content=content, options={"retries": 4})
        events = list(session.stream(draft))

    assert told(events) == ["trying again in 0.5 s", "trying again in 1 s"]


def test_the_library_has_it_too(late: Callable[[float], int]) -> None:
    with Session() as session:
        session.trust_env = False
        session.set_option("retries", 3)
        response = session.get(f"http://127.0.0.1:{late(0.2)}/", hooks={"response": lambda r, **_: None})

    assert (response.text, len(response.notes)) == ("ok", 1)


def test_when_no_tries_are_left_it_is_the_error_that_it_was() -> None:
    with LiveSession() as session, pytest.raises(Fault, match="Connection refused"):
        list(session.stream(Draft("GET", "http://127.0.0.1:9/", options={"retries": 1})))


def test_a_pause_can_be_cancelled() -> None:
    cancel = Cancel()
    threading.Timer(0.1, cancel.cancel).start()
    begun = time.perf_counter()

    with LiveSession() as session, pytest.raises(Interrupted):
        list(session.stream(Draft("GET", "http://127.0.0.1:9/", options={"retries": 9}), cancel))

    assert time.perf_counter() - begun < 5


def test_the_total_time_holds_for_all_tries() -> None:
    draft = Draft("GET", "http://127.0.0.1:9/", options={"retries": 9, "total-timeout": 0.3})

    with LiveSession() as session, pytest.raises(Fault, match="Not finished"):
        list(session.stream(draft))


def test_what_may_have_arrived_is_not_sent_again(late: Callable[[float], int]) -> None:
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
