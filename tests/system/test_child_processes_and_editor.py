"""Commands of the system's shell."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from callbox.errors import CallboxError
from callbox.system.child_processes_and_editor import PipedCommand, capture_line, run_line

INTERRUPTED = """
import signal
from callbox.system.child_processes_and_editor import run_line

signal.signal(signal.SIGINT, lambda number, frame: None)
for _ in range(20):
    print(run_line("sleep 0.05; kill -INT $PPID; exit 3"))
"""


def test_ctrl_c_loses_no_exit_code() -> None:
    # What interrupts us and ends at once: the signal and the end of the program come together.
    # A Python of its own runs it, so that a signal that arrives late meets no handler of the tests.
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], stdout=subprocess.PIPE, text=True, check=True)

    assert done.stdout.split() == ["3"] * 20


def _enter(line: str) -> object:
    return PipedCommand(line).__enter__()


@pytest.mark.parametrize("start", [run_line, capture_line, _enter])
def test_a_command_that_cannot_be_started_is_named(
    start: Callable[[str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", refused)
    with pytest.raises(CallboxError, match="Cannot run 'sort -u': resource temporarily unavailable"):
        start("sort -u")
