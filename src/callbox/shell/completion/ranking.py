"""Rank completion candidates by what was typed of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from callbox.shell.completion.context import Candidate

MOST = 200
"""Candidates that are worth showing."""


def rank(typed: str, *groups: Iterable[Candidate]) -> list[Candidate]:
    """Rank the candidates that contain the typed letters in order: prefixes, then substrings, then scattered letters.

    Earlier groups rank higher, except among scattered matches.

    >>> [c.text for c in rank("use", [Candidate("x-user"), Candidate("users"), Candidate("u1s2e3")])]
    ['users', 'x-user', 'u1s2e3']
    """
    wanted = typed.lower()
    if not wanted:
        return list(_unique(chain(*groups)))[:MOST]
    # Each class excludes the letter it looks for, so that a failing match costs one pass and no more.
    scattered = re.compile("".join(f"[^{re.escape(c)}]*{re.escape(c)}" for c in wanted[:64]), re.DOTALL)
    ranked = []
    for order, (group, candidate) in enumerate((g, c) for g, given in enumerate(groups) for c in given):
        lower = candidate.text.lower()
        match = scattered.match(lower)
        if match is not None and (score := _score(lower, wanted, match.end())) is not None:
            ranked.append((score[0] == 3, group, *score, order, candidate))
    ranked.sort(key=lambda entry: entry[:5])
    return list(_unique(entry[5] for entry in ranked))[:MOST]


def _score(lower: str, wanted: str, reach: int) -> tuple[int, int] | None:
    if lower.startswith(wanted):
        return (0, 0)
    at = lower.find(wanted)
    if at > 0:
        return (1 if not lower[at - 1].isalnum() else 2, at)
    if len(wanted) > 64:
        return None
    return (3, reach)


def _unique(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    seen: set[tuple[str, str]] = set()
    for candidate in candidates:
        if (candidate.text, candidate.separator) not in seen:
            seen.add((candidate.text, candidate.separator))
            yield candidate
