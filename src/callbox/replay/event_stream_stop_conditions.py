"""Stop reading an endless response (server-sent events, NDJSON) when a condition is met or its time is up."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from typing import NamedTuple

from callbox.errors import CallboxError, Fault
from callbox.exchange.exchange_record_and_events import Chunk, Done, Event, Head, Hop, Record, Sent
from callbox.exchange.media_types_and_charsets import is_stream
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.response import ResponseHead
from callbox.httpfile.assertion_evaluator import check, fill_variables
from callbox.httpfile.model import Expectation
from callbox.httpfile.requests.options_conditions_and_loops import read_events
from callbox.httpfile.variables.variable_scope import Scope
from callbox.system.threads import in_main_thread

_EVENT = re.compile(rb"(?:\r\n|\n|\r(?!\n)){2}")
_LINE = re.compile(rb"\n")
_LONGEST_END = 4
"""The most bytes that end an event: two line ends."""
MAX_CHECKING_S = 1.0
"""As long as its checks have taken less time than this, a stream is checked after each piece."""
PAUSE = 20
"""After that, a check must wait 20 times as long as the last check took, or until the body has twice the size.

So the checks take time in proportion to the body, and an event that comes after a pause is still checked at once.
"""


class StopCondition(NamedTuple):
    """When to stop reading a response that may never end."""

    scope: Scope
    expectations: tuple[Expectation, ...] = ()
    """The expectations, all of which must be true to stop."""
    max_events: int | None = None
    """The number of events after which to stop. An event of NDJSON is a line; other events end with a blank line."""

    def is_met(self, record: Record) -> bool:
        """Whether the body received so far meets the expectations."""
        try:
            return bool(self.expectations) and all(
                _is_met(expectation, record, self.scope) for expectation in self.expectations
            )
        except CallboxError:
            return False  # an incomplete event could meet a condition by mistake


class EventCounter:
    """Counts the events of an arriving body, up to the wanted number."""

    def __init__(self, max_events: int | None, response: ResponseHead) -> None:
        is_events = "event-stream" in response.headers.get("Content-Type", "").lower()
        self._pattern = _EVENT if is_events else _LINE
        self._events_left = max_events
        self._unfinished = b""
        """The bytes after the last complete event."""

    @property
    def is_done(self) -> bool:
        """Whether all wanted events have arrived."""
        return self._events_left == 0

    def take(self, data: bytes) -> bytes:
        """The next bytes up to the end of the last wanted event."""
        if self._events_left is None:
            return data
        text, end = self._unfinished + data, 0
        for found in self._pattern.finditer(text):
            end = found.end()
            self._events_left -= 1
            if not self._events_left:
                return data[: end - len(self._unfinished)]
        self._unfinished = text[max(end, len(text) - _LONGEST_END) :]
        return data


def make_stop_condition(scope: Scope, is_whole: bool = False) -> StopCondition | None:
    """The stop condition of a step: its expectations on the body, or `# @events`. None if the step has neither.

    Expectations do not stop a body that `is_whole`, or that is written to a file: such a body is read to its end, or to
    the last event of `# @events`.
    """
    is_whole = is_whole or bool(scope.step.outputs)
    expectations = tuple(
        expectation
        for expectation in scope.step.expectations
        if expectation.subject in ("body", "xpath") and not is_whole
    )
    max_events = read_events(scope.step, scope) if scope.step.has_effective_directives else None
    return StopCondition(scope, expectations, max_events) if expectations or max_events is not None else None


def _is_met(expectation: Expectation, record: Record, scope: Scope) -> bool:
    filled, expected, _ = fill_variables(expectation, scope)
    return in_main_thread(lambda: check(filled, record, expected).is_ok)


def stop_stream(
    events: Iterator[Event], draft: Draft, condition: StopCondition, now: Callable[[], float]
) -> Iterator[Event]:
    """The events of an exchange. A streamed response ends as soon as the stop condition is met."""
    try:
        yield from _stop_stream(events, draft, condition, now)
    finally:
        if isinstance(events, Generator):
            events.close()


def _stop_stream(
    events: Iterator[Event], draft: Draft, condition: StopCondition, now: Callable[[], float]
) -> Iterator[Event]:
    watch = _StreamWatch(draft, condition, now)
    for event in events:
        event = watch.cut(event)
        yield event
        so_far = watch.take(event)
        if so_far is not None:
            yield Done(so_far._replace(body=b"", is_complete=False, time=watch.started))
            return


class _StreamWatch:
    """Watches an exchange until the stop condition of its stream is met."""

    def __init__(self, draft: Draft, condition: StopCondition, now: Callable[[], float]) -> None:
        self.started = now()
        self._draft = draft
        self._condition = condition
        self._now = now
        self._outgoing: Outgoing | None = None
        self._response: ResponseHead | None = None
        """The head of a stream; None for every other response."""
        self._counter: EventCounter | None = None
        self._history: list[Record] = []
        self._body = bytearray()
        self._checking_s = 0.0
        """The time that all checks have taken."""
        self._next_size, self._next_time = 0, 0.0
        """The size of the body, and the time, at which the next check is due."""

    def cut(self, event: Event) -> Event:
        """The event, without the bytes after the last wanted event of the stream."""
        if isinstance(event, Chunk) and self._counter is not None:
            return event._replace(data=self._counter.take(event.data))
        return event

    def take(self, event: Event) -> Record | None:
        """Take note of an event. Returns the exchange so far if the stream ends with this event."""
        if isinstance(event, Sent):
            self._outgoing = event.outgoing
        elif isinstance(event, Hop):
            self._history.append(event.record)
        elif isinstance(event, Head):
            self._response = event.response if _is_endless(event.response) else None
            max_events = self._condition.max_events
            self._counter = EventCounter(max_events, self._response) if self._response is not None else None
        elif isinstance(event, Chunk) and self._response is not None and self._counter is not None:
            self._body += event.data
            return self._record_at_end(self._response, self._counter)
        return None

    def _record_at_end(self, response: ResponseHead, counter: EventCounter) -> Record | None:
        """The exchange so far if the condition is met. A long body is not checked after each piece."""
        size, now = len(self._body), self._now()
        is_due = bool(self._condition.expectations) and (size >= self._next_size or now >= self._next_time)
        if self._outgoing is None or not (counter.is_done or is_due):
            return None
        so_far = Record(
            draft=self._draft,
            outgoing=self._outgoing,
            response=response._replace(timings=response.timings._replace(total=now - self.started)),
            body=bytes(self._body),
            size=size,
            history=tuple(self._history),
        )
        return so_far if counter.is_done or self._is_met(so_far, now) else None

    def _is_met(self, so_far: Record, started: float) -> bool:
        is_met = self._condition.is_met(so_far)
        ended = self._now()
        self._checking_s += ended - started
        if self._checking_s > MAX_CHECKING_S:
            self._next_size, self._next_time = so_far.size * 2, ended + (ended - started) * PAUSE
        return is_met


def _is_endless(response: ResponseHead) -> bool:
    return is_stream(response.headers.get("Content-Type", "")) and "Content-Length" not in response.headers


def record_of_timed_out_stream(fault: CallboxError) -> Record | None:
    """The response if it is a stream that timed out; None for every other fault."""
    record = fault.record if isinstance(fault, Fault) and fault.kind == "total-timeout" else None
    if not isinstance(record, Record) or not is_stream(record.response.headers.get("Content-Type", "")):
        return None
    return record
