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


def left_of(value: Any, passed: float) -> Any:
    """The same time-out when so many seconds of its whole time have passed; as it is where it has none.

    >>> left_of((3.05, 27, 10), 4.0), left_of(5, 4.0)
    (Times(connect=3.05, silence=27, total=6.0), 5)
    """
    if not hasattr(value, "_connect") and not (isinstance(value, (tuple, list)) and len(value) == 3):
        return value  # whether it is a time at all, the adapter judges: it may be a program's own
    times = times_of(value)
    if times.total is None:
        return value
    total = max(times.total - passed, 0.001)
    if hasattr(value, "_connect"):
        return type(value)(total=total, connect=value._connect, read=value._read)
    return times._replace(total=total)


def _second(value: Any) -> float | None:
    # urllib3 has a marker of its own for "not said": no number.
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0 else None


def timeout_options(value: Any) -> dict[str, object]:
    """The options that these times are; the whole time only where it was said."""
    times = times_of(value)
    options: dict[str, object] = {"connect-timeout": times.connect, "timeout": times.silence}
    return {**options, "total-timeout": times.total} if times.total is not None else options


def verify_options(value: Any) -> dict[str, object]:
    """The options that `verify=` is: True checks with the usual CA files, False nothing, a path names one.

    None and an empty path are as True: what somebody forgot to fill in must not switch checking off.

    >>> [verify_options(v) for v in (None, 0, "/ca.pem")]
    [{'verify': True, 'ca': ''}, {'verify': False, 'ca': ''}, {'verify': True, 'ca': '/ca.pem'}]
    """
    if value is None or isinstance(value, int):
        return {"verify": value is None or bool(value), "ca": ""}
    return {"verify": True, "ca": str(value)}
