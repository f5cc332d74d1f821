"""The order of a run: each step in its turn, before it what it waits for (once) and what it runs (each time)."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from callbox.errors import ScriptError, UsageError
from callbox.httpfile.diagnostics import place_of
from callbox.httpfile.model import Step
from callbox.httpfile.parser import uncollected
from callbox.httpfile.requests.conditions import is_disabled
from callbox.replay.context import Invocation
from callbox.replay.plan import Plan
from callbox.replay.preflight import PlannedSend, Preflight

_DEEPEST = 16
_MANY = 500
_MOST_CALLS = 100_000
"""Sendings by `run` lines and `@forceRef`: requests that run one another may multiply."""


def arrange(surveyor: Preflight, selected: Iterable[Step], plan: Plan) -> tuple[PlannedSend, ...]:
    """Every sending of the selected steps and of what they need and run, in order."""
    steps = tuple(selected)
    with uncollected(len(steps) > _MANY):
        return tuple(_Order(surveyor, steps, plan).all())


def referred(surveyed: Iterable[PlannedSend]) -> Container[int]:
    """The steps whose answers others wait for. What a script asks for, the survey cannot know: then all of them."""
    if any(found.step.handlers for found in surveyed):
        return {found.step.number for found in surveyed}
    return {need for found in surveyed for need in found.needs}


def looped(surveyed: Iterable[PlannedSend]) -> frozenset[int]:
    """The steps whose answers loops wait for."""
    return frozenset(need for found in surveyed if found.step.directive("loop") is not None for need in found.needs)


class _Order:
    def __init__(self, surveyor: Preflight, selected: tuple[Step, ...], plan: Plan) -> None:
        self._surveyor = surveyor
        self._program = surveyor.program
        self._selected = selected
        self._numbers = frozenset(step.number for step in selected)
        self._plan = plan
        self._known: dict[int, PlannedSend] = {}
        self._placed: set[int] = set()
        """Steps that have had their own turn."""
        self._answered: set[int] = set()
        """Steps that were sent, in their turn or by another."""
        self._left = _MOST_CALLS
        """How many more may be run by others; below 0 that is told, and nothing else is looked at."""

    def all(self) -> Iterator[PlannedSend]:
        for step in self._selected:
            if step.number in self._placed or self._left < 0:
                continue
            found = self._look(step, None)
            if found.needs or step.runs or step.directives:
                yield from self._visit(step, ())
                continue
            self._placed.add(step.number)  # it stands alone, as most do
            self._answered.add(step.number)
            yield found

    def _visit(self, step: Step, trail: tuple[Step, ...], call: Invocation | None = None) -> Iterator[PlannedSend]:
        if self._left < 0:
            return
        self._left -= call is not None
        found = self._look(step, call)
        problem = self._problem(found, trail)
        if problem is not None:
            place = place_of(self._program.script_of(step), step.at, len(step.method))
            error = ScriptError(problem.message, hint=problem.hint, place=place)
            found = found._replace(errors=(*found.errors, error))
        else:
            yield from self._before(found, (*trail, step), call)
        if call is None:
            if step.number in self._placed:
                return
            self._placed.add(step.number)
        self._answered.add(step.number)
        if step.has_request or found.errors or not step.runs or _is_left_out(found):
            called = tuple(target.number for target, _ in self._calls(step, call))
            yield found._replace(needs=(*found.needs, *called)) if called else found

    def _before(self, found: PlannedSend, trail: tuple[Step, ...], call: Invocation | None) -> Iterator[PlannedSend]:
        if _is_left_out(found):
            return
        calls = list(self._calls(found.step, call))
        called = {target.number for target, _ in calls}
        needs = found.needs if self._plan.has_auto_deps else ()
        for need in needs:
            if need not in self._answered and need not in called:
                yield from self._visit(self._program.steps[need], trail)
        for target, made in calls:
            yield from self._visit(target, trail, made)

    def _calls(self, step: Step, call: Invocation | None) -> Iterator[tuple[Step, Invocation]]:
        """What the step runs each time before itself."""
        if not step.directives and not step.runs:
            return
        for directive in step.directives:
            named = directive.name == "forceRef" and directive.value is not None
            target = self._program.named(step, directive.value.text) if named and directive.value else None
            if target is not None:
                yield target, Invocation((), step, call)
        for run in step.runs:
            for target in self._program.targets(step, run):
                yield target, Invocation(run.overrides, step, call)

    def _look(self, step: Step, call: Invocation | None) -> PlannedSend:
        is_wanted = step.number in self._numbers or (call is not None and call.caller.number in self._numbers)
        if call is not None:
            return self._surveyor.look(step, is_wanted and not call.caller.has_request, call)
        if step.number not in self._known:
            self._known[step.number] = self._surveyor.look(step, is_wanted, None)
        return self._known[step.number]

    def _problem(self, found: PlannedSend, trail: tuple[Step, ...]) -> UsageError | None:
        step = found.step
        for need in (step.number, *found.needs):
            at = next((i for i, one in enumerate(trail) if one.number == need), -1)
            if at >= 0 or (need == step.number and need in found.needs):
                circle = [*trail[max(at, 0) :], step] if at >= 0 else [step]
                names = [one.label for one in circle]
                last = self._program.steps[need].label
                told = names if at >= 0 and need == step.number else [*names, last]
                if need in found.needs and len(set(told)) == 1:
                    # what a file's own variable would hide, an environment's does not
                    hint = "a variable wants a first value, in http-client.env.json or .env"
                    return UsageError(f"'{last}' refers to its own answer", hint=hint)
                return UsageError(f"These wait for one another: {' -> '.join(told)}")
            if need != step.number and not self._plan.has_auto_deps and need not in self._answered:
                hint = "select it too, in an earlier place, or leave out --no-auto-deps"
                return UsageError(f"'{step.label}' needs the answer of a request that is not run before it", hint=hint)
        if len(trail) >= _DEEPEST:
            return UsageError(f"'{step.label}' is needed by a chain of more than {_DEEPEST} requests")
        return UsageError(f"More than {_MOST_CALLS} requests are run by others") if self._left < 0 else None


def _is_left_out(found: PlannedSend) -> bool:
    return bool(found.reason) or is_disabled(found.step)
