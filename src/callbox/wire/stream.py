"""The byte stream of one exchange, with its limits: timeouts, deadline, cancellation and the length of a line."""

from __future__ import annotations

import select
import socket
import ssl
from time import perf_counter
from typing import Any, cast

from callbox.errors import Fault, Interrupted
from callbox.exchange.headers import Headers
from callbox.wire.cancel import Cancel
from callbox.wire.connection import RECEIVE_BYTES, BaseConnection, total_timeout_fault
from callbox.wire.message_head import BLANK_LINE, MAX_HEAD, may_stay_open, parse_head

_SLICE_BYTES = 131_072


class Stream:
    """The byte stream of one response: `buffer` holds bytes not yet read; `receive` gets more."""

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
        """The exception that the iterator of the request body raised."""
        self.has_early_head = False
        """Whether the response headers arrived before the request was completely written."""
        self.is_refused = False
        """Whether the server refused the rest of the request, so that it was not written."""
        self.poll: select.poll | None = None

    def receive(self) -> bytes:
        """The next bytes; empty if the other end has closed.

        Raises `Fault` at the read timeout or the deadline, `Interrupted` if cancelled. OSErrors pass through.
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
        """Write the next bytes into the view, from this place on; how many. As `receive` otherwise."""
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
        """Write all of this. Raises the same errors as `receive`."""
        self._bound()
        if self.connection.debuglevel:
            self.connection.print_line("send", repr(bytes(data)))
        try:
            self.connection.sock.sendall(data)
        except TimeoutError:
            raise self._timeout("Nothing could be sent") from None

    def upload(self, data: bytes) -> bool:
        """Write a part of the body. Returns False if a response came that refuses the rest.

        RFC 9112 section 9.5: a client looks for an error response while it sends. A server that has given one may
        never read again. Raises the same errors as `receive`; the read timeout applies to each slice.
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
        """Wait until bytes can be written or have arrived."""
        left = None if self.deadline is None else self.deadline - perf_counter()
        limits = [seconds for seconds in (left, self.read_timeout) if seconds is not None]
        watched = select.POLLIN if wants_read else select.POLLOUT
        if not self._poll(watched if self.has_early_head else watched | select.POLLIN, min(limits, default=None)):
            self.check_cancel()
            if not self.has_early_head:
                raise self._timeout("Nothing could be sent")
            self.is_refused = True  # the server has responded and reads no more
        self._look()

    def _poll(self, events: int, seconds: float | None) -> bool:
        if self.poll is None:
            self.poll = select.poll()
        self.poll.register(self.connection.sock, events)
        return bool(self.poll.poll(None if seconds is None else max(seconds, 0.0) * 1000))

    def _look(self) -> None:
        """Read the part of the response that has arrived, without waiting."""
        while not self.has_early_head and not self.is_refused and (self._has_pending() or self._poll(select.POLLIN, 0)):
            self.connection.set_read_timeout(0.0)
            try:
                data = self.connection.sock.recv(RECEIVE_BYTES)
            except _WOULD_BLOCK:
                return
            except ssl.SSLError:
                raise  # a TLS alert says why; it can be read only once
            except OSError:
                self.is_refused = True  # reading the response raises the same error
                return
            self.buffer += data
            self._judge(is_over=not data)

    def _has_pending(self) -> bool:
        pending = getattr(self.connection.sock, "pending", None)
        return bool(pending is not None and pending())

    def _judge(self, *, is_over: bool) -> None:
        """Find out whether the final head has arrived, and whether it refuses the rest of the request."""
        start = 0
        while (match := BLANK_LINE.search(self.buffer, start)) is not None:
            try:
                version, status, _, pairs = parse_head(self.buffer[start : match.start()].lstrip(b"\r\n"))
            except Fault:
                self.is_refused = True  # this is not an HTTP response; its reader will say so
                return
            if status >= 200 or status == 101:
                self.has_early_head = True
                self.is_refused = status >= 300 and not may_stay_open(version, Headers(pairs))
                return
            start = match.end()
        # After an end without a response, or a head that is too long, more sending is useless.
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
        """Raise `Interrupted` if this exchange was cancelled, `Fault` at its deadline."""
        self.check_cancel()
        self._bound()

    def check_cancel(self) -> None:
        """Raise `Interrupted` if this exchange was cancelled."""
        if self.cancel is not None and self.cancel.is_cancelled:
            raise Interrupted()

    def _timeout(self, what: str = "No answer") -> Fault:
        if self.deadline is not None and perf_counter() >= self.deadline - 0.001:
            return total_timeout_fault()
        return Fault(f"{what} for {self.read_timeout:g} s", kind="timeout", hint="set option timeout SECONDS")

    def read_line(self, limit: int, what: str) -> bytes:
        """The next line without its end. Raises `Fault` if it is longer than `limit` bytes, EOFError at the end."""
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
        """At most `size` bytes that came with the head, for a caller who reads the rest from the socket."""
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken


_WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class SocketFile(socket.SocketIO):
    """The socket of a connection as a file. The part of the body in our buffer comes first."""

    def __init__(self, stream: Stream) -> None:
        super().__init__(cast("socket.socket", stream.connection.sock), "rw")
        self._stream = stream

    def readinto(self, buffer: Any) -> int | None:
        """Read into a buffer. Returns the number of bytes."""
        waiting = self._stream.take_buffer(len(buffer))
        if not waiting:
            return super().readinto(buffer)
        buffer[: len(waiting)] = waiting
        return len(waiting)
