"""A `.http` file as a pytest collector, and each of its requests as a pytest item."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from callbox.engine import LiveSession
from callbox.errors import CallboxError
from callbox.httpfile.model import Script, Step
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.httpfile.requests.options_conditions_and_loops import is_always
from callbox.render.ansi_and_sanitiser import plain, visible_line
from callbox.replay.environment_file_search import complete, path_variables
from callbox.replay.file_and_step_selection import public_label
from callbox.replay.file_and_system_access import real_ports
from callbox.replay.imported_files_and_linked_steps import PathVariables, link_if_complete
from callbox.replay.preflight import warnings_of
from callbox.replay.run_options import Plan, read_plan
from callbox.replay.run_progress_and_deadline import CLEANUP_S, RunControl
from callbox.replay.run_state import RunState
from callbox.replay.runner import replay
from callbox.report.result import Result
from callbox.report.run_redaction import Redactor, RunSecrets
from callbox.storage.file_read_write_and_list import read_bytes

if TYPE_CHECKING:
    from callbox.replay.openapi_response_checks import ResponseChecks

_WRITTEN: pytest.StashKey[set[str]] = pytest.StashKey()
"""The files that scripts write with data of a server."""


_CHECKS: pytest.StashKey[ResponseChecks] = pytest.StashKey()
"""The object that compares responses with the description of the API."""


class HttpFile(pytest.File):
    """A script and its session. Each item runs one request."""

    script: Script

    def collect(self) -> Iterable[pytest.Item]:
        """Yield an item for each request. Raises an error that pytest shows if the file has no request."""
        folder = Path.cwd()
        name = str(self.path.relative_to(folder) if self.path.is_relative_to(folder) else self.path)
        self.script = parse(read_bytes(str(self.path)), name)
        self._results: dict[int, list[Result]] = {}
        self._unreported: dict[int, list[Result]] = {}
        # No script of this pytest run trusts files that another of its scripts writes.
        written = self.config.stash.setdefault(_WRITTEN, set())
        self._state = RunState(written=written)
        self._linked = link_if_complete(self.script, real_ports(), variables=self._path_variables())
        if not self.script.steps:
            first = next((found.message for found in self.script.errors), "there is no request in this file")
            raise self.CollectError(_shown_line(f"{self.script.name}: {first}"))
        self._warn()
        counts: dict[str, int] = {}
        for step in self.script.steps:
            # pytest prints the name unchanged, and writes it to each report
            label = _shown_line(step.label if step.command else public_label(step))
            counts[label] = counts.get(label, 0) + 1
            duplicate = f"-{counts[label]}" if counts[label] > 1 else ""
            yield HttpItem.from_parent(self, name=f"{label}{duplicate}", step=step)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        """The text for an error while the file is collected. A bug of callbox is one line."""
        return format_bug(excinfo) or str(super().repr_failure(excinfo))

    def _warn(self) -> None:
        """Report the warnings of the script as pytest warnings."""
        try:
            plan: Plan | None = self._plan()
        except CallboxError:  # the first request that is run tells it
            plan = None
        for found in warnings_of(self.script, real_ports(), self._linked, plan):
            doubt = Redactor(RunSecrets()).error(found)
            self.warn(pytest.PytestWarning(_shown_line(f"{doubt.place}: {doubt.message}. {doubt.hint}")))

    def setup(self) -> None:
        """Open the session of the file."""
        self.live_session = LiveSession()

    def teardown(self) -> None:
        """Send the clean-up requests that were not sent, as after `-x` and Ctrl-C. Then close the session.

        Raises `RequestFailed` if one of them fails.
        """
        try:
            for item in self.session.items:
                if item.parent is self and isinstance(item, HttpItem) and is_always(item.step):
                    self._clean_up(item.step)
        finally:
            self.live_session.close()

    def _clean_up(self, step: Step) -> None:
        if step.number in self._results or not self._state.records:
            return
        for result in self.results_of(step, deadline_s=CLEANUP_S):
            if result.outcome not in ("ok", "skipped"):
                raise RequestFailed(_format_result(result))

    def results_of(self, step: Step, deadline_s: float = 0.0) -> list[Result]:
        """The results of a step. The step is sent now, unless it was already sent because another step needed it.

        If the step is skipped because a needed step has just failed, the failure of the needed step is shown, too: the
        needed step may not be among the selected tests. If a needed step has an error before anything is sent, this
        error is the result.
        """
        if step.number not in self._results:
            plan = self._plan()._replace(ranges=((step.number, step.number),), deadline_s=deadline_s)
            ports = real_ports()
            control = RunControl(plan, ports, checks=self._checks())
            results = replay(
                self.script, self.live_session, ports, plan, state=self._state, control=control, linked=self._linked
            )
            for result in results:
                number = result.step.number if result.step is not None else step.number
                self._results.setdefault(number, []).append(result)
                if number != step.number and result.outcome in ("failed", "error"):
                    self._unreported.setdefault(step.number, []).append(result)
        own_results = self._results.get(step.number, [])
        is_sent = bool(own_results) and all(result.outcome != "skipped" for result in own_results)
        return own_results if is_sent else [*self._unreported.pop(step.number, []), *own_results]

    def _checks(self) -> ResponseChecks | None:
        """The checks of all files against the description that the options name."""
        where = self.config.getoption("--http-openapi") or self.config.getini("http_openapi")
        if where and _CHECKS not in self.config.stash:
            # this import takes 30 ms, and only runs with a description need it
            from callbox.replay.openapi_response_checks import open_checks

            checks = self.config.stash[_CHECKS] = open_checks(where, {})
            self.config.add_cleanup(checks.close)
        return self.config.stash.get(_CHECKS, None)

    def _path_variables(self) -> PathVariables:
        try:
            return path_variables(self.script, self._plan(), real_ports())
        except CallboxError:  # the first request that is run tells it
            return PathVariables()

    def _plan(self) -> Plan:
        environments = self.config.getoption("--http-env") or self.config.getini("http_env")
        return complete(read_plan({"env": environments, "var": self.config.getoption("--http-var")}), real_ports())


class HttpItem(pytest.Item):
    """A request of a script, as a pytest item."""

    def __init__(self, *, step: Step, **more: object) -> None:
        super().__init__(**more)  # type: ignore[arg-type]
        self.step = step
        for tag in _tags(step):
            # A tag of a script is not a mistake: --strict-markers accepts it.
            self.config.addinivalue_line("markers", f"{tag}: a tag of requests in .http files")
            self.add_marker(tag)

    def runtest(self) -> None:
        """Send the request, and the requests that it needs. Raises `RequestFailed` if one fails."""
        file = self.parent
        assert isinstance(file, HttpFile)
        try:
            results = file.results_of(self.step)
        except CallboxError as error:
            raise RequestFailed(f"{_shown_line(error.message)}\n{_shown_line(error.hint)}") from None
        if not results:
            raise RequestFailed(f"{self.name} was not sent")
        for result in results:
            if result.outcome == "skipped":
                pytest.skip(_shown_line(result.reason))
            if result.outcome != "ok":
                raise RequestFailed(_format_result(result))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        """The text that `callbox replay` would show. A bug of callbox is one line: a traceback of pytest would show the
        arguments of functions, and with them secrets.
        """
        if isinstance(excinfo.value, RequestFailed):
            return str(excinfo.value)
        return format_bug(excinfo) or str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int, str]:
        """The location of the request in its file."""
        return self.path, self.step.at.line - 1, self.name


class RequestFailed(Exception):
    """Raised if a request failed. The message is for people."""


def format_bug(excinfo: pytest.ExceptionInfo[BaseException]) -> str:
    """The line for an exception that code of callbox has raised; empty for exceptions of pytest and of other code."""
    error, entry = excinfo.value, excinfo.traceback[-1]
    if not isinstance(error, Exception) or isinstance(error, (RequestFailed, pytest.Collector.CollectError)):
        return ""
    if not any("callbox" in Path(str(each.path)).parts for each in excinfo.traceback):
        return ""
    place = f"{Path(str(entry.path)).name}:{entry.lineno + 1}"
    return _shown_line(f"a bug in callbox: {type(error).__name__}: {str(error)[:_MAX_MESSAGE]} ({place})")


_MAX_MESSAGE = 300


def _shown_line(text: str) -> str:
    """A text as one line without secrets and control characters."""
    return visible_line(Redactor(RunSecrets()).text(text))


def _format_result(result: Result) -> str:
    from callbox.report import result_console_text  # 130 ms, and most requests pass

    return plain(result_console_text.result(result, width=100))


_MARKS_OF_PYTEST = frozenset(("skip", "skipif", "xfail", "usefixtures", "parametrize", "filterwarnings", "timeout"))
"""Marks that change how a test runs. A tag must not do that: a request with the tag `skip` would never be sent."""


def _tags(step: Step) -> Iterator[str]:
    for tag in sorted(step.tags):
        name = tag.replace("-", "_")
        if name.isidentifier():
            yield f"tag_{name}" if name in _MARKS_OF_PYTEST else name
