"""Rank the candidates by the typed text, and quote them so that each is read back as one word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from callbox.shell.completion.completion_context import Candidate
from callbox.shell.line.lexer import BARE, QUOTED, split
from callbox.shell.line.line_writer import enclose, quote
from callbox.shell.line.targets_and_items import find_separator, is_target

_PLAIN_WORD = re.compile(r"[A-Za-z0-9/][\w./-]*", re.ASCII)
_PLAIN_NAME = re.compile(r"(?!localhost\Z)[A-Za-z0-9_][\w-]*", re.ASCII | re.IGNORECASE)
"""The names of an item that are neither a flag, nor a nested key, nor a host."""
_SYNTAX = re.compile(
    r"(?:[\w.=-]|\[[\w.-]*\])+|\{\{[\w.\[\]-]+\}\}|(?:[\w./-]|\{[\w.-]+\})+"
    r'|"[\w-]+ \{\{[\w.\[\]-]+\}\}"|@'
)
"""The texts that may be inserted without quotes: they have no character that runs a command, fills a variable, or reads
or writes a file.
"""
_SEPARATOR_SIGNS = ("@", "=", ":", ";")
MOST = 200
"""The most candidates that are shown."""


def quote_for_insertion(found: Iterable[Candidate], start: int, *, may_be_target: bool = False) -> list[Candidate]:
    """Quote the candidates so that each is read back as one word. Candidates that cannot be quoted are dropped.

    Names of files, environments, headers and fields may be hostile: an inserted name must not run anything on Enter.
    """
    placed = []
    for candidate in found:
        if candidate.is_shown_only:
            placed.append(candidate._replace(start=start))
            continue
        inserted = _insertion(candidate, may_be_target=may_be_target)
        if inserted:
            placed.append(candidate._replace(start=start, text=inserted))
    return placed


def _insertion(candidate: Candidate, *, may_be_target: bool) -> str:
    """The text to insert; empty if no quoting makes it one word or one item."""
    text, separator = candidate.text, candidate.separator
    if not text:
        return ""
    plain = _PLAIN_NAME if separator else _PLAIN_WORD
    if (candidate.is_syntax and _SYNTAX.fullmatch(text)) or plain.fullmatch(text):
        return text + separator
    inserted = f"{enclose(text)}{separator}" if separator else quote(text)
    line = split(inserted)
    if len(line.words) != 1 or line.redirect is not None:
        return ""
    word = line.words[0]
    if word.text != text + separator or word.open or not set(word.marks) <= {BARE, QUOTED}:
        return ""
    if separator and may_be_target and is_target(word):
        return ""
    if candidate.is_target and find_separator(word) is not None and not is_target(word):
        return ""  # the text would become an item, and `name=@file` would send a file
    return inserted


def quote_after_separator(candidate: Candidate) -> Candidate:
    """Quote a value that would change the meaning of the separator before it: `a=` and `@file` together would send a
    file.
    """
    return candidate._replace(text=enclose(candidate.text)) if candidate.text[:1] in _SEPARATOR_SIGNS else candidate


def rank(typed: str, *groups: Iterable[Candidate]) -> list[Candidate]:
    """Rank the candidates that contain the typed letters in order: prefixes, then substrings, then scattered letters.

    Earlier groups rank higher, except among scattered matches.

    >>> [c.text for c in rank("use", [Candidate("x-user"), Candidate("users"), Candidate("u1s2e3")])]
    ['users', 'x-user', 'u1s2e3']
    """
    wanted = typed.lower()
    if not wanted:
        return _cut(list(_unique(chain(*groups))))
    # Each class excludes the letter after it, so that a failing match takes a single pass over the text.
    scattered = re.compile("".join(f"[^{re.escape(c)}]*{re.escape(c)}" for c in wanted[:64]), re.DOTALL)
    ranked = []
    for order, (group, candidate) in enumerate((g, c) for g, given in enumerate(groups) for c in given):
        lower = candidate.text.lower()
        match = scattered.match(lower)
        if match is not None and (score := _score(lower, wanted, match.end())) is not None:
            ranked.append((score[0] == 3, group, *score, order, candidate))
    ranked.sort(key=lambda entry: entry[:5])
    return _cut(list(_unique(entry[5] for entry in ranked)))


def _cut(found: list[Candidate]) -> list[Candidate]:
    """The first `MOST` candidates, and a row that says how many more there are."""
    if len(found) <= MOST:
        return found
    return [*found[:MOST], Candidate(f".. {len(found) - MOST:,} more", is_shown_only=True)]


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
