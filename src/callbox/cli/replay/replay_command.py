"""`callbox replay FILES`: run `.http` files in new sessions, print results, write reports.

`--list` prints the requests that would run, for people or as JSON. A file in the state folder has the requests that
failed in the last run, for `--only-failed`.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from callbox.cli.option_defaults import read_settings
from callbox.cli.replay.console_and_progress_line import ReplayConsole
from callbox.cli.replay.interruption import Interruption, limited_start
from callbox.cli.replay.option_parser import RunArguments, read_arguments
from callbox.cli.replay.reports_and_exports import (
    STANDARD,
    Destinations,
    Exports,
    Reports,
    check_distinct_paths,
    conclude,
    note_coverage,
    refuse_links,
    report_error,
)
from callbox.cli.screen_and_questions import ask, make_screen
from callbox.cli.standard_streams import is_one_terminal, is_terminal
from callbox.engine.client import LiveSession
from callbox.engine.options import OPTIONS
from callbox.errors import CallboxError, Fault, Interrupted, UsageError
from callbox.httpfile.variables.dynamic_variables import Question
from callbox.render.error_display import unexpected_error
from callbox.replay.environment_file_search import complete
from callbox.replay.file_and_step_selection import (
    NONE_FAILED,
    STDIN,
    SelectedScript,
    check_files_exist,
    list_files,
    public_label,
)
from callbox.replay.file_and_system_access import ReplayPorts, real_ports
from callbox.replay.file_runs_and_threads import run_files, session_factory, signals_blocked
from callbox.replay.run_options import Plan, read_plan
from callbox.replay.run_progress_and_deadline import INTERRUPTED, RunControl
from callbox.replay.sandbox import check_sandbox
from callbox.report.result import Result
from callbox.report.run_redaction import RunSecrets
from callbox.shell.outputs import TextOutput, say
from callbox.shell.text_and_json_listings import json_output, objects
from callbox.storage.file_read_write_and_list import (
    MAX_WHOLE_FILE,
    OutputError,
    claim_standard_input,
    limited,
    literal_path,
)
from callbox.storage.folder_without_links import Folder
from callbox.storage.platform_directories import directory, make_directory
from callbox.system.clock import monotonic, now
from callbox.terminal.output_streams_and_pager import OutputFailed
from callbox.terminal.screen import Screen

if TYPE_CHECKING:
    from callbox.replay.openapi_response_checks import ResponseChecks

MakeSession = Callable[[], contextlib.AbstractContextManager[LiveSession]]
_LAST_RUN_FILE = "last-replay.json"
_MAX_LAST_RUN_BYTES = 64_000_000
Failed = frozenset[tuple[str, str]]
"""Failed requests, each as (absolute path of the file, label of the request)."""


def run_replay(words: Sequence[str]) -> int:
    """Run `callbox replay`. Returns the exit code."""
    begun = monotonic()
    wanted = read_arguments(words)
    is_aside = _uses_stdout(wanted.output_paths, wanted.part)
    secrets = RunSecrets()
    reports = Reports(wanted.reports, now(), secrets)
    plan = read_plan(wanted.plan)
    screen = make_screen(wanted.color)
    ports = _ports()
    _check_outputs(wanted, ports, plan)
    check_sandbox(plan)
    with limited_start(plan, begun), reports.without_foreign_lines():
        last = read_last_run() if wanted.is_failed_only else LastRun()
        only = last.failed if wanted.is_failed_only else None
        plan = complete(plan, ports)._replace(only=only, passed_files=last.passed_files)
    exports = Exports(wanted.curl_paths, wanted.script_paths, secrets, reveals=wanted.is_revealing, plan=plan)
    if wanted.is_listing:
        _list_requests(wanted.files, ports, plan, screen, wanted.format_name)
        return 0
    with limited_start(plan, begun), reports.without_foreign_lines():
        check_files_exist(wanted.files, ports, plan)
    console_view = ReplayConsole(
        screen,
        has_files=len(wanted.files) > 1 or any(map(_may_name_several, wanted.files)),
        verbosity=wanted.verbosity,
        part=wanted.part,
        is_aside=is_aside,
        is_joined=is_one_terminal(),
    )
    output = Destinations(screen=screen, console_view=console_view, reports=reports, exports=exports, secrets=secrets)
    return _run(wanted.files, _with_progress_paused(ports, console_view), plan, output, begun)


def _list_requests(files: Sequence[str], ports: ReplayPorts, plan: Plan, screen: Screen, format_name: str) -> None:
    """Print the requests of the files, for `--list`. Raises `UsageError` for an unknown format."""
    from callbox.shell.commands.ls_paths_and_steps import (  # The import loads 20 modules of the shell.
        step_lines,
        step_rows,
    )

    found = list_files(files, ports, plan)
    rows = [row for script, steps in found for row in step_rows(script, steps)]
    if format_name == "json":
        screen.show(json_output(objects(rows)))
    elif format_name == "text":
        screen.show(TextOutput(step_lines(rows)))
    else:
        raise UsageError(f"--format must be text or json, not '{format_name}'")


def _check_outputs(wanted: RunArguments, ports: ReplayPorts, plan: Plan) -> None:
    """Raise `UsageError` if two outputs have the same file, or if the sandbox does not allow an output file."""
    check_distinct_paths(wanted.output_paths, wanted.files, ports, is_sandboxed=plan.is_sandboxed)
    if plan.is_sandboxed:
        refuse_links(wanted.output_paths, wanted.files, ports)


def _with_progress_paused(ports: ReplayPorts, console_view: ReplayConsole) -> ReplayPorts:
    """A copy of the ports that hides the progress line during a question to the user."""
    ask_user = ports.ask
    if ask_user is None:
        return ports

    def ask(question: Question) -> str:
        with console_view.paused():
            return ask_user(question)

    return ports._replace(ask=ask)


def _run(files: Sequence[str], ports: ReplayPorts, plan: Plan, output: Destinations, begun: float) -> int:
    is_watched = output.screen.err.is_terminal and os.environ.get("TERM") != "dumb"
    settings = read_settings("", os.environ)
    watch = output.console_view.watch if is_watched else None
    with limited_start(plan, begun), output.reports.without_foreign_lines():
        checks = _open_checks(plan, dict(settings))
    control = RunControl(plan, ports, watch, output.console_view.warn, checks)
    make = _configured(session_factory(plan, ports), settings)
    try:
        return _run_files(files, ports, plan, output, control, make)
    finally:
        if control.checks is not None:
            control.checks.close()


def _run_files(
    files: Sequence[str],
    ports: ReplayPorts,
    plan: Plan,
    output: Destinations,
    control: RunControl,
    make: MakeSession,
) -> int:
    begun = monotonic()
    interruption = Interruption(control, plan)
    taken = _TakenResults(output, interruption)
    output.reports.begin()
    if plan.seed is not None:
        output.screen.show(say(f"shuffled by seed {plan.seed}"))
    interruption.listen()
    try:
        coming = run_files(files, ports, make, plan, control)
        _take_run(coming, taken, control, interruption, has_jobs=plan.jobs > 1)
    # The output is closed, or its disk is full. The reports can still be written, because they go to other files.
    except (BrokenPipeError, OutputFailed):
        report_error(Interrupted(), output, monotonic() - begun, interruption)
        raise
    except CallboxError:
        raise
    except Exception as error:  # The reports contain the requests that were sent before.
        report_error(unexpected_error(error), output, monotonic() - begun, interruption)
        raise
    coverage = note_coverage(control, plan, output, taken.take)
    interruption.end_run()
    output.console_view.clear()
    seconds = monotonic() - begun
    if not plan.is_dry_run:
        write_last_run(taken.results, control.selected)
    if plan.only is not None and not taken.results:
        output.screen.show(say(f"{NONE_FAILED}: nothing is sent", "note"))
    return conclude(taken.results, seconds, output, interruption, coverage)


class _TakenResults:
    """Gets each result of a run, and passes it to the reports, the exports and the screen."""

    def __init__(self, output: Destinations, interruption: Interruption) -> None:
        self.results: list[Result] = []
        """The results without their exchanges. Only the reports store exchanges."""
        self._output = output
        self._interruption = interruption
        is_kept = output.reports.are_wanted or output.exports.are_wanted
        self._secrets = output.secrets if is_kept else None
        """The secrets of the run so far. None if results go only to the screen, which redacts the secrets of each
        result by itself.
        """

    def take(self, result: Result) -> None:
        output = self._output
        if result.error is not None:  # The message was written for a prompt.
            result.error.hint = result.error.hint.replace("set option ", "--")
        with signals_blocked():
            if self._secrets is not None:
                self._secrets.learn(result)
            output.reports.add(result)
            output.exports.add(result)
            brief = Result(
                result.file,
                result.outcome,
                result.step,
                error=result.error,
                reason=result.reason,
                time=result.time,
            )
            self.results.append(brief)
        show = partial(output.console_view.show_result, result, self._secrets)
        self._interruption.attempt(show, output.console_view.mute)


def _take_run(
    coming: Generator[Result, None, None],
    taken: _TakenResults,
    control: RunControl,
    interruption: Interruption,
    *,
    has_jobs: bool,
) -> None:
    """Pass all results of a run to `taken`, and store there the error that ended the run."""
    try:
        is_interrupted = _take_all(coming, taken.take, control, interruption, has_jobs=has_jobs)
    # For example, a cookie file is damaged. The requests that were sent before are still reported.
    except OutputError as error:
        taken.take(Result("", "error", error=error))
        return
    if is_interrupted and not any(isinstance(result.error, (Interrupted, Fault)) for result in taken.results):
        taken.take(Result("", "error", error=control.interruption_error()))


def _open_checks(plan: Plan, settings: Mapping[str, object]) -> ResponseChecks | None:
    """The checks of responses against the description of `--openapi`; None without this option. Raises `UsageError` if
    the description cannot be used.
    """
    if not plan.openapi:
        return None
    # The import takes 30 ms, and only runs with a description need it.
    from callbox.replay.openapi_response_checks import open_checks

    options = {name: value for name, value in settings.items() if OPTIONS[name].scope != "shell"}
    return open_checks(literal_path(plan.openapi), {**options, **plan.options})


def _take_all(
    results: Generator[Result, None, None],
    take: Callable[[Result], None],
    control: RunControl,
    interruption: Interruption,
    *,
    has_jobs: bool,
) -> bool:
    """Pass all results to `take`. Returns True if the user pressed Ctrl-C between requests. A second Ctrl-C stops the
    run at once.
    """
    coming: Iterator[Result] = results
    is_interrupted = False
    while True:
        try:
            for result in coming:
                take(result)
            return is_interrupted or control.stopped == INTERRUPTED
        except KeyboardInterrupt:
            if is_interrupted and not interruption.by_alarm:
                return True
            is_interrupted = True
            control.stop(INTERRUPTED)
            coming = chain(_interrupted(results), results) if has_jobs else results


def _interrupted(results: Generator[Result, None, None]) -> Iterator[Result]:
    """Yield the next result after Ctrl-C has interrupted the threads."""
    with contextlib.suppress(KeyboardInterrupt, StopIteration):
        yield results.throw(KeyboardInterrupt())


def _uses_stdout(paths: Sequence[str], part: str) -> bool:
    """Whether one of these outputs goes to the standard output. Raises `UsageError` if two of them do."""
    uses = [path for path in paths if path in (STANDARD, "")] + ([part] if part else [])
    if STANDARD in uses and len(uses) > 1:
        raise UsageError("Only one output can go to standard output", hint="give the other outputs the names of files")
    return STANDARD in uses


def _may_name_several(word: str) -> bool:
    """Whether a word of the command line may mean several files, because it is a folder or a pattern."""
    return os.path.isdir(word) or (any(mark in word for mark in "*?[") and not os.path.exists(word))


def _ports() -> ReplayPorts:
    ports = real_ports(_ask if is_terminal(0) and is_terminal(2) else None)

    def read_whole(name: str) -> bytes:
        return (
            limited(read_standard_input(MAX_WHOLE_FILE + 1), "standard input", MAX_WHOLE_FILE)
            if name == STDIN
            else ports.read_file(name)
        )

    def read_start(name: str, count: int) -> bytes:
        return read_standard_input(count) if name == STDIN else ports.read_some(name, count)

    def read_standard_input(count: int) -> bytes:
        claim_standard_input("requests")
        return sys.stdin.buffer.read(count)

    return ports._replace(read_file=read_whole, read_some=read_start)


_QUESTION_LOCK = Lock()
"""Held while the user is asked, so that files in several threads ask one after another."""


def _ask(question: Question) -> str:
    choices = f" ({'/'.join(question.choices)})" if question.choices else ""
    with _QUESTION_LOCK:
        return ask(f"{question.text or question.name}{choices}", question.is_secret)


def _configured(make_session: MakeSession, settings: Collection[tuple[str, object]]) -> MakeSession:
    """A function that makes sessions with these options as their defaults. Options of the screen are left out."""
    wanted = {name: value for name, value in settings if OPTIONS[name].scope != "shell"}
    if not wanted:
        return make_session

    @contextlib.contextmanager
    def opened() -> Iterator[LiveSession]:
        with make_session() as session:
            session.option_defaults.update(wanted)
            yield session

    return opened


class LastRun(NamedTuple):
    """The result of the last run, for `--only-failed`: the failed requests, and the absolute paths of the files in
    which every request passed.
    """

    failed: Failed = frozenset()
    passed_files: frozenset[str] = frozenset()


def read_last_run() -> LastRun:
    """Read the result of the last run from the state folder. Raises `UsageError` if there is none."""
    folder = directory("state")
    if folder is None:
        return LastRun()
    try:
        with Folder(folder) as opened:
            found = json.loads(opened.read(_LAST_RUN_FILE, _MAX_LAST_RUN_BYTES))
        failed = frozenset((str(path), str(label)) for path, label in found["unfit"])
        return LastRun(failed, frozenset(str(path) for path in found.get("passed", ())))
    except (CallboxError, OSError, ValueError, KeyError, TypeError, RecursionError):
        raise UsageError("No earlier run is recorded", hint="run without --only-failed first") from None


def write_last_run(results: Iterable[Result], selected: Sequence[SelectedScript]) -> None:
    """Save the failed requests of this run, for `--only-failed`. Requests of `selected` without a result were not sent,
    because another one has an error that callbox finds before it sends; they count as failed. A run without requests
    changes nothing. If the file cannot be written, there is no message, because the result of the run is the same.
    """
    failed_steps: set[tuple[str, str]] = set()
    done: set[tuple[str, str]] = set()
    was_refused = False
    for result in results:
        was_refused |= result.outcome == "error" and not result.time
        if result.step is not None:
            step = (os.path.abspath(result.file), public_label(result.step))
            done.add(step)
            if _needs_rerun(result):
                failed_steps.add(step)
    if was_refused:
        chosen = ((os.path.abspath(one.script.name), step) for one in selected for step in one.selection.steps)
        failed_steps |= {(path, public_label(step)) for path, step in chosen} - done
    files = {path for path, _ in done | failed_steps}
    folder = make_directory("state") if files else None
    if folder is None:
        return
    passed = files - {path for path, _ in failed_steps}
    try:
        with Folder(folder) as opened:
            opened.replace(
                _LAST_RUN_FILE, json.dumps({"unfit": sorted(failed_steps), "passed": sorted(passed)}).encode()
            )
    except (CallboxError, OSError):
        return


def _needs_rerun(result: Result) -> bool:
    was_skipped_by_run = result.outcome == "skipped" and result.reason not in ("disabled", "not confirmed")
    return result.outcome in ("failed", "error") or was_skipped_by_run
