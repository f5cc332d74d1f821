"""Pipes whose readers do not read. The commands send Ctrl-C to this process themselves, so nothing is timed.

Such a process is a Python of its own: a signal may arrive late, when the worker of the tests has its own handler again. The commands
pause between two signals: Python nests a handler in itself if the next signal comes before the handler has ended.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from callbox.errors import Fault
from callbox.system.child_processes_and_editor import PipedCommand, PipeWriter

LARGE = b"x" * 1_000_000

PROCESS = """
import signal, sys
from callbox.errors import Interrupted
from callbox.system.child_processes_and_editor import PipedCommand

came = []
signal.signal(signal.SIGINT, lambda number, frame: came.append(number))  # as the shell's, it cancels and does not raise
is_interrupted = False
pipe = PipedCommand(sys.argv[1])
try:
    with pipe:
        pipe.write(b"x" * int(sys.argv[2]))
except Interrupted:
    is_interrupted = True
print(pipe.code, is_interrupted, bool(came))
"""
"""Writes as many bytes to a command. Prints its exit code, whether the write was interrupted, whether Ctrl-C came."""


def write_to(command: str, size: int = 1) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROCESS, command, str(size)], stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout.split()


def test_ctrl_c_ends_a_write_that_nobody_reads() -> None:
    assert write_to("while :; do kill -INT $PPID; sleep 0.01; done", len(LARGE)) == [
        str(-signal.SIGTERM),
        "True",
        "True",
    ]


def test_ctrl_c_is_left_alone_where_the_reader_reads() -> None:
    assert write_to("kill -INT $PPID; cat > /dev/null; exit 3", len(LARGE)) == ["3", "False", "True"]


def write_at_once(command: PipedCommand) -> None:
    with command as pipe:
        pipe.give_up_after(0.0)
        pipe.write(LARGE)


def test_a_command_that_does_not_read_in_time_is_ended() -> None:
    pipe = PipedCommand("exec sleep 1000")
    with pytest.raises(Fault) as raised:
        write_at_once(pipe)

    assert raised.value.kind == "total-timeout"
    assert pipe.code == -signal.SIGTERM


def test_a_command_that_ignores_ctrl_c_is_ended_by_the_third() -> None:
    command = "trap '' INT; cat > /dev/null; while :; do kill -INT $PPID; sleep 0.01; done"

    assert write_to(command)[0] == str(-signal.SIGTERM)


def test_a_command_that_ignores_sigterm_too_is_killed() -> None:
    command = "trap '' INT TERM; cat > /dev/null; while :; do kill -INT $PPID; sleep 0.01; done"

    assert write_to(command)[0] == str(-signal.SIGKILL)


def test_the_handler_of_before_is_put_back() -> None:
    before = signal.getsignal(signal.SIGINT)

    with PipedCommand("cat > /dev/null") as pipe:
        pipe.write(b"x")

    assert signal.getsignal(signal.SIGINT) is before


def test_a_reader_that_has_gone_wants_no_more() -> None:
    reader, writer = os.pipe()
    os.close(reader)

    with PipeWriter(writer) as pipe:
        assert not pipe.write(b"x")
    os.close(writer)
