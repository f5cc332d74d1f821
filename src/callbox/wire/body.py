"""Framing (RFC 9112 section 6): where an answer's content ends, read piece by piece."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from callbox.errors import Fault
from callbox.exchange.headers import Headers
from callbox.wire.stream import MAX_FIELDS, MAX_HEAD, Stream

_MAX_CHUNK_LINE = 4096
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,16})\r\n")
"""The usual head of a chunk; any other is left to the slower reading that also judges."""


class Framing(NamedTuple):
    """How the end of the content is found, and whether the connection may serve again after it."""

    kind: str
    """`none`, `length`, `chunked` or `close`."""
    length: int = 0
    keeps: bool = False


def frame(method: str, version: str, status: int, headers: Headers) -> Framing:
    """The framing of this answer. Raises `Fault` for contradictions that could hide another answer."""
    keeps = _keeps(version, headers)
    coding = headers.get("Transfer-Encoding", "").lower().strip()
    lengths = {text.strip() for text in headers.get("Content-Length", "").split(",")} - {""}
    if method == "HEAD" or status in (204, 304) or status < 200:
        # A body after one of these would be read as the next answer: 101 and odd lengths close.
        return Framing(
            "none",
            0,
            keeps and status >= 200 and not coding and (method == "HEAD" or lengths <= {"0"} or status == 304),
        )
    if method == "CONNECT" and status < 300:
        return Framing("none")
    if coding:
        if coding != "chunked":
            raise Fault(f"Cannot read transfer coding '{coding[:60]}'", kind="protocol")
        return Framing("chunked", 0, keeps and not lengths)
    if len(lengths) > 1:
        raise Fault(f"Conflicting Content-Length: {', '.join(sorted(lengths))[:80]}", kind="protocol")
    if lengths:
        text = lengths.pop()
        if not (text.isascii() and text.isdigit()):
            raise Fault(f"Bad Content-Length: {text[:60]!r}", kind="protocol")
        return Framing("length", int(text[:25]), keeps)
    return Framing("close")


def _keeps(version: str, headers: Headers) -> bool:
    connection = headers.get("Connection", "").lower()
    if version == "HTTP/1.0":
        return "keep-alive" in connection
    return "close" not in connection


def read_pieces(stream: Stream, framing: Framing) -> Iterator[bytes]:
    """The content as it is on the wire, its transfer coding undone.

    Raises `Fault` where it is cut off or malformed; OSErrors and `Interrupted` pass through.
    """
    if framing.kind == "length":
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
            raise Fault(f"Body ended early: {length - left:,} of {length:,} bytes", kind="incomplete")
        if len(data) > left:
            data, stream.buffer = data[:left], data[left:]
        left -= len(data)
        yield data


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
    """The content of all chunks that have come whole, in one pass: byte by byte, small ones cost a copy of the rest."""
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
