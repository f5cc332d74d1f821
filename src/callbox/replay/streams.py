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
from callbox.script.expect import check
from callbox.script.scope import Scope

Enough = Callable[[Record], bool]
"""Whether what has come of an answer is all that is wanted of it."""


def enough_of(scope: Scope) -> Enough | None:
    """What ends the answer of a step: all that it expects of the body; None where it expects nothing of it."""
    wanted = [one for one in scope.step.expectations if one.subject in ("body", "xpath")]
    if not wanted:
        return None

    def is_enough(record: Record) -> bool:
        try:
            return all(
                check(one, record, scope.expand([one.value] if one.value is not None else [])).is_ok for one in wanted
            )
        except CallboxError:
            return False  # half of an event is not what was meant

    return is_enough


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
            incoming = event.incoming if is_stream(event.incoming.headers.get("Content-Type", "")) else None
        elif isinstance(event, Chunk) and incoming is not None and outgoing is not None:
            body += event.data
            timings = incoming.timings._replace(total=now() - begun)
            so_far = Record(draft, outgoing, incoming._replace(timings=timings), bytes(body), len(body), tuple(history))
            if enough(so_far):
                yield Done(so_far._replace(body=b"", is_complete=False, time=begun))
                return


def ended_in_time(fault: CallboxError) -> Record | None:
    """The answer where it is a stream whose time was up; None for every other fault."""
    record = fault.record if isinstance(fault, Fault) and fault.kind == "total-timeout" else None
    if not isinstance(record, Record) or not is_stream(record.incoming.headers.get("Content-Type", "")):
        return None
    return record
