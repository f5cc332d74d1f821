"""`Transport`, the interface through which requests are sent, and `Wire`, its implementation.

A connection is taken from its pool, the request is written, and the head of the response is read. The body is read
through the `WireResponse`; the connection returns to its pool only after a clean end.
"""

from __future__ import annotations

import itertools
import logging
import os
import ssl
import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterator
from functools import cache
from time import perf_counter
from typing import Protocol

from urllib3.exceptions import ClosedPoolError

from callbox.errors import CallboxError, Fault, Interrupted
from callbox.exchange.content import Content
from callbox.exchange.headers import Headers
from callbox.exchange.request import Outgoing
from callbox.exchange.response import Connection, ResponseHead
from callbox.exchange.secret import redact_url
from callbox.wire.cancel import Cancel
from callbox.wire.connection import BaseConnection, ConnectAttempt
from callbox.wire.errors import TRANSLATED_ERRORS, explain, host_and_port
from callbox.wire.http1 import Framing, RawHead, Stream, find_framing, read_head, write_head
from callbox.wire.pools import (
    MAX_IDLE,
    Pool,
    PoolKey,
    TlsConnection,
    make_pool,
    pool_key,
    proxy_fields,
    request_target,
    set_tunnel,
)
from callbox.wire.response import Stopwatch, WireResponse

_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
_MAX_POOLS = 100
_JOIN_BYTES = 65_536


class Transport(Protocol):
    """The interface of a transport."""

    def send(self, outgoing: Outgoing, cancel: Cancel | None = None) -> WireResponse:
        """Send this request; return when the head of its answer has come."""

    def close(self) -> None:
        """Close what is kept open."""

    def connections(self) -> list[Connection]:
        """The kept connections."""


_LOG = logging.getLogger("urllib3.connectionpool")
"""As urllib3 itself: programs written for Requests set its level and its handlers."""


def _log(pool: Pool, outgoing: Outgoing, response: ResponseHead, framing: Framing) -> None:
    """One line for each request, in urllib3's words; values that are secret by their name are redacted in it."""
    target = redact_url(request_target(outgoing))
    length = None if framing.kind in ("chunked", "close") else framing.length
    _LOG.debug(
        '%s://%s:%s "%s %s %s" %s %s',
        pool.scheme, pool.host, pool.port, outgoing.method, target, response.version, response.status, length,
    )  # fmt: skip


class _ConnectionLost(Exception):
    """The peer closed or reset the connection before any byte of a response."""


_UNSENT_ERRORS = (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError)
_LOST_ERRORS = (EOFError, ConnectionResetError, BrokenPipeError, ConnectionAbortedError)


class Wire:
    """Pools of connections, counted. Safe to share between threads."""

    def __init__(self, pools: int = _MAX_POOLS, idle: int = MAX_IDLE) -> None:
        """Keep connections to so many origins, and of each so many idle ones."""
        self._max_pools, self._idle = max(pools, 1), idle
        self._pools: OrderedDict[PoolKey, Pool] = OrderedDict()
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._open: dict[int, Connection] = {}
        _watch_forks()
        _WIRES.add(self)

    def send(self, outgoing: Outgoing, cancel: Cancel | None = None) -> WireResponse:
        """Send this request; return when the head of its answer has come. The caller drains or closes the answer.

        A reused connection that the server had closed meanwhile costs one silent second try on a new one, for
        idempotent methods. Raises `Fault`, `Interrupted`, or `UsageError` for a bad CA file.
        """
        pool = self._pool(outgoing)
        try:
            return self._attempt(pool, outgoing, cancel, is_fresh=False)
        except _ConnectionLost:
            pass
        response = self._attempt(pool, outgoing, cancel, is_fresh=True)
        response.was_retried = True
        return response

    def close(self) -> None:
        """Close all idle connections. The wire stays usable."""
        with self._lock:
            pools = list(self._pools.values())
            self._pools.clear()
            self._open.clear()
        for pool in pools:
            pool.close()

    def connections(self) -> list[Connection]:
        """The connections that are still kept."""
        return [facts for _, facts in sorted(self._open.items())]

    def _pool(self, outgoing: Outgoing) -> Pool:
        key = pool_key(outgoing.url, outgoing.route)
        pool = self._pools.get(key)
        if pool is not None:
            try:
                self._pools.move_to_end(key)
            except KeyError:
                return pool  # another thread has just dropped it: it serves this once more
            return pool
        with self._lock:
            pool = self._pools.get(key)
            if pool is None:
                pool = self._pools[key] = make_pool(outgoing.url, outgoing.route, self._idle)
                if len(self._pools) > self._max_pools:
                    self._drop(self._pools.popitem(last=False)[1])
        return pool

    def abandon(self) -> None:
        """Leave every kept connection to the process that this one was forked from: two may not read from one."""
        self._lock = threading.Lock()
        pools, self._pools, self._open = self._pools, OrderedDict(), {}
        for pool in pools.values():
            pool.close()  # of this process's descriptors; the connections themselves stay open

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
            translated = _translate(error, connection, outgoing, cancel, has_answered=pool.num_requests > 0)
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
            framing = framing._replace(keeps_alive=False)  # the rest of the request is missing
        pool.num_requests += 1  # urllib3's own count of them, which its own way of sending would keep
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


# A pool that two processes read from would give each the other's answers.
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
        # Closed by another thread between finding and asking it: the connection is used once.
        connection = pool._new_conn()
    assert isinstance(connection, BaseConnection)
    return connection


def _exchange(stream: Stream, outgoing: Outgoing) -> tuple[tuple[float, float], RawHead, float]:
    """Write the request and read the head of the response, with clock readings around both."""
    sent_from = perf_counter()
    try:
        _write(stream, outgoing)
    except _UNSENT_ERRORS as error:
        if error is stream.body_error:
            raise
        # A server may answer and close before it has read the body, and one of TLS may have said by an alert why it
        # closes (in TLS 1.3, that it wants a client certificate): both are worth reading.
        if not stream.connection.is_tls and (outgoing.content is None or outgoing.content.size == 0):
            raise _ConnectionLost from error
    sent_to = perf_counter()
    if stream.cancel is not None:
        stream.cancel.phase = "response"
    try:
        stream.buffer = stream.buffer or stream.receive()
        if not stream.buffer:
            raise EOFError
    except _LOST_ERRORS as error:
        raise _ConnectionLost from error
    first_byte_at = perf_counter()
    try:
        return (sent_from, sent_to), read_head(stream), first_byte_at
    except EOFError as error:
        raise Fault("The server closed the connection in the middle of the headers", kind="incomplete") from error


def _write(stream: Stream, outgoing: Outgoing) -> None:
    """Write the request; not all of its body, where the server refuses it meanwhile."""
    content = outgoing.content
    head = write_head(outgoing, request_target(outgoing), proxy_fields(outgoing))
    if content is None:
        stream.send(head)
        return
    is_chunked = any(f.name.lower() == "transfer-encoding" for f in outgoing.headers)
    if content.data is not None and not is_chunked:
        if len(content.data) <= _JOIN_BYTES:
            stream.send(head + content.data)
        else:
            stream.send(head)
            stream.upload(content.data)
    else:
        stream.send(head)
        _write_pieces(stream, content, is_chunked, _declared_length(outgoing))


def _declared_length(outgoing: Outgoing) -> int | None:
    """The length of the body that the server was told to wait for."""
    length = next((str(f.value) for f in outgoing.headers if f.name.lower() == "content-length"), "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else None


def _write_pieces(stream: Stream, content: Content, is_chunked: bool, left: int | None) -> None:
    for piece in _read_body(stream, content):
        stream.check()
        if not piece:  # nothing to send yet
            continue
        if left is not None and not is_chunked:
            left -= len(piece)
            if left < 0:
                raise Fault("The body is longer than its Content-Length says", kind="body")
        if not stream.upload(b"%x\r\n%b\r\n" % (len(piece), piece) if is_chunked else piece):
            return
    if is_chunked:
        stream.send(b"0\r\n\r\n")
    elif left:
        raise Fault(f"The body is {left:,} bytes shorter than its Content-Length says", kind="body")


def _read_body(stream: Stream, content: Content) -> Iterator[bytes]:
    """The pieces of the body. An error of the program that makes them is marked: it is no error of the connection."""
    try:
        yield from content.chunks()
    except Exception as error:
        stream.body_error = error
        raise


def _translate(
    error: BaseException, connection: BaseConnection, outgoing: Outgoing, cancel: Cancel | None, *, has_answered: bool
) -> BaseException:
    """The error to raise for one that occurs before the head has arrived."""
    if cancel is not None and cancel.is_cancelled and isinstance(error, (OSError, Fault, EOFError, _ConnectionLost)):
        return Interrupted()
    if isinstance(error, _ConnectionLost):
        if connection.request_count > 1 and outgoing.method in _IDEMPOTENT and _can_repeat(outgoing.content):
            return error
        return _explain_lost(error.__cause__, connection, outgoing, has_answered=has_answered)
    if isinstance(error, CallboxError) or not isinstance(error, TRANSLATED_ERRORS):
        return error
    where, is_proxy = _peer_of(connection, outgoing)
    return explain(error, where, is_proxy=is_proxy)


def _peer_of(connection: BaseConnection, outgoing: Outgoing) -> tuple[str, bool]:
    """The peer of this connection, and whether it is a proxy (until its tunnel is established, if it gives one)."""
    proxy = outgoing.route.proxy
    if not proxy or connection.has_tunnel:
        return host_and_port(outgoing), False
    return redact_url(proxy).partition("://")[2].rpartition("@")[2].rstrip("/"), True


def _explain_lost(
    cause: BaseException | None, connection: BaseConnection, outgoing: Outgoing, *, has_answered: bool
) -> Fault:
    """The fault of a connection that died without an answer.

    A server of TLS lets it die when it is spoken to without; one that has answered before is none.
    """
    where, is_proxy = _peer_of(connection, outgoing)
    is_known = is_proxy or has_answered or outgoing.url.scheme == "https"
    hint = "" if is_known else "if it speaks TLS, try https://"
    if (
        connection.request_count > 1
    ):  # kept for longer than the server liked, most likely; whether to repeat it, the user knows
        hint = "again sends it on a new connection"
    if is_proxy:
        how = "closed the connection without a response" if isinstance(cause, EOFError) else "reset the connection"
        return Fault(f"The proxy {where} {how}", kind="proxy-closed", hint=hint)
    if isinstance(cause, EOFError):
        return Fault(f"{where} closed the connection without a response", kind="closed", hint=hint)
    return Fault(f"Connection reset by {where}", kind="reset", hint=hint)


def _can_repeat(content: Content | None) -> bool:
    return content is None or content.is_replayable
