"""`Result`: the outcome of one request of a script; `Tally`: counts of outcomes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from callbox.errors import CallboxError
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.secret import Secret
from callbox.httpfile.assertion_evaluator import CheckResult
from callbox.httpfile.model import Step

Outcome = Literal["ok", "failed", "error", "skipped", "planned"]


class Result(NamedTuple):
    """The result of a request: sent, skipped, planned (a dry run) or in error.

    It may also be an error of a file, without a step.
    """

    file: str
    outcome: Outcome
    """The outcome: `ok`, `failed` (a check failed), `error`, `skipped` or `planned` (a dry run)."""
    step: Step | None = None
    record: Record | None = None
    error: CallboxError | None = None
    checks: tuple[CheckResult, ...] = ()
    captures: tuple[tuple[str, str], ...] = ()
    """The names and values that the request captured."""
    seconds: float = 0.0
    """Seconds from the start of the request to its end, redirects included. Without a response, to the failure."""
    reason: str = ""
    """The reason why the request was skipped."""
    notes: tuple[str, ...] = ()
    """Notes of the session, for example about a refused cookie or a credential that was not sent."""
    partial: Record | None = None
    """The received part of a response that was cut off."""
    draft: Draft | None = None
    """The request as written, for a dry run and for a request that failed with an error."""
    outgoing: Outgoing | None = None
    """The request as it was sent, or would be sent in a dry run.

    None if the request waits for the response of another.
    """
    is_dependency: bool = False
    """Whether the step was not selected, and runs only because another request needs its response."""
    secrets: tuple[Secret, ...] = ()
    """Secrets to redact wherever they appear."""
    label: str = ""
    """The title of a request with the values of a round of its `# @loop`; empty if the title uses none of these values.
    """
    time: float = 0.0
    """When the request began, in seconds of the epoch; 0.0 if nothing was sent."""

    @property
    def exchange(self) -> Record | None:
        """The exchange, even if its response was cut off. None if no part of a response was received."""
        return self.record or self.partial

    @property
    def first_outgoing(self) -> Outgoing | None:
        """The first request of the chain; None if no request was built."""
        return self.exchange.first_outgoing if self.exchange is not None else self.outgoing

    @property
    def line(self) -> int:
        """The 1-based line of the request; 0 if there is no request."""
        return self.step.at.line if self.step is not None else 0

    @property
    def failures(self) -> tuple[CheckResult, ...]:
        """The failed checks."""
        return tuple(checked for checked in self.checks if not checked.is_ok)


class Tally(NamedTuple):
    """The counts of a run. Adding a result gives a new tally."""

    ok: int = 0
    failed: int = 0
    errors: int = 0
    skipped: int = 0
    planned: int = 0
    codes: frozenset[int] = frozenset()
    """The exit codes that results require."""
    loose: int = 0
    """The number of errors without a request: of a file, or of the selection."""
    repeated: int = 0
    """The number of further errors of requests that have several errors and were therefore not sent."""
    unsent: int = 0
    """The number of errors that are not about a sent request."""
    last: tuple[str, int] | None = None
    """The file and number of the last request that was not sent because of an error."""

    @property
    def requests(self) -> int:
        """The number of results."""
        return self.ok + self.failed + self.errors + self.skipped + self.planned

    @property
    def other_errors(self) -> int:
        """The number of errors without a request of their own."""
        return self.loose + self.repeated

    @property
    def has_sent_nothing(self) -> bool:
        """Whether errors before the first request have stopped the run."""
        return 0 < self.unsent == self.requests

    @property
    def exit_code(self) -> int:
        """The exit code: 0 all ok, 1 a check failed, 2 usage, 3 network. If several apply, 2 comes before 3, and 3
        before 1.

        An interrupted run always gives 130, and an internal error 4.
        """
        return next((code for code in (130, 4, 2, 3, 1) if code in self.codes), 0)

    def add(self, result: Result) -> Tally:
        """The tally with one more result.

        >>> tally = Tally().add(Result("a.http", "ok")).add(Result("a.http", "failed"))
        >>> tally.requests, tally.failed, tally.exit_code
        (2, 1, 1)
        """
        counted = {
            "ok": self._replace(ok=self.ok + 1),
            "failed": self._replace(failed=self.failed + 1),
            "error": self._replace(errors=self.errors + 1),
            "skipped": self._replace(skipped=self.skipped + 1),
            "planned": self._replace(planned=self.planned + 1),
        }[result.outcome]
        return counted._count_error(result)._replace(codes=self.codes | {_code(result)})

    def _count_error(self, result: Result) -> Tally:
        if result.outcome != "error" or result.time:
            return self._replace(last=None)
        counted = self._replace(unsent=self.unsent + 1)
        if result.step is None:
            return counted._replace(loose=self.loose + 1, last=None)
        wrong = (result.file, result.step.number)
        return counted._replace(repeated=self.repeated + (wrong == self.last), last=wrong)


def tally_of(results: Iterable[Result]) -> Tally:
    """The tally of a whole run."""
    tally = Tally()
    for result in results:
        tally = tally.add(result)
    return tally


def _code(result: Result) -> int:
    if result.outcome == "error":
        return result.error.exit_code if result.error is not None else 4
    return 1 if result.outcome == "failed" else 0
