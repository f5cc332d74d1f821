r"""Decode the escapes in strings and events of a text, so that the names and signs in them are found. Pure.

Encoders of JSON may escape any character: Go writes `&` as `\u0026`, PHP writes `/` as `\/`. So a string may contain a
name, a sign or a quote that no finder recognises. Each function decodes, calls `redact` with the decoded text, and
leaves the text unchanged if `redact` found nothing in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

Redact = Callable[[str], str]

_HEX = "[0-9A-Fa-f]"
_POINT = rf"([2-7]{_HEX})"
_LETTER_ESCAPE = re.compile(
    rf"(?<!\\)\\(?:x{_POINT}|u00{_POINT}|u\{{0{{0,4}}{_POINT}\}}|U000000{_POINT})"
    rf"|&(?:amp;)*+\#[xX]0{{0,8}}+{_POINT}(?!{_HEX});?|&(?:amp;)*+\#0{{0,8}}+(\d{{2,3}})(?!\d);?"
    r"|&(?:amp;)*+(colon|equals|lowbar|period);"
)
_REFERENCES = {"colon": ":", "equals": "=", "lowbar": "_", "period": "."}
_ANGLES = {"<": "&lt;", ">": "&gt;"}
"""Characters that would change the structure of markup, so that their references stay."""
_ESCAPE = re.compile(r"(?<!\\)(\\++)(?:(?:u00|x)([2-7][0-9A-Fa-f])|/)")
_STRING = re.compile(r'"((?:[^"\\\r\n]|\\.)*+)')
"""The content of a string in one line. It may be cut off."""
_EVENT_DATA = re.compile(r"^data:[^\n]*+(?:\ndata:[^\n]*+)++", re.M)
_EXTRA_LETTERS = frozenset("_-.:=")


def redact_escaped_letters(text: str, redact: Redact) -> str:
    r"""Redact the text with all escaped letters and digits decoded, as in `<td>pass&#119;ord</td>` or `"pass\x77ord"`.

    >>> redact_escaped_letters(r"pass\x77ord=1", lambda text: text.replace("word=1", "word=..."))
    'password=...'
    """
    decoded = _decode_letters(text)
    if decoded == text or (redacted := redact(decoded)) == decoded:
        return text
    return redacted


def redact_strings(text: str, redact: Redact) -> str:
    r"""Redact each string whose signs are escaped.

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
    r"""Redact the data of each event of a stream that is spread over several lines.

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
    """The texts that the functions above redact, for a search."""
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
    return "\\" in text and _ESCAPE.search(text) is not None


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
    return _ESCAPE.sub(_sign, content)


def _sign(found: re.Match[str]) -> str:
    if found[2] is None:
        return "/"
    character = chr(int(found[2], 16))
    if character in '"\\':
        return found[1] + character  # a quote stays escaped, so that the string does not end there
    return character if character.isprintable() else found[0]


def _data_of(block: str) -> str:
    return "\n".join(line[len("data:") :].removeprefix(" ") for line in block.split("\n"))
