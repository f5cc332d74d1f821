"""Write the request line and headers of a request, and parse the status line and headers of a response (RFC 9112).
`write_head` is the only function that puts the text of a `Secret` into bytes to send.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from callbox.errors import Fault
from callbox.exchange.headers import HeaderError, Headers, check_header, encode_line
from callbox.exchange.request import Outgoing
from callbox.exchange.request_merge_with_session import check_method
from callbox.exchange.secret import Secret
from callbox.exchange.url import UrlError

MAX_LINE = 65_536

MAX_HEAD = 262_144

MAX_FIELDS = 500

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"

_TARGET = re.compile(r"[^\x00-\x20\x7f]++")

_HEAD = re.compile(rf"{_TOKEN} {_TARGET.pattern} HTTP/1\.1\r\n(?:{_TOKEN}: [^\r\n\0]*+\r\n)*+\r\n")
"""A pattern for a request line and its headers (RFC 9112 sections 3 and 5). To match all at once takes 2 µs."""

_STATUS = re.compile(r"HTTP/1\.(\d)[ \t]+(\d{3})(?:[ \t](.*))?\Z", re.DOTALL)

BLANK_LINE = re.compile(rb"\r?\n\r?\n")


RawHead = tuple[str, int, str, list[tuple[str, str]]]
"""The version, status, reason and headers of a response."""


def write_head(outgoing: Outgoing, target: str, extra: tuple[tuple[str, str], ...] = ()) -> bytes:
    """Write the request line and the headers of a request as bytes. `extra` has further headers for a proxy. Lines are
    encoded in Latin-1 if possible, else in UTF-8. Raises `HeaderError` or `UrlError` for a text, of any source, that
    would begin another header or another request.
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
    """Join the request line and the header lines. Raises `HeaderError` or `UrlError` if one of them has a line
    break.
    """
    text = "\r\n".join([*lines, "\r\n"])
    # A value with a line break matches, too. So the number of lines is compared.
    if _HEAD.fullmatch(text) is None or text.count("\n") != len(lines) + 1:
        _refuse(lines)
    return text


def _refuse(lines: Sequence[str]) -> None:
    """Raise the error for lines that cannot be sent. Its message contains no value of a header."""
    method, _, rest = lines[0].removesuffix(" HTTP/1.1").rpartition(" ")
    check_method(method)
    if not _TARGET.fullmatch(rest):
        raise UrlError("The target of this request holds a blank or a control character and is not sent")
    for line in lines[1:]:
        name, _, value = line.partition(": ")
        check_header(name, value)
    raise HeaderError("A server could read this request as two requests, so it is not sent")


def parse_head(raw: bytes) -> RawHead:
    """Parse the status line and the headers of a response. Raises `Fault` if they are malformed."""
    lines = raw.decode("latin-1").replace("\r\n", "\n").split("\n")
    if len(lines) > MAX_FIELDS + 1:
        raise Fault(f"Too many headers (over {MAX_FIELDS})", kind="limit")
    match = _STATUS.match(lines[0])
    if match is None:
        raise Fault(f"Bad status line: {excerpt(raw)}", kind="protocol")
    pairs: list[tuple[str, str]] = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if line[:1] in (" ", "\t"):
            # A header that continues on the next line is joined with a blank (obs-fold, RFC 9112 section 5.2).
            if pairs:
                pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]} {line.strip()}".strip())
        elif not colon:
            raise Fault(f"Bad header line: {line[:60]!r}", kind="protocol")
        else:
            pairs.append((name.rstrip(" \t"), value.strip(" \t")))
    return f"HTTP/1.{match[1]}", int(match[2]), (match[3] or "").strip(), pairs


def excerpt(raw: bytes) -> str:
    """The first bytes of a response, for a message."""
    return repr(raw[:60].decode("latin-1"))


def may_stay_open(version: str, headers: Headers) -> bool:
    """Whether the connection stays open after a response with these headers."""
    connection = headers.get("Connection", "").lower()
    if version == "HTTP/1.0":
        return "keep-alive" in connection
    return "close" not in connection
