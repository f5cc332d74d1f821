"""Sanitise foreign text, so that it cannot control a terminal. No other module does this.

Control characters, bidirectional controls, invisible characters and lone surrogates are shown as `\\x1b`, `\\u202e`;
the table is `callbox.exchange.invisible_characters`. Tab and newline stay, and CR LF becomes newline. Text without such
characters is scanned only once.
"""

from __future__ import annotations

from callbox.exchange.invisible_characters import may_hold_unsafe, replace_unsafe, unsafe_spans
from callbox.render.style import Fragments

_NAMED = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _escape(character: str) -> str:
    point = ord(character)
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def visible(text: str) -> str:
    r"""The text with an escape for each character that could control a terminal. A second call changes nothing.

    >>> visible("a\x1b[31mb\r\nc\u202e")
    'a\\x1b[31mb\nc\\u202e'
    """
    if not may_hold_unsafe(text):
        return text
    return replace_unsafe(text.replace("\r\n", "\n"), _escape)


def visible_line(text: str) -> str:
    r"""The text made visible on one line: line feed, carriage return and tab become `\n`, `\r` and `\t`.

    >>> visible_line("a\nb\x07")
    'a\\nb\\x07'
    """
    for character, name in _NAMED.items():
        if character in text:
            text = text.replace(character, name)
    return visible(text)


def visible_fragments(text: str, style: str = "") -> Fragments:
    r"""The text in this style. Escapes of invisible characters get the style `escape`.

    >>> visible_fragments("a\x07b", "string")
    [('string', 'a'), ('escape', '\\x07'), ('string', 'b')]
    """
    if not may_hold_unsafe(text):
        return [(style, text)] if text else []
    text = text.replace("\r\n", "\n")
    pieces: Fragments = []
    at = 0
    for start, end in unsafe_spans(text):
        if start > at:
            pieces.append((style, text[at:start]))
        pieces.append(("escape", "".join(map(_escape, text[start:end]))))
        at = end
    if at < len(text):
        pieces.append((style, text[at:]))
    return pieces
