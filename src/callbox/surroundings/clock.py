"""The clock and the dice: the only places where time and randomness come from."""

from __future__ import annotations

import random
import secrets
import time

now = time.time
"""Seconds since the epoch."""

sleep = time.sleep
"""Wait for so many seconds."""

monotonic = time.perf_counter
"""Seconds on a clock that never goes back."""


def boundary() -> str:
    """A boundary for a multipart body: 32 hexadecimal digits that no sensible part contains."""
    return secrets.token_hex(16)


def dice() -> random.Random:
    """A source of random numbers, seeded by the system."""
    return random.Random(secrets.randbits(64))
