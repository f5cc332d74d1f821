"""A fault knows whether it came before a byte of the request was sent: only then may any request be tried again."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import pytest
from tests.support.closed_port import CLOSED
from tests.support.server import Server
from urllib3.util import Retry

from callbox.engine import LiveSession, collect
from callbox.errors import Fault
from callbox.exchange.exchange_record_and_events import Note
from callbox.exchange.request import Draft
from callbox.wire.error_translation import could_not_connect
from callbox.wire.urllib3_retry_and_pool_managers import _use_try


@pytest.fixture
def closing() -> Iterator[Callable[[Callable[[socket.socket], None]], Server]]:
    made: list[Server] = []

    def make(act: Callable[[socket.socket], None]) -> Server:
        made.append(Server(act))
        return made[-1]

    yield make
    for one in made:
        one.close()


def read_and_close(sock: socket.socket) -> None:
    sock.recv(65536)


def answer_in_plain_http(sock: socket.socket) -> None:
    sock.recv(65536)
    sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def fault_of(live: LiveSession, url: str, **options: object) -> Fault:
    with pytest.raises(Fault) as caught:
        collect(live.stream(Draft("POST", url, options=options)))
    return caught.value


def test_a_refused_connection_was_not_sent_to(live: LiveSession) -> None:
    fault = fault_of(live, f"http://{CLOSED}/")

    assert (fault.is_unsent, could_not_connect(fault)) == (True, True)


def test_a_request_that_was_read_and_not_answered_was_sent(live: LiveSession, closing) -> None:
    fault = fault_of(live, f"http://127.0.0.1:{closing(read_and_close).port}/")

    assert (fault.kind, fault.is_unsent, could_not_connect(fault)) == ("closed", False, False)


def test_a_failed_handshake_is_before_sending_and_no_lack_of_a_connection(live: LiveSession, closing) -> None:
    fault = fault_of(live, f"https://127.0.0.1:{closing(answer_in_plain_http).port}/")

    assert (fault.kind, fault.is_unsent, could_not_connect(fault)) == ("tls", True, False)


def test_a_failed_handshake_is_not_tried_again(live: LiveSession, closing) -> None:
    server = closing(answer_in_plain_http)
    events = []

    with pytest.raises(Fault):
        events += live.stream(Draft("GET", f"https://127.0.0.1:{server.port}/", options={"retries": 3}))

    assert server.connections == 1
    assert not [event for event in events if isinstance(event, Note)]


def test_the_whole_time_is_up_only_once(live: LiveSession) -> None:
    fault = Fault("Not finished after the total time allowed", kind="total-timeout")
    fault.is_unsent = True

    assert not could_not_connect(fault)


@pytest.mark.parametrize(
    ("kind", "is_unsent", "counted"),
    [
        ("refused", True, "connect"),
        ("connection", True, "connect"),
        ("connection", False, "read"),
        ("certificate", True, "other"),
        ("tls", True, "other"),
        ("timeout", False, "read"),
        ("reset", False, "read"),
    ],
)
def test_a_retry_of_urllib3_counts_a_fault_as_urllib3_does(
    live: LiveSession, kind: str, is_unsent: bool, counted: str
) -> None:
    fault = Fault("no", kind=kind)
    fault.is_unsent = is_unsent
    outgoing = live.preview(Draft("GET", "http://a.example/"))

    left = _use_try(Retry(connect=5, read=5, other=5), outgoing, fault)

    assert {name for name in ("connect", "read", "other") if getattr(left, name) == 4} == {counted}
