"""The early end of a run by Ctrl-C, SIGTERM or `--deadline`, even while results are shown or reports are written.

`KeyboardInterrupt` interrupts the run itself; the runner turns this exception into results. All work on a finished
result is done piece by piece with `attempt`. If a piece takes too long, it is abandoned, and a smaller piece of work is
done instead.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from typing import TypeVar

from callbox.errors import Fault
from callbox.render.sizes_and_durations import duration
from callbox.replay.run_options import Plan
from callbox.replay.run_state_and_control import INTERRUPTED, RunControl
from callbox.system.clock import monotonic

T = TypeVar("T")


class _PieceInterrupted(KeyboardInterrupt):
    """Raised when the time for the work of `attempt` is up."""


_GRACE_S = 0.5
"""Seconds between a request to stop and the interruption of the running work."""
_SAME_SIGNAL_S = 0.5
"""A second SIGTERM within this many seconds counts as the same request to stop, because `timeout` sends a signal to the
process and another to its group.
"""


@contextmanager
def limited_start(plan: Plan, begun: float) -> Iterator[None]:
    """Raise `Fault` at the deadline, in a block that opens files before the run.

    The files may be pipes, which can block.

    `begun` is the monotonic time at which the program began to prepare the run. It is the same for all these blocks.
    """
    if not plan.deadline_s:
        yield
        return

    def stop(*_: object) -> None:
        allowed = duration(plan.deadline_s)
        error = f"The run had not started when the deadline of {allowed} passed"
        raise Fault(error, kind="total-timeout", hint="give a longer --deadline")

    left_s = begun + plan.deadline_s - monotonic()
    if left_s <= 0:
        stop()
    before = signal.signal(signal.SIGALRM, stop)
    try:
        _set_alarm(left_s)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Interruption:
    """Handles the signals and the deadline of one run."""

    def __init__(self, control: RunControl, plan: Plan) -> None:
        self.is_due = False
        """Whether the remaining reports must be written quickly."""
        self.by_alarm = False
        """Whether the deadline, and not the keyboard, caused the last interruption."""
        self._control = control
        self._deadline_s = plan.deadline_s
        self._has_jobs = plan.jobs > 1
        self._is_running = True
        self._has_interrupted_jobs = False
        self._terminated_at = -inf
        self._opened_at: float | None = None
        """The start of the piece of work that may be interrupted now; None if there is none."""

    def listen(self) -> None:
        """Start to handle Ctrl-C, the signals that a CI job gets when it is cancelled, and the deadline."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_stop)
        signal.signal(signal.SIGALRM, self._on_alarm)
        if self._deadline_s:
            _set_alarm(self._deadline_s + _GRACE_S)

    def end_run(self) -> None:
        """Record that the run has ended and that results are reported now.

        After an early end, there is only a short time for reports.
        """
        self._is_running = False
        left_s = self._control.left_s
        if self._control.stopped == INTERRUPTED or (left_s is not None and left_s <= 0):
            _set_alarm(_GRACE_S)
        elif left_s is not None:
            _set_alarm(left_s + _GRACE_S)
        else:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def close(self) -> None:
        """Stop handling signals, because everything is written."""
        signal.setitimer(signal.ITIMER_REAL, 0)

    def attempt(self, work: Callable[[], T], instead: Callable[[], T], *, is_brief: bool = False) -> T:
        """The result of `work`. If `work` is interrupted, the result of `instead`, which cannot be interrupted.

        `work` is tried briefly even if the time is already up.
        """
        try:
            self._opened_at = monotonic()
            if not self.is_due or is_brief:
                result = work()
                self._opened_at = None
                return result
        except _PieceInterrupted:
            return instead()
        except BaseException:
            self._opened_at = None
            raise
        self._opened_at = None
        return instead()

    def _on_stop(self, number: int, _frame: object) -> None:
        if number == signal.SIGTERM:
            before, self._terminated_at = self._terminated_at, monotonic()
            if self._terminated_at - before < _SAME_SIGNAL_S:
                return
        self.by_alarm = False
        if not self._is_running:
            self.is_due = True
            _set_alarm(_GRACE_S)
            self._interrupt()
            return
        if self._has_jobs or self._control.stopped or not self._control.is_between_requests:
            raise KeyboardInterrupt
        self._control.stop(INTERRUPTED)
        _set_alarm(_GRACE_S)

    def _on_alarm(self, _number: int, _frame: object) -> None:
        """End a computation that continues after the deadline. Waiting for the network has already ended by then."""
        is_long = self._opened_at is not None and monotonic() - self._opened_at >= _GRACE_S / 2
        left_s = self._control.left_s
        is_overdue = left_s is not None and left_s <= 0
        if not self._is_running:
            self.by_alarm = self.by_alarm or (is_overdue and not self.is_due)
            self.is_due = True
        if is_long:
            self._interrupt()
        elif self._control.is_cleaning_up:
            return
        elif self._is_running and self._opened_at is None and self._may_interrupt_run():
            if is_overdue:
                self._control.expire()
            self.by_alarm = True
            raise KeyboardInterrupt

    def _may_interrupt_run(self) -> bool:
        """Whether a signal may interrupt the run now.

        If files run in threads, this is true only once, because the first interruption already ends their requests.
        """
        if not self._has_jobs:
            return not self._control.is_between_requests
        is_first, self._has_interrupted_jobs = not self._has_interrupted_jobs, True
        return is_first

    def _interrupt(self) -> None:
        if self._opened_at is not None:
            self._opened_at = None
            raise _PieceInterrupted


def _set_alarm(seconds: float) -> None:
    """Send the signal after this many seconds, and then repeatedly. Each signal ends the work that is running."""
    signal.setitimer(signal.ITIMER_REAL, seconds, _GRACE_S)
