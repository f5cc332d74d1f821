"""Run in our own foreground process group, so that Ctrl-C does not reach the program that started us.

Ctrl-C cancels a request and does not end the shell. A `make` or a script that started us would receive it too and fail
when the shell ends. So the shell moves to a process group of its own, as the jobs of a login shell do. Started directly
by a login shell, it already has one.
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
    """While the block runs, Ctrl-C and Ctrl-Z reach only this process and its children.

    Ctrl-Z still suspends the program that started us: the login shell knows only that job.
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
    """This process, inside or outside the group that it was started in."""

    def __init__(self, group: int) -> None:
        self._group = group

    def enter_own_group(self) -> None:
        """Move into a separate process group, in the foreground of the terminal."""
        _join_foreground(0)

    def return_to_first_group(self) -> None:
        """Return to the first group and give the terminal back to it. The group may have ended."""
        _join_foreground(self._group)

    def suspend(self, number: int, frame: FrameType | None) -> None:
        """Ctrl-Z: stop together with the first group, and continue when it does. Children in our group stop too."""
        modes = termios.tcgetattr(_TERMINAL)
        self.return_to_first_group()
        signal.signal(number, signal.SIG_DFL)
        with contextlib.suppress(OSError):
            os.killpg(self._group, number)
        # From here on the process has been continued.
        signal.signal(number, self.suspend)
        if _is_foreground(self._group):
            self.enter_own_group()
            termios.tcsetattr(_TERMINAL, termios.TCSADRAIN, modes)  # the login shell had its own settings in between
            os.killpg(os.getpgrp(), signal.SIGCONT)


def _is_foreground(group: int) -> bool:
    """Whether the terminal is this group's; False if there is no terminal."""
    try:
        return os.tcgetpgrp(_TERMINAL) == group
    except OSError:
        return False


def _join_foreground(group: int) -> None:
    """Join a group (0: a new one) and give it the terminal. SIGTTOU would stop a process in the background here."""
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        with contextlib.suppress(OSError):
            os.setpgid(0, group)
            os.tcsetpgrp(_TERMINAL, os.getpgrp())
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
