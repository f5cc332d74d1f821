"""Variables that hold header lines, such as `@me = Authorization: Basic ann:`: the one case that is substituted before
it is read (rule 18).

Only what the file itself says takes part. A `{{...}}` in it stays, and is filled later as in any header: what comes
from a response, a command line or an environment must never add one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from callbox.script.lines import Lines
from callbox.script.model import unescaped

_DEFINITION = re.compile(r"@([^\s=]+?)\s*+:?+=")
_USE = re.compile(r"\{\{\s*+([^\s{}]{1,200})\s*+\}\}")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]++:(?!//)")
_MAX_LINES = 10_000
"""Lines that may be added to one file in all: a short file must not unfold to any length."""

_SHORT = 200
"""Characters: longer than any media type with its parameters."""


class Definition(NamedTuple):
    """A variable that holds header lines."""

    line: int
    lines: tuple[str, ...]


class Expansions:
    """The variables of a file that hold header lines, and how many lines they may still add."""

    def __init__(self, definitions: Mapping[str, Sequence[Definition]], short: Mapping[str, str]) -> None:
        self._definitions = definitions
        self._short = short
        self._left = _MAX_LINES
        self.used: set[str] = set()
        """The names that were put in their place so far."""

    def filled(self, text: str) -> str:
        """The text with the short values that the file fixes: what a media type is decides how a body is read."""
        return _USE.sub(lambda use: self._short.get(use[1], use[0]), text) if "{{" in text else text

    def expand(self, lines: Lines, start: int) -> None:
        """Puts such a variable's lines in the place of each `{{name}}` line, down to the first blank line."""
        if not self._definitions:
            return  # as in most files
        end = start
        expanded: list[tuple[str, int]] = []
        while end < len(lines) and lines.texts[end].strip():
            expanded.extend((text, end) for text in self._texts(lines.texts[end], lines.number(end)))
            end += 1
        if [text for text, _ in expanded] != lines.texts[start:end]:
            lines.put(start, end, expanded)

    def _texts(self, line: str, number: int) -> Sequence[str]:
        """The lines that stand for one; itself where it holds no such variable."""
        bare = line.lstrip()
        match = _USE.match(bare) if bare.startswith("{{") else None
        known = self._definitions.get(match[1], ()) if match else ()
        if match is None or not known:
            return (line,)
        above = bisect_left(known, number, key=attrgetter("line"))
        chosen = known[max(above - 1, 0)].lines
        if len(chosen) > self._left:
            return (line,)
        self._left -= len(chosen)
        self.used.add(match[1])
        return (*chosen[:-1], chosen[-1] + bare[match.end() :])


def find_expansions(lines: Lines) -> Expansions:
    """The variables in these lines whose value is fixed there."""
    definitions: dict[str, list[Definition]] = {}
    short: dict[str, str] = {}
    for index, text in [(index, text) for index, text in enumerate(lines.texts) if text[:1] == "@"]:
        match = _DEFINITION.match(text)
        if match is None:
            continue
        value = unescaped(text[match.end() :].strip())
        if len(value) < _SHORT and "{{" not in value:
            short[match[1]] = value
        if "\n" in value or _HEADER.match(value):
            texts = tuple(line.rstrip("\r") for line in value.split("\n"))
            definitions.setdefault(match[1], []).append(Definition(lines.number(index), texts))
    return Expansions(definitions, short)
