"""The escape sequences in `$'...'`, as POSIX shells and bash read them."""

from __future__ import annotations

import re

_NAMED = {
    "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "'": "'", '"': '"', "?": "?", "`": "`",
}  # fmt: skip
_BYTES = re.compile(r"(?:\\x[0-9A-Fa-f]{1,2}|\\[0-7]{1,3})+")
_BYTE = re.compile(r"\\x([0-9A-Fa-f]{1,2})|\\([0-7]{1,3})")
_POINT = re.compile(r"\\u([0-9A-Fa-f]{1,4})|\\U([0-9A-Fa-f]{1,8})")
_LAST_POINT = 0x10FFFF


def read_escape(text: str, position: int) -> tuple[str, int]:
    r"""Decode the escape sequence at this position. Returns the text and the position after it.

    Adjacent byte escapes are decoded together as UTF-8; invalid bytes become lone surrogates.

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
