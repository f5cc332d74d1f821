"""Each pattern at 100 kB and 1 MB of the texts that take it longest: at most 30 times the processor time for ten times.

`tests/linear/test_patterns.py` asks the same of shorter texts, and of all of them. This takes minutes, so only
`make attack` runs it.
"""

from __future__ import annotations

import os

import pytest
from tests.linear.test_patterns import FROM_THE_START, HARMLESS
from tests.support.hostile import Hostile, cpu_seconds, hostile_texts
from tests.support.patterns import Found, find_patterns

SMALL, LARGE, SAMPLE = 100_000, 1_000_000, 1_000
MOST_RATIO = 30
FLOOR_S = 0.01
"""Less than this is taken for this: it is the clock that is measured."""
GIVE_UP_S = 20.0
"""A try of the large text is ended after this; what is linear takes less than two seconds on any machine."""
WORST = 3

pytestmark = pytest.mark.skipif("FULL_SIZE" not in os.environ, reason="takes minutes: make attack")


def worst_texts(found: Found) -> list[Hostile]:
    """The texts that take the pattern longest at a small size."""
    texts = list(hostile_texts(found.pattern))
    return sorted(texts, key=lambda one: cpu_seconds(found.pattern, found.methods, one.text(SAMPLE), 1))[-WORST:]


def test_patterns_are_linear_at_full_size() -> None:
    slow = {}
    for found in find_patterns()[0]:
        if found.where in HARMLESS:
            continue
        methods = frozenset({"match"}) if found.where in FROM_THE_START else found.methods
        for hostile in worst_texts(found._replace(methods=methods)):
            small = max(cpu_seconds(found.pattern, methods, hostile.text(SMALL), 2), FLOOR_S)
            large = cpu_seconds(found.pattern, methods, hostile.text(LARGE), 2, GIVE_UP_S)
            if large > MOST_RATIO * small:
                slow[found.where] = (hostile, small, large)

    assert slow == {}
