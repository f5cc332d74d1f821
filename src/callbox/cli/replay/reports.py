"""The reports of a replay.

Results are collected during the run, and reports are written at its end, even an early one.
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

from callbox.cli.replay.interruption import Interruption
from callbox.cli.stdio import drop_unread, flush
from callbox.errors import CallboxError, Fault, Interrupted, UsageError
from callbox.render.sanitise import visible
from callbox.replay.file_and_step_selection import script_paths
from callbox.replay.file_and_system_access import ReplayPorts
from callbox.replay.run_option_table import REPORTS
from callbox.report.coverage import Coverage
from callbox.report.result import Result
from callbox.report.result_redaction import RunSecrets
from callbox.report.run_report import MAX_BODY_BYTES, MAX_SHOWN_BYTES, RunCollector, RunReport
from callbox.storage.sandbox_reader import leads_out
from callbox.storage.user_named_files import append_to, write_bytes, write_problem
from callbox.terminal.output_streams import OutputStream
from callbox.version import __version__

_MakeText = Callable[[RunReport], str]
_Write = Callable[[bytes], None]
STDOUT_REPORT = "github"
"""The report that belongs on the standard output."""
_SUMMARY = "GITHUB_STEP_SUMMARY"
"""The environment variable with the file for a job's Markdown summary, which GitHub shows above the job's steps."""
_WORKSPACE = "GITHUB_WORKSPACE"
"""The environment variable with the top folder of the repository. File names in annotations are relative to it."""
HAR_REPORT = "report-har"
"""The report that may have longer bodies than the others."""
STANDARD = "-"
"""The file name that means the standard output."""


class Reports:
    """Collects results; `write` writes the reports and returns errors. Without a wanted report, it does nothing."""

    def __init__(self, given: Mapping[str, Sequence[str]], started: float, secrets: RunSecrets) -> None:
        """`secrets` are the secrets of the run. Raises `UsageError` if a report has no file."""
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
        """Whether any report is wanted."""
        return bool(self._wanted)

    @property
    def is_for_github(self) -> bool:
        """Whether GitHub reads workflow commands in the output."""
        return any(name == STDOUT_REPORT for name, _ in self._wanted)

    @contextlib.contextmanager
    def without_foreign_lines(self) -> Iterator[None]:
        """The error without the line of a file, if it occurs before `begin`: GitHub might read a workflow command in
        that line.
        """
        try:
            yield
        except CallboxError as error:
            if self.is_for_github and not self._token and error.place is not None:
                error.place = error.place._replace(source="")
            raise

    def begin(self) -> None:
        """Stop workflow commands.

        From here on, text of files and servers is printed, in which GitHub must read no command.
        """
        if self.is_for_github:
            self._token = token_hex(16)
            write_to(STANDARD, f"::stop-commands::{self._token}\n".encode())

    def add(self, result: Result) -> None:
        """Add a result. This happens before the result is shown."""
        if self._gathering is not None:
            self._gathering.add(result)

    def add_coverage(self, coverage: Coverage) -> None:
        """Add the coverage of the API description."""
        if self._gathering is not None:
            self._gathering.coverage = coverage

    def write(self, seconds: float, interruption: Interruption) -> list[CallboxError]:
        """Write all reports. If one cannot be written, the others are still written.

        After an interruption, texts that are not redacted yet are left out.
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
            problems.append(_ended_early("The reports were cut short, and leave out texts", interruption))
        return problems

    def _parts(self, name: str, path: str) -> Iterator[tuple[_MakeText, _Write]]:
        """The parts of a report, each with the function that writes it."""
        if name != STDOUT_REPORT:
            yield partial(_text, REPORTS[name]), partial(write_to, path)
            return
        opening = f"::{self._token}::\n" if self._token else ""  # GitHub reads commands again after this line
        yield partial(_annotations, opening), partial(write_to, STANDARD)
        if summary := os.environ.get(_SUMMARY):
            yield _summary, partial(_append, summary)


def _with_brief(make: _MakeText, run: Callable[[], RunReport]) -> str:
    return make(run())


def attempt_write(write: Callable[[], None], path: str, interruption: Interruption) -> list[CallboxError]:
    """Write a file. Returns the errors: none, a failure to write, or a pipe without a reader when the time is up."""

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
    """The error for a file that is not written because the run ended early."""
    return _ended_early(f"Not written before the run was ended: {path or STANDARD}", interruption)


def _ended_early(message: str, interruption: Interruption) -> CallboxError:
    if interruption.by_alarm:
        return Fault(message, kind="timeout", hint="--deadline limits the time of the whole run")
    return Interrupted(message)


def check_distinct_paths(paths: Sequence[str], words: Sequence[str], ports: ReplayPorts, *, is_sandboxed: bool) -> None:
    """Raise `UsageError` if two output files are the same, or if one is a script that runs."""
    files = [path for path in paths if path not in (STANDARD, "") and not _is_device(path)]
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
    """Raise `UsageError` if an output file is in a script's folder and a symbolic link leads it out of there."""
    if not any(paths):
        return
    folders = {os.path.dirname(os.path.abspath(name)) for name in _script_paths(words, ports, is_sandboxed=True)}
    for path in paths:
        for folder in folders:
            if path not in (STANDARD, "") and leads_out(folder, path):
                raise UsageError(f"{path} leads out of {folder} through a link", hint="name a file outside of it")


def _script_paths(words: Sequence[str], ports: ReplayPorts, is_sandboxed: bool) -> Iterator[str]:
    with contextlib.suppress(UsageError):  # this is reported when the files are read
        yield from script_paths(words, ports, is_sandboxed=is_sandboxed)


def _real_path(path: str) -> str:
    return os.path.realpath(os.path.expanduser(path))


def _is_device(path: str) -> bool:
    return os.path.exists(path) and not os.path.isfile(path)


def _text(module: str, run: RunReport) -> str:
    text: str = import_module(f"callbox.report.{module}").write(run)
    return text


def _annotations(opening: str, run: RunReport) -> str:
    from callbox.report import github  # 140 ms with the HTML report: for jobs of GitHub

    return opening + github.write_annotations(run, _in_repository)


def _summary(run: RunReport) -> str:
    from callbox.report import github

    return github.write_summary(run)


def _in_repository(file: str) -> str:
    """The path of the file from the top of the repository, even if a job runs in a subfolder."""
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
    """Write a file, and make its folder if it is missing; `-` is the standard output. Raises `OutputError`.

    On a terminal, control characters are shown as escapes.

    A new file is 0600, since it holds headers and bodies.
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
