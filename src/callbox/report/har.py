"""HAR 1.2: exchanges as values of an archive, and the HAR report of a run.

The report has a page for each file and an entry for each exchange, redirects included. Values of the type `Secret` are
written redacted; `callbox.report.run_redaction` redacts all other secrets.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import TypeAlias
from urllib.parse import unquote_plus

from callbox.exchange.cookies.cookie import SetCookie, parse_set_cookie
from callbox.exchange.exchange_record_and_events import Record, format_timestamp
from callbox.exchange.media_types_and_charsets import find_encoding
from callbox.exchange.request import Outgoing
from callbox.exchange.request_content import Content, Part
from callbox.exchange.response import ResponseHead, Timings
from callbox.report.openapi_coverage import coverage_lines
from callbox.report.result import Result
from callbox.report.run_report_and_collector import MAX_BODY_BYTES, RunReport, is_unlogged, request_names

Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | None"
Object: TypeAlias = "dict[str, Value]"

_VERSION = "HTTP/1.1"
_CONTROLS = frozenset(range(32)) - {9, 10, 12, 13, 27}
_UNKNOWN = -1


def archive(entries: Iterable[Object], version: str, pages: Iterable[Object] = ()) -> Object:
    """The whole document. `version` is the version of callbox."""
    creator: Object = {"name": "callbox", "version": version}
    return {"log": {"version": "1.2", "creator": creator, "pages": list(pages), "entries": list(entries)}}


def page(name: str, title: str, started: float) -> Object:
    """A group of entries. `started` is in seconds of the epoch."""
    return {"startedDateTime": format_timestamp(started), "id": name, "title": title, "pageTimings": {}}


def entry(record: Record, most: int | None = None) -> Object:
    """An exchange without its redirects, with at most `most` bytes of its body."""
    response = record.response
    timings = spans(response.timings)
    out: Object = {
        "startedDateTime": format_timestamp(record.time),
        "time": _total(timings),
        "request": request(record.outgoing),
        "response": _response(record, most),
        "cache": {},
        "timings": dict(timings),
    }
    if connection := response.connection:
        out["serverIPAddress"] = connection.peer.rpartition(":")[0].strip("[]")
        out["connection"] = str(connection.number)
    return out


def failed_entry(outgoing: Outgoing, started: float, seconds: float, problem: str) -> Object:
    """A request without a response, as browsers write it: the status is 0, and a separate field has the error."""
    content: Object = {"size": 0, "mimeType": "x-unknown"}
    response: Object = {
        "status": 0,
        "statusText": "",
        "httpVersion": _VERSION,
        "cookies": [],
        "headers": [],
        "content": content,
        "redirectURL": "",
        "headersSize": _UNKNOWN,
        "bodySize": _UNKNOWN,
        "_error": problem,
    }
    wait = _milliseconds(seconds)
    timings: Object = {"dns": _UNKNOWN, "connect": _UNKNOWN, "ssl": _UNKNOWN, "send": 0, "wait": wait, "receive": 0}
    return {
        "startedDateTime": format_timestamp(started),
        "time": wait,
        "request": request(outgoing),
        "response": response,
        "cache": {},
        "timings": timings,
    }


def request(outgoing: Outgoing) -> Object:
    """The request in the form of HAR."""
    query = [pair.partition("=") for pair in (outgoing.url.query or "").split("&") if pair]
    out: Object = {
        "method": outgoing.method,
        "url": outgoing.url.text,
        "httpVersion": _VERSION,
        "cookies": [_named(field.name, str(field.value)) for field in outgoing.cookies],
        "headers": [_named(field.name, str(field.value)) for field in outgoing.headers],
        "queryString": [_named(unquote_plus(name), unquote_plus(value)) for name, _, value in query],
        "headersSize": _UNKNOWN,
        "bodySize": _size_of(outgoing.content),
    }
    if outgoing.content is not None:
        out["postData"] = _post_data(outgoing, outgoing.content)
    return out


def spans(timings: Timings) -> dict[str, Value]:
    """The timings in milliseconds. A phase that did not happen is -1. `connect` includes `ssl`, as HAR requires."""
    connect = timings.connect + timings.tls
    return {
        "blocked": _UNKNOWN,
        "dns": _milliseconds(timings.dns) if timings.dns else _UNKNOWN,
        "connect": _milliseconds(connect) if connect else _UNKNOWN,
        "ssl": _milliseconds(timings.tls) if timings.tls else _UNKNOWN,
        "send": _milliseconds(timings.send),
        "wait": _milliseconds(timings.wait),
        "receive": _milliseconds(timings.transfer),
    }


def _response(record: Record, most: int | None) -> Object:
    response = record.response
    return {
        "status": response.status,
        "statusText": response.reason,
        "httpVersion": response.version,
        "cookies": _cookies(response),
        "headers": [_named(name, value) for name, value in response.headers.decoded()],
        "content": _content(record, most),
        "redirectURL": response.headers.get("Location", ""),
        "headersSize": _UNKNOWN,
        "bodySize": _UNKNOWN,  # the number of bytes that were received, before decoding
    }


def _cookies(response: ResponseHead) -> list[Value]:
    found = [parse_set_cookie(line) for line in response.headers.getlist("Set-Cookie")]
    return [_cookie(cookie) for cookie in found if isinstance(cookie, SetCookie)]


def _cookie(cookie: SetCookie) -> Value:
    out = _named(cookie.name, cookie.value)
    if cookie.path:
        out["path"] = cookie.path
    if cookie.domain:
        out["domain"] = cookie.domain
    if cookie.expires is not None and abs(cookie.expires) < 2e11:
        out["expires"] = format_timestamp(cookie.expires)
    return {**out, "httpOnly": cookie.http_only, "secure": cookie.secure}


def _content(record: Record, most: int | None) -> Object:
    media_type = record.response.headers.get("Content-Type", "")
    data = record.body if most is None else record.body[:most]
    size = max(record.size, len(record.body))
    out: Object = {"size": size, "mimeType": media_type or "x-unknown", **_text(data, media_type)}
    if size > len(data):
        out["comment"] = f"the first {len(data):,} bytes of it"
    return out


def _text(data: bytes, media_type: str) -> Object:
    if not data:
        return {}
    if any(byte in _CONTROLS for byte in data[:1024]) and "charset=utf-" not in media_type.lower():
        return {"text": b64encode(data).decode("ascii"), "encoding": "base64"}
    return {"text": data.decode(find_encoding(data, media_type), "replace")}


def _post_data(outgoing: Outgoing, content: Content) -> Object:
    content_types = [str(field.value) for field in outgoing.headers if field.name.lower() == "content-type"]
    media_type = content_types[-1] if content_types else content.media_type or ""
    if content.parts:
        return {"mimeType": media_type, "params": [_param(part) for part in content.parts]}
    if content.data is None:
        return {"mimeType": media_type, "text": "", "comment": f"from {content.path or 'a stream'}"}
    return {"mimeType": media_type, "text": content.data.decode(find_encoding(content.data, media_type), "replace")}


def _param(part: Part) -> Value:
    out: Object = {"name": part.name}
    if part.filename is not None:
        out["fileName"] = part.filename
    else:
        out["value"] = part.data.decode("utf-8", "replace")
    if part.media_type:
        out["contentType"] = part.media_type
    return out


def _size_of(content: Content | None) -> int:
    if content is None:
        return 0
    return content.size if content.size is not None else _UNKNOWN


def _named(name: str, value: str) -> Object:
    return {"name": name, "value": value}


def _milliseconds(seconds: float) -> float:
    return round(max(seconds, 0.0) * 1000, 3)


def _total(timings: dict[str, Value]) -> float:
    """The sum of the timings except `ssl`, which `connect` includes."""
    parts = [value for name, value in timings.items() if name != "ssl" and isinstance(value, (int, float))]
    return round(sum(value for value in parts if value > 0), 3)


def write(run: RunReport) -> str:
    """Write the archive as indented ASCII JSON. Requests that were not sent, or have `# @no-log`, are left out."""
    pages: list[Object] = []
    entries: list[Object] = []
    for name, results in run.files():
        found = list(_entries(run, results, f"file_{len(pages) + 1}"))
        if found:
            starts = [exchange.record.time for result in results for exchange in run.exchanges(result)]
            pages.append(page(f"file_{len(pages) + 1}", name, min(starts, default=run.started)))
            entries += found
    made = archive(entries, run.version, pages)
    if run.coverage is not None:
        log = made["log"]
        assert isinstance(log, dict)
        log["comment"] = "\n".join(coverage_lines(run.coverage))
    return json.dumps(made, indent=1) + "\n"


def _entries(run: RunReport, results: tuple[Result, ...], group: str) -> Iterator[Object]:
    for label, result in zip(request_names(results), results, strict=True):
        comment = f"{label}, line {result.line}: {result.outcome}"
        exchanges = run.exchanges(result)
        for exchange in exchanges:
            yield {"pageref": group, **entry(exchange.record, MAX_BODY_BYTES), "comment": comment}
        if not exchanges and result.error is not None and result.outgoing is not None and not is_unlogged(result):
            started = result.time or run.started
            problem = result.error.message
            lost = failed_entry(result.outgoing, started, result.seconds, problem)
            yield {"pageref": group, **lost, "comment": comment}
