"""Whom callbox is measured beside, and how a program stands on a terminal of the bench.

The peers have an environment of their own, `.venv/peers` (`make bench` makes it; PEERS names another), since http-prompt
wants a prompt_toolkit of long ago. Where it is missing they are left out.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PEERS = Path(os.environ.get("PEERS") or ROOT / ".venv" / "peers") / "bin"
CALLBOX = str(Path(sys.executable).with_name("callbox"))
"""The command as it is installed: `python -m` would add 5 ms of its own."""
COLUMNS, ROWS = 100, 30
LIMIT_S = 60.0
_WHERE = b"\x1b[6n"
"""The question where the cursor is. Who gets no answer waits for one; on the last row, is the answer."""


def peer(name: str) -> str:
    """The path of a peer's command; empty where it is not installed."""
    return str(PEERS / name) if (PEERS / name).exists() else ""


class Piece(NamedTuple):
    """What came at once, and when."""

    at: float
    data: bytes


class Shell:
    """A program on a terminal of its own; all it wrote is kept with its times."""

    def __init__(self, words: Sequence[str]) -> None:
        self._main, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.started = time.perf_counter()
        self.process = subprocess.Popen(words, stdin=other, stdout=other, stderr=other, start_new_session=True)
        os.close(other)
        self.pieces: list[Piece] = []

    def __enter__(self) -> Shell:
        return self

    def __exit__(self, *error: object) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self._main)

    def send(self, keys: str) -> float:
        """Press keys; returns when. What was written until now is forgotten."""
        self.pieces = []
        now = time.perf_counter()
        os.write(self._main, keys.encode())
        return now

    def read(self, patience_s: float) -> bytes:
        """One piece of what it writes; empty where there is none for so long."""
        ready, _, _ = select.select([self._main], [], [], patience_s)
        try:
            data = os.read(self._main, 1 << 16) if ready else b""
        except OSError:  # it has ended
            data = b""
        if data:
            self.pieces.append(Piece(time.perf_counter(), data))
        if _WHERE in data:
            os.write(self._main, f"\x1b[{ROWS};1R".encode())
        return data

    def until(self, holds: Callable[[bytes], bool]) -> float:
        """When that held of all it wrote since the last key."""
        seen = b""
        while not holds(seen):
            piece = self.read(LIMIT_S)
            if not piece:
                raise TimeoutError(f"never came; last: {seen[-300:]!r}")
            seen += piece
        return self.pieces[-1].at

    def see(self, text: str) -> float:
        """When this had been written."""
        wanted = text.encode()
        return self.until(lambda seen: wanted in seen)

    def settle(self, quiet_s: float = 0.3) -> None:
        """Wait until nothing has been written for a while."""
        while self.read(quiet_s):
            pass

    def memory(self, name: str) -> int:
        """`VmRSS` or `VmHWM` of the program, in bytes; 0 where the system does not tell."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text()
        except OSError:
            return 0
        lines = (line.split() for line in status.splitlines())
        return next((int(words[1]) * 1024 for words in lines if words[0] == f"{name}:"), 0)
