"""What `callbox check` finds: the parser's errors, every lint, and what a run would stumble over; nothing is sent."""

from __future__ import annotations

import os.path
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from callbox.engine import LiveSession
from callbox.errors import CallboxError, Place, UsageError
from callbox.exchange.cookies import Jar
from callbox.exchange.events import Event
from callbox.exchange.redaction import mask_named
from callbox.exchange.request import Draft, Outgoing
from callbox.httpfile.lint import lint
from callbox.httpfile.model import Diagnostic, Script
from callbox.httpfile.variables.environments import Chosen, conflicts
from callbox.replay.batch import ScriptTarget, find_scripts
from callbox.replay.context import make_program
from callbox.replay.environment_files import find_environments
from callbox.replay.imports import LinkedScripts, link
from callbox.replay.plan import Plan, select_steps, unmatched
from callbox.replay.ports import ReplayPorts
from callbox.replay.preflight import NoBase, Preflight
from callbox.replay.prompts import Prompts
from callbox.replay.resolution import surround
from callbox.replay.schedule import arrange
from callbox.replay.warnings import diagnosed
from callbox.report.redact import mask_place
from callbox.wire.cancel import Cancel


class Found(NamedTuple):
    """One thing that is wrong, or doubtful."""

    is_error: bool
    code: str
    message: str
    hint: str
    place: Place | None


def check_files(words: Sequence[str], ports: ReplayPorts, plan: Plan) -> Iterator[Found]:
    """Everything that is found in the scripts that the words mean, file by file, in their order, and each once."""
    told: set[Found] = set()
    for target in find_scripts(words, ports, plan):
        errors = [target] if isinstance(target, UsageError) else list(_unmatched(target))
        found = () if isinstance(target, UsageError) else check_script(target.script, ports, plan)
        for one in (*map(_of_error, errors), *found):
            if one not in told:
                told.add(one)
                yield one


def _unmatched(target: ScriptTarget) -> Iterator[UsageError]:
    """What `FILE#name` or `FILE:42` names and the file has not. The file is checked as a whole all the same."""
    yield from unmatched([target.script], target.plan.names)
    try:
        select_steps(target.script, target.plan)
    except UsageError as error:
        yield error


def check_script(script: Script, ports: ReplayPorts, plan: Plan) -> Iterator[Found]:
    """Everything that is found in one script."""
    chosen = Chosen()
    found = []
    try:
        chosen = find_environments(os.path.dirname(script.name), plan, ports)
    except UsageError as error:
        found.append(_of_error(error))
    found += [_of_diagnostic(script, one) for one in (*lint(script), *conflicts(script, chosen.layers))]
    found += [_of_diagnostic(one, said) for one, said in diagnosed(script, ports) if one is not script]
    if not script.steps and not script.variables:
        found.append(Found(True, "empty", "There is no request in this file", "", Place(script.name)))
    known = {(one.place, one.message) for one in found}
    found += [one for one in _survey(script, ports, plan, chosen) if (one.place, one.message) not in known]
    return (_masked(one) for one in sorted(dict.fromkeys(found), key=_order))


def _survey(script: Script, ports: ReplayPorts, plan: Plan, chosen: Chosen) -> Iterator[Found]:
    """What a run of all of it would say before it sends anything. Nobody is asked."""
    prompts = Prompts(plan, ports._replace(ask=lambda _: "x"))
    try:
        linked = link(script, ports)
    except UsageError as error:
        yield _of_error(error)
        linked = LinkedScripts((script,), {})
    program = make_program(linked, surround(script, ports, plan, prompts, {}, chosen), ports)
    with LiveSession() as session:
        for sending in arrange(Preflight(program, plan, _Still(session), prompts, ports), script.steps, plan):
            yield from map(_of_error, sending.errors)


class _Still:
    """A session that merges and never sends."""

    def __init__(self, session: LiveSession) -> None:
        self._session = session

    def preview(self, draft: Draft) -> Outgoing:
        """What would be sent."""
        return self._session.preview(draft)

    def jar_for_files(self, options: Mapping[str, object] = {}) -> Jar:
        """An empty one."""
        return self._session.jar_for_files(options)

    def stream(self, draft: Draft, cancel: Cancel | None = None) -> Iterator[Event]:
        """Never asked for."""
        raise UsageError("A check sends nothing")


def _of_error(error: CallboxError) -> Found:
    if isinstance(error, NoBase):
        return Found(False, "no-base", error.message, error.hint, error.place)
    return Found(True, "not-sendable", error.message, error.hint, error.place)


def _of_diagnostic(script: Script, one: Diagnostic) -> Found:
    place = Place(script.name, one.at.line, one.at.column, one.length, one.source)
    return Found(one.is_error, one.code, one.message, one.hint, place)


def _masked(one: Found) -> Found:
    """Without the credentials that are written out in the script."""
    place = one.place and mask_place(one.place, mask_named)
    return one._replace(message=mask_named(one.message), hint=mask_named(one.hint), place=place)


def _order(one: Found) -> tuple[str, int, int]:
    place = one.place or Place("", 0, 0)
    return place.file, place.line, place.column
