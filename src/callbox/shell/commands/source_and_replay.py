"""`source` and `replay`."""

from __future__ import annotations

import os.path
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, nullcontext
from itertools import chain
from typing import TYPE_CHECKING

from callbox.engine import LiveSession
from callbox.engine.session_state_and_edit_log import Entry
from callbox.errors import CallboxError, Fault, Interrupted, UsageError
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.redaction.credential_names import is_credential_name
from callbox.exchange.secret import ASK, Secret, reveal
from callbox.exchange.url import Url, is_absolute
from callbox.exchange.url import parse as parse_url
from callbox.httpfile.model import SCHEMA_SUBJECTS, Script
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.script_suffixes import is_script_name
from callbox.httpfile.variables.dynamic_variables import Question
from callbox.replay.environment_file_search import complete, path_variables
from callbox.replay.file_and_system_access import ReplayPorts, real_ports
from callbox.replay.imported_files_and_linked_steps import link_if_complete
from callbox.replay.preflight import unused_answers, warnings_of
from callbox.replay.run_options import Plan, pick, read_plan
from callbox.replay.run_progress_and_deadline import INTERRUPTED, RunControl
from callbox.replay.runner import replay
from callbox.replay.sandbox import ScriptReader, check_sandbox, confine
from callbox.report import result_console_text
from callbox.report.openapi_coverage import coverage_lines
from callbox.report.result import Result, Tally
from callbox.shell.command_context import UNBOUNDED, Context, no_prompt
from callbox.shell.interpreter import run, with_file_place
from callbox.shell.line.argument_types import TypedText
from callbox.shell.line.grammar import Call
from callbox.shell.line.lexer import joined_lines
from callbox.shell.line_variables import is_secret_variable, refers_to_secret
from callbox.shell.outputs import Exit, Failure, Output, Status, TextOutput, say
from callbox.shell.request_history import empty_response
from callbox.wire import Cancel

if TYPE_CHECKING:
    from callbox.replay.openapi_response_checks import ResponseChecks


class ReplayFailed(CallboxError):
    """Raised if at least one request of a script failed; the results have been shown by then."""

    exit_code = 1


def replay_file(call: Call, context: Context) -> Iterator[Output]:
    """`replay FILE.http [NAME | RANGE]`: send the selected requests, and record the requests and their captures."""
    path = call.text("file")
    plan, ports = _plan(call, context), replay_ports(context)
    check_sandbox(plan)
    read = ScriptReader(ports._replace(read_file=context.ports.read_file), plan)
    script = parse(read(path), path)
    confined = confine(ports, path, plan)
    linked = link_if_complete(script, confined, variables=path_variables(script, plan, ports, confined))
    unused = unused_answers(plan, linked.scripts if linked is not None else (script,))
    for doubt in chain(unused, warnings_of(script, confined, linked, plan)):
        yield Status(result_console_text.warning(doubt))
    begun = context.ports.now()
    captured = RecordedReads({} if plan.is_sandboxed else _captures_for(path, context))
    given = frozenset(captured)
    checks = _checks(script, plan, context)
    shown = _ShownRun(path, context, is_sandboxed=plan.is_sandboxed)
    control = RunControl(plan, ports, checks=checks)
    cancel = context.cancel = _ReplayCancel(control)
    with _replay_session(context, plan) as session:
        results = replay(script, session, ports, plan, captured=captured, cancel=cancel, control=control, linked=linked)
        try:
            yield from map(shown.show, results)
        finally:
            context.cancel = None
            if not plan.is_sandboxed:
                _note_captures(path, captured, given, context)
    earlier = (given & captured.read_names) - shown.captured_names - plan.variables.keys()
    yield from _notes_on_run(earlier, checks)
    tally = shown.tally
    yield TextOutput(result_console_text.summary(tally, context.ports.now() - begun))
    if cancel.is_cancelled:
        raise Interrupted()
    if tally.exit_code:
        bad, count = (number - tally.other_errors for number in (tally.failed + tally.errors, tally.requests))
        yield Failure(ReplayFailed(f"{bad} of {count} requests failed in {path}"), tally.exit_code)


class _ReplayCancel(Cancel):
    """Cancels a replay: ends its running request, script or pause."""

    __slots__ = ("_control",)

    def __init__(self, control: RunControl) -> None:
        super().__init__(second=Cancel())
        self._control = control
        control.is_stopped_by_signal = True

    def cancel(self) -> None:
        """End the running request, and send no more."""
        self._control.stop(INTERRUPTED)
        super().cancel()


class _ShownRun:
    """The results of a run in the shell: each is counted, recorded in the history and shown."""

    def __init__(self, path: str, context: Context, *, is_sandboxed: bool) -> None:
        self.tally = Tally()
        self.captured_names: set[str] = set()
        self._path = path
        self._context = context
        self._is_sandboxed = is_sandboxed

    def show(self, result: Result) -> Output:
        """Count and record a result; returns what the screen shows of it."""
        self.tally = self.tally.add(result)
        self.captured_names.update(name for name, _ in result.captures)
        record = _history_record(result)
        if record is not None:
            self._context.add_to_history(_without_session(record) if self._is_sandboxed else record, is_replayed=True)
        if result.error is not None:  # some options of the command line are commands of the shell
            result.error.hint = result.error.hint.replace("--list", f"ls {self._path}")
        columns = self._context.columns()
        return TextOutput(result_console_text.result(result, width=columns, is_for_terminal=columns < UNBOUNDED))


def _notes_on_run(earlier_names: AbstractSet[str], checks: ResponseChecks | None) -> Iterator[Output]:
    """The captures of earlier replays that the run has used, and its coverage of a description."""
    if earlier_names:
        yield say(
            f"uses captures of an earlier replay: {', '.join(sorted(earlier_names))}; to remove one: unset var NAME",
            "note",
        )
    coverage = checks.coverage() if checks is not None else None
    yield from (say(text) for text in (coverage_lines(coverage) if coverage is not None else ()))


class RecordedReads(dict[str, str]):
    """The captures of a run, and the names of the captures that a request has read."""

    def __init__(self, captures: Mapping[str, str]) -> None:
        super().__init__(captures)
        self.read_names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.read_names.add(name)
        return super().__getitem__(name)


def _checks(script: Script, plan: Plan, context: Context) -> ResponseChecks | None:
    """The checks of responses against an API description: the description of `--openapi`, or, if a script needs one,
    the description of the base.
    """
    described = context.apis.at(context.session.base_url)
    asks = any(check.subject in SCHEMA_SUBJECTS for step in script.steps for check in step.expectations)
    if not plan.openapi and not (asks and described is not None):
        return None
    # this import takes 30 ms, and few scripts need it
    from callbox.replay.openapi_response_checks import ResponseChecks, checks_by_session

    if plan.openapi:
        return checks_by_session(plan.openapi, context.session, is_kept=context.caches_files)
    assert described is not None
    return ResponseChecks(context.apis.contract(described))


def _history_record(result: Result) -> Record | None:
    """The history record of a result, complete or failed; None if the request was not sent."""
    if result.record is not None or not isinstance(result.error, Fault):
        return result.record
    if result.draft is None or result.outgoing is None:
        return None
    response = empty_response(result.seconds)
    record_found = result.partial or Record(
        result.draft, result.outgoing, response, is_complete=False, time=result.time
    )
    return record_found._replace(fault=result.error.message)


def _without_session(record: Record) -> Record:
    """The record of a sandboxed script, marked so that `again` sends it without the session, too."""
    draft = record.draft
    first = record.first_outgoing.url
    # The record has the whole URL: a relative URL would be joined to the base again, with the password of the base.
    url = first.text if not is_absolute(draft.url) else draft.url
    return record._replace(draft=draft._replace(url=url, options={**draft.options, "no-session": True}))


def _plan(call: Call, context: Context) -> Plan:
    """The replay plan of the line. Raises UsageError for a wrong value."""
    environment = "" if call.has("sandbox") else str(context.session.option("env") or "")
    plan = Plan(stages=(environment,) if environment else (), options=call.options)
    if not call.has("sandbox"):
        held: dict[str, str | Secret] = dict(context.session.vars)
        secret = {name for name, value in held.items() if is_secret_variable(name, value)}
        plan = plan._replace(
            shell_variables={name: str(reveal(held[name])) for name in held.keys() - secret},
            withheld_names=frozenset(secret | (context.captures.keys() - _captures_for(call.text("file"), context))),
        )
    for name, value in call.flags.items():
        typed = "" if value is True else value
        texts = typed if isinstance(typed, tuple) else (typed,)
        if name == "var" and refers_to_secret(call.line, context):
            filled = {str(text).partition("=")[0].strip() for text in texts if not isinstance(text, TypedText)}
            plan = plan._replace(secret_names=plan.secret_names | filled)
        plan = read_plan({name: [_ask_for_secret(name, str(text), context) for text in texts]}, plan)
    if plan.is_sandboxed and context.session.base_url:
        plan = plan._replace(allowed_hosts=(*plan.allowed_hosts, _base(context).authority))
    plan = complete(plan, replay_ports(context))
    return pick(plan, call.text("which")) if call.text("which") else plan


def _captures_for(path: str, context: Context) -> dict[str, str]:
    """The captures of earlier replays that a file may use.

    Secrets are among them only if the same file captured them.
    """
    file, files = os.path.abspath(path), context.capture_files
    return {
        name: value
        for name, value in context.captures.items()
        if not is_secret_variable(name, value) or files.get(name) == file
    }


def _note_captures(path: str, captured: Mapping[str, str], given: AbstractSet[str], context: Context) -> None:
    """Store the captures of a replay.

    A capture that was `given` to the file and that the file has removed is dropped.
    """
    for name in given - captured.keys():
        context.captures.pop(name, None)
    context.captures.update(captured)
    context.capture_files.update({name: os.path.abspath(path) for name in captured if is_secret_variable(name, "")})


def _base(context: Context) -> Url:
    return parse_url(context.session.base_url)


def _replay_session(context: Context, plan: Plan) -> AbstractContextManager[LiveSession]:
    """The session through which a script is sent. A sandboxed script gets a new session.

    The new session has the base, and the options for reaching a host. It has no headers, cookies, credentials or
    parameters: a hostile file must not send requests to the user's hosts in the user's name.
    """
    live_session = context.session
    if not plan.is_sandboxed:
        return nullcontext(live_session)
    fresh = LiveSession()
    fresh.filled_secrets = live_session.filled_secrets
    # the user and password of the URL are left out
    fresh.base_url = _base(context).text if live_session.base_url else ""
    fresh.option_defaults.update({**live_session.option_defaults, **context.environment_defaults})
    for name, held in live_session.entries("option").items():
        if isinstance(held, Entry) and not held.origin:
            fresh.set_option(name, held.values[0])
    return fresh


def _ask_for_secret(option: str, text: str, context: Context) -> str:
    """The text of an option. If the text sets a secret variable to `?`, the user is asked for the value."""
    name, mark, value = text.partition("=")
    if option == "var" and mark and value == ASK and (context.is_typed or is_credential_name(name)):
        return f"{name}={context.ports.ask(name, True)}"
    return text


def replay_ports(context: Context) -> ReplayPorts:
    """The ports of a replay in this shell. Questions are asked at the prompt."""
    if context.ports.ask is no_prompt:
        return real_ports()

    def ask(question: Question) -> str:
        choices = f" ({'/'.join(question.choices)})" if question.choices else ""
        return context.ports.ask(f"{question.text or question.name}{choices}", question.is_secret)

    return real_ports(ask)


MAX_DEPTH = 16


def source(call: Call, context: Context) -> Iterator[Output]:
    """`source FILE`: run the commands of a file. `undo` takes back all of its edits at once.

    The first error ends the run and is reported with its line.
    """
    name = call.text("file")
    if len(context.source_stack) >= MAX_DEPTH:
        raise UsageError(f"'{name}' sources itself", place=call.place("file"))
    text = _read(call, context)
    if is_script_name(name):
        raise UsageError(f"{name} holds HTTP requests, not commands", hint=f"replay {name}", place=call.place("file"))
    context.source_stack = (*context.source_stack, name)
    edits = context.session.edits
    start = len(edits)
    try:
        yield from run_lines(text, name, context)
    finally:
        context.source_stack = context.source_stack[:-1]
        joined = edits.join(start)
        if context.session_file is not None:
            from callbox.shell.session_autosave_and_load import after_join  # only where there is a session file

            after_join(context, joined)


def run_lines(text: str, name: str, context: Context) -> Iterator[Output]:
    """Run the lines of a file as if they were typed. The first error ends the run."""
    for number, line in joined_lines(text):
        for output in run(line, context):
            if isinstance(output, Failure):
                yield Failure(with_file_place(output.error, name, number))
                return
            yield output
            if isinstance(output, Exit):
                return


def _read(call: Call, context: Context) -> str:
    with call.at("file"):
        data = context.ports.read_file(call.text("file"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{call.text('file')} is not UTF-8 text", place=call.place("file")) from None
