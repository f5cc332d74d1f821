"""Client certificates: used where they can be, and never a question from OpenSSL on the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from callbox.errors import UsageError
from callbox.wire.tls import tls_context


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

    with pytest.raises(UsageError, match="Cannot use client certificate"):
        tls_context(True, "", (str(tmp_path / "me.pem"), str(tmp_path / "key.pem")))


def test_a_tilde_is_the_home(mine: trustme.LeafCert, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    mine.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "me.pem"))
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    assert tls_context(True, "~/ca.pem", "~/me.pem").cert_store_stats()["x509_ca"] == 1
