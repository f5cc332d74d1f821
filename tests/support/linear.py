"""Whether something takes time by the size of what it is given: processor time, so that a busy machine is no reason."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from time import process_time
from typing import TypeVar

from tests.support.hostile import time_limit

T = TypeVar("T")
FLOOR_S = 0.002
"""Less than this is taken for this: it is the clock that is measured."""
GIVE_UP_S = 10.0
SUSPICIOUS_RATIO = 12.0


def ratio(work: Callable[[T], object], small: T, large: T) -> float:
    """How many times as long the large one takes; what takes more than ten seconds is given up.

    On a busy machine a try may take twice its time: where the result is suspicious, more tries are made.
    """
    least_small, least_large = seconds(work, small, 3), seconds(work, large, 2)
    for _ in range(3):
        if least_large <= SUSPICIOUS_RATIO * max(least_small, FLOOR_S) or least_large >= GIVE_UP_S:
            break
        least_large = min(least_large, seconds(work, large, 2))
    return least_large / max(least_small, FLOOR_S)


def seconds(work: Callable[[T], object], given: T, tries: int = 1) -> float:
    """The least processor time of some tries."""
    best = GIVE_UP_S
    for _ in range(tries):
        begun = process_time()
        with suppress(TimeoutError), time_limit(GIVE_UP_S):
            work(given)
        best = min(best, process_time() - begun)
    return best
