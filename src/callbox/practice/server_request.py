"""Parse the request line and headers from bytes, with limits.

Bodies and sockets are in `client_connection`.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import parse_qsl

from callbox.practice.server_response import Problem

HEAD_LIMIT = 65_536
LINE_LIMIT = 16_384
FIELD_LIMIT = 200

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_REQUEST_LINE = re.compile(rf"({_TOKEN}) ([!-~\x80-\xff]+) HTTP/([0-9])\.([0-9])\r?")
# Greedy and without alternatives, so that no line makes the pattern slow. Blanks around the value are stripped later.
_FIELD_LINE = re.compile(rf"^({_TOKEN}):([^\x00-\x08\n-\x1f\x7f]*)\r?$", re.MULTILINE)


class ServerRequest(NamedTuple):
    """The request line and the headers of a request.

    `fields` are the header fields as received, order and case kept; `named` finds them by lower-case name, repeats
    joined as RFC 9110 section 5.3 allows. Text is latin-1, so that every byte survives; see `readable`.
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
