"""The guide, typed key by key by somebody who sits at a terminal, at several sizes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from callbox.practice import Practice

ROOT = Path(__file__).parent.parent.parent
PLACE = "127.0.0.1:8000"
"""Where the guide has the practice API."""
NARROW = 80

_PART = re.compile(r"^## ([^\n]+)$|^```callbox\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_VARYING = re.compile(r"\.\.\.|\d+(?:\.\d+)? (?:us|ms|s)\b|\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT")


class Step(NamedTuple):
    """What is typed in some part of the guide, and what it says of it."""

    part: str
    typed: str
    printed: str


def steps() -> Iterator[Step]:
    """All that is typed into the shell, in order."""
    part = ""
    for match in _PART.finditer((ROOT / "docs" / "guide.md").read_text("utf-8")):
        part = match[1] or part
        pieces = re.split(r"^\S*> (.*)\n", match[2] or "", flags=re.MULTILINE)
        yield from (Step(part, typed, printed) for typed, printed in zip(pieces[1::2], pieces[2::2], strict=True))


def without_blanks(text: str) -> str:
    """The same on a wide screen and on one that wraps."""
    return "".join(text.split())


def pieces_of(printed: str, columns: int) -> Iterator[str]:
    """What has to be seen, in this order; of each line its first word where there is no room for it."""
    for line in printed.split("\n"):
        for piece in _VARYING.split(line):
            words = piece.split()
            if words:
                yield without_blanks(piece) if columns >= NARROW else words[0]


def type_line(shell, line: str) -> str:
    """Type a line on an empty screen; all that is to be seen when the next prompt stands below it."""
    typed = without_blanks(line)
    at_the_top = re.compile(rf"[^>]+>{re.escape(typed)}")
    shell.send(f"\x0c{line}")
    shell.until(lambda text: at_the_top.match(without_blanks(text)) is not None, line)
    shell.screen.history.top.clear()
    shell.send("\r")
    shell.prompted()
    return without_blanks(shell.whole_text).partition(typed)[2]


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (40, 20), (120, 40)], ids=["usual", "small", "large"])
def test_the_guide_is_typed_and_what_it_says_is_seen(terminal, tmp_path: Path, columns: int, rows: int) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    with Practice() as api:
        place = api.url.partition("://")[2]
        shell = terminal(api.url, columns=columns, rows=rows)
        shell.prompted()

        for part, typed, printed in steps():
            seen = type_line(shell, typed.replace(PLACE, place))

            rest = seen
            for piece in pieces_of(printed.replace(PLACE, place), columns):
                assert piece in rest, f"{part}: {typed}: {piece!r} is not in {rest}"
                rest = rest.partition(piece)[2]
            assert "afaultofcallbox" not in seen


def test_the_guide_has_the_parts_that_are_typed() -> None:
    parts = list(dict.fromkeys(step.part for step in steps()))

    assert parts == [
        *("See what the API has", "Send", "Set values for every request", "Show and undo"),
        *("Files and other programs", "More ways to show a response", "`.http` files"),
    ]
