"""Answers that have no end of their own: server-sent events and NDJSON.

A run ends such an answer when what its request expects of the body has come, or when its time is up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from typing import NamedTuple

from callbox.errors import CallboxError, Fault
from callbox.exchange.events import Chunk, Done, Event, Head, Hop, Record, Sent
from callbox.exchange.media_types import is_stream
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.response import Incoming
from callbox.httpfile.assertions.evaluate import check, filled
from callbox.httpfile.model import Expectation
from callbox.httpfile.requests.directives import read_events
from callbox.httpfile.variables.scope import Scope

_EVENT = re.compile(rb"(?:\r\n|\n|\r(?!\n)){2}")
_LINE = re.compile(rb"\n")


class Enough(NamedTuple):
    """What is wanted of an answer that may go on for ever."""

    scope: Scope
    wanted: tuple[Expectation, ...] = ()
    """All of this has to hold of it."""
    most: int | None = None
    """Or so many events have come to their end: with a blank line, or in NDJSON with the line."""

    def holds(self, record: Record) -> bool:
        """Whether what has come is what is expected."""
        try:
            return bool(self.wanted) and all(_holds(one, record, self.scope) for one in self.wanted)
        except CallboxError:
            return False  # half of an event is not what was meant


class _Counting:
    """The events of a body as it comes, until there are as many as are wanted."""

    def __init__(self, most: int | None, incoming: Incoming) -> None:
        is_events = "event-stream" in incoming.headers.get("Content-Type", "").lower()
        self._pattern = _EVENT if is_events else _LINE
        self._left = most
        self._open = b""
        """What came behind the last end."""

    @property
    def is_done(self) -> bool:
        """Whether they have all come."""
        return self._left == 0

    def take(self, data: bytes) -> bytes:
        """What is kept of the bytes that come next: nothing beyond the last event that is wanted."""
        if self._left is None:
            return data
        seen, end = self._open + data, 0
        for found in self._pattern.finditer(seen):
            end = found.end()
            self._left -= 1
            if not self._left:
                return data[: end - len(self._open)]
        self._open = seen[end:]
        return data


def enough_of(scope: Scope, is_whole: bool = False) -> Enough | None:
    """What ends the answer of a step: all that it expects of the body, or `# @events`; None where it says neither.

    What `is_whole`, or is written to a file, is wanted to its end.
    """
    is_whole = is_whole or bool(scope.step.outputs)
    wanted = tuple(one for one in scope.step.expectations if one.subject in ("body", "xpath") and not is_whole)
    most = read_events(scope.step, scope) if scope.step.is_directed else None
    return Enough(scope, wanted, most) if wanted or most is not None else None


def _holds(expectation: Expectation, record: Record, scope: Scope) -> bool:
    wanted, expected, _ = filled(expectation, scope)
    return check(wanted, record, expected).is_ok


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
    counting: _Counting | None = None
    history: list[Record] = []
    body, begun = bytearray(), now()
    for event in events:
        if isinstance(event, Chunk) and counting is not None:
            event = event._replace(data=counting.take(event.data))
        yield event
        if isinstance(event, Sent):
            outgoing = event.outgoing
        elif isinstance(event, Hop):
            history.append(event.record)
        elif isinstance(event, Head):
            incoming = event.incoming if _is_endless(event.incoming) else None
            counting = _Counting(enough.most, incoming) if incoming is not None else None
        elif isinstance(event, Chunk) and incoming and outgoing and counting:
            body += event.data
            if not (enough.wanted or counting.is_done):
                continue
            timings = incoming.timings._replace(total=now() - begun)
            so_far = Record(draft, outgoing, incoming._replace(timings=timings), bytes(body), len(body), tuple(history))
            if counting.is_done or enough.holds(so_far):
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
