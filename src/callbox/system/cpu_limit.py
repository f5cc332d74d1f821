"""A limit on CPU time for regular expressions and queries that a file applies to a server's text.

Other threads pass such work to the main thread (`system.threads`), because only the main thread gets signals.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator

TIME_S = 5.0
HURRIED_S = 0.5
_most_s = [TIME_S]
_is_limited = [False]


def is_limited_now() -> bool:
    """Whether the main thread is in a limited computation, which an exception may end."""
    return _is_limited[0]


class OutOfTime(BaseException):
    """Raised when the time limit of `hurried` has passed."""


@contextlib.contextmanager
def hurried() -> Iterator[None]:
    """A block with a short time limit, which also applies to all limits inside it. Raises `OutOfTime`."""
    _most_s[0] = HURRIED_S
    try:
        with limited(OutOfTime()):
            yield
    finally:
        _most_s[0] = TIME_S


@contextlib.contextmanager
def limited(error: BaseException, seconds: float = TIME_S) -> Iterator[None]:
    """Raise `error` in the block if the block takes more CPU time than `seconds`. This also ends a slow match of `re`.

    There is no limit outside of the main thread, because only the main thread gets signals. There is also no limit on a
    system without this timer.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "SIGVTALRM"):
        yield
        return

    def stop(_number: int, _frame: object) -> None:
        raise OutOfTime if _most_s[0] < TIME_S else error

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, min(seconds, _most_s[0]))
    _is_limited[0] = True
    try:
        yield
    finally:
        _is_limited[0] = False
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
