"""End a run early because of Ctrl-C, SIGTERM or `--deadline`, also while results are printed or reports are written.

`KeyboardInterrupt` interrupts the requests, and the runner makes results from this exception. All work on a finished
result, such as printing it, is a function that `attempt` calls. If it takes too long, `attempt` stops it and calls a
function with less work.
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
from callbox.replay.run_progress_and_deadline import INTERRUPTED, RunControl
from callbox.system.clock import monotonic

T = TypeVar("T")


class _PieceInterrupted(KeyboardInterrupt):
    """The time for the function that `attempt` calls is up."""


_GRACE_S = 0.5
"""How many seconds running work may go on after Ctrl-C, SIGTERM or the deadline."""
_SAME_SIGNAL_S = 0.5
"""A second SIGTERM within this many seconds is ignored, because the program `timeout` sends one to the process and one
to its group.
"""


@contextmanager
def limited_start(plan: Plan, begun: float) -> Iterator[None]:
    """A context manager for code that opens files before the run. It raises `Fault` at the deadline, because a file may
    be a pipe, for which the code waits. `begun` is the monotonic time at which the program began; the deadline counts
    from there.
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
        """Whether the time is up, so that the reports that are left must be written quickly."""
        self.by_alarm = False
        """Whether the deadline caused the last interruption, and not a signal."""
        self._control = control
        self._deadline_s = plan.deadline_s
        self._has_jobs = plan.jobs > 1
        self._is_running = True
        self._has_interrupted_jobs = False
        self._terminated_at = -inf
        self._opened_at: float | None = None
        """When the function began that `attempt` calls now, and that may be interrupted; None if there is none."""

    def listen(self) -> None:
        """Start to handle Ctrl-C, the signals that a CI job gets when it is cancelled, and the deadline."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_stop)
        signal.signal(signal.SIGALRM, self._on_alarm)
        if self._deadline_s:
            _set_alarm(self._deadline_s + _GRACE_S)

    def end_run(self) -> None:
        """Note that all requests are done, and that reports are written now. If the run ended early, there is only a
        short time for reports.
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
        """Call `work` and return its result. If the time is up before or while it runs, call `instead`, which cannot be
        interrupted, and return its result. With `is_brief`, `work` gets a short time even if the time is already up.
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
        """Handle the alarm: end work that goes on after the deadline. Requests have their own timeouts and have ended
        by now.
        """
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
        """Whether a signal may interrupt the run now. With files in several threads, this is true only once, because
        the first interruption ends all their requests.
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
    """Let the alarm signal arrive after this many seconds, and then again and again. Each one ends the running work."""
    signal.setitimer(signal.ITIMER_REAL, seconds, _GRACE_S)
