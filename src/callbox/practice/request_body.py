"""The body of a request to the practice API, by length or by chunks (RFC 9112 sections 6 and 7)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from callbox.practice.client_socket import ClientSocket
from callbox.practice.server_request import ServerRequest
from callbox.practice.server_response import Problem

# The most bytes to read and discard to reuse a connection; for more, closing is cheaper.
DRAIN_LIMIT = 262_144

_TRAILER_LIMIT = 100

_PIECE = 262_144

_SIZE = re.compile(rb"[0-9A-Fa-f]{1,15}")


class RequestBody:
    """A body that is still to be received.

    Attributes:
        length: the announced number of bytes, or None when it is chunked.
        is_announced: whether the head announces a body.
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
        """The body as it arrives, in pieces of up to 256 kB. A second call continues where the first one stopped.

        Raises:
            ClientGone: the client has disconnected before the end.
            Problem: 400 when the chunks are malformed.
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
        """Whether all of it was read."""
        return self._is_done

    def is_cheap_to_drain(self) -> bool:
        """Whether the unread rest is probably small enough to read it and keep the connection.

        A client that waits for `100 Continue` and gets another response may or may not send its body.
        """
        return self._is_done or not (self._must_send_continue or (self.length or 0) > DRAIN_LIMIT)

    def finish(self) -> bool:
        """Read and drop the rest. Returns whether the end was reached."""
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
    """The length of the body; None if it is chunked. An ambiguous head is refused."""
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
