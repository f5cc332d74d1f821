"""`callbox replay FILES`: scripts on fresh sessions, results as they come, reports at the end, a verdict."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Mapping, Sequence

from callbox.cli.asking import ask
from callbox.cli.ends import is_terminal
from callbox.cli.reports import Reports
from callbox.cli.wiring import make_screen
from callbox.errors import Interrupted, UsageError
from callbox.replay.environments import complete
from callbox.replay.files import STDIN, list_files, run_files
from callbox.replay.options import REPORTS, RUN_OPTIONS, RunOption, read_plan
from callbox.replay.plan import Plan
from callbox.replay.ports import Ports, real_ports
from callbox.report import human
from callbox.report.result import Result, tally_of
from callbox.script.dynamic import Question
from callbox.session import LiveSession
from callbox.session.options import OPTIONS
from callbox.shell.outputs import Failure, Status, Text
from callbox.shell.suggest import hint
from callbox.surroundings.clock import monotonic, now
from callbox.terminal.screen import Screen


def run_replay(words: Sequence[str]) -> int:
    """Run the files that the words name; returns the exit code."""
    parser = _make_parser()
    found, unknown = parser.parse_known_args(list(words))
    if unknown:
        known = [text for action in parser._actions for text in action.option_strings]
        word = unknown[0].partition("=")[0]
        raise UsageError(f"No option '{word}'", hint=hint(word, known, "callbox replay --help lists the options"))
    given: dict[str, list[str]] = {
        name: list(value) for name in (*RUN_OPTIONS, *OPTIONS) if (value := getattr(found, _key(name), None))
    }
    is_listing = bool(given.pop("list", None))
    reports = Reports({name: given.pop(name) for name in REPORTS if name in given}, now())
    plan = read_plan(given)
    screen = make_screen(given.get("color", ["auto"])[-1])
    ports = _ports()
    plan = complete(plan, ports)
    if is_listing:
        for script, steps in list_files(found.files, ports, plan):
            screen.show(Text(human.listing(script, steps)))
        return 0
    return _run(found.files, ports, plan, screen, reports, is_verbose=found.verbose)


def _run(files: Sequence[str], ports: Ports, plan: Plan, screen: Screen, reports: Reports, *, is_verbose: bool) -> int:
    begun = monotonic()
    results: list[Result] = []

    def tell(result: Result) -> None:
        reports.add(result)
        if len(files) > 1 and result.file != (results[-1].file if results else ""):
            screen.show(Text(human.file_line(result.file)))
        results.append(Result(result.file, result.outcome, error=result.error))  # bodies are for the reports to keep
        _show(result, screen, is_verbose)

    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        for result in run_files(files, ports, LiveSession, plan):
            tell(result)
    except KeyboardInterrupt:
        tell(Result("", "error", error=Interrupted()))
    seconds = monotonic() - begun
    tally = tally_of(results)
    screen.show(Status(human.summary(tally, seconds)))
    for problem in reports.write(seconds):
        screen.show(Failure(problem))
        tally = tally._replace(codes=tally.codes | {problem.exit_code})
    return tally.exit_code


def _show(result: Result, screen: Screen, is_verbose: bool) -> None:
    fragments = human.result(result, width=screen.columns(), is_verbose=is_verbose)
    screen.show(Text(fragments))


def _ports() -> Ports:
    ports = real_ports(_ask if is_terminal(0) and is_terminal(2) else None)
    read_file = ports.read_file
    return ports._replace(read_file=lambda name: sys.stdin.buffer.read() if name == STDIN else read_file(name))


def _ask(question: Question) -> str:
    choices = f" ({'/'.join(question.choices)})" if question.choices else ""
    return ask(f"{question.text or question.name}{choices}", question.is_secret)


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="callbox replay",
        usage="callbox replay FILE.http.. [OPTION]..",
        description="Send the requests of .http files, each file through a fresh session.",
        epilog="FILE may be a folder, - for standard input, FILE#name or FILE:42.",
        formatter_class=lambda prog: argparse.HelpFormatter(prog, max_help_position=26, width=79),
        allow_abbrev=False,
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="a .http file, or a folder that holds some")
    parser.add_argument("-v", "--verbose", action="store_true", help="show request and answer of those that went well")
    for option in RUN_OPTIONS.values():
        _add(parser, option)
    group = parser.add_argument_group("options of the session")
    for name, described in OPTIONS.items():
        metavar = "yes|no" if described.kind == "flag" else "|".join(described.choices) or described.kind.upper()
        group.add_argument(f"--{name}", dest=_key(name), action="append", metavar=metavar, help=described.help)
    return parser


def _add(parser: argparse.ArgumentParser, option: RunOption) -> None:
    words = [f"--{option.name}", *([f"-{option.short}"] if option.short else [])]
    more: Mapping[str, object] = {
        "flag": {"action": "append_const", "const": ""},
        "count": {"action": "append", "nargs": "?", "const": "", "metavar": option.metavar or "N"},
        "choice": {"action": "append", "metavar": "|".join(option.choices)},
    }.get(option.kind, {"action": "append", "metavar": option.metavar or option.kind.upper()})
    parser.add_argument(*words, dest=_key(option.name), help=option.help.replace("%", "%%"), **more)  # type: ignore[arg-type]


def _key(name: str) -> str:
    return f"option_{name.replace('-', '_')}"
