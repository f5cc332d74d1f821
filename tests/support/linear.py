"""Whether something takes time by the size of what it is given: processor time, so that a busy machine is not a reason."""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextlib import suppress
from time import thread_time
from typing import TypeVar

from tests.support.hostile import time_limit

T = TypeVar("T")
FLOOR_S = 0.0005
"""Less than this is taken for this: it is the clock that is measured."""
GIVE_UP_S = 5.0
"""A try that takes longer is ended; no machine takes so long for what is linear."""
TRIES = 6
"""On a busy machine a try may take several times its time, so the least of some tries counts."""


def assert_linear(work: Callable[[T], object], small: T, large: T, *, most: float) -> None:
    """Fail if the large one takes at least `most` times as long as the small one.

    A sensible `most` is about three times what is expected: 22 to 30 for eight times the size, 35 for ten times. What
    is quadratic takes 64 and 100 times as long. A part of it that is quadratic is found as well with 22 at half the
    size as with 30.
    """
    least_small, least_large = seconds(work, small), GIVE_UP_S
    for _ in range(TRIES):  # by turns, so that both meet the machine in the same state
        least_small = min(least_small, seconds(work, small))
        least_large = min(least_large, seconds(work, large))
        if least_large < most * max(least_small, FLOOR_S):
            return
        if least_large >= GIVE_UP_S:
            break
    raise AssertionError(f"{least_large:.4f} s for the large one, {least_small:.4f} s for the small one")


def assert_brief(work: Callable[[], object]) -> None:
    """Fail if it takes seconds, twice: for what takes a tenth of a second, and minutes where it goes wrong."""
    if all(seconds(lambda _: work(), None) >= GIVE_UP_S for _ in range(2)):
        raise AssertionError(f"it takes {GIVE_UP_S:.0f} s or more")


def seconds(work: Callable[[T], object], given: T) -> float:
    """The processor time of one try: of this thread, since that of the process is coarse while a time limit runs.

    The garbage collector is off: its time depends on all that the tests before have left, not on what is given.
    """
    gc.disable()
    begun = thread_time()
    try:
        with suppress(TimeoutError), time_limit(GIVE_UP_S):
            work(given)
        return thread_time() - begun
    finally:
        gc.enable()
