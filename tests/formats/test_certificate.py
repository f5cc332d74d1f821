"""Certificates read from DER."""

from __future__ import annotations

import contextlib
import datetime
import ssl

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from callbox.errors import UsageError
from callbox.formats.certificate import Certificate, read_certificate


@pytest.fixture(scope="module")
def pem() -> bytes:
    issued = trustme.CA().issue_cert("api.example", "127.0.0.1", common_name="api.example")
    return issued.cert_chain_pems[0].bytes()


@pytest.fixture(scope="module")
def theirs(pem: bytes) -> x509.Certificate:
    """The certificate as the library `cryptography` reads it."""
    return x509.load_pem_x509_certificate(pem)


@pytest.fixture(scope="module")
def ours(theirs: x509.Certificate) -> Certificate:
    return read_certificate(theirs.public_bytes(Encoding.DER))


def test_names_of_a_certificate_are_read(ours: Certificate) -> None:
    assert ours.names == ("api.example", "127.0.0.1")


def test_subject_and_issuer_of_a_certificate_are_read(ours: Certificate) -> None:
    assert "CN=api.example" in ours.subject
    assert "trustme" in ours.issuer


def test_the_serial_number_of_a_certificate_is_read(ours: Certificate, theirs: x509.Certificate) -> None:
    assert int(ours.serial, 16) == theirs.serial_number


def test_the_dates_of_a_certificate_are_read(ours: Certificate, theirs: x509.Certificate) -> None:
    assert (ours.begins, ours.ends) == (theirs.not_valid_before_utc, theirs.not_valid_after_utc)


def test_the_fingerprint_of_a_certificate_is_computed(ours: Certificate, theirs: x509.Certificate) -> None:
    assert ours.fingerprint == theirs.fingerprint(hashes.SHA256()).hex()


def test_the_key_of_a_certificate_is_named(ours: Certificate) -> None:
    assert ours.key.startswith(("EC P-256", "RSA 20"))


def test_dates_know_their_zone(pem: bytes) -> None:
    assert read_certificate(ssl.PEM_cert_to_DER_cert(pem.decode())).ends.tzinfo is datetime.UTC


def test_a_damaged_certificate_is_one_error(pem: bytes) -> None:
    der = ssl.PEM_cert_to_DER_cert(pem.decode())

    for end in range(0, len(der), 7):
        with pytest.raises(UsageError, match="cannot be read"):
            read_certificate(der[:end])


@given(st.binary(max_size=300))
def test_any_bytes_are_a_certificate_or_one_error(data: bytes) -> None:
    with contextlib.suppress(UsageError):
        read_certificate(data)
