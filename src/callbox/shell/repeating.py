"""`again --times N`: one request many times over, and what can be said of all of them together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from callbox.errors import Fault, Interrupted
from callbox.exchange.events import Done, Record
from callbox.exchange.request import Draft
from callbox.render.charts import histogram, percentile, sparkline
from callbox.render.style import Fragments, status_style
from callbox.render.units import duration
from callbox.shell.outputs import Failure, Happened, Output, Progress, Text, View
from callbox.shell.redirecting import CommandFailed
from callbox.shell.sending import send
from callbox.shell.world import World

WIDEST = 100


class Tally(NamedTuple):
    """What came of each."""

    seconds: list[float]
    statuses: Counter[int]
    faults: Counter[str]
    connections: set[int]


def repeat(draft: Draft, world: World, times: int) -> Iterator[Output]:
    """Send it so many times, and tell of them all. Ctrl-C ends it early.

    In the history is the last response, and below it the request that was tried last, where that has none. The last
    failure is told at the end, with exit code 3; an answer of 400 or more is counted and no failure.
    """
    came = _Came()
    try:
        yield from _send_all(draft, world, times, came)
    finally:
        world.cancel = None
    for record in (came.last, came.failed):
        if record is not None:
            world.history.add(record)
    yield Text(_told(came.tally, min(world.columns(), WIDEST), world.is_unicode))
    if came.stopped is not None:
        raise came.stopped
    if came.fault is not None:
        count = came.tally.faults.total()
        told = CommandFailed(f"{count} of {times} could not be sent; the last: {came.fault.message}")
        yield Failure(told, came.fault.exit_code)


class _Came:
    """What has come so far, and why it ended early."""

    def __init__(self) -> None:
        self.tally = Tally([], Counter(), Counter(), set())
        self.last: Record | None = None
        self.failed: Record | None = None
        """What was tried after that."""
        self.fault: Fault | None = None
        self.stopped: Interrupted | None = None


def _send_all(draft: Draft, world: World, times: int, came: _Came) -> Iterator[Output]:
    from callbox.wire import Cancel  # urllib3: early enough for the first request

    between = Cancel()  # Ctrl-C while none of them runs
    for number in range(times):
        world.cancel = between
        yield Progress(number, times, line=f"{number} of {times} requests")
        if between.is_cancelled:
            came.stopped = Interrupted()
            return
        try:
            for output in send(draft, world, View(""), is_noted=False):
                if isinstance(output, Happened) and isinstance(output.event, Done):
                    came.last, came.failed = output.event.record, None
                    _count(came.tally, came.last)
        except Interrupted as error:
            came.stopped, came.failed = error, _record_of(error) or came.failed
            return
        except Fault as error:
            came.fault, came.failed = error, _record_of(error) or came.failed
            came.tally.faults[error.kind] += 1


def _record_of(fault: Fault) -> Record | None:
    return fault.record if isinstance(fault.record, Record) else None


def _count(tally: Tally, record: Record) -> None:
    tally.seconds.append(record.incoming.timings.total)
    tally.statuses[record.incoming.status] += 1
    if record.incoming.connection is not None:
        tally.connections.add(record.incoming.connection.number)


def _told(tally: Tally, width: int, is_unicode: bool) -> Fragments:
    seconds = tally.seconds
    errors = tally.faults.total() + sum(count for status, count in tally.statuses.items() if status >= 400)
    count = len(seconds) + tally.faults.total()
    out: Fragments = [("title", f"{count} request{'s' * (count != 1)}")]
    for status, number in sorted(tally.statuses.items()):
        out += [("", ", "), (status_style(status), str(status)), ("dim", f" x {number}")]
    out += [("", ", "), ("status.error" if errors else "", f"{errors} error{'s' * (errors != 1)}")]
    out += [("", f" ({', '.join(f'{kind} x {n}' for kind, n in sorted(tally.faults.items()))})" * bool(tally.faults))]
    connections = len(tally.connections)
    out.append(("dim", f", {connections} connection{'s' * (connections != 1)}\n"))
    if not seconds:
        return out
    facts = (("min", min(seconds)), *((f"p{p}" if p != 50 else "median", percentile(seconds, p)) for p in (50, 95)))
    for name, value in (*facts, ("max", max(seconds))):
        out += [("dim", f"{name} "), ("", f"{duration(value)}  ")]
    if len(seconds) > 1:
        out += [("", "\n"), *histogram(seconds, width=width, is_unicode=is_unicode)]
        spark = sparkline(seconds, width=max(10, width - 16), is_unicode=is_unicode)
        out += [("dim", " in their order "), ("bar", spark)]
    return [*out, ("", "\n")]
