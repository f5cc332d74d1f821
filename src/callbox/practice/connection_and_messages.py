"""HTTP/1.1 of the practice API (RFC 9112): the messages, and the connection of one client.

The messages are the request and its parser, `Problem`, responses and the bytes of their heads. The parser has limits.
The connection buffers reads and writes, and reads the request body by length or in chunks. A wait ends early if the
client disconnects.
"""

from __future__ import annotations

import contextlib
import json
import re
import select
import socket
import struct
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import NamedTuple, TypeAlias
from urllib.parse import parse_qsl

HEAD_LIMIT = 65_536
LINE_LIMIT = 16_384
FIELD_LIMIT = 200

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_REQUEST_LINE = re.compile(rf"({_TOKEN}) ([!-~\x80-\xff]+) HTTP/([0-9])\.([0-9])\r?")
# Greedy and without alternatives, so that no line makes the pattern slow. Blanks around the value are stripped later.
_FIELD_LINE = re.compile(rf"^({_TOKEN}):([^\x00-\x08\n-\x1f\x7f]*)\r?$", re.MULTILINE)


class Problem(Exception):
    """An error response. A handler raises it anywhere, and it is sent as problem JSON.

    Args:
        status: the status code of the response.
        detail: one line that says what is wrong, in the caller's terms.
        hint: one thing to try.
        errors: what is wrong with each invalid field or parameter.
        fields: extra header fields of the response, such as `("Allow", "GET")`.
        close: whether the connection cannot be used any more.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        hint: str = "",
        errors: Mapping[str, str] | None = None,
        fields: tuple[tuple[str, str], ...] = (),
        close: bool = False,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.hint = hint
        self.errors = dict(errors or {})
        self.fields = fields
        self.close = close


class ClientGone(Exception):
    """No response can be sent, because the client has disconnected or the server closes."""


class ServerRequest(NamedTuple):
    """The request line and the headers of a request.

    `fields` are the header fields as received, in their order and letter case. `named` finds them by lower-case name;
    repeated fields are joined, as RFC 9110 section 5.3 allows. Text is latin-1, so that every byte survives; see
    `readable`.
    """

    method: str
    target: str
    path: str
    query: str
    minor: int
    fields: tuple[tuple[str, str], ...]
    named: dict[str, str]

    def field(self, name: str) -> str:
        """The value of a field by its lower-case name; empty if it is missing."""
        return self.named.get(name, "")

    def query_pairs(self) -> list[tuple[str, str]]:
        """The query as decoded pairs. A name without `=` has an empty value."""
        if not self.query:
            return []
        return parse_qsl(readable(self.query), keep_blank_values=True, errors="surrogateescape")

    def cookies(self) -> dict[str, str]:
        """The cookies of the request, by name. If a name is repeated, the first value counts, because clients send the
        cookie with the longest path first (RFC 6265).
        """
        found: dict[str, str] = {}
        for piece in self.field("cookie").split(";"):
            name, sign, value = piece.partition("=")
            if sign:
                found.setdefault(name.strip(), value.strip())
        return found

    def media_type(self) -> str:
        """The content type in lower case, without its parameters."""
        return self.field("content-type").partition(";")[0].strip().lower()

    def wants_close(self) -> bool:
        """Whether the client closes the connection after this response (RFC 9112 section 9.3)."""
        options = self.field("connection").lower()
        if self.minor == 0:
            return "keep-alive" not in options
        return bool(options) and "close" in [option.strip() for option in options.split(",")]


def parse(head: bytes) -> ServerRequest:
    """Read the headers of a request, without the empty line that ends it.

    Raises:
        Problem: 400, 414, 431 or 505. The connection must then be closed, since the next bytes cannot be trusted.
    """
    first, _, rest = head.decode("latin-1").partition("\n")
    if len(first) > LINE_LIMIT:
        raise Problem(414, f"the request line is longer than {LINE_LIMIT} bytes", close=True)
    if len(head) > HEAD_LIMIT:
        raise Problem(431, f"the header fields are longer than {HEAD_LIMIT} bytes", close=True)
    method, target, major, minor = _request_line(first)
    if major != "1":
        raise Problem(505, f"HTTP/{major}.{minor} is not supported", hint="use HTTP/1.1", close=True)
    fields = tuple((name, value.strip(" \t")) for name, value in _FIELD_LINE.findall(rest))
    if rest and len(fields) != rest.count("\n") + 1:
        raise Problem(400, f"this is not a header field: {_bad_line(rest)!r}", hint="Name: value", close=True)
    if len(fields) > FIELD_LIMIT:
        raise Problem(431, f"more than {FIELD_LIMIT} header fields", close=True)
    path, _, query = _origin_form(target).partition("?")
    request = ServerRequest(method, target, path, query=query, minor=int(minor), fields=fields, named=_by_name(fields))
    _check_host(request)
    return request


def readable(value: str) -> str:
    """The text of a field as a person wrote it: UTF-8 if its bytes are valid, else latin-1."""
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def _request_line(line: str) -> tuple[str, str, str, str]:
    match = _REQUEST_LINE.fullmatch(line)
    if match is None:
        raise Problem(400, f"this is not a request line: {line[:80]!r}", hint="GET /books HTTP/1.1", close=True)
    method, target, major, minor = match.groups()
    return method, target, major, minor


def _bad_line(rest: str) -> str:
    lines = rest.split("\n")
    return next((line[:80] for line in lines if _FIELD_LINE.fullmatch(line) is None), "")


def _origin_form(target: str) -> str:
    """The path and query of a target. Servers must also accept the absolute form (RFC 9112 section 3.2.2)."""
    if target.startswith("/") or target == "*":
        return target
    scheme, sign, after = target.partition("://")
    if sign and scheme.lower() in ("http", "https"):
        slash = re.search(r"[/?]", after)
        rest = after[slash.start() :] if slash else "/"
        return rest if rest.startswith("/") else "/" + rest
    raise Problem(400, f"{target[:80]!r} is not a request target", hint="a target starts with a slash", close=True)


def _by_name(fields: tuple[tuple[str, str], ...]) -> dict[str, str]:
    named: dict[str, str] = {}
    for name, value in fields:
        key = name.lower()
        if key in named:
            named[key] += ("; " if key == "cookie" else ", ") + value
        else:
            named[key] = value
    return named


def _check_host(request: ServerRequest) -> None:
    """Refuse an HTTP/1.1 request with 400 unless it has exactly one Host (RFC 9112 section 3.2)."""
    host = request.named.get("host")
    if (host is None and request.minor > 0) or (host is not None and "," in host):
        raise Problem(400, "a request carries exactly one Host field", hint="Host: 127.0.0.1", close=True)


Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"
Fields: TypeAlias = tuple[tuple[str, str], ...]

JSON_TYPE = "application/json"
PROBLEM_TYPE = "application/problem+json"
_REASONS = {status.value: status.phrase for status in HTTPStatus}


class ServerResponse(NamedTuple):
    """A response, with `body` at once or `stream` piece by piece.

    Attributes:
        length: the Content-Length of a stream; None sends it chunked. A shorter stream is a truncated response, which
            `/truncated` sends.
        reason: the reason phrase, if it is not the usual one.
        closes_connection: whether the connection is closed after it.
        is_truncated: whether the connection is closed before the end of the stream.
        interim: a complete 1xx response to send first.
    """

    status: int
    fields: Fields = ()
    body: bytes = b""
    stream: Iterable[bytes] | None = None
    length: int | None = None
    reason: str | None = None
    closes_connection: bool = False
    is_truncated: bool = False
    interim: bytes = b""

    def with_fields(self, *fields: tuple[str, str]) -> ServerResponse:
        """The response with more header fields."""
        return self._replace(fields=self.fields + fields)


def encode(value: Json) -> bytes:
    """Compact JSON in UTF-8 with a line end, which a terminal needs."""
    return (json.dumps(value, ensure_ascii=False, separators=(", ", ": ")) + "\n").encode("utf-8", "replace")


def json_response(value: Json, status: int = 200, fields: Fields = ()) -> ServerResponse:
    """A JSON response."""
    return ServerResponse(status, (("Content-Type", JSON_TYPE), *fields), encode(value))


def text_response(text: str, media_type: str = "text/plain; charset=utf-8", fields: Fields = ()) -> ServerResponse:
    """A text response in UTF-8."""
    return ServerResponse(200, (("Content-Type", media_type), *fields), text.encode("utf-8"))


def redirect(location: str, status: int = 302, fields: Fields = ()) -> ServerResponse:
    """A redirect."""
    return json_response({"location": location}, status, (("Location", location), *fields))


def problem_response(problem: Problem) -> ServerResponse:
    """The response for a problem: problem details (RFC 9457) with the additional members `hint` and `errors`."""
    title = _REASONS.get(problem.status, "Refused")
    details: dict[str, Json] = {"title": title, "status": problem.status, "detail": problem.detail}
    if problem.hint:
        details["hint"] = problem.hint
    if problem.errors:
        details["errors"] = problem.errors
    fields = (("Content-Type", PROBLEM_TYPE), *problem.fields)
    return ServerResponse(problem.status, fields, encode(details), closes_connection=problem.close)


def http_date(seconds: float) -> str:
    """A time in the format of header fields: `Sun, 06 Nov 1994 08:49:37 GMT`."""
    return formatdate(seconds, usegmt=True)


def format_head(response: ServerResponse, minor: int, keeps_alive: bool, framing: str) -> bytes:
    """The status line and headers of a response, with the empty line.

    Args: response: the response. minor: the minor version of the request; HTTP/1.0 clients must be told that a
    connection is kept open. keeps_alive: whether the connection stays open. framing: the field that frames the body,
    with its line end; empty if there is none.
    """
    status = response.status
    reason = _REASONS.get(status, "Practice") if response.reason is None else response.reason
    lines = "".join([f"{name}: {value}\r\n" for name, value in response.fields])
    connection = "Connection: close\r\n"
    if keeps_alive:  # HTTP/1.1 does so without a header
        connection = "" if minor else "Connection: keep-alive\r\n"
    head = f"HTTP/1.1 {status} {reason}\r\n{_stamp(int(time.time()))}{lines}{framing}{connection}\r\n"
    # UTF-8 for text; bytes that are not text (see /headers/set) are sent unchanged.
    return head.encode("utf-8", "surrogateescape")


@lru_cache(maxsize=2)
def _stamp(second: int) -> str:
    return f"Date: {http_date(second)}\r\nServer: callbox-practice\r\n"


def length_field(body: bytes) -> str:
    """The Content-Length field as a line."""
    return f"Content-Length: {len(body)}\r\n"


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


# To use a connection again, up to this many bytes are read and discarded. For more, it is cheaper to close it.
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


def send_response(client: ClientSocket, request: ServerRequest, response: ServerResponse, *, keeps_alive: bool) -> bool:
    """Send a response. Returns whether the connection can be used again."""
    if response.interim:
        client.send(response.interim)
    if response.stream is not None:
        return _send_stream(client, request, response, keeps_alive=keeps_alive)
    framing = "" if response.status in (204, 304) else length_field(response.body)
    head = format_head(response, request.minor, keeps_alive, framing)
    client.send(head if request.method == "HEAD" else head + response.body)
    return keeps_alive


def _send_stream(client: ClientSocket, request: ServerRequest, response: ServerResponse, *, keeps_alive: bool) -> bool:
    is_chunked = response.length is None and request.minor > 0
    framing = "Transfer-Encoding: chunked\r\n" if is_chunked else ""
    if response.length is not None:
        framing = f"Content-Length: {response.length}\r\n"
    # HTTP/1.0 has no chunks, so the end of the connection ends the body.
    keeps_alive = keeps_alive and bool(framing)
    client.send(format_head(response, request.minor, keeps_alive, framing))
    if request.method == "HEAD":
        return keeps_alive
    size = 0
    for piece in response.stream or ():
        size += len(piece)
        if piece:
            client.send(b"%x\r\n%b\r\n" % (len(piece), piece) if is_chunked else piece)
    if response.is_truncated or (response.length is not None and size != response.length):
        return False
    if is_chunked:
        client.send(b"0\r\n\r\n")
    return keeps_alive
