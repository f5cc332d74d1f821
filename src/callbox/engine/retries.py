"""Retries: send a request again, after growing pauses, if no connection could be made."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from callbox.errors import Fault, Interrupted
from callbox.exchange.events import Event, Note
from callbox.exchange.request import Outgoing
from callbox.system import clock

if TYPE_CHECKING:
    from callbox.wire import Cancel, Transport, WireResponse


_FIRST_PAUSE_S = 0.5

_LONGEST_PAUSE_S = 10.0


def send_with_retries(
    transport: Transport, outgoing: Outgoing, cancel: Cancel | None, tries: int
) -> Generator[Event, None, WireResponse]:
    """Send a request. If no connection can be made, retry with growing pauses."""
    started, pause = clock.monotonic(), _FIRST_PAUSE_S
    for _ in range(tries):
        try:
            return transport.send(with_remaining_time(outgoing, clock.monotonic() - started), cancel)
        except Fault as fault:
            from callbox.wire.errors import could_not_connect  # urllib3 is loaded by now, since a request was sent

            if not could_not_connect(fault):
                raise
            yield Note(f"{fault.message}; trying again in {pause:g} s", "retry")
        _wait(pause, cancel)
        pause = min(pause * 2, _LONGEST_PAUSE_S)
    return transport.send(with_remaining_time(outgoing, clock.monotonic() - started), cancel)


def _wait(seconds: float, cancel: Cancel | None) -> None:
    deadline = clock.monotonic() + seconds
    while (left := deadline - clock.monotonic()) > 0:
        if cancel is not None and cancel.is_cancelled:
            raise Interrupted()
        clock.sleep(min(left, 0.05))


def with_remaining_time(outgoing: Outgoing, passed: float) -> Outgoing:
    """The request with what is left of the total timeout, which covers all hops together."""
    total = outgoing.route.total_timeout
    if total is None:
        return outgoing
    return outgoing._replace(route=outgoing.route._replace(total_timeout=max(total - passed, 0.0)))
