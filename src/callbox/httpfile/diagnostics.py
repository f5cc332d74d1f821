"""Diagnostics of a `.http` file: findings at a place, the place as a message shows it, and invisible characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from callbox.errors import Place
from callbox.exchange.invisible_characters import IGNORABLE
from callbox.httpfile.model import Diagnostic, Script
from callbox.httpfile.source import Position, Text

INVISIBLE = re.compile(rf"[^\S \t\r\n]|[{IGNORABLE}]")
"""One of them."""
_MARK = "\ufeff"


def character_name(character: str) -> str:
    """The Unicode name of a character.

    >>> character_name("\\u00a0"), character_name("\\ufeff"), character_name("\\x0b")
    ('no-break space', 'byte order mark', 'a control character')
    """
    return "byte order mark" if character == _MARK else unicodedata.name(character, "a control character").lower()


_NEWLINE = re.compile(r"\r\n|\n|\r")


@lru_cache(maxsize=2)
def _lines_of(text: str) -> list[str]:
    """The lines of a script, kept while its errors are told: a file may hold thousands."""
    return _NEWLINE.split(text)


def source_of(script: Script, at: Position) -> str:
    """The line that holds a place; empty where there is none."""
    lines = _lines_of(script.text)
    return lines[at.line - 1] if 0 < at.line <= len(lines) else ""


def place_of(script: Script, at: Position, length: int = 1) -> Place:
    """The place of `length` characters at `at`; never longer than its line."""
    source = source_of(script, at)
    if at.column > len(source) + 1:  # of a line that a variable holds, and which is shown as it is written
        return Place(script.name, at.line, 1, max(1, len(source)), source)
    return Place(script.name, at.line, at.column, max(1, min(length, len(source) - at.column + 1)), source)


class Finding(NamedTuple):
    """A lint without the source line that it shows."""

    code: str
    message: str
    hint: str
    at: Position
    length: int


def finding_at(text: Text, code: str, message: str, hint: str) -> Finding:
    """A finding about this text; of several lines the first is pointed at."""
    return Finding(code, message, hint, text.at, len(text.text.partition("\n")[0].rstrip("\r")))


def as_lints(script: Script, findings: Iterable[Finding]) -> Iterator[Diagnostic]:
    """Each finding as a lint of this script."""
    for found in findings:
        source = source_of(script, found.at)
        yield Diagnostic("lint", found.code, found.message, found.hint, found.at, max(found.length, 1), source)
