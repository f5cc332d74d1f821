"""Diagnostics of a `.http` file: findings with their places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal, NamedTuple, Protocol

from callbox.errors import Place
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


_NEWLINE = re.compile(r"\r\n|\n|\r")


@lru_cache(maxsize=2)
def _lines_of(text: str) -> list[str]:
    """The lines of a script.

    The lines are cached while the errors of the script are reported, because a script may have thousands of errors.
    """
    return _NEWLINE.split(text)


def source_of(script: SourceFile, at: Position) -> str:
    """The line at a place; empty if there is no such line."""
    lines = _lines_of(script.text)
    return lines[at.line - 1] if 0 < at.line <= len(lines) else ""


def place_of(script: SourceFile, at: Position, length: int = 1) -> Place:
    """The place of `length` characters from `at` on, at most to the end of the line."""
    source = source_of(script, at)
    if at.column > len(source) + 1:  # the line comes from a variable; the message shows the line of the file
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
