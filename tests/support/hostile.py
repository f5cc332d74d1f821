"""Texts on which a pattern of `re` may need far more time than their size, derived from the pattern itself.

The pattern is parsed. For each of its prefixes a short text is made that it matches, then words of one or two
characters that the pattern tells apart are repeated behind that, and a character that fits nothing ends it.
"""

from __future__ import annotations

import gc
import os
import re
import signal
from collections import deque
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from itertools import islice, product
from time import thread_time
from typing import Any, NamedTuple

from re import _constants as sre  # type: ignore[attr-defined]  # isort: skip
from re import _parser as parser  # type: ignore[attr-defined]  # isort: skip

USUAL = (" ", "a", "0", "\n", '"', "\\")
MAX_LETTERS = 12
MAX_PREFIXES = 12
MAX_SAMPLES = 60


class Hostile(NamedTuple):
    """A text of any size: `prefix`, then `unit` again and again, then what fits nothing."""

    prefix: str
    unit: str

    def text(self, size: int) -> str:
        """Of about so many characters; more where the unit is long, so that it is repeated at all."""
        return self.prefix + self.unit * max(size // len(self.unit), size // 8) + "\x01"


def hostile_texts(pattern: re.Pattern[Any]) -> Iterator[Hostile]:
    """What may take a pattern long, without repetition."""
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    # the text is parsed as str: for a pattern of bytes a character stands for the byte of its number
    tree = parser.parse(text, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags)
    letters = _letters(tree)
    samples = list(dict.fromkeys(sample for fill in range(3) for sample in _samples(tree, letters, fill)))
    words = dict.fromkeys([*letters, *map("".join, product(letters, repeat=2)), *filter(None, samples[:MAX_SAMPLES])])
    for prefix in ["", *samples[:MAX_PREFIXES]]:
        for word in words:
            yield Hostile(prefix, word)


def _letters(tree: Any) -> list[str]:
    """Characters that the pattern names, the ends of its ranges, and some usual ones."""
    found: dict[str, None] = {}
    for op, argument in _walk(tree):
        if op in (sre.LITERAL, sre.NOT_LITERAL):
            found.setdefault(chr(argument))
        elif op is sre.RANGE:
            found.setdefault(chr(argument[0]))
    named = [letter for letter in found if not letter.isalnum()] + [letter for letter in found if letter.isalnum()]
    return list(dict.fromkeys([*named[: MAX_LETTERS - len(USUAL)], *USUAL]))


def _walk(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every pair of operation and argument, at any depth."""
    for item in tree:
        if isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], sre._NamedIntConstant):
            yield item
            item = item[1]
        if isinstance(item, (tuple, list, parser.SubPattern)):
            yield from _walk(item)


def _samples(tree: Any, letters: list[str], fill: int) -> Iterator[str]:
    """Short texts that match the beginning of the pattern, one for each of its parts. `fill` varies what is chosen."""
    text = ""
    for item in tree:
        for inner in _inner(item):
            for part in _samples(inner, letters, fill):
                yield text + part
        text += _sample(item, letters, fill)
        yield text


def _inner(item: Any) -> list[Any]:
    op, argument = item
    if op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        return [argument[2]]
    if op is sre.SUBPATTERN:
        return [argument[3]]
    if op is sre.ATOMIC_GROUP:
        return [argument]
    if op is sre.BRANCH:
        return list(argument[1])
    if op in (sre.ASSERT, sre.ASSERT_NOT):
        return [argument[1]]
    return []


def _sample(item: Any, letters: list[str], fill: int) -> str:
    op, argument = item
    if op is sre.LITERAL:
        return chr(argument)
    if op in (sre.NOT_LITERAL, sre.IN, sre.ANY):
        fitting = [letter for letter in [*letters, "=", ":", "/"] if _fits(op, argument, letter)]
        if op is sre.IN and not fitting:
            fitting = [
                chr(low[0] if isinstance(low, tuple) else low)
                for kind, low in argument
                if kind in (sre.LITERAL, sre.RANGE)
            ]
        return fitting[fill % len(fitting)] if fitting else ""
    if op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        least, _most, body = argument
        return _whole(body, letters, fill) * max(min(least, 3), 1 if fill else 0)
    if op is sre.BRANCH:
        branches = argument[1]
        return _whole(branches[fill % len(branches)], letters, fill)
    if op is sre.SUBPATTERN:
        return _whole(argument[3], letters, fill)
    if op is sre.ATOMIC_GROUP:
        return _whole(argument, letters, fill)
    if op is sre.ASSERT and argument[0] > 0:
        return ""
    return ""


def _whole(tree: Any, letters: list[str], fill: int) -> str:
    return "".join(_sample(item, letters, fill) for item in tree)


def _fits(op: Any, argument: Any, letter: str) -> bool:
    if op is sre.ANY:
        return letter != "\n"
    if op is sre.NOT_LITERAL:
        return letter != chr(argument)
    negated, fits = False, False
    for kind, value in argument:
        if kind is sre.NEGATE:
            negated = True
        elif kind is sre.LITERAL:
            fits |= letter == chr(value)
        elif kind is sre.RANGE:
            fits |= value[0] <= ord(letter) <= value[1]
        elif kind is sre.CATEGORY:
            fits |= re.match(_CATEGORIES[value], letter) is not None
    return fits != negated


_CATEGORIES = {
    sre.CATEGORY_DIGIT: r"\d", sre.CATEGORY_NOT_DIGIT: r"\D", sre.CATEGORY_SPACE: r"\s",
    sre.CATEGORY_NOT_SPACE: r"\S", sre.CATEGORY_WORD: r"\w", sre.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip


SMALL, LARGE = (2_000, 10_000) if os.environ.get("FULL_SIZE") else (1_000, 5_000)
SUSPICIOUS = 0.4, 2e-4
"""Hardly any small text takes so long: a constant and a part for each character, in units of `_unit_s()`.

Texts that take longer are measured again, more closely.
"""
MOST_RATIO = 7.5
"""How much longer a text of five times the length may take."""
MOST_S_EACH = 5e-6
"""Seconds for each character of the longer one."""
GIVE_UP_S = 0.4
"""What takes so long is ended and counts as slow: no busy machine makes that of a few milliseconds."""
BLATANT_S = 0.1
"""What takes so long is not tried again."""


def find_slow(pattern: re.Pattern[Any], methods: Collection[str], every: int = 1) -> Hostile | None:
    """A text on which the pattern takes more than its length accounts for; None if none was found.

    Of the hostile texts each `every`th one is tried.
    """
    if not _repeats(pattern):
        return None
    for hostile in islice(hostile_texts(pattern), 0, None, every):
        short = hostile.text(SMALL)
        spent = cpu_seconds(pattern, methods, short, 1)
        if spent >= GIVE_UP_S:
            return hostile
        if not _is_suspicious(spent, short):
            continue
        if all(_is_slow(pattern, methods, hostile, tries) for tries in (1, 4, 6)):
            return hostile
    return None


def _is_slow(pattern: re.Pattern[Any], methods: Collection[str], hostile: Hostile, tries: int) -> bool:
    """Whether the text takes too long. On a busy machine a try may take twice its time, so that many are made."""
    short, long = hostile.text(SMALL), hostile.text(LARGE)
    small = cpu_seconds(pattern, methods, short, tries)
    if not _is_suspicious(small, short):
        return False
    large = cpu_seconds(pattern, methods, long, tries)
    return large > MOST_RATIO * small or large > MOST_S_EACH * len(long)


def _is_suspicious(spent_s: float, text: str) -> bool:
    return spent_s > (SUSPICIOUS[0] + SUSPICIOUS[1] * len(text)) * _unit_s()


@lru_cache(maxsize=1)
def _unit_s() -> float:
    """Processor time for a known quadratic pattern and text: 0.8 ms on a fast machine, ten times that on a slow one."""
    return cpu_seconds(re.compile("<([^>]*)>"), {"finditer"}, "<" * 500, 10)


def _repeats(pattern: re.Pattern[Any]) -> bool:
    """Whether anything in it may be repeated so often that it counts."""
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    return any(mark in text for mark in "*+") or re.search(r"\d\d\}|,\}", text) is not None


def cpu_seconds(
    pattern: re.Pattern[Any], methods: Collection[str], text: str, tries: int, give_up_s: float = GIVE_UP_S
) -> float:
    """The least processor time of some tries; that which has passed where there was no end of it."""
    subject = text.encode("latin-1", "replace") if isinstance(pattern.pattern, bytes) else text
    best = give_up_s
    gc.disable()  # what it takes depends on all that the tests before have left
    try:
        for _ in range(tries):
            begun = thread_time()
            with suppress(TimeoutError), time_limit(give_up_s):
                _run(pattern, methods, subject)
            best = min(best, thread_time() - begun)
            if best >= BLATANT_S:
                break
        return best
    finally:
        gc.enable()


def _run(pattern: re.Pattern[Any], methods: Collection[str], text: Any) -> None:
    for method in sorted({"finditer" if method not in ("match", "fullmatch") else method for method in methods}):
        if method == "finditer":
            deque(pattern.finditer(text), maxlen=0)
        else:
            getattr(pattern, method)(text)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TimeoutError` in what takes more processor time: `re` looks for signals while it works."""

    def stop(_number: int, _frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
