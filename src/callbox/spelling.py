"""Spelling hints: find the known name that a user probably meant with a mistyped word. Every "Did you mean" is made
here. A slip is one extra, missing or wrong letter, or two swapped neighbours. A name is near if it differs from the
word by at most one slip for each four letters, or if it begins with the word. difflib is not used: it counts common
letters, so that `exit` is near to `next`, and `again` to `login`.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

MAX_NAMES = 1000
"""How many names are compared with the word."""
_MAX_LENGTH = 80
_MAX_SLIPS = 3
_MIN_BEGINNING = 3


def closest(word: str, candidates: Iterable[str]) -> str:
    """The candidate that is nearest to `word`, ignoring letter case; empty if none is near.

    >>> closest("heder", ("header", "cookie")), closest("gte", ("get", "put")), closest("next", ("exit",))
    ('header', 'get', '')
    """
    return next(iter(nearest_first(word, candidates)), "")


def hint(word: str, candidates: Iterable[str], otherwise: str = "", *, prefix: str = "", suffix: str = "") -> str:
    """The hint for an unknown word: `Did you mean 'header'?`, or `otherwise` if no candidate is near. `prefix` and
    `suffix` are put around the candidate.
    """
    found = closest(word, candidates)
    return suggestion(f"{prefix}{found}{suffix}" if found else "", otherwise)


def suggestion(found: str, otherwise: str = "") -> str:
    """The hint with a found name: `Did you mean 'header'?`; `otherwise` if `found` is empty."""
    return f"Did you mean '{found}'?" if found else otherwise


def nearest_first(word: str, candidates: Iterable[str]) -> list[str]:
    """The candidates that are near to `word`, ignoring letter case, the nearest first.

    >>> nearest_first("hedaer", ["cookie", "header", "headers"])
    ['header']
    """
    word = word.lower()[:_MAX_LENGTH]
    ranked = []
    for candidate in islice(dict.fromkeys(candidates), MAX_NAMES):
        rank = _rank(word, candidate.lower())
        if rank is not None:
            ranked.append((rank, candidate))
    return [candidate for _, candidate in sorted(ranked, key=lambda pair: pair[0])]


def is_slip(word: str, name: str) -> bool:
    """Whether `word` is `name` with one typing slip.

    >>> is_slip("expct", "expect"), is_slip("exp", "expect")
    (True, False)
    """
    word, name = word.lower()[:_MAX_LENGTH], name.lower()
    return _count_slips(word, name) is not None


def _rank(word: str, name: str) -> tuple[int, bool, bool, bool] | None:
    """A sort key for how near two names are; None if they are not near.

    Swapped letters are the likeliest slip, and a wrong letter is less likely than a missing one.
    """
    slips = _count_slips(word, name)
    if slips is None:
        if len(word) < _MIN_BEGINNING or not name.startswith(word):
            return None
        slips = _MAX_SLIPS + 1
    return slips, sorted(word) != sorted(name), word[:1] != name[:1], len(word) == len(name)


def _count_slips(word: str, name: str) -> int | None:
    """The number of slips between two names; None if there are too many."""
    if word == name:
        return 0
    if len(word) == 2:  # most short words and flags differ by a single letter
        return 1 if word == name[::-1] and word[0] != "-" else None
    most = min((len(word) + 1) // 4, _MAX_SLIPS)
    if abs(len(word) - len(name)) > most or len(name) < 2:
        return None
    slips = _distance(word, name, most)
    return slips if slips <= most else None


def _distance(word: str, name: str, most: int) -> int:
    """The restricted Damerau-Levenshtein distance; `most + 1` if it is greater than `most`.

    Only the cells within `most` of the diagonal are computed, so the time is linear in the length.
    """
    beyond = most + 1
    before_last: list[int] = []
    last = [column if column <= most else beyond for column in range(len(name) + 1)]
    for row, letter in enumerate(word, 1):
        current = [beyond] * (len(name) + 1)
        if row <= most:
            current[0] = row
        for column in range(max(1, row - most), min(len(name), row + most) + 1):
            other = name[column - 1]
            cost = min(last[column] + 1, current[column - 1] + 1, last[column - 1] + (letter != other))
            is_swapped = row > 1 and column > 1 and letter == name[column - 2] and word[row - 2] == other
            current[column] = min(cost, before_last[column - 2] + 1) if is_swapped else cost
        if min(current) > most and min(last) > most:  # Swapped letters are found two rows back.
            return beyond
        before_last, last = last, current
    return min(last[-1], beyond)
