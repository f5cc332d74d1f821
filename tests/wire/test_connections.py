"""Connections: reused, counted, retried once, cancelled, timed."""

from __future__ import annotations

import socket
import struct
import subprocess
import sys
import threading
import time

import pytest
from tests.support.closed_port import CLOSED

from callbox.engine import LiveSession, collect
from callbox.errors import Fault, Interrupted
from callbox.exchange.exchange_record_and_events import Chunk, Done, Note
from callbox.exchange.request import Draft
from callbox.exchange.request_content import Content
from callbox.wire import Cancel

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def fetch(session, url, cancel=None, **more):
    return collect(session.stream(Draft("GET", url, **more), cancel))


def test_the_second_request_says_reused(api, live):
    first = fetch(live, api.url + "/echo").response.connection
    second = fetch(live, api.url + "/echo").response.connection

    assert (first.number, first.is_reused, second.number, second.is_reused) == (1, False, 1, True)


def test_the_connection_told_is_the_one_the_server_saw(api, live):
    record = fetch(live, api.url + "/echo")

    assert f'"peer_port": {record.response.connection.local_port}'.encode() in record.body


def test_a_new_connection_has_measured_times(api, live):
    new, kept = (fetch(live, api.url + "/slow?s=0.05").response.timings for _ in range(2))

    assert new.connect > 0 == kept.connect
    # The server may begin to wait before the client has measured the end of sending.
    assert 0.05 <= new.send + new.wait <= new.total
    assert new.dns + new.connect + new.send + new.wait + new.transfer <= new.total


def test_a_kept_connection_that_died_costs_one_silent_retry(raw, live):
    def serve_one_then_drop(sock):
        raw.read(sock)
        sock.sendall(OK)
        raw.read(sock)

    raw.answers(serve_one_then_drop, OK)
    fetch(live, raw.url)

    events = list(live.stream(Draft("GET", raw.url)))

    assert [e.text for e in events if isinstance(e, Note)] == ["sent again: the server had closed the idle connection"]
    assert len(raw.requests) == 3


def test_a_post_is_never_sent_twice_by_itself(raw, live):
    def serve_one_then_drop(sock):
        raw.read(sock)
        sock.sendall(OK)
        raw.read(sock)

    raw.answers(serve_one_then_drop, OK)
    fetch(live, raw.url)

    with pytest.raises(Fault, match="without a response"):
        collect(live.stream(Draft("POST", raw.url, content=Content(b"x"))))


def test_a_cancel_ends_a_silent_wait_and_the_next_answer_is_the_right_one(api, live):
    cancel = Cancel()
    fetch(live, api.url + "/ping")
    threading.Timer(0.1, cancel.cancel).start()
    begun = time.perf_counter()

    with pytest.raises(Interrupted):
        fetch(live, api.url + "/slow?s=60", cancel)

    assert time.perf_counter() - begun < 20
    assert b'"path": "/echo"' in fetch(live, api.url + "/echo").body


def test_a_cancel_in_the_middle_of_a_body_keeps_what_came(api, live):
    cancel = Cancel()

    def watched(events):
        for event in events:
            if isinstance(event, Chunk):
                threading.Timer(0.05, cancel.cancel).start()
            yield event

    with pytest.raises(Interrupted) as caught:
        collect(watched(live.stream(Draft("GET", api.url + "/drip?s=20&n=1000"), cancel)))

    assert caught.value.record.body


@pytest.mark.parametrize(
    ("options", "kind"),
    [({"timeout": 0.1}, "timeout"), ({"total-timeout": 0.1}, "total-timeout")],
    ids=["silence", "total"],
)
def test_a_silent_server_is_given_up_on(api, live, options, kind):
    with pytest.raises(Fault) as caught:
        fetch(live, api.url + "/slow?s=20", options=options)

    assert caught.value.kind == kind


def test_a_total_time_holds_against_a_dripping_body(api, live):
    with pytest.raises(Fault) as caught:
        fetch(live, api.url + "/drip?s=20&n=1000", options={"total-timeout": 0.3})

    assert caught.value.kind == "total-timeout"


def test_a_refused_connection_names_the_place(live):
    with pytest.raises(Fault, match=rf"Connection refused: {CLOSED} \(nothing is listening there\)"):
        fetch(live, f"http://{CLOSED}/")


def test_an_unknown_host_is_named(live):
    with pytest.raises(Fault, match=r"Cannot resolve host nx\.invalid"):
        fetch(live, "http://nx.invalid/")


def test_a_body_beyond_the_limit_is_stopped_and_kept(api, live):
    with pytest.raises(Fault) as caught:
        fetch(live, api.url + "/big?mb=1", options={"max-body": 1000})

    assert caught.value.kind == "max-body"
    assert len(caught.value.record.body) == 1000


def test_closing_keeps_the_session_usable(api, live):
    fetch(live, api.url + "/ping")
    live.close()

    assert fetch(live, api.url + "/ping").response.connection.is_reused is False


def test_a_session_that_is_left_unread_gives_its_connection_up(api, live):
    events = live.stream(Draft("GET", api.url + "/big?mb=5"))
    for _ in range(3):
        next(events)
    events.close()

    assert live.connections() == []


def test_threads_share_one_session_without_mixing_answers(api):
    session = LiveSession()
    wrong = []

    def work(number):
        for count in range(20):
            tag = f"{number}-{count}"
            if tag.encode() not in fetch(session, f"{api.url}/echo?tag={tag}").body:
                wrong.append(tag)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session.close()

    assert wrong == []


def test_what_a_slow_reader_does_is_not_the_transfers_time(api, live):
    begun, own = time.perf_counter(), 0.0
    for event in live.stream(Draft("GET", api.url + "/big?mb=2")):
        came = time.perf_counter()
        if isinstance(event, Chunk):
            time.sleep(0.02)
        elif isinstance(event, Done):
            record = event.record
        own += time.perf_counter() - came

    assert own > 0.1
    assert record.response.timings.transfer <= time.perf_counter() - begun - own


def test_a_dripping_body_counts_as_transfer(api, live):
    assert fetch(live, api.url + "/drip?s=0.6&n=3").response.timings.transfer >= 0.15


def test_a_kept_connection_that_died_within_an_answer_is_not_sent_again(raw, live):
    def answer_one_and_a_half(sock):
        raw.read(sock)
        sock.sendall(OK)
        raw.read(sock)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-")

    raw.answers(answer_one_and_a_half, OK)
    fetch(live, raw.url)

    with pytest.raises(Fault, match="in the middle of the headers"):
        fetch(live, raw.url)


def test_a_connection_that_was_reset_at_once_is_named(raw, live):
    def reset(sock):
        raw.read(sock)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()

    raw.answers(reset)

    with pytest.raises(Fault, match=r"Connection reset by 127\.0\.0\.1:\d+"):
        fetch(live, raw.url)


def test_a_name_can_be_led_to_an_address(raw, live):
    raw.answers(OK)
    record = fetch(live, f"http://api.example:{raw.port}/", options={"resolve": f"api.example:{raw.port}:127.0.0.1"})

    assert record.response.connection.peer == f"127.0.0.1:{raw.port}"
    assert f"Host: api.example:{raw.port}".encode() in raw.requests[0]


@pytest.mark.parametrize(
    "rule", ["api.example:9:127.0.0.1:PORT", "::127.0.0.1:PORT", "*:*:127.0.0.1:PORT", "::[127.0.0.1]:PORT"]
)
def test_a_name_and_port_can_be_led_to_others(raw, live, rule):
    raw.answers(OK)
    record = fetch(live, "http://api.example:9/", options={"resolve": rule.replace("PORT", str(raw.port))})

    assert record.response.connection.peer == f"127.0.0.1:{raw.port}"
    assert b"Host: api.example:9\r\n" in raw.requests[0]


def test_the_origin_that_was_asked_least_recently_gives_up_its_connections(raw, live: LiveSession) -> None:
    def kept(sock: socket.socket) -> None:
        while raw.read(sock):
            sock.sendall(OK)

    raw.answers(*[kept] * 102)
    live.set_option("resolve", f"*:{raw.port}:127.0.0.1")
    for number in (*range(100), 0, 100):
        fetch(live, f"http://h{number}.x:{raw.port}/")

    again = [fetch(live, f"http://h{number}.x:{raw.port}/").response.connection.is_reused for number in (0, 1)]

    live.close()
    assert again == [True, False]


FORKED = """
import os, sys
from callbox import Session
session = Session()
session.get(sys.argv[1] + "/first")
child = os.fork()
if child:
    os.waitpid(child, 0)
session.get(sys.argv[1] + ("/parent" if child else "/child"))
os._exit(0)
"""


def test_a_forked_process_uses_connections_of_its_own(raw) -> None:
    def kept(sock: socket.socket) -> None:
        while raw.read(sock):
            sock.sendall(OK)
        raw.requests.append(b"over")

    raw.answers(kept, kept)

    subprocess.run([sys.executable, "-c", FORKED, raw.url], check=True, timeout=20)

    targets = [request.partition(b" HTTP")[0] for request in raw.requests if request.startswith(b"GET")]
    assert targets == [b"GET /first", b"GET /child", b"GET /parent"]
    assert len(raw.threads) == 2


def test_a_name_led_elsewhere_does_not_use_the_old_connection(api, live):
    port = api.port
    fetch(live, f"http://localhost:{port}/ping")
    moved = fetch(live, f"http://localhost:{port}/ping", options={"resolve": f"localhost:{port}:127.0.0.1"})

    assert moved.response.connection.is_reused is False


def test_a_session_that_is_closed_in_the_middle_of_an_answer_reads_it_to_its_end(api, live):
    events = live.stream(Draft("GET", api.url + "/bytes/200000"))
    seen = [next(events) for _ in range(3)]

    live.close()
    rest = list(events)

    assert sum(len(e.data) for e in [*seen, *rest] if isinstance(e, Chunk)) == 200_000
    assert live.connections() == []


def test_a_session_that_is_closed_before_an_empty_answer_is_well(raw, live):
    def serve(sock):
        raw.read(sock)
        live.close()
        sock.sendall(b"HTTP/1.1 204 No\r\n\r\n")

    raw.answers(serve)

    assert fetch(live, raw.url).response.status == 204
    assert live.connections() == []


def test_an_answer_that_nobody_reads_after_a_retry_gives_its_connection_up(raw, live):
    ok = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
    done = threading.Event()

    def dying(sock):
        raw.read(sock)
        sock.sendall(ok)
        done.wait(5)
        raw.read(sock)

    raw.answers(dying, ok)
    fetch(live, raw.url)
    events = live.stream(Draft("GET", raw.url))
    next(events)
    done.set()
    note = next(events)

    events.close()

    assert isinstance(note, Note)
    assert live.connections() == []


def test_an_address_needs_no_tables_of_names(api):
    code = "import sys, callbox; callbox.get(sys.argv[1]).raise_for_status(); print('encodings.idna' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, api.url + "/ping"], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"
