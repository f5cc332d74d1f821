"""Requests and responses of a report, already redacted, as fragments and as plain text. Pure."""

from __future__ import annotations

from callbox.exchange.events import Record
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.request_content import Content
from callbox.render.ansi import plain
from callbox.render.body import body
from callbox.render.messages import head, request
from callbox.render.sanitise import visible, visible_line
from callbox.render.style import Fragments
from callbox.report.result import Result
from callbox.report.run_report import MAX_SHOWN_BYTES, is_unlogged

_WIDTH = 110


def exchange_text(result: Result, most: int = 16_000) -> str:
    """The redacted request and response, if there are any, with at most `most` bytes of each body."""
    if is_unlogged(result):
        return ""
    record = result.exchange
    outgoing = record.outgoing if record is not None else result.outgoing
    out: Fragments = []
    if outgoing is not None:
        content = request_body(outgoing, most)
        out += [*request_head(outgoing), *([("", "\n"), *content] if content else []), ("", "\n")]
    if record is not None:
        out += [*head(record.response), ("", "\n"), *answer_body(record, most)]
    return plain(out)


def draft_text(draft: Draft) -> Fragments:
    """A request as it was written, if it cannot be resolved before another has its response."""
    out: Fragments = [("method", visible_line(draft.method)), ("", " "), ("url", visible_line(draft.url)), ("", "\n")]
    for name, value in draft.headers:
        out += [("header.name", visible_line(name)), ("", f": {visible_line(str(value or ''))}\n")]
    if draft.content is not None and draft.content.data:
        out += [("", "\n"), ("", visible(draft.content.data.decode("utf-8", "replace")))]
    return out


def request_head(outgoing: Outgoing) -> Fragments:
    """Request line and headers, already redacted."""
    return request(outgoing, with_sources=False, reveal=True, body=False)


def request_body(outgoing: Outgoing, most: int = MAX_SHOWN_BYTES) -> Fragments:
    """The body as it was sent, or the items and files that it was built from."""
    content = outgoing.content
    if content is None or content == Content():
        return []
    if content.data is None or content.parts:
        shown = request(outgoing._replace(headers=()), with_sources=False, reveal=True)
        return shown[shown.index(("protocol", " HTTP/1.1\n")) + 2 :]
    content_types = [str(field.value) for field in outgoing.headers if field.name.lower() == "content-type"]
    return _cut_body(
        content.data, content_types[-1] if content_types else content.media_type or "", most, len(content.data), True
    )


def answer_body(record: Record, most: int = MAX_SHOWN_BYTES) -> Fragments:
    """The formatted body of the response; empty without one."""
    media_type = record.response.headers.get("Content-Type", "")
    total = max(record.size, len(record.body))
    return _cut_body(record.body, media_type, most, total, record.is_complete)


def _cut_body(data: bytes, media_type: str, most: int, total: int, is_complete: bool) -> Fragments:
    is_whole = is_complete and len(data) <= most and len(data) >= total
    known = total if is_complete else None
    return body(data[:most], media_type, width=_WIDTH, is_whole=is_whole, total=known, more="not in this report")
