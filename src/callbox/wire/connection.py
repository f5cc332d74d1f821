"""One connection: urllib3's, opened with our deadlines and cancellation, and read through our own buffer.

It keeps its number, its peer, its TLS version, and the count of requests it has carried.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import sys
import threading
from contextlib import suppress
from time import perf_counter
from typing import TYPE_CHECKING, Any

from urllib3.connection import HTTPConnection

from callbox.errors import Fault, Interrupted
from callbox.exchange.host_rules import apply_resolve_rules
from callbox.exchange.response import Connection, ResponseHead
from callbox.wire.cancel import Cancel

if TYPE_CHECKING:
    # At run time a mixin: the classes in `lines` put it in front of urllib3's two connections.
    from urllib3.connection import HTTPConnection as _Parent
else:
    _Parent = object

RECEIVE_BYTES = 65536
_SLICE_S = 0.1


class ConnectAttempt:
    """One attempt to open a connection: its limits, and the seconds that each part took."""

    __slots__ = (
        "cancel", "connect", "connected_at", "deadline", "dns", "handle", "limit", "resolve", "tls", "total"
    )  # fmt: skip

    def __init__(
        self, limit: float | None, cancel: Cancel | None, resolve: str = "", total: float | None = None
    ) -> None:
        self.resolve = resolve
        self.limit = limit
        self.total = total
        """The time at which the whole request must have ended."""
        ends = [end for end in (None if limit is None else perf_counter() + limit, total) if end is not None]
        self.deadline = min(ends, default=None)
        self.cancel = cancel
        self.dns = self.connect = self.tls = 0.0
        self.connected_at = 0.0
        self.handle: socket.socket | None = None

    def remaining(self, where: str) -> float | None:
        """The seconds that are left. Raises `Fault` if there are none, `Interrupted` if the request was cancelled."""
        if self.cancel is not None and self.cancel.is_cancelled:
            raise Interrupted()
        if self.deadline is None:
            return None
        left = self.deadline - perf_counter()
        if left <= 0:
            raise self.timeout_fault(f"Connect timed out after {self.limit or 0:g} s: {where}")
        return left

    def timeout_fault(self, message: str) -> Fault:
        """The fault of a connect timeout with this message, or of the total timeout if that has passed."""
        if self.total is not None and perf_counter() >= self.total - 0.001:
            return total_timeout_fault()
        return Fault(message, kind="connect-timeout", hint="set option connect-timeout SECONDS")

    def watch(self, sock: socket.socket) -> None:
        """Let a cancel reach this socket until `unwatch`, also during the TLS handshake.

        That takes the descriptor out of the socket object, so that the cancel is given one of its own.
        """
        if self.cancel is not None:
            self.handle = self.cancel.socket = sock.dup()

    def unwatch(self) -> None:
        """Stop the watch: the connection was made, or has failed."""
        if self.handle is not None and self.cancel is not None:
            self.cancel.socket = None
            self.handle.close()


def total_timeout_fault() -> Fault:
    """The fault of a request that did not finish within its total timeout."""
    return Fault(
        "Not finished after the total time allowed", kind="total-timeout", hint="set option total-timeout SECONDS"
    )


class BaseConnection(_Parent):
    """The common parent of plain and TLS connections. After `open`, `sock` and `buffer` are ready to use."""

    number = 0
    request_count = 0
    buffer = b""
    """Received bytes that are not yet read. Bytes left after a response make the connection unusable."""
    attempt: ConnectAttempt
    peer = ""
    local_port = 0
    tls_text = ""
    certificate = b""
    has_tunnel = False
    """Whether a proxy has given a tunnel to the origin; the other end is then the origin and not the proxy."""
    read_timeout: float | None = -1.0
    """The timeout that is set on the socket now, in seconds."""

    def open(self, attempt: ConnectAttempt) -> None:
        """Resolve, connect, open the tunnel, shake hands. Sets the times of `attempt`."""
        self.attempt, self.has_tunnel = attempt, False
        try:
            self.connect()
        except TimeoutError as error:
            # Only the handshake and the tunnel use the socket's own timeout.
            where = f"{self.host}:{self.port}"
            raise attempt.timeout_fault(
                f"TLS handshake not finished after {attempt.limit or 0:g} s: {where}"
            ) from error
        finally:
            attempt.unwatch()
        attempt.tls = perf_counter() - attempt.connected_at if self.is_tls else 0.0
        self.buffer, self.request_count, self.read_timeout = b"", 0, -1.0
        self._note_facts()

    @property
    def is_tls(self) -> bool:
        """Whether the connection uses TLS."""
        return hasattr(self.sock, "version")

    def _new_conn(self) -> socket.socket:
        attempt = self.attempt
        where = f"{self.host}:{self.port}"
        started_at = perf_counter()
        addresses = resolve(self._dns_host, self.port, attempt, where)
        attempt.dns = perf_counter() - started_at
        started_at = perf_counter()
        sock, address = _connect_any(addresses, attempt, where, self.socket_options or ())
        attempt.connected_at = perf_counter()
        attempt.connect = attempt.connected_at - started_at
        try:
            # The handshake and the response to CONNECT share the rest of the connect timeout.
            sock.settimeout(attempt.remaining(where))
            attempt.watch(sock)
        except BaseException:
            sock.close()
            raise
        # The address is kept here: once the peer has closed, the socket no longer tells it.
        host, port = str(address[0]), address[1]
        self.peer = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        return sock

    def _note_facts(self) -> None:
        sock: Any = self.sock
        self.local_port = sock.getsockname()[1]
        if self.is_tls:
            cipher = sock.cipher()
            self.tls_text = f"{sock.version()} {cipher[0] if cipher else ''}".strip()
            self.certificate = sock.getpeercert(True) or b""

    def facts(self) -> Connection:
        """The `Connection` value of this connection."""
        return Connection(
            self.number,
            self.request_count > 1,
            self.peer,
            self.local_port,
            self.tls_text,
            not self.tls_text or self.is_verified,
            self.request_count,
            self.certificate,
        )

    def print_line(self, word: str, text: str) -> None:
        """Print one line of http.client's `debuglevel` output."""
        sys.stdout.write(f"{word}: {text}\n")

    def print_head(self, response: ResponseHead) -> None:
        """Print the status and the headers of a response, as http.client does with a `debuglevel`."""
        self.print_line("reply", repr(f"{response.version} {response.status} {response.reason}\r\n"))
        for name, value in response.headers.multi_items():
            self.print_line("header", f"{name}: {value}")

    def set_read_timeout(self, seconds: float | None) -> None:
        """Set the longest time that one read or write may block."""
        if seconds != self.read_timeout:
            self.sock.settimeout(seconds)
            self.read_timeout = seconds


_Address = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]


def resolve(host: str, port: int, attempt: ConnectAttempt, where: str) -> list[_Address]:
    """The addresses of a host. A name server that does not answer takes no longer than the connect timeout.

    getaddrinfo cannot be interrupted, so it runs in its own thread, except for names that need no name server.
    """
    host, port = apply_resolve_rules(host.strip("[]"), port, attempt.resolve)
    if literal := _literal(host, port):
        return [literal]
    if host == "localhost" or host.replace(".", "").isdigit():
        return list(socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM))
    found: list[list[_Address] | OSError] = []
    done = threading.Event()

    def look_up() -> None:
        try:
            found.append(list(socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)))
        except OSError as error:
            found.append(error)
        except UnicodeError:
            found.append(socket.gaierror(socket.EAI_NONAME, "no such name"))
        done.set()

    threading.Thread(target=look_up, daemon=True, name="callbox-resolve").start()
    while not done.wait(_SLICE_S):
        try:
            attempt.remaining(where)
        except Fault as fault:
            if fault.kind != "connect-timeout":
                raise
            message = f"Cannot resolve host {host}: no answer from the name server in {attempt.limit or 0:g} s"
            raise attempt.timeout_fault(message) from None
    result = found[0]
    if isinstance(result, OSError):
        raise result
    return result


def _literal(host: str, port: int) -> _Address | None:
    """The address if the host is an IP address; getaddrinfo would take 4 ms to load its tables first."""
    for family, rest in ((socket.AF_INET, ()), (socket.AF_INET6, (0, 0))):
        with suppress(OSError, UnicodeError, ValueError):
            socket.inet_pton(family, host)
            return (family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port, *rest))
    return None


def _connect_any(
    addresses: list[_Address], attempt: ConnectAttempt, where: str, options: object
) -> tuple[socket.socket, tuple[Any, ...]]:
    """A socket to the first address that accepts, and that address. Each address gets a part of the time left."""
    last: OSError | Fault | None = None
    for count, (family, kind, protocol, _, address) in enumerate(addresses):
        left = attempt.remaining(where)
        share = None if left is None else left / (len(addresses) - count)
        sock = socket.socket(family, kind, protocol)
        try:
            for option in options if isinstance(options, (list, tuple)) else ():
                sock.setsockopt(*option)
            _connect(sock, address, share, attempt, where)
        except (OSError, Fault) as error:
            sock.close()
            if isinstance(error, Interrupted):
                raise
            last = error
        except BaseException:
            sock.close()
            raise
        else:
            return sock, address
    raise last or socket.gaierror(socket.EAI_NONAME, "no address")


def _connect(sock: socket.socket, address: object, share: float | None, attempt: ConnectAttempt, where: str) -> None:
    """Connect in short waits, so that a cancel is noticed on every operating system."""
    sock.setblocking(False)
    code = sock.connect_ex(address)  # type: ignore[arg-type]
    if code not in (0, errno.EINPROGRESS, errno.EWOULDBLOCK):
        raise OSError(code, os.strerror(code))
    deadline = None if share is None else perf_counter() + share
    waiter = select.poll()
    waiter.register(sock, select.POLLOUT)
    while not waiter.poll(_SLICE_S * 1000):
        attempt.remaining(where)
        if deadline is not None and perf_counter() >= deadline:
            raise attempt.timeout_fault(f"Connect timed out after {attempt.limit or 0:g} s: {where}")
    code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise OSError(code, os.strerror(code))


class PlainConnection(BaseConnection, HTTPConnection):
    """A connection without TLS."""
