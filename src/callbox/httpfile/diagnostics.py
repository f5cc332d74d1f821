"""Diagnostics of a `.http` file: findings with their places, and invisible and look-alike characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal, NamedTuple, Protocol

from callbox.errors import Place
from callbox.exchange.invisible_characters import IGNORABLE
from callbox.httpfile.source import Position, Text

Severity = Literal["error", "lint"]


class Diagnostic(NamedTuple):
    """A finding at a place. An `error` prevents the step from being sent; a `lint` is a part that may be a mistake."""

    severity: Severity
    """The severity: `error` or `lint`."""
    code: str
    """A short name that never changes, such as `not-a-request`."""
    message: str
    hint: str
    at: Position
    length: int = 1
    """The number of characters to underline."""
    source: str = ""
    """The text of the line that the caret points at."""

    @property
    def is_error(self) -> bool:
        """Whether the diagnostic prevents the step from being sent."""
        return self.severity == "error"


class SourceFile(Protocol):
    """A file with its name and text, such as a `Script`."""

    @property
    def name(self) -> str:
        """The name of the file in messages."""

    @property
    def text(self) -> str:
        """The whole text of the file."""


INVISIBLE = re.compile(rf"[^\S \t\r\n]|[{IGNORABLE}]")
"""An invisible character."""
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
    """The lines of a script.

    They are cached while its errors are reported, because a file may have thousands of errors.
    """
    return _NEWLINE.split(text)


def source_of(script: SourceFile, at: Position) -> str:
    """The line at a place; empty if there is no such line."""
    lines = _lines_of(script.text)
    return lines[at.line - 1] if 0 < at.line <= len(lines) else ""


def place_of(script: SourceFile, at: Position, length: int = 1) -> Place:
    """The place of `length` characters from `at` on, at most to the end of the line."""
    source = source_of(script, at)
    if at.column > len(source) + 1:  # the line comes from a variable, and is shown as the file has it
        return Place(script.name, at.line, 1, length=max(1, len(source)), source=source)
    return Place(
        script.name, at.line, at.column, length=max(1, min(length, len(source) - at.column + 1)), source=source
    )


class Finding(NamedTuple):
    """A lint without its source line."""

    code: str
    message: str
    hint: str
    at: Position
    length: int


def finding_at(text: Text, code: str, message: str, hint: str) -> Finding:
    """A finding about this text. If the text has several lines, the finding points to the first line."""
    return Finding(
        code=code, message=message, hint=hint, at=text.at, length=len(text.text.partition("\n")[0].rstrip("\r"))
    )


def as_lints(script: SourceFile, findings: Iterable[Finding]) -> Iterator[Diagnostic]:
    """The findings as lints of this script."""
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
"""Letters of Cyrillic, Greek, IPA and Armenian, and other signs, each with the ASCII letter that it looks like.

NFKC replaces all others.
"""
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
    """A hint for a line with an invisible character; empty if the line has none.

    >>> unseen("GET\\u00a0http://a/")
    'Character 4 of it is U+00A0, no-break space: write a plain blank or nothing there'
    """
    found = INVISIBLE.search(text, 0, 2000)
    if found is None:
        return ""
    character = f"U+{ord(found[0]):04X}, {character_name(found[0])}"
    return f"Character {found.start() + 1} of it is {character}: write a plain blank or nothing there"
