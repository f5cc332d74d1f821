"""`callbox check FILES`: report the errors and lints of `.http` files. Nothing is sent."""

from __future__ import annotations

import os.path
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from callbox.cli.argparse_parser import HELP_FORMAT, StrictParser, key_of
from callbox.cli.replay.option_parser import add_run_option
from callbox.cli.screen_and_questions import make_screen
from callbox.engine import LiveSession
from callbox.errors import CallboxError, Place, ScriptError, UsageError
from callbox.exchange.cookies import Jar
from callbox.exchange.exchange_record_and_events import Event
from callbox.exchange.redaction.secrets_by_name import redact_named
from callbox.exchange.redaction.unreadable_file_lines import (
    redact_message_and_place,
)
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.request_content import FileBytes
from callbox.exchange.url import is_absolute
from callbox.httpfile.model import Script
from callbox.httpfile.requests.options_conditions_and_loops import is_in_openapi_checks
from callbox.httpfile.script_lints import lint
from callbox.httpfile.source_and_diagnostics import Diagnostic
from callbox.httpfile.variables.environment_file_parser import ChosenEnvironments, conflicts
from callbox.openapi.description_cache import open_file
from callbox.openapi.description_discovery import open_without_credentials
from callbox.openapi.operations_parameters_and_security import Api
from callbox.render.ansi_and_sanitiser import visible_line
from callbox.render.error_display import problem
from callbox.render.style import Fragments
from callbox.replay.environment_file_search import (
    choose_environments,
    complete,
    path_variables,
    settings_warnings,
    unused_files,
)
from callbox.replay.file_and_step_selection import STDIN, ScriptTarget, find_scripts, select_steps, unmatched
from callbox.replay.file_and_system_access import ReplayPorts, real_ports
from callbox.replay.imported_files_and_linked_steps import LinkedScripts, link, make_linked_steps
from callbox.replay.openapi_request_checks import RequestFinding, check_request
from callbox.replay.openapi_response_checks import ResponseChecks
from callbox.replay.preflight import NoBase, Preflight, misspelt_variables, unused_answers, warning_diagnostics
from callbox.replay.prompts_and_variable_layers import Prompts, leave_open, make_resolution_context
from callbox.replay.run_option_table import RUN_OPTIONS
from callbox.replay.run_options import Plan, read_plan
from callbox.replay.step_order import make_schedule
from callbox.replay.used_hosts_and_files import resources_of
from callbox.shell.outputs import Failure, Status, TextOutput
from callbox.shell.text_and_json_listings import json_output, objects
from callbox.storage.file_read_write_and_list import MAX_WHOLE_FILE, limited, literal_path
from callbox.storage.sandbox_reader import leads_out
from callbox.terminal.screen import Screen
from callbox.wire.connection_and_byte_stream import Cancel

_VARIABLES = ("env", "env-file", "private-env-file", "var", "vars-file", "secret", "secrets-file", "prompt")
"""The options of a replay that give values to variables."""


def run_check(words: Sequence[str]) -> int:
    """Run `callbox check`. Returns the exit code: 2 if a file has an error or, with `--strict`, a lint; 1 if requests
    only differ from the description of the API; otherwise 0.
    """
    found = make_parser().read(words)
    files = list(map(literal_path, found.files))
    if not files:
        raise UsageError("No scripts to check", hint="callbox check FILE.http")
    ports = _ports()
    given = {name: texts for name in _VARIABLES if (texts := getattr(found, key_of(name)))}
    plan = complete(read_plan(given), ports)
    screen = make_screen()
    if found.secrets:
        return _show_reach(files, ports, plan, screen, found.format)
    api = _open(found.openapi) if found.openapi else None
    return _show_found(list(check_files(files, ports, plan, api)), screen, found.format, is_strict=found.strict)


def _open(where: str) -> Api:
    """Read the description of an API from a file or a URL. A URL is requested without credentials."""
    if not is_absolute(where):
        path = literal_path(where)
        _refuse_link_out(path)
        return open_file(path)
    return open_without_credentials(where)


def _show_found(found: Sequence[ScriptProblem], screen: Screen, form: str, *, is_strict: bool) -> int:
    errors = sum(found_problem.is_error for found_problem in found)
    if form == "json":
        screen.show(json_output([_object(found_problem) for found_problem in found]))
    else:
        for found_problem in found:
            screen.show(TextOutput(_format_problem(found_problem)))
        failing = ", which --strict counts as errors" if is_strict and errors < len(found) else ""
        screen.show(Status([("", f"{_count(errors, 'error')}, {_count(len(found) - errors, 'lint')}{failing}\n")]))
    counted = [one for one in found if one.is_error or is_strict]
    if any(one.code != OPENAPI for one in counted):
        return 2
    return 1 if counted else 0


def _format_problem(found_problem: ScriptProblem) -> Fragments:
    style, word = ("error", "error") if found_problem.is_error else ("note", "lint ")
    error = CallboxError(found_problem.message, hint=found_problem.hint, place=found_problem.place)
    return [(style, f"{word}  "), *problem(error)]


def _object(found_problem: ScriptProblem) -> dict[str, object]:
    place = found_problem.place or Place()
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "severity": "error" if found_problem.is_error else "lint",
        "code": found_problem.code,
        "message": found_problem.message,
        "hint": found_problem.hint,
    }


def _show_reach(files: Sequence[str], ports: ReplayPorts, plan: Plan, screen: Screen, form: str) -> int:
    """Print the files, hosts and variables that a run of the scripts would use. Only the scripts themselves are read.
    Returns the exit code.
    """
    code, rows = 0, []
    for target in find_scripts(files, ports, plan):
        if isinstance(target, UsageError):
            screen.show(Failure(target))
            code = 2
            continue
        rows += list(resources_of(target.script, ports, plan))
    if form == "json":
        screen.show(json_output(objects(rows)))
        return code
    for row in rows:
        where = f"{visible_line(row.file)}:{row.line}"
        screen.show(
            TextOutput([("title", f"{row.kind:<8}"), ("", f" {visible_line(row.what)}"), ("dim", f"  {where}\n")])
        )
    return code


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _ports() -> ReplayPorts:
    """The functions with which a check reads files. They refuse symbolic links that lead out of the repository, because
    errors quote lines of files.
    """
    ports = real_ports()

    def look_at(path: str) -> FileBytes:
        _refuse_link_out(path)
        found = ports.open_file(path)
        # A check of a pipe would wait for it, and a later run could not read it again.
        return found if found.length is not None else FileBytes(lambda: (), None)

    def read_file(path: str) -> bytes:
        if path == STDIN:
            return limited(sys.stdin.buffer.read(MAX_WHOLE_FILE + 1), "standard input", MAX_WHOLE_FILE)
        _refuse_link_out(path)
        return ports.read_file(path)

    return ports._replace(read_file=read_file, open_file=look_at)


def _refuse_link_out(path: str) -> None:
    """Raise `UsageError` if the path begins in a repository, but leads out of it through a symbolic link."""
    folder = os.path.dirname(os.path.abspath(path))
    top = _repository(folder) or folder
    if leads_out(top, path):
        raise UsageError(f"{path} is a link that leads out of {top}", hint="check reads only files in this folder")


def _repository(folder: str) -> str:
    """The top folder of the repository that contains this folder; empty if it is in none."""
    while not any(os.path.exists(os.path.join(folder, name)) for name in (".git", ".hg", ".jj")):
        above = os.path.dirname(folder)
        if above == folder:
            return ""
        folder = above
    return folder


def make_parser() -> StrictParser:
    """The parser of `callbox check`; completion and the manual page read its options."""
    parser = StrictParser(
        prog="callbox check",
        usage="callbox check FILE.http.. [OPTION]..",
        description="Report errors and warnings in .http files; nothing is sent.",
        epilog="exit code 0 without errors, 1 if only --openapi finds errors, 2 for other errors; --strict counts "
        "lints as errors",
        formatter_class=HELP_FORMAT,
        allow_abbrev=False,
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="a .http file, a folder with .http files, or -")
    for name in _VARIABLES:
        add_run_option(parser, RUN_OPTIONS[name])
    parser.add_argument("--strict", action="store_true", help="count each lint as an error")
    about = "compare the requests with this description of their API (OpenAPI)"
    parser.add_argument("--openapi", default="", metavar="FILE|URL", help=about)
    reach = "list the files, environment variables, hosts, routes and scripts that a run would use"
    parser.add_argument("--secrets", action="store_true", help=reach)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="the output format")
    return parser


class ScriptProblem(NamedTuple):
    """An error or a lint in a script, for the output of `check`."""

    is_error: bool
    code: str
    message: str
    hint: str
    place: Place | None


OPENAPI = "openapi"
"""The code of a problem that the comparison with a description of the API has found."""


def check_files(
    words: Sequence[str], ports: ReplayPorts, plan: Plan, api: Api | None = None
) -> Iterator[ScriptProblem]:
    """Yield the problems in the scripts that the words name, in the order of the files, each once. With `api`, the
    requests are also compared with the description of the API.
    """
    seen: set[ScriptProblem] = set()
    scripts: list[Script] = []
    for target in find_scripts(words, ports, plan):
        if isinstance(target, UsageError):
            found = [_from_error(target)]
        else:
            linked, link_problems = _link(target.script, ports, plan)
            scripts += linked.scripts
            found = [*map(_from_error, _unmatched(target)), *_check_linked(linked, link_problems, ports, plan, api)]
        for each in found:
            if each not in seen:
                seen.add(each)
                yield each
    for warning in unused_answers(plan, scripts):
        yield _from_warning("unused-answer", warning)


def _link(script: Script, ports: ReplayPorts, plan: Plan) -> tuple[LinkedScripts, list[ScriptProblem]]:
    """Read the files that a script imports. Returns the script with these files, and the problems. If a file cannot be
    read, the result is only the script.
    """
    try:
        return link(script, ports, variables=path_variables(script, plan, ports)), []
    except UsageError as error:
        return LinkedScripts((script,), {}), [_from_error(error)]


def _unmatched(target: ScriptTarget) -> Iterator[UsageError]:
    """Yield an error for each `FILE#name` or `FILE:42` whose request does not exist. The whole file is checked
    anyway.
    """
    yield from unmatched([target.script], target.plan.names)
    try:
        select_steps(target.script, target.plan)
    except UsageError as error:
        yield error


def check_script(script: Script, ports: ReplayPorts, plan: Plan, api: Api | None = None) -> Iterator[ScriptProblem]:
    """Yield all problems in one script and in the files that it imports."""
    return _check_linked(*_link(script, ports, plan), ports, plan, api)


def _check_linked(
    linked: LinkedScripts, found: list[ScriptProblem], ports: ReplayPorts, plan: Plan, api: Api | None
) -> Iterator[ScriptProblem]:
    """Yield all problems in a script. `found` has the problems that reading its imports has found."""
    script, chosen = linked.scripts[0], ChosenEnvironments()
    try:
        chosen = choose_environments(os.path.dirname(script.name), plan, ports)
    except UsageError as error:
        found = [*found, _from_error(error)]
    found = [*found, *_problems_of_text(script, linked, ports, plan, chosen)]
    reported = {(problem.place, problem.message) for problem in found}
    errors = [
        problem
        for problem in _preflight_problems(linked, ports, plan, chosen, api)
        if (problem.place, problem.message) not in reported
    ]
    wrong_places = {problem.place for problem in errors}
    # A lint `unknown-name` and an error at the same place are about the same name. Only the error is reported.
    found = [problem for problem in found if problem.code != "unknown-name" or problem.place not in wrong_places]
    found += errors
    return (_redact(problem) for problem in sorted(dict.fromkeys(found), key=_order))


def _problems_of_text(
    script: Script, linked: LinkedScripts, ports: ReplayPorts, plan: Plan, chosen: ChosenEnvironments
) -> Iterator[ScriptProblem]:
    """Yield the problems that are visible in the text of a script and of its imports, whatever values variables
    have.
    """
    for diagnostic in (*lint(script), *conflicts(script, chosen.layers)):
        yield _from_diagnostic(script, diagnostic)
    for other, diagnostic in warning_diagnostics(linked.scripts):
        if other is not script:
            yield _from_diagnostic(other, diagnostic)
    at_file = Place(script.name)
    for warning in misspelt_variables(plan, linked.scripts):
        yield _from_warning("misspelt-variable", warning)
    for warning in settings_warnings(os.path.dirname(script.name), ports):
        yield _from_warning("setting", warning)
    for warning in unused_files(os.path.dirname(script.name), plan, ports):
        yield _from_warning("unused-file", warning)
    if not script.steps and not script.variables:
        message = "There is no request in this file"
        yield ScriptProblem(is_error=True, code="empty", message=message, hint="", place=at_file)


def _preflight_problems(
    linked: LinkedScripts, ports: ReplayPorts, plan: Plan, chosen: ChosenEnvironments, api: Api | None
) -> Iterator[ScriptProblem]:
    """Yield the errors that the preflight of a run would find. Nobody is asked: a prompt variable without a value in
    `plan` stays undefined.
    """
    script = linked.scripts[0]
    prompts = Prompts(plan, ports._replace(ask=leave_open))
    program = make_linked_steps(linked, make_resolution_context(script, ports, plan, prompts, {}, chosen), ports)
    with LiveSession() as session:
        for planned in make_schedule(
            Preflight(program, plan, _PreviewOnlySession(session), prompts, ports, _make_static_checks),
            script.steps,
            plan,
        ):
            yield from map(_from_error, planned.errors)
            if api is None or planned.draft is None or planned.errors:
                continue
            if is_in_openapi_checks(planned.step):
                own = program.resolutions[planned.step.number].script
                findings = check_request(api, own, planned.step, planned.draft, planned.open_parts)
                yield from map(_from_finding, findings)


def _make_static_checks() -> ResponseChecks:
    return ResponseChecks(is_static=True)


class _PreviewOnlySession:
    """A session that can merge requests, but not send them."""

    def __init__(self, session: LiveSession) -> None:
        self._session = session

    def preview(self, draft: Draft) -> Outgoing:
        """Merge a draft, and return the request that a run would send."""
        return self._session.preview(draft)

    def file_jar_for(self, options: Mapping[str, object] = {}) -> Jar:
        """An empty cookie jar, because nothing is sent."""
        return self._session.file_jar_for(options)

    def stream(self, draft: Draft, cancel: Cancel | None = None) -> Iterator[Event]:
        """Raise an error, because a check sends nothing."""
        raise UsageError("A check sends nothing")


def _from_error(error: CallboxError) -> ScriptProblem:
    if isinstance(error, NoBase):
        return ScriptProblem(is_error=False, code="no-base", message=error.message, hint=error.hint, place=error.place)
    return ScriptProblem(is_error=True, code="not-sendable", message=error.message, hint=error.hint, place=error.place)


def _from_warning(code: str, warning: ScriptError) -> ScriptProblem:
    return ScriptProblem(is_error=False, code=code, message=warning.message, hint=warning.hint, place=warning.place)


def _from_finding(found: RequestFinding) -> ScriptProblem:
    return ScriptProblem(
        is_error=not found.is_deprecation, code=OPENAPI, message=found.message, hint=found.hint, place=found.place
    )


def _from_diagnostic(script: Script, problem: Diagnostic) -> ScriptProblem:
    place = Place(script.name, problem.at.line, problem.at.column, length=problem.length, source=problem.source)
    return ScriptProblem(
        is_error=problem.is_error, code=problem.code, message=problem.message, hint=problem.hint, place=place
    )


def _redact(problem: ScriptProblem) -> ScriptProblem:
    """Redact the credentials in a problem that the script contains as text."""
    message, place = redact_message_and_place(problem.message, problem.place)
    return problem._replace(message=message, hint=redact_named(problem.hint), place=place)


def _order(problem: ScriptProblem) -> tuple[str, int, int]:
    place = problem.place or Place("", 0, 0)
    return place.file, place.line, place.column
