"""HTTP messages of the practice API: `Problem`, the request and its parser, responses and the bytes of their heads.

The parser has limits. Bodies and sockets are in `client_connection`.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Mapping, Sequence
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
    """Raised if the client has disconnected, or the server closes, so that no response can be sent."""


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
        """The received cookies.

        If a name is repeated, the first counts, because RFC 6265 puts the longest path first.
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


_OWN_HOST = re.compile(
    r"(?:localhost|[\w.-]+\.localhost|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])\.?(?::\d*)?", re.I | re.A
)


def check_own_host(request: ServerRequest) -> None:
    """Accept only `localhost`, its subdomains, and IP addresses, with any port, since forwarded ports differ.

    A foreign page whose host name was redirected to this machine (DNS rebinding) sends its own host name. Raises
    `Problem`, 421 (RFC 9110 section 15.5.20).
    """
    host = request.named.get("host", "localhost")
    if not _OWN_HOST.fullmatch(host):
        detail = f"the practice API is not {readable(host)[:80]!r}"
        raise Problem(421, detail, hint="ask for 127.0.0.1 or localhost")


def check_own_page(request: ServerRequest) -> None:
    """Accept a browser's request if it comes from the user or from a page of this machine, and not from another site.

    A page of another site could set cookies for `localhost`, which the user's own servers would read. Programs send no
    `Sec-Fetch-Site`. Raises `Problem`, 403.
    """
    if request.field("sec-fetch-site").lower() == "cross-site":
        raise Problem(403, "a page of another site asks for this", hint="open it yourself, in a tab of its own")


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
    raise Problem(400, f"this is not a target: {target[:80]!r}", hint="it starts with a slash", close=True)


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
