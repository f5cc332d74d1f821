"""`{{` without `}}`. Called by `blocks` and `parse`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from callbox.script.gathered import Gathered
from callbox.script.lines import Lines
from callbox.script.model import Text

_HINT = "Close it with }} or write \\{\\{ for two braces"


_HOLE = re.compile(r"\{\{[^{}\n]*+\}\}")


def has_open(text: str) -> bool:
    """False where every `{{` of the lines is closed beyond doubt: then there is nothing to check.

    >>> has_open("/a/{{b}}"), has_open("/a/{{b")
    (False, True)
    """
    return "{{" in text and "{{" in _HOLE.sub("", text)


def unclosed(text: str) -> int:
    """The index of a `{{` that nothing closes, or within which another one opens; -1 where there is none.

    >>> unclosed("/a/{{b}}/{{c"), unclosed("{{a{{b}}}}")
    (9, 0)
    """
    index = text.find("{{")
    while index >= 0:
        end = text.find("}}", index + 2)
        if end < 0 or "{{" in text[index + 2 : end].lstrip("{"):
            return index
        index = text.find("{{", end + 2)
    return -1


def check_braces(texts: Iterable[Text], lines: Lines, into: Gathered, *, is_error: bool = True) -> None:
    """Reports the first `{{` of each line that nothing closes; `lines` are those that the texts stand in."""
    report = into.error if is_error else into.lint
    reported = 0
    for text in texts:
        if "{{" not in text.text:
            continue
        for below, line in enumerate(text.text.split("\n") if "\n" in text.text else (text.text,)):
            index = unclosed(line) if text.at.line + below != reported else -1
            if index >= 0:
                reported = text.at.line + below
                source = lines.numbered(reported)
                at = source.whole.spot(index) if below else text.spot(index)
                report("unclosed-braces", "This {{ is not closed", _HINT, source, at, 2)
