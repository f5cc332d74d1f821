"""Pools of idle connections: urllib3's pools, one for each combination of origin, proxy and TLS settings.

Requests with different settings for verify, CA, client certificate or proxy never share a connection.
"""

from __future__ import annotations

import queue
from collections import deque
from typing import Any

from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from callbox.exchange.request import Route
from callbox.exchange.url import Url
from callbox.wire.connection_and_byte_stream import BaseConnection, PlainConnection
from callbox.wire.proxy_urls import check_tunnel, read_proxy
from callbox.wire.tls import TlsConnection, tls_context

MAX_IDLE = 64


class IdleConnections:
    """The idle connections of a pool, the last one first. It replaces the queue of urllib3, which needs locks; a deque
    is safe for threads. If it is full, the next connection is closed.
    """

    def __init__(self, maxsize: int) -> None:
        self._connections: deque[BaseConnection] = deque()
        self._max_idle = max(maxsize, 1)

    def get(self, block: bool = False, timeout: float | None = None) -> BaseConnection:
        """Remove and return the connection that was used last. Raises `queue.Empty` if there is none."""
        try:
            return self._connections.pop()
        except IndexError:
            raise queue.Empty from None

    def put(self, connection: BaseConnection | None, block: bool = False) -> None:
        """Store an idle connection. urllib3 fills a new pool with None; these values are ignored."""
        if connection is None:
            return
        if len(self._connections) >= self._max_idle:
            connection.close()
        else:
            self._connections.append(connection)

    def qsize(self) -> int:
        """The number of idle connections."""
        return len(self._connections)


class PlainPool(HTTPConnectionPool):
    """urllib3's pool with callbox's connections."""

    ConnectionCls = PlainConnection
    QueueCls = IdleConnections  # type: ignore[assignment]


class TlsPool(HTTPSConnectionPool):
    """urllib3's pool with callbox's TLS connections."""

    ConnectionCls = TlsConnection
    QueueCls = IdleConnections  # type: ignore[assignment]


Pool = PlainPool | TlsPool
PoolKey = tuple[str, str, int, str, bool, str, str | tuple[str, str] | None, str, tuple[str, str] | None, bool]


def pool_key(url: Url, route: Route) -> PoolKey:
    """The key of the pool for requests to this URL over this route. Requests with the same key share connections."""
    return (
        url.scheme, url.host, url.port, route.proxy, route.verify, route.ca, route.cert, route.resolve, route.store,
        route.is_apart,
    )  # fmt: skip


def make_pool(url: Url, route: Route, idle: int = MAX_IDLE) -> Pool:
    """Make a pool for the origin of this URL and for this route. `idle` is the limit on idle connections. Raises
    `UsageError` for an invalid CA file or proxy.
    """
    settings: dict[str, Any] = {"maxsize": 1, "block": False}
    host, port, is_tls = url.host, url.port, url.scheme == "https"
    if route.proxy:
        proxy = read_proxy(route.proxy)
        if is_tls:
            check_tunnel(proxy)
            settings["_proxy"] = proxy
        else:
            host, port, is_tls = proxy.host or "", proxy.port or 0, proxy.scheme == "https"
    if is_tls:
        pool: Pool = TlsPool(
            host, port, cert_reqs="CERT_REQUIRED" if route.verify else "CERT_NONE",
            ssl_context=tls_context(route.verify, route.ca, route.cert, route.store), **settings
        )  # fmt: skip
    else:
        pool = PlainPool(host, port, **settings)
    assert isinstance(pool.pool, IdleConnections)
    pool.pool._max_idle = max(idle, 1)
    return pool
