"""Format sizes and durations for people."""

from __future__ import annotations

_UNITS = ("kB", "MB", "GB", "TB", "PB", "EB")


def size(count: int) -> str:
    """A number of bytes in decimal units, with two or three digits.

    >>> size(512), size(3100), size(49_900_000), size(999_960)
    ('512 B', '3.1 kB', '49.9 MB', '1.0 MB')
    """
    if count < 1000:
        return f"{count} B"
    value, unit = count / 1000, 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.1f} {_UNITS[unit]}" if value < 99.95 else f"{value:,.0f} {_UNITS[unit]}"


def duration(seconds: float) -> str:
    """A number of seconds in a suitable unit.

    >>> duration(0.142), duration(2.1), duration(0.0012), duration(0.00006), duration(125)
    ('142 ms', '2.1 s', '1.2 ms', '0.06 ms', '2 min 5 s')
    """
    if 0 < seconds < 0.000995:
        return f"{seconds * 1000:.2f} ms"
    if seconds < 0.00995:
        return f"{max(seconds, 0.0) * 1000:.1f} ms"
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
