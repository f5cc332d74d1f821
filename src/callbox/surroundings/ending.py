"""How a program that was run has ended, in words."""

from __future__ import annotations

import signal

_INTERRUPTED = (-signal.SIGINT, 128 + signal.SIGINT)


def ending(code: int) -> str:
    """The end that an exit code tells of; a negative one is that of a signal.

    >>> ending(3), ending(-2), ending(-15)
    ('failed with exit code 3', 'was interrupted', 'was ended by SIGTERM')
    """
    if code in _INTERRUPTED:
        return "was interrupted"
    if code > 0:
        return f"failed with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
