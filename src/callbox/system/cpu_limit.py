"""A limit of CPU time for regular expressions and queries that a file applies to a server's text."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator

TIME_S = 5.0
HURRIED_S = 0.5
_most_s = [TIME_S]


class OutOfTime(BaseException):
    """The time limit of `hurried` has passed."""


@contextlib.contextmanager
def hurried() -> Iterator[None]:
    """Limit the block, and all limits within it, to a short time. Raises `OutOfTime`."""
    _most_s[0] = HURRIED_S
    try:
        with limited(OutOfTime()):
            yield
    finally:
        _most_s[0] = TIME_S


@contextlib.contextmanager
def limited(error: BaseException, seconds: float = TIME_S) -> Iterator[None]:
    """Raise `error` in a block that takes more CPU time; `re` checks for signals while it works.

    Does nothing outside the main thread, since only that gets signals, and on systems without such a timer.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "SIGVTALRM"):
        yield
        return

    def stop(_number: int, _frame: object) -> None:
        raise OutOfTime if _most_s[0] < TIME_S else error

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, min(seconds, _most_s[0]))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
