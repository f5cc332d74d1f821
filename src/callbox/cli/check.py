"""`callbox check FILES`: report errors and lints of scripts without sending anything."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from callbox.cli.argument_parser import StrictParser, key_of
from callbox.cli.bootstrap import make_screen
from callbox.cli.replay.command_line import add_run_option
from callbox.errors import CallboxError, Place, UsageError
from callbox.httpfile.variables.scope import FileBytes
from callbox.openapi.cache import open_file
from callbox.render.errors import problem
from callbox.render.sanitise import visible_line
from callbox.render.style import Fragments
from callbox.replay.environment_files import complete
from callbox.replay.file_discovery import STDIN, find_scripts
from callbox.replay.option_table import RUN_OPTIONS
from callbox.replay.plan import Plan, read_plan
from callbox.replay.ports import ReplayPorts, real_ports
from callbox.replay.resource_report import resources_of
from callbox.replay.static_check import OPENAPI, ScriptProblem, check_files
from callbox.shell.listings import json_output, objects
from callbox.shell.outputs import Failure, Status, TextOutput
from callbox.storage.user_files import literal_path
from callbox.terminal.screen import Screen

_VARIABLES = ("env", "env-file", "private-env-file", "var", "vars-file", "secret", "secrets-file", "prompt")
"""The options that define the variables of a replay."""


def run_check(words: Sequence[str]) -> int:
    """Check the files that the arguments name; returns 2 if one has an error, or a lint with `--strict`; 1 if only
    the description of the API finds some."""
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
    api = open_file(literal_path(found.openapi)) if found.openapi else None
    return _show_found(list(check_files(files, ports, plan, api)), screen, found.format, is_strict=found.strict)


def _show_found(found: Sequence[ScriptProblem], screen: Screen, form: str, *, is_strict: bool) -> int:
    errors = sum(found_problem.is_error for found_problem in found)
    if form == "json":
        screen.show(json_output([_object(found_problem) for found_problem in found]))
    else:
        for found_problem in found:
            screen.show(TextOutput(_format_problem(found_problem)))
        screen.show(Status([("", f"{_count(errors, 'error')}, {_count(len(found) - errors, 'lint')}\n")]))
    if any(one.is_error and one.code != OPENAPI for one in found) or (is_strict and errors < len(found)):
        return 2
    return 1 if errors else 0


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
    """List the files, hosts and variables that the scripts would use; only the scripts are read."""
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
    ports = real_ports()
    read_file, open_file = ports.read_file, ports.open_file

    def look_at(path: str) -> FileBytes:
        found = open_file(path)
        # a pipe would be waited for, and what it holds would be missing in the run
        return found if found.length is not None else FileBytes(lambda: (), None)

    return ports._replace(
        read_file=lambda name: sys.stdin.buffer.read() if name == STDIN else read_file(name), open_file=look_at
    )


def make_parser() -> StrictParser:
    """The parser of `callbox check`; completion and the manual page read its options."""
    parser = StrictParser(
        prog="callbox check",
        usage="callbox check FILE.http.. [OPTION]..",
        description="Report errors and warnings in .http files; nothing is sent.",
        epilog="exit code 0 if there is no error, 1 if only --openapi finds some, else 2",
        formatter_class=lambda prog: argparse.HelpFormatter(prog, max_help_position=26, width=79),
        allow_abbrev=False,
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="a .http file, a folder that holds some, or -")
    for name in _VARIABLES:
        add_run_option(parser, RUN_OPTIONS[name])
    parser.add_argument("--strict", action="store_true", help="count each lint as an error")
    about = "compare the requests with this description of their API (OpenAPI)"
    parser.add_argument("--openapi", default="", metavar="FILE", help=about)
    reach = "list the files, environment variables, hosts, routes and scripts that a run would use"
    parser.add_argument("--secrets", action="store_true", help=reach)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="the output format")
    return parser
