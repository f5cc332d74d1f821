"""Where idle connections wait: urllib3's pools, one for each origin, proxy and TLS setting.

Two routes that differ in verify, CA, client certificate or proxy never share a connection: a setting that is
changed is obeyed by the next request.
"""

from __future__ import annotations

import queue
from collections import deque
from typing import Any

from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import LocationParseError
from urllib3.util.url import Url as Proxy
from urllib3.util.url import parse_url

from callbox.errors import UsageError
from callbox.exchange.request import Route
from callbox.exchange.url import Url, UrlError
from callbox.wire.connection import Line
from callbox.wire.lines import PlainLine, TlsLine
from callbox.wire.tls import context

MAX_IDLE = 64
_PROXY_PORTS = {"http": 80, "https": 443}


class Shelf:
    """A last-in, first-out shelf for idle connections, in place of urllib3's locked queue.

    A deque's ends are safe between threads by themselves. One that is full closes what it is given.
    """

    def __init__(self, maxsize: int) -> None:
        self._lines: deque[Line] = deque()
        self._most = max(maxsize, 1)

    def get(self, block: bool = False, timeout: float | None = None) -> Line:
        """The connection that was used last. Raises `queue.Empty` where none waits."""
        try:
            return self._lines.pop()
        except IndexError:
            raise queue.Empty from None

    def put(self, line: Line | None, block: bool = False) -> None:
        """Keep this connection for later; the pool's initial Nones are not kept."""
        if line is None:
            return
        if len(self._lines) >= self._most:
            line.close()
        else:
            self._lines.append(line)

    def qsize(self) -> int:
        """How many wait."""
        return len(self._lines)


class PlainPool(HTTPConnectionPool):
    """urllib3's pool with our connections in it."""

    ConnectionCls = PlainLine
    QueueCls = Shelf  # type: ignore[assignment]


class TlsPool(HTTPSConnectionPool):
    """urllib3's pool with our TLS connections in it."""

    ConnectionCls = TlsLine
    QueueCls = Shelf  # type: ignore[assignment]


Pool = PlainPool | TlsPool
PoolKey = tuple[str, str, int, str, bool, str, str | tuple[str, str] | None, str, tuple[str, str] | None, bool]


def key_of(url: Url, route: Route) -> PoolKey:
    """What two requests must have in common to share connections."""
    return (
        url.scheme, url.host, url.port, route.proxy, route.verify, route.ca, route.cert, route.resolve, route.store,
        route.is_apart,
    )  # fmt: skip


def make_pool(url: Url, route: Route, idle: int = MAX_IDLE) -> Pool:
    """A new pool for this URL's origin and this route, of so many idle connections at most.

    Raises `UsageError` for a bad CA file or proxy.
    """
    settings: dict[str, Any] = {"maxsize": 1, "block": False}
    host, port, is_tls = url.host, url.port, url.scheme == "https"
    if route.proxy:
        proxy = read_proxy(route.proxy)
        if is_tls:
            _check_tunnel(proxy)
            settings["_proxy"] = proxy
        else:
            host, port, is_tls = proxy.host or "", proxy.port or 0, proxy.scheme == "https"
    if is_tls:
        pool: Pool = TlsPool(
            host, port, cert_reqs="CERT_REQUIRED" if route.verify else "CERT_NONE",
            ssl_context=context(route.verify, route.ca, route.cert, route.store), **settings
        )  # fmt: skip
    else:
        pool = PlainPool(host, port, **settings)
    assert isinstance(pool.pool, Shelf)
    pool.pool._most = max(idle, 1)
    return pool


def read_proxy(text: str) -> Proxy:
    """Scheme, host and port of a proxy. Raises `UrlError`, without its credentials, for what is none."""
    try:
        proxy = parse_url(text)
    except LocationParseError:
        proxy = Proxy()
    scheme = proxy.scheme or ""
    if proxy.host and scheme not in _PROXY_PORTS:
        raise UrlError(f"Cannot speak {scheme} with a proxy", hint="http:// and https:// proxies are spoken with")
    if not proxy.host:
        shown = text.rpartition("@")[2]
        raise UrlError(f"Invalid proxy '{shown}'", kind="proxy-url", hint="as in http://user:password@host:port")
    return proxy._replace(port=proxy.port or _PROXY_PORTS[scheme])


def _check_tunnel(proxy: Proxy) -> None:
    if proxy.scheme == "https":
        raise UsageError(
            "A proxy that itself speaks TLS cannot be tunnelled through", hint="give its http:// address, if it has one"
        )
