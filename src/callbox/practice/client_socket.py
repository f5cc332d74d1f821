"""The socket of one client: buffered reads and writes, and the request body by length or by chunks (RFC 9112).

A wait ends early if the client disconnects.
"""

from __future__ import annotations

import contextlib
import re
import select
import socket
import struct
import time

from callbox.practice.server_request import HEAD_LIMIT, LINE_LIMIT
from callbox.practice.server_response import ClientGone, Problem

# Long, since a person reads a response and then uses the same connection again; a script never waits for it.
IDLE_S = 300
_SMALL = 16_384
_LARGE = 262_144
_BLANK = re.compile(rb"\n\r?\n")
_METHOD_START = frozenset(b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


class ClientSocket:
    """A connected socket with its read buffer, and the facts that `/echo` shows about it.

    Args:
        sock: the accepted socket; `close` closes it.
        number: the number of the connection, counted from 1 over both ports.
        peer_port: the client's port. `port`: ours.
    """

    __slots__ = ("_buffer", "_sock", "is_truncated", "number", "peer_port", "port", "requests")

    def __init__(self, sock: socket.socket, number: int, peer_port: int, port: int) -> None:
        self._sock = sock
        self._buffer = b""
        self.number = number
        self.peer_port = peer_port
        self.port = port
        self.requests = 0
        self.is_truncated = False
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # In the kernel rather than settimeout(), which would cost a poll() for every recv() and send().
        limit = struct.pack("@ll", IDLE_S, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)

    def read_head(self) -> bytes | None:
        """The next head, without its empty line; None if the client has closed the connection.

        Raises:
            Problem: 400, 414 or 431 if the bytes cannot become a head.
        """
        data = (self._buffer or self._sock.recv(_SMALL)).lstrip(b"\r\n")
        searched = 0
        while True:
            if data and data[0] not in _METHOD_START:
                raise Problem(400, "this is not HTTP", hint="plain http:// is spoken here, not TLS", close=True)
            match = _BLANK.search(data, searched)
            if match is not None:
                self._buffer = data[match.end() :]
                return data[: match.start()].removesuffix(b"\r")
            _check_size(data)
            searched = max(0, len(data) - 2)
            more = self._sock.recv(_SMALL)
            if not more:
                return None
            data = (data + more) if data else more.lstrip(b"\r\n")

    def read_some(self, most: int) -> bytes:
        """Read between 1 and `most` bytes.

        Raises:
            ClientGone: the client has disconnected.
        """
        data = self._buffer or self._sock.recv(min(most, _LARGE))
        if not data:
            raise ClientGone
        self._buffer = data[most:]
        return data[:most]

    def read_line(self, most: int) -> bytes:
        """Read one line, without its end.

        Raises:
            Problem: 400 if no line ends within `most` bytes.
        """
        data = self._buffer
        while b"\n" not in data:
            if len(data) > most:
                raise Problem(400, "a line of the chunked body is too long", close=True)
            self._buffer = b""
            data += self.read_some(_SMALL)
        line, _, self._buffer = data.partition(b"\n")
        return line.removesuffix(b"\r")

    def has_buffered(self) -> bool:
        """Whether received bytes are still unread."""
        return bool(self._buffer)

    def send(self, data: bytes) -> None:
        """Send all of it, in one call to the kernel if it fits."""
        self._sock.sendall(data)

    def pause(self, seconds: float) -> None:
        """Wait, but stop if the client disconnects or the server closes.

        Raises:
            ClientGone: one of these happened.
        """
        end = time.monotonic() + seconds
        poll = select.poll()
        poll.register(self._sock, select.POLLIN)
        while (left := end - time.monotonic()) > 0:
            if not poll.poll(left * 1000):
                return
            if self.is_truncated or not self._sock.recv(1, socket.MSG_PEEK):
                raise ClientGone
            # The client has sent its next request early, so poll() would return at once from now on.
            time.sleep(min(left, 0.02))

    def linger(self, seconds: float = 5.0) -> None:
        """End our side, then read what the client still sends, so that it receives our response.

        Closing with unread bytes makes the kernel send a reset, which may overtake the response (RFC 9112
        section 9.6).
        """
        end = time.monotonic() + seconds
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)
            poll = select.poll()
            poll.register(self._sock, select.POLLIN)
            while (left := end - time.monotonic()) > 0 and poll.poll(left * 1000):
                if not self._sock.recv(_LARGE):
                    return

    def cut(self) -> None:
        """End the connection from another thread, and wake up the thread that waits on it."""
        self.is_truncated = True
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()


def _check_size(data: bytes) -> None:
    if len(data) > LINE_LIMIT and b"\n" not in data:
        raise Problem(414, f"the request line is longer than {LINE_LIMIT} bytes", close=True)
    if len(data) > HEAD_LIMIT:
        raise Problem(431, f"the header fields are longer than {HEAD_LIMIT} bytes", close=True)
