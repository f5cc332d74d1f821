"""HTTP/1.1 on one connection (RFC 9112): write request heads, read response heads and bodies.

`Stream` applies the limits of one exchange: timeouts, deadline, cancellation, and the sizes of lines and heads.
`write_head` is the only place that reveals a `Secret`. `find_framing` and `read_pieces` find where a body ends.
"""

from __future__ import annotations

import re
import select
import ssl
from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import NamedTuple

from callbox.errors import Fault, Interrupted
from callbox.exchange.headers import HeaderError, Headers, check_header
from callbox.exchange.merge import check_method
from callbox.exchange.request import Outgoing, encode_line
from callbox.exchange.secret import Secret
from callbox.exchange.url import UrlError
from callbox.wire.cancel import Cancel
from callbox.wire.connection import RECEIVE_BYTES, BaseConnection, total_timeout_fault

MAX_LINE = 65_536
MAX_HEAD = 262_144
MAX_FIELDS = 500
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
        """What the program's own body has raised while it was read."""
        self.has_early_head = False
        """Whether the head of the response has come before the request was written."""
        self.is_refused = False
        """Whether the server wants no more of the request: the rest of it was not written."""
        self.poll: select.poll | None = None

    def receive(self) -> bytes:
        """The bytes that come next; none where the other end has closed.

        Raises `Fault` on too long a silence or at the deadline, `Interrupted` when cancelled; OSErrors pass through.
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

    def send(self, data: bytes) -> None:
        """Write all of this. Raises as `receive` does."""
        self._bound()
        if self.connection.debuglevel:
            self.connection.print_line("send", repr(bytes(data)))
        try:
            self.connection.sock.sendall(data)
        except TimeoutError:
            raise self._timeout("Nothing could be sent") from None

    def upload(self, data: bytes) -> bool:
        """Write a part of the body; False where a response says meanwhile that no more of it is wanted.

        RFC 9112 section 9.5: a client looks for an error response while it sends. A server that has given one may
        never read again. Raises as `receive` does; each slice may take as long as a silence.
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
        """Wait until something can be written, or has come."""
        left = None if self.deadline is None else self.deadline - perf_counter()
        limits = [seconds for seconds in (left, self.read_timeout) if seconds is not None]
        watched = select.POLLIN if wants_read else select.POLLOUT
        if not self._poll(watched if self.has_early_head else watched | select.POLLIN, min(limits, default=None)):
            self.check_cancel()
            if not self.has_early_head:
                raise self._timeout("Nothing could be sent")
            self.is_refused = True  # it has answered, and reads no more
        self._look()

    def _poll(self, events: int, seconds: float | None) -> bool:
        if self.poll is None:
            self.poll = select.poll()
        self.poll.register(self.connection.sock, events)
        return bool(self.poll.poll(None if seconds is None else max(seconds, 0.0) * 1000))

    def _look(self) -> None:
        """Take in what has come of a response, without waiting for it."""
        while not self.has_early_head and not self.is_refused and (self._has_pending() or self._poll(select.POLLIN, 0)):
            self.connection.set_read_timeout(0.0)
            try:
                data = self.connection.sock.recv(RECEIVE_BYTES)
            except _WOULD_BLOCK:
                return
            except ssl.SSLError:
                raise  # an alert says why, and is read once
            except OSError:
                self.is_refused = True  # whoever reads the response meets the same error
                return
            self.buffer += data
            self._judge(is_over=not data)

    def _has_pending(self) -> bool:
        pending = getattr(self.connection.sock, "pending", None)
        return bool(pending is not None and pending())

    def _judge(self, *, is_over: bool) -> None:
        """Find out whether the final head has come, and whether it refuses the rest of the request."""
        start = 0
        while (match := _BLANK_LINE.search(self.buffer, start)) is not None:
            try:
                version, status, _, pairs = _parse_head(self.buffer[start : match.start()].lstrip(b"\r\n"))
            except Fault:
                self.is_refused = True  # it is no response at all, which its reader will tell
                return
            if status >= 200 or status == 101:
                self.has_early_head = True
                self.is_refused = status >= 300 and not _keeps_alive(version, Headers(pairs))
                return
            start = match.end()
        # After an end without a response, or a head without an end, nothing can come that is worth more sending.
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
        """The next line without its end. Raises `Fault` for one of more than `limit` bytes, EOFError at the end."""
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


_WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
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
    return _parse_head(_take_head(stream))


def _parse_head(raw: bytes) -> RawHead:
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
    if stream.buffer[:1] in (b"\r", b"\n"):
        _skip_blank_lines(stream)
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
        _check_start(stream.buffer)
        _check_size(stream.buffer, len(stream.buffer))
        seen = len(stream.buffer)
        data = stream.receive()
        if not data:
            raise _truncated_head(stream)
        stream.buffer += data


def _skip_blank_lines(stream: Stream) -> None:
    """Pass over blank lines before a status line, as RFC 9112 section 2.2 asks of servers."""
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
    return Fault(f"Not an HTTP response: {_excerpt(buffer)}", kind="protocol")


def _excerpt(raw: bytes) -> str:
    return repr(raw[:60].decode("latin-1"))


_MAX_CHUNK_LINE = 4096
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,16})\r\n")
"""The usual head of a chunk; any other is left to the slower reading that also judges."""


class Framing(NamedTuple):
    """How the end of the body is found, and whether the connection can be reused after it."""

    kind: str
    """`none`, `length`, `chunked` or `close`."""
    length: int = 0
    keeps_alive: bool = False


def find_framing(method: str, version: str, status: int, headers: Headers) -> Framing:
    """The framing of this response. Raises `Fault` for contradictions that could hide another response."""
    keeps_alive = _keeps_alive(version, headers)
    coding = _transfer_coding(headers)
    lengths = {text.strip() for text in headers.get("Content-Length", "").split(",")} - {""}
    if method == "HEAD" or status in (204, 304) or status < 200:
        # A body after one of these would be read as the next answer: 101 and odd lengths close. Where HEAD or 304
        # name a length or a coding, it is that of the body which GET would have had (RFC 9112 section 6.1).
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
    """The transfer codings, without `identity`: that was a word for "none" (RFC 2616 section 3.6)."""
    given = headers.get("Transfer-Encoding", "")
    if not given:
        return ""
    return ", ".join([word for word in (part.strip() for part in given.lower().split(",")) if word not in _NO_CODING])


_NO_CODING = ("", "identity")


def _keeps_alive(version: str, headers: Headers) -> bool:
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
