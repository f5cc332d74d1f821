"""Through proxies: forwarding, tunnels with TLS, credentials, and what a bad one is told as."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.closed_port import CLOSED
from tests.support.server import Server, make_context

from callbox.engine import LiveSession, collect
from callbox.errors import CallboxError, Fault
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.request import Draft

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


def fetch(live: LiveSession, url: str, **options: Any) -> Record:
    return collect(live.stream(Draft("GET", url, options={"timeout": 5.0, "connect-timeout": 5.0, **options})))


class Tls(Server):
    """A server that speaks TLS and answers every request with OK."""

    def __init__(self, ca: Path, host: str = "127.0.0.1") -> None:
        self.ca = str(ca)
        self.requests: list[bytes] = []
        super().__init__(self._answer, make_context(ca, "127.0.0.1", "localhost", "::1", "a.x"), host)

    def _answer(self, connection: socket.socket) -> None:
        while data := connection.recv(65536):
            self.requests.append(data)
            connection.sendall(OK)


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[Tls]:
    server = Tls(tmp_path / "ca.pem")
    yield server
    server.close()


@pytest.fixture
def ca(tls: Tls) -> str:
    return tls.ca


def tunnelling(raw: Any, port: int) -> Any:
    """What a proxy does with CONNECT: joins the client to `port`."""

    def serve(sock: socket.socket) -> None:
        raw.read(sock)
        with socket.create_connection(("127.0.0.1", port)) as far:
            sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            while True:
                ready, _, _ = select.select([sock, far], [], [], 3)
                if not ready:
                    return
                for one in ready:
                    data = one.recv(65536)
                    if not data:
                        return
                    (far if one is sock else sock).sendall(data)

    return serve


def test_a_forwarding_proxy_is_asked_for_the_whole_url(raw, live: LiveSession) -> None:
    raw.answers(OK)

    record = fetch(live, "http://a.x/p?q=1", proxy=f"http://127.0.0.1:{raw.port}")

    assert record.body == b"hi"
    assert raw.requests[0].startswith(b"GET http://a.x/p?q=1 HTTP/1.1\r\nHost: a.x\r\n")


def test_a_forwarding_proxy_is_given_its_own_credentials(raw, live: LiveSession) -> None:
    raw.answers(OK)

    fetch(live, "http://a.x/", proxy=f"http://ann:s%3Acret@127.0.0.1:{raw.port}")

    assert b"\r\nProxy-Authorization: Basic YW5uOnM6Y3JldA==\r\n" in raw.requests[0]


@pytest.fixture
def tunnelled(raw, live, tls, ca) -> list[Record]:
    """Two exchanges through a tunnel of a proxy that has credentials."""
    raw.answers(tunnelling(raw, tls.port))
    proxy = f"http://ann:secret@127.0.0.1:{raw.port}"
    records = [fetch(live, f"https://a.x/{path}", proxy=proxy, ca=ca) for path in "pq"]
    live.close()
    return records


def test_a_tunnel_carries_tls(tunnelled, raw, tls) -> None:
    assert tunnelled[0].body == b"hi"
    assert raw.requests[0].startswith(b"CONNECT a.x:443 HTTP/1.1\r\nHost: a.x:443\r\n")
    assert tls.requests[0].startswith(b"GET /p HTTP/1.1\r\nHost: a.x\r\n")


def test_only_the_proxy_of_a_tunnel_sees_its_credentials(tunnelled, raw, tls) -> None:
    assert b"Proxy-Authorization: Basic YW5uOnNlY3JldA==" in raw.requests[0]
    assert b"proxy-authorization" not in tls.requests[0].lower()


def test_a_tunnel_is_used_again(tunnelled) -> None:
    assert tunnelled[1].response.connection.is_reused


def test_a_tunnel_to_an_ipv6_address_is_asked_for_in_brackets(raw, live: LiveSession) -> None:
    raw.answers(b"HTTP/1.1 502 No\r\n\r\n")

    with pytest.raises(Fault, match="responded with 502 No"):
        fetch(live, "https://[2001:db8::1]/", proxy=f"http://127.0.0.1:{raw.port}")

    assert raw.requests[0].startswith(b"CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n")


def test_a_certificate_is_checked_through_a_tunnel(raw, live, tls) -> None:
    raw.answers(tunnelling(raw, tls.port))

    with pytest.raises(Fault) as caught:
        fetch(live, "https://a.x/", proxy=f"http://127.0.0.1:{raw.port}")

    assert caught.value.kind == "certificate"
    assert "of a.x:443 " in caught.value.message


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"HTTP/1.1 407 Auth\r\n\r\n", "responded with 407 Auth"),
        (b"garbage\r\n\r\n", "Bad response from the proxy"),
        (b"", "closed the connection"),
    ],
    ids=["407", "garbage", "nothing"],
)
def test_a_proxy_that_gives_no_tunnel_is_named(raw, live: LiveSession, answer: bytes, message: str) -> None:
    raw.answers(answer)

    with pytest.raises(Fault, match=message) as caught:
        fetch(live, "https://a.x/", proxy=f"http://127.0.0.1:{raw.port}")

    assert f"proxy 127.0.0.1:{raw.port}" in caught.value.message


@pytest.mark.parametrize("url", ["http://a.x/", "https://a.x/"])
@pytest.mark.parametrize(
    ("proxy", "message"),
    [
        (f"http://ann:pw@{CLOSED}", rf"Connection refused: proxy {CLOSED} \("),
        ("http://nx.invalid:9", r"Cannot resolve host of the proxy nx\.invalid"),
    ],
    ids=["refused", "unknown"],
)
def test_a_proxy_that_is_not_there_is_named(live: LiveSession, url: str, proxy: str, message: str) -> None:
    with pytest.raises(Fault, match=message) as caught:
        fetch(live, url, proxy=proxy)

    assert caught.value.kind == "proxy"


def test_a_forwarding_proxy_that_closes_is_named(raw, live: LiveSession) -> None:
    raw.answers(b"")

    with pytest.raises(Fault, match=f"The proxy 127.0.0.1:{raw.port} closed the connection") as caught:
        fetch(live, "http://a.x/", proxy=f"http://127.0.0.1:{raw.port}")

    assert caught.value.kind == "proxy-closed"


@pytest.mark.parametrize("proxy", ["http://[", "http://", "http://a:b:c", "http://h:99999", "http://h x"])
@pytest.mark.parametrize("url", ["http://a.x/", "https://a.x/"])
def test_a_broken_proxy_is_an_error_of_ours(live: LiveSession, proxy: str, url: str) -> None:
    with pytest.raises(CallboxError, match="proxy"):
        fetch(live, url, proxy=proxy)


@pytest.mark.parametrize("scheme", ["socks5", "socks4", "ftp"])
def test_a_proxy_that_cannot_be_spoken_to_is_not_taken_for_another(raw, live: LiveSession, scheme: str) -> None:
    with pytest.raises(CallboxError, match=f"A proxy cannot use {scheme}"):
        fetch(live, "http://a.x/", proxy=f"{scheme}://127.0.0.1:{raw.port}")

    assert raw.requests == []


def test_a_forwarding_proxy_may_speak_tls(live: LiveSession, tls, ca) -> None:
    record = fetch(live, "http://a.x/p", proxy=f"https://127.0.0.1:{tls.port}", ca=ca)

    assert record.body == b"hi"
    assert tls.requests[0].startswith(b"GET http://a.x/p HTTP/1.1\r\nHost: a.x\r\n")


def test_a_tunnel_through_tls_is_refused_in_words(live: LiveSession, tls, ca) -> None:
    with pytest.raises(CallboxError, match="uses TLS itself"):
        fetch(live, "https://a.x/p", proxy=f"https://127.0.0.1:{tls.port}", ca=ca)


def test_a_broken_proxy_is_shown_without_its_password(live: LiveSession) -> None:
    with pytest.raises(CallboxError) as caught:
        fetch(live, "http://a.x/", proxy="http://ann:hunter2@h:99999")

    assert "hunter2" not in caught.value.message


def test_requests_with_and_without_a_proxy_share_no_connection(raw, live: LiveSession) -> None:
    def kept(sock: socket.socket) -> None:
        for _ in range(2):
            raw.read(sock)
            sock.sendall(OK)

    raw.answers(kept, kept)

    first = fetch(live, raw.url)
    second = fetch(live, raw.url, proxy=f"http://127.0.0.1:{raw.port}")
    live.close()

    assert first.response.connection.number != second.response.connection.number


def test_a_certificate_that_was_not_checked_is_never_reused_as_checked(live, tls) -> None:
    url = f"https://127.0.0.1:{tls.port}/"
    assert fetch(live, url, verify=False).response.connection.is_verified is False

    with pytest.raises(Fault) as caught:
        fetch(live, url)

    assert caught.value.kind == "certificate"


def test_an_ipv6_address_is_verified_and_spoken_to(tmp_path, live: LiveSession) -> None:
    try:
        server = Tls(tmp_path / "ca.pem", "::1")
    except OSError:
        pytest.skip("no IPv6 on this machine")

    record = fetch(live, f"https://[::1]:{server.port}/", ca=server.ca)

    server.close()
    assert record.body == b"hi"
    assert server.requests[0].startswith(f"GET / HTTP/1.1\r\nHost: [::1]:{server.port}\r\n".encode())
