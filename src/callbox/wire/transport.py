"""`Transport`, the interface that sends requests; `Wire`, its implementation; `WireResponse`, its response. `Wire.send`
takes a connection from its pool, writes the request, and reads the headers of the response. The caller then reads the
body from the `WireResponse`, which also has the timings. The connection returns to its pool only if the response was
read to its end.
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
from callbox.exchange.redaction.displayed_fields_and_values import redact_shown_url
from callbox.exchange.redaction.secrets_by_value import redact_filled
from callbox.exchange.request import Outgoing
from callbox.exchange.response import Connection, ResponseHead, Timings
from callbox.wire.connection_and_byte_stream import BaseConnection, Cancel, ConnectAttempt, SocketFile, Stream
from callbox.wire.error_translation import ConnectionLost, translate_body_error, translate_send_error
from callbox.wire.http1 import Framing, find_framing, read_head, read_pieces, write_request
from callbox.wire.message_head import RawHead
from callbox.wire.proxy_urls import request_target
from callbox.wire.tls_connections_and_pools import (
    MAX_IDLE,
    Pool,
    PoolKey,
    TlsConnection,
    make_pool,
    pool_key,
    set_tunnel,
)

_SPARE_BYTES = 65_536
"""How many bytes longer an encoded body may be than the limit on its decoded bytes."""


class Stopwatch:
    """Measures how long each phase of an exchange takes."""

    __slots__ = ("attempt", "first_byte_at", "read", "resumed_at", "sent", "started_at")

    def __init__(
        self, started_at: float, attempt: ConnectAttempt | None, sent: tuple[float, float], first_byte_at: float
    ) -> None:
        self.started_at = started_at
        self.attempt = attempt
        self.sent = sent
        self.first_byte_at = first_byte_at
        self.read = 0.0
        """The seconds in which the body was received. The time of the caller between two pieces does not count."""
        self.resumed_at = first_byte_at

    def resume(self) -> None:
        """Continue the measurement, because the caller wants the next piece."""
        self.resumed_at = perf_counter()

    def pause(self) -> None:
        """Pause the measurement, because a piece or the end has arrived."""
        self.read += perf_counter() - self.resumed_at

    def timings(self) -> Timings:
        """The seconds of each phase."""
        attempt, (send_from, send_to) = self.attempt, self.sent
        dns, connect, tls = (attempt.dns, attempt.connect, attempt.tls) if attempt is not None else (0.0, 0.0, 0.0)
        total = self.first_byte_at - self.started_at + self.read
        return Timings(dns, connect, tls, self.first_byte_at - send_to, self.read, send_to - send_from, total)


class WireResponse:
    """A response whose headers have arrived, in `head`. The body can be read once, in pieces."""

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
        """How many bytes of the body were read, after decoding."""
        self.undecoded = ""
        """The content codings that callbox cannot decode, so that the body still has them; empty if there are none."""
        self.coded = b""
        """The encoded body, if no part of it could be decoded."""
        self.is_whole = False
        """Whether `coded` is the whole body."""
        self.was_retried = False
        if framing.kind == "none" or (framing.kind == "length" and not framing.length):
            self._end()

    @property
    def connection(self) -> BaseConnection | None:
        """The connection that has the rest of the body; None when it was closed or has returned to the pool."""
        return self._stream.connection if self._pool is not None else None

    def disable_read_timeout(self) -> None:
        """Switch off the read timeout, for an event stream, in which hours may pass between two events."""
        self._stream.read_timeout = None

    def limit_read_timeout(self, seconds: float) -> None:
        """Set a read timeout of at most this many seconds, for a body that is read only to use the connection again."""
        before = self._stream.read_timeout
        self._stream.read_timeout = seconds if before is None else min(before, seconds)

    def raw(self, *, as_they_come: bool = True) -> Iterator[bytes]:
        """Read the body with its content coding, and yield it in pieces. `as_they_come` is as for `content`."""
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
        """Read the body with its content coding, and yield it in pieces. Raises `Fault` if it is longer than
        `max_body`.
        """
        return _bounded(self.raw(), self._outgoing.route.max_body)

    def open_socket(self) -> SocketFile:
        """A file object with the rest of the response, for a caller who reads the socket itself."""
        return SocketFile(self._stream)

    def content(self, *, as_they_come: bool = True) -> Iterator[bytes]:
        """Read the body, decode its content coding, and yield it in pieces. With `as_they_come=False`, there are fewer
        and larger pieces, which is faster. Raises `Fault` if the body is cut off, damaged or longer than `max_body`.
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
        """Yield the encoded pieces, and copy them to `kept` as long as nothing was decoded."""
        for piece in pieces:
            if self.received:
                kept.clear()
            else:
                kept.append(piece)
            yield piece

    def close(self) -> None:
        """End the response. If the body was not read to its end, the connection is closed."""
        if self._pool is not None:
            self._pool = None
            self._finish()
            self._forget(self._stream.connection)

    def _end(self) -> None:
        """End a response that was read to its end. The connection returns to its pool, unless it has unread bytes."""
        pool, self._pool = self._pool, None
        self._finish()
        stream = self._stream
        if pool is not None and self._framing.keeps_alive and not stream.buffer:
            stream.connection.buffer = b""
            pool._put_conn(stream.connection)
            if stream.connection.sock is None:  # The pool was full or closed, and has closed the connection.
                self._forget(stream.connection)
        else:
            self._forget(stream.connection)

    def _finish(self) -> None:
        if self._stream.cancel is not None:
            self._stream.cancel.socket = None
        self._stopwatch.pause()
        self.head = self.head._replace(timings=self._stopwatch.timings())


def _take_rest(kept: list[bytes], pieces: Iterator[bytes]) -> bool:
    """Append the rest of a body that cannot be decoded to `kept`. Returns whether the body is complete."""
    try:
        kept.extend(pieces)
    except Interrupted:
        raise
    except Fault:
        return False  # A note already says that the body cannot be decoded.
    return True


def _bounded(pieces: Iterator[bytes], limit: int | None) -> Iterator[bytes]:
    """Yield encoded pieces, and raise `Fault` beyond the limit. The limit on decoded bytes is not enough, because an
    endless encoded body may decode to nothing.
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
        """Send a request, and return its response when the headers have arrived. The body is read later."""

    def close(self) -> None:
        """Close the idle connections."""

    def connections(self) -> list[Connection]:
        """The idle connections."""


_LOG = logging.getLogger("urllib3.connectionpool")
"""The logger of urllib3. Programs written for Requests set its level and its handlers."""


def _log(pool: Pool, outgoing: Outgoing, response: ResponseHead, framing: Framing) -> None:
    """Log a request and its response as urllib3 does. Values with the name of a credential are redacted."""
    target = redact_shown_url(redact_filled(request_target(outgoing), outgoing.all_secrets))
    length = None if framing.kind in ("chunked", "close") else framing.length
    _LOG.debug(
        '%s://%s:%s "%s %s %s" %s %s',
        pool.scheme, pool.host, pool.port, outgoing.method, target, response.version, response.status, length,
    )  # fmt: skip


_UNSENT_ERRORS = (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError)
_LOST_ERRORS = (EOFError, ConnectionResetError, BrokenPipeError, ConnectionAbortedError)


class Wire:
    """Sends requests over pooled connections. Threads may share it."""

    def __init__(self, pools: int = _MAX_POOLS, idle: int = MAX_IDLE) -> None:
        """`pools` limits the number of origins with open connections, and `idle` the idle connections to each of
        them.
        """
        self._max_pools, self._idle = max(pools, 1), idle
        self._pools: OrderedDict[PoolKey, Pool] = OrderedDict()
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._open: dict[int, Connection] = {}
        _watch_forks()
        _WIRES.add(self)

    def send(self, outgoing: Outgoing, cancel: Cancel | None = None) -> WireResponse:
        """Send a request, and return its response when the headers have arrived. The caller must read the response to
        its end or close it. If the server has closed the idle connection, and the method is idempotent, the request is
        sent once more on a new connection; `was_retried` of the response says so. Raises `Fault`, `Interrupted`, and
        `UsageError` for an invalid CA file.
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
        """Close all idle connections. You can still send."""
        if not (self._pools or self._open):
            return
        with self._lock:
            pools = list(self._pools.values())
            self._pools.clear()
            self._open.clear()
        for pool in pools:
            pool.close()

    def connections(self) -> list[Connection]:
        """All idle connections."""
        return [facts for _, facts in sorted(self._open.items())]

    def _pool(self, outgoing: Outgoing) -> Pool:
        key = pool_key(outgoing.url, outgoing.route)
        pool = self._pools.get(key)
        if pool is not None:
            try:
                self._pools.move_to_end(key)
            except KeyError:
                return pool  # Another thread has just removed this pool. It is used once more.
            return pool
        with self._lock:
            pool = self._pools.get(key)
            if pool is None:
                pool = self._pools[key] = make_pool(outgoing.url, outgoing.route, self._idle)
                if len(self._pools) > self._max_pools:
                    self._drop(self._pools.popitem(last=False)[1])
        return pool

    def abandon(self) -> None:
        """Forget all connections, after a fork. They belong to the parent process, and two processes must not read from
        one connection.
        """
        self._lock = threading.Lock()
        pools, self._pools, self._open = self._pools, OrderedDict(), {}
        for pool in pools.values():
            pool.close()  # This closes only the descriptors of this process. The connections of the parent stay open.

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
            framing = framing._replace(keeps_alive=False)  # The rest of the request was not sent.
        pool.num_requests += 1  # urllib3's own code, which does not run here, would count this.
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


# After a fork, two processes with one pool would get each other's responses.
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
        # Another thread has closed the pool meanwhile. The connection is used for this request only.
        connection = pool._new_conn()
    assert isinstance(connection, BaseConnection)
    return connection


def _exchange(stream: Stream, outgoing: Outgoing) -> tuple[tuple[float, float], RawHead, float]:
    """Write the request and read the headers of the response. Also returns the times before and after the request was
    written, and the time when the headers had arrived.
    """
    sent_from = perf_counter()
    try:
        write_request(stream, outgoing)
    except _UNSENT_ERRORS as error:
        if error is stream.body_error:
            raise
        # A server may respond and close the connection before it has read the body. A TLS server may send an alert with
        # the reason, such as a missing client certificate in TLS 1.3. So callbox reads what has arrived.
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
