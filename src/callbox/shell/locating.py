"""Where in a typed line an error belongs that was found after the line was read: at the word that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from callbox.errors import UsageError
from callbox.shell.command import Call, place
from callbox.shell.words import Word, split

_QUOTED = re.compile(r"'([^']*)'")
_SHORTEST = 3
"""Shorter words stand in many a message without being meant."""


def locate(error: UsageError, call: Call) -> None:
    """Give an error without a place that of the word that its message names, if there is one."""
    if error.place is not None:
        return
    words = split(call.line).words[len(call.command.words) :]
    span = next(_spans(error.message, words), None)
    if span is not None:
        error.place = place(call.line, *span)


def _spans(message: str, words: tuple[Word, ...]) -> Iterator[tuple[int, int]]:
    """The spans that may be meant, the likeliest first."""
    for text in _QUOTED.findall(message):
        yield from ((word.start, word.end) for word in words if word.text == text or word.text.endswith(f"={text}"))
        yield from ((word.start, word.end) for word in reversed(words) if word.text.startswith(f"{text}["))
        yield from (_span_of(text, word) for word in words if text in word.text and len(text) > 1)
    yield from ((word.start, word.end) for word in words if _stands_in(word.text, message))


def _span_of(text: str, word: Word) -> tuple[int, int]:
    at = word.text.index(text)
    return word.offsets[at], word.offsets[at + len(text) - 1] + 1


def _stands_in(text: str, message: str) -> bool:
    is_long = len(text) >= _SHORTEST or text.removeprefix("-").isdecimal()
    return is_long and re.search(rf"(?<!\S){re.escape(text)}(?![^\s:,;])", message) is not None
