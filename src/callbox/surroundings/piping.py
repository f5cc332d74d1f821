"""A line of the system's shell that is written to while other things happen: `get /x | less`."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Self


class Piping:
    """A running command. Ends with the block; its exit code is known then.

    A command that stops reading early (`| head -1`) is no error: `write` says that no more is wanted.
    """

    def __init__(self, line: str) -> None:
        self._line = line
        self._program: subprocess.Popen[bytes] | None = None
        self.code = 0
        """The exit code, once it has ended."""

    def __enter__(self) -> Self:
        self._program = subprocess.Popen(self._line, shell=True, stdin=subprocess.PIPE, bufsize=0)
        return self

    def write(self, data: bytes) -> bool:
        """Hand it more; False where it reads no more."""
        program = self._program
        if program is None or program.stdin is None:
            return False
        try:
            view = memoryview(data)
            while view:
                view = view[program.stdin.write(view) :]
        except BrokenPipeError:
            return False
        return True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        program = self._program
        if program is None:
            return
        if program.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                program.stdin.close()
        self.code = wait_for(program)


def run_line(line: str) -> int:
    """Run a line in the user's shell, on the terminal that is ours; returns its exit code."""
    return wait_for(subprocess.Popen(line, shell=True))


def capture_line(line: str) -> tuple[bytes, int]:
    """Run a line in the user's shell: what it prints, and its exit code. Ctrl-C ends it, and is raised here."""
    done = subprocess.run(line, shell=True, stdout=subprocess.PIPE, check=False)
    return done.stdout, done.returncode


def wait_for(program: subprocess.Popen[bytes]) -> int:
    """The exit code. Ctrl-C reaches the program, too, which decides for itself: a pager goes on, and so do we wait."""
    with _deaf():
        return program.wait()


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Ctrl-C does nothing here meanwhile. As an exception it may come when the program has just been waited for, and
    the exit code is lost with it: `wait`, asked again, says 0."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, lambda number, frame: None)  # not SIG_IGN, which children would inherit
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
