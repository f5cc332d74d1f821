"""Charts made of characters: progress bars, sparklines, histograms, the phases of an exchange, a summary of
repeated sends.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from callbox.exchange.response import PHASES, Connection, Timings
from callbox.render.ansi_and_sanitiser import visible_line
from callbox.render.sizes_and_durations import duration, size
from callbox.render.style import Fragments, status_style
from callbox.render.tables_and_text_width import wrap

_ON_NEW = ("dns", "connect", "tls")
_LABEL = 10
_NUMBER = 8
_MAX_PHASE_BAR = 60
_NOTEWORTHY_S = 0.001


def bars(
    timings: Timings, connection: Connection | None = None, *, width: int = 80, is_unicode: bool = True
) -> Fragments:
    """A line with a bar for each phase at its position in time, and then the total and the connection.

    >>> from callbox.render.ansi_and_sanitiser import plain
    >>> print(plain(bars(Timings(wait=0.075, transfer=0.025, total=0.1), width=40, is_unicode=False)), end="")
    wait         75 ms  ###############
    transfer     25 ms                 #####
    total       100 ms  ####################
    """
    spans = [(phase, float(getattr(timings, phase))) for phase in PHASES]
    total = max(timings.total, sum(spent for _, spent in spans))
    column = max(_NUMBER, *(len(duration(spent)) for _, spent in [*spans, ("", timings.total)]))
    room = max(min(width - _LABEL - column - 2, _MAX_PHASE_BAR), 4)
    out: Fragments = []
    start = 0.0
    for phase, spent in spans:
        if _is_shown(phase, spent):
            out += _line(phase, f"{duration(spent):>{column}}", _bar(start, spent, total, room, is_unicode), "bar")
        start += spent
    out += _line(
        "total", f"{duration(timings.total):>{column}}", _bar(0.0, total, total, room, is_unicode), "bar.total"
    )
    return out + wrap(connection_line(connection), width, 2) if connection else out


def _is_shown(phase: str, spent: float) -> bool:
    """Whether a phase is shown. Waiting and transfer always are; a missing phase and a short write are not."""
    if phase == "send":
        return spent >= _NOTEWORTHY_S
    return spent > 0 or phase not in _ON_NEW


def _line(label: str, number: str, bar: str, style: str) -> Fragments:
    return [("", f"{label:<{_LABEL}}{number}  "), (style, bar), ("", "\n")]


def _bar(start: float, spent: float, total: float, room: int, is_unicode: bool) -> str:
    """Blanks up to the start, and then at least one mark. Both ends are rounded so that neighbours meet."""
    if total <= 0:
        return ""
    begin = min(round(start / total * room), room - 1)
    end = max(round((start + spent) / total * room), begin + 1)
    return " " * begin + ("\u2588" if is_unicode else "#") * (end - begin)


def connection_line(connection: Connection) -> Fragments:
    """The number of the connection, its addresses, and whether it was reused.

    >>> connection_line(Connection(4, True, "127.0.0.1:80", 50000, requests=3))[0][1]
    'connection 4 reused, request 3 on it, to 127.0.0.1:80 from port 50000'
    """
    state = f"reused, request {connection.requests} on it" if connection.is_reused else "new"
    tls = f", {visible_line(connection.tls)}" if connection.tls else ""
    peer = visible_line(connection.peer)
    where = f"to {peer} from port {connection.local_port}"
    out: Fragments = [("connection", f"connection {connection.number} {state}, {where}{tls}")]
    if connection.tls and not connection.is_verified:
        out += [("", " "), ("insecure", "not verified")]
    return [*out, ("", "\n")]


_BLOCKS = "▁▂▃▄▅▆▇█"
_LEVELS = "_.-=+*%#"
_MAX_BAR = 30
_MIN_BAR = 6
_MAX_BINS = 10
_MIN_PHASE_S = 0.001
_SPARKS = 60


def progress(
    received: int,
    total: int | None,
    seconds: float,
    *,
    begun: int = 0,
    width: int = 80,
    is_unicode: bool = True,
    verb: str = "",
) -> str:
    """The progress of a transfer in one line of at most `width` columns: bar, bytes, rate and remaining time.

    `begun` is the number of bytes that were received before the clock started.

    >>> progress(2000, 4000, 2.0, width=60, is_unicode=False)
    '#########.......... 2.0 kB of 4.0 kB, 1.0 kB/s, 2.0 s left'
    """
    rate = (received - begun) / max(seconds, _MIN_PHASE_S)
    left = f", {duration((total - received) / rate)} left" if total and rate and total > received else ""
    text = f"{verb}{size(received)}{f' of {size(total)}' if total else ''}, {size(round(rate))}/s{left}"
    room = min(_MAX_BAR, width - len(text) - 3)
    if not total or room < _MIN_BAR:
        return text[: max(width, 1)]
    filled = min(room, received * room // total)
    mark, blank = ("█", "░") if is_unicode else ("#", ".")
    return f"{mark * filled}{blank * (room - filled)} {text}"


def sparkline(values: Sequence[float], *, width: int = _SPARKS, is_unicode: bool = True) -> str:
    """One character for each value, whose height shows the value. Many values are averaged in groups.

    >>> sparkline([1, 2, 3, 8]), sparkline([1, 8], is_unicode=False), sparkline([])
    ('▁▂▃█', '_#', '')
    """
    if not values:
        return ""
    shown = _average_down(values, max(width, 1))
    low, high = min(shown), max(shown)
    steps = _BLOCKS if is_unicode else _LEVELS
    scale = (len(steps) - 1) / (high - low) if high > low else 0.0
    return "".join(steps[round((value - low) * scale)] for value in shown)


def _average_down(values: Sequence[float], most: int) -> list[float]:
    if len(values) <= most:
        return list(values)
    edges = [position * len(values) // most for position in range(most + 1)]
    return [sum(values[a:b]) / (b - a) for a, b in pairwise(edges)]


def percentile(values: Sequence[float], percent: float) -> float:
    """The percentile by the nearest rank: the smallest value such that at least this percentage of the values is not
    above it.

    >>> percentile([5, 1, 4, 2, 3], 50), percentile([1, 2, 3, 4], 95)
    (3, 4)
    """
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def histogram(seconds: Sequence[float], *, width: int = 80, is_unicode: bool = True) -> Fragments:
    """A histogram of durations: a line for each span of time, with a bar for the number of durations in the span.

    >>> from callbox.render.ansi_and_sanitiser import plain
    >>> print(plain(histogram([0.01, 0.01, 0.02], width=40, is_unicode=False)), end="")
     10 ms  2  ############################
     15 ms  1  ##############
    """
    if not seconds:
        return []
    low, high = min(seconds), max(seconds)
    bins = 1 if high == low else min(_MAX_BINS, max(2, math.ceil(math.sqrt(len(seconds)))))
    span = (high - low) / bins
    counts = [0] * bins
    for value in seconds:
        counts[min(bins - 1, int((value - low) / span) if span else 0)] += 1
    labels = [duration(low + span * position) for position in range(bins)]
    column, digits = max(map(len, labels)), len(str(max(counts)))
    room = max(_MIN_BAR, min(width - column - digits - 6, 60))
    out: Fragments = []
    for label, count in zip(labels, counts, strict=True):
        bar = ("█" if is_unicode else "#") * (max(1, round(count / max(counts) * room)) if count else 0)
        out += [("dim", f" {label:>{column}}"), ("", f"  {count:>{digits}}  "), ("bar", bar), ("", "\n")]
    return out


class RepeatSummary(NamedTuple):
    """The results of repeated sends."""

    seconds: list[float]
    statuses: Counter[int]
    faults: Counter[str]
    connections: set[int]


def repeat_summary(summary: RepeatSummary, width: int, is_unicode: bool) -> Fragments:
    """The counts of repeated sends, their times, and a histogram and a sparkline of the times."""
    seconds = summary.seconds
    errors = summary.faults.total() + sum(count for status, count in summary.statuses.items() if status >= 400)
    count = len(seconds) + summary.faults.total()
    out: Fragments = [("title", f"{count} request{'s' * (count != 1)}")]
    for status, number in sorted(summary.statuses.items()):
        out += [("", ", "), (status_style(status), str(status)), ("dim", f" x {number}")]
    out += [("", ", "), ("status.error" if errors else "", f"{errors} error{'s' * (errors != 1)}")]
    out += [
        ("", f" ({', '.join(f'{kind} x {n}' for kind, n in sorted(summary.faults.items()))})" * bool(summary.faults))
    ]
    connections = len(summary.connections)
    out.append(("dim", f", {connections} connection{'s' * (connections != 1)}\n"))
    if not seconds:
        return out
    facts = (("min", min(seconds)), *((f"p{p}" if p != 50 else "median", percentile(seconds, p)) for p in (50, 95)))
    for name, value in (*facts, ("max", max(seconds))):
        out += [("dim", f"{name} "), ("", f"{duration(value)}  ")]
    if len(seconds) > 1:
        out += [("", "\n"), *histogram(seconds, width=width, is_unicode=is_unicode)]
        spark = sparkline(seconds, width=max(10, width - 16), is_unicode=is_unicode)
        out += [("dim", " in their order "), ("bar", spark)]
    return [*out, ("", "\n")]
