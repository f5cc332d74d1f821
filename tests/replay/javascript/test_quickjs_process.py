"""The process with the engine: what it does when a script does not end, uses too much memory, or ends the process."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from contextlib import suppress

import pytest
from tests.support.engine_processes import engine_processes, is_computing, needs_proc
from tests.support.hostile_scripts import HOSTILE_SCRIPTS, prelude

from callbox.replay.javascript.quickjs_engine import JavaScriptResult, find_syntax_error, run_javascript
from callbox.replay.javascript.script_input_and_result import SAY

LONG = (
    "thrown toString",
    "thrown stack",
    "error of the engine",
    "out of memory",
    "thenable getter",
    "rejected toString",
    "global toJSON",
    "global of doubled lists",
    "all at once",
)
"""Scripts that only the limit of the system ends, or that hide the error of the engine's limit."""


def stop_at_second_call() -> Callable[[], bool]:
    """A function that returns false once, and then true."""
    answers = iter([False])
    return lambda: next(answers, True)


@pytest.mark.parametrize("code", HOSTILE_SCRIPTS.values(), ids=HOSTILE_SCRIPTS)
def test_run_can_be_stopped_whatever_the_script_does(code: str) -> None:
    results: list[JavaScriptResult] = []
    with suppress(KeyboardInterrupt):
        results.append(run_javascript(prelude(), code, SAY, stop_at_second_call(), time_s=1_000))

    assert not results or len(results[0].error) < 30_000
    assert run_javascript("", "", "1").output == "1"


@pytest.mark.parametrize("name", LONG)
def test_limit_of_time_holds_whatever_the_script_does(name: str) -> None:
    assert run_javascript(prelude(), HOSTILE_SCRIPTS[name], SAY, time_s=0.05).error.startswith("it took longer than")


def test_results_until_a_timeout_are_returned() -> None:
    ran = run_javascript(prelude(), "client.log('a'); client.global.set('b', 1); while (1);", SAY, time_s=0.05)

    state = json.loads(ran.output)
    assert (state["logs"], state["globals"]) == (["a"], {"b": 1})


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("client.global.set('a', Array(1e6 + 1).fill([]))", id="lists"),
        pytest.param("client.global.set('a', Array(1e6 + 1).fill(1))", id="numbers"),
    ],
)
def test_result_of_too_many_values_is_an_error(code: str) -> None:
    assert run_javascript(prelude(), code, SAY) == ("", "it returns more than 1,000,000 values")


def test_commas_in_a_text_are_not_values() -> None:
    assert run_javascript(prelude(), r"client.global.set('a', '[,\\\",'.repeat(4e5))", SAY).error == ""


def test_long_error_keeps_its_start_and_its_stack() -> None:
    error = run_javascript("", "\n\nthrow new Error('x'.repeat(1e6))", "1").error

    assert error.startswith("Error: xxx")
    assert "<input>:3" in error
    assert len(error) < 30_000


@pytest.mark.parametrize(
    "code", [pytest.param("10n ** 5000n", id="digits"), pytest.param(r"'\ud800'", id="half of a surrogate pair")]
)
def test_value_that_python_cannot_read_is_no_error(code: str) -> None:
    assert run_javascript("", code, "1") == ("1", "")


def test_error_with_half_of_a_surrogate_pair_is_reported() -> None:
    assert run_javascript("", r"Promise.reject(new Error('\ud800'))", "1").error


def test_script_with_a_nul_is_an_error() -> None:
    assert "U+0000" in find_syntax_error("1; '\0'")


@needs_proc
def test_process_that_was_killed_is_replaced() -> None:
    run_javascript("", "", "1")
    for pid in engine_processes():
        os.kill(pid, signal.SIGKILL)

    assert {run_javascript("", "", "1").output for _ in range(3)} <= {"1", ""}
    assert run_javascript("", "", "1").output == "1"


@needs_proc
def test_process_that_a_script_ends_is_an_error() -> None:
    def kill() -> bool:
        for pid in engine_processes():
            if is_computing(pid):
                os.kill(pid, signal.SIGSEGV)
        return False

    error = run_javascript("", "while (1);", "1", kill).error

    assert error == "the process for JavaScript was ended by SIGSEGV"


def test_copy_of_the_process_starts_an_engine_of_its_own() -> None:
    run_javascript("", "", "1")
    pid = os.fork()
    if not pid:
        os._exit(run_javascript("", "", "7").output != "7")

    assert os.waitpid(pid, 0)[1] == 0
    assert run_javascript("", "", "1").output == "1"


def test_engine_cannot_open_files() -> None:
    assert "could not load module" in run_javascript("", f"import({json.dumps(__file__)})", "1").error
