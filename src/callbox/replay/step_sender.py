"""Send one step once: send its draft, check the response, take captures. `runner` makes retries.

`event_streams` decides when an endless response (server-sent events, NDJSON) ends.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from callbox.engine.client import collect
from callbox.errors import CallboxError, Fault, Interrupted, ScriptError, UsageError
from callbox.exchange.cookies import Jar
from callbox.exchange.events import Event, Note, Record, Sent
from callbox.exchange.path_selection import NothingFound, Value, format_value
from callbox.exchange.redaction.known_secrets import redact_filled
from callbox.exchange.request import Draft, Outgoing
from callbox.httpfile.assertion_evaluator import (
    CheckResult,
    capture,
    check,
    fill_variables,
    is_status_in,
    path_of,
)
from callbox.httpfile.diagnostics import place_of
from callbox.httpfile.model import SCHEMA_SUBJECTS, Expectation, Step
from callbox.httpfile.source import Position
from callbox.httpfile.variables.scope import Scope, is_error_page
from callbox.replay.event_streams import make_stop_condition, record_of_timed_out_stream, stop_stream
from callbox.replay.file_and_system_access import ReplayPorts, Sender, read_schema_beside
from callbox.replay.run_options import Plan, with_plan
from callbox.report.result import Outcome, Result
from callbox.system.cpu_limit import TIME_S, in_main_thread, limited
from callbox.wire.cancel import Cancel

if TYPE_CHECKING:
    from callbox.replay.openapi_response_checks import ResponseChecks


T = TypeVar("T")


class SendContext(NamedTuple):
    """The session, ports and plan for sending a request."""

    session: Sender
    ports: ReplayPorts
    plan: Plan
    cancel: Cancel | None = None
    whole: Container[int] = ()
    """The steps whose streamed responses are read to their end, because loops use them."""
    file_jar: Jar | None = None
    """The cookies of requests whose route the file sets."""


def send(context: SendContext, draft: Draft, result: Result, scope: Scope, left_s: float | None = None) -> Result:
    """The result with the response, or with the error and the request that caused it.

    Sending takes at most `left_s` seconds, the time that the run has left.
    """
    draft = with_plan(draft, context.plan)
    if draft.file_options:
        draft = draft._replace(file_jar=context.file_jar)
    if left_s is not None:
        draft = draft._replace(options=_limit_time(draft.options, left_s))
    log, started = _EventLog(), context.ports.now()
    record: Record | None = None
    error: CallboxError | None = None
    try:
        stream = context.session.stream(draft, context.cancel)
        if scope.step.expectations or scope.step.has_effective_directives:
            condition = make_stop_condition(scope, scope.step.number in context.whole)
            if condition is not None:
                stream = stop_stream(stream, draft, condition, context.ports.monotonic)
        record = collect(stream, log.on_event)
    except KeyboardInterrupt:
        error = Interrupted()
    except CallboxError as caught:
        is_past_deadline = left_s is not None and draft.options.get("total-timeout") == left_s
        record = None if is_past_deadline else record_of_timed_out_stream(caught)
        error = caught if record is None else None
    if record is not None and not record.is_complete:
        log.notes.append("the stream was closed: the expected events had arrived, or its time was over")
    return result._replace(
        outcome="error" if error is not None else "ok",
        record=record,
        error=error,
        partial=_partial(error) if error is not None else None,
        seconds=record.seconds if record is not None else context.ports.now() - started,
        notes=(*result.notes, *log.notes),
        draft=draft if error is not None and log.outgoing is not None else None,
        outgoing=log.outgoing,
        time=started,
    )


def _limit_time(options: Mapping[str, object], left_s: float) -> dict[str, object]:
    """The options with timeouts that are no longer than the time left in the run."""
    configured = options.get("total-timeout")
    own_s = float(configured) if isinstance(configured, (int, float)) else left_s
    return {**options, "total-timeout": max(min(own_s, left_s), 0.001)}


def check_response(
    result: Result, record: Record, scope: Scope, plan: Plan, context: SendContext, by_schema: ResponseChecks | None
) -> Result:
    """The result with the checks and captures of the response."""
    step = scope.step
    scope.mark_answered()
    is_bad = bool(plan.fail_on) and is_status_in(record.response.status, plan.fail_on)
    verdict = None
    if by_schema is not None and by_schema.needs_verdict(step.expectations):
        named = step.directive_text("operation") or ""
        verdict = by_schema.verdict(record, lambda text: redact_filled(text, dict.fromkeys(scope.secrets, "")), named)
    if not step.expectations and not step.captures and not is_bad and verdict is None:
        return result
    captures, missing = _capture(step, record, scope)
    read_schema = read_schema_beside(scope.resolution.script.name, context.ports)

    def check_by_schema(expectation: Expectation, text: str) -> Iterable[CheckResult]:
        assert by_schema is not None  # the preflight has created the object
        return by_schema.check_expectation(expectation, text, record, verdict, scope.resolution.script, read_schema)

    checks = (*_check(step, record, scope, plan, check_by_schema), *missing)
    if by_schema is not None and verdict is not None:
        result = result._replace(notes=(*result.notes, *by_schema.notes_of(verdict)))
        if not any(one.subject == "openapi" for one in step.expectations):
            checks += tuple(by_schema.check_all(verdict, step.at.line, step.at.column))
    outcome: Outcome = "ok" if all(checked.is_ok for checked in checks) else "failed"
    if outcome == "failed":
        captures = [found for found in captures if not is_error_page(path_of(found[1]), record)]
    notes = (
        *result.notes,
        *(_empty_capture_note(name, path, value) for name, path, value in captures if not format_value(value)),
    )
    captured = tuple((name, format_value(value)) for name, _, value in captures)
    return result._replace(outcome=outcome, checks=checks, captures=captured, notes=notes)


def should_retry(result: Result, retry_on: str) -> bool:
    """Whether `--retry-on` covers the result: by `network`, `expect`, or a range with its status.

    >>> should_retry(Result("a.http", "failed"), "network"), should_retry(Result("a.http", "failed"), "expect")
    (False, True)
    """
    words = [word.strip() for word in retry_on.split(",")]
    if result.outcome == "error":
        is_network = isinstance(result.error, Fault) and not isinstance(result.error, Interrupted)
        return is_network and "network" in words
    ranges = ",".join(word for word in words if word not in ("network", "expect"))
    if result.record is not None and ranges and is_status_in(result.record.response.status, ranges):
        return True
    return result.outcome == "failed" and "expect" in words


class _EventLog:
    """Collects the notes and the last request of an exchange."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.outgoing: Outgoing | None = None
        """The last request that was sent."""

    def on_event(self, event: Event) -> None:
        """Process an event."""
        if type(event) is Sent:
            self.outgoing = event.outgoing
        elif type(event) is Note:
            self.notes.append(event.text)


def _partial(error: CallboxError) -> Record | None:
    """The part of a response that was received before it was cut off."""
    record = error.record if isinstance(error, Fault) else None
    return record if isinstance(record, Record) else None


def _capture(step: Step, record: Record, scope: Scope) -> tuple[list[tuple[str, str, Value]], list[CheckResult]]:
    """The captures as (name, path, value), and a failed check for each capture without a value."""
    found: list[tuple[str, str, Value]] = []
    missing: list[CheckResult] = []
    for wanted in step.captures:
        path = scope.expand([wanted.path]).text
        try:
            value = _bounded(path, wanted.at, scope, partial(capture, record, path), has_pattern="?" in path)
            found.append((wanted.name, path, value))
        except NothingFound as error:
            text = f"capture {wanted.name} = {path}"
            missing.append(
                CheckResult(
                    text=text,
                    is_ok=False,
                    expected="a value",
                    actual=error.message,
                    line=wanted.at.line,
                    column=wanted.at.column,
                )
            )
    return found, missing


def has_pattern(expectation: Expectation) -> bool:
    """Whether the check uses a pattern of the file, by `matches` or in the filter of a JSONPath."""
    return expectation.operator == "matches" or (expectation.path is not None and "?" in expectation.path.text)


def _bounded(what: str, at: Position, scope: Scope, work: Callable[[], T], has_pattern: bool) -> T:
    """Limit the time and depth of a selection from a server's text. Errors get their place in the script."""
    place = place_of(scope.resolution.script, at, len(what))
    hint = "a pattern with repeats in repeats, such as (a+)+, may never end"
    too_long = ScriptError(f"'{what}' took longer than {TIME_S:g} s", hint=hint, place=place)

    def limited_work() -> T:
        with limited(too_long):
            return work()

    try:
        return in_main_thread(limited_work) if has_pattern else limited_work()
    except NothingFound:
        raise
    except UsageError as error:
        raise (error if error.place else ScriptError(error.message, hint=error.hint, place=place)) from None
    except RecursionError:
        raise ScriptError(f"'{what}' reads a value that is nested too deeply", place=place) from None


def _empty_capture_note(name: str, path: str, value: Value) -> str:
    """The note about a capture with an empty value."""
    return f"captured {name}, which is empty" + (f": {path} is null" if value is None else "")


_CheckBySchema = Callable[[Expectation, str], Iterable[CheckResult]]


def _check(
    step: Step, record: Record, scope: Scope, plan: Plan, check_by_schema: _CheckBySchema
) -> Iterator[CheckResult]:
    for expectation in step.expectations:
        wanted, expected, _ = fill_variables(expectation, scope)
        if wanted.subject in SCHEMA_SUBJECTS:
            yield from check_by_schema(wanted, expected)
            continue
        yield _bounded(
            expectation.text, expectation.at, scope, partial(check, wanted, record, expected), has_pattern(wanted)
        )
    if plan.fail_on and not any(expected.subject == "status" for expected in step.expectations):
        status = record.response.status
        if is_status_in(status, plan.fail_on):
            yield CheckResult(
                text="status",
                is_ok=False,
                expected=f"not {plan.fail_on}",
                actual=str(status),
                line=step.at.line,
                column=step.at.column,
            )
