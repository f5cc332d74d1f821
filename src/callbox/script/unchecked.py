"""Checks that are written so that nobody judges them: `??` within a body, a header or a URL, `# @expect: status 200`.

Called by `slips`. What other tools judge, and what a comment plainly means, must not pass in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from callbox.script.expectations import BadExpectation, read_expectation
from callbox.script.model import Script, Step, Text

_MARK = re.compile(r"[ \t]*+\?\?[ \t]*+(?=\S)")
_COMMENT = re.compile(r"(?:#++|//++)[ \t]*+@(expect|capture|assert)(?=[:(.\-])", re.IGNORECASE)


class Unchecked(NamedTuple):
    """A line that was meant to check, and what is said of it."""

    message: str
    hint: str
    at: Text


def unchecked(script: Script) -> Iterator[Unchecked]:
    """Every such line of the script."""
    for comment in (*script.comments, *(text for step in script.steps for text in step.comments)):
        if match := _COMMENT.match(comment.text):
            name = {"capture": "capture"}.get(match[1].lower(), "expect")
            example = "status 200" if name == "expect" else "token = body $.token"
            yield Unchecked("This comment neither checks nor captures", f"Write # @{name} {example}", comment)
    for step in script.steps:
        yield from _of_step(step)


def _of_step(step: Step) -> Iterator[Unchecked]:
    yield from _marked(step.url[1:], "the URL")
    yield from _marked((text for line in step.headers for text in line.value[1:]), "a header")
    if step.directive("raw-body") is None:
        lines = (line for text in step.body.texts if "??" in text.text for line in text.lines())
        yield from _marked(lines, "the body")


def _marked(texts: Iterable[Text], where: str) -> Iterator[Unchecked]:
    for text in texts:
        match = _MARK.match(text.text)
        if match and _is_check(text.cut(match.end())):
            hint = "Write it at the end of the block, from the first column: ?? status == 200"
            yield Unchecked(f"This check is sent as part of {where}", hint, text)


def _is_check(words: Text) -> bool:
    try:
        read_expectation(words._replace(text=words.text.strip()), words.at)
    except BadExpectation:
        return False
    return True
