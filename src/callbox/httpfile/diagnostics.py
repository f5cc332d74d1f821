"""Diagnostics of a `.http` file: findings at a place, how a message shows it, invisible and look-alike characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple, Protocol

from callbox.errors import Place
from callbox.exchange.invisible_characters import IGNORABLE
from callbox.httpfile.source import Position, Text


class Diagnostic(NamedTuple):
    """A fault (`error`: the step is not sent) or a doubtful part (`lint`) at a place."""

    severity: str
    """`error` or `lint`."""
    code: str
    """A short slug that does not change, such as `not-a-request`."""
    message: str
    hint: str
    at: Position
    length: int = 1
    """Characters to underline."""
    source: str = ""
    """The text of the line, for the caret."""

    @property
    def is_error(self) -> bool:
        """True if nothing of the step may be sent."""
        return self.severity == "error"


class SourceFile(Protocol):
    """A file with its name and text, such as a `Script`."""

    @property
    def name(self) -> str:
        """As messages show it."""

    @property
    def text(self) -> str:
        """All of it."""


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
    """The lines of a script, stored while its errors are reported, because a file may have thousands of errors."""
    return _NEWLINE.split(text)


def source_of(script: SourceFile, at: Position) -> str:
    """The line of a place; empty if there is none."""
    lines = _lines_of(script.text)
    return lines[at.line - 1] if 0 < at.line <= len(lines) else ""


def place_of(script: SourceFile, at: Position, length: int = 1) -> Place:
    """The place of `length` characters at `at`; never longer than its line."""
    source = source_of(script, at)
    if at.column > len(source) + 1:  # the line comes from a variable, and is shown as it is written
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
    """A finding about this text. If the text has several lines, the finding points at the first."""
    return Finding(
        code=code, message=message, hint=hint, at=text.at, length=len(text.text.partition("\n")[0].rstrip("\r"))
    )


def as_lints(script: SourceFile, findings: Iterable[Finding]) -> Iterator[Diagnostic]:
    """Each finding as a lint of this script."""
    for found in findings:
        source = source_of(script, found.at)
        yield Diagnostic(
            severity="lint",
            code=found.code,
            message=found.message,
            hint=found.hint,
            at=found.at,
            length=max(found.length, 1),
            source=source,
        )


_LETTERS = str.maketrans(
    {
        shown: meant
        for shapes, ascii_ in (
            ("АВСЕНІЈКМОРЅТХУԌԚԜ", "ABCEHIJKMOPSTXYGQW"),  # Cyrillic
            ("аеіјкморсуѕхтһԁԛԝгпи", "aeijkmopcysxthdqwrnu"),
            ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"),  # Greek
            ("αεικνορτυχ", "aeikvoptux"),
            ("ıɑɡɩոսօ", "iaginuo"),  # Turkish, IPA, Armenian
            ("♯‐‑‒–—―−⁃⁄∕∶", "#--------//:"),  # signs
        )
        for shown, meant in zip(shapes, ascii_, strict=True)
    }
)
"""Letters of Cyrillic, Greek, IPA and Armenian, and signs, with the letter that they look like. NFKC has the rest."""
_UNSEEN = re.compile(rf"(?![^\S\n]){INVISIBLE.pattern}|[\ufe00-\ufe0f\u20dd-\u20e4]")


def plain(text: str) -> str:
    """The text with look-alikes replaced by ASCII and invisible characters removed.

    >>> plain("# @\\u0435x\\u200bpect"), plain("\\uff1f\\uff1f status")
    ('# @expect', '?? status')
    """
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", _UNSEEN.sub("", text)).translate(_LETTERS)


def describe_look_alike(text: str) -> str:
    """A hint that names the first look-alike in a text; empty if there is none.

    >>> describe_look_alike("# @\\u0435xpect")
    'U+0435, cyrillic small letter ie, is in it: type it again'
    """
    found = next((char for char in text if not char.isascii() and plain(char).isascii()), "")
    return f"U+{ord(found):04X}, {character_name(found)}, is in it: type it again" if found else ""


def unseen(text: str) -> str:
    """A hint for a line with an invisible character; empty if it has none.

    >>> unseen("GET\\u00a0http://a/")
    'Character 4 of it is U+00A0, no-break space: write a plain blank or nothing there'
    """
    found = INVISIBLE.search(text, 0, 2000)
    if found is None:
        return ""
    character = f"U+{ord(found[0]):04X}, {character_name(found[0])}"
    return f"Character {found.start() + 1} of it is {character}: write a plain blank or nothing there"
