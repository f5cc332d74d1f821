"""The socket of one client: buffered reads and writes, and the request body by length or by chunks (RFC 9112).

A wait ends when the client has disconnected.
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

# Long, for a person who reads a response may come back to the same connection; a script never waits for it.
IDLE_S = 300
_SMALL = 16_384
_LARGE = 262_144
_BLANK = re.compile(rb"\n\r?\n")
_METHOD_START = frozenset(b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


class ClientSocket:
    """A connected socket with what was read ahead, and the facts that `/echo` shows of it.

    Args:
        sock: the accepted socket; the link closes it.
        number: which connection this is, counted from 1 over both ports.
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
        """The next head, without its empty line; None when the client is done.

        Raises:
            Problem: 400, 414 or 431 when what comes cannot become a head.
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
        """Between 1 and `most` bytes.

        Raises:
            ClientGone: the client hung up.
        """
        data = self._buffer or self._sock.recv(min(most, _LARGE))
        if not data:
            raise ClientGone
        self._buffer = data[most:]
        return data[:most]

    def read_line(self, most: int) -> bytes:
        """One line without its end.

        Raises:
            Problem: 400 when no line ends within `most` bytes.
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
        """Send all of it, in one call to the kernel where it fits."""
        self._sock.sendall(data)

    def pause(self, seconds: float) -> None:
        """Wait, but not for a client that has hung up nor past the closing of the server.

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
            # The client has sent its next request early: poll() would return at once from here on.
            time.sleep(min(left, 0.02))

    def linger(self, seconds: float = 5.0) -> None:
        """Say that we are done, then read what the client still sends, so that it gets to see our answer.

        Closing with bytes unread makes the kernel send a reset, and that may overtake the response (RFC 9112
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
        """End the connection from another thread: whatever waits on it wakes up."""
        self.is_truncated = True
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the socket back."""
        self._sock.close()


def _check_size(data: bytes) -> None:
    if len(data) > LINE_LIMIT and b"\n" not in data:
        raise Problem(414, f"the request line is longer than {LINE_LIMIT} bytes", close=True)
    if len(data) > HEAD_LIMIT:
        raise Problem(431, f"the header fields are longer than {HEAD_LIMIT} bytes", close=True)
