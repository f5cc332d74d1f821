"""A fault of our own in one line: that it is ours, what Python says of it, and how to see more."""

from __future__ import annotations

from callbox.errors import CallboxError


class OurFault(CallboxError):
    """callbox did something wrong; neither the user nor a server did."""

    exit_code = 4


def our_fault(error: Exception) -> OurFault:
    """What the user is told of an exception that nobody expected.

    >>> print(our_fault(ValueError("oops")))
    a fault of callbox itself: ValueError: oops
    """
    words = str(error).partition("\n")[0] or "no message"
    return OurFault(f"a fault of callbox itself: {type(error).__name__}: {words}", hint="--debug shows where")
