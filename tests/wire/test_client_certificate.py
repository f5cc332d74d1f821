"""Client certificates: used where they can be, and never a question from OpenSSL on the terminal."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from callbox.errors import Fault, UsageError
from callbox.exchange.request import Outgoing, Route
from callbox.exchange.request_content import raw_content
from callbox.exchange.url import parse
from callbox.wire import Cancel, Wire
from callbox.wire.tls_connections_and_pools import tls_context


@pytest.fixture
def mine() -> trustme.LeafCert:
    return trustme.CA().issue_cert("me@a.x")


def test_a_key_in_the_clear_is_loaded(mine: trustme.LeafCert, tmp_path: Path) -> None:
    mine.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "me.pem"))

    assert tls_context(True, "", str(tmp_path / "me.pem")).cert_store_stats()


def test_a_key_behind_a_passphrase_is_refused_at_once(mine: trustme.LeafCert, tmp_path: Path) -> None:
    key = load_pem_private_key(mine.private_key_pem.bytes(), None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"hush"))
    (tmp_path / "key.pem").write_bytes(locked)
    mine.cert_chain_pems[0].write_to_path(str(tmp_path / "me.pem"))

    with pytest.raises(UsageError, match=r"The key in .*key.pem is encrypted") as caught:
        tls_context(True, "", (str(tmp_path / "me.pem"), str(tmp_path / "key.pem")))

    assert caught.value.hint.startswith("openssl pkey -in ")


def test_a_tilde_is_the_home(mine: trustme.LeafCert, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    mine.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "me.pem"))
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    assert tls_context(True, "~/ca.pem", "~/me.pem").cert_store_stats()["x509_ca"] == 1


@pytest.mark.parametrize(
    ("ca", "cert"), [("/dev/zero", None), ("", "/dev/zero"), ("", ("{cert}", "/dev/zero"))], ids=str
)
def test_device_is_refused(mine: trustme.LeafCert, tmp_path: Path, ca: str, cert: str | tuple[str, str] | None) -> None:
    mine.cert_chain_pems[0].write_to_path(str(tmp_path / "me.pem"))
    if isinstance(cert, tuple):
        cert = str(tmp_path / "me.pem"), cert[1]

    with pytest.raises(UsageError, match=r"^/dev/zero is a device, not a "):
        tls_context(True, ca, cert)


class Demanding:
    """A TLS server that wants a client certificate: of TLS 1.3 it refuses after the client's handshake.

    `refused` is set when the alert was sent and the connection closed; `may_refuse` is waited for before.
    """

    def __init__(self, *, resets: bool, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> None:
        self.resets = resets
        self.may_refuse, self.refused = threading.Event(), threading.Event()
        self.ca = trustme.CA()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = self.context.maximum_version = version
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.ca.issue_cert("127.0.0.1").configure_cert(self.context)
        self.ca.configure_trust(self.context)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        sock, _ = self.listener.accept()
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.context.wrap_bio(incoming, outgoing, server_side=True)
        while True:
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                sock.sendall(outgoing.read())
                incoming.write(sock.recv(65_536))
            except ssl.SSLError:
                break
        self.may_refuse.wait(30)
        sock.sendall(outgoing.read())
        if self.resets:
            # What the client has sent by then is not read, so that closing resets the connection.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()
        self.refused.set()

    def close(self) -> None:
        self.may_refuse.set()
        self.listener.close()
        self.thread.join(5)


class After(Cancel):
    """Holds the client until the server has refused: the wire says here that its handshake is over."""

    def __init__(self, server: Demanding) -> None:
        super().__init__()
        self.server = server

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name == "socket" and value is None and hasattr(self, "server"):
            self.server.may_refuse.set()
            self.server.refused.wait(30)


@pytest.fixture(params=[False, True], ids=["closes", "resets"])
def demanding(request):
    server = Demanding(resets=request.param)
    yield server
    server.close()


def outgoing_to(server: Demanding, tmp_path: Path, size: int) -> Outgoing:
    server.ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    url = parse(f"https://127.0.0.1:{server.listener.getsockname()[1]}/")
    content = raw_content(b"x" * size) if size else None
    return Outgoing("POST", url, content=content, route=Route(ca=str(tmp_path / "ca.pem")))


def test_a_server_of_tls_1_2_that_wants_a_certificate_leads_to_a_hint(tmp_path: Path) -> None:
    server = Demanding(resets=False, version=ssl.TLSVersion.TLSv1_2)
    server.may_refuse.set()

    with pytest.raises(Fault, match="refused the handshake") as caught:
        Wire().send(outgoing_to(server, tmp_path, 0), Cancel())
    server.close()

    assert caught.value.hint == "it may want a client certificate: set option cert FILE"


@pytest.mark.parametrize("size", [0, 10, 1_000_000])
def test_a_refusal_before_the_request_is_told_as_such(demanding, tmp_path: Path, size: int) -> None:
    outgoing = outgoing_to(demanding, tmp_path, size)

    with pytest.raises(Fault, match="wants a client certificate") as caught:
        Wire().send(outgoing, After(demanding))

    assert (caught.value.kind, caught.value.hint) == ("tls", "set option cert FILE")


def test_a_refusal_after_the_request_is_told_as_such(tmp_path: Path) -> None:
    demanding = Demanding(resets=False)
    threading.Timer(0.1, demanding.may_refuse.set).start()

    with pytest.raises(Fault, match="wants a client certificate"):
        Wire().send(outgoing_to(demanding, tmp_path, 0))

    demanding.close()
