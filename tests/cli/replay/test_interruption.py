"""A signal or the deadline ends a piece of the reports, and something smaller that is redacted takes its place."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.server import OK, Recorder
from tests.support.silent_server import SilentServer

from callbox.cli.replay.interruption import Interruption, limited_start
from callbox.cli.replay.replay_command import _take_all
from callbox.cli.replay.reports_and_exports import Exports, Reports
from callbox.engine import LiveSession
from callbox.errors import Fault, Interrupted, ScriptError
from callbox.exchange.secret import Secret
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.replay.file_and_system_access import real_ports
from callbox.replay.file_runs_and_threads import run_files
from callbox.replay.run_option_table import REPORTS
from callbox.replay.run_options import Plan
from callbox.replay.run_progress_and_deadline import INTERRUPTED, RunControl
from callbox.report.result import Result
from callbox.report.run_redaction import RunSecrets
from callbox.system.clock import monotonic

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
STEP = parse("# @name hunter22-name\nGET http://h/hunter22-path", "a.http").steps[0]


@pytest.fixture
def control() -> RunControl:
    return RunControl(Plan(), real_ports())


@pytest.fixture
def interruption(control: RunControl) -> Iterator[Interruption]:
    before = [signal.getsignal(number) for number in SIGNALS]
    made = Interruption(control, Plan())
    made.listen()
    yield made
    made.close()
    for number, handler in zip(SIGNALS, before, strict=True):
        signal.signal(number, handler)


def terminate() -> str:
    os.kill(os.getpid(), signal.SIGTERM)
    return "long"


class Endless(tuple[str, ...]):
    """Notes whose redaction is interrupted."""

    __slots__ = ()

    def __iter__(self) -> Iterator[str]:
        terminate()
        return super().__iter__()


def test_piece_that_is_not_interrupted_gives_its_result(interruption: Interruption) -> None:
    interruption.end_run()

    assert interruption.attempt(lambda: "long", lambda: "short") == "long"


def test_sigterm_ends_a_piece_of_the_reports(interruption: Interruption) -> None:
    interruption.end_run()

    assert interruption.attempt(terminate, lambda: "short") == "short"


def test_pieces_after_the_interrupted_one_are_short(interruption: Interruption) -> None:
    interruption.end_run()
    interruption.attempt(terminate, lambda: "short")

    assert interruption.attempt(lambda: "long", lambda: "short") == "short"
    assert interruption.attempt(lambda: "long", lambda: "short", is_brief=True) == "long"


def test_sigterm_between_two_pieces_makes_the_next_short(interruption: Interruption) -> None:
    interruption.end_run()
    terminate()

    assert interruption.attempt(lambda: "long", lambda: "short") == "short"


def test_more_signals_do_not_lose_what_is_written_instead(interruption: Interruption) -> None:
    interruption.end_run()

    assert interruption.attempt(terminate, terminate) == "long"


def test_sigterm_while_a_result_is_shown_stops_the_run_first(interruption: Interruption, control: RunControl) -> None:
    control.is_between_requests = True

    assert interruption.attempt(terminate, lambda: "short") == "long"
    assert control.stopped == "interrupted"


def test_second_signal_while_a_result_is_shown_ends_it(interruption: Interruption, control: RunControl) -> None:
    control.is_between_requests = True
    interruption.attempt(terminate, lambda: "short")

    with pytest.raises(KeyboardInterrupt):
        interruption.attempt(lambda: os.kill(os.getpid(), signal.SIGINT), lambda: None)


def test_error_of_a_piece_is_raised(interruption: Interruption) -> None:
    with pytest.raises(ZeroDivisionError):
        interruption.attempt(lambda: 1 // 0, lambda: 0)


def secret_result(number: int) -> Result:
    error = ScriptError("with hunter22-error", hint="hunter22-hint")
    notes = Endless(("hunter22-note",)) if number == 2 else ("hunter22-note",)
    return Result(f"{number}.http", "error", STEP, error=error, notes=notes, secrets=(Secret("hunter22"),))


@pytest.fixture
def interrupted_reports(tmp_path: Path, interruption: Interruption, capfd: pytest.CaptureFixture[str]) -> list[str]:
    reports = Reports({name: [str(tmp_path / name)] for name in REPORTS if name != "github"}, 0.0, RunSecrets())
    for number in (1, 2, 3):
        reports.add(secret_result(number))
    interruption.end_run()
    problems = reports.write(1.0, interruption)
    assert [type(problem) for problem in problems] == [Interrupted]
    return [path.read_text("utf-8") for path in tmp_path.iterdir()]


def test_interrupted_reports_hold_no_secret(interrupted_reports: list[str]) -> None:
    assert len(interrupted_reports) == len(REPORTS) - 1
    assert not [text for text in interrupted_reports if "hunter22" in text]


def test_interrupted_report_names_each_result(interrupted_reports: list[str], tmp_path: Path) -> None:
    report = json.loads((tmp_path / "report-json").read_text("utf-8"))

    assert [file["name"] for file in report["files"]] == ["1.http", "2.http", "3.http"]
    assert [result["outcome"] for file in report["files"] for result in file["results"]] == ["error"] * 3


def test_interrupted_copy_is_not_written(tmp_path: Path, interruption: Interruption) -> None:
    path = tmp_path / "a.curl"
    exports = Exports([str(path)], [], RunSecrets(), reveals=False)
    interruption.end_run()
    terminate()

    assert [str(problem) for problem in exports.write(interruption)] == [
        f"Not written, because the run ended early: {path}"
    ]
    assert not path.exists()


def test_ctrl_c_while_a_result_is_shown_leaves_the_clean_up_of_several_files(tmp_path: Path) -> None:
    plan, ports, taken = Plan(jobs=2), real_ports(), []
    control = RunControl(plan, ports)
    with Recorder(lambda _: OK) as server, SilentServer() as silent:
        for name in ("a.http", "b.http"):
            (tmp_path / name).write_text(
                f"POST {server.url}\n\n###\nGET {silent.url}\n\n###\n# @always\nDELETE {server.url}\n", "utf-8"
            )

        def take(result: Result) -> None:
            taken.append(result.outcome)
            if len(taken) == 1:
                silent.wait_for_request()
                silent.wait_for_request()
                raise KeyboardInterrupt

        coming = run_files([str(tmp_path)], ports, LiveSession, plan, control)
        _take_all(coming, take, control, Interruption(control, plan), has_jobs=True)

    assert taken == ["ok", "error", "ok"] * 2


def test_deadline_of_the_start_is_one_for_all_its_blocks() -> None:
    plan = Plan(deadline_s=100)

    with (
        pytest.raises(Fault, match=r"^The run had not started when the deadline of .* passed$"),
        limited_start(plan, monotonic() - 101),
    ):
        pass
    with limited_start(plan, monotonic() - 40):
        left_s, _ = signal.getitimer(signal.ITIMER_REAL)

    assert 0 < left_s <= 60
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_second_sigterm_at_once_is_the_same_request_to_stop(interruption: Interruption, control: RunControl) -> None:
    control.is_between_requests = True
    terminate()
    terminate()

    assert control.stopped == INTERRUPTED
