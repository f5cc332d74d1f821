"""The forms in which a program may give time-outs and TLS settings, read into options of the session."""

from __future__ import annotations

from typing import Any, NamedTuple


class Times(NamedTuple):
    """Seconds; None for no limit."""

    connect: float | None
    silence: float | None
    total: float | None = None


def times_of(value: Any) -> Times:
    """From a number (for both), (connect, silence), a Timeout of urllib3's, or None for no limit at all.

    Raises ValueError for another form, or for a time that is not more than nothing.

    >>> times_of((3.05, 27))
    Times(connect=3.05, silence=27, total=None)
    """
    if hasattr(value, "_connect"):
        total = _second(value.total)
        found = Times(_second(value._connect) or total, _second(value._read) or total, total)
    elif isinstance(value, (tuple, list)):
        if len(value) not in (2, 3):
            raise ValueError(f"Invalid timeout {value!r}: give (connect, silence), a number, or None")
        found = Times(*value)
    else:
        found = Times(value, value)
    for seconds in found:
        if seconds is None:
            continue
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
            raise ValueError(f"Invalid timeout {value!r}: seconds are a number")
        if seconds <= 0:
            raise ValueError(f"Invalid timeout {value!r}: it must be more than 0 seconds")
    return found


def _second(value: Any) -> float | None:
    # urllib3 has a marker of its own for "not said": no number.
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0 else None


def timeout_options(value: Any) -> dict[str, object]:
    """The options that these times are; the whole time only where it was said."""
    times = times_of(value)
    options: dict[str, object] = {"connect-timeout": times.connect, "timeout": times.silence}
    return {**options, "total-timeout": times.total} if times.total is not None else options


def verify_options(value: bool | str) -> dict[str, object]:
    """The options that `verify=` is: True keeps the session's CA file, False checks nothing, a path names one."""
    if isinstance(value, bool) or value is None:
        return {"verify": True} if value or value is None else {"verify": False, "ca": ""}
    return {"verify": True, "ca": str(value)}
