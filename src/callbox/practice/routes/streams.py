"""Slow responses: server-sent events, JSON lines, a body byte by byte, and a plain delay."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count

from callbox.practice.connection_and_messages import ServerResponse, encode, json_response
from callbox.practice.json_schema import Schema
from callbox.practice.library_data_logins_and_nonces import BOOKS
from callbox.practice.router import Endpoint, HandlerCall, Param, ResponseSpec, json_spec

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
ROUTES = (
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
