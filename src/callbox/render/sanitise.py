"""What others sent becomes text that cannot drive a terminal: the one sanitiser of the house.

Control characters, bidirectional controls, invisible marks and lone surrogates are shown as `\\x1b`, `\\u202e`.
Tab and newline stay, CR LF becomes newline. Everything else is left as it is, so clean text costs one scan.
"""

from __future__ import annotations

import re

from callbox.render.style import Fragments

UNSAFE = re.compile(
    "["
    "\x00-\x08\x0b-\x1f"  # C0 without tab and newline
    "\x7f-\x9f"  # DEL and C1: U+009B alone starts a control sequence
    "\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069"  # bidirectional controls, separators, zero-width space
    "\ufeff"
    "\ud800-\udfff"  # lone surrogates: no terminal's encoding can carry them
    "]"
)
_NAMED = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
_PIECES = re.compile(f"({UNSAFE.pattern}+)")


def _escape(match: re.Match[str]) -> str:
    return "".join(f"\\x{ord(c):02x}" if c <= "\xff" else f"\\u{ord(c):04x}" for c in match[0])


def visible(text: str) -> str:
    r"""The text with everything that could act on a terminal made visible. Idempotent.

    >>> visible("a\x1b[31mb\r\nc\u202e")
    'a\\x1b[31mb\nc\\u202e'
    """
    if UNSAFE.search(text) is None:
        return text
    return UNSAFE.sub(_escape, text.replace("\r\n", "\n"))


def visible_line(text: str) -> str:
    r"""As `visible`, for places that hold one line: newline, return and tab become `\n`, `\r` and `\t`.

    >>> visible_line("a\nb\x07")
    'a\\nb\\x07'
    """
    for character, name in _NAMED.items():
        if character in text:
            text = text.replace(character, name)
    return visible(text)


def visible_fragments(text: str, style: str = "") -> Fragments:
    r"""The text in this style with its escapes dimmed.

    >>> visible_fragments("a\x07b", "string")
    [('string', 'a'), ('escape', '\\x07'), ('string', 'b')]
    """
    if UNSAFE.search(text) is None:
        return [(style, text)] if text else []
    pieces = _PIECES.split(text.replace("\r\n", "\n"))
    return [("escape", visible(piece)) if index % 2 else (style, piece) for index, piece in enumerate(pieces) if piece]
