"""The clock and the random generator: the only sources of time and randomness."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

now = time.time
"""Returns the time in seconds of the epoch."""

sleep = time.sleep
"""Waits for a number of seconds."""

monotonic = time.perf_counter
"""Returns the seconds of a clock that never goes back."""


def boundary() -> str:
    """A boundary for a multipart body: 32 random hexadecimal digits."""
    return os.urandom(16).hex()


def random_generator() -> Random:
    """A source of random numbers, seeded by the system."""
    import random  # the import takes 5 ms, and only scripts need random numbers

    return random.Random(os.urandom(16))
