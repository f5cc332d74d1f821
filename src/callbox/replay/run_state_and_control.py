"""The state of a run: `RunState`, what earlier requests gave, and `RunControl`, its progress and when it stops.

`RunState` holds responses, captures and failures; it can outlive a run, as with pytest, which runs one request at a
time. `RunControl` covers all files of a run: failures, pauses, the deadline.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, MutableMapping, Sequence, Set
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from callbox.errors import CallboxError, Fault, Interrupted
from callbox.exchange.cookies import Jar
from callbox.exchange.events import Record
from callbox.exchange.path_selection import format_value
from callbox.httpfile.model import Step
from callbox.render.sizes_and_durations import duration
from callbox.replay.javascript.script_input_and_result import Json
from callbox.replay.ports import ReplayPorts
from callbox.replay.run_options import Plan
from callbox.report.result import Result

if TYPE_CHECKING:
    from callbox.replay.openapi_response_checks import ResponseChecks


class RunState:
    """The data that a run collects. If a later run of the script gets it too, no request is sent twice.

    Everybody reads it, and only its methods change it; but `frozen` is filled where values are resolved, and `written`
    by the ports of the run.
    """

    def __init__(self, captures: MutableMapping[str, str] | None = None, written: set[str] | None = None) -> None:
        """`captures` are those of earlier runs, and `written` the files that other scripts of this run write."""
        self._captures: MutableMapping[str, str] = captures if captures is not None else {}
        self._records: dict[int, Record] = {}
        self._rounds: dict[int, list[Record]] = {}
        self._failed_steps: dict[int, str] = {}
        self._unset_names: set[str] = set()
        self._globals: dict[str, Json] = {}
        self._headers: dict[str, str] = {}
        self.frozen: dict[tuple[str, int, int], str] = {}
        """Random values and times of the file's variables."""
        self.written: set[str] = set() if written is None else written
        """The real paths of files with data from a server, which are not templates."""
        self.file_jar: Jar | None = None
        """The cookies of requests whose route the file sets; None before the first run."""

    @property
    def captures(self) -> Mapping[str, str]:
        """The captured values by name, those that no longer count included."""
        return self._captures

    @property
    def records(self) -> Mapping[int, Record]:
        """Responses that other steps refer to, and that of the running step, by the numbers of their steps."""
        return self._records

    @property
    def rounds(self) -> Mapping[int, Sequence[Record]]:
        """The responses of the sendings of loops that other steps refer to, by the numbers of their steps."""
        return self._rounds

    @property
    def failed_steps(self) -> Mapping[int, str]:
        """Steps that others cannot build on, and what became of them."""
        return self._failed_steps

    @property
    def unset_names(self) -> Collection[str]:
        """The captures that their request has failed to give; their former values do not count."""
        return self._unset_names

    @property
    def globals(self) -> Mapping[str, Json]:
        """Values that scripts have set in `client.global`."""
        return self._globals

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers that scripts have set in `client.global.headers`."""
        return self._headers

    def note_response(self, step: Step, record: Record | None) -> None:
        """Remember the response of a step in place of an earlier one; None if there is none."""
        if record is None:
            self._records.pop(step.number, None)
        else:
            self._records[step.number] = record

    def begin_rounds(self, step: Step) -> None:
        """Forget the rounds of an earlier `# @loop` of this step."""
        self._rounds[step.number] = []

    def add_round(self, step: Step, record: Record) -> None:
        """Add the response of one round of a `# @loop`."""
        self._rounds[step.number].append(record)

    def note_outcomes(self, step: Step, outcomes: Set[str]) -> None:
        """Note whether other steps can use the responses of a step: not if one failed or none was sent."""
        if outcomes == {"skipped"}:
            self._failed_steps[step.number] = "was skipped"
        elif outcomes <= {"ok", "skipped"}:
            self._failed_steps.pop(step.number, None)
        else:
            self._failed_steps[step.number] = "failed"

    def add_captures(self, captures: Iterable[tuple[str, str]]) -> None:
        """Add captured values."""
        self._captures.update(captures)

    def note_names(self, given: Set[str], wanted: Set[str]) -> None:
        """Note which of the `wanted` names a step gave no value; the others that it gave count again."""
        self._unset_names.difference_update(given)
        self._unset_names.update(wanted - given)

    def store_globals(self, values: Mapping[str, Json], removed: Iterable[str]) -> None:
        """Store what a script has set in `client.global`, which captures see too, and drop what it removed."""
        for name in removed:
            self._globals.pop(name, None)
            self._captures.pop(name, None)
        self._globals.update(values)
        self._captures.update({name: format_value(value) for name, value in values.items()})

    def store_headers(self, headers: Mapping[str, str]) -> None:
        """Store the headers that scripts have set, in place of the earlier ones."""
        self._headers = dict(headers)

    def start_pass(self) -> None:
        """Forget the responses and random values of the pass before; captures and globals stay."""
        self._records.clear()
        self._rounds.clear()
        self._failed_steps.clear()
        self._unset_names.clear()
        self.frozen.clear()


INTERRUPTED = "interrupted"
"""Why the run was stopped, if it was stopped by Ctrl-C."""
CLEANUP_S = 5.0
"""Seconds that requests with `# @always` have, all together, after Ctrl-C or the deadline."""
_SLICE_S = 0.5
"""A wait is cut into these, so that a run that was stopped does not sleep on."""


class Progress(NamedTuple):
    """The progress of a run over all of its files."""

    label: str
    """The request that was begun last."""
    number: int
    """The number of requests begun."""
    total: int
    failed: int
    """The number of requests that did not pass so far."""


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
        """Why no more requests are sent; empty as long as the run continues."""
        self.is_between_requests = False
        """Whether results are being shown and no request runs, so that Ctrl-C stops the run and no request."""
        self.warn = warn or (lambda warning: None)
        """Called before anything is sent with the lines of a file that are probably mistakes."""
        self.written: set[str] = set()
        """The real paths of files that scripts of the run write with data from a server."""
        self.checks = checks
        """What checks responses by schemas; None until a description or a script asks for it."""
        self._plan = plan
        self._ports = ports
        self._watch = watch
        self._lock = Lock()
        self._failed = self._number = self._total = 0
        self._started_at = ports.monotonic()
        self._next_send_at = 0.0
        """When the next request may leave."""
        self._is_overdue = False
        self._interrupted_at: float | None = None
        self._is_cleanup_ended = False
        self._cleanups = 0
        """How many requests with `# @always` are under way."""

    def make_checks(self) -> ResponseChecks:
        """The checks of responses by schemas, created at their first use."""
        from callbox.replay.openapi_response_checks import ResponseChecks  # 30 ms, for few scripts

        with self._lock:
            if self.checks is None:
                self.checks = ResponseChecks()
            return self.checks

    def expect(self, count: int) -> None:
        """Add to the expected number of requests."""
        with self._lock:
            self._total += count

    def begin(self, step: Step) -> None:
        """Report this step as running; called from the thread that sends it."""
        if self._watch is None:
            return
        with self._lock:
            self._number += 1
            progress = Progress(step.label, self._number, max(self._total, self._number), self._failed)
        self._watch(progress)

    def note(self, result: Result) -> None:
        """Update the run from a result: count failures, and stop if needed."""
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
        """Send nothing more."""
        self.stopped = self.stopped or why
        if why == INTERRUPTED:
            self._note_interruption()

    def _note_interruption(self) -> None:
        if self._interrupted_at is None:
            self._interrupted_at = self._ports.monotonic()

    @property
    def cleanup_left_s(self) -> float | None:
        """Seconds that requests with `# @always` have: some after Ctrl-C and the deadline. None without a limit."""
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
        """Whether such a request is under way, and may be."""
        return self._cleanups > 0 and self.can_clean_up

    @contextmanager
    def cleanup(self) -> Iterator[None]:
        """While a request with `# @always` is under way, only the user ends it before its time."""
        with self._lock:
            self._cleanups += 1
        try:
            yield
        finally:
            with self._lock:
                self._cleanups -= 1

    def end_cleanup(self) -> None:
        """Send nothing more, clean-up included: the user has asked twice."""
        self._is_cleanup_ended = True

    @property
    def can_continue(self) -> bool:
        """Whether another request may be sent."""
        left_s = self.left_s
        return not self.stopped and (left_s is None or left_s > 0)

    @property
    def is_over(self) -> bool:
        """Whether running requests must end too: after Ctrl-C, SIGTERM and the deadline."""
        left_s = self.left_s
        return self.stopped == INTERRUPTED or (left_s is not None and left_s <= 0)

    @property
    def left_s(self) -> float | None:
        """Seconds until the deadline; None without one."""
        if not self._plan.deadline_s:
            return None
        return self._plan.deadline_s - (self._ports.monotonic() - self._started_at)

    def deadline_error(self) -> Fault | None:
        """The error of the first request after the deadline, which is not sent; the others are skipped."""
        left_s = self.left_s
        if left_s is None or left_s > 0 or self._is_overdue or self.stopped:
            return None
        self.expire()
        return self._unsent()

    def check_deadline(self) -> None:
        """Raise `Fault` if the deadline has passed while the next request was held back."""
        left_s = self.left_s
        if left_s is not None and left_s <= 0:
            raise self.deadline_error() or self._unsent()

    def _unsent(self) -> Fault:
        allowed = self._allowed
        return Fault(f"Not sent: the deadline of {allowed} has passed", kind="timeout", hint="--deadline sets it")

    def expire(self) -> None:
        """Mark the deadline as passed outside of a request: send nothing more."""
        self._is_overdue = True
        self.stop(f"the deadline of {self._allowed} has passed")

    def interruption_error(self) -> CallboxError:
        """The error for the request under way when the deadline passed or Ctrl-C was pressed."""
        left_s = self.left_s
        return Interrupted() if left_s is None or left_s > 0 else self._unfinished("total-timeout")

    @property
    def _allowed(self) -> str:
        return duration(self._plan.deadline_s)

    def _unfinished(self, kind: str) -> Fault:
        progress = f"Not finished when the deadline of {self._allowed} had passed"
        return Fault(progress, kind=kind, hint="--deadline sets it")

    def explain_timeout(self, error: CallboxError | None, *, is_cleanup: bool = False) -> CallboxError | None:
        """The error of a request, replaced by a deadline error if the deadline ended it."""
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
        """After a request: `--delay` counts from its end."""
        if self._plan.delay_s:
            with self._lock:
                self._next_send_at = max(self._next_send_at, self._ports.monotonic() + self._plan.delay_s)

    def pause(self, seconds: float) -> None:
        """Sleep, unless the run is stopped; no longer than the deadline leaves."""
        left_s = self.left_s
        seconds = seconds if left_s is None else min(seconds, left_s)
        while seconds > 0 and not self.stopped:
            self._ports.sleep(min(seconds, _SLICE_S) if self._plan.jobs > 1 else seconds)
            seconds -= _SLICE_S if self._plan.jobs > 1 else seconds
