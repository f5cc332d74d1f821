"""A connection, and the byte stream of one exchange over it. The connection classes extend those of urllib3:
connecting has a deadline and can be cancelled, and received bytes go through a buffer. A connection knows its number,
its peer, its TLS version, and how many requests it has carried. The stream checks the limits of the exchange: timeouts,
deadline, cancel, and the length of a line.

Another thread or a signal handler may set a `Cancel`, which shuts the socket down. The code that reads from the socket
then sees the end of the stream, checks the flag, and raises `Interrupted`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import ssl
import sys
import threading
from contextlib import suppress
from time import perf_counter
from typing import TYPE_CHECKING, Any, cast

from urllib3.connection import HTTPConnection

from callbox.errors import Fault, Interrupted
from callbox.exchange.headers import Headers
from callbox.exchange.host_rules import apply_resolve_rules
from callbox.exchange.response import Connection, ResponseHead
from callbox.wire.message_head import BLANK_LINE, MAX_HEAD, may_stay_open, parse_head

if TYPE_CHECKING:
    # At run time, `BaseConnection` is a mixin for urllib3's two classes of connections.
    from urllib3.connection import HTTPConnection as _Parent
else:
    _Parent = object

RECEIVE_BYTES = 65536
_SLICE_S = 0.1


class ConnectAttempt:
    """The limits of one attempt to open a connection, and the seconds that each phase of the attempt took."""

    __slots__ = (
        "cancel", "connect", "connected_at", "deadline", "dns", "handle", "limit", "resolve", "tls", "total"
    )  # fmt: skip

    def __init__(
        self, limit: float | None, cancel: Cancel | None, resolve: str = "", total: float | None = None
    ) -> None:
        self.resolve = resolve
        self.limit = limit
        self.total = total
        """The time of the clock at which the total timeout of the request passes."""
        ends = [end for end in (None if limit is None else perf_counter() + limit, total) if end is not None]
        self.deadline = min(ends, default=None)
        self.cancel = cancel
        self.dns = self.connect = self.tls = 0.0
        self.connected_at = 0.0
        self.handle: socket.socket | None = None

    def remaining(self, where: str) -> float | None:
        """How many seconds are left to connect. Raises `Fault` if none are left, and `Interrupted` if the request was
        cancelled.
        """
        if self.cancel is not None and self.cancel.is_cancelled:
            raise Interrupted()
        if self.deadline is None:
            return None
        left = self.deadline - perf_counter()
        if left <= 0:
            raise self.timeout_fault(f"Connect timed out after {self.limit or 0:g} s: {where}")
        return left

    def timeout_fault(self, message: str) -> Fault:
        """Make the fault for a connect timeout, with this message. If the total timeout has passed, make the fault for
        that.
        """
        if self.total is not None and perf_counter() >= self.total - 0.001:
            return total_timeout_fault()
        return Fault(message, kind="connect-timeout", hint="set option connect-timeout SECONDS")

    def watch(self, sock: socket.socket) -> None:
        """Make a cancel shut down this socket, until `unwatch` is called. The TLS handshake moves the descriptor to
        another socket object, so the cancel gets a copy of the descriptor.
        """
        if self.cancel is not None:
            self.handle = self.cancel.socket = sock.dup()

    def unwatch(self) -> None:
        """End what `watch` began, because the connection is open or has failed."""
        if self.handle is not None and self.cancel is not None:
            self.cancel.socket = None
            self.handle.close()


def total_timeout_fault() -> Fault:
    """Make the fault for a request that has not finished within its total timeout."""
    return Fault(
        "Not finished after the total time allowed", kind="total-timeout", hint="set option total-timeout SECONDS"
    )


class BaseConnection(_Parent):
    """The base class of plain and TLS connections. After `open`, `sock` and `buffer` can be used."""

    number = 0
    request_count = 0
    buffer = b""
    """Received bytes that nobody has read yet. If bytes are left here after a response, the connection cannot be used
    again.
    """
    attempt: ConnectAttempt
    peer = ""
    local_port = 0
    tls_text = ""
    certificate = b""
    has_tunnel = False
    """Whether the connection goes through the tunnel of a proxy, so that the other end is the origin."""
    read_timeout: float | None = -1.0
    """The present timeout of the socket, in seconds."""

    def open(self, attempt: ConnectAttempt) -> None:
        """Look up the host, connect, open the tunnel, and make the TLS handshake. Stores in `attempt` how long each
        took.
        """
        self.attempt, self.has_tunnel = attempt, False
        try:
            self.connect()
        except TimeoutError as error:
            # Only the handshake and the tunnel need the timeout of the socket. `Stream` waits by itself.
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
        # Stored now, because a socket does not know its address after the peer has closed it.
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
        """This connection as a `Connection` value, for output."""
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
        """Print a line as http.client does with a `debuglevel`."""
        sys.stdout.write(f"{word}: {text}\n")

    def print_head(self, response: ResponseHead) -> None:
        """Print the status and the headers of a response, as http.client does with a `debuglevel`."""
        self.print_line("reply", repr(f"{response.version} {response.status} {response.reason}\r\n"))
        for name, value in response.headers.multi_items():
            self.print_line("header", f"{name}: {value}")

    def set_read_timeout(self, seconds: float | None) -> None:
        """Set how many seconds one read or write may take; None for no limit."""
        if seconds != self.read_timeout:
            self.sock.settimeout(seconds)
            self.read_timeout = seconds


_Address = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]


def resolve(host: str, port: int, attempt: ConnectAttempt, where: str) -> list[_Address]:
    """Look up the addresses of a host. The wait for the name server ends with the connect timeout. `getaddrinfo` cannot
    be interrupted, so it runs in a thread. A name that needs no name server is looked up directly.
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
    """The address if the host is an IP address; else None. `getaddrinfo` would take 4 ms to load its tables."""
    for family, rest in ((socket.AF_INET, ()), (socket.AF_INET6, (0, 0))):
        with suppress(OSError, UnicodeError, ValueError):
            socket.inet_pton(family, host)
            return (family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port, *rest))
    return None


def _connect_any(
    addresses: list[_Address], attempt: ConnectAttempt, where: str, options: object
) -> tuple[socket.socket, tuple[Any, ...]]:
    """Connect to the first address that accepts. Returns the socket and this address. Each address gets a part of the
    remaining time.
    """
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
    """Connect a socket. The wait is a loop of short waits, so that a cancel works on every operating system."""
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


_SLICE_BYTES = 131_072


class Stream:
    """The byte stream of one exchange: sends the request and receives the response, within the limits of the route."""

    __slots__ = (
        "body_error", "buffer", "cancel", "connection", "deadline", "has_early_head", "is_refused", "poll",
        "read_timeout",
    )  # fmt: skip

    def __init__(
        self, connection: BaseConnection, read_timeout: float | None, deadline: float | None, cancel: Cancel | None
    ) -> None:
        self.connection = connection
        self.buffer = connection.buffer
        self.read_timeout = read_timeout
        self.deadline = deadline
        self.cancel = cancel
        self.body_error: BaseException | None = None
        """The exception that the iterator of the request body has raised; None if there was none."""
        self.has_early_head = False
        """Whether the headers of the response arrived before the whole request was written."""
        self.is_refused = False
        """Whether the server has refused the rest of the request, so that the rest was not written."""
        self.poll: select.poll | None = None

    def receive(self) -> bytes:
        """Wait for the next bytes and return them; empty if the other end has closed the connection. Raises `Fault` at
        the read timeout or the deadline, `Interrupted` for a cancel, and `OSError`.
        """
        self._bound()
        try:
            data = self.connection.sock.recv(RECEIVE_BYTES)
        except TimeoutError:
            raise self._timeout() from None
        except OSError:
            self.check_cancel()
            raise
        if not data:
            self.check_cancel()
        return data

    def receive_into(self, view: memoryview, start: int) -> int:
        """Receive the next bytes into `view`, from index `start` on. Returns their number. Raises the errors of
        `receive`.
        """
        self._bound()
        try:
            with view[start:] as rest:
                count: int = self.connection.sock.recv_into(rest)
        except TimeoutError:
            raise self._timeout() from None
        except OSError:
            self.check_cancel()
            raise
        if not count:
            self.check_cancel()
        return count

    def send(self, data: bytes) -> None:
        """Send all data. Raises the errors of `receive`."""
        self._bound()
        if self.connection.debuglevel:
            self.connection.print_line("send", repr(bytes(data)))
        try:
            self.connection.sock.sendall(data)
        except TimeoutError:
            raise self._timeout("Nothing could be sent") from None

    def upload(self, data: bytes) -> bool:
        """Send a part of the body. Returns False if a response has arrived that refuses the rest. A client watches for
        such a response while it sends (RFC 9112 section 9.5), because the server may read nothing after it. Raises the
        errors of `receive`. The read timeout is for each slice of the data.
        """
        view = memoryview(data)
        if self.connection.debuglevel:
            self.connection.print_line("send", repr(bytes(data)))
        self._look()
        while view and not self.is_refused:
            self.check()
            self.connection.set_read_timeout(0.0)
            try:
                view = view[self.connection.sock.send(view[:_SLICE_BYTES]) :]
            except _WOULD_BLOCK as error:
                self._wait(isinstance(error, ssl.SSLWantReadError))
        return not self.is_refused

    def _wait(self, wants_read: bool) -> None:
        """Wait until bytes can be sent or have arrived."""
        left = None if self.deadline is None else self.deadline - perf_counter()
        limits = [seconds for seconds in (left, self.read_timeout) if seconds is not None]
        watched = select.POLLIN if wants_read else select.POLLOUT
        if not self._poll(watched if self.has_early_head else watched | select.POLLIN, min(limits, default=None)):
            self.check_cancel()
            if not self.has_early_head:
                raise self._timeout("Nothing could be sent")
            self.is_refused = True  # The server has responded, and reads no more.
        self._look()

    def _poll(self, events: int, seconds: float | None) -> bool:
        if self.poll is None:
            self.poll = select.poll()
        self.poll.register(self.connection.sock, events)
        return bool(self.poll.poll(None if seconds is None else max(seconds, 0.0) * 1000))

    def _look(self) -> None:
        """Read what has arrived of the response, without a wait."""
        while not self.has_early_head and not self.is_refused and (self._has_pending() or self._poll(select.POLLIN, 0)):
            self.connection.set_read_timeout(0.0)
            try:
                data = self.connection.sock.recv(RECEIVE_BYTES)
            except _WOULD_BLOCK:
                return
            except ssl.SSLError:
                raise  # A TLS alert has the reason, and can be read only once.
            except OSError:
                self.is_refused = True  # The code that reads the response gets the same error.
                return
            self.buffer += data
            self._judge(is_over=not data)

    def _has_pending(self) -> bool:
        pending = getattr(self.connection.sock, "pending", None)
        return bool(pending is not None and pending())

    def _judge(self, *, is_over: bool) -> None:
        """Check whether the headers of the final response have arrived, and whether this response refuses the rest of
        the request.
        """
        start = 0
        while (match := BLANK_LINE.search(self.buffer, start)) is not None:
            try:
                version, status, _, pairs = parse_head(self.buffer[start : match.start()].lstrip(b"\r\n"))
            except Fault:
                self.is_refused = True  # This is not an HTTP response. The code that reads it raises the error.
                return
            if status >= 200 or status == 101:
                self.has_early_head = True
                self.is_refused = status >= 300 and not may_stay_open(version, Headers(pairs))
                return
            start = match.end()
        # The connection has ended without a response, or the headers are too long. To send more is useless.
        self.is_refused = is_over or len(self.buffer) - start > MAX_HEAD

    def _bound(self) -> None:
        if self.deadline is None:
            self.connection.set_read_timeout(self.read_timeout)
            return
        left = self.deadline - perf_counter()
        if left <= 0:
            raise self._timeout()
        self.connection.set_read_timeout(left if self.read_timeout is None else min(left, self.read_timeout))

    def check(self) -> None:
        """Raise `Interrupted` if this exchange was cancelled, and `Fault` if its deadline has passed."""
        self.check_cancel()
        self._bound()

    def check_cancel(self) -> None:
        """Raise `Interrupted` if this exchange was cancelled."""
        if self.cancel is not None and self.cancel.is_cancelled:
            raise Interrupted()

    def _timeout(self, what: str = "No response") -> Fault:
        if self.deadline is not None and perf_counter() >= self.deadline - 0.001:
            return total_timeout_fault()
        return Fault(f"{what} for {self.read_timeout:g} s", kind="timeout", hint="set option timeout SECONDS")

    def read_line(self, limit: int, what: str) -> bytes:
        """Read the next line, and return it without its line break. `what` names the line in messages. Raises `Fault`
        if it has more than `limit` bytes, and `EOFError` if the connection ends.
        """
        start = 0
        while (end := self.buffer.find(b"\n", start)) < 0:
            start = len(self.buffer)
            if start > limit:
                raise Fault(f"{what} too long (over {limit:,} bytes)", kind="limit")
            data = self.receive()
            if not data:
                raise EOFError
            self.buffer += data
        line = self.buffer[:end]
        self.buffer = self.buffer[end + 1 :]
        if len(line) > limit:
            raise Fault(f"{what} too long (over {limit:,} bytes)", kind="limit")
        return line.removesuffix(b"\r")

    def take_buffer(self, size: int) -> bytes:
        """Remove and return up to `size` bytes that arrived with the headers. The caller reads the rest from the
        socket.
        """
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken


_WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class SocketFile(socket.SocketIO):
    """A file object that reads from a connection: first the bytes of its buffer, then the socket."""

    def __init__(self, stream: Stream) -> None:
        super().__init__(cast("socket.socket", stream.connection.sock), "rw")
        self._stream = stream

    def readinto(self, buffer: Any) -> int | None:
        """Read bytes into a buffer. Returns their number."""
        waiting = self._stream.take_buffer(len(buffer))
        if not waiting:
            return super().readinto(buffer)
        buffer[: len(waiting)] = waiting
        return len(waiting)


class Cancel:
    """A flag that cancels requests. A signal handler or another thread may set it."""

    __slots__ = ("_event", "phase", "second", "socket")

    def __init__(self, second: Cancel | None = None) -> None:
        self._event = threading.Event()
        self.second = second
        """The flag for work after a cancel, such as clean-up. A second call of `cancel` sets it."""
        self.socket: socket.socket | None = None
        """The socket on which the wire waits now; the wire updates it."""
        self.phase = "connection"
        """What the wire waits for: `connection`, `request`, `response` or `body`."""

    @property
    def is_cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._event.is_set()

    def cancel(self) -> None:
        """End the request that uses this flag, and every later request with the same flag."""
        if self._event.is_set() and self.second is not None:
            self.second.cancel()
        self._event.set()
        sock = self.socket  # Read only once, because the wire may set it to None at any time.
        if sock is not None:
            # The socket is already closed, or not connected yet (macOS). In both cases no thread waits on it for long.
            with contextlib.suppress(OSError):
                # The `shutdown` of a TLS socket would go on to read, and return encrypted bytes.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
