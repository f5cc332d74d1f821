"""Spelling hints: the known name closest to a mistyped one."""

from __future__ import annotations

from collections.abc import Collection


def closest(word: str, candidates: Collection[str]) -> str:
    """The candidate nearest to `word`, case aside; empty where none is near.

    >>> closest("heder", ("header", "cookie")), closest("gte", ("get", "put")), closest("zzz", ("get",))
    ('header', 'get', '')
    """
    from difflib import get_close_matches  # 3 ms, and only mistakes need it

    if len(word) == 2 and word[0] == "-":
        return word.lower() if word.lower() in candidates else ""  # any two short flags are alike
    spelled = {candidate.lower(): candidate for candidate in candidates}
    word = word.lower()[:80]
    swapped = [name for name in spelled if len(name) == len(word) and sorted(name) == sorted(word)]
    if swapped:
        return spelled[swapped[0]]
    for cutoff in (0.6, 0.5) if len(word) <= 4 else (0.6,):
        for found in get_close_matches(word, spelled, 1, cutoff):
            if len(word) > 4 or cutoff > 0.5 or found[:1] == word[:1]:
                return spelled[found]
    return ""


def hint(word: str, candidates: Collection[str], otherwise: str = "") -> str:
    """The hint of an error: `Did you mean 'header'?`, else `otherwise`."""
    found = closest(word, candidates)
    return f"Did you mean '{found}'?" if found else otherwise
