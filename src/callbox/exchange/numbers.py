"""Bring numbers from files, servers and typed lines into a range that clocks and floats can hold."""

from __future__ import annotations

import math

from callbox.errors import UsageError

MAX_SECONDS = 30 * 86_400.0
"""A time-out has to fit into the clocks of every system."""
MAX_TEXT = "30 days"


def check_seconds(seconds: float, text: str) -> float:
    """The seconds as they are. Raises `UsageError` for what nothing can wait for; `text` is how they were written.

    >>> check_seconds(1.5, "1.5 s")
    1.5
    """
    if 0 <= seconds <= MAX_SECONDS:
        return seconds
    raise UsageError(f"'{text}' is no time to wait for", hint=f"from 0 to {MAX_TEXT}")


def to_float(value: float) -> float:
    """The number as a float; a whole number beyond its range is infinite, as `1e400` is.

    >>> to_float(5), to_float(-(10**400))
    (5.0, -inf)
    """
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
