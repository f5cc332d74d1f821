"""Parse the certificate of a server in DER (X.690, RFC 5280): subject, issuer, validity, names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

from callbox.errors import UsageError

_NAMES = {
    "2.5.4.3": "CN",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "1.2.840.113549.1.9.1": "email",
}
_KEYS = {
    "1.2.840.113549.1.1.1": "RSA",
    "1.2.840.10045.2.1": "EC",
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
}
_CURVES = {"1.2.840.10045.3.1.7": "P-256", "1.3.132.0.34": "P-384", "1.3.132.0.35": "P-521"}
_ALTERNATIVE_NAMES = "2.5.29.17"
_SEQUENCE, _INTEGER, _BIT_STRING, _OCTETS, _OID = 0x30, 0x02, 0x03, 0x04, 0x06
_EXPLICIT_0, _EXPLICIT_3 = 0xA0, 0xA3
_MOST_NAMES = 1_000


class Certificate(NamedTuple):
    """The fields of a certificate."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    """The hosts and addresses for which the certificate is valid."""
    begins: datetime
    ends: datetime
    serial: str
    """The serial number in hexadecimal digits."""
    key: str
    """The kind and size of the key: `RSA 2048`, `EC P-256`."""
    fingerprint: str
    """SHA-256 of the certificate, in hexadecimal digits."""


class _Element(NamedTuple):
    tag: int
    content: bytes


def read_certificate(der: bytes) -> Certificate:
    """Parse a certificate in DER. Raises `UsageError` if it is no certificate."""
    try:
        whole = next(_elements(der))
        fields = [
            element for element in _elements(next(_elements(whole.content)).content) if element.tag != _EXPLICIT_0
        ]
        serial, _, issuer, validity, subject, key, *rest = fields
        begins, ends = (_time(element) for element in _elements(validity.content))
        return Certificate(
            subject=_name(subject.content),
            issuer=_name(issuer.content),
            names=tuple(_alternative_names(rest)),
            begins=begins,
            ends=ends,
            serial=serial.content.hex(),
            key=_key(key.content),
            fingerprint=sha256(der).hexdigest(),
        )
    except (ValueError, IndexError, StopIteration, RuntimeError) as error:
        raise UsageError("That certificate cannot be read") from error


def _elements(data: bytes) -> Iterator[_Element]:
    """Yield the elements of a DER sequence (X.690 section 8.1)."""
    position = 0
    while position < len(data):
        tag, length = data[position], data[position + 1]
        position += 2
        if length & 0x80:
            count = length & 0x7F
            if not 0 < count <= 4:
                raise ValueError("a length that is not valid in DER")
            length = int.from_bytes(data[position : position + count])
            position += count
        if position + length > len(data):
            raise ValueError("a value that continues after the end")
        yield _Element(tag, data[position : position + length])
        position += length


def _oid(content: bytes) -> str:
    numbers, value = [content[0] // 40, content[0] % 40], 0
    for byte in content[1:]:
        value = value << 7 | (byte & 0x7F)
        if not byte & 0x80:
            numbers.append(value)
            value = 0
    return ".".join(map(str, numbers))


def _name(content: bytes) -> str:
    """The text of a subject or issuer, such as `CN=api.x, O=Someone`, in the order of the certificate."""
    parts = []
    for group in _elements(content):
        for attribute in _elements(group.content):
            kind, value = _elements(attribute.content)
            encoding = "utf-16-be" if value.tag == 0x1E else "utf-8"
            parts.append(
                f"{_NAMES.get(_oid(kind.content), _oid(kind.content))}={value.content.decode(encoding, 'replace')}"
            )
    return ", ".join(parts)


def _time(element: _Element) -> datetime:
    """Parse a time of a certificate. A UTCTime has two digits for the year; 50 to 99 mean 1950 to 1999 (RFC 5280
    section 4.1.2.5.1).
    """
    text = element.content.decode("ascii").rstrip("Z")
    if element.tag == 0x17:
        text = ("19" if int(text[:2]) >= 50 else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def _key(content: bytes) -> str:
    algorithm, bits = _elements(content)
    oid, *parameters = _elements(algorithm.content)
    kind = _KEYS.get(_oid(oid.content), _oid(oid.content))
    if kind == "EC" and parameters and parameters[0].tag == _OID:
        curve = _oid(parameters[0].content)
        return f"EC {_CURVES.get(curve, curve)}"
    if kind == "RSA" and bits.tag == _BIT_STRING:
        modulus = next(_elements(next(_elements(bits.content[1:])).content))
        return f"RSA {int.from_bytes(modulus.content).bit_length()}"
    return kind


def _alternative_names(rest: list[_Element]) -> Iterator[str]:
    extensions = [element for element in rest if element.tag == _EXPLICIT_3]
    for extension in _elements(next(_elements(extensions[0].content)).content) if extensions else ():
        oid, *_, value = _elements(extension.content)
        if _oid(oid.content) != _ALTERNATIVE_NAMES:
            continue
        for count, name in enumerate(_elements(next(_elements(value.content)).content)):
            if count >= _MOST_NAMES:
                return
            if name.tag == 0x82:
                yield name.content.decode("ascii", "replace")
            elif name.tag == 0x87:
                yield _address(name.content)


def _address(content: bytes) -> str:
    from ipaddress import ip_address  # the import takes 5 ms, and few certificates name an address

    return str(ip_address(content))
