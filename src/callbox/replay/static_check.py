"""`callbox check`: report parser errors, lint findings and the errors of a preflight, without sending anything."""

from __future__ import annotations

import os.path
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from callbox.engine import LiveSession
from callbox.errors import CallboxError, Place, UsageError
from callbox.exchange.cookies import Jar
from callbox.exchange.events import Event
from callbox.exchange.redaction.text import redact_named
from callbox.exchange.redaction.values import redact_place
from callbox.exchange.request import Draft, Outgoing
from callbox.httpfile.diagnostics import Diagnostic
from callbox.httpfile.lint import lint
from callbox.httpfile.model import Script
from callbox.httpfile.variables.environments import ChosenEnvironments, conflicts
from callbox.openapi.model import Api
from callbox.replay.described_requests import RequestFinding, check_request
from callbox.replay.environment_files import choose_environments
from callbox.replay.file_discovery import ScriptTarget, find_scripts
from callbox.replay.linked_steps import LinkedScripts, link, make_linked_steps, make_resolution_context
from callbox.replay.plan import Plan, select_steps, unmatched
from callbox.replay.ports import ReplayPorts
from callbox.replay.preflight import NoBase, Preflight, warning_diagnostics
from callbox.replay.prompts import Prompts, leave_open
from callbox.replay.schedule import make_schedule
from callbox.wire.cancel import Cancel

if TYPE_CHECKING:
    from callbox.replay.response_checks import ResponseChecks


class ScriptProblem(NamedTuple):
    """One error or lint."""

    is_error: bool
    code: str
    message: str
    hint: str
    place: Place | None


OPENAPI = "openapi"
"""The code of a problem that a description of the API finds."""


def check_files(
    words: Sequence[str], ports: ReplayPorts, plan: Plan, api: Api | None = None
) -> Iterator[ScriptProblem]:
    """All problems in the scripts that the words mean, in the order of the files, each problem once.

    With a description of the API, requests are also compared with it.
    """
    seen: set[ScriptProblem] = set()
    for target in find_scripts(words, ports, plan):
        errors = [target] if isinstance(target, UsageError) else list(_unmatched(target))
        found = () if isinstance(target, UsageError) else check_script(target.script, ports, plan, api)
        for problem in (*map(_from_error, errors), *found):
            if problem not in seen:
                seen.add(problem)
                yield problem


def _unmatched(target: ScriptTarget) -> Iterator[UsageError]:
    """An error for a name or line of `FILE#name` or `FILE:42` that does not exist. The whole file is checked anyway."""
    yield from unmatched([target.script], target.plan.names)
    try:
        select_steps(target.script, target.plan)
    except UsageError as error:
        yield error


def check_script(script: Script, ports: ReplayPorts, plan: Plan, api: Api | None = None) -> Iterator[ScriptProblem]:
    """All problems in one script."""
    chosen = ChosenEnvironments()
    found = []
    try:
        chosen = choose_environments(os.path.dirname(script.name), plan, ports)
    except UsageError as error:
        found.append(_from_error(error))
    found += [_from_diagnostic(script, problem) for problem in (*lint(script), *conflicts(script, chosen.layers))]
    found += [
        _from_diagnostic(problem, diagnostic)
        for problem, diagnostic in warning_diagnostics(script, ports)
        if problem is not script
    ]
    if not script.steps and not script.variables:
        found.append(ScriptProblem(True, "empty", "There is no request in this file", "", Place(script.name)))
    reported = {(problem.place, problem.message) for problem in found}
    errors = [
        problem
        for problem in _preflight_problems(script, ports, plan, chosen, api)
        if (problem.place, problem.message) not in reported
    ]
    wrong_places = {problem.place for problem in errors}
    # the same name: the lint says what is near, and the error that nothing is sent
    found = [problem for problem in found if problem.code != "unknown-name" or problem.place not in wrong_places]
    found += errors
    return (_redact(problem) for problem in sorted(dict.fromkeys(found), key=_order))


def _preflight_problems(
    script: Script, ports: ReplayPorts, plan: Plan, chosen: ChosenEnvironments, api: Api | None
) -> Iterator[ScriptProblem]:
    """The errors of a preflight of the whole script. Prompts that `plan` does not answer stay open, and nobody is
    asked.
    """
    prompts = Prompts(plan, ports._replace(ask=leave_open))
    try:
        linked = link(script, ports)
    except UsageError as error:
        yield _from_error(error)
        linked = LinkedScripts((script,), {})
    program = make_linked_steps(linked, make_resolution_context(script, ports, plan, prompts, {}, chosen), ports)
    with LiveSession() as session:
        for planned in make_schedule(
            Preflight(program, plan, _PreviewOnlySession(session), prompts, ports, _make_static_checks),
            script.steps,
            plan,
        ):
            yield from map(_from_error, planned.errors)
            if api is not None and planned.draft is not None and not planned.errors:
                own = program.resolutions[planned.step.number].script
                yield from map(_from_finding, check_request(api, own, planned.step, planned.draft))


def _make_static_checks() -> ResponseChecks:
    from callbox.replay.response_checks import ResponseChecks  # 30 ms, for few scripts

    return ResponseChecks(is_static=True)


class _PreviewOnlySession:
    """A session that merges requests and never sends them."""

    def __init__(self, session: LiveSession) -> None:
        self._session = session

    def preview(self, draft: Draft) -> Outgoing:
        """The request as it would be sent."""
        return self._session.preview(draft)

    def file_jar_for(self, options: Mapping[str, object] = {}) -> Jar:
        """An empty cookie jar."""
        return self._session.file_jar_for(options)

    def stream(self, draft: Draft, cancel: Cancel | None = None) -> Iterator[Event]:
        """Not supported: a check sends nothing."""
        raise UsageError("A check sends nothing")


def _from_error(error: CallboxError) -> ScriptProblem:
    if isinstance(error, NoBase):
        return ScriptProblem(False, "no-base", error.message, error.hint, error.place)
    return ScriptProblem(True, "not-sendable", error.message, error.hint, error.place)


def _from_finding(found: RequestFinding) -> ScriptProblem:
    return ScriptProblem(not found.is_deprecation, OPENAPI, found.message, found.hint, found.place)


def _from_diagnostic(script: Script, problem: Diagnostic) -> ScriptProblem:
    place = Place(script.name, problem.at.line, problem.at.column, problem.length, problem.source)
    return ScriptProblem(problem.is_error, problem.code, problem.message, problem.hint, place)


def _redact(problem: ScriptProblem) -> ScriptProblem:
    """Redact the credentials that are literals in the script."""
    place = problem.place and redact_place(problem.place, redact_named)
    return problem._replace(message=redact_named(problem.message), hint=redact_named(problem.hint), place=place)


def _order(problem: ScriptProblem) -> tuple[str, int, int]:
    place = problem.place or Place("", 0, 0)
    return place.file, place.line, place.column
