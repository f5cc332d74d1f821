"""Order the steps of a run: first the steps that a step depends on (once), then the steps that its `run` lines name
(each time).
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from callbox.errors import ScriptError, UsageError
from callbox.httpfile.model import Step
from callbox.httpfile.parser.file_and_blocks import pause_collector
from callbox.httpfile.requests.options_conditions_and_loops import is_disabled
from callbox.httpfile.source_and_diagnostics import place_of
from callbox.replay.imported_files_and_linked_steps import Invocation
from callbox.replay.preflight import PlannedSend, Preflight
from callbox.replay.run_options import Plan

_MAX_DEPTH = 16
_GC_PAUSE_STEPS = 500
_MAX_CALLS = 100_000
"""The most requests that `run` lines and `@forceRef` may cause.

If requests run each other, their number may double at each level.
"""


def make_schedule(preflight: Preflight, selected: Iterable[Step], plan: Plan) -> tuple[PlannedSend, ...]:
    """All requests of the run, in the order in which they are sent.

    These are the requests of the selected steps, of the steps that the selected steps need, and of all `run` lines in
    these steps.
    """
    steps = tuple(selected)
    with pause_collector(len(steps) > _GC_PAUSE_STEPS):
        return tuple(_Scheduler(preflight, steps, plan).all())


def referenced_steps(planned_sends: Iterable[PlannedSend]) -> Container[int]:
    """The steps whose responses other steps need.

    If a step has scripts, these are all steps, since a script may read any response.
    """
    if any(found.step.handlers for found in planned_sends):
        return {found.step.number for found in planned_sends}
    return {need for found in planned_sends for need in (*found.needs, *found.call_needs)}


def looped_steps(planned_sends: Iterable[PlannedSend]) -> frozenset[int]:
    """The steps whose responses loops need."""
    return frozenset(
        need for found in planned_sends if found.step.directive("loop") is not None for need in found.needs
    )


class _Scheduler:
    def __init__(self, preflight: Preflight, selected: tuple[Step, ...], plan: Plan) -> None:
        self._preflight = preflight
        self._linked_steps = preflight.program
        self._selected = selected
        self._numbers = frozenset(step.number for step in selected)
        self._plan = plan
        self._plans: dict[int, PlannedSend] = {}
        self._scheduled: set[int] = set()
        """The steps that are scheduled at their own place in the file."""
        self._answered: set[int] = set()
        """The steps that are scheduled at any place: at their own, or because another step needs them."""
        self._calls_left = _MAX_CALLS
        """How many more steps other steps may run. Below 0, the limit is reported and the search ends."""

    def all(self) -> Iterator[PlannedSend]:
        for step in self._selected:
            if step.number in self._scheduled or self._calls_left < 0:
                continue
            found = self._plan_send(step, None)
            if found.needs or step.runs or step.directives:
                yield from self._visit(step, ())
                continue
            self._scheduled.add(step.number)  # the step needs no other step, as in most files
            self._answered.add(step.number)
            yield found

    def _visit(self, step: Step, trail: tuple[Step, ...], call: Invocation | None = None) -> Iterator[PlannedSend]:
        if self._calls_left < 0:
            return
        self._calls_left -= call is not None
        found = self._plan_send(step, call)
        problem = self._order_error(found, trail)
        if problem is not None:
            place = place_of(self._linked_steps.script_of(step), step.at, len(step.method))
            error = ScriptError(problem.message, hint=problem.hint, place=place)
            found = found._replace(errors=(*found.errors, error))
        else:
            yield from self._prerequisites(found, (*trail, step), call)
        if call is None:
            if step.number in self._scheduled:
                return
            self._scheduled.add(step.number)
        self._answered.add(step.number)
        if step.has_request or found.errors or not step.runs or _is_skipped(found):
            called = tuple(target.number for target, _ in self._calls(step, call))
            required = found.required.union(called).difference(found.needs) if called else found.required
            yield found._replace(needs=(*found.needs, *called), required=required) if called else found

    def _prerequisites(
        self, found: PlannedSend, trail: tuple[Step, ...], call: Invocation | None
    ) -> Iterator[PlannedSend]:
        if _is_skipped(found):
            return
        calls = list(self._calls(found.step, call))
        called = {target.number for target, _ in calls}
        needs = found.needs if self._plan.has_auto_deps else ()
        for need in needs:
            if need not in self._answered and need not in called:
                yield from self._visit(self._linked_steps.steps[need], trail)
        for target, invocation in calls:
            yield from self._visit(target, trail, invocation)

    def _calls(self, step: Step, call: Invocation | None) -> Iterator[tuple[Step, Invocation]]:
        """The steps that are sent before each sending of this step: those of `# @forceRef` and of its `run` lines."""
        if not step.directives and not step.runs:
            return
        for directive in step.directives:
            named = directive.name == "forceRef" and directive.value is not None
            target = self._linked_steps.named(step, directive.value.text) if named and directive.value else None
            if target is not None:
                yield target, Invocation((), step, call)
        for run in step.runs:
            for target in self._linked_steps.targets(step, run):
                yield target, Invocation(run.overrides, step, call)

    def _plan_send(self, step: Step, call: Invocation | None) -> PlannedSend:
        is_wanted = step.number in self._numbers or (call is not None and call.caller.number in self._numbers)
        if call is not None:
            return self._preflight.plan_send(step, is_wanted and not call.caller.has_request, call)
        if step.number not in self._plans:
            self._plans[step.number] = self._preflight.plan_send(step, is_wanted, None)
        return self._plans[step.number]

    def _order_error(self, found: PlannedSend, trail: tuple[Step, ...]) -> UsageError | None:
        step = found.step
        for need in (step.number, *found.needs):
            index = next((index for index, earlier in enumerate(trail) if earlier.number == need), -1)
            if index >= 0 or (need == step.number and need in found.needs):
                cycle = [*trail[max(index, 0) :], step] if index >= 0 else [step]
                names = [earlier.label for earlier in cycle]
                last = self._linked_steps.steps[need].label
                chain = names if index >= 0 and need == step.number else [*names, last]
                if need in found.needs and len(set(chain)) == 1:
                    # a variable of a file can override these names, but a variable of an environment cannot
                    hint = "the variable needs an initial value, in http-client.env.json or .env"
                    return UsageError(f"'{last}' refers to its own response", hint=hint)
                return UsageError(f"These need each other's responses: {' -> '.join(chain)}")
            if need != step.number and not self._plan.has_auto_deps and need not in self._answered:
                hint = "also select that request, before this one, or leave out --no-auto-deps"
                return UsageError(
                    f"'{step.label}' needs the response of a request that is not run before it", hint=hint
                )
        if len(trail) >= _MAX_DEPTH:
            return UsageError(f"'{step.label}' has a chain of more than {_MAX_DEPTH} requests")
        return (
            UsageError(f"The `run` lines run more than {_MAX_CALLS} requests, which is the limit")
            if self._calls_left < 0
            else None
        )


def _is_skipped(found: PlannedSend) -> bool:
    return bool(found.reason) or is_disabled(found.step)
