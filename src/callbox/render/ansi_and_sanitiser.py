r"""Prepare text for the terminal: sanitise foreign text, so that it cannot control the terminal, and convert fragments
to text with ANSI escape sequences. No other module does either.

Control characters, bidirectional controls, invisible characters and lone surrogates are shown as `\x1b`, `\u202e`;
the table is `callbox.exchange.invisible_characters`. Tab and newline stay, and CR LF becomes newline. Text without such
characters is scanned only once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from callbox.exchange.invisible_characters import may_hold_unsafe, replace_unsafe, unsafe_spans
from callbox.render.style import STYLES, Fragment, Fragments

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


_ATTRIBUTES = {"bold": "1", "dim": "2", "italic": "3", "underline": "4", "reverse": "7"}
_NAMES = "black red green yellow blue magenta cyan gray".split()
_BRIGHT = "brightblack brightred brightgreen brightyellow brightblue brightmagenta brightcyan white".split()
_COLOURS = {f"ansi{n}": str(30 + i) for i, n in enumerate(_NAMES)}
_COLOURS |= {f"ansi{n}": str(90 + i) for i, n in enumerate(_BRIGHT)}
_LEVELS = (0, 95, 135, 175, 215, 255)  # the six levels of xterm's colour cube


def plain(fragments: Iterable[Fragment]) -> str:
    """The text without its styles.

    >>> plain([("error", "No "), ("", "way")])
    'No way'
    """
    return visible("".join([text for _, text in fragments]))


def to_ansi(fragments: Iterable[Fragment], colors: int, styles: Mapping[str, str] = STYLES) -> str:
    r"""The text with ANSI colours. `colors` is the number of colours: 0 (no escape sequences), 16, 256 or 16777216.

    Every line ends without a style, so that a line that is cut does not colour the next line. The text is sanitised
    again, so that it has only the escape sequences that this function writes.

    >>> to_ansi([("ok", "yes\n")], 16)
    '\x1b[32myes\x1b[0m\n'
    """
    if not colors:
        return plain(fragments)
    out: list[str] = []
    for style, text in _joined(fragments):
        code = sgr(styles.get(style, ""), colors)
        out.append(_wrap(visible(text), code) if code else visible(text))
    return "".join(out)


def _joined(fragments: Iterable[Fragment]) -> Iterable[Fragment]:
    """Join neighbours of the same style, so that fewer escape sequences are written."""
    last, texts = "", list[str]()
    for style, text in fragments:
        if style != last and texts:
            yield last, "".join(texts)
            texts = []
        last = style
        texts.append(text)
    if texts:
        yield last, "".join(texts)


def _wrap(text: str, code: str) -> str:
    if "\n" not in text:
        return f"{code}{text}\x1b[0m" if text else ""
    return "\n".join(f"{code}{line}\x1b[0m" if line else "" for line in text.split("\n"))


@lru_cache(maxsize=512)
def sgr(look: str, colors: int) -> str:
    r"""The escape sequence of a look such as `bold ansired` or `#d0d0d0`; empty if the look changes nothing.

    >>> sgr("bold ansired", 16), sgr("#ff8700", 256), sgr("", 16)
    ('\x1b[1;31m', '\x1b[38;5;208m', '')
    """
    codes = []
    for word in look.split():
        if word in _ATTRIBUTES:
            codes.append(_ATTRIBUTES[word])
        elif word in _COLOURS:
            codes.append(_COLOURS[word])
        elif word.startswith("#") and len(word) == 7:
            codes.append(_colour(int(word[1:3], 16), int(word[3:5], 16), int(word[5:7], 16), colors))
    return f"\x1b[{';'.join(codes)}m" if codes else ""


def _colour(red: int, green: int, blue: int, colors: int) -> str:
    if colors > 256:
        return f"38;2;{red};{green};{blue}"
    if colors == 256:
        return f"38;5;{_nearest_256(red, green, blue)}"
    return _nearest_16(red, green, blue)


def _nearest_256(red: int, green: int, blue: int) -> int:
    r, g, b = (min(range(6), key=lambda i: abs(_LEVELS[i] - part)) for part in (red, green, blue))
    gray = max(0, min(23, ((red + green + blue) // 3 - 3) // 10))
    cube_miss = sum(abs(_LEVELS[i] - p) for i, p in ((r, red), (g, green), (b, blue)))
    gray_miss = sum(abs(8 + 10 * gray - p) for p in (red, green, blue))
    return 232 + gray if gray_miss < cube_miss else 16 + 36 * r + 6 * g + b


_GRAYS = ((50, "30"), (140, "90"), (220, "37"), (256, "97"))
"""The codes of black, two grays and white. Each is used below the given brightness."""


def _nearest_16(red: int, green: int, blue: int) -> str:
    """The nearest of 16 colours by hue. By distance, dark blue and pale blue would not both become blue."""
    top, low = max(red, green, blue), min(red, green, blue)
    if top - low < 40:
        return next(code for most, code in _GRAYS if top < most)
    middle = (top + low) // 2
    bits = (red > middle) | (green > middle) << 1 | (blue > middle) << 2
    return str((90 if low > 120 or top > 230 else 30) + bits)
