"""One script through one session: survey everything, then send in order, check, capture, and tell each result.

Used by `callbox replay`, by the shell's `replay` and by tests; prints nothing. Nothing is sent when anything in
the chosen requests is wrong.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Iterator, MutableMapping

from callbox.errors import CallboxError, Fault, Interrupted, UsageError
from callbox.exchange.draft import Draft
from callbox.exchange.events import Event, Note, Sent
from callbox.exchange.outgoing import Outgoing
from callbox.exchange.record import Record
from callbox.exchange.secret import Secret
from callbox.exchange.select import NothingFound
from callbox.replay.environments import find_environments
from callbox.replay.plan import Plan, select_steps, unmatched
from callbox.replay.ports import Ports, Sender
from callbox.replay.prompts import Prompts
from callbox.replay.surround import surround
from callbox.replay.survey import Surveyed, error_of, survey
from callbox.report.result import Result
from callbox.script.expect import Checked, capture, check, elapsed, is_status_in
from callbox.script.model import Script, Step
from callbox.script.resolve import resolve
from callbox.script.scope import Scope, Surroundings
from callbox.script.settings import is_disabled, read_pause
from callbox.session.live import collect
from callbox.wire.cancel import Cancel


def replay(
    script: Script,
    session: Sender,
    ports: Ports,
    plan: Plan,
    *,
    captured: MutableMapping[str, str] | None = None,
    cancel: Cancel | None = None,
) -> Iterator[Result]:
    """The results of the script's requests, each as soon as it is known.

    `captured` is what earlier runs have captured; what this one captures is added to it. With `cancel` a request
    under way can be given up from another thread.
    """
    try:
        chosen = _choose(script, plan)
        environment = find_environments(os.path.dirname(script.name), plan, ports)
    except UsageError as error:
        yield Result(script.name, "error", error=error)
        return
    captures = captured if captured is not None else {}
    plan = plan._replace(options={**environment.options, **plan.options})
    prompts = Prompts(plan, ports, environment.secret_names)
    surroundings = surround(script, ports, plan, prompts, captures, environment)
    surveyed = survey(surroundings, chosen, plan, session, prompts)
    problems = list(_problems(surveyed))
    if problems:
        yield from (Result(script.name, "error", step, error=error) for step, error in problems)
    elif plan.is_dry_run:
        yield from (_planned(script, found) for found in surveyed)
    else:
        yield from _Run(surroundings, session, ports, plan, captures, prompts, cancel).results(surveyed)


def _problems(surveyed: Iterable[Surveyed]) -> Iterator[tuple[Step, CallboxError]]:
    """Every error with the first step that meets it: a wrong variable is used by many, and told once."""
    told = set()
    for found in surveyed:
        for error in found.errors:
            if (error.place, error.message) not in told:
                told.add((error.place, error.message))
                yield found.step, error


def _choose(script: Script, plan: Plan) -> tuple[Step, ...]:
    """The steps to run. Raises `UsageError` where there are none, or the file cannot be read as a script."""
    for error in unmatched([script], plan.names):
        raise error
    chosen = select_steps(script, plan)
    if len(chosen) == len(script.steps):
        for found in script.errors:
            if script.step_at(found.at.line) is None:
                raise error_of(script, found)
    if not chosen and not plan.allows_empty:
        raise UsageError(f"Nothing to run in {script.name}", hint="a request is a line such as: GET https://api.x/y")
    return chosen


def _planned(script: Script, found: Surveyed) -> Result:
    if is_disabled(found.step):
        return Result(script.name, "skipped", found.step, reason="disabled", is_dependency=not found.is_selected)
    return Result(
        script.name,
        "planned",
        found.step,
        draft=found.draft,
        outgoing=found.outgoing,
        is_dependency=not found.is_selected,
    )


class _Told:
    """What an exchange had to say beside its answer."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.outgoing: Outgoing | None = None
        """The last request that left."""

    def listen(self, events: Iterable[Event]) -> Iterator[Event]:
        """The events, noted on their way through."""
        for event in events:
            if isinstance(event, Sent):
                self.outgoing = event.outgoing
            elif isinstance(event, Note):
                self.notes.append(event.text)
            yield event


def _partial(error: CallboxError) -> Record | None:
    """The part of an answer that had come before it was cut off."""
    record = error.record if isinstance(error, Fault) else None
    return record if isinstance(record, Record) else None


class _Run:
    """One pass over the steps of a script; remembers the answers and what went wrong."""

    def __init__(
        self,
        surroundings: Surroundings,
        session: Sender,
        ports: Ports,
        plan: Plan,
        captures: MutableMapping[str, str],
        prompts: Prompts,
        cancel: Cancel | None,
    ) -> None:
        self._surroundings = surroundings
        self._session = session
        self._ports = ports
        self._plan = plan
        self._captures = captures
        self._prompts = prompts
        self._cancel = cancel
        self._records: dict[int, Record] = {}
        self._unfit: dict[int, str] = {}
        """Steps that others cannot build on, and what became of them."""
        self._stop = ""

    def results(self, surveyed: tuple[Surveyed, ...]) -> Iterator[Result]:
        """Each step's result, in order."""
        bad = 0
        for found in surveyed:
            result = self._run_step(found)._replace(is_dependency=not found.is_selected)
            if result.outcome != "ok":
                self._unfit[found.step.number] = "was skipped" if result.outcome == "skipped" else "failed"
            if result.outcome in ("failed", "error"):
                bad += 1
            if self._plan.bail and bad >= self._plan.bail:
                self._stop = f"stopped after {bad} failed"
            if isinstance(result.error, Interrupted):
                self._stop = "interrupted"
            yield result

    def _run_step(self, found: Surveyed) -> Result:
        step = found.step
        plain = Result(self._surroundings.script.name, "skipped", step)
        if reason := self._reason_to_skip(found):
            return plain._replace(reason=reason)
        scope = Scope(self._surroundings, step, lambda other: self._records.get(other.number))
        try:
            if pause := read_pause(step, scope):
                self._ports.sleep(pause)
            draft = resolve(step, scope)
            result = self._send(draft, plain)
            if result.record is not None:
                self._records[step.number] = result.record
                result = self._judge(result, result.record, scope)
        except CallboxError as error:
            result = plain._replace(outcome="error", error=error)
        except KeyboardInterrupt:
            result = plain._replace(outcome="error", error=Interrupted())
        return result._replace(secrets=tuple(Secret(text) for text in sorted(scope.secrets)))

    def _reason_to_skip(self, found: Surveyed) -> str:
        step = found.step
        if self._stop:
            return self._stop
        if is_disabled(step):
            return "disabled"
        for need in found.needs:
            if need in self._unfit:
                other = self._surroundings.script.steps[need - 1]
                return f"needs '{other.label}', which {self._unfit[need]}"
        note = step.directive("note")
        if note is not None and not self._prompts.confirm(note.value.text if note.value else ""):
            return "not confirmed"
        return ""

    def _send(self, draft: Draft, result: Result) -> Result:
        """The result with what came back, or with the error and the request that met it."""
        draft = draft._replace(options={**self._plan.options, **draft.options})
        told, begun = _Told(), self._ports.now()
        try:
            record = collect(told.listen(self._session.stream(draft, self._cancel)))
            result = result._replace(outcome="ok", record=record, seconds=elapsed(record))
        except KeyboardInterrupt:
            result = result._replace(outcome="error", error=Interrupted(), seconds=self._ports.now() - begun)
        except CallboxError as error:
            spent = self._ports.now() - begun
            result = result._replace(outcome="error", error=error, partial=_partial(error), seconds=spent)
        return result._replace(notes=tuple(told.notes), outgoing=told.outgoing, time=begun)

    def _judge(self, result: Result, record: Record, scope: Scope) -> Result:
        step = scope.step
        captures, missing = self._capture(step, record, scope)
        checks = (*self._check(step, record, scope), *missing)
        outcome = "ok" if all(checked.is_ok for checked in checks) else "failed"
        self._write(step, record, scope)
        return result._replace(outcome=outcome, checks=checks, captures=captures)

    def _capture(
        self, step: Step, record: Record, scope: Scope
    ) -> tuple[tuple[tuple[str, str], ...], tuple[Checked, ...]]:
        """What was captured; and, as checks that do not hold, what was not there to be captured."""
        found: list[tuple[str, str]] = []
        missing = []
        for wanted in step.captures:
            path = scope.expand([wanted.path])
            try:
                found.append((wanted.name, capture(record, path)))
            except NothingFound as error:
                text = f"capture {wanted.name} = {path}"
                missing.append(Checked(text, False, "a value", error.message, wanted.at.line, wanted.at.column))
        self._captures.update(found)
        return tuple(found), tuple(missing)

    def _check(self, step: Step, record: Record, scope: Scope) -> Iterator[Checked]:
        for expectation in step.expectations:
            expected = scope.expand([expectation.value] if expectation.value is not None else [])
            yield check(expectation, record, expected)
        if self._plan.fail_on and not any(expected.subject == "status" for expected in step.expectations):
            status = record.incoming.status
            if is_status_in(status, self._plan.fail_on):
                wanted = f"not {self._plan.fail_on}"
                yield Checked("status", False, wanted, str(status), step.at.line, step.at.column)

    def _write(self, step: Step, record: Record, scope: Scope) -> None:
        for output in step.outputs:
            if output.mark in (">>", ">>!"):
                folder = os.path.dirname(self._surroundings.script.name)
                path = os.path.join(folder, scope.expand([output.path]).strip())
                self._ports.write_file(path, record.body, output.mark == ">>!")
