"""HTTP/1.1 on one stream (RFC 9112): write a request, and read the headers and the body of a response.

`find_framing` decides how the body ends, and `read_pieces` reads the body.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Literal, NamedTuple

from callbox.errors import Fault
from callbox.exchange.headers import Headers
from callbox.exchange.request import Outgoing
from callbox.exchange.request_content import Content
from callbox.wire.connection_and_byte_stream import Stream
from callbox.wire.message_head import (
    BLANK_LINE,
    MAX_FIELDS,
    MAX_HEAD,
    MAX_LINE,
    RawHead,
    excerpt,
    may_stay_open,
    parse_head,
    write_head,
)
from callbox.wire.proxy_urls import proxy_fields, request_target

_JOIN_BYTES = 65_536


def write_request(stream: Stream, outgoing: Outgoing) -> None:
    """Write a request. If the server refuses the rest of the body, the rest is not written."""
    content = outgoing.content
    head = write_head(outgoing, request_target(outgoing), proxy_fields(outgoing))
    if content is None:
        stream.send(head)
        return
    is_chunked = any(f.name.lower() == "transfer-encoding" for f in outgoing.headers)
    if content.data is not None and not is_chunked:
        if len(content.data) <= _JOIN_BYTES:
            stream.send(head + content.data)
        else:
            stream.send(head)
            stream.upload(content.data)
    else:
        stream.send(head)
        _write_pieces(stream, content, is_chunked, _declared_length(outgoing))


def _declared_length(outgoing: Outgoing) -> int | None:
    """The length of the request body by its Content-Length; None without this header."""
    length = next((str(f.value) for f in outgoing.headers if f.name.lower() == "content-length"), "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else None


def _write_pieces(stream: Stream, content: Content, is_chunked: bool, left: int | None) -> None:
    for piece in _read_body(stream, content):
        stream.check()
        if not piece:  # The iterator has nothing to send yet.
            continue
        if left is not None and not is_chunked:
            left -= len(piece)
            if left < 0:
                raise Fault("The body is longer than its Content-Length says", kind="body")
        if not stream.upload(b"%x\r\n%b\r\n" % (len(piece), piece) if is_chunked else piece):
            return
    if is_chunked:
        stream.send(b"0\r\n\r\n")
    elif left:
        raise Fault(f"The body is {left:,} bytes shorter than its Content-Length says", kind="body")


def _read_body(stream: Stream, content: Content) -> Iterator[bytes]:
    """Yield the pieces of the request body. If the iterator of a program raises an error, the stream notes it, because
    it is not an error of the connection.
    """
    try:
        yield from content.chunks()
    except Exception as error:
        stream.body_error = error
        raise


_MAX_INTERIM = 20


def read_head(stream: Stream) -> RawHead:
    """Read the status line and the headers of the final response. Interim responses (1xx, RFC 9110 section 15.2) are
    skipped, except 101. Raises `Fault` for text that is not an HTTP/1 response or exceeds a limit, and `EOFError` if no
    byte arrived.
    """
    for _ in range(_MAX_INTERIM + 1):
        head = _read_one(stream)
        if head[1] >= 200 or head[1] == 101:
            return head
    raise Fault(f"Too many interim responses (over {_MAX_INTERIM})", kind="limit")


def _read_one(stream: Stream) -> RawHead:
    return parse_head(_take_head(stream))


def _take_head(stream: Stream) -> bytes:
    """Read up to the blank line after the headers. Returns the bytes before the blank line."""
    seen = 0
    if stream.buffer[:1] in (b"\r", b"\n"):
        _skip_blank_lines(stream)
    while True:
        buffer = stream.buffer
        end = buffer.find(b"\r\n\r\n", max(0, seen - 3))
        if end >= 0 and buffer.find(b"\n\n", 0, end) < 0 and buffer.find(b"\n\r\n", 0, end + 1) < 0:
            _check_size(buffer, end)
            stream.buffer = buffer[end + 4 :]
            return buffer[:end]
        match = BLANK_LINE.search(buffer, max(0, seen - 3))
        if match is not None:
            _check_size(buffer, match.start())
            stream.buffer = buffer[match.end() :]
            return buffer[: match.start()]
        _check_start(stream.buffer)
        _check_size(stream.buffer, len(stream.buffer))
        seen = len(stream.buffer)
        data = stream.receive()
        if not data:
            raise _truncated_head(stream)
        stream.buffer += data


def _skip_blank_lines(stream: Stream) -> None:
    """Skip blank lines before a status line, as servers should do before a request line (RFC 9112 section 2.2)."""
    skipped = 0
    while stream.buffer[:1] in (b"\r", b"\n"):
        rest = stream.buffer.lstrip(b"\r\n")
        skipped += len(stream.buffer) - len(rest)
        if skipped > MAX_LINE:
            raise Fault("Not an HTTP response: blank lines only", kind="protocol")
        stream.buffer = rest or stream.receive()
        if not stream.buffer:
            raise EOFError


def _truncated_head(stream: Stream) -> Exception:
    if not stream.buffer:
        return EOFError()
    if not stream.buffer.startswith(b"HTTP/"):
        return _not_http(stream.buffer)
    return Fault("The server closed the connection in the middle of the headers", kind="incomplete")


def _check_size(buffer: bytes, end: int) -> None:
    if end > MAX_HEAD:
        raise Fault(f"Too many headers (over {MAX_HEAD // 1024} kB)", kind="limit")
    if end > MAX_LINE:
        longest = max(len(line) for line in buffer[:end].split(b"\n"))
        if longest > MAX_LINE:
            raise Fault(f"Header line too long (over {MAX_LINE // 1024} kB)", kind="limit")
    elif end > 8192 and buffer.count(b"\n", 0, end) > MAX_FIELDS + 1:
        raise Fault(f"Too many headers (over {MAX_FIELDS})", kind="limit")


def _check_start(buffer: bytes) -> None:
    if buffer and not b"HTTP/".startswith(buffer[:5]):
        raise _not_http(buffer)


def _not_http(buffer: bytes) -> Fault:
    if buffer[:2] == b"\x15\x03":
        return Fault("Not an HTTP response: the server speaks TLS", kind="protocol", hint="try https://")
    if len(buffer) >= 4 and buffer[0] == 0 and buffer[3] in (4, 7):
        return Fault("Not an HTTP/1 response: the server speaks HTTP/2 only", kind="protocol")
    return Fault(f"Not an HTTP response: {excerpt(buffer)}", kind="protocol")


_MAX_CHUNK_LINE = 4096
_MIN_AT_ONCE, _MAX_AT_ONCE = 262_144, 1_073_741_824
"""A body with a length between these two is received into memory that is allocated at once. For a greater length, the
server may announce more than it sends.
"""
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,16})\r\n")
"""A pattern for the usual chunk header. A slower function reads all others and validates them."""


class Framing(NamedTuple):
    """Where the body of a response ends, and whether the connection can be used again after it."""

    kind: Literal["none", "length", "chunked", "close"]
    """How the end of the body is found: there is no body (`none`), by its `length`, by its last chunk (`chunked`), or
    because the server closes the connection (`close`).
    """
    length: int = 0
    keeps_alive: bool = False


def find_framing(method: str, version: str, status: int, headers: Headers) -> Framing:
    """Find out where the body of a response ends. Raises `Fault` for contradictory headers, which could hide another
    response.
    """
    keeps_alive = may_stay_open(version, headers)
    coding = _transfer_coding(headers)
    lengths = {text.strip() for text in headers.get("Content-Length", "").split(",")} - {""}
    if method == "HEAD" or status in (204, 304) or status < 200:
        # These responses have no body. If a body follows anyway, it would be read as the next response. So the
        # connection is closed after 101 and after a wrong length. In a response to HEAD and in a 304, length and coding
        # are those of the body that a GET would get (RFC 9112 section 6.1).
        is_clean = method == "HEAD" or status == 304 or (lengths <= {"0"} and not coding)
        return Framing("none", 0, keeps_alive and status >= 200 and is_clean)
    if method == "CONNECT" and status < 300:
        return Framing("none")
    if coding:
        if coding != "chunked":
            raise Fault(f"Cannot read transfer coding '{coding[:60]}'", kind="protocol")
        return Framing("chunked", 0, keeps_alive and not lengths)
    if len(lengths) > 1:
        raise Fault(f"Conflicting Content-Length: {', '.join(sorted(lengths))[:80]}", kind="framing")
    if lengths:
        text = lengths.pop()
        if not (text.isascii() and text.isdigit()):
            raise Fault(f"Bad Content-Length: {text[:60]!r}", kind="framing")
        return Framing("length", int(text[:25]), keeps_alive)
    return Framing("close")


def _transfer_coding(headers: Headers) -> str:
    """The transfer codings of a response. `identity` is left out, because it means "none" (RFC 2616 section 3.6)."""
    given = headers.get("Transfer-Encoding", "")
    if not given:
        return ""
    return ", ".join([word for word in (part.strip() for part in given.lower().split(",")) if word not in _NO_CODING])


_NO_CODING = ("", "identity")


def read_pieces(stream: Stream, framing: Framing, *, as_they_come: bool = True) -> Iterator[bytes]:
    """Read the body, and yield it in pieces without its transfer coding. With `as_they_come=False`, a body of known
    length is one piece, even if it is cut off. Raises `Fault` if the body is cut off or malformed, and the errors of
    `Stream.receive`.
    """
    if framing.kind == "length" and not as_they_come and _MIN_AT_ONCE <= framing.length <= _MAX_AT_ONCE:
        yield from _read_at_once(stream, framing.length)
    elif framing.kind == "length":
        yield from _read_length(stream, framing.length)
    elif framing.kind == "chunked":
        yield from _read_chunked(stream)
    elif framing.kind == "close":
        yield from _read_to_close(stream)


def _read_length(stream: Stream, length: int) -> Iterator[bytes]:
    left = length
    while left:
        data = stream.buffer or stream.receive()
        stream.buffer = b""
        if not data:
            raise _ended_early(length - left, length)
        if len(data) > left:
            data, stream.buffer = data[:left], data[left:]
        left -= len(data)
        yield data


def _read_at_once(stream: Stream, length: int) -> Iterator[bytes]:
    """Read a body of this length directly into one piece of memory. To join pieces takes 1.5 times as long."""
    try:
        # The system gives zeroed memory only when it is written, page by page. BytesIO returns its buffer without a
        # copy.
        whole = BytesIO(bytes(length))
    except MemoryError:
        yield from _read_length(stream, length)
        return
    error: BaseException | None = None
    with whole.getbuffer() as view:
        first = stream.take_buffer(length)
        count = len(first)
        view[:count] = first
        try:
            while count < length and (received := stream.receive_into(view, count)):
                count += received
        except BaseException as raised:
            error = raised  # First, the bytes before the error are yielded.
    if count:
        yield whole.getvalue()[:count]
    if error is not None:
        raise error
    if count < length:
        raise _ended_early(count, length)


def _ended_early(count: int, length: int) -> Fault:
    return Fault(f"Body ended early: {count:,} of {length:,} bytes", kind="incomplete")


def _read_to_close(stream: Stream) -> Iterator[bytes]:
    data = stream.buffer or stream.receive()
    stream.buffer = b""
    while data:
        yield data
        data = stream.receive()


def _read_chunked(stream: Stream) -> Iterator[bytes]:
    try:
        while True:
            if whole := _take_whole(stream):
                yield whole
            size = _read_size(stream)
            if not size:
                break
            yield from _read_length(stream, size)
            _end_chunk(stream)
        _skip_trailers(stream)
    except EOFError:
        raise Fault("Body ended early: the last chunk did not come", kind="incomplete") from None


def _take_whole(stream: Stream) -> bytes:
    """Take the content of all complete chunks out of the buffer. To take one chunk after another would copy the rest
    each time.
    """
    buffer, at = stream.buffer, 0
    taken: list[bytes] = []
    while (match := _CHUNK.match(buffer, at)) is not None:
        end = match.end() + int(match[1], 16)
        if end == match.end() or buffer[end : end + 2] != b"\r\n":
            break
        taken.append(buffer[match.end() : end])
        at = end + 2
    if at:
        stream.buffer = buffer[at:]
    return b"".join(taken)


def _end_chunk(stream: Stream) -> None:
    stream.buffer = stream.buffer or stream.receive()
    if stream.buffer[:1] not in (b"", b"\r", b"\n") or stream.read_line(2, "Chunk end"):
        raise Fault("Bad chunk: longer than its size says", kind="protocol")


def _read_size(stream: Stream) -> int:
    text = stream.read_line(_MAX_CHUNK_LINE, "Chunk line").partition(b";")[0].strip()
    if not text or len(text) > 16 or text.strip(b"0123456789abcdefABCDEF"):
        raise Fault(f"Bad chunk size: {text[:40].decode('latin-1')!r}", kind="protocol")
    return int(text, 16)


def _skip_trailers(stream: Stream) -> None:
    read = 0
    for _ in range(MAX_FIELDS + 1):
        line = stream.read_line(MAX_HEAD, "Trailer")
        read += len(line)
        if not line:
            return
        if read > MAX_HEAD:
            break
    raise Fault("Too many trailers", kind="limit")
