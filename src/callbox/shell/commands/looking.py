"""`show last` and `show history`: what took place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from callbox.errors import UsageError
from callbox.exchange.events import Record
from callbox.exchange.select import HEADS, format_value
from callbox.render import charts, messages
from callbox.render.messages import masked_target
from callbox.render.sanitise import visible, visible_line
from callbox.render.style import Fragments, status_style
from callbox.render.tables import pairs
from callbox.render.units import duration, size
from callbox.shell.command import Call
from callbox.shell.outputs import Body, Output, Text, View, say
from callbox.shell.selection import select_of
from callbox.shell.suggest import hint
from callbox.shell.world import World

Shower = Callable[[Record, Call, World], Iterator[Output]]


def show_last(call: Call, world: World) -> Iterator[Output]:
    """`show last [N] [headers | body | request | timing | tls | PATH]`."""
    number, part = call.number("number") or -1, call.text("part")
    shower = _PARTS.get(part)
    if shower is not None:
        record = world.history.get(number) if shower is _request else world.history.answered(number)
        yield from shower(record, call, world)
        return
    if part.isalpha() and part not in HEADS:
        tip = hint(part, [*_PARTS, *HEADS], "headers, body, request, timing, tls, or a path as json.a[0].b")
        raise UsageError(f"No part '{part}' of an answer", hint=tip, place=call.place("part"))
    yield Text([("", visible(format_value(select_of(world.history, number, part))) + "\n")])


def show_history(call: Call, world: World) -> Iterator[Output]:
    """`show history`: number, request, status, size and time of each."""
    items = world.history.items()
    if not items:
        yield say("no request was made yet", "note")
    width = len(str(items[-1][0])) if items else 1
    yield Text([fragment for number, record in items for fragment in _line(number, record, width)])


def _line(number: int, record: Record, width: int) -> Fragments:
    sent = (record.history[0] if record.history else record).outgoing
    url = visible_line(sent.url.origin + masked_target(sent, reveal=False))
    spent = duration(record.incoming.timings.total)
    line: Fragments = [
        ("dim", f"{number:>{width}} "),
        ("method", visible_line(record.draft.method)),
        ("", f" {url} "),
    ]
    if not record.is_answered:
        return [*line, ("status.error", "no response"), ("dim", f" in {spent}: {visible_line(record.fault)}\n")]
    cut = f", cut off: {visible_line(record.fault)}" if record.fault else ""
    status = (status_style(record.incoming.status), str(record.incoming.status))
    return [*line, status, ("dim", f" {size(record.size)} in {spent}{cut}\n")]


def _headers(record: Record, call: Call, world: World) -> Iterator[Output]:
    yield Text(messages.head(record.incoming))


def _body(record: Record, call: Call, world: World) -> Iterator[Output]:
    record = world.history.with_body(call.number("number") or -1)
    media_type = record.incoming.headers.get("Content-Type", "")
    yield Body(record.body, media_type, View("b", is_whole=call.has("whole")), record.is_complete)
    if not record.is_complete:
        yield say(f"cut off after {size(record.size)}{f': {record.fault}' if record.fault else ''}", "note")


def _whole(record: Record, call: Call, world: World) -> Iterator[Output]:
    if call.redirect is None:  # a file or a program wants the content, as of a request
        yield from _headers(record, call, world)
        yield Text([("", "\n")])
    yield from _body(record, call, world)


def _request(record: Record, call: Call, world: World) -> Iterator[Output]:
    yield Text(
        messages.request(
            record.outgoing, with_sources=True, reveal=call.has("reveal"), width=min(world.columns(), messages.WIDEST)
        )
    )


def _timing(record: Record, call: Call, world: World) -> Iterator[Output]:
    incoming = record.incoming
    yield Text(charts.bars(incoming.timings, incoming.connection, width=world.columns(), is_unicode=world.is_unicode))


def _tls(record: Record, call: Call, world: World) -> Iterator[Output]:
    connection = record.incoming.connection
    if connection is None or not connection.tls:
        yield say("no TLS: that was plain HTTP", "note")
        return
    from callbox.shell.certificates import facts  # few ask

    yield Text(pairs(facts(connection, world.ports.now()), world.columns()))


_PARTS: Mapping[str, Shower] = {
    "": _whole,
    "headers": _headers,
    "body": _body,
    "request": _request,
    "timing": _timing,
    "tls": _tls,
}
