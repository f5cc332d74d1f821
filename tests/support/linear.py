"""Whether something takes time by the size of what it is given: processor time, so that a busy machine is no reason."""

from __future__ import annotations

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

    For eight times the size a sensible `most` is between 16 and 40: less fails by chance, more finds nothing quadratic.
    """
    least_small = min(seconds(work, small), seconds(work, small))
    least_large = GIVE_UP_S
    for _ in range(TRIES):
        least_large = min(least_large, seconds(work, large))
        if least_large < most * max(least_small, FLOOR_S):
            return
        if least_large >= GIVE_UP_S:
            break
    raise AssertionError(f"{least_large:.4f} s for the large one, {least_small:.4f} s for the small one")


def seconds(work: Callable[[T], object], given: T) -> float:
    """The processor time of one try: of this thread, since that of the process is coarse while a time limit runs."""
    begun = thread_time()
    with suppress(TimeoutError), time_limit(GIVE_UP_S):
        work(given)
    return thread_time() - begun
