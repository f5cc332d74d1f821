"""When to stop reading an endless response (server-sent events, NDJSON): a condition is met, or time is up."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from typing import NamedTuple

from callbox.errors import CallboxError, Fault
from callbox.exchange.events import Chunk, Done, Event, Head, Hop, Record, Sent
from callbox.exchange.media_types import is_stream
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.response import ResponseHead
from callbox.httpfile.assertion_evaluator import check, fill_variables
from callbox.httpfile.model import Expectation
from callbox.httpfile.requests.directives import read_events
from callbox.httpfile.variables.scope import Scope
from callbox.system.cpu_limit import in_main_thread

_EVENT = re.compile(rb"(?:\r\n|\n|\r(?!\n)){2}")
_LINE = re.compile(rb"\n")
_LONGEST_END = 4
"""The most bytes that end an event: two line ends."""
MAX_CHECKED = 100_000_000
"""Up to this many bytes of checked bodies, each piece of a stream causes a check.

Beyond, a check needs ten per cent more data.
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

    None also for a body that `is_whole`, or that is written to a file: such a body is read to its end.
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
    outgoing: Outgoing | None = None
    response: ResponseHead | None = None
    counter: EventCounter | None = None
    history: list[Record] = []
    body, started = bytearray(), now()
    checked, next_check = 0, 0
    for event in events:
        if isinstance(event, Chunk) and counter is not None:
            event = event._replace(data=counter.take(event.data))
        yield event
        if isinstance(event, Sent):
            outgoing = event.outgoing
        elif isinstance(event, Hop):
            history.append(event.record)
        elif isinstance(event, Head):
            response = event.response if _is_endless(event.response) else None
            counter = EventCounter(condition.max_events, response) if response is not None else None
        elif isinstance(event, Chunk) and response and outgoing and counter:
            body += event.data
            if not counter.is_done and (not condition.expectations or len(body) < next_check):
                continue
            checked += len(body)
            next_check = len(body) + len(body) // 10 if checked > MAX_CHECKED else 0
            timings = response.timings._replace(total=now() - started)
            so_far = Record(
                draft=draft,
                outgoing=outgoing,
                response=response._replace(timings=timings),
                body=bytes(body),
                size=len(body),
                history=tuple(history),
            )
            if counter.is_done or condition.is_met(so_far):
                yield Done(so_far._replace(body=b"", is_complete=False, time=started))
                return


def _is_endless(response: ResponseHead) -> bool:
    return is_stream(response.headers.get("Content-Type", "")) and "Content-Length" not in response.headers


def record_of_timed_out_stream(fault: CallboxError) -> Record | None:
    """The response if it is a stream that timed out; None for every other fault."""
    record = fault.record if isinstance(fault, Fault) and fault.kind == "total-timeout" else None
    if not isinstance(record, Record) or not is_stream(record.response.headers.get("Content-Type", "")):
        return None
    return record
