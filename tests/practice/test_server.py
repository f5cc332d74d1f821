from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import threading

import pytest

from callbox.practice import Practice

_others: set[threading.Thread] = set()


@pytest.fixture(autouse=True)
def _remember_others() -> None:
    """A practice API that other tests of this process share has threads of its own."""
    _others.clear()
    _others.update(threading.enumerate())


def practice_threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name.startswith("practice-") and each not in _others]


def test_urls_name_loopback_and_the_two_ports(api):
    assert api.url == f"http://127.0.0.1:{api.port}"
    assert api.other_url == f"http://127.0.0.1:{api.other_port}"
    assert api.port != api.other_port


def test_second_port_answers_too(api, ask):
    connection = ask("GET", f"{api.other_url}/echo").json()["connection"]

    assert connection["port"] == api.other_port


def test_port_in_use_is_an_os_error(api):
    with pytest.raises(OSError, match="in use"):
        Practice(port=api.port)


def free_port() -> int:
    """A port that nobody listens on, below those that the system chooses, so that no other test is given it."""
    for port in range(20_000 + os.getpid() % 10_000, 32_000):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise OSError("no port is free")


def test_other_port_in_use_leaves_no_listener(api):
    port = free_port()

    with pytest.raises(OSError, match="in use"):
        Practice(port=port, other_port=api.port)

    with Practice(port=port) as second:
        assert second.port == port


def test_close_leaves_no_thread_and_no_connection():
    with Practice() as api:
        connections = [socket.create_connection(("127.0.0.1", api.port)) for _ in range(20)]
        for each in connections:
            each.sendall(b"GET /events?n=0&s=60 HTTP/1.1\r\nHost: x\r\n\r\n")
            assert each.recv(10)

    assert practice_threads() == []
    for each in connections:
        while each.recv(65536):
            pass
        each.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", api.port))


@pytest.mark.parametrize(
    "request_text",
    [
        "GET /slow?s=600 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /big?mb=9999 HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc",
        "GET /ec",
    ],
    ids=["waiting", "sending", "receiving a body", "receiving a head"],
)
def test_close_ends_what_is_under_way(request_text):
    api = Practice()
    with socket.create_connection(("127.0.0.1", api.port)) as sock:
        sock.sendall(request_text.encode())
        ask_once(api, "/ping")

        api.close()

    assert practice_threads() == []


def ask_once(api: Practice, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=20)
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    finally:
        connection.close()


def test_it_answers_without_a_with_statement():
    api = Practice()

    assert ask_once(api, "/ping") == b'{"pong": true}\n'

    api.close()
    api.close()
    assert practice_threads() == []


def test_close_ends_the_waiting_of_one_who_has_sent_more():
    api = Practice()
    with socket.create_connection(("127.0.0.1", api.port)) as sock:
        sock.sendall(b"GET /lines?n=2&s=600 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert sock.recv(10)
        sock.sendall(b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n")

        api.close()

    assert practice_threads() == []


def test_serve_forever_returns_when_closed():
    api = Practice()
    thread = threading.Thread(target=api.serve_forever)
    thread.start()
    assert ask_once(api, "/ping") == b'{"pong": true}\n'

    api.close()
    thread.join(20)

    assert not thread.is_alive()


def test_each_practice_has_its_own_data(api, ask):
    ask("DELETE", "/books/2")

    with Practice() as second:
        assert json.loads(ask_once(second, "/books/2"))["id"] == 2


def test_three_hundred_connections_at_once(api):
    connections = [http.client.HTTPConnection("127.0.0.1", api.port, timeout=60) for _ in range(300)]
    for each in connections:
        each.request("GET", "/slow?s=0.5")

    responses = [each.getresponse().read() for each in connections]
    for each in connections:
        each.request("GET", "/echo")
    facts = [json.loads(each.getresponse().read())["connection"] for each in connections]
    for each in connections:
        each.close()

    assert responses == [b'{"waited": 0.5}\n'] * 300
    assert sorted(fact["number"] for fact in facts) == list(range(1, 301))
    assert {fact["requests"] for fact in facts} == {2}


def test_stack_size_of_other_threads_is_put_back():
    with Practice() as api:
        ask_once(api, "/ping")

    assert threading.stack_size() == 0


def test_ipv6_loopback_has_brackets_in_its_url():
    try:
        api = Practice("::1")
    except OSError:
        pytest.skip("no IPv6 here")
    with api:
        assert api.url == f"http://[::1]:{api.port}"
