"""The connection of one client: buffered reads and writes, and the request body by length or in chunks (RFC 9112).

A wait ends early if the client disconnects.
"""

from __future__ import annotations

import contextlib
import re
import select
import socket
import struct
import time
from collections.abc import Iterator

from callbox.practice.http_messages import HEAD_LIMIT, LINE_LIMIT, ClientGone, Problem, ServerRequest

# The timeout is long, since a person reads a response and then uses the same connection again. A script never waits for
# it.
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
        # This is set in the kernel; settimeout() would cost a poll() for every recv() and send().
        limit = struct.pack("@ll", IDLE_S, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)

    def read_head(self) -> bytes | None:
        """The next request head, without its empty line; None if the client has closed the connection.

        Raises: Problem: 400, 414 or 431 if the bytes cannot become a head.
        """
        data = (self._buffer or self._sock.recv(_SMALL)).lstrip(b"\r\n")
        searched = 0
        while True:
            if data and data[0] not in _METHOD_START:
                raise Problem(400, "this is not HTTP", hint="this server takes plain http://, not TLS", close=True)
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
        """Whether received bytes have not been read yet."""
        return bool(self._buffer)

    def send(self, data: bytes) -> None:
        """Send all of the data, in one call to the kernel if it fits."""
        self._sock.sendall(data)

    def pause(self, seconds: float) -> None:
        """Wait this many seconds, but stop if the client disconnects or the server closes.

        Raises: ClientGone: one of these happened.
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
        """End this side of the connection, then read what the client still sends, so that the client receives the
        response.

        Closing with unread bytes makes the kernel send a reset, which may overtake the response (RFC 9112 section 9.6).
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


# The most bytes that are read and discarded to reuse a connection. For more, closing it is cheaper.
DRAIN_LIMIT = 262_144

_TRAILER_LIMIT = 100

_PIECE = 262_144

_SIZE = re.compile(rb"[0-9A-Fa-f]{1,15}")


class RequestBody:
    """A request body that is still to be received.

    Attributes: length: the announced number of bytes, or None when it is chunked. is_announced: whether the head
    announces a body.
    """

    __slots__ = ("_client", "_is_done", "_must_send_continue", "_running", "is_announced", "length")

    def __init__(self, client: ClientSocket, request: ServerRequest) -> None:
        self._client = client
        self.length = _framing(request)
        self.is_announced = "content-length" in request.named or self.length is None
        self._is_done = self.length == 0
        self._running: Iterator[bytes] | None = None
        expect = request.named.get("expect")
        self._must_send_continue = expect is not None and request.minor > 0 and not self._is_done
        if expect is not None and expect.lower() != "100-continue":
            raise Problem(417, f"cannot meet Expect: {expect[:80]}", hint="Expect: 100-continue", close=True)

    def pieces(self) -> Iterator[bytes]:
        """The body as it arrives, in pieces of up to 256 kB. A second call continues after the first one.

        Raises: ClientGone: the client has disconnected before the end. Problem: 400 when the chunks are malformed.
        """
        if self._running is None:
            self._running = self._read()
        return self._running

    def read(self, limit: int) -> bytes:
        """The whole body.

        Raises:
            Problem: 413 if it is longer than `limit` bytes; raised before reading if the length was announced.
        """
        if self._is_done:
            return b""
        if self.length is not None and self.length > limit:
            raise _too_large(limit)
        whole = bytearray()
        for piece in self.pieces():
            whole += piece
            if len(whole) > limit:
                raise _too_large(limit)
        return bytes(whole)

    def is_done(self) -> bool:
        """Whether the whole body was read."""
        return self._is_done

    def is_cheap_to_drain(self) -> bool:
        """Whether the unread rest is probably small, so that it is cheap to read it and keep the connection.

        A client that waits for `100 Continue` and gets another response may or may not send its body.
        """
        return self._is_done or not (self._must_send_continue or (self.length or 0) > DRAIN_LIMIT)

    def finish(self) -> bool:
        """Read and drop the rest of the body. Returns whether its end was reached."""
        if self._is_done:
            return True
        size = 0
        for piece in self.pieces():
            size += len(piece)
            if size > DRAIN_LIMIT:
                return False
        return self._is_done

    def _read(self) -> Iterator[bytes]:
        if self._is_done:
            return
        self._send_continue()
        if self.length is None:
            yield from self._chunks()
        else:
            yield from self._counted(self.length)
        self._is_done = True

    def _send_continue(self) -> None:
        if self._must_send_continue and not self._client.has_buffered():
            self._client.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._must_send_continue = False

    def _counted(self, left: int) -> Iterator[bytes]:
        while left:
            piece = self._client.read_some(min(left, _PIECE))
            left -= len(piece)
            yield piece

    def _chunks(self) -> Iterator[bytes]:
        while size := self._chunk_size():
            yield from self._counted(size)
            if self._client.read_line(2):
                raise Problem(400, "a chunk is longer than it said", close=True)
        for _ in range(_TRAILER_LIMIT):
            if not self._client.read_line(8192):
                return
        raise Problem(431, "too many trailer fields", close=True)

    def _chunk_size(self) -> int:
        text = self._client.read_line(8192).partition(b";")[0].strip()
        if _SIZE.fullmatch(text) is None:
            raise Problem(400, f"this is not the size of a chunk: {text[:20]!r}", close=True)
        return int(text, 16)


def _framing(request: ServerRequest) -> int | None:
    """The length of the body; None if the body is chunked. An ambiguous head is refused."""
    coding = request.named.get("transfer-encoding")
    length = request.named.get("content-length")
    if coding is None and length is None:
        return 0
    if coding is not None:
        if length is not None:
            raise Problem(400, "a body has a Content-Length or a Transfer-Encoding, not both", close=True)
        if coding.lower() != "chunked" or request.minor == 0:
            raise Problem(501, f"cannot read Transfer-Encoding: {coding[:80]}", hint="chunked", close=True)
        return None
    numbers = {part.strip() for part in (length or "").split(",")}
    number = numbers.pop()
    if numbers or not (number.isascii() and number.isdigit() and len(number) <= 15):
        raise Problem(400, f"this is not a length: Content-Length: {(length or '')[:80]}", close=True)
    return int(number)


def _too_large(limit: int) -> Problem:
    return Problem(413, f"the body is longer than {limit} bytes", hint="POST /upload takes any size", close=True)
