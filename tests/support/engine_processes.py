"""The processes that run JavaScript for this process, as `/proc` shows them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from callbox.replay.javascript import quickjs_process

needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="no /proc here")


def engine_processes() -> list[int]:
    """The process ids."""
    children: list[str] = []
    for path in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):  # a thread may end meanwhile
            children += path.read_text().split()
    return [int(pid) for pid in children if quickjs_process.__file__ in _words(pid)]


def _words(pid: str) -> list[str]:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return []


def is_computing(pid: int) -> bool:
    """Whether a process uses the processor now."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "R"
    except OSError:
        return False
