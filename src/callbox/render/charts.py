"""Charts in characters: how far a transfer is, how long each of many requests took, and how they are spread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from callbox.render.sizes import duration, size
from callbox.render.style import Fragments

_BLOCKS = "▁▂▃▄▅▆▇█"
_LEVELS = "_.-=+*%#"
_LONGEST_BAR = 30
_LEAST_BAR = 6
_MOST_BINS = 10
_SHORTEST_S = 0.001
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
    """How far a transfer is, in one line of at most `width` columns: bar, bytes, rate and the time that is left.

    `begun` bytes were there before the clock ran.

    >>> progress(2000, 4000, 2.0, width=60, is_unicode=False)
    '#########.......... 2.0 kB of 4.0 kB, 1.0 kB/s, 2.0 s left'
    """
    rate = (received - begun) / max(seconds, _SHORTEST_S)
    left = f", {duration((total - received) / rate)} left" if total and rate and total > received else ""
    text = f"{verb}{size(received)}{f' of {size(total)}' if total else ''}, {size(round(rate))}/s{left}"
    room = min(_LONGEST_BAR, width - len(text) - 3)
    if not total or room < _LEAST_BAR:
        return text[: max(width, 1)]
    filled = min(room, received * room // total)
    mark, blank = ("█", "░") if is_unicode else ("#", ".")
    return f"{mark * filled}{blank * (room - filled)} {text}"


def sparkline(values: Sequence[float], *, width: int = _SPARKS, is_unicode: bool = True) -> str:
    """One character for each value (or for the mean of some, where they are many), its height the value.

    >>> sparkline([1, 2, 3, 8]), sparkline([1, 8], is_unicode=False), sparkline([])
    ('▁▂▃█', '_#', '')
    """
    if not values:
        return ""
    shown = _thinned(values, max(width, 1))
    low, high = min(shown), max(shown)
    steps = _BLOCKS if is_unicode else _LEVELS
    scale = (len(steps) - 1) / (high - low) if high > low else 0.0
    return "".join(steps[round((value - low) * scale)] for value in shown)


def _thinned(values: Sequence[float], most: int) -> list[float]:
    if len(values) <= most:
        return list(values)
    edges = [position * len(values) // most for position in range(most + 1)]
    return [sum(values[a:b]) / (b - a) for a, b in pairwise(edges)]


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent of them do not exceed (nearest rank).

    >>> percentile([5, 1, 4, 2, 3], 50), percentile([1, 2, 3, 4], 95)
    (3, 4)
    """
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def histogram(seconds: Sequence[float], *, width: int = 80, is_unicode: bool = True) -> Fragments:
    """How many durations fall into each of some equal spans: a line a span, its bar as long as they are many.

    >>> from callbox.render.ansi import plain
    >>> print(plain(histogram([0.01, 0.01, 0.02], width=40, is_unicode=False)), end="")
     10 ms  2  ############################
     15 ms  1  ##############
    """
    if not seconds:
        return []
    low, high = min(seconds), max(seconds)
    bins = 1 if high == low else min(_MOST_BINS, max(2, math.ceil(math.sqrt(len(seconds)))))
    span = (high - low) / bins
    counts = [0] * bins
    for value in seconds:
        counts[min(bins - 1, int((value - low) / span) if span else 0)] += 1
    labels = [duration(low + span * position) for position in range(bins)]
    column, digits = max(map(len, labels)), len(str(max(counts)))
    room = max(_LEAST_BAR, min(width - column - digits - 6, 60))
    out: Fragments = []
    for label, count in zip(labels, counts, strict=True):
        bar = ("█" if is_unicode else "#") * (max(1, round(count / max(counts) * room)) if count else 0)
        out += [("dim", f" {label:>{column}}"), ("", f"  {count:>{digits}}  "), ("bar", bar), ("", "\n")]
    return out
