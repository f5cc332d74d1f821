"""The status and headers of a response, its connection, and its timings."""

from __future__ import annotations

from typing import NamedTuple

from callbox.exchange.headers import Headers


class Connection(NamedTuple):
    """Facts about the connection over which a response has arrived."""

    number: int
    """The number of the connection in its session, from 1."""
    is_reused: bool
    peer: str
    """The address and port of the other end: `127.0.0.1:8000`."""
    local_port: int
    """The port on this machine."""
    tls: str = ""
    """The TLS version and cipher, `TLSv1.3 TLS_AES_256_GCM_SHA384`; empty for plain HTTP."""
    is_verified: bool = True
    """False if verification of the certificate was switched off."""
    requests: int = 1
    """How many requests the connection has carried, this one included."""
    certificate: bytes = b""
    """The certificate of the peer in DER, for `show last tls`."""


class Timings(NamedTuple):
    """How many seconds each phase of an exchange took; 0.0 for a phase that did not happen."""

    dns: float = 0.0
    connect: float = 0.0
    tls: float = 0.0
    wait: float = 0.0
    """Seconds from the last byte of the request to the first byte of the response."""
    transfer: float = 0.0
    """Seconds from the first byte of the response to its last."""
    send: float = 0.0
    """Seconds that sending the request took."""
    total: float = 0.0
    """Seconds from the start of the exchange to its end. Not computed from the phases."""


PHASES = ("dns", "connect", "tls", "send", "wait", "transfer")
"""The phases of an exchange in their order, by their names in `Timings`."""


class ResponseHead(NamedTuple):
    """The status and headers of a response."""

    status: int
    reason: str
    headers: Headers
    version: str = "HTTP/1.1"
    connection: Connection | None = None
    timings: Timings = Timings()
