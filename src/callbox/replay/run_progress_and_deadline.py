"""The progress and the end of a run: how many requests have begun and failed, the pauses, Ctrl-C and the deadline.

All files of a run share one `RunControl`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from callbox.errors import CallboxError, Fault, Interrupted
from callbox.httpfile.model import Step
from callbox.render.sizes_and_durations import duration
from callbox.replay.file_and_step_selection import SelectedScript, public_label
from callbox.replay.file_and_system_access import ReplayPorts
from callbox.replay.run_options import Plan
from callbox.report.result import Result

if TYPE_CHECKING:
    from callbox.replay.openapi_response_checks import ResponseChecks


INTERRUPTED = "interrupted"
"""The reason why the run was stopped, if Ctrl-C stopped it."""
CLEANUP_S = 5.0
"""The seconds that all requests with `# @always` together have after Ctrl-C or the deadline."""
_SLICE_S = 0.5
"""A wait is cut into pieces of this many seconds, so that it ends soon after the run is stopped."""


class Progress(NamedTuple):
    """The progress of a run over all of its files."""

    label: str
    """The label of the request that began last."""
    number: int
    """The number of requests that have begun."""
    total: int
    failed: int
    """The number of requests that have not passed."""


class RunControl:
    """Controls one run, whose files may run in several threads."""

    def __init__(
        self,
        plan: Plan,
        ports: ReplayPorts,
        watch: Callable[[Progress], None] | None = None,
        warn: Callable[[CallboxError], None] | None = None,
        checks: ResponseChecks | None = None,
    ) -> None:
        self.stopped = ""
        """The reason why no more requests are sent; empty while the run continues."""
        self.is_between_requests = False
        """Whether results are being shown and no request is running.

        Then Ctrl-C stops the run, but has no request to stop.
        """
        self.is_stopped_by_signal = False
        """Whether a signal handler calls `stop`, so that a pause must check whether the run was stopped."""
        self.warn = warn or (lambda warning: None)
        """Called before anything is sent, with a warning about lines of a file that are probably mistakes."""
        self.written: set[str] = set()
        """The real paths of files that scripts of the run write with data of a server."""
        self.selected: Sequence[SelectedScript] = ()
        """The requests of the run, also those that it does not send because of an error before."""
        self.checks = checks
        """The object that checks responses by schemas; None until a description or a script needs it."""
        self._plan = plan
        self._ports = ports
        self._watch = watch
        self._lock = Lock()
        self._failed = self._number = self._total = 0
        self._started_at = ports.monotonic()
        self._next_send_at = 0.0
        """The earliest time at which the next request may be sent."""
        self._is_overdue = False
        self._interrupted_at: float | None = None
        self._is_cleanup_ended = False
        self._cleanups = 0
        """How many requests with `# @always` are running."""

    def make_checks(self) -> ResponseChecks:
        """The object that checks responses by schemas, created at its first use."""
        # this import takes 30 ms, and few scripts need it
        from callbox.replay.openapi_response_checks import ResponseChecks

        with self._lock:
            if self.checks is None:
                self.checks = ResponseChecks()
            return self.checks

    def expect(self, count: int) -> None:
        """Add to the expected number of requests."""
        with self._lock:
            self._total += count

    def begin(self, step: Step) -> None:
        """Report that this step is running. The thread that sends the step calls this."""
        if self._watch is None:
            return
        with self._lock:
            self._number += 1
            progress = Progress(public_label(step), self._number, max(self._total, self._number), self._failed)
        self._watch(progress)

    def note(self, result: Result) -> None:
        """Update the run from a result: count failures, and stop the run if needed."""
        with self._lock:
            self._failed += result.outcome in ("failed", "error")
            if self._plan.bail and self._failed >= self._plan.bail:
                self.stopped = self.stopped or f"stopped after {self._failed} failed"
            if isinstance(result.error, Interrupted):
                self.stopped = INTERRUPTED
                self._note_interruption()

    def note_all(self, results: Iterable[Result]) -> Iterator[Result]:
        """Yield the results of a file that sends nothing, and note each one."""
        for result in results:
            self.note(result)
            yield result

    def stop(self, why: str) -> None:
        """Stop the run: no more requests are sent."""
        self.stopped = self.stopped or why
        if why == INTERRUPTED:
            self._note_interruption()

    def _note_interruption(self) -> None:
        if self._interrupted_at is None:
            self._interrupted_at = self._ports.monotonic()

    @property
    def cleanup_left_s(self) -> float | None:
        """The seconds that requests with `# @always` still have.

        There is a limit after Ctrl-C or the deadline; else None.
        """
        ends = [self._interrupted_at + CLEANUP_S] if self._interrupted_at is not None else []
        if self._plan.deadline_s:
            ends.append(self._started_at + self._plan.deadline_s + CLEANUP_S)
        return min(ends) - self._ports.monotonic() if ends else None

    @property
    def can_clean_up(self) -> bool:
        """Whether requests with `# @always` are still sent."""
        left_s = self.cleanup_left_s
        return not self._is_cleanup_ended and (left_s is None or left_s > 0)

    @property
    def is_cleaning_up(self) -> bool:
        """Whether a request with `# @always` is running and may continue."""
        return self._cleanups > 0 and self.can_clean_up

    @contextmanager
    def cleanup(self) -> Iterator[None]:
        """A block for a request with `# @always`, which only the user may end before its time is up."""
        with self._lock:
            self._cleanups += 1
        try:
            yield
        finally:
            with self._lock:
                self._cleanups -= 1

    def end_cleanup(self) -> None:
        """Stop the clean-up, too: the user has pressed Ctrl-C twice."""
        self._is_cleanup_ended = True

    @property
    def can_continue(self) -> bool:
        """Whether another request may be sent."""
        left_s = self.left_s
        return not self.stopped and (left_s is None or left_s > 0)

    @property
    def is_over(self) -> bool:
        """Whether running requests must also end: after Ctrl-C, SIGTERM or the deadline."""
        left_s = self.left_s
        return self.stopped == INTERRUPTED or (left_s is not None and left_s <= 0)

    @property
    def over_s(self) -> float | None:
        """Seconds since running requests had to end; None while they may continue."""
        now = self._ports.monotonic()
        ends = [self._interrupted_at] if self._interrupted_at is not None else []
        if self._plan.deadline_s:
            ends.append(self._started_at + self._plan.deadline_s)
        return now - min(ends) if ends and now >= min(ends) else None

    @property
    def left_s(self) -> float | None:
        """Seconds until the deadline; None if there is no deadline."""
        if not self._plan.deadline_s:
            return None
        return self._plan.deadline_s - (self._ports.monotonic() - self._started_at)

    def deadline_error(self) -> Fault | None:
        """The error of the first request after the deadline.

        This request is not sent, and all later requests are skipped.
        """
        left_s = self.left_s
        if left_s is None or left_s > 0 or self._is_overdue or self.stopped:
            return None
        self.expire()
        return self._unsent()

    def check_deadline(self) -> None:
        """Raise `Fault` if the deadline passed while the next request was waiting."""
        left_s = self.left_s
        if left_s is not None and left_s <= 0:
            raise self.deadline_error() or self._unsent()

    def _unsent(self) -> Fault:
        allowed = self._allowed
        return Fault(f"Not sent: the deadline of {allowed} has passed", kind="timeout", hint="give a longer --deadline")

    def expire(self) -> None:
        """Record that the deadline has passed outside of a request, so that no more requests are sent."""
        self._is_overdue = True
        self.stop(f"the deadline of {self._allowed} has passed")

    def interruption_error(self) -> CallboxError:
        """The error for a request that was running when the deadline passed or Ctrl-C was pressed."""
        left_s = self.left_s
        return Interrupted() if left_s is None or left_s > 0 else self._unfinished("total-timeout")

    @property
    def _allowed(self) -> str:
        return duration(self._plan.deadline_s)

    def _unfinished(self, kind: str) -> Fault:
        progress = f"Not finished when the deadline of {self._allowed} had passed"
        return Fault(progress, kind=kind, hint="give a longer --deadline")

    def explain_timeout(self, error: CallboxError | None, *, is_cleanup: bool = False) -> CallboxError | None:
        """The error of a request. If the deadline ended the request, the error says that."""
        if not isinstance(error, Fault) or not (error.kind == "total-timeout" or isinstance(error, Interrupted)):
            return error
        left_s = self.cleanup_left_s if is_cleanup else self.left_s
        if left_s is None or left_s > 0:
            return error
        timeout_error = self._unfinished("total-timeout")
        if is_cleanup:
            timeout_error = Fault(f"Not finished {duration(CLEANUP_S)} after the end of the run", kind=error.kind)
        timeout_error.received = error.received
        timeout_error.record = error.record
        return timeout_error

    def wait(self) -> None:
        """Wait before a request for `--delay` and `--rate`."""
        gap = max(self._plan.delay_s, 1 / self._plan.rate if self._plan.rate else 0.0)
        if not gap:
            return
        with self._lock:
            now = self._ports.monotonic()
            send_at = max(now, self._next_send_at)
            self._next_send_at = send_at + gap if self._plan.rate else self._next_send_at
        if send_at > now:
            self.pause(send_at - now)

    def finish_request(self) -> None:
        """Record the end of a request. The pause of `--delay` begins here."""
        if self._plan.delay_s:
            with self._lock:
                self._next_send_at = max(self._next_send_at, self._ports.monotonic() + self._plan.delay_s)

    def pause(self, seconds: float) -> None:
        """Sleep until the time is over, the run is stopped, or the deadline has passed."""
        left_s = self.left_s
        seconds = seconds if left_s is None else min(seconds, left_s)
        slice_s = _SLICE_S if self._plan.jobs > 1 or self.is_stopped_by_signal else seconds
        while seconds > 0 and not self.stopped:
            self._ports.sleep(min(seconds, slice_s))
            seconds -= slice_s
