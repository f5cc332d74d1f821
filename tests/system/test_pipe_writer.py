"""Pipes whose readers do not read. The commands send Ctrl-C to this process themselves, so nothing is timed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from callbox.errors import Fault, Interrupted
from callbox.system.process import PipedCommand, PipeWriter

LARGE = b"x" * 1_000_000


@pytest.fixture
def interrupts() -> Iterator[list[int]]:
    """The signals that the handler that was there before is given: as the shell's, it cancels and does not raise."""
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    yield came
    signal.signal(signal.SIGINT, before)


def write_all(command: PipedCommand, data: bytes, seconds: float = 1000.0) -> None:
    with command as pipe:
        pipe.give_up_after(seconds)
        pipe.write(data)


def test_ctrl_c_ends_a_write_that_nobody_reads(interrupts: list[int]) -> None:
    with pytest.raises(Interrupted):
        write_all(PipedCommand("while :; do kill -INT $PPID; done"), LARGE)

    assert interrupts


def test_ctrl_c_is_left_alone_where_the_reader_reads(interrupts: list[int]) -> None:
    with PipedCommand("kill -INT $PPID; cat > /dev/null; exit 3") as pipe:
        assert pipe.write(LARGE)

    assert pipe.code == 3


def test_a_command_that_does_not_read_in_time_is_ended() -> None:
    pipe = PipedCommand("exec sleep 1000")
    with pytest.raises(Fault) as raised:
        write_all(pipe, LARGE, seconds=0.0)

    assert raised.value.kind == "total-timeout"
    assert pipe.code == -signal.SIGTERM


def test_a_command_that_ignores_ctrl_c_is_ended_by_the_third(interrupts: list[int]) -> None:
    with PipedCommand("trap '' INT; cat > /dev/null; while :; do kill -INT $PPID; done") as pipe:
        pipe.write(b"x")

    assert pipe.code == -signal.SIGTERM


def test_a_command_that_ignores_sigterm_too_is_killed(interrupts: list[int]) -> None:
    with PipedCommand("trap '' INT TERM; cat > /dev/null; while :; do kill -INT $PPID; done") as pipe:
        pipe.write(b"x")

    assert pipe.code == -signal.SIGKILL


def test_the_handler_of_before_is_put_back(interrupts: list[int]) -> None:
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
