"""Heads: a request's, written; an answer's, read (RFC 9112). The writer is the only place that opens a `Secret`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from callbox.errors import Fault
from callbox.exchange.headers import HeaderError, check_header
from callbox.exchange.merge import check_method
from callbox.exchange.request import Outgoing, encode_line
from callbox.exchange.secret import Secret
from callbox.exchange.url import UrlError
from callbox.wire.stream import MAX_FIELDS, MAX_HEAD, MAX_LINE, Stream

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
_TARGET = re.compile(r"[^\x00-\x20\x7f]++")
_HEAD = re.compile(rf"{_TOKEN} {_TARGET.pattern} HTTP/1\.1\r\n(?:{_TOKEN}: [^\r\n\0]*+\r\n)*+\r\n")
"""A whole head of a request (RFC 9112 sections 3 and 5): one look at all of it costs two microseconds."""
_STATUS = re.compile(r"HTTP/1\.(\d)[ \t]+(\d{3})(?:[ \t](.*))?\Z", re.DOTALL)
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_MAX_INTERIM = 20

RawHead = tuple[str, int, str, list[tuple[str, str]]]
"""Version, status, reason and fields of an answer."""


def write_head(outgoing: Outgoing, target: str, extra: tuple[tuple[str, str], ...] = ()) -> bytes:
    """Request line and fields as they go on the wire, and `extra` for a proxy.

    Latin-1 as far as it reaches, else UTF-8. Raises `HeaderError` and `UrlError` for what would begin another line
    or another request, whoever has put it there.
    """
    lines = [f"{outgoing.method} {target} HTTP/1.1"]
    for name, value, _ in outgoing.headers:
        lines.append(f"{name}: {value.reveal() if isinstance(value, Secret) else value}")
    if extra:
        lines += [f"{name}: {value}" for name, value in extra]
    text = join_head(lines)
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return b"\r\n".join([encode_line(line) for line in (*lines, "\r\n")])


def join_head(lines: Sequence[str]) -> str:
    """A request's line and its fields as one head. Raises `HeaderError` and `UrlError` for what is more than that."""
    text = "\r\n".join([*lines, "\r\n"])
    # A value that holds a whole line of its own matches too: then there are more lines than were given.
    if _HEAD.fullmatch(text) is None or text.count("\n") != len(lines) + 1:
        _refuse(lines)
    return text


def _refuse(lines: Sequence[str]) -> None:
    """Say what is wrong with this head. No value is shown."""
    method, _, rest = lines[0].removesuffix(" HTTP/1.1").rpartition(" ")
    check_method(method)
    if not _TARGET.fullmatch(rest):
        raise UrlError("The target of this request holds a blank or a control character and is not sent")
    for line in lines[1:]:
        name, _, value = line.partition(": ")
        check_header(name, value)
    raise HeaderError("This request would be read as two and is not sent")


def read_head(stream: Stream) -> RawHead:
    """The head of the final answer; interim ones (1xx, RFC 9110 section 15.2) are passed over, but for 101.

    Raises `Fault` for what is no HTTP/1 answer or exceeds a limit, EOFError where nothing came at all.
    """
    for _ in range(_MAX_INTERIM + 1):
        head = _read_one(stream)
        if head[1] >= 200 or head[1] == 101:
            return head
    raise Fault(f"Too many interim responses (over {_MAX_INTERIM})", kind="limit")


def _read_one(stream: Stream) -> RawHead:
    raw = _take_head(stream)
    lines = raw.decode("latin-1").replace("\r\n", "\n").split("\n")
    if len(lines) > MAX_FIELDS + 1:
        raise Fault(f"Too many headers (over {MAX_FIELDS})", kind="limit")
    match = _STATUS.match(lines[0])
    if match is None:
        raise Fault(f"Bad status line: {_excerpt(raw)}", kind="protocol")
    pairs: list[tuple[str, str]] = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if line[:1] in (" ", "\t"):
            # obs-fold (RFC 9112 section 5.2): one space instead of it
            if pairs:
                pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]} {line.strip()}".strip())
        elif not colon:
            raise Fault(f"Bad header line: {line[:60]!r}", kind="protocol")
        else:
            pairs.append((name.rstrip(" \t"), value.strip(" \t")))
    return f"HTTP/1.{match[1]}", int(match[2]), (match[3] or "").strip(), pairs


def _take_head(stream: Stream) -> bytes:
    """The bytes up to the blank line, which is consumed."""
    seen = 0
    while True:
        buffer = stream.buffer
        end = buffer.find(b"\r\n\r\n", max(0, seen - 3))
        if end >= 0 and buffer.find(b"\n\n", 0, end) < 0 and buffer.find(b"\n\r\n", 0, end + 1) < 0:
            _check_size(buffer, end)
            stream.buffer = buffer[end + 4 :]
            return buffer[:end]
        match = _BLANK_LINE.search(buffer, max(0, seen - 3))
        if match is not None:
            _check_size(buffer, match.start())
            stream.buffer = buffer[match.end() :]
            return buffer[: match.start()]
        if seen == 0 and buffer[:1] in (b"\r", b"\n"):
            # Blank lines before a status line are passed over (RFC 9112 section 2.2 asks it of servers).
            stream.buffer = buffer.lstrip(b"\r\n")
            if stream.buffer:
                continue
        _check_start(stream.buffer)
        _check_size(stream.buffer, len(stream.buffer))
        seen = len(stream.buffer)
        data = stream.receive()
        if not data:
            raise _cut_head(stream)
        stream.buffer += data


def _cut_head(stream: Stream) -> Exception:
    if not stream.buffer:
        return EOFError()
    if not stream.buffer.startswith(b"HTTP/"):
        return _no_http(stream.buffer)
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
        raise _no_http(buffer)


def _no_http(buffer: bytes) -> Fault:
    if buffer[:2] == b"\x15\x03":
        return Fault("Not an HTTP response: the server speaks TLS", kind="protocol", hint="try https://")
    if len(buffer) >= 4 and buffer[0] == 0 and buffer[3] in (4, 7):
        return Fault("Not an HTTP/1 response: the server speaks HTTP/2 only", kind="protocol")
    return Fault(f"Not an HTTP response: {_excerpt(buffer)}", kind="protocol")


def _excerpt(raw: bytes) -> str:
    return repr(raw[:60].decode("latin-1"))
