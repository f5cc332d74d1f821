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


def ratio(work: Callable[[T], object], small: T, large: T) -> float:
    """How many times as long the large one takes; what takes more than ten seconds is given up."""
    return seconds(work, large, 2) / max(seconds(work, small, 3), FLOOR_S)


def seconds(work: Callable[[T], object], given: T, tries: int = 1) -> float:
    """The least processor time of some tries."""
    best = GIVE_UP_S
    for _ in range(tries):
        begun = process_time()
        with suppress(TimeoutError), time_limit(GIVE_UP_S):
            work(given)
        best = min(best, process_time() - begun)
    return best
