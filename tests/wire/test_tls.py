"""TLS: verified, told about, never shared between settings; each failure in one line."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.server import Server, make_context

from callbox.engine import LiveSession, collect
from callbox.errors import Fault, UsageError
from callbox.exchange.request import Draft

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class TlsServer(Server):
    """Answers each piece that comes with OK; keeps the version of each handshake."""

    def __init__(self, ca: Path) -> None:
        self.ca = str(ca)
        self.handshakes: list[str] = []
        super().__init__(self._answer, make_context(ca, "localhost"))

    def _answer(self, connection: ssl.SSLSocket) -> None:
        self.handshakes.append(connection.version() or "")
        is_answered = False
        while data := connection.recv(65536):
            if b" /only-first " in data and is_answered:
                return
            connection.sendall(OK)
            is_answered = True


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsServer]:
    server = TlsServer(tmp_path_factory.mktemp("ca") / "ca.pem")
    yield server
    server.close()


def fetch(session: LiveSession, url: str, **options: object):
    return collect(session.stream(Draft("GET", url, options=options))).response


def test_a_trusted_certificate_is_verified_and_told(live, server):
    connection = fetch(live, f"https://localhost:{server.port}/", ca=server.ca).connection

    assert connection.is_verified
    assert connection.tls.startswith("TLSv1.")
    assert connection.certificate.startswith(b"\x30")


def test_the_handshake_has_its_own_time(live, server):
    timings = fetch(live, f"https://localhost:{server.port}/", ca=server.ca).timings

    assert 0 < timings.tls < timings.total


def test_an_unknown_issuer_is_named_with_what_to_do(live, server):
    with pytest.raises(Fault, match=r"TLS: the certificate of localhost:\d+ comes from an unknown issuer") as caught:
        fetch(live, f"https://localhost:{server.port}/")

    assert caught.value.hint == "set option ca FILE, or set option verify no"


def test_a_certificate_for_another_host_is_named(live, server):
    with pytest.raises(Fault, match=r"is for another address, not 127\.0\.0\.1"):
        fetch(live, f"https://127.0.0.1:{server.port}/", ca=server.ca)


def test_without_verification_the_connection_says_so(live, server):
    assert fetch(live, f"https://localhost:{server.port}/", verify=False).connection.is_verified is False


def test_a_connection_made_without_verification_is_not_used_with_it(live, server):
    fetch(live, f"https://localhost:{server.port}/", verify=False)

    with pytest.raises(Fault, match="unknown issuer"):
        fetch(live, f"https://localhost:{server.port}/")


def test_a_kept_connection_needs_no_second_handshake(live, server):
    before = len(server.handshakes)
    for _ in range(3):
        fetch(live, f"https://localhost:{server.port}/", ca=server.ca)

    assert len(server.handshakes) - before == 1


def test_a_kept_connection_that_died_costs_one_silent_retry_under_tls_too(live, server):
    url = f"https://localhost:{server.port}/"
    number = fetch(live, url, ca=server.ca).connection.number

    connection = fetch(live, url + "only-first", ca=server.ca).connection

    assert (connection.number, connection.is_reused) == (number + 1, False)


def test_plain_http_to_a_tls_server_hints_at_https(live, server):
    with pytest.raises(Fault) as caught:
        fetch(live, f"http://localhost:{server.port}/")

    assert caught.value.hint.endswith("try https://")


def test_tls_to_a_plain_server_hints_at_http(live, raw):
    raw.answers(lambda sock: sock.recv(1000) and sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"))

    with pytest.raises(Fault, match="does not speak TLS") as caught:
        fetch(live, raw.url.replace("http:", "https:"))

    assert caught.value.hint == "try http://"


def test_a_handshake_that_never_ends_is_bounded(live, raw):
    raw.answers(lambda sock: sock.recv(1) and raw.closing.wait(5))

    with pytest.raises(Fault) as caught:
        fetch(live, raw.url.replace("http:", "https:"), **{"connect-timeout": 0.3})

    assert "0.3 s" in caught.value.message


@pytest.mark.parametrize(("text", "message"), [(None, "CA file not found"), ("rubbish", "CA file is not PEM")])
def test_a_bad_ca_file_is_named_before_anything_is_sent(live, tmp_path: Path, text, message):
    path = tmp_path / "ca.pem"
    if text:
        path.write_text(text)

    with pytest.raises(UsageError, match=f"{message}: .*ca.pem"):
        fetch(live, "https://localhost:1/", ca=str(path))
