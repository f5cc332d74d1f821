"""Scripts that try not to end: the deadline, SIGTERM and Ctrl-C end the run. This takes minutes: `make attack`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.hostile_scripts import HOSTILE_SCRIPTS, prelude
from tests.support.processes import TIMEOUT_S, Callbox
from tests.support.server import Recorder, make_response

from callbox.replay.javascript.quickjs_engine import run_javascript
from callbox.replay.javascript.script_input_and_result import SAY

pytestmark = [
    pytest.mark.skipif("FULL_SIZE" not in os.environ, reason="takes minutes: make attack"),
    pytest.mark.parametrize("code", HOSTILE_SCRIPTS.values(), ids=HOSTILE_SCRIPTS),
]

MOST_S = 15.0
"""The most time from a deadline or a signal to the end of the run. Usually it is less than a second."""


@pytest.fixture
def server() -> Iterator[Recorder]:
    with Recorder(lambda request: make_response()) as server:
        yield server


def begin(folder: Path, server: Recorder, code: str, *words: str) -> Callbox:
    (folder / "a.http").write_text(f"GET {server.url}/a\n\n> {{%\n{code}\n%}}\n", "utf-8")
    command = ("replay", "a.http", "--report-json", "r.json", *words)
    return Callbox(*command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def outcome(folder: Path) -> str:
    report = json.loads((folder / "r.json").read_text("utf-8"))
    return str(report["files"][0]["results"][0]["outcome"])


def test_deadline_ends_the_run(tmp_path: Path, server: Recorder, code: str) -> None:
    begun = time.monotonic()
    with begin(tmp_path, server, code, "--deadline", "3s") as process:
        output, _ = process.communicate(timeout=TIMEOUT_S)

    assert time.monotonic() - begun < 3 + MOST_S
    assert process.returncode in (0, 1, 3), output
    assert (outcome(tmp_path) == "error") == (process.returncode == 3)
    assert "Traceback" not in output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_signal_ends_the_run(tmp_path: Path, server: Recorder, code: str, number: int) -> None:
    with begin(tmp_path, server, code) as process:
        while not server.seen and process.poll() is None:
            time.sleep(0.01)
        time.sleep(1)
        process.send_signal(number)
        sent = time.monotonic()
        output, _ = process.communicate(timeout=TIMEOUT_S)

    assert time.monotonic() - sent < MOST_S
    assert process.returncode in (0, 1, 130), output
    assert (outcome(tmp_path) == "error") == (process.returncode == 130)
    assert "Traceback" not in output


def test_limit_of_time_ends_the_script(code: str) -> None:
    before = time.monotonic()
    run_javascript(prelude(), code, SAY)

    assert time.monotonic() - before < 5 + MOST_S
    assert run_javascript("", "", "1").output == "1"
