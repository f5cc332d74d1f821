"""`show last tls`: what the connection was protected by, and what the server's certificate says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from callbox.errors import UsageError
from callbox.exchange.response import Connection
from callbox.formats.certificate import Certificate, read_certificate
from callbox.render.tables import Cell

_SOON_DAYS = 21
_MOST_NAMES = 20


def facts(connection: Connection, now: float) -> Iterator[tuple[Cell, Cell]]:
    """Rows of name and value."""
    yield "protocol", connection.tls
    yield "peer", connection.peer
    yield "verified", "yes" if connection.is_verified else ("insecure", "no")
    if not connection.certificate:
        return
    try:
        certificate = read_certificate(connection.certificate)
    except UsageError as error:
        yield "certificate", ("warning", error.message)
        return
    yield from _rows(certificate, datetime.fromtimestamp(now, UTC))


def _rows(certificate: Certificate, now: datetime) -> Iterator[tuple[Cell, Cell]]:
    names = certificate.names
    yield "subject", certificate.subject or "(none)"
    for number, name in enumerate(names[:_MOST_NAMES]):
        yield "" if number else "for", name
    if len(names) > _MOST_NAMES:
        yield "", f"and {len(names) - _MOST_NAMES} more"
    is_own = certificate.issuer == certificate.subject
    yield "issuer", f"{certificate.issuer}{' (self-signed)' if is_own else ''}"
    yield "valid from", f"{certificate.begins:%Y-%m-%d %H:%M:%SZ}"
    yield "valid until", _end(certificate, now)
    yield "key", certificate.key
    yield "serial", certificate.serial
    yield "sha-256", certificate.fingerprint


def _end(certificate: Certificate, now: datetime) -> Cell:
    days = (certificate.ends - now).days
    text = f"{certificate.ends:%Y-%m-%d %H:%M:%SZ}"
    if certificate.begins > now:
        return "status.error", f"{text} (not valid yet)"
    if certificate.ends < now:
        return "status.error", f"{text} (expired)"
    told = f"{text} ({days} day{'s' * (days != 1)} left)"
    return ("warning", told) if days < _SOON_DAYS else told
