"""`{{` without `}}`. Called by `blocks` and `parse`."""

from __future__ import annotations

from collections.abc import Iterable

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


def check_braces(texts: Iterable[Text], into: Gathered, *, is_error: bool = True) -> None:
    """Reports each text with a `{{` that nothing closes."""
    for text in texts:
        if "{{" not in text.text:
            continue
        index = unclosed(text.text)
        if index >= 0:
            at = text.spot(index)
            # the caret is placed by column: what stands before the text on its line is not known here
            source = Line(" " * (text.at.column - 1) + text.text.rstrip("\r\n"), at.line, 0)
            report = into.error if is_error else into.lint
            report("unclosed-braces", "This {{ is not closed", _HINT, source, at, 2)
