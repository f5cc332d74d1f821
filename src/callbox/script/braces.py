"""`{{` without `}}`. Called by `blocks` and `parse`."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from operator import attrgetter

from callbox.script.gathered import Gathered
from callbox.script.lines import Line
from callbox.script.model import Text

_HINT = "Close it with }} or write \\{\\{ for two braces"


def unclosed(text: str) -> int:
    """The index of a `{{` that nothing closes; -1 where there is none.

    >>> unclosed("/a/{{b}}/{{c")
    9
    """
    index = text.find("{{")
    while index >= 0:
        end = text.find("}}", index + 2)
        if end < 0:
            return index
        index = text.find("{{", end + 2)
    return -1


def check_braces(texts: Iterable[Text], lines: Sequence[Line], into: Gathered, *, is_error: bool = True) -> None:
    """Reports the first `{{` of each line that nothing closes; `lines` are those that the texts stand in."""
    reported = 0
    for text in texts:
        index = unclosed(text.text) if "{{" in text.text and text.at.line != reported else -1
        if index < 0:
            continue
        reported = text.at.line
        line = lines[bisect_left(lines, reported, key=attrgetter("number"))]
        report = into.error if is_error else into.lint
        report("unclosed-braces", "This {{ is not closed", _HINT, line, text.spot(index), 2)
