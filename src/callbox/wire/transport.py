"""`Transport`, the interface through which requests are sent, and `Wire`, its implementation.

A connection is taken from its pool, the request is written, and the headers of the response are read. The body is read
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
from functools import cache
from time import perf_counter
from typing import Protocol

from urllib3.exceptions import ClosedPoolError

from callbox.errors import Fault
from callbox.exchange.headers import Headers
from callbox.exchange.redaction.known_secrets import redact_filled
from callbox.exchange.redaction.values import redact_shown_url
from callbox.exchange.request import Outgoing
from callbox.exchange.response import Connection, ResponseHead
from callbox.wire.cancel import Cancel
from callbox.wire.connection import BaseConnection, ConnectAttempt
from callbox.wire.error_translation import ConnectionLost, translate_send_error
from callbox.wire.http1 import Framing, find_framing, read_head, write_request
from callbox.wire.message_head import RawHead
from callbox.wire.pools import MAX_IDLE, Pool, PoolKey, make_pool, pool_key
from callbox.wire.proxy import request_target
from callbox.wire.response_body import Stopwatch, WireResponse
from callbox.wire.stream import Stream
from callbox.wire.tls import TlsConnection, set_tunnel

_MAX_POOLS = 100


class Transport(Protocol):
    """The interface of a transport."""

    def send(self, outgoing: Outgoing, cancel: Cancel | None = None) -> WireResponse:
        """Send this request. Return when the headers of its response have arrived."""

    def close(self) -> None:
        """Close the idle connections."""

    def connections(self) -> list[Connection]:
        """The kept connections."""


_LOG = logging.getLogger("urllib3.connectionpool")
"""urllib3's own logger: programs written for Requests set its level and its handlers."""


def _log(pool: Pool, outgoing: Outgoing, response: ResponseHead, framing: Framing) -> None:
    """Log one line for each request in urllib3's format. Values with a secret's name are redacted in it."""
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

        If the server had closed a reused connection, the request is sent once more on a new one, without a note, for
        idempotent methods. Raises `Fault`, `Interrupted`, or `UsageError` for a bad CA file.
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
        """Close all idle connections. The wire stays usable."""
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
                return pool  # another thread has just dropped this pool: it is used once more
            return pool
        with self._lock:
            pool = self._pools.get(key)
            if pool is None:
                pool = self._pools[key] = make_pool(outgoing.url, outgoing.route, self._idle)
                if len(self._pools) > self._max_pools:
                    self._drop(self._pools.popitem(last=False)[1])
        return pool

    def abandon(self) -> None:
        """Forget the connections of the process that this one was forked from: two processes may not read from one."""
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
        pool.num_requests += 1  # urllib3's counter, which urllib3's own sending would increase
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
        # Another thread closed the pool after it was found: the connection is used once.
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
        # A server may respond and close before it has read the body; a TLS server may send an alert that says why it
        # closes (in TLS 1.3, that a client certificate is missing): both are read.
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
