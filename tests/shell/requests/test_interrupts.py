"""Ctrl-C that comes when the answer exists already: it is heard all the same, and ends the whole line."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.engine_processes import engine_processes, is_computing, needs_proc

from callbox.errors import Interrupted
from callbox.exchange.exchange_record_and_events import Done
from callbox.replay.javascript import quickjs_engine
from callbox.shell.interpreter import run
from callbox.shell.outputs import ExchangeEvent, Failure, Output, TextOutput


def interrupted(shell, line: str, when: Callable[[Output], bool]) -> list[Output]:
    """The outputs of a line that is interrupted at the first output of which this holds."""
    outputs: list[Output] = []
    for output in run(line, shell.context):
        outputs.append(output)
        if when(output):
            assert shell.context.interrupt()
    return outputs


def is_done(output: Output) -> bool:
    return isinstance(output, ExchangeEvent) and isinstance(output.event, Done)


def failure_of(outputs: list[Output]) -> Failure:
    assert isinstance(outputs[-1], Failure)
    return outputs[-1]


def test_a_file_of_lines_ends_where_its_answer_had_come(shell, tmp_path: Path) -> None:
    (tmp_path / "fast").write_text("get /ping -b\n" * 50)

    outputs = interrupted(shell, "source fast", is_done)

    assert sum(map(is_done, outputs)) == 1
    assert failure_of(outputs).exit_code == 130
    assert failure_of(outputs).error.place.line == 1


def test_an_interrupted_request_with_a_response_is_in_the_history(shell) -> None:
    outputs = interrupted(shell, "get /ping", is_done)

    assert isinstance(failure_of(outputs).error, Interrupted)
    assert "interrupted after 15 B" in failure_of(outputs).error.message
    assert shell.context.last is not None
    assert shell.context.cancel is None


@pytest.mark.parametrize("at", [1, 3], ids=["the first of them", "the last of them"])
def test_a_replay_that_was_interrupted_says_so(shell, tmp_path: Path, at: int) -> None:
    (tmp_path / "fast.http").write_text("### a\nGET /ping\n\n### b\nGET /ping\n\n### c\nGET /ping\n")
    seen: list[Output] = []

    def is_then(output: Output) -> bool:
        seen.append(output)
        return isinstance(output, TextOutput) and len([each for each in seen if isinstance(each, TextOutput)]) == at

    outputs = interrupted(shell, "replay fast.http", is_then)

    assert failure_of(outputs).exit_code == 130


def test_a_request_that_took_too_long_in_all_says_how_long(shell) -> None:
    said = shell.fail("get /slow?seconds=5 --total-timeout 200ms")

    assert re.fullmatch(r"Not finished after [\d.]+ m?s set option total-timeout SECONDS", said)


def interrupted_when(shell, line: str, is_busy: Callable[[], bool]) -> list[Output]:
    """The outputs of a line that another thread interrupts as soon as this holds."""
    is_over = threading.Event()

    def wait_and_interrupt() -> None:
        while not is_busy() and not is_over.wait(0.01):
            pass
        shell.context.interrupt()

    waiting = threading.Thread(target=wait_and_interrupt, name="waiting")
    waiting.start()
    outputs = list(run(line, shell.context))
    is_over.set()
    waiting.join()
    return outputs


def is_script_running() -> bool:
    return any(map(is_computing, engine_processes()))


@needs_proc
@pytest.mark.skipif(not quickjs_engine.has_javascript(), reason="the extra js is not installed")
def test_script_that_computes_is_interrupted(shell, tmp_path: Path) -> None:
    (tmp_path / "a.http").write_text("### a\n< {% while (true) {} %}\nGET /ping\n\n### b\nGET /ping\n")
    (tmp_path / "lines").write_text("replay a.http\nget /ping\n")

    outputs = interrupted_when(shell, "source lines", is_script_running)

    assert failure_of(outputs).exit_code == 130
    assert not [output for output in outputs if "longer than" in str(output)]
    assert shell.context.history.items() == []


def test_pause_of_a_replay_is_interrupted(shell, tmp_path: Path) -> None:
    (tmp_path / "a.http").write_text("### a\nGET /ping\n\n### b\n# @sleep 1000 s\nGET /ping\n")

    outputs = interrupted_when(shell, "replay a.http", lambda: bool(shell.context.history.items()))

    assert failure_of(outputs).exit_code == 130
    assert [record.is_complete for _, record in shell.context.history.items()] == [True, False]
