"""Answers that have no end of their own: server-sent events and NDJSON.

A run ends such an answer when what its request expects of the body has come, or when its time is up.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

from callbox.errors import CallboxError, Fault
from callbox.exchange.draft import Draft
from callbox.exchange.events import Chunk, Done, Event, Head, Hop, Sent
from callbox.exchange.incoming import Incoming
from callbox.exchange.outgoing import Outgoing
from callbox.exchange.record import Record
from callbox.render.media import is_stream
from callbox.script.expect import check, filled
from callbox.script.model import Expectation
from callbox.script.scope import Scope
from callbox.script.settings import read_events

Enough = Callable[[Record], bool]
"""Whether what has come of an answer is all that is wanted of it."""


def enough_of(scope: Scope) -> Enough | None:
    """What ends the answer of a step: all that it expects of the body, or `# @events`; None where it says neither."""
    # what is written to a file is wanted whole
    wanted = [one for one in scope.step.expectations if one.subject in ("body", "xpath") and not scope.step.outputs]
    most = read_events(scope.step, scope) if scope.step.is_directed else None
    if not wanted and most is None:
        return None

    def is_enough(record: Record) -> bool:
        if most is not None and _count(record) >= most:
            return True
        try:
            return bool(wanted) and all(_holds(one, record, scope) for one in wanted)
        except CallboxError:
            return False  # half of an event is not what was meant

    return is_enough


def _holds(wanted: Expectation, record: Record, scope: Scope) -> bool:
    expectation, expected = filled(wanted, scope)
    return check(expectation, record, expected).is_ok


def _count(record: Record) -> int:
    """How many events have come to their end: with a blank line, or in NDJSON with the line."""
    text = record.body.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    is_events = "event-stream" in record.incoming.headers.get("Content-Type", "").lower()
    return text.count(b"\n\n" if is_events else b"\n")


def ended(events: Iterator[Event], draft: Draft, enough: Enough, now: Callable[[], float]) -> Iterator[Event]:
    """The events of an exchange; where its answer is a stream, no more of them than is enough."""
    try:
        yield from _no_more(events, draft, enough, now)
    finally:
        if isinstance(events, Generator):
            events.close()


def _no_more(events: Iterator[Event], draft: Draft, enough: Enough, now: Callable[[], float]) -> Iterator[Event]:
    outgoing: Outgoing | None = None
    incoming: Incoming | None = None
    history: list[Record] = []
    body, begun = bytearray(), now()
    for event in events:
        yield event
        if isinstance(event, Sent):
            outgoing = event.outgoing
        elif isinstance(event, Hop):
            history.append(event.record)
        elif isinstance(event, Head):
            incoming = event.incoming if _is_endless(event.incoming) else None
        elif isinstance(event, Chunk) and incoming is not None and outgoing is not None:
            body += event.data
            timings = incoming.timings._replace(total=now() - begun)
            so_far = Record(draft, outgoing, incoming._replace(timings=timings), bytes(body), len(body), tuple(history))
            if enough(so_far):
                yield Done(so_far._replace(body=b"", is_complete=False, time=begun))
                return


def _is_endless(incoming: Incoming) -> bool:
    return is_stream(incoming.headers.get("Content-Type", "")) and "Content-Length" not in incoming.headers


def ended_in_time(fault: CallboxError) -> Record | None:
    """The answer where it is a stream whose time was up; None for every other fault."""
    record = fault.record if isinstance(fault, Fault) and fault.kind == "total-timeout" else None
    if not isinstance(record, Record) or not is_stream(record.incoming.headers.get("Content-Type", "")):
        return None
    return record
