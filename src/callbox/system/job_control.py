"""Run in a separate foreground process group, so that Ctrl-C does not reach the program that started callbox.

Ctrl-C cancels a request and does not end the shell. A `make` or a script that started callbox would receive it, too,
and would fail when the shell ends. So the shell moves to a process group of its own, as the jobs of a login shell do.
If a login shell started callbox directly, it already has its own group.
"""

from __future__ import annotations

import contextlib
import os
import signal
import termios
from collections.abc import Iterator
from types import FrameType

_TERMINAL = 0
"""The standard input, which the prompt reads."""


@contextlib.contextmanager
def own_foreground() -> Iterator[None]:
    """A block in which Ctrl-C and Ctrl-Z reach only this process and its children.

    Ctrl-Z still suspends the program that started callbox, because the login shell knows only that job.
    """
    group = os.getpgrp()
    if group == os.getpid() or not _is_foreground(group):
        yield
        return
    job = _Job(group)
    before = signal.signal(signal.SIGTSTP, job.suspend)
    job.enter_own_group()
    try:
        yield
    finally:
        job.return_to_first_group()
        signal.signal(signal.SIGTSTP, before)


class _Job:
    """This process, inside or outside of the group in which it was started."""

    def __init__(self, group: int) -> None:
        self._group = group

    def enter_own_group(self) -> None:
        """Move into a separate process group, in the foreground of the terminal."""
        _join_foreground(0)

    def return_to_first_group(self) -> None:
        """Return to the first group and give the terminal back to that group, which may have ended."""
        _join_foreground(self._group)

    def suspend(self, number: int, frame: FrameType | None) -> None:
        """Handle Ctrl-Z: stop together with the first group, and continue when it continues.

        Children in this group stop, too.
        """
        modes = termios.tcgetattr(_TERMINAL)
        self.return_to_first_group()
        signal.signal(number, signal.SIG_DFL)
        with contextlib.suppress(OSError):
            os.killpg(self._group, number)
        # The process continues from here.
        signal.signal(number, self.suspend)
        if _is_foreground(self._group):
            self.enter_own_group()
            termios.tcsetattr(_TERMINAL, termios.TCSADRAIN, modes)  # the login shell used its own settings meanwhile
            os.killpg(os.getpgrp(), signal.SIGCONT)


def _is_foreground(group: int) -> bool:
    """Whether the terminal belongs to this group; False if there is no terminal."""
    try:
        return os.tcgetpgrp(_TERMINAL) == group
    except OSError:
        return False


def _join_foreground(group: int) -> None:
    """Join a group (0: a new one) and give it the terminal.

    SIGTTOU must not stop this process while it is in the background.
    """
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        with contextlib.suppress(OSError):
            os.setpgid(0, group)
            os.tcsetpgrp(_TERMINAL, os.getpgrp())
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
