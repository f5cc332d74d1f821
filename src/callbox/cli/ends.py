"""The ends of the process: whether a person is there."""

from __future__ import annotations

import os


def is_terminal(number: int) -> bool:
    """Whether a person is at this end of the process; False for what is closed."""
    try:
        return os.isatty(number)
    except OSError:
        return False
