"""Show requests and responses: request or status line, headers and cookies. Secrets are redacted."""

from __future__ import annotations

from typing import NamedTuple

from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import header_text
from callbox.exchange.redaction.displayed_fields_and_values import redact_field as masked
from callbox.exchange.redaction.displayed_fields_and_values import redact_shown_url
from callbox.exchange.redaction.secrets_by_value import redact_filled, without_filled_secrets
from callbox.exchange.request import Field, Outgoing
from callbox.exchange.request_content import Content, Part
from callbox.exchange.response import Connection, ResponseHead
from callbox.exchange.secret import Secret, redact_secret
from callbox.exchange.secret import reveal as opened
from callbox.render.ansi_and_sanitiser import visible_fragments, visible_line
from callbox.render.sizes_and_durations import duration, size
from callbox.render.style import Fragments, status_style
from callbox.render.tables_and_text_width import fit, width_of


class FieldLine(NamedTuple):
    """A header field, or a detail of the field above: a parameter of the target, or a cookie of the Cookie field."""

    name: str
    value: str
    source: str
    mark: str = ": "
    """The text between name and value. For a detail it is `==` or `=`, as in a typed item."""

    @property
    def is_detail(self) -> bool:
        """Whether this line only explains the line above, and is not sent in this form."""
        return self.mark != ": "

    @property
    def text(self) -> str:
        """The text of the line."""
        return f"{'  ' if self.is_detail else ''}{self.name}{self.mark}{self.value}"

    @property
    def width(self) -> int:
        """The width of the line in columns."""
        return width_of(self.text)


def redacted_target(outgoing: Outgoing, *, reveal: bool) -> str:
    """The path and the query as they are sent, with the values of secret parameters redacted.

    >>> from callbox.exchange.url import parse
    >>> redacted_target(Outgoing("GET", parse("http://a/b?x=1&access_token=abcdef")), reveal=False)
    '/b?x=1&access_token=...'
    """
    if reveal:
        return outgoing.url.target
    target = redact_filled(outgoing.url.target, outgoing.all_secrets)
    return redact_shown_url(target, {f.name for f in outgoing.query if isinstance(f.value, Secret)})


def redacted_url(outgoing: Outgoing) -> str:
    """The URL, redacted."""
    return redacted_origin(outgoing) + redacted_target(outgoing, reveal=False)


def redacted_origin(outgoing: Outgoing) -> str:
    """The origin, redacted, since the host may contain a secret from a variable."""
    return redact_filled(outgoing.url.origin, outgoing.all_secrets)


def request_lines(outgoing: Outgoing, *, reveal: bool) -> list[FieldLine]:
    """The lines of a request: its parameters, then each field in order, with the cookies after the Cookie field."""
    lines = []
    if any(field.source != "url" for field in outgoing.query):
        lines += [_line(field, _value(field, reveal), "==") for field in outgoing.query]
    for field in outgoing.headers:
        if field.name.lower() != "cookie":
            lines.append(_line(field, _value(field, reveal)))
            continue
        lines.append(_line(field, _cookie_value(outgoing, field, reveal)))
        for cookie in outgoing.cookies:
            value = opened(cookie.value)
            lines.append(_line(cookie, value if reveal else redact_secret(value), "="))
    return lines


def _line(field: Field, value: str, mark: str = ": ") -> FieldLine:
    return FieldLine(
        name=visible_line(field.name), value=visible_line(value), source=visible_line(field.source), mark=mark
    )


def _value(field: Field, reveal: bool) -> str:
    return opened(field.value) if reveal else masked(field.name, field.value)


def _cookie_value(outgoing: Outgoing, field: Field, reveal: bool) -> str:
    """The cookies of a field. Every value is redacted, since any cookie may be the credential of a login."""
    if reveal:
        return opened(field.value)
    if outgoing.cookies:
        return "; ".join(f"{cookie.name}={redact_secret(opened(cookie.value))}" for cookie in outgoing.cookies)
    pairs = [pair.strip().partition("=") for pair in opened(field.value).split(";")]
    return "; ".join(f"{name}={redact_secret(value)}" if mark else redact_secret(name) for name, mark, value in pairs)


WIDEST = 120
"""The width in columns of a request that is shown with the source of each header, if there is no terminal."""
_BODY_ROWS = 300
_SOURCE = 9
"""The width of the source column: the word `default` and the gap before it."""


def status_line(response: ResponseHead) -> Fragments:
    """The status line with its connection, such as `HTTP/1.1 200 OK  connection 4 reused`, with a line break.

    >>> from callbox.exchange.headers import Headers
    >>> from callbox.render.ansi_and_sanitiser import plain
    >>> plain(status_line(ResponseHead(200, "OK", Headers(), "HTTP/1.1", Connection(4, True, "", 0))))
    'HTTP/1.1 200 OK  connection 4 reused\\n'
    """
    return [*_status(response), ("", "\n")]


def _status(response: ResponseHead) -> Fragments:
    style = status_style(response.status)
    out: Fragments = [("protocol", visible_line(response.version) + " "), (style, str(response.status))]
    if response.reason:
        out += [("", " "), *_line_fragments(header_text(response.reason), style)]
    return out + _connection(response.connection) if response.connection else out


def _connection(connection: Connection) -> Fragments:
    state = "reused" if connection.is_reused else "new"
    out: Fragments = [("connection", f"  connection {connection.number} {state}")]
    if connection.tls and not connection.is_verified:
        out += [("", "  "), ("insecure", "not verified")]
    return out


def head(response: ResponseHead) -> Fragments:
    """The status line, and each field as received, each on its own line."""
    out = status_line(response)
    for name, value in response.headers.decoded():
        out += [*_line_fragments(name, "header.name"), ("", ": ")]
        out += [*_line_fragments(value, "header.value"), ("", "\n")]
    return out


def _line_fragments(text: str, style: str) -> Fragments:
    """The fragments of one line, with line breaks in the text made visible."""
    is_one_line = "\n" not in text and "\t" not in text and "\r" not in text
    return visible_fragments(text, style) if is_one_line else [(style, visible_line(text))]


def hop(record: Record, next_outgoing: Outgoing) -> Fragments:
    """A response and the request that follows it, in one line: `HTTP/1.1 302 Found  connection 1 new  -> GET /b`."""
    target = redacted_target(next_outgoing, reveal=False)
    if next_outgoing.url.origin != record.outgoing.url.origin:
        target = redacted_origin(next_outgoing) + target
    out = _status(record.response)
    out += [("dim", "  -> "), ("method", visible_line(next_outgoing.method)), ("", " ")]
    return [*out, ("url", visible_line(target)), ("", "\n")]


def summary(record: Record) -> str:
    """The size and time of an exchange: `3.1 kB in 142 ms`."""
    size_and_time = f"{size(record.size)} in {duration(record.seconds)}"
    return size_and_time if record.is_complete else f"{size_and_time}, cut off"


def request(
    outgoing: Outgoing,
    *,
    with_sources: bool,
    reveal: bool = False,
    head: bool = True,
    body: bool = True,
    width: int = 80,
    is_laid_out: bool = True,
) -> Fragments:
    """A request as it is sent: request line and fields if `head` is set, and the body if `body` is set.

    With `with_sources`, each field shows its source, and parameters and cookies have their own lines. Secrets are
    redacted unless `reveal` is set. The body is laid out for reading unless `is_laid_out` is unset.
    """
    outgoing = outgoing if reveal else without_filled_secrets(outgoing)
    out = _request_head(outgoing, width, with_sources=with_sources, reveal=reveal) if head else []
    if body and outgoing.content is not None and outgoing.content != Content():
        from callbox.exchange.redaction.secrets_by_name import (
            redact_content,  # this imports json, and most requests have no body
        )

        content = outgoing.content if reveal else redact_content(outgoing.content)
        out += [("", "\n")] if head else []
        out += _content(outgoing, content, width, is_laid_out=is_laid_out)
    return out


def _request_head(outgoing: Outgoing, width: int, *, with_sources: bool, reveal: bool) -> Fragments:
    out: Fragments = [("method", visible_line(outgoing.method)), ("", " ")]
    out += [("url", visible_line(redacted_target(outgoing, reveal=reveal))), ("protocol", " HTTP/1.1\n")]
    lines = request_lines(outgoing, reveal=reveal)
    if not with_sources:
        lines = [line for line in lines if not line.is_detail]
    column = _source_column(lines, width)
    for line in lines:
        out += _request_line(line)
        if with_sources:
            # If a line is too long, its source is shown below it, in the same column.
            before = " " * (column - line.width) if line.width < column else "\n" + " " * column
            out += [("", before), ("source", line.source)]
        out.append(("", "\n"))
    return out


def _source_column(lines: list[FieldLine], width: int) -> int:
    """The column where the source of each header starts.

    It is just after the longest header line that leaves room for a source within `width`.
    """
    fitting = [line.width for line in lines if line.width <= width - _SOURCE]
    return max(fitting, default=0) + 2


def _request_line(line: FieldLine) -> Fragments:
    if line.is_detail:
        return [("dim", line.text)]
    return [("header.name", line.name), ("", line.mark), ("header.value", line.value)]


def _content(outgoing: Outgoing, content: Content, width: int, *, is_laid_out: bool) -> Fragments:
    if content.parts:
        return [fragment for part in content.parts for fragment in _part(part)]
    if content.path:
        size_text = f"  ({size(content.size)})" if content.size is not None else ""
        return [("", f"< {visible_line(content.path)}"), ("dim", f"{size_text}\n")]
    if content.data is None:
        size_text = f", {size(content.length)}" if content.length is not None else ""
        return [("note", f"a stream{size_text}\n")]
    from callbox.render.body import body  # most requests have no body

    content_types = [field.value for field in outgoing.headers if field.name.lower() == "content-type"]
    media_type = str(content_types[-1]) if content_types else content.media_type or ""
    is_form = media_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded"
    if is_form or not is_laid_out:
        media_type = "text/plain"  # unchanged, because a layout such as rows of names and values would be another text
    return body(content.data, media_type, width=width, max_lines=_BODY_ROWS, more="")


def _part(part: Part) -> Fragments:
    """A part of a multipart body in the form of a typed item: `name=value`, `name@file;type=image/png`."""
    out: Fragments = [("key", visible_line(part.name))]
    if part.filename is None and part.pieces is None:
        text = visible_line(part.data.decode("utf-8", "replace"))
        return [*out, ("", f"={fit(text, 1000)}\n")]
    out.append(("", f"@{visible_line(part.path or part.filename or '')}"))
    if part.media_type:
        out.append(("", f";type={visible_line(part.media_type)}"))
    length = part.length if part.pieces is not None else len(part.data)
    return [*out, ("dim", f"  ({size(length)})\n" if length is not None else "\n")]
