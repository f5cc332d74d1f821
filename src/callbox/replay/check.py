"""What `callbox check` finds: the parser's errors, every lint, and what a run would stumble over; nothing is sent."""

from __future__ import annotations

import os.path
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from callbox.errors import CallboxError, Place, UsageError
from callbox.exchange.draft import Draft
from callbox.exchange.events import Event
from callbox.exchange.named import mask_named
from callbox.exchange.outgoing import Outgoing
from callbox.replay.doubts import diagnosed
from callbox.replay.environments import find_environments
from callbox.replay.files import Target, find_scripts
from callbox.replay.imports import Linked, link
from callbox.replay.order import arrange
from callbox.replay.plan import Plan, select_steps, unmatched
from callbox.replay.ports import Ports
from callbox.replay.program import make_program
from callbox.replay.prompts import Prompts, questions_of
from callbox.replay.scripting import linked_script
from callbox.replay.surround import surround
from callbox.replay.survey import NoBase, Surveyor
from callbox.report.redact import mask_place
from callbox.script.command import reach_of_command
from callbox.script.environments import Chosen, conflicts
from callbox.script.graphql import operation_of
from callbox.script.handlers import names_of_env
from callbox.script.lint import lint
from callbox.script.model import Diagnostic, FileReference, Script, Step, Template, Text
from callbox.script.template import holes
from callbox.session import LiveSession
from callbox.wire.cancel import Cancel

_ENVIRONMENT = ("$env.", "$processEnv ", "$dotenv ")


class Found(NamedTuple):
    """One thing that is wrong, or doubtful."""

    is_error: bool
    code: str
    message: str
    hint: str
    place: Place | None


class Reach(NamedTuple):
    """Something outside of the script that it would touch."""

    kind: str
    """`read`, `write`, `env`, `prompt`, `script` or `host`."""
    what: str
    file: str
    line: int


def check_files(words: Sequence[str], ports: Ports, plan: Plan) -> Iterator[Found]:
    """Everything that is found in the scripts that the words mean, file by file, in their order, and each once."""
    told: set[Found] = set()
    for target in find_scripts(words, ports, plan):
        errors = [target] if isinstance(target, UsageError) else list(_unmatched(target))
        found = () if isinstance(target, UsageError) else check_script(target.script, ports, plan)
        for one in (*map(_of_error, errors), *found):
            if one not in told:
                told.add(one)
                yield one


def _unmatched(target: Target) -> Iterator[UsageError]:
    """What `FILE#name` or `FILE:42` names and the file has not. The file is checked as a whole all the same."""
    yield from unmatched([target.script], target.plan.names)
    try:
        select_steps(target.script, target.plan)
    except UsageError as error:
        yield error


def check_script(script: Script, ports: Ports, plan: Plan) -> Iterator[Found]:
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


def reach_of(script: Script, ports: Ports) -> Iterator[Reach]:
    """What a script, and what it imports, would touch, in the order of the file; as it is written."""
    try:
        scripts = link(script, ports).scripts
    except UsageError:
        scripts = (script,)
    for one in scripts:
        seen = set()
        for reach in sorted((*_reaches(one), *_imported(one, ports)), key=lambda reach: reach.line):
            if reach[:2] not in seen:
                seen.add(reach[:2])
                yield reach


def _survey(script: Script, ports: Ports, plan: Plan, chosen: Chosen) -> Iterator[Found]:
    """What a run of all of it would say before it sends anything. Nobody is asked."""
    prompts = Prompts(plan, ports._replace(ask=lambda _: "x"))
    try:
        linked = link(script, ports)
    except UsageError as error:
        yield _of_error(error)
        linked = Linked((script,), {})
    program = make_program(linked, surround(script, ports, plan, prompts, {}, chosen), ports)
    with LiveSession() as session:
        for sending in arrange(Surveyor(program, plan, _Still(session), prompts, ports), script.steps, plan):
            yield from map(_of_error, sending.errors)


class _Still:
    """A session that merges and never sends."""

    def __init__(self, session: LiveSession) -> None:
        self._session = session

    def preview(self, draft: Draft) -> Outgoing:
        """What would be sent."""
        return self._session.preview(draft)

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


def _reaches(script: Script) -> Iterator[Reach]:
    def reach(kind: str, what: str, line: int) -> Reach:
        return Reach(kind, what, script.name, line)

    for wanted in script.imports:
        yield reach("read", wanted.path.text, wanted.at.line)
    for variable in script.variables:
        yield from _environment([variable.value], reach)
    for step in script.steps:
        yield from _environment(_texts(step), reach)
        yield from (reach("read", file.path.text, file.at.line) for file in _files(step))
        yield from (reach("read", run.target.text, run.at.line) for run in step.runs if run.is_file)
        yield from (reach("write", one.path.text, one.at.line) for one in step.outputs if one.mark != "<>")
        yield from (reach("prompt", question.name, said.at.line) for said, question in questions_of(step))
        for handler in step.handlers:
            yield reach("script", handler.path.text if handler.path else f"{handler.kind} the request", handler.at.line)
            yield from (
                reach("env", name, line.at.line) for line in handler.lines for name in names_of_env([line.text])
            )
        if step.method:
            yield reach("host", _host(step), step.at.line)
        if step.command:
            url, paths = reach_of_command(step)
            yield from (reach("read", path, step.at.line) for path in paths)
            yield reach("host", _host_in(url) or "?", step.at.line)


def _imported(script: Script, ports: Ports) -> Iterator[Reach]:
    """What scripts in files of their own would touch, and which modules are theirs."""
    for handler in (handler for step in script.steps for handler in step.handlers):
        try:
            linked = linked_script(handler, script.name, ports)
        except UsageError:
            continue  # that it is not there is said elsewhere
        codes = (*linked.modules, *([linked.code] if handler.path is not None else []))
        yield from (Reach("script", path, script.name, handler.at.line) for path in linked.paths)
        yield from (Reach("env", name, script.name, handler.at.line) for name in names_of_env(codes))


def _environment(texts: Sequence[Text], reach: Callable[[str, str, int], Reach]) -> Iterator[Reach]:
    for text in texts:
        for hole in holes(text.text):
            prefix = next((one for one in _ENVIRONMENT if hole.expression.startswith(one)), "")
            if prefix:
                yield reach("env", hole.expression.removeprefix(prefix).strip(), text.at.line)


def _texts(step: Step) -> list[Template]:
    """Everything of a step in which variables are filled."""
    found = [*step.url, *step.command, *(text for line in step.headers for text in line.value), *step.body.texts]
    found += [one.path for one in step.captures] + [one.path for one in step.outputs]
    found += [one.path for one in step.body.files]
    found += [value for run in step.runs for _, value in run.overrides]
    said = (text for one in step.expectations for text in (one.path, one.value))
    return found + [text for text in (*said, *(one.value for one in step.directives)) if text is not None]


def _files(step: Step) -> Iterator[FileReference]:
    """The files that its body is made of."""
    yield from step.body.files
    operation = operation_of(step) if step.body.pieces else None
    for piece in operation.query if operation is not None else ():
        if isinstance(piece, FileReference) and piece not in step.body.pieces:
            yield piece


def _host(step: Step) -> str:
    host = step.header("host")
    return _host_in(step.target) or (host.text if host is not None else "?")


def _host_in(target: str) -> str:
    """As it is written, without who logs in."""
    rest = target.partition("://")[2] if "://" in target else target
    return rest.partition("/")[0].partition("?")[0].rpartition("@")[2]
