"""The status and headers of a response, its connection, and its timings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from callbox.exchange.headers import Headers


class Connection(NamedTuple):
    """The connection of a response."""

    number: int
    """Counted from 1 in each session; shown as `#4`."""
    is_reused: bool
    peer: str
    """Address and port of the other end, `127.0.0.1:8000`."""
    local_port: int
    """The port of our end, which the server sees as the peer's port."""
    tls: str = ""
    """Version and cipher, `TLSv1.3 TLS_AES_256_GCM_SHA384`; empty for plain HTTP."""
    is_verified: bool = True
    """Whether TLS was verified; False only if the user turned that off."""
    requests: int = 1
    """How many requests it has carried, this one included."""
    certificate: bytes = b""
    """The peer's certificate in DER, for `show last tls`."""


class Timings(NamedTuple):
    """Seconds that each part took, each measured on its own clock marks; 0.0 for what did not happen."""

    dns: float = 0.0
    connect: float = 0.0
    tls: float = 0.0
    wait: float = 0.0
    """From the request's last byte to the first byte of the response."""
    transfer: float = 0.0
    """From the first byte of the response to its last."""
    send: float = 0.0
    """Writing the request."""
    total: float = 0.0
    """From the start of the exchange to its end, measured."""


PHASES = ("dns", "connect", "tls", "send", "wait", "transfer")
"""The parts of an exchange in their order, as `Timings` names them."""


class ResponseHead(NamedTuple):
    """Status and headers of a response."""

    status: int
    reason: str
    headers: Headers
    version: str = "HTTP/1.1"
    connection: Connection | None = None
    timings: Timings = Timings()


MAX_HOP_BYTES = 65_536
"""Bytes of the body of a redirect, a challenge or a failed try; a longer body is abandoned with its connection."""
MAX_HOP_S = 1.0
"""Seconds that such a body may take; a slower one is abandoned, too."""


def hop_pieces(pieces: Iterable[bytes], now: Callable[[], float]) -> Iterator[bytes]:
    """The pieces of a body that is read so that its connection serves again, up to the limits of size and time.

    The last piece may go beyond the size. `now` is a clock in seconds.

    >>> b"".join(hop_pieces([b"x" * 60_000] * 5, lambda: 0.0)).count(b"x")
    120000
    """
    size, deadline = 0, now() + MAX_HOP_S
    for piece in pieces:
        yield piece
        size += len(piece)
        if size > MAX_HOP_BYTES or now() > deadline:
            return
