"""Slow responses, and responses that fail on purpose.

Slow are server-sent events, JSON lines, a body byte by byte, and a plain delay. Failing are statuses of the caller's
choice, temporary failures, and connections that end too soon.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count

from callbox.practice.connection_and_messages import (
    JSON_TYPE,
    ClientGone,
    Fields,
    Problem,
    ServerResponse,
    encode,
    json_response,
)
from callbox.practice.json_schema import Schema, ref
from callbox.practice.library_data_logins_and_nonces import BOOKS
from callbox.practice.router import ANY, Endpoint, HandlerCall, Param, ResponseSpec, in_path, json_spec, problem_spec
from callbox.practice.routes.authentication import BASIC_CHALLENGE

_NO_STORE = ("Cache-Control", "no-store")


def _events(call: HandlerCall) -> ServerResponse:
    fields = (("Content-Type", "text/event-stream"), _NO_STORE)
    return ServerResponse(200, fields, stream=_each_event(call))


def _each_event(call: HandlerCall) -> Iterator[bytes]:
    """Server-sent events, which begin after `Last-Event-ID`. Every fifth event has two lines of data."""
    last = call.request.field("last-event-id")
    start = int(last) + 1 if last.isascii() and last.isdigit() and len(last) < 10 else 1
    yield b"retry: 1000\n\n"
    for number in _numbers(call, start):
        book = BOOKS[number % len(BOOKS)]
        data = json.dumps({"number": number, "title": book.title}, ensure_ascii=False)
        more = "data: and this is its second line\n" if number % 5 == 0 else ""
        yield f"id: {number}\nevent: returned\ndata: {data}\n{more}\n".encode()


def _lines(call: HandlerCall) -> ServerResponse:
    fields = (("Content-Type", "application/x-ndjson"), _NO_STORE)
    return ServerResponse(200, fields, stream=_each_line(call))


def _each_line(call: HandlerCall) -> Iterator[bytes]:
    for number in _numbers(call, 1):
        book = BOOKS[number % len(BOOKS)]
        yield encode({"number": number, "title": book.title, "author": book.author, "year": book.year})


def _numbers(call: HandlerCall, start: int) -> Iterator[int]:
    """Yield `n` numbers (0: without end), with `s` seconds between them."""
    amount, seconds = call.number("n"), call.real("s")
    for number in count(start):
        if amount and number >= start + amount:
            return
        if number > start:
            call.client.pause(seconds)
        yield number


def _slow(call: HandlerCall) -> ServerResponse:
    call.client.pause(call.real("s"))
    return json_response({"waited": call.real("s")})


def _drip(call: HandlerCall) -> ServerResponse:
    return ServerResponse(
        200, (("Content-Type", "text/plain"), _NO_STORE), stream=_drops(call), length=call.number("n")
    )


def _drops(call: HandlerCall) -> Iterator[bytes]:
    amount = call.number("n")
    for number in range(amount):
        call.client.pause(call.real("s") / amount)
        yield b"\n" if number == amount - 1 else b"*"


def _seconds(default: float, example: float) -> Param:
    schema: Schema = {"type": "number", "minimum": 0, "maximum": 600, "default": default}
    return Param("s", schema, "Seconds", example)


def _amount(summary: str, least: int, default: int) -> Param:
    schema: Schema = {"type": "integer", "minimum": least, "maximum": 1_000_000, "default": default}
    return Param("n", schema, summary, 2)


_WAITED: Schema = {"type": "object", "required": ["waited"], "properties": {"waited": {"type": "number"}}}
_STREAM_ROUTES = (
    Endpoint(
        "GET",
        "/events",
        _events,
        summary="Server-sent events, some seconds apart",
        tag="streams",
        params=(_amount("How many; 0 for no end", 0, 5), _seconds(0.2, 0.01)),
        responses=(ResponseSpec(200, "The events", "text/event-stream"),),
    ),
    Endpoint(
        "GET",
        "/lines",
        _lines,
        summary="Lines of JSON, some seconds apart",
        tag="streams",
        params=(_amount("How many; 0 for no end", 0, 5), _seconds(0.1, 0.01)),
        responses=(ResponseSpec(200, "The lines", "application/x-ndjson"),),
    ),
    Endpoint(
        "GET",
        "/slow",
        _slow,
        summary="A response after some seconds",
        tag="streams",
        params=(_seconds(2, 0.01),),
        responses=(json_spec(_WAITED, "At last"),),
    ),
    Endpoint(
        "GET",
        "/drip",
        _drip,
        summary="A body that comes byte by byte over some seconds",
        tag="streams",
        params=(_amount("How many bytes", 1, 10), _seconds(2, 0.02)),
        responses=(ResponseSpec(200, "The bytes", "text/plain"),),
    ),
)


_INTERIM = {100: b"Continue", 102: b"Processing", 103: b"Early Hints"}
_EXTRA: dict[int, Fields] = {
    401: (("WWW-Authenticate", BASIC_CHALLENGE),),
    405: (("Allow", "GET, HEAD, OPTIONS"),),
    407: (("Proxy-Authenticate", BASIC_CHALLENGE),),
    426: (("Upgrade", "HTTP/2.0"),),
    429: (("Retry-After", "1"),),
    503: (("Retry-After", "1"),),
}


def _status(call: HandlerCall) -> ServerResponse:
    code = call.number("code")
    if code < 200:
        if code not in _INTERIM:
            raise Problem(422, f"{code} is not an interim status that can be sent here", hint="100, 102 or 103")
        client = b"Link: </books>; rel=preload\r\n" if code == 103 else b""
        interim = b"HTTP/1.1 %d %s\r\n%s\r\n" % (code, _INTERIM[code], client)
        return json_response({"status": 200, "interim": code})._replace(interim=interim)
    if code in (204, 205, 304):
        return ServerResponse(code)
    fields = _EXTRA.get(code, ())
    if 300 <= code < 400:
        fields = (("Location", "/echo"),)
    return json_response({"status": code}, code, fields)


def _flaky(call: HandlerCall) -> ServerResponse:
    attempt = call.state.attempts.count(call.text("key"))
    left = call.number("fail") - attempt
    if left >= 0:
        status = call.number("status")
        raise Problem(status, f"not yet: attempt {attempt}", hint=f"{left + 1} more", fields=(("Retry-After", "0"),))
    return json_response({"attempt": attempt})


def _close(_call: HandlerCall) -> ServerResponse:
    return json_response({"closing": True})._replace(closes_connection=True)


def _drop(_call: HandlerCall) -> ServerResponse:
    raise ClientGone


def _truncated(call: HandlerCall) -> ServerResponse:
    fields = (("Content-Type", "text/plain"),)
    half = [b"the first half of it is here, "]
    if call.flag("chunked"):
        return ServerResponse(200, fields, stream=half, is_truncated=True)
    return ServerResponse(200, fields, stream=half, length=2 * len(half[0]), is_truncated=True)


_CODE: Schema = {"type": "integer", "minimum": 100, "maximum": 999}
_CODES: Schema = {"type": "integer", "minimum": 400, "maximum": 599, "default": 503}
_OBJECT: Schema = {"type": "object"}
_ANY_STATUS = tuple(
    ResponseSpec(status, f"A status of your choice ({status})", JSON_TYPE, _OBJECT)
    for status in ("2XX", "3XX", "4XX", "5XX")
)
_ATTEMPT: Schema = {"type": "object", "required": ["attempt"], "properties": {"attempt": {"type": "integer"}}}
_FAULT_ROUTES = (
    Endpoint(
        ANY,
        "/status/{code}",
        _status,
        summary="The status of your choice",
        tag="faults",
        params=(in_path("code", _CODE, "From 100 to 999; 100, 102 and 103 come before a 200", 418),),
        responses=(*_ANY_STATUS, ResponseSpec("default", "A status beyond 599", JSON_TYPE, _OBJECT)),
    ),
    Endpoint(
        ANY,
        "/flaky",
        _flaky,
        summary="Fails a few times, then works",
        tag="faults",
        params=(
            Param("fail", {"type": "integer", "minimum": 0, "maximum": 1000, "default": 2}, "How often", 1),
            Param(
                "key",
                {"type": "string", "maxLength": 100, "default": ""},
                "A name whose attempts are counted separately",
                "a",
            ),
            Param("status", _CODES, "The status of the failures", 503),
        ),
        responses=(
            json_spec(_ATTEMPT, "It works"),
            problem_spec(503, "Not yet", "Retry-After"),
            ResponseSpec("4XX", "Not yet", "application/problem+json", ref("Problem")),
            ResponseSpec("5XX", "Not yet", "application/problem+json", ref("Problem")),
        ),
    ),
    Endpoint(
        "GET",
        "/close",
        _close,
        summary="Closes the connection after the response",
        tag="faults",
        responses=(json_spec(_OBJECT),),
    ),
    Endpoint(
        ANY,
        "/drop",
        _drop,
        summary="Closes the connection without a response",
        tag="faults",
        broken="there is no response",
    ),
    Endpoint(
        "GET",
        "/truncated",
        _truncated,
        summary="A response cut off in the middle",
        tag="faults",
        params=(Param("chunked", {"type": "boolean"}, "Cut off between chunks", False),),
        responses=(ResponseSpec(200, "Half of it", "text/plain"),),
        broken="the body ends too soon",
    ),
)
ROUTES = (*_STREAM_ROUTES, *_FAULT_ROUTES)
