r"""Find and redact secrets in a text with escaped characters, whichever characters are escaped. Pure.

Any character may be escaped: as `\u005a` and `\x5a` in JSON and JavaScript, `%5a` in a URL, `&#90;` and `&#x5a;` in
markup. The escape may itself be escaped. `decode_levels` decodes a whole text, and remembers where in the text each
decoded character was.

Some encoders of JSON also escape signs: Go writes `&` as `\u0026`, PHP writes `/` as `\/`. So the code that finds
secrets may miss a name, a sign or a quote. `redact_escaped_letters`, `redact_strings` and `redact_events` decode a text
and call `redact` with the result. If `redact` changes nothing, the text stays as it is.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from html import unescape
from html.entities import html5
from typing import NamedTuple

MAX_LEVELS = 5
"""How often a text is decoded, because escapes may be inside escapes (`%255a`, `\\u005a`)."""
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
    """A decoded text, and where each decoded character was in the text before the decoding."""

    text: str
    places: list[int]
    """The indexes of the decoded characters in `text`, in order."""
    starts: list[int]
    """For each decoded character, the index at which its escape began before the decoding."""
    ends: list[int]
    """For each decoded character, the index after its escape before the decoding."""

    def start_of(self, position: int) -> int:
        """The index, before the decoding, at which the character that is now at `position` began."""
        at = bisect_right(self.places, position) - 1
        if at < 0:
            return position
        if self.places[at] == position:
            return self.starts[at]
        return self.ends[at] + position - self.places[at] - 1

    def span_of(self, start: int, end: int) -> tuple[int, int]:
        """The start and end, before the decoding, of the characters that are now from `start` to `end`."""
        return self.start_of(start), self.end_of(end - 1)

    def end_of(self, position: int) -> int:
        """The index, before the decoding, after the character that is now at `position`."""
        at = bisect_right(self.places, position) - 1
        if at >= 0 and self.places[at] == position:
            return self.ends[at]
        return self.start_of(position) + 1


def decode_levels(text: str) -> Iterator[tuple[str, list[DecodedText]]]:
    r"""The text decoded once, then twice, and so on, until nothing is escaped.

    Yields each decoded text, and the steps of decoding that led to it, for `span_in_source`.

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
    """Convert the start and end of a span in a decoded text to start and end in the original text."""
    for step in reversed(steps):
        start, end = step.span_of(start, end)
    return start, end


def decode(text: str) -> DecodedText:
    """Decode all escapes of a text, but not the escapes inside of escapes."""
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
    """The characters that an escape stands for, each with the start and end of its part of the escape; None if the text
    is not an escape.
    """
    if escape[0] == "%" and escape[1] not in "uU":
        return _percent(escape, start)
    character = _of_markup(escape) if escape[0] == "&" else _of_code(escape)
    return None if len(character) != 1 else [(character, start, start + len(escape))]


def _of_markup(escape: str) -> str:
    if escape[1] != "#":
        return html5.get(escape[1:], "")
    digits = escape[2:].rstrip(";")
    return _chr(int(digits[1:], 16) if digits[0] in "xX" else int(digits))


_LEADING_ZEROS = re.compile(r"(?<=&#)0++(?=[0-9])|(?<=&#[xX])0++(?=[0-9a-fA-F])")
_LONG_REFERENCE = re.compile(r"&#(?:[0-9]{8,}+|[xX][0-9a-fA-F]{8,}+);?")


def unescape_markup(text: str) -> str:
    """Decode the character references of HTML. A reference with more digits than any character has becomes U+FFFD:
    Python does not convert thousands of digits, and raises ValueError.

    >>> unescape_markup("a&amp;b&#99;" + "&#" + "1" * 5000 + ";")
    'a&bc�'
    """
    if "&#" in text:
        text = _LONG_REFERENCE.sub("\ufffd", _LEADING_ZEROS.sub("", text))
    return unescape(text)


def _of_code(escape: str) -> str:
    letter = escape[1]
    if escape[0] == "%":
        return _chr(int(escape[2:], 16))
    if letter not in "uUx":
        return _NAMED.get(letter, letter)
    if len(escape) == 12:  # These are two escapes, which are a pair of surrogates.
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
    """A quick check: True if the text may have an escaped letter or digit. Escaped signs do not count."""
    return _ESCAPES_LETTERS.search(text) is not None


def fold(text: str) -> str:
    """The text in lower case, with the same length. So all indexes stay the same."""
    return text.lower() if text.isascii() else text.replace("\u0130", "i").lower()


def find_all(text: str, wanted: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each place where `wanted` occurs in `text`."""
    at = text.find(wanted)
    while at >= 0:
        yield at, at + len(wanted)
        at = text.find(wanted, at + len(wanted))


def replace_spans(text: str, spans: list[tuple[int, int, str]]) -> str:
    """Replace spans of a text. A span is its start, its end and the new text. If spans overlap, the new text of the
    longest replaces all of them.
    """
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


Redact = Callable[[str], str]

_POINT = rf"([2-7]{_HEX})"
_LETTER_ESCAPE = re.compile(
    rf"(?<!\\)\\(?:x{_POINT}|u00{_POINT}|u\{{0{{0,4}}{_POINT}\}}|U000000{_POINT})"
    rf"|&(?:amp;)*+\#[xX]0{{0,8}}+{_POINT}(?!{_HEX});?|&(?:amp;)*+\#0{{0,8}}+(\d{{2,3}})(?!\d);?"
    r"|&(?:amp;)*+(colon|equals|lowbar|period);"
)
_REFERENCES = {"colon": ":", "equals": "=", "lowbar": "_", "period": "."}
_ANGLES = {"<": "&lt;", ">": "&gt;"}
"""Characters that would change the structure of markup if their references were decoded."""
_SIGN_ESCAPE = re.compile(r"(?<!\\)(\\++)(?:(?:u00|x)([2-7][0-9A-Fa-f])|/)")
_STRING = re.compile(r'"((?:[^"\\\r\n]|\\.)*+)')
"""A string in one line, with its content as group 1. The closing quote may be missing."""
_EVENT_DATA = re.compile(r"^data:[^\n]*+(?:\ndata:[^\n]*+)++", re.M)
_EXTRA_LETTERS = frozenset("_-.:=")


def redact_escaped_letters(text: str, redact: Redact) -> str:
    r"""Decode all escaped letters and digits, as in `<td>pass&#119;ord</td>` or `"pass\x77ord"`, and redact the result.

    >>> redact_escaped_letters(r"pass\x77ord=1", lambda text: text.replace("word=1", "word=..."))
    'password=...'
    """
    decoded = _decode_letters(text)
    if decoded == text or (redacted := redact(decoded)) == decoded:
        return text
    return redacted


def redact_strings(text: str, redact: Redact) -> str:
    r"""Decode and redact each quoted string that has escaped signs.

    >>> redact_strings(r'"a\u0020\u003db", "\u0026"', lambda text: text.replace("=b", "=..."))
    '"a =...", "\\u0026"'
    """
    if not _has_escape(text):
        return text

    def replace(found: re.Match[str]) -> str:
        decoded = _decode_signs(found[1])
        redacted = decoded if decoded == found[1] else redact(decoded)
        return found[0] if redacted == decoded else f'"{redacted}'

    return _STRING.sub(replace, text)


def redact_events(text: str, redact: Redact) -> str:
    r"""Join and redact the data of each event of an event stream whose data has several lines.

    >>> redact_events("data: {a\ndata: :1}", lambda text: text.replace("a\n:1", "a\n:..."))
    'data: {a\ndata: :...}'
    """
    if "\ndata:" not in text:
        return text

    def replace(found: re.Match[str]) -> str:
        data = _data_of(found[0])
        redacted = redact(data)
        return found[0] if redacted == data else "\n".join(f"data: {line}" for line in redacted.split("\n"))

    return _EVENT_DATA.sub(replace, text)


def decoded_parts(text: str) -> Iterator[str]:
    """Yield the decoded texts that the functions above pass to `redact`, for code that only searches them."""
    letters = _decode_letters(text)
    if letters != text:
        yield letters
    if _has_escape(text):
        for found in _STRING.finditer(text):
            if (decoded := _decode_signs(found[1])) != found[1]:
                yield decoded
    if "\ndata:" in text:
        yield from (_data_of(found[0]) for found in _EVENT_DATA.finditer(text))


def _has_escape(text: str) -> bool:
    return "\\" in text and _SIGN_ESCAPE.search(text) is not None


def _decode_letters(text: str) -> str:
    return _LETTER_ESCAPE.sub(_letter, text) if "\\" in text or "&" in text else text


def _letter(found: re.Match[str]) -> str:
    if found[7]:
        return _REFERENCES[found[7]]
    character = chr(int(found[6])) if found[6] else chr(int(found[found.lastindex or 1], 16))
    if found[0][0] == "&" and character in _ANGLES:
        return _ANGLES[character]
    is_letter = character.isascii() and character.isalnum()
    return character if is_letter or character in _EXTRA_LETTERS else found[0]


def _decode_signs(content: str) -> str:
    return _SIGN_ESCAPE.sub(_sign, content)


def _sign(found: re.Match[str]) -> str:
    if found[2] is None:
        return "/"
    character = chr(int(found[2], 16))
    if character in '"\\':
        return found[1] + character  # A quote stays escaped. Otherwise the string would end here.
    return character if character.isprintable() else found[0]


def _data_of(block: str) -> str:
    return "\n".join(line[len("data:") :].removeprefix(" ") for line in block.split("\n"))
