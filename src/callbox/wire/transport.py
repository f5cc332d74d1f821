"""`Transport`, the interface that sends requests; `Wire`, its implementation; `WireResponse`, its response.

A connection is taken from its pool, the request is written, and the response headers are read. The body is read piece
by piece through the `WireResponse`, which also has the timings. The connection returns to its pool only if the response
was read to its end.
"""

from __future__ import annotations

import itertools
import logging
import os
import ssl
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import cache
from time import perf_counter
from typing import Protocol

from urllib3.exceptions import ClosedPoolError

from callbox.errors import Fault, Interrupted
from callbox.exchange.content_coding import can_decode, codings_of, decode
from callbox.exchange.headers import Headers
from callbox.exchange.redaction.secrets_by_value import redact_filled
from callbox.exchange.redaction.values import redact_shown_url
from callbox.exchange.request import Outgoing
from callbox.exchange.response import Connection, ResponseHead, Timings
from callbox.wire.cancel import Cancel
from callbox.wire.connection import BaseConnection, ConnectAttempt, SocketFile, Stream
from callbox.wire.error_translation import ConnectionLost, translate_body_error, translate_send_error
from callbox.wire.http1 import Framing, find_framing, read_head, read_pieces, write_request
from callbox.wire.message_head import RawHead
from callbox.wire.pools import MAX_IDLE, Pool, PoolKey, make_pool, pool_key
from callbox.wire.proxy import request_target
from callbox.wire.tls import TlsConnection, set_tunnel

_SPARE_BYTES = 65_536
"""How many bytes longer encoded content may be than its decoded form."""


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
        """The seconds spent on receiving the content, without the time that the reader takes between two pieces."""
        self.resumed_at = first_byte_at

    def resume(self) -> None:
        """Start counting, because the reader asks for the next piece."""
        self.resumed_at = perf_counter()

    def pause(self) -> None:
        """Stop counting, because a piece or the end has arrived."""
        self.read += perf_counter() - self.resumed_at

    def timings(self) -> Timings:
        """The time of each phase, from the first reading of the clock in this phase to the last."""
        attempt, (send_from, send_to) = self.attempt, self.sent
        dns, connect, tls = (attempt.dns, attempt.connect, attempt.tls) if attempt is not None else (0.0, 0.0, 0.0)
        total = self.first_byte_at - self.started_at + self.read
        return Timings(dns, connect, tls, self.first_byte_at - send_to, self.read, send_to - send_from, total)


class WireResponse:
    """A response whose headers have arrived: `head`, and the content in pieces, which can be read once."""

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
        """The content codings that could not be decoded and were left in place."""
        self.coded = b""
        """The content as it was received, if no part of the content could be decoded."""
        self.is_whole = False
        """Whether `coded` is the whole content."""
        self.was_retried = False
        if framing.kind == "none" or (framing.kind == "length" and not framing.length):
            self._end()

    @property
    def connection(self) -> BaseConnection | None:
        """The connection from which the rest of the body is read; None after the connection was returned to the pool
        or closed.
        """
        return self._stream.connection if self._pool is not None else None

    def disable_read_timeout(self) -> None:
        """Remove the read timeout: an event stream may be silent for hours."""
        self._stream.read_timeout = None

    def limit_read_timeout(self, seconds: float) -> None:
        """Limit the wait for data that is only read to reuse the connection."""
        before = self._stream.read_timeout
        self._stream.read_timeout = seconds if before is None else min(before, seconds)

    def raw(self, *, as_they_come: bool = True) -> Iterator[bytes]:
        """The content as it was sent, with its content coding.

        `as_they_come` has the meaning that it has for `content`.
        """
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
        """The content as it was sent. Raises `Fault` shortly after `max_body` is exceeded."""
        return _bounded(self.raw(), self._outgoing.route.max_body)

    def open_socket(self) -> SocketFile:
        """The socket as a file, for a caller who reads the rest of the body from it."""
        return SocketFile(self._stream)

    def content(self, *, as_they_come: bool = True) -> Iterator[bytes]:
        """The decoded content. Raises `Fault` if it is cut off, damaged or longer than `max_body`.

        If the caller does not need each piece at once, there are fewer and larger pieces, which takes less time.
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
        """End a response that was read completely. The connection is reused unless it has unread bytes."""
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
    """Encoded content up to the limit.

    It needs its own limit, because an endless encoded content may decode to nothing.
    """
    count = 0
    for piece in pieces:
        count += len(piece)
        if limit is not None and count > limit + _SPARE_BYTES:
            raise _too_large(limit, 0)
        yield piece


def _too_large(limit: int, received: int) -> Fault:
    return Fault(f"Stopped reading the body at {limit / 1e6:g} MB", kind="max-body", received=received)


_MAX_POOLS = 100


class Transport(Protocol):
    """The interface of objects that send requests."""

    def send(self, outgoing: Outgoing, cancel: Cancel | None = None) -> WireResponse:
        """Send this request. Return when the headers of its response have arrived."""

    def close(self) -> None:
        """Close the idle connections."""

    def connections(self) -> list[Connection]:
        """The idle connections."""


_LOG = logging.getLogger("urllib3.connectionpool")
"""urllib3's own logger, because programs written for Requests set its level and its handlers."""


def _log(pool: Pool, outgoing: Outgoing, response: ResponseHead, framing: Framing) -> None:
    """Log one line for each request in urllib3's format. Values with the name of a secret are redacted."""
    target = redact_shown_url(redact_filled(request_target(outgoing), outgoing.all_secrets))
    length = None if framing.kind in ("chunked", "close") else framing.length
    _LOG.debug(
        '%s://%s:%s "%s %s %s" %s %s',
        pool.scheme, pool.host, pool.port, outgoing.method, target, response.version, response.status, length,
    )  # fmt: skip


_UNSENT_ERRORS = (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError)
_LOST_ERRORS = (EOFError, ConnectionResetError, BrokenPipeError, ConnectionAbortedError)


class Wire:
    """A limited number of connection pools. Safe to share between threads."""

    def __init__(self, pools: int = _MAX_POOLS, idle: int = MAX_IDLE) -> None:
        """Limit the number of origins with open connections, and of idle connections to each."""
        self._max_pools, self._idle = max(pools, 1), idle
        self._pools: OrderedDict[PoolKey, Pool] = OrderedDict()
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._open: dict[int, Connection] = {}
        _watch_forks()
        _WIRES.add(self)

    def send(self, outgoing: Outgoing, cancel: Cancel | None = None) -> WireResponse:
        """Send this request. Return when its response headers have arrived. The caller reads or closes the response.

        If the server had closed a reused connection, a request with an idempotent method is sent once more on a new
        one, without a note. Raises `Fault`, `Interrupted`, or `UsageError` for a bad CA file.
        """
        pool = self._pool(outgoing)
        try:
            return self._attempt(pool, outgoing, cancel, is_fresh=False)
        except ConnectionLost:
            pass
        response = self._attempt(pool, outgoing, cancel, is_fresh=True)
        response.was_retried = True
        return response

    def close(self) -> None:
        """Close all idle connections. The wire can still be used."""
        if not (self._pools or self._open):
            return
        with self._lock:
            pools = list(self._pools.values())
            self._pools.clear()
            self._open.clear()
        for pool in pools:
            pool.close()

    def connections(self) -> list[Connection]:
        """The connections that are open and idle."""
        return [facts for _, facts in sorted(self._open.items())]

    def _pool(self, outgoing: Outgoing) -> Pool:
        key = pool_key(outgoing.url, outgoing.route)
        pool = self._pools.get(key)
        if pool is not None:
            try:
                self._pools.move_to_end(key)
            except KeyError:
                return pool  # another thread has just dropped this pool, which is used once more
            return pool
        with self._lock:
            pool = self._pools.get(key)
            if pool is None:
                pool = self._pools[key] = make_pool(outgoing.url, outgoing.route, self._idle)
                if len(self._pools) > self._max_pools:
                    self._drop(self._pools.popitem(last=False)[1])
        return pool

    def abandon(self) -> None:
        """Forget the connections of the process from which this one was forked, because two processes must not read
        from one.
        """
        self._lock = threading.Lock()
        pools, self._pools, self._open = self._pools, OrderedDict(), {}
        for pool in pools.values():
            pool.close()  # closes the descriptors of this process; the connections themselves stay open

    def _drop(self, pool: Pool) -> None:
        connections: list[BaseConnection] = list(getattr(pool.pool, "_connections", ()))
        for connection in connections:
            self._open.pop(connection.number, None)
        pool.close()

    def _attempt(self, pool: Pool, outgoing: Outgoing, cancel: Cancel | None, *, is_fresh: bool) -> WireResponse:
        route = outgoing.route
        started_at = perf_counter()
        connection, is_open = _get_connection(pool, is_fresh), False
        stream: Stream | None = None
        try:
            deadline = None if route.total_timeout is None else started_at + route.total_timeout
            attempt = self._open_connection(connection, outgoing, cancel, deadline) if connection.sock is None else None
            if cancel is not None:
                cancel.socket = connection.sock
                cancel.phase = "request"
            connection.request_count += 1
            stream = Stream(connection, route.timeout, deadline, cancel)
            stream.check_cancel()
            is_open = True
            sent, head, first_byte_at = _exchange(stream, outgoing)
            if cancel is not None:
                cancel.phase = "body"
            return self._receive(pool, stream, outgoing, head, Stopwatch(started_at, attempt, sent, first_byte_at))
        except BaseException as error:
            self._forget(connection)
            if stream is not None and error is stream.body_error:
                raise
            translated = translate_send_error(error, connection, outgoing, cancel, has_answered=pool.num_requests > 0)
            if isinstance(translated, Fault):
                translated.is_unsent = not is_open
            if translated is error:
                raise
            raise translated from error

    def _receive(
        self, pool: Pool, stream: Stream, outgoing: Outgoing, head: RawHead, stopwatch: Stopwatch
    ) -> WireResponse:
        version, status, reason, pairs = head
        headers = Headers(pairs)
        framing = find_framing(outgoing.method, version, status, headers)
        if stream.is_refused:
            framing = framing._replace(keeps_alive=False)  # the rest of the request was not sent
        pool.num_requests += 1  # urllib3's counter, which urllib3 itself would increase
        facts = stream.connection.facts()
        self._open[facts.number] = facts
        response = ResponseHead(status, reason, headers, version, facts, stopwatch.timings())
        if _LOG.isEnabledFor(logging.DEBUG):
            _log(pool, outgoing, response, framing)
        if stream.connection.debuglevel:
            stream.connection.print_head(response)
        return WireResponse(self._forget, pool, stream, response, framing, outgoing, stopwatch)

    def _open_connection(
        self, connection: BaseConnection, outgoing: Outgoing, cancel: Cancel | None, deadline: float | None
    ) -> ConnectAttempt:
        route = outgoing.route
        if cancel is not None:
            cancel.phase = "connection"
        self._open.pop(connection.number, None)
        connection.number = next(self._numbers)
        if isinstance(connection, TlsConnection) and route.proxy and outgoing.url.scheme == "https":
            set_tunnel(connection, outgoing)
        attempt = ConnectAttempt(route.connect_timeout, cancel, route.resolve, deadline)
        connection.open(attempt)
        return attempt

    def _forget(self, connection: BaseConnection) -> None:
        self._open.pop(connection.number, None)
        connection.close()


# Two processes that read from one pool would get each other's responses.
_WIRES: weakref.WeakSet[Wire] = weakref.WeakSet()


@cache
def _watch_forks() -> None:
    os.register_at_fork(after_in_child=_abandon_all)


def _abandon_all() -> None:
    for wire in list(_WIRES):
        wire.abandon()


def _get_connection(pool: Pool, is_fresh: bool) -> BaseConnection:
    try:
        connection = pool._new_conn() if is_fresh else pool._get_conn()
    except ClosedPoolError:
        # Another thread closed the pool after it was found, so the connection is used once.
        connection = pool._new_conn()
    assert isinstance(connection, BaseConnection)
    return connection


def _exchange(stream: Stream, outgoing: Outgoing) -> tuple[tuple[float, float], RawHead, float]:
    """Write the request and read the response headers, with clock readings around both."""
    sent_from = perf_counter()
    try:
        write_request(stream, outgoing)
    except _UNSENT_ERRORS as error:
        if error is stream.body_error:
            raise
        # A server may respond and close before it has read the body. A TLS server may send an alert with the reason (in
        # TLS 1.3, that a client certificate is missing). Both are read.
        if not stream.connection.is_tls and (outgoing.content is None or outgoing.content.size == 0):
            raise ConnectionLost from error
    sent_to = perf_counter()
    if stream.cancel is not None:
        stream.cancel.phase = "response"
    try:
        stream.buffer = stream.buffer or stream.receive()
        if not stream.buffer:
            raise EOFError
    except _LOST_ERRORS as error:
        raise ConnectionLost from error
    first_byte_at = perf_counter()
    try:
        return (sent_from, sent_to), read_head(stream), first_byte_at
    except EOFError as error:
        raise Fault("The server closed the connection in the middle of the headers", kind="incomplete") from error
