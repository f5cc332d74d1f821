"""What is doubtful at a place of a script, and the lints made of it. Called by those that look for such things."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from callbox.script.model import At, Diagnostic, Script, Text
from callbox.script.place import source_of


class Finding(NamedTuple):
    """A lint, but for the line that it shows."""

    code: str
    message: str
    hint: str
    at: At
    length: int


def find_at(text: Text, code: str, message: str, hint: str) -> Finding:
    """What is doubtful of this text; of several lines the first is pointed at."""
    return Finding(code, message, hint, text.at, len(text.text.partition("\n")[0].rstrip("\r")))


def lints(script: Script, findings: Iterable[Finding]) -> Iterator[Diagnostic]:
    """Each as a lint of this script."""
    for found in findings:
        source = source_of(script, found.at)
        yield Diagnostic("lint", found.code, found.message, found.hint, found.at, max(found.length, 1), source)
