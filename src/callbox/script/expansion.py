"""Variables that hold several header lines: the one case that is substituted before it is read (rule 18).

Only values that the file itself fixes take part: what comes from a response, a command line or an environment
must never add a header.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from callbox.script.lines import Line
from callbox.script.model import unescaped

_DEFINITION = re.compile(r"@([^\s=:]++)\s*+:?+=")
_USE = re.compile(r"\{\{\s*+([^\s{}]{1,200})\s*+\}\}")
_MAX_LINES = 10_000
"""Lines that may be added to one file in all: a short file must not unfold to any length."""


class Definition(NamedTuple):
    """A variable of several lines."""

    line: int
    name: str
    lines: tuple[str, ...]


class Expansions:
    """The variables of several lines in a file, and how many lines they may still add."""

    def __init__(self, definitions: Sequence[Definition]) -> None:
        self._definitions = definitions
        self._left = _MAX_LINES

    def expand(self, lines: list[Line], start: int) -> None:
        """Puts such a variable's lines in the place of each `{{name}}` line, from `start` to the first blank line."""
        if not self._definitions:
            return
        index = start
        while index < len(lines) and not lines[index].is_blank:
            found = self._lines(lines[index])
            if found:
                lines[index : index + 1] = found
                self._left -= len(found)
            index += max(len(found), 1)

    def _lines(self, line: Line) -> list[Line]:
        match = _USE.match(line.text.lstrip())
        if match is None:
            return []
        known = [found for found in self._definitions if found.name == match[1]]
        above = [found for found in known if found.line < line.number]
        chosen = above[-1] if above else known[0] if known else None
        if chosen is None or len(chosen.lines) > self._left:
            return []
        last = chosen.lines[-1] + line.text.lstrip()[match.end() :]
        return [Line(text, line.number, line.offset) for text in (*chosen.lines[:-1], last)]


def find_expansions(lines: Sequence[Line]) -> Expansions:
    """The variables in these lines whose fixed value has several lines."""
    definitions = []
    for line in lines:
        if line.text[:1] != "@" or "\\n" not in line.text or "{{" in line.text:
            continue
        match = _DEFINITION.match(line.text)
        value = unescaped(line.cut(match.end()).text) if match else ""
        if match and "\n" in value:
            texts = tuple(text.rstrip("\r") for text in value.split("\n"))
            definitions.append(Definition(line.number, match[1], texts))
    return Expansions(definitions)
