r"""Find texts that occur in another text in escaped form, whichever characters are escaped. Pure.

Any character may be escaped: as `\u005a` and `\x5a` in JSON and JavaScript, `%5a` in a URL, `&#90;` and `&#x5a;` in
markup, and as any of these inside another. The text is decoded as a whole, and each decoded character is mapped to its
place.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from html.entities import html5
from typing import NamedTuple

MAX_LEVELS = 5
"""The most times that a text is decoded, because escapes may be inside escapes (`%255a`, `\\u005a`)."""
_HEX = "[0-9a-fA-F]"
_WITHOUT_SEMICOLON = sorted((name for name in html5 if not name.endswith(";")), key=len, reverse=True)
_ESCAPE = re.compile(
    rf"\\u[dD][89abAB]{_HEX}{{2}}\\u[dD][c-fC-F]{_HEX}{{2}}"
    rf"|\\[uU]{_HEX}{{8}}(?<=U.{{8}})|\\[uU]{_HEX}{{4}}|\\u\{{{_HEX}{{1,6}}\}}|\\x{_HEX}{{2}}|\\[^A-Za-z0-9\n]|\\[bfnrt]"
    rf"|(?:%{_HEX}{{2}})+|%u{_HEX}{{4}}"
    rf"|&\#0{{0,8}}\d{{1,7}};?|&\#[xX]0{{0,8}}{_HEX}{{1,6}};?|&[A-Za-z][A-Za-z0-9]{{1,31}};"
    rf"|&(?:{'|'.join(_WITHOUT_SEMICOLON)})"
)
_MAY_ESCAPE = re.compile(rf"\\[^A-Za-z0-9\n]|\\[uUxbfnrt]|%{_HEX}|%u|&[#A-Za-z]")
_NAMED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_LAST_POINT = 0x10FFFF


class DecodedText(NamedTuple):
    """A decoded text, with the place of each decoded character in the text before."""

    text: str
    places: list[int]
    """The positions of the decoded characters, in order."""
    starts: list[int]
    """The start of the escape of each decoded character."""
    ends: list[int]
    """The end of the escape of each decoded character."""

    def start_of(self, position: int) -> int:
        """The start, in the text before, of the character at this position."""
        at = bisect_right(self.places, position) - 1
        if at < 0:
            return position
        if self.places[at] == position:
            return self.starts[at]
        return self.ends[at] + position - self.places[at] - 1

    def span_of(self, start: int, end: int) -> tuple[int, int]:
        """The start and end of these characters in the text before."""
        return self.start_of(start), self.end_of(end - 1)

    def end_of(self, position: int) -> int:
        """The end, in the text before, of the character at this position."""
        at = bisect_right(self.places, position) - 1
        if at >= 0 and self.places[at] == position:
            return self.ends[at]
        return self.start_of(position) + 1


def decode_levels(text: str) -> Iterator[tuple[str, list[DecodedText]]]:
    r"""The text decoded once, twice, .. until nothing is escaped. Each comes with the steps that lead back to the text.

    >>> [decoded for decoded, _ in decode_levels("%255a \\u0071 &amp;#90;")]
    ['%5a q &#90;', 'Z q Z']
    """
    steps: list[DecodedText] = []
    for _ in range(MAX_LEVELS):
        if _MAY_ESCAPE.search(text) is None:
            return
        decoded = decode(text)
        if decoded.text == text:
            return
        steps = [*steps, decoded]
        text = decoded.text
        yield text, steps


def span_in_source(steps: list[DecodedText], start: int, end: int) -> tuple[int, int]:
    """The span in the first text of a part of the text that these steps have decoded."""
    for step in reversed(steps):
        start, end = step.span_of(start, end)
    return start, end


def decode(text: str) -> DecodedText:
    """Decode each escape once."""
    parts: list[str] = []
    decoded = DecodedText("", [], [], [])
    at = size = 0
    for found in _ESCAPE.finditer(text):
        start, end = found.span()
        made = _characters(found[0], start)
        if made is None:
            continue
        parts.append(text[at:start])
        size += start - at
        for character, from_, to in made:
            parts.append(character)
            decoded.places.append(size)
            decoded.starts.append(from_)
            decoded.ends.append(to)
            size += 1
        at = end
    parts.append(text[at:])
    return decoded._replace(text="".join(parts))


def _characters(escape: str, start: int) -> list[tuple[str, int, int]] | None:
    """The characters of an escape, each with its place; None if the text is not an escape."""
    if escape[0] == "%" and escape[1] not in "uU":
        return _percent(escape, start)
    character = _of_markup(escape) if escape[0] == "&" else _of_code(escape)
    return None if len(character) != 1 else [(character, start, start + len(escape))]


def _of_markup(escape: str) -> str:
    if escape[1] != "#":
        return html5.get(escape[1:], "")
    digits = escape[2:].rstrip(";")
    return _chr(int(digits[1:], 16) if digits[0] in "xX" else int(digits))


def _of_code(escape: str) -> str:
    letter = escape[1]
    if escape[0] == "%":
        return _chr(int(escape[2:], 16))
    if letter not in "uUx":
        return _NAMED.get(letter, letter)
    if len(escape) == 12:  # the escape is a pair of surrogates
        return bytes.fromhex(escape[2:6] + escape[8:12]).decode("utf-16-be", "replace")
    return _chr(int(escape[2:].strip("{}"), 16))


def _chr(point: int) -> str:
    return chr(point) if point <= _LAST_POINT else ""


def _percent(escape: str, start: int) -> list[tuple[str, int, int]]:
    made = []
    for character in bytes.fromhex(escape.replace("%", "")).decode("utf-8", "surrogateescape"):
        end = start + 3 * len(character.encode("utf-8", "surrogateescape"))
        made.append((character, start, end))
        start = end
    return made


_ESCAPES_LETTERS = re.compile(rf"\\[uUx\\]|%(?:u|25|[3-7]{_HEX})|&(?:#|amp;)")


def may_escape_letters(text: str) -> bool:
    """Whether letters and digits may be escaped in the text, and not only signs such as quotes; a quick check."""
    return _ESCAPES_LETTERS.search(text) is not None


def fold(text: str) -> str:
    """The text in small letters, with the same length."""
    return text.lower() if text.isascii() else text.replace("\u0130", "i").lower()


def find_all(text: str, wanted: str) -> Iterator[tuple[int, int]]:
    """The positions at which a text occurs in another."""
    at = text.find(wanted)
    while at >= 0:
        yield at, at + len(wanted)
        at = text.find(wanted, at + len(wanted))


def replace_spans(text: str, spans: list[tuple[int, int, str]]) -> str:
    """The text with each span replaced. If spans overlap, the replacement of the longest one stands for all."""
    parts: list[str] = []
    at = 0
    spans.sort(key=lambda span: span[0])
    number = 0
    while number < len(spans):
        start, end, replacement = spans[number]
        longest = end - start
        while number + 1 < len(spans) and spans[number + 1][0] < end:
            number += 1
            if spans[number][1] - spans[number][0] > longest:
                longest, replacement = spans[number][1] - spans[number][0], spans[number][2]
            end = max(end, spans[number][1])
        parts += [text[at:start], replacement]
        at = end
        number += 1
    return "".join([*parts, text[at:]])
