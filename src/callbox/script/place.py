"""From a place in a script to the place that a message shows: file, line, column and the line itself."""

from __future__ import annotations

import re
from functools import lru_cache

from callbox.errors import Place
from callbox.script.model import At, Script

_NEWLINE = re.compile(r"\r\n|\n|\r")


@lru_cache(maxsize=2)
def _lines_of(text: str) -> list[str]:
    """The lines of a script, kept while its errors are told: a file may hold thousands."""
    return _NEWLINE.split(text)


def source_of(script: Script, at: At) -> str:
    """The line that holds a place; empty where there is none."""
    lines = _lines_of(script.text)
    return lines[at.line - 1] if 0 < at.line <= len(lines) else ""


def place_of(script: Script, at: At, length: int = 1) -> Place:
    """The place of `length` characters at `at`; never longer than its line."""
    source = source_of(script, at)
    if at.column > len(source) + 1:  # of a line that a variable holds, and which is shown as it is written
        return Place(script.name, at.line, 1, max(1, len(source)), source)
    return Place(script.name, at.line, at.column, max(1, min(length, len(source) - at.column + 1)), source)
