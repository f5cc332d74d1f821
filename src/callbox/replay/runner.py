"""Run one script through one session: preflight, then send in order, check, capture, and yield each result.

This module prints nothing. If a selected request has an error, no request is sent. Each result holds the values that
reports must redact. `event_streams` decides when an endless response (server-sent events, NDJSON) ends.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, MutableMapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from callbox.engine.client import collect
from callbox.errors import CallboxError, Fault, Interrupted, ScriptError, UsageError
from callbox.exchange.cookies import Jar
from callbox.exchange.exchange_record_and_events import Event, Note, Record, Sent
from callbox.exchange.jsonpath_xpath_and_header_selection import NothingFound, Value, format_value
from callbox.exchange.redaction.credential_names import is_credential_name
from callbox.exchange.redaction.secrets_by_value import redact_filled
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.secret import Secret
from callbox.exchange.template_braces import BRACED
from callbox.httpfile.assertion_evaluator import (
    CheckResult,
    capture,
    check,
    fill_variables,
    is_status_in,
    path_of,
)
from callbox.httpfile.model import SCHEMA_SUBJECTS, Expectation, Script, Step
from callbox.httpfile.requests.options_conditions_and_loops import (
    has_condition,
    is_always,
    is_disabled,
    read_loop,
    read_pause,
    read_pause_after,
    read_retry,
    skip_reason,
)
from callbox.httpfile.requests.step_to_draft_resolver import resolve
from callbox.httpfile.source_and_diagnostics import Position, place_of
from callbox.httpfile.variables.variable_scope import ANY, Expanded, ResolutionContext, Scope, is_error_page
from callbox.replay.event_stream_stop_conditions import make_stop_condition, record_of_timed_out_stream, stop_stream
from callbox.replay.file_and_step_selection import Selection, _check_selection, selection_of
from callbox.replay.file_and_system_access import ReplayPorts, Sender, read_schema_beside, write_outputs
from callbox.replay.imported_files_and_linked_steps import Invocation, LinkedScripts, LinkedSteps
from callbox.replay.javascript.request_script_runner import Effects, ScriptRunner
from callbox.replay.preflight import (
    PlannedSend,
    Preflight,
    distinct_errors,
    errors_outside_blocks,
    expand_checks,
    expand_overrides,
    prepare,
)
from callbox.replay.prompts_and_variable_layers import Prompts, add_layers
from callbox.replay.run_options import Plan, with_plan
from callbox.replay.run_progress_and_deadline import INTERRUPTED, RunControl
from callbox.replay.run_state import RunState
from callbox.replay.sandbox import check_sandbox, refuse_output_links
from callbox.replay.step_order import looped_steps, make_schedule, referenced_steps
from callbox.report.result import Outcome, Result
from callbox.system.cpu_limit import TIME_S, limited
from callbox.system.threads import in_main_thread
from callbox.wire.connection_and_byte_stream import Cancel

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
    """The options, with each timeout shortened to the time that the run has left."""
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
    if by_schema is not None and by_schema.needs_verdict(step):
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
            checks += tuple(by_schema.check_all(verdict, step))
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
    """Limit the time and depth of `work`, which selects values in text of a server.

    Errors get their place in the script.
    """
    place = place_of(scope.resolution.script, at, len(what))
    of_pattern = "a pattern with repeats in repeats, such as (a+)+, may never end"
    hint = of_pattern if has_pattern else "the response is large: check a part of it, or ask the server for less"
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


def redact_results(
    results: Iterable[Result], resolution: ResolutionContext, planned_sends: Iterable[PlannedSend]
) -> Iterator[Result]:
    """The results. Each one lists all known secrets, so that reports redact them: a server may repeat a secret of one
    request in the response to another.
    """
    used = {Secret(text) for found in planned_sends for text in found.secrets}
    declared: tuple[set[Secret], tuple[Secret, ...]] = (set(), ())
    for result in results:
        secrets = used | secret_values(resolution)
        secrets.update(result.secrets)
        if secrets != declared[0]:
            declared = (secrets, tuple(secrets))
        # this is the same object as before, so thousands of values are read only once
        yield result._replace(secrets=declared[1])


def secret_values(resolution: ResolutionContext) -> set[Secret]:
    """The values that the user declared secret.

    They are redacted in every result, even if the request does not use them.
    """
    layers = (*resolution.above, *resolution.below)
    items = (item for layer in layers if layer.values for item in layer.values.items())
    found = ((name, value if isinstance(value, str) else value.text) for name, value in items)
    return {Secret(value) for name, value in found if value and resolution.is_secret(name)}


def is_cleanup(found: PlannedSend) -> bool:
    """Whether `# @always` is above a step, or above the `run` line that runs the step."""
    call = found.call
    while call is not None:
        if is_always(call.caller):
            return True
        call = call.outer
    return is_always(found.step)


ExtraChecks = Callable[[Result, int], Iterable[CheckResult]]
"""Returns more checks for a result, such as the comparison of `--compare`.

The number counts the responses of the step from 0.
"""


def replay(
    script: Script,
    session: Sender,
    ports: ReplayPorts,
    plan: Plan,
    *,
    captured: MutableMapping[str, str] | None = None,
    cancel: Cancel | None = None,
    control: RunControl | None = None,
    compare: ExtraChecks | None = None,
    state: RunState | None = None,
    selection: Selection | None = None,
    linked: LinkedScripts | None = None,
) -> Iterator[Result]:
    """The results of the script's requests, each as soon as it is known.

    `captured` has the captures of earlier runs; this run adds its own. `cancel` lets another thread end the running
    request. All files of a run share `control`. `state` is from an earlier run of the same script. If a request runs
    only because another one needs its response, and `state` has this response, it is not sent again. `selection` has
    the selected steps and `linked` the imported files, if they are already known.
    """
    run_state = state or RunState(captured)
    control = control or RunControl(plan, ports)
    try:
        selected = (selection or selection_of(script, plan)).checked()
        if errors := errors_outside_blocks(script, selected):
            yield from control.note_all(Result(script.name, "error", error=error) for error in errors)
            return
        _check_selection(script, plan, selected)
        check_sandbox(plan)
        refuse_output_links(plan, script.name)
        if run_state.file_jar is None:
            run_state.file_jar = session.file_jar_for(plan.options)
        written = control.written if state is None else run_state.written
        prepared = prepare(script, ports, plan, run_state, written, linked)
    except UsageError as error:
        yield from control.note_all([Result(script.name, "error", error=error)])
        return
    linked_steps, plan, ports, prompts, main = prepared
    preflight = Preflight(linked_steps, plan, session, prompts, ports, control.make_checks, run_state.file_jar)
    planned_sends = make_schedule(preflight, _shuffle(selected, plan), plan)
    problems = list(distinct_errors(planned_sends))
    results: Iterable[Result]
    if problems:
        error_results = (
            Result(linked_steps.script_of(step).name, "error", step, error=error) for step, error in problems
        )
        results = control.note_all(error_results)
    elif plan.is_dry_run:
        results = (_dry_run_result(linked_steps.script_of(found.step), found) for found in planned_sends)
    else:
        send_context = SendContext(
            session=preflight.session, ports=ports, plan=plan, cancel=cancel, file_jar=run_state.file_jar
        )
        run = _StepRunner(linked_steps, send_context, run_state, prompts, control, compare)
        run.is_lasting = state is not None
        results = run.results(planned_sends)
    yield from redact_results(results, main, planned_sends)


def _shuffle(steps: tuple[Step, ...], plan: Plan) -> tuple[Step, ...]:
    """The steps in a random order that depends only on the seed."""
    if plan.seed is None:
        return steps
    shuffled = list(steps)
    random.Random(plan.seed).shuffle(shuffled)
    return tuple(shuffled)


def _dry_run_result(script: Script, found: PlannedSend) -> Result:
    result = Result(script.name, "planned", found.step, is_dependency=not found.is_selected)
    if found.reason or is_disabled(found.step):
        return result._replace(outcome="skipped", reason=found.reason or "disabled")
    return result._replace(draft=found.draft, outgoing=found.outgoing, notes=found.warnings)


def _too_deep(result: Result, script: Script, step: Step) -> Result:
    """The error result of a request that uses text of a server which is nested too deeply."""
    message = "What this request uses is nested too deeply to be read"
    return result._replace(outcome="error", error=ScriptError(message, place=place_of(script, step.at, 1)))


class _Last:
    """The result of the last attempt to send a request, so that it is known after an error."""

    def __init__(self, result: Result, scope: Scope) -> None:
        self.result = result
        self.scope = scope


class _StepRunner:
    """Sends the planned steps of a script in order, and stores responses and failures."""

    def __init__(
        self,
        linked_steps: LinkedSteps,
        send_context: SendContext,
        state: RunState,
        prompts: Prompts,
        control: RunControl,
        compare: ExtraChecks | None,
    ) -> None:
        self._linked_steps = linked_steps
        self._send_context = send_context
        self._plan = send_context.plan
        self._state = state
        self.is_lasting = False
        """Whether responses are stored for a later run."""
        self._prompts = prompts
        self._course = control
        self._compare = compare
        self._script_runner = ScriptRunner(send_context.ports, linked_steps.sources, state, control)
        self._referred: Container[int] = ()
        """The steps whose responses are stored, because other steps refer to these responses."""
        self._has_sent = False
        """Whether a request was sent in this pass, so that something may need clean-up."""
        self._send_counts: dict[int, int] = {}
        """How often each step was sent."""

    def results(self, planned_sends: tuple[PlannedSend, ...]) -> Iterator[Result]:
        """The result of each request, in order; `--repeat` repeats them all."""
        self._referred = referenced_steps(planned_sends)
        self._send_context = self._send_context._replace(whole=looped_steps(planned_sends))
        self._course.expect(sum(not found.is_selected for found in planned_sends) * self._plan.repeat)
        for _ in range(self._plan.repeat):
            self._has_sent = self.is_lasting and bool(self._state.records)
            for found in planned_sends:
                if self._is_answered(found):
                    continue
                outcomes: set[str] = set()
                for result in self._run_step(found):
                    self._course.is_between_requests = True
                    self._course.note(result)
                    outcomes.add(result.outcome)
                    self._state.note_outcomes(found.step, outcomes)
                    yield result
                if found.step.number not in self._referred and not self.is_lasting:
                    self._state.note_response(found.step, None)
            if not self.is_lasting:
                self._state.start_pass()

    def _is_answered(self, found: PlannedSend) -> bool:
        """Whether this step runs only because another step needs it, and an earlier run has already sent it."""
        if not self.is_lasting or found.is_selected or found.call is not None:
            return False
        return found.step.number in self._state.records or found.step.number in self._state.failed_steps

    def _run_step(self, found: PlannedSend) -> Iterator[Result]:
        name = self._linked_steps.script_of(found.step).name
        base_result = Result(name, "skipped", found.step, is_dependency=not found.is_selected)
        try:
            self._course.begin(found.step)
            self._script_runner.cleans_up = is_cleanup(found)
            if is_cleanup(found):
                self._course.is_between_requests = False
                with self._course.cleanup():
                    yield from self._clean_up(found, base_result)
            elif deadline_error := self._course.deadline_error():
                yield base_result._replace(outcome="error", error=deadline_error)
            elif reason := self._skip_reason(found):
                yield base_result._replace(reason=reason)
            else:
                self._course.is_between_requests = False
                yield from self._send_in_loop(found, base_result)
        except CallboxError as error:  # if a value of a `run` line is missing, only this request gets an error
            yield self._unsent(found, base_result, error)
        except RecursionError:
            yield _too_deep(base_result, self._linked_steps.script_of(found.step), found.step)
        except KeyboardInterrupt:  # the deadline passed between two requests, so all later requests are reported, too
            yield base_result._replace(outcome="error", error=self._course.interruption_error())

    def _clean_up(self, found: PlannedSend, base_result: Result) -> Iterator[Result]:
        """Send a request with `# @always`, also after the run was stopped.

        If no request was sent before it, it is skipped.
        """
        why = self._course.stopped or ("" if self._course.can_continue else "the deadline has passed")
        if why and not (self._has_sent and self._course.can_clean_up):
            yield base_result._replace(reason=self._course.stopped or why)
        elif reason := self._skip_reason(found):
            yield base_result._replace(reason=reason)
        else:
            notes = (f"sent although the run has ended: {why}",) if why else ()
            for result in self._send_in_loop(found, base_result):
                if why and isinstance(result.error, Interrupted):
                    self._course.end_cleanup()
                yield result._replace(notes=(*notes, *result.notes)) if result.outcome != "skipped" else result

    def _unsent(self, found: PlannedSend, base_result: Result, error: CallboxError) -> Result:
        """The result of a request that could not be built.

        If the request uses values of a failed step, it counts as skipped.
        """
        if reason := self._failed_need(found):
            return base_result._replace(outcome="skipped", reason=reason)
        return base_result._replace(outcome="error", error=error)

    def _failed_need(self, found: PlannedSend, required: Container[int] | None = None) -> str:
        """The reason why a step that this step needs has failed: the first one; empty if none has. If `required` is
        given, only steps in `required` count.
        """
        for need in (*found.needs, *found.call_needs):
            if need in self._state.failed_steps and (required is None or need in required):
                return f"needs '{self._linked_steps.steps[need].label}', which {self._state.failed_steps[need]}"
        return ""

    def _send_in_loop(self, found: PlannedSend, base_result: Result) -> Iterator[Result]:
        """Send a step once, or as often as its `# @loop` says."""
        loop = None
        try:
            if found.step.has_effective_directives:
                scope = self._scope(found, {"$index": "0"})
                loop = read_loop(found.step, scope)
                empty = "the list of the loop is empty" if loop is not None and not loop.rounds else ""
                if reason := empty or (self._condition(found, scope) if loop is None else ""):
                    yield base_result._replace(reason=reason)
                    return
                self._course.wait()
                self._course.pause(read_pause(found.step, scope))
            else:
                self._course.wait()
        except CallboxError as error:
            yield self._unsent(found, base_result, error)
            return
        except KeyboardInterrupt:
            yield base_result._replace(outcome="error", error=self._course.interruption_error())
            return
        if loop is None:
            yield self._send_with_retries(found, base_result, {})
            return
        self._state.begin_rounds(found.step)
        is_referred = found.step.number in self._referred or self.is_lasting
        for index, values in enumerate(loop.rounds or ()):
            if self._course.stopped and not (is_cleanup(found) and self._course.can_clean_up):
                yield base_result._replace(reason=self._course.stopped)
                return
            result = self._send_round(found, base_result, values, index)
            if is_referred and result.record is not None:
                self._state.add_round(found.step, result.record)
            yield result

    def _send_round(self, found: PlannedSend, base_result: Result, values: Mapping[str, str], index: int) -> Result:
        """Send one round of a `# @loop`, unless a condition skips it."""
        base_result = base_result._replace(label=_title_of_round(found.step.title, values))
        try:
            if reason := self._condition(found, self._scope(found, values)):
                return base_result._replace(reason=reason)
            if index:
                self._course.wait()
        except CallboxError as error:
            return self._unsent(found, base_result, error)
        except KeyboardInterrupt:
            return base_result._replace(outcome="error", error=self._course.interruption_error())
        return self._send_with_retries(found, base_result, values)

    def _condition(self, found: PlannedSend, scope: Scope) -> str:
        return skip_reason(found.step, scope) if has_condition(found.step) else ""

    def _send_with_retries(self, found: PlannedSend, base_result: Result, values: Mapping[str, str]) -> Result:
        """Send until the request succeeds or its retries are used up."""
        last = _Last(*self._attempt(found, base_result, values))
        try:
            self._retry(found, base_result, values, last)
            last.result = self._finish(last.result, last.scope)
            if found.step.has_effective_directives and self._course.can_continue:
                self._pause_after(found.step, last.scope)
        except CallboxError as error:
            return last.result._replace(outcome="error", error=last.result.error or error)
        except KeyboardInterrupt:
            return last.result._replace(outcome="error", error=self._course.interruption_error())
        return last.result

    def _retry(self, found: PlannedSend, base_result: Result, values: Mapping[str, str], last: _Last) -> None:
        number = 0
        tries, interval_s = read_retry(found.step, last.scope) or (self._plan.retries, self._plan.retry_interval_s)
        while number < tries and should_retry(last.result, self._plan.retry_on) and self._course.can_continue:
            try:
                self._course.pause(interval_s)
            except KeyboardInterrupt:
                last.result = last.result._replace(outcome="error", error=self._course.interruption_error())
                break
            if not self._course.can_continue:
                break
            number += 1
            last.result, last.scope = self._attempt(found, base_result, values)
        if number:
            again = "once" if number == 1 else f"{number} times"
            last.result = last.result._replace(notes=(*last.result.notes, f"sent again {again}"))

    def _pause_after(self, step: Step, scope: Scope) -> None:
        try:
            self._course.pause(read_pause_after(step, scope))
        except KeyboardInterrupt:
            self._course.stop(INTERRUPTED)

    def _attempt(self, found: PlannedSend, base_result: Result, values: Mapping[str, str]) -> tuple[Result, Scope]:
        scope = self._scope(found, values)
        before = Effects()
        is_made = False
        self._script_runner.set_names = set()
        try:
            self._course.is_between_requests = False
            if found.step.handlers:
                scope = Scope(scope.resolution._replace(dynamic_values={}), scope.step, scope.record_of)
                before = self._script_runner.before(scope, int(values.get("$index", "0")))
                scope = Scope(add_layers(scope.resolution, {}, before.variables), scope.step, scope.record_of)
                base_result = base_result._replace(notes=tuple(f"log: {log}" for log in before.logs))
                self._course.pause(before.pause_s)
            if not is_cleanup(found):
                self._course.check_deadline()
            draft = self._draft(found, scope)
            if self._failed_need(found):
                expand_checks(found.step, Scope(scope.resolution, scope.step, scope.record_of))
            is_made = self._has_sent = True
            result = base_result = self._send(found, draft, base_result, scope)  # also reported after an error below
            self._state.note_response(found.step, result.record)
            if result.record is not None:
                result = self._check_response(result, result.record, scope, before)
        except CallboxError as error:
            result = base_result._replace(outcome="error", error=error)
            if not is_made:
                self._state.note_response(found.step, None)
                result = self._unsent(found, base_result, error)
        except RecursionError:
            result = _too_deep(base_result, self._linked_steps.script_of(found.step), found.step)
        except KeyboardInterrupt:
            result = base_result._replace(outcome="error", error=self._course.interruption_error())
        self._course.finish_request()
        return result, scope

    def _send(self, found: PlannedSend, draft: Draft, base_result: Result, scope: Scope) -> Result:
        """Send the request, within the time that the run has left."""
        course, context = self._course, self._send_context
        cleans_up = is_cleanup(found)
        if cleans_up and course.stopped and context.cancel is not None:
            context = context._replace(cancel=context.cancel.second)
        left_s = course.cleanup_left_s if cleans_up else course.left_s
        result = send(context, draft, base_result, scope, left_s)
        if result.error is None:
            return result
        return result._replace(error=course.explain_timeout(result.error, is_cleanup=cleans_up))

    def _draft(self, found: PlannedSend, scope: Scope) -> Draft:
        """The request with the values known now. Parts that cannot have changed since the preflight are reused."""
        if found.is_fixed and found.draft is not None and self._plan.repeat == 1:
            scope.add_secrets(found.secrets)
            return self._script_runner.with_headers(found.draft, scope)
        script = self._linked_steps.script_of(found.step)
        if "?" in script.text and ".response." in script.text:  # the filter of a JSONPath may contain a pattern
            draft = in_main_thread(lambda: resolve(found.step, scope))
        else:
            draft = resolve(found.step, scope)
        return self._script_runner.with_headers(draft, scope)

    def _check_response(self, result: Result, record: Record, scope: Scope, before: Effects) -> Result:
        if not scope.step.handlers:
            return check_response(result, record, scope, self._plan, self._send_context, self._course.checks)
        after = self._script_runner.after(record, scope, before)
        self._course.pause(after.pause_s)
        plan = self._plan._replace(fail_on="") if after.checks_status else self._plan
        try:
            checked = check_response(result, record, scope, plan, self._send_context, self._course.checks)
        except CallboxError as error:  # the results of the scripts are reported, too
            checked = result._replace(outcome="error", error=error)
        result = before._replace(logs=()).add_to(checked)
        return after.add_to(result)

    def _finish(self, result: Result, scope: Scope) -> Result:
        """Apply captures, write files and compare snapshots. This happens once, after the last attempt."""
        record = result.record
        self._note_unset_names(result, scope)
        if record is not None and result.error is None:
            self._state.add_captures(result.captures)
            try:
                result = self._compare_snapshot(result, scope)
                write_outputs(record, scope, self._send_context.ports)
            except CallboxError as error:
                result = result._replace(outcome="error", error=error)
        if not scope.secrets and not scope.notes:
            return result
        secrets = tuple(Secret(text) for text in sorted(scope.secrets))
        return result._replace(notes=(*scope.notes, *result.notes), secrets=secrets)

    def _note_unset_names(self, result: Result, scope: Scope) -> None:
        """Record the captures that the step did not set, so that their earlier values are not used any more."""
        step = scope.step
        given = {name for name, _ in result.captures} if result.record is not None else set()
        wanted = {capture.name for capture in step.captures}
        if step.handlers:
            given |= self._script_runner.set_names
            if result.outcome != "ok":
                setters = scope.resolution.capturing or {}
                wanted |= {name for name, steps in setters.items() if name != ANY and step in steps}
        self._state.note_names(given, wanted)

    def _compare_snapshot(self, result: Result, scope: Scope) -> Result:
        count = self._send_counts.get(scope.step.number, 0)
        self._send_counts[scope.step.number] = count + 1
        if self._compare is None:
            return result
        secrets = (*map(Secret, scope.secrets), *secret_values(scope.resolution))
        checks = (*result.checks, *self._compare(result._replace(secrets=secrets), count))
        is_ok = result.outcome == "ok" and all(checked.is_ok for checked in checks)
        return result._replace(checks=checks, outcome="ok" if is_ok else "failed")

    def _scope(self, found: PlannedSend, values: Mapping[str, str], scripted: Mapping[str, str] = {}) -> Scope:
        resolution = self._resolution(found.step, found.call, values, scripted)
        return Scope(resolution, found.step, lambda other: self._state.records.get(other.number))

    def _resolution(
        self, step: Step, call: Invocation | None, values: Mapping[str, str], scripted: Mapping[str, str] = {}
    ) -> ResolutionContext:
        resolution = self._linked_steps.resolutions[step.number]
        if call is None or not call.overrides:
            return add_layers(resolution, values, scripted)
        unconfined_ports = self._resolution(call.caller, call.outer, {})
        scope = Scope(unconfined_ports, call.caller, lambda other: self._state.records.get(other.number))
        overrides: dict[str, str | Expanded] = {**values, **expand_overrides(call, scope)}
        return add_layers(resolution, overrides, scripted)

    def _skip_reason(self, found: PlannedSend) -> str:
        step = found.step
        if self._course.stopped and not is_cleanup(found):
            return self._course.stopped
        if is_disabled(step):
            return "disabled"
        if not is_cleanup(found) and (reason := self._failed_need(found, found.required)):
            return reason
        note = step.directive("note")
        if note is not None and not self._prompts.confirm(note.value.text if note.value else ""):
            return "not confirmed"
        return ""


def _title_of_round(title: str, values: Mapping[str, str]) -> str:
    """The title for a round of a loop in reports, with the values of the round; empty if the title uses no value of the
    loop.

    >>> _title_of_round("create {{c.name}} as {{c.pin}}", {"c.name": "ann", "c.pin": "12"})
    'create ann as {{c.pin}}'
    """

    def fill(found: re.Match[str]) -> str:
        name = found[0][2:-2].strip()
        is_secret = is_credential_name(name.rpartition(".")[2])
        return found[0] if is_secret else values.get(name, found[0])

    filled = re.sub(BRACED, fill, title)
    return filled if filled != title else ""
