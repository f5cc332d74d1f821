"""`response.raw`: the body, status and headers of a response with the interface of urllib3's responses.

The module also has functions that read raw responses of other libraries, and functions that cut a body into pieces or
lines.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, AnyStr

from callbox._library.prepared_request_parts import FieldDict
from callbox.errors import Fault
from callbox.exchange.content_coding import can_decode, codings_of, decode
from callbox.exchange.headers import Headers
from callbox.exchange.response import ResponseHead

if TYPE_CHECKING:
    from callbox.wire import WireResponse


_FILE_BYTES = 65_536


class Raw(io.IOBase):
    """The body of a response as a file, with the interface of urllib3's responses. It can be read once. The bytes are
    as received; with `decode_content`, as argument or attribute, the content coding is decoded. All methods that read
    share one position. `Fault`s are not translated here; `Response` translates them.
    """

    retries: Any = None
    """The `Retry` of urllib3 after the last attempt, whose `history` lists the attempts; None if the adapter has no
    `Retry`.
    """
    auto_close = True
    """Whether `closed` is True after everything was read. Wrappers of `io` need False, as in urllib3."""

    def __init__(self, response: ResponseHead, wire_response: WireResponse | None = None, target: str = "") -> None:
        self.wire_response = wire_response
        self.url = self._request_url = target
        """The path and query of the request, as in urllib3."""
        self.headers = FieldDict.of(response.headers)
        self.status = response.status
        self.reason = response.reason
        self.version = 10 if response.version == "HTTP/1.0" else 11
        self.version_string = response.version
        self.decode_content = False
        self.chunked = response.headers.get("Transfer-Encoding", "").lower() == "chunked"
        """Whether the response is chunked, so that each piece is returned as it arrives."""
        self._length_remaining: int | None = None
        self._source: Iterator[bytes] | None = None
        self._file: Any = None
        """A file that a program has assigned as the body; None if there is none."""
        self._buffer = b""
        """Received bytes. Those from `_buffer_start` on were not returned yet."""
        self._buffer_start = 0
        self._position = 0
        self._is_read = wire_response is None
        """Whether the whole body was read."""

    @cached_property
    def data(self) -> bytes:
        """Read the rest of the body and store it. Further uses return the stored bytes."""
        return self.read()

    @cached_property
    def _original_response(self) -> StandardResponse:
        return StandardResponse(self)

    @property
    def connection(self) -> Any:
        """The connection of this response; None after the body was read. Its `sock` knows the peer and the
        certificate.
        """
        return self.wire_response.connection if self.wire_response is not None else None

    _connection = connection

    @property
    def _fp(self) -> Any:
        """The object through which programs reach the socket, as in urllib3's responses: `raw._fp.fp.raw`. A program
        may assign a file, from which the body is then read.
        """
        if self._file is not None:
            return self._file

        found, connection = self._original_response, self.connection
        is_open = connection is not None and connection.sock is not None
        raw = self.wire_response.open_socket() if is_open and self.wire_response is not None else None
        found.fp = SimpleNamespace(raw=raw)
        return found

    @_fp.setter
    def _fp(self, value: Any) -> None:
        self._file, self._source = value, None
        self._buffer, self._buffer_start, self._position = b"", 0, 0

    @property
    def length_remaining(self) -> int | None:
        """How many bytes of the body are left, by Content-Length or as assigned; None if it is not known."""
        if self._length_remaining is not None:
            return self._length_remaining
        if self.wire_response is None:
            return 0
        length = self.headers.get("Content-Length", "")
        return int(length) - self._position if length.isascii() and length.isdigit() and not self.chunked else None

    @length_remaining.setter
    def length_remaining(self, value: int | None) -> None:
        self._length_remaining = value

    def supports_chunked_reads(self) -> bool:
        """Return True, because `read_chunked` exists."""
        return True

    def get_redirect_location(self) -> str | bool | None:
        """The target of a redirect; False if the response is not a redirect."""
        return self.headers.get("Location") if self.status in (301, 302, 303, 307, 308) else False

    def _open(self, decode_content: bool | None) -> Iterator[bytes]:
        """An iterator over the rest of the body. The first call decides whether the content coding is decoded."""
        if self._source is None:
            is_decoded = self.decode_content if decode_content is None else decode_content
            wire_response = self.wire_response
            if self._file is not None:
                pieces = iter(lambda: self._file.read(_FILE_BYTES), b"")
                codings = codings_of(self.headers.get("Content-Encoding", "")) if is_decoded else []
                self._source = decode(pieces, codings) if can_decode(codings) else pieces
            elif wire_response is None:
                self._source = iter(())
            else:
                self._source = wire_response.content() if is_decoded else wire_response.bounded()
        return self._source

    def _read_up_to(self, size: int, decode_content: bool | None = None, *, fills: bool = True) -> bytes:
        """Read up to `size` bytes. With `fills=False`, returns as soon as there are some bytes."""
        source = self._open(decode_content)
        buffered = len(self._buffer) - self._buffer_start
        if buffered < size and (fills or not buffered):
            parts = [self._take_buffer()]
            try:
                while buffered < size and (piece := next(source, None)) is not None:
                    parts.append(piece)
                    buffered += len(piece)
                    if buffered and not fills:
                        break
            finally:
                self._buffer = b"".join(parts) if parts[0] or len(parts) > 2 else parts[-1]
        taken = self._buffer[self._buffer_start : self._buffer_start + size]
        self._buffer_start += len(taken)
        self._position += len(taken)
        return taken

    def _take_buffer(self) -> bytes:
        rest = self._buffer[self._buffer_start :]
        self._buffer, self._buffer_start = b"", 0
        return rest

    def pieces(self, decode_content: bool | None = None) -> Iterator[bytes]:
        """Yield the rest of the body as it arrives."""
        source = self._open(decode_content)
        while (piece := self._take_buffer() or next(source, None)) is not None:
            self._position += len(piece)
            yield piece
        self._is_read = True

    def stream(self, amt: int | None = 65_536, decode_content: bool | None = None) -> Iterator[bytes]:
        """Yield the body in pieces of at most `amt` bytes. With None, yield pieces as they arrive; with 0 or less, one
        piece.
        """
        if amt is None:
            yield from self.pieces(decode_content)
            return
        if amt <= 0:
            if whole := self.read(None, decode_content):
                yield whole
            return
        while piece := self._read_up_to(amt, decode_content, fills=not self.chunked):
            yield piece
        self._is_read = True

    read_chunked = stream

    def read(self, amt: int | None = None, decode_content: bool | None = None, cache_content: bool = False) -> bytes:
        """Read the next `amt` bytes; without `amt`, the rest. Empty at the end."""
        if amt is not None and amt >= 0:
            return self._read_up_to(amt, decode_content)
        parts = list(self.pieces(decode_content))
        return b"".join(parts) if len(parts) != 1 else parts[0]

    def read1(self, amt: int | None = None, decode_content: bool | None = None) -> bytes:
        """Read up to `amt` bytes, and return as soon as some have arrived."""
        if amt is not None and amt >= 0:
            return self._read_up_to(amt, decode_content, fills=False)
        return next(self.pieces(decode_content), b"")

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer. Returns the number of bytes."""
        data = self._read_up_to(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def peek(self, size: int = 0) -> bytes:
        """The next bytes, which the next read returns again."""
        if self._buffer_start == len(self._buffer):
            self._buffer, self._buffer_start = next(self._open(None), b""), 0
        return self._buffer[self._buffer_start :]

    @property
    def closed(self) -> bool:
        """Whether the file was closed, or everything was read and `auto_close` is on."""
        return super().closed or (self._is_read and self.auto_close)

    def fileno(self) -> int:
        """The descriptor of the socket from which the body is read. Raises `OSError` if there is no socket any more."""
        connection = self.connection
        if connection is None or connection.sock is None:
            raise io.UnsupportedOperation("fileno: the body was read to the end, and there is no socket any more")
        number: int = connection.sock.fileno()
        return number

    def flush(self) -> None:
        """Do nothing, because the file is not written to."""

    def __iter__(self) -> Iterator[bytes]:
        return self

    def readable(self) -> bool:
        """Return True, because the file can be read."""
        return True

    def tell(self) -> int:
        """The number of bytes that were read."""
        return self._position

    def geturl(self) -> str:
        """The request target: path and query."""
        return self.url

    def getheader(self, name: str, default: str | None = None) -> str | None:
        """The value of a field. Repeated fields are joined."""
        return self.headers.get(name, default)

    def getheaders(self) -> FieldDict:
        """The fields."""
        return self.headers

    def info(self) -> FieldDict:
        """The fields."""
        return self.headers

    def release_conn(self) -> None:
        """Return the connection to its pool if the body was read; otherwise close it."""
        if self.wire_response is not None:
            self.wire_response.close()

    def drain_conn(self) -> None:
        """Read the rest of the body, so that the connection can be reused."""
        for _ in self.pieces():
            pass

    def isclosed(self) -> bool:
        """Whether the file was closed or read to its end."""
        return self.closed or self.wire_response is None or self.wire_response.connection is None

    def close(self) -> None:
        """Drop the rest of the body."""
        if self.wire_response is not None:
            self.wire_response.close()
        self._source, self._buffer, self._buffer_start = iter(()), b"", 0
        super().close()


class StandardResponse:
    """The response with the interface of http.client's responses, for code that reads headers and cookies from it."""

    def __init__(self, raw: Raw) -> None:
        from http.client import HTTPMessage  # this is imported only if it is needed

        self._raw = raw
        self.fp: Any = None
        """The object through which programs reach the socket (`raw._fp.fp`)."""
        self.status, self.reason, self.version = raw.status, raw.reason, raw.version
        self.msg = HTTPMessage()
        for name, value in raw.headers.multi_items():
            self.msg[name] = value
        self.headers = self.msg

    def info(self) -> Any:
        """The fields."""
        return self.msg

    def getheader(self, name: str, default: str | None = None) -> str | None:
        """The value of a field. Repeated fields are joined."""
        return self._raw.getheader(name, default)

    def getheaders(self) -> list[tuple[str, str]]:
        """The names and values as received."""
        return list(self.msg.items())

    def isclosed(self) -> bool:
        """Whether the whole body was read."""
        return self._raw.isclosed()

    def close(self) -> None:
        """Drop the rest of the body."""
        self._raw.close()


def raw_headers(raw: Any) -> FieldDict:
    """The headers of a raw response of another library. Lines of a repeated name are separate, if that library has
    them.
    """
    headers = getattr(raw, "headers", None) or {}
    pairs = list(headers.items())
    return FieldDict.of(Headers([(str(name), str(value)) for name, value in pairs]))


def head_of(response: Any) -> ResponseHead:
    """Make the `ResponseHead` of a response that a program or another library has made."""
    record = getattr(response, "_callbox_record", None)
    if record is not None and record.response.status == response.status_code:
        head: ResponseHead = record.response
        return head
    pairs = [(str(name), str(value)) for name, value in (response.headers or {}).items()]
    cookies = _set_cookies(response)
    if cookies:
        pairs = [(name, value) for name, value in pairs if name.lower() != "set-cookie"]
    return ResponseHead(
        response.status_code or 0, str(response.reason or ""), Headers([*pairs, *(("Set-Cookie", c) for c in cookies)])
    )


def _set_cookies(response: Any) -> list[str]:
    """The Set-Cookie lines of a response of any library, one by one."""
    raw = getattr(response, "raw", None)
    for headers in (getattr(raw, "headers", None), getattr(response, "headers", None)):
        getlist = getattr(headers, "getlist", None)
        if getlist is not None and not isinstance(raw, Raw):
            return [str(line) for line in getlist("Set-Cookie")]
    message = getattr(getattr(raw, "_original_response", None), "msg", None)
    get_all = getattr(message, "get_all", None)
    return list(get_all("Set-Cookie") or ()) if get_all is not None else []


def split_lines(pieces: Iterable[bytes], delimiter: bytes | str | None = None) -> Iterator[bytes]:
    """Yield the lines of a body, or its parts between delimiters, without their ends. A CR LF that two pieces share is
    one line end.

    >>> list(split_lines([b"a\\r", b"\\nb", b"\\n"])), list(split_lines([b"a<", b">b"], b"<>"))
    ([b'a', b'b'], [b'a', b'b'])
    """
    mark = delimiter.encode() if isinstance(delimiter, str) else delimiter
    return _split_at(pieces, mark) if mark else _split_lines_of(pieces, b"\r", b"\n")


def split_text(pieces: Iterable[str], delimiter: bytes | str | None = None) -> Iterator[str]:
    """Yield the lines of a text, without their ends. Only CR, LF and CR LF end a line.

    >>> list(split_text(["a\\r", "\\nb\\u2028c", "\\n"]))
    ['a', 'b\\u2028c']
    """
    mark = delimiter.decode() if isinstance(delimiter, bytes) else delimiter
    return _split_at(pieces, mark) if mark else _split_lines_of(pieces, "\r", "\n")


def _split_at(pieces: Iterable[AnyStr], mark: AnyStr) -> Iterator[AnyStr]:
    waiting: list[AnyStr] = []
    overlap = len(mark) - 1
    tail = empty = mark[:0]
    for piece in pieces:
        # Each byte is searched only once, also with small pieces. A delimiter may begin in the piece before.
        tail += piece
        waiting.append(piece)
        if mark in tail:
            found = empty.join(waiting).split(mark)
            tail = found.pop()
            yield from found
            waiting = [tail] if tail else []
        tail = tail[-overlap:] if overlap else empty
    if waiting and (last := empty.join(waiting)):
        yield last


def _split_lines_of(pieces: Iterable[AnyStr], cr: AnyStr, lf: AnyStr) -> Iterator[AnyStr]:
    waiting: list[AnyStr] = []
    empty = cr[:0]
    for piece in pieces:
        # A CR at the end may be half of a CR LF, so it waits for the next piece.
        is_open = bool(waiting) and waiting[-1].endswith(cr)
        waiting.append(piece)
        if lf not in piece and cr not in piece and not is_open:
            continue
        text = empty.join(waiting)
        held = cr if text.endswith(cr) else empty
        lines = text.removesuffix(held).replace(cr + lf, lf).replace(cr, lf).split(lf)
        last = lines.pop() + held
        waiting = [last] if last else []
        yield from lines
    if waiting and (text := empty.join(waiting)):
        yield text.removesuffix(cr)


def resize(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield the same bytes in pieces of this size."""
    waiting = bytearray()
    for piece in pieces:
        if not waiting and len(piece) == size:
            yield piece
            continue
        waiting += piece
        end = len(waiting) - len(waiting) % size
        for start in range(0, end, size):
            yield bytes(waiting[start : start + size])
        del waiting[:end]
    if waiting:
        yield bytes(waiting)


def bounded(pieces: Iterator[bytes], limit: int) -> Iterator[bytes]:
    """Yield the pieces. Raises `Fault` after more than `limit` bytes."""
    left = limit
    for piece in pieces:
        if len(piece) > left:
            yield piece[:left]
            raise Fault(f"Stopped reading the body at {limit / 1e6:g} MB", kind="max-body", received=limit)
        left -= len(piece)
        yield piece
