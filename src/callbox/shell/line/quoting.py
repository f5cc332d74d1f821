r"""The inside of `$'...'`, as POSIX shells and bash read it: `\n`, `\x1b`, `\u202e`, `\'`.

Browsers copy requests in it, and what holds control characters is written in it, since it can be read back.
"""

from __future__ import annotations

import re

from callbox.exchange.invisible_characters import is_suspect

_NAMED = {
    "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "'": "'", '"': '"', "?": "?", "`": "`",
}  # fmt: skip
_WRITTEN = {"\a": "a", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v", "\\": "\\", "'": "'"}
_BYTES = re.compile(r"(?:\\x[0-9A-Fa-f]{1,2}|\\[0-7]{1,3})+")
_BYTE = re.compile(r"\\x([0-9A-Fa-f]{1,2})|\\([0-7]{1,3})")
_POINT = re.compile(r"\\u([0-9A-Fa-f]{1,4})|\\U([0-9A-Fa-f]{1,8})")
_LAST_POINT = 0x10FFFF


def read_escape(text: str, position: int) -> tuple[str, int]:
    r"""What the backslash at this position stands for, and where the text goes on.

    Neighbouring bytes are read together, as UTF-8; what none is, is kept as a lone surrogate.

    >>> read_escape(r"\xc3\xa9!", 0), read_escape(r"\u0021", 0), read_escape(r"\q", 0)
    (('é', 8), ('!', 6), ('\\q', 2))
    """
    if match := _BYTES.match(text, position):
        data = bytes(int(octal, 8) & 255 if octal else int(hexa, 16) for hexa, octal in _BYTE.findall(match[0]))
        return data.decode("utf-8", "surrogateescape"), match.end()
    if match := _POINT.match(text, position):
        point = int(match[1] or match[2], 16)
        return chr(point) if point <= _LAST_POINT else "\ufffd", match.end()
    following = text[position + 1 : position + 2]
    return _NAMED.get(following, f"\\{following}"), position + 1 + len(following)


def write_escaped(text: str) -> str:
    r"""The text in `$'...'`: what cannot be seen, and what would act on a terminal, as escapes.

    >>> write_escaped("it's\r\n\u202e")
    "$'it\\'s\\r\\n\\u202e'"
    """
    return "$'" + "".join(map(_write, text)) + "'"


def _write(character: str) -> str:
    if character in _WRITTEN:
        return f"\\{_WRITTEN[character]}"
    if character.isprintable() and not is_suspect(character):
        return character
    point = ord(character)
    if point < 0x80:
        return f"\\x{point:02x}"
    if 0xDC80 <= point <= 0xDCFF:  # a byte that is no UTF-8
        return f"\\x{point - 0xDC00:02x}"
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"
