"""Exchanges to learn from, made of values."""

from __future__ import annotations

import json

from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.request import Draft, Field, Outgoing
from callbox.exchange.request_content import Content
from callbox.exchange.response import ResponseHead
from callbox.exchange.secret import Secret
from callbox.exchange.url import parse

ORIGIN = "http://a"


def exchange(
    method: str,
    target: str,
    status: int = 200,
    document: object = None,
    *,
    sent: Content | None = None,
    headers: tuple[tuple[str, str | Secret | None], ...] = (),
    query: tuple[tuple[str, str | Secret | None], ...] = (),
    received: tuple[tuple[str, str], ...] = (),
    body: bytes = b"",
    hops: tuple[Record, ...] = (),
    time: float = 0.0,
) -> Record:
    """One exchange with `http://a`; `document` is the JSON of the response."""
    url = target if "://" in target else ORIGIN + target
    if document is not None:
        body, received = json.dumps(document).encode(), (("Content-Type", "application/json"), *received)
    return Record(
        Draft(method, target, headers, query, content=sent),
        Outgoing(method, parse(url), tuple(Field(n, v, "item") for n, v in headers if v is not None), sent),
        ResponseHead(status, "", Headers(received)),
        body,
        len(body),
        hops,
        time=time,
    )
