"""TLS connections and pools: the `SSLContext` of a route, the connection with TLS, the CONNECT request that opens a
tunnel, and pools of idle connections.

The pools are urllib3's, one for each combination of origin, proxy and TLS settings. Requests with different settings
for verify, CA, client certificate or proxy never share a connection.
"""

from __future__ import annotations

import os
import queue
import ssl
import stat
from collections import deque
from functools import lru_cache
from importlib.util import find_spec
from time import perf_counter
from typing import Any

from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.ssl_ import create_urllib3_context

from callbox.errors import Fault, UsageError
from callbox.exchange.request import Outgoing, Route
from callbox.exchange.url import Url
from callbox.wire.connection_and_byte_stream import BaseConnection, PlainConnection, Stream
from callbox.wire.http1 import read_head
from callbox.wire.message_head import join_head
from callbox.wire.proxy_urls import check_tunnel, proxy_credentials, read_proxy


@lru_cache(maxsize=32)
def tls_context(
    verify: bool, ca: str, cert: str | tuple[str, str] | None, store: tuple[str, str] | None = None
) -> ssl.SSLContext:
    """Make the `SSLContext` for these settings of a `Route`. It is cached, so that CA files are read only once. Raises
    `UsageError` for a file that is missing or has no certificate.
    """
    made = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if verify else ssl.CERT_NONE)
    made.check_hostname = verify
    if not verify:
        made.verify_mode = ssl.CERT_NONE
    elif ca:
        _load_ca(made, ca)
    else:
        _load_store(made, store)
    if cert:
        _load_cert(made, cert)
    return made


def _load_ca(made: ssl.SSLContext, ca: str) -> None:
    path = os.path.expanduser(ca)  # No shell has expanded `~` in this path.
    hint = next((f"{name} names this file" for name in _BUNDLES if os.environ.get(name) == ca), "")
    if not os.path.exists(path):
        raise UsageError(f"CA file not found: {ca}", hint=hint)
    if _is_device(path):
        raise UsageError(f"{ca} is a device, not a CA file", hint=hint)
    try:
        if os.path.isdir(path):
            made.load_verify_locations(capath=path)
        else:
            made.load_verify_locations(cafile=path)
    except (ssl.SSLError, OSError):
        raise UsageError(f"CA file is not PEM: {ca}", hint=hint) from None


def _is_device(path: str) -> bool:
    """Whether the path is a device, such as /dev/zero, which OpenSSL would read for ever. A pipe is not a device."""
    mode = os.stat(path).st_mode
    return stat.S_ISCHR(mode) or stat.S_ISBLK(mode)


def _load_store(made: ssl.SSLContext, store: tuple[str, str] | None) -> None:
    """Load the CA certificates of the system, or those that an environment variable names. If there are none, load
    those of certifi, if it is installed.
    """
    paths = ssl.get_default_verify_paths()
    file, folder = store or ("", "")
    if store is None or not (file or folder or any(name in os.environ for name in _OPENSSL)):
        made.load_default_certs()
        folders = [paths.capath or ""]
    else:
        # So missing files are errors, and the variables of OpenSSL count only if callbox reads the environment.
        folders = _existing(file, folder) or [paths.openssl_capath]
        if file:
            _load_ca(made, file)
        elif os.path.isfile(paths.openssl_cafile):
            made.load_verify_locations(cafile=paths.openssl_cafile)
        for one in filter(os.path.isdir, folders):
            made.load_verify_locations(capath=one)
    if made.cert_store_stats()["x509_ca"] or any(map(os.path.isdir, folders)):
        return
    try:
        import certifi  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        raise Fault(
            "No CA certificates found on this machine", kind="certificate", hint="set option ca FILE, or SSL_CERT_FILE"
        ) from None
    made.load_verify_locations(cafile=certifi.where())


def _existing(file: str, folder: str) -> list[str]:
    """Those of this file and these folders that exist. Raises `UsageError` if none of them exists."""
    folders = folder.split(os.pathsep) if folder else []
    found = [one for one in folders if os.path.isdir(one)]
    if folder and not found:
        raise UsageError(f"CA folder not found: {folder}", hint="SSL_CERT_DIR names this folder")
    if file and not os.path.isfile(file):
        raise UsageError(f"CA file not found: {file}", hint="SSL_CERT_FILE names this file")
    return found


_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
_OPENSSL = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def where() -> str:
    """The path of the default CA certificates, a file or a folder; empty if there is none."""
    paths = ssl.get_default_verify_paths()
    found = paths.cafile or paths.capath
    if found is None and find_spec("certifi") is not None:
        import certifi

        found = certifi.where()
    return found or ""


def _is_encrypted(path: str) -> bool:
    """Whether a PEM key is encrypted with a passphrase (PKCS#8, or the older form of OpenSSL)."""
    try:
        with open(path, "rb") as file:
            text = file.read(1_000_000)
    except OSError:
        return False
    return b"ENCRYPTED PRIVATE KEY" in text or b"Proc-Type: 4,ENCRYPTED" in text


def _load_cert(made: ssl.SSLContext, cert: str | tuple[str, str]) -> None:
    certificate, key = (cert, None) if isinstance(cert, str) else cert
    for path in (certificate, key):
        if path and not os.path.exists(os.path.expanduser(path)):
            raise UsageError(f"Client certificate not found: {path}")
        if path and _is_device(os.path.expanduser(path)):
            raise UsageError(f"{path} is a device, not a client certificate")
    try:
        # Otherwise OpenSSL would ask for the passphrase on the terminal.
        made.load_cert_chain(os.path.expanduser(certificate), key and os.path.expanduser(key), password="")
    except (ssl.SSLError, OSError) as error:
        path = key or certificate
        if _is_encrypted(os.path.expanduser(path)):
            tip = f"openssl pkey -in {path} -out PLAIN.pem writes the key without a passphrase"
            raise UsageError(
                f"The key in {path} is encrypted, and callbox does not ask for its passphrase", hint=tip
            ) from None
        reason = getattr(error, "reason", error) or "no certificate and key in PEM"
        raise UsageError(f"Cannot use client certificate {certificate}: {reason}") from None


class TlsConnection(BaseConnection, HTTPSConnection):
    """A connection with TLS, whose certificate urllib3 verifies. With a proxy, it goes through a CONNECT tunnel."""

    tunnel_fields: tuple[tuple[str, str], ...] = ()
    """The headers of the CONNECT request, which only the proxy gets, such as its credentials."""

    def _tunnel(self) -> None:
        """Ask the proxy for a tunnel (RFC 9110 section 9.3.6). Raises `Fault` if the proxy refuses."""
        target = f"{self._tunnel_host}:{self._tunnel_port}"
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}", *(f"{n}: {v}" for n, v in self.tunnel_fields)]
        assert self.sock is not None
        self.sock.sendall(join_head(lines).encode("latin-1"))
        where = f"proxy {self.host}:{self.port}"
        self.attempt.remaining(where)
        stream = Stream(self, None, self.attempt.deadline, self.attempt.cancel)
        try:
            _, status, reason, _ = read_head(stream)
        except EOFError:
            raise Fault(f"The {where} closed the connection", kind="proxy") from None
        except Fault as fault:
            if fault.kind == "total-timeout":
                limit = f"{self.attempt.limit or 0:g} s"
                raise self.attempt.timeout_fault(f"No response from the {where} for {limit}") from fault
            raise Fault(f"Bad response from the {where}: {fault.message}", kind="proxy") from fault
        if not 200 <= status < 300:
            hint = "give them in the proxy's URL: http://user:password@host:port" if status == 407 else ""
            raise Fault(f"The {where} responded with {status} {reason}", kind="proxy", hint=hint)
        self.read_timeout, self.has_tunnel = -1.0, True
        now = perf_counter()
        self.attempt.connect += now - self.attempt.connected_at
        self.attempt.connected_at = now


def set_tunnel(connection: TlsConnection, outgoing: Outgoing) -> None:
    """Set the origin to which the tunnel of this connection leads."""
    scheme = "https" if outgoing.route.proxy.startswith("https:") else "http"
    connection.tunnel_fields = proxy_credentials(outgoing.route.proxy)
    connection.set_tunnel(outgoing.url.sent_host, outgoing.url.port, scheme=scheme)


MAX_IDLE = 64


class IdleConnections:
    """The idle connections of a pool; the one that was used last comes first. It replaces the queue of urllib3, which
    needs locks; a deque is safe for threads. If it is full, the next connection is closed.
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
