"""Write the files of a replay: reports, and exports of its requests (`--as-curl FILE`, `--as-http FILE`).

`Reports` and `Exports` collect results and requests during the run. The files are written at the end of the run, also
of a run that ended early. `conclude` prints the summary, writes the files and returns the exit code.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from importlib import import_module
from pathlib import Path
from secrets import token_hex
from typing import NamedTuple

from callbox.cli.replay.console_and_progress_line import ReplayConsole
from callbox.cli.replay.interruption import Interruption
from callbox.cli.standard_streams import drop_unread, flush
from callbox.errors import CallboxError, Fault, Interrupted, UsageError
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.response import ResponseHead
from callbox.formats.curl_httpie_and_python_snippets import write_curl
from callbox.httpfile.export.script_writer import extract_attachments, script_of
from callbox.render.ansi_and_sanitiser import visible
from callbox.replay.file_and_step_selection import script_paths
from callbox.replay.file_and_system_access import ReplayPorts, beside_or_here
from callbox.replay.run_option_table import REPORTS
from callbox.replay.run_options import Plan
from callbox.replay.run_progress_and_deadline import RunControl
from callbox.replay.sandbox import refuse_link
from callbox.report import result_console_text
from callbox.report.openapi_coverage import Coverage, coverage_lines
from callbox.report.result import Result, tally_of
from callbox.report.run_redaction import MIN_LENGTH, Redactor, RunSecrets
from callbox.report.run_report_and_collector import (
    MAX_BODY_BYTES,
    MAX_SHOWN_BYTES,
    RunCollector,
    RunReport,
    is_unlogged,
)
from callbox.shell.outputs import Failure, Output, Status, say
from callbox.storage.file_read_write_and_list import append_to, is_special_file, write_bytes, write_problem
from callbox.storage.folder_without_links import write_inside
from callbox.storage.sandbox_reader import leads_out
from callbox.terminal.output_streams_and_pager import OutputStream
from callbox.terminal.screen import Screen
from callbox.version import __version__

_MakeText = Callable[[RunReport], str]
_Write = Callable[[bytes], None]
STDOUT_REPORT = "github"
"""The name of the report that always goes to the standard output."""
_SUMMARY = "GITHUB_STEP_SUMMARY"
"""The environment variable with the path of the file for a Markdown summary, which GitHub shows with the job."""
_WORKSPACE = "GITHUB_WORKSPACE"
"""The environment variable with the top folder of the repository. Paths in annotations are relative to this folder."""
HAR_REPORT = "report-har"
"""The report in which bodies may be longer than in other reports."""
STANDARD = "-"
"""The file name that means the standard output."""
_MOST_ASIDE = 1 << 26
"""A body of text and files with more bytes than this is not exported to a file of its own."""
_MAX_LISTED_NAMES = 3
"""With more files than this, a note names only the first and the last."""


class Reports:
    """Collects the results of a run, and writes its reports. Without an option for a report, it does nothing."""

    def __init__(self, given: Mapping[str, Sequence[str]], started: float, secrets: RunSecrets) -> None:
        """`given` has the options for reports with their files. `started` is the start of the run in seconds of the
        epoch. `secrets` are the secrets of the run. Raises `UsageError` if the file of a report is missing.
        """
        for name, paths in given.items():
            if "" in paths and name != STDOUT_REPORT:
                raise UsageError(f"--{name} takes the name of a file")
        wanted = [(name, path) for name in REPORTS for path in given.get(name, ())]
        # Files come first, so that they are written even if the standard output is closed.
        self._wanted = sorted(wanted, key=lambda each: each[1] in (STANDARD, ""))
        most = MAX_BODY_BYTES if any(name == HAR_REPORT for name, _ in self._wanted) else MAX_SHOWN_BYTES
        self._gathering = RunCollector(started, __version__, most, secrets=secrets) if self._wanted else None
        self._token = ""

    @property
    def are_wanted(self) -> bool:
        """Whether the user wants any report."""
        return bool(self._wanted)

    @property
    def is_for_github(self) -> bool:
        """Whether the output has commands for GitHub (`--report-github`)."""
        return any(name == STDOUT_REPORT for name, _ in self._wanted)

    @contextlib.contextmanager
    def without_foreign_lines(self) -> Iterator[None]:
        """A context manager: if an error occurs before `begin` was called, the error loses the line that it quotes from
        a file. GitHub might read a workflow command in that line.
        """
        try:
            yield
        except CallboxError as error:
            if self.is_for_github and not self._token and error.place is not None:
                error.place = error.place._replace(source="")
            raise

    def begin(self) -> None:
        """Tell GitHub to ignore workflow commands from now on, because callbox prints text of files and servers."""
        if self.is_for_github:
            self._token = token_hex(16)
            write_to(STANDARD, f"::stop-commands::{self._token}\n".encode())

    def add(self, result: Result) -> None:
        """Add a result to all reports. The caller does this before it prints the result."""
        if self._gathering is not None:
            self._gathering.add(result)

    def add_coverage(self, coverage: Coverage) -> None:
        """Add to all reports how many responses of the API description were received."""
        if self._gathering is not None:
            self._gathering.coverage = coverage

    def write(self, seconds: float, interruption: Interruption) -> list[CallboxError]:
        """Write all reports. Returns an error for each report that could not be written. If the time is up, texts that
        are not redacted yet are left out.
        """
        collector = self._gathering
        if collector is None:
            return []
        run = interruption.attempt(lambda: collector.run(seconds), lambda: collector.partial_run(seconds))
        brief_run = lru_cache(lambda: collector.brief_run(seconds))
        problems: list[CallboxError] = []
        for name, path in self._wanted:
            for make, write in self._parts(name, path):
                text = interruption.attempt(partial(make, run), partial(_with_brief, make, brief_run))
                problems += attempt_write(partial(write, text.encode("utf-8", "replace")), path, interruption)
        if interruption.is_due:
            problems.append(_ended_early("The run ended early, so the reports leave out some texts", interruption))
        return problems

    def _parts(self, name: str, path: str) -> Iterator[tuple[_MakeText, _Write]]:
        """The parts of a report: for each, a function that makes its text, and a function that writes this text."""
        if name != STDOUT_REPORT:
            yield partial(_text, REPORTS[name]), partial(write_to, path)
            return
        from callbox.report import github  # The import takes 7 ms, and only jobs of GitHub need it.

        opening = f"::{self._token}::\n" if self._token else ""  # After this line, GitHub obeys commands again.
        yield lambda run: opening + github.write_annotations(run, _in_repository), partial(write_to, STANDARD)
        if summary := os.environ.get(_SUMMARY):
            yield github.write_summary, partial(_append, summary)


def _with_brief(make: _MakeText, run: Callable[[], RunReport]) -> str:
    return make(run())


def attempt_write(write: Callable[[], None], path: str, interruption: Interruption) -> list[CallboxError]:
    """Call `write`, which writes the file at `path`. Returns its error in a list, or an empty list. If the time is up
    while it waits for the reader of a pipe, this is an error, too.
    """

    def done() -> list[CallboxError]:
        try:
            write()
        except CallboxError as error:
            return [error]
        return []

    def unread() -> list[CallboxError]:
        drop_unread()
        return [interrupted_write(path, interruption)]

    return interruption.attempt(done, unread, is_brief=True)


def interrupted_write(path: str, interruption: Interruption) -> CallboxError:
    """The error for an output that was not written, because the time was up."""
    return _ended_early(f"Not written, because the run ended early: {path or STANDARD}", interruption)


def _ended_early(message: str, interruption: Interruption) -> CallboxError:
    if interruption.by_alarm:
        return Fault(message, kind="timeout", hint="--deadline limits the time of the whole run")
    return Interrupted(message)


def check_distinct_paths(paths: Sequence[str], words: Sequence[str], ports: ReplayPorts, *, is_sandboxed: bool) -> None:
    """Raise `UsageError` if two outputs have the same file, or if an output would overwrite one of the scripts."""
    files = [path for path in paths if path not in (STANDARD, "") and not is_special_file(path)]
    taken: set[str] = set()
    for path in files:
        if (real_path := _real_path(path)) in taken:
            raise UsageError(f"Two outputs cannot go to one file: {path}", hint="name a file for each")
        taken.add(real_path)
    if any(map(os.path.exists, taken)):
        scripts = {os.path.realpath(name) for name in _script_paths(words, ports, is_sandboxed)}
        for path in files:
            if _real_path(path) in scripts:
                raise UsageError(f"{path} is one of the scripts", hint="name another file to write")


def refuse_links(paths: Sequence[str], words: Sequence[str], ports: ReplayPorts) -> None:
    """Raise `UsageError` if the path of an output is in the folder of a script, but leads out of it through a symbolic
    link, or if it goes through a link in the working folder.
    """
    if not any(paths):
        return
    for path in paths:
        if path not in (STANDARD, ""):
            refuse_link(path, may_be_link_elsewhere=True)
    folders = {os.path.dirname(os.path.abspath(name)) for name in _script_paths(words, ports, is_sandboxed=True)}
    for path in paths:
        for folder in folders:
            if path not in (STANDARD, "") and leads_out(folder, path):
                raise UsageError(
                    f"{path} leads out of {folder} through a symbolic link", hint="name the file by its real path"
                )


def _script_paths(words: Sequence[str], ports: ReplayPorts, is_sandboxed: bool) -> Iterator[str]:
    with contextlib.suppress(UsageError):  # The run reports this error when it reads the files.
        yield from script_paths(words, ports, is_sandboxed=is_sandboxed)


def _real_path(path: str) -> str:
    return os.path.realpath(os.path.expanduser(path))


def _text(module: str, run: RunReport) -> str:
    text: str = import_module(f"callbox.report.{module}").write(run)
    return text


def _in_repository(file: str) -> str:
    """The path of a file relative to the top of the repository, also if the job runs in a subfolder."""
    top = os.environ.get(_WORKSPACE, "")
    path = os.path.relpath(os.path.realpath(file), os.path.realpath(top)) if top and os.path.exists(file) else ".."
    return file if path.startswith("..") else path


def _append(path: str, data: bytes) -> None:
    try:
        with append_to(path, is_private=True) as file:
            file.write(data)
    except OSError as error:
        raise write_problem(path, error) from None


def write_to(path: str, data: bytes) -> None:
    """Write a report or an export. `-` as path is the standard output, where a terminal gets escapes in place of
    control characters. A missing folder is created. Only the user may read a new file (mode 0600), because it has
    headers and bodies. Raises `OutputError`.
    """
    if path == STANDARD:
        flush()
        if sys.stdout.isatty():
            data = visible(data.decode("utf-8", "replace")).encode()
        OutputStream(sys.stdout.buffer).bytes(data)
        return
    try:
        Path(os.path.expanduser(path)).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_problem(path, error) from None
    write_bytes(path, data, is_private=True)


class Exports:
    """Collects the requests of a run, and writes its exports. Without an option for an export, it does nothing."""

    def __init__(
        self, curls: Sequence[str], scripts: Sequence[str], secrets: RunSecrets, *, reveals: bool, plan: Plan = Plan()
    ) -> None:
        """`curls` and `scripts` are the paths of the exports. `secrets` are the secrets of the run; `plan` has the
        names of variables with which exported scripts ask for them. With `reveals`, curl commands contain the secrets.
        """
        self._curls = curls
        self._scripts = scripts
        self._reveals = reveals
        self._run_secrets = secrets
        self._names = {plan.variables.get(name, ""): name for name in plan.secret_names}
        self._secrets: dict[str, str] = {}
        self._sent: list[tuple[str, Outgoing, Draft]] = []
        self._waiting = 0
        self.notes: list[str] = []
        """Notes for the user about files for binary bodies. `write` adds them."""

    @property
    def are_wanted(self) -> bool:
        """Whether the user wants any export."""
        return bool(self._curls or self._scripts)

    def add(self, result: Result) -> None:
        """Add the request of a result: the first request of a chain of redirects."""
        outgoing = result.first_outgoing
        if not self.are_wanted:
            return
        self._waiting += outgoing is None and result.outcome == "planned"
        for secret in result.secrets:
            value = secret.reveal()
            if len(value) >= MIN_LENGTH:
                self._secrets.setdefault(value, self._names.get(value, "secret"))
        if outgoing is not None and result.step is not None and not is_unlogged(result):
            record = result.exchange
            draft = record.draft if record is not None else result.draft or Draft(outgoing.method, outgoing.url.text)
            located = _move_paths(_with_body(outgoing), lambda path: _locate(result.file, path))
            self._sent.append((f"{result.file}:{result.line} {result.step.label}", located, draft))

    def write(self, interruption: Interruption) -> Iterator[CallboxError]:
        """Write all exports, each as a whole or not at all. Yields an error for each that could not be written."""
        for path in self._curls:
            yield from self._attempt(partial(_written, path, self._as_curl), path, interruption)
        for path in self._scripts:
            yield from self._attempt(partial(self._write_script, path), path, interruption)
        if self._waiting:
            names = ", ".join(path for path in (*self._curls, *self._scripts) if path != STANDARD) or "the copy"
            self.notes.append(
                f"not in {names}: requests that need a response first ({self._waiting}); run without --dry-run"
            )

    def _attempt(
        self, write: Callable[[], Iterator[CallboxError]], path: str, interruption: Interruption
    ) -> list[CallboxError]:
        return interruption.attempt(lambda: list(write()), lambda: [interrupted_write(path, interruption)])

    def _as_curl(self) -> str:
        if self._reveals:
            return "".join(f"# {_line(where)}\n{write_curl(out, reveal=True)}\n\n" for where, out, _ in self._sent)
        redactor = Redactor(self._run_secrets)
        return "".join(
            f"# {_line(redactor.text(where))}\n{write_curl(_redacted(out, redactor))}\n\n"
            for where, out, _ in self._sent
        )

    def _write_script(self, path: str) -> Iterator[CallboxError]:
        """Write a `.http` file, and a file in the same folder for each binary body. Yields errors."""
        try:
            text, files = self._as_http(path)
            write_to(path, text.encode("utf-8", "replace"))
            for name, data in files.items():
                write_inside(os.path.dirname(path), name, data, is_overwriting=True)
        except CallboxError as error:
            yield error
        else:
            self.notes += _notes(path, tuple(files))

    def _as_http(self, path: str) -> tuple[str, Mapping[str, bytes]]:
        if not self._sent:
            return "", {}
        empty, folder = ResponseHead(200, "OK", Headers()), os.path.dirname(path) or "."
        stem = "" if path == STANDARD else os.path.splitext(os.path.basename(path))[0]
        records: list[Record] = []
        files: dict[str, bytes] = {}
        for number, (_, sent, draft) in enumerate(self._sent, 1):
            out = _move_paths(sent, lambda path: os.path.relpath(path, folder))
            if stem:
                out, beside = extract_attachments(_with_body(out, _MOST_ASIDE), f"{stem}.body{number}", self._secrets)
                files.update(beside)
            records.append(Record(draft, out, empty))
        return script_of(records, secrets=self._secrets), files


def _notes(path: str, files: Sequence[str]) -> Iterator[str]:
    """Yield a note about the files for binary bodies beside a script."""
    if files:
        names = ", ".join(files) if len(files) <= _MAX_LISTED_NAMES else f"{files[0]} to {files[-1]}"
        yield f"wrote the binary bodies of {path} to files beside it: {names}"


def _locate(script: str, path: str) -> str:
    """The path, relative to the current folder, of a file that a script names relative to itself."""
    places = map(os.path.normpath, beside_or_here(script, path))
    return next(filter(os.path.exists, places), path)


def _with_body(outgoing: Outgoing, most: int = MAX_BODY_BYTES) -> Outgoing:
    """A copy of a request whose body of texts and files is read into one piece, because an export can name only one."""
    content = outgoing.content
    if content is None or content.data is not None or content.path or content.parts:
        return outgoing
    if not content.is_replayable:
        return outgoing
    if content.length is None or content.length > most:
        return outgoing
    return outgoing._replace(content=content._replace(data=b"".join(content.chunks()), pieces=None))


def _move_paths(outgoing: Outgoing, move: Callable[[str], str]) -> Outgoing:
    """A copy of a request, with the paths of its files changed by `move`."""
    content = outgoing.content
    if content is None or not (content.path or any(part.path for part in content.parts)):
        return outgoing
    parts = tuple(part._replace(path=move(part.path)) if part.path else part for part in content.parts)
    path = move(content.path) if content.path else ""
    return outgoing._replace(content=content._replace(path=path, parts=parts))


def _redacted(outgoing: Outgoing, redactor: Redactor) -> Outgoing:
    """A copy of a request in which the known secret values are redacted. `write_curl` redacts values with the names of
    credentials.
    """
    return redactor.outgoing(outgoing)._replace(route=outgoing.route, auth=outgoing.auth)


def _written(path: str, make: Callable[[], str]) -> Iterator[CallboxError]:
    try:
        write_to(path, make().encode("utf-8", "replace"))
    except CallboxError as error:
        yield error


def _line(text: str) -> str:
    return " ".join(text.split())


class Destinations(NamedTuple):
    """All outputs of a run: console, reports and exports."""

    screen: Screen
    console_view: ReplayConsole
    reports: Reports
    exports: Exports
    secrets: RunSecrets
    """The secrets of the run so far, which console, reports and exports share."""


class NotCovered(CallboxError):
    """Fewer of the described responses were received than `--fail-under` requires."""

    exit_code = 1


def note_coverage(
    control: RunControl, plan: Plan, output: Destinations, take: Callable[[Result], None]
) -> Coverage | None:
    """Add to the reports how many described responses were received. If they are too few for `--fail-under`, also
    passes an error to `take`. Returns the coverage; None without a description.
    """
    coverage = control.checks.coverage() if control.checks is not None and not plan.is_dry_run else None
    if coverage is not None:
        output.reports.add_coverage(coverage)
        if coverage.percent < plan.fail_under:
            take(Result("", "error", error=_not_covered(coverage, plan)))
    return coverage


def _not_covered(coverage: Coverage, plan: Plan) -> NotCovered:
    seen = f"{coverage.covered:,} of {len(coverage.rows):,} described responses received, {coverage.percent} %"
    return NotCovered(
        f"{seen}: --fail-under asks for {plan.fail_under} %",
        hint="each report lists the responses that were not received",
    )


def report_error(error: CallboxError, output: Destinations, seconds: float, interruption: Interruption) -> None:
    """Write the reports of a run that ended with this error. The caller prints the error."""
    interruption.end_run()
    output.reports.add(Result("", "error", error=error))
    list(_write_all(output, seconds, interruption))


def conclude(
    results: list[Result],
    seconds: float,
    output: Destinations,
    interruption: Interruption,
    coverage: Coverage | None,
) -> int:
    """End a run: print the summary, and write all files. Returns the exit code."""
    tally = tally_of(results)
    for text in coverage_lines(coverage) if coverage is not None else ():
        _show(output, say(text), interruption)
    _show(output, Status(result_console_text.summary(tally, seconds)), interruption)
    for problem in _write_all(output, seconds, interruption):
        tally = tally._replace(codes=tally.codes | {problem.exit_code})
    for note in output.exports.notes:
        _show(output, say(note), interruption)
    interruption.close()
    return tally.exit_code


def _show(output: Destinations, shown: Output, interruption: Interruption) -> None:
    """Print an output. Does nothing if the output is closed or the time is up."""
    interruption.attempt(partial(output.screen.show, shown), drop_unread, is_brief=True)


def _write_all(output: Destinations, seconds: float, interruption: Interruption) -> Iterator[CallboxError]:
    """Write exports and reports. Prints each error and yields it."""
    for problem in (*output.exports.write(interruption), *output.reports.write(seconds, interruption)):
        _show(output, Failure(problem), interruption)
        yield problem
