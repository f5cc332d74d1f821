"""A response whose head has arrived: its body, piece by piece, and its timings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter

from callbox.errors import Fault, Interrupted
from callbox.exchange.content_coding import can_decode, codings_of, decode
from callbox.exchange.request import Outgoing
from callbox.exchange.response import ResponseHead, Timings
from callbox.wire.connection import BaseConnection, ConnectAttempt
from callbox.wire.error_translation import translate_body_error
from callbox.wire.http1 import Framing, read_pieces
from callbox.wire.pools import Pool
from callbox.wire.stream import SocketFile, Stream

_SPARE_BYTES = 65_536
"""How much longer encoded content may be than its decoded form, as a factor."""


class Stopwatch:
    """The clock readings of one exchange, from which its timings are computed."""

    __slots__ = ("attempt", "first_byte_at", "read", "resumed_at", "sent", "started_at")

    def __init__(
        self, started_at: float, attempt: ConnectAttempt | None, sent: tuple[float, float], first_byte_at: float
    ) -> None:
        self.started_at = started_at
        self.attempt = attempt
        self.sent = sent
        self.first_byte_at = first_byte_at
        self.read = 0.0
        """The seconds spent on receiving the content, without the time that its reader takes between two pieces."""
        self.resumed_at = first_byte_at

    def resume(self) -> None:
        """Go on: the reader asks for the next piece."""
        self.resumed_at = perf_counter()

    def pause(self) -> None:
        """Stop: a piece or the end has arrived."""
        self.read += perf_counter() - self.resumed_at

    def timings(self) -> Timings:
        """The timings: each phase from its first mark to its last."""
        attempt, (send_from, send_to) = self.attempt, self.sent
        dns, connect, tls = (attempt.dns, attempt.connect, attempt.tls) if attempt is not None else (0.0, 0.0, 0.0)
        total = self.first_byte_at - self.started_at + self.read
        return Timings(dns, connect, tls, self.first_byte_at - send_to, self.read, send_to - send_from, total)


class WireResponse:
    """A response whose head has arrived: `head`, and the content in pieces, which can be read once."""

    __slots__ = (
        "_forget",
        "_framing",
        "_outgoing",
        "_pool",
        "_stopwatch",
        "_stream",
        "coded",
        "head",
        "is_whole",
        "received",
        "undecoded",
        "was_retried",
    )  # fmt: skip

    def __init__(
        self,
        forget: Callable[[BaseConnection], None],
        pool: Pool,
        stream: Stream,
        response: ResponseHead,
        framing: Framing,
        outgoing: Outgoing,
        stopwatch: Stopwatch,
    ) -> None:
        self._forget = forget
        self._pool: Pool | None = pool
        self._stream = stream
        self._framing = framing
        self._outgoing = outgoing
        self._stopwatch = stopwatch
        self.head = response
        self.received = 0
        """The number of decoded bytes of content that were read."""
        self.undecoded = ""
        """The content codings that could not be decoded and were left as they are."""
        self.coded = b""
        """The content as it was received, if none of it could be decoded."""
        self.is_whole = False
        """Whether that is all of it."""
        self.was_retried = False
        if framing.kind == "none" or (framing.kind == "length" and not framing.length):
            self._end()

    @property
    def connection(self) -> BaseConnection | None:
        """The connection that the rest is read from; None after it was returned to the pool or closed."""
        return self._stream.connection if self._pool is not None else None

    def disable_read_timeout(self) -> None:
        """Remove the read timeout: an event stream may be silent for hours."""
        self._stream.read_timeout = None

    def limit_read_timeout(self, seconds: float) -> None:
        """Limit the wait for data that is only read to reuse the connection."""
        before = self._stream.read_timeout
        self._stream.read_timeout = seconds if before is None else min(before, seconds)

    def raw(self, *, as_they_come: bool = True) -> Iterator[bytes]:
        """The content as it was sent, with its content coding; `as_they_come` as in `content`."""
        if self._pool is None:
            return
        stream = self._stream
        try:
            yield from read_pieces(stream, self._framing, as_they_come=as_they_come)
        except BaseException as error:
            self.close()
            translated = translate_body_error(error, self._outgoing, self.received)
            if translated is error:
                raise
            raise translated from error
        self._end()

    def bounded(self) -> Iterator[bytes]:
        """The same as `raw`, but raises `Fault` a little after `max_body`."""
        return _bounded(self.raw(), self._outgoing.route.max_body)

    def open_socket(self) -> SocketFile:
        """The socket as a file, for a caller who reads the rest of the body from it."""
        return SocketFile(self._stream)

    def content(self, *, as_they_come: bool = True) -> Iterator[bytes]:
        """The decoded content. Raises `Fault` if it is cut off, damaged or longer than `max_body`.

        A caller who does not want the pieces as they come gets fewer of them, in less time.
        """
        coding = self.head.headers.get("Content-Encoding")
        limit = self._outgoing.route.max_body
        is_limited = limit is not None and self._framing.length > limit
        pieces = self.raw(as_they_come=as_they_come or bool(coding) or is_limited)
        if coding and self._pool is not None:
            pieces = self._decode(_bounded(pieces, limit), coding)
        stopwatch = self._stopwatch
        stopwatch.resume()
        for piece in pieces:
            if self._pool is not None:
                stopwatch.pause()
            self.received += len(piece)
            if limit is not None and self.received > limit:
                over = self.received - limit
                self.received = limit
                yield piece[:-over]
                self.close()
                raise _too_large(limit, limit)
            yield piece
            stopwatch.resume()

    def _decode(self, pieces: Iterator[bytes], coding: str) -> Iterator[bytes]:
        kept: list[bytes] = []
        try:
            codings = codings_of(coding)
            if not can_decode(codings):
                self.undecoded = ", ".join(codings)
                yield from pieces
            else:
                yield from decode(self._keep(pieces, kept), codings)
        except Fault as fault:
            if fault.kind == "coding" and not self.received:
                self.is_whole = _take_rest(kept, pieces)
                self.coded = b"".join(kept)
            self.close()
            fault.received = self.received
            raise

    def _keep(self, pieces: Iterator[bytes], kept: list[bytes]) -> Iterator[bytes]:
        """Yield encoded content, and keep a copy until some of it has been decoded."""
        for piece in pieces:
            if self.received:
                kept.clear()
            else:
                kept.append(piece)
            yield piece

    def close(self) -> None:
        """Drop the content that was not read. The connection is closed."""
        if self._pool is not None:
            self._pool = None
            self._finish()
            self._forget(self._stream.connection)

    def _end(self) -> None:
        """End a response that was read completely. The connection is reused unless bytes are left on it."""
        pool, self._pool = self._pool, None
        self._finish()
        stream = self._stream
        if pool is not None and self._framing.keeps_alive and not stream.buffer:
            stream.connection.buffer = b""
            pool._put_conn(stream.connection)
            if stream.connection.sock is None:  # the pool is full or was closed
                self._forget(stream.connection)
        else:
            self._forget(stream.connection)

    def _finish(self) -> None:
        if self._stream.cancel is not None:
            self._stream.cancel.socket = None
        self._stopwatch.pause()
        self.head = self.head._replace(timings=self._stopwatch.timings())


def _take_rest(kept: list[bytes], pieces: Iterator[bytes]) -> bool:
    """Add the rest of the content that cannot be decoded. Returns whether it is complete."""
    try:
        kept.extend(pieces)
    except Interrupted:
        raise
    except Fault:
        return False  # the note already says that it cannot be decoded
    return True


def _bounded(pieces: Iterator[bytes], limit: int | None) -> Iterator[bytes]:
    """Encoded content up to the limit. It is limited too, since some encoded content decodes to nothing without end."""
    count = 0
    for piece in pieces:
        count += len(piece)
        if limit is not None and count > limit + _SPARE_BYTES:
            raise _too_large(limit, 0)
        yield piece


def _too_large(limit: int, received: int) -> Fault:
    return Fault(f"Stopped at {limit / 1e6:g} MB", kind="max-body", received=received)
