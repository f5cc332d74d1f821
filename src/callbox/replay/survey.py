"""All that can be known of a run before anything is sent: which requests, in which order, and what is wrong.

Each step is resolved once with the answers of others left open. What is undefined, missing, refused or not
sendable is found here, so that nothing of a file is sent when something in it cannot be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from callbox.errors import CallboxError, Place, ScriptError, UsageError
from callbox.exchange.draft import Draft
from callbox.exchange.outgoing import Outgoing
from callbox.exchange.url import UrlError
from callbox.replay.plan import Plan
from callbox.replay.ports import Sender
from callbox.replay.prompts import Prompts
from callbox.script.expect import path_of, problem_of
from callbox.script.model import Diagnostic, Script, Step, Text
from callbox.script.place import place_of
from callbox.script.reference import check_path
from callbox.script.resolve import resolve
from callbox.script.scope import Scope, Surroundings
from callbox.script.settings import is_disabled, read_pause, refusals

_DEEPEST = 16


class Surveyed(NamedTuple):
    """One step as far as it is known before it is sent."""

    step: Step
    draft: Draft | None
    outgoing: Outgoing | None
    """What would be sent; None where that waits for an answer."""
    needs: tuple[int, ...]
    """Numbers of the steps that must have been answered first."""
    errors: tuple[CallboxError, ...]
    is_selected: bool


def survey(
    surroundings: Surroundings, selected: Iterable[Step], plan: Plan, session: Sender, prompts: Prompts
) -> tuple[Surveyed, ...]:
    """Every selected step, and every step that they need, in the order in which they are to be sent."""
    by_number = {step.number: step for step in surroundings.script.steps}
    wanted = {step.number for step in selected}
    done: dict[int, Surveyed] = {}
    waiting = sorted(wanted, reverse=True)
    while waiting:
        number = waiting.pop()
        if number in done:
            continue
        done[number] = _survey_step(surroundings, by_number[number], number in wanted, plan, session, prompts)
        if plan.has_auto_deps:
            waiting += done[number].needs
    return tuple(_in_order(surroundings.script, done, plan))


def errors_in(script: Script, steps: Iterable[Step]) -> Iterator[ScriptError]:
    """What the parser found wrong in these steps' blocks, and outside of any step's, each once."""
    seen: set[Diagnostic] = set()
    for step in steps:
        for found in script.errors_of(step):
            if found not in seen:
                seen.add(found)
                yield error_of(script, found)


def error_of(script: Script, found: Diagnostic) -> ScriptError:
    """A diagnostic of the parser as an error."""
    place = Place(script.name, found.at.line, found.at.column, found.length, found.source)
    return ScriptError(found.message, hint=found.hint, place=place)


def _survey_step(
    surroundings: Surroundings, step: Step, is_selected: bool, plan: Plan, session: Sender, prompts: Prompts
) -> Surveyed:
    script = surroundings.script
    broken = [*errors_in(script, [step]), *refusals(script, step)]
    if broken or is_disabled(step) or not step.has_request:
        return Surveyed(step, None, None, (), tuple(broken), is_selected)
    unanswered = list(prompts.ask_for(script, step))
    if unanswered:
        return Surveyed(step, None, None, (), tuple(unanswered), is_selected)
    scope = Scope(surroundings, step)
    draft = resolve(step, scope)
    is_open = bool(scope.needs)
    _survey_rest(step, scope, prompts)
    errors: list[CallboxError] = sorted(scope.errors, key=lambda error: error.place or Place())
    outgoing = None
    if not errors and not is_open:
        try:
            outgoing = session.preview(draft._replace(options={**plan.options, **draft.options}))
        except UsageError as error:
            errors.append(_place_of_url(error, draft, script, step))
    return Surveyed(step, draft, outgoing, tuple(scope.needs), tuple(errors), is_selected)


def _place_of_url(error: UsageError, draft: Draft, script: Script, step: Step) -> ScriptError:
    place = error.place or place_of(script, step.url[0].at if step.url else step.at, len(step.target))
    if isinstance(error, UrlError) and error.kind == "scheme" and draft.url.startswith(("/", "?")):
        hint = "write it whole, or add a header: Host: api.x"
        return ScriptError(f"No host in '{draft.url}', and no base to join it to", hint=hint, place=place)
    return ScriptError(error.message, hint=error.hint, place=place)


def _survey_rest(step: Step, scope: Scope, prompts: Prompts) -> None:
    """Everything of a step that is not its request."""
    read_pause(step, scope)
    for directive in step.directives:
        if directive.name == "ref" and directive.value is not None:
            _survey_ref(directive.value, scope)
        if directive.name == "note" and not prompts.has_user:
            at = directive.value or Text("#", directive.at)
            scope.fail(UsageError("'@note' asks to be confirmed, and nobody is there", hint="run it at a terminal"), at)
    for output in step.outputs:
        scope.expand([output.path])
    own = step.number in scope.needs
    _survey_checks(step, scope)
    if not own and step.number in scope.needs:
        scope.needs.remove(step.number)  # a check may refer to the answer that it checks


def _survey_ref(name: Text, scope: Scope) -> None:
    named = scope.surroundings.script.step(name.text)
    if named is None:
        scope.fail(UsageError(f"No request is named '{name.text}'"), name)
    elif named.number not in scope.needs:
        scope.needs.append(named.number)


def _survey_checks(step: Step, scope: Scope) -> None:
    for wanted in step.captures:
        try:
            check_path(path_of(scope.expand([wanted.path])))
        except UsageError as error:
            scope.fail(error, wanted.path)
    for expectation in step.expectations:
        expected = scope.expand([expectation.value] if expectation.value else [])
        problem = problem_of(expectation, expected)
        if problem is not None:
            scope.fail(problem, expectation.value or expectation.path or Text(expectation.text, expectation.at))


def _in_order(script: Script, done: dict[int, Surveyed], plan: Plan) -> Iterator[Surveyed]:
    """Each after what it needs, else in the order of the file."""
    placed: set[int] = set()

    def visit(number: int, trail: tuple[int, ...]) -> Iterator[Surveyed]:
        if number in placed:
            return
        found = done[number]
        problem = _wrong_need(found, trail, done, placed, plan)
        if problem is None:
            for need in found.needs if plan.has_auto_deps else ():
                yield from visit(need, (*trail, number))
        else:
            place = place_of(script, found.step.at, len(found.step.method))
            error = ScriptError(problem.message, hint=problem.hint, place=place)
            found = found._replace(errors=(*found.errors, error))
        if number not in placed:
            placed.add(number)
            yield found

    for number in sorted(n for n, found in done.items() if found.is_selected):
        yield from visit(number, ())


def _wrong_need(
    found: Surveyed, trail: tuple[int, ...], done: dict[int, Surveyed], placed: set[int], plan: Plan
) -> UsageError | None:
    label = found.step.label
    for need in found.needs:
        if need == found.step.number or need in trail:
            names = [
                done[n].step.label for n in (*trail[trail.index(need) if need in trail else 0 :], found.step.number)
            ]
            return UsageError(f"These wait for one another: {' -> '.join([*names, done[need].step.label])}")
        if not plan.has_auto_deps and need not in placed:
            hint = "select it too, in an earlier place, or leave out --no-auto-deps"
            return UsageError(f"'{label}' needs the answer of a request that is not run before it", hint=hint)
    if len(trail) >= _DEEPEST:
        return UsageError(f"'{label}' is needed by a chain of more than {_DEEPEST} requests")
    return None
