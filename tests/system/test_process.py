"""Commands of the system's shell."""

from __future__ import annotations

from callbox.system.process import run_line


def test_ctrl_c_loses_no_exit_code() -> None:
    # What interrupts us and ends at once: the signal and the end of the program come together.
    codes = [run_line("sleep 0.05; kill -INT $PPID; exit 3") for _ in range(20)]

    assert codes == [3] * 20
