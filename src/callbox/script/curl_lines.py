"""Which lines belong to a `curl` command: those joined by a backslash or by an open quote. Called by `blocks`."""

from __future__ import annotations

from collections.abc import Sequence


def curl_end(texts: Sequence[str], start: int) -> tuple[int, bool]:
    """The index after the command's last line, and whether all of its quotes are closed."""
    quote = ""
    for index in range(start, len(texts)):
        quote, goes_on = _after(texts[index], quote)
        if not goes_on:
            return index + 1, True
    return len(texts), not quote


def _after(text: str, quote: str) -> tuple[str, bool]:
    """The quote that is open after a line, and whether the next line belongs to it (POSIX shell quoting)."""
    index = 0
    while index < len(text):
        char = text[index]
        if char == "\\" and quote != "'":
            if index == len(text) - 1:
                return quote, True
            index += 1
        elif quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        index += 1
    return quote, bool(quote)
