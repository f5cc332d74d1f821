r"""Characters that control a terminal or are invisible: the one table for all text that is shown, quoted or named.

Most of these characters are never shown unchanged. Some have a visible effect between letters of some scripts and in
emoji, and stay unchanged there. At other places they could make two different texts look equal, or hide a text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

CONTROLS = "\x00-\x1f\x7f-\x9f\ud800-\udfff"
"""C0, DEL, C1 (U+009B alone starts a control sequence), and lone surrogates, which no encoding can express."""
DIRECTIONS = "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
"""Bidirectional controls, and the separators of lines and paragraphs."""
_JOINERS = "\u200c\u200d"
_HIDDEN = (
    DIRECTIONS
    + _JOINERS
    + "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
)
IGNORABLE = _HIDDEN + "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
"""Unicode's Default_Ignorable_Code_Point characters except variation selectors, and annotations."""

# Arabic, Syriac, N'Ko, the scripts of India and its neighbours, Khmer, Mongolian, Adlam: a joiner changes how letters
# look.
_LETTERS = (
    "\u0620-\u065f\u066e-\u06d3\u06d5-\u06dc\u06df-\u06e8\u06ea-\u06ef\u06fa-\u06ff\u0710-\u074f\u0750-\u077f"
    "\u07ca-\u07f5\u0840-\u085b\u0860-\u088e\u0898-\u08e1\u08e3-\u0965\u0971-\u0df4\u0f40-\u0fbc\u1000-\u103f"
    "\u1050-\u109d\u1780-\u17b3\u17b6-\u17d3\u1820-\u18aa\ua840-\ua873\ua8e0-\ua8ff\ua930-\ua9c0\uaa00-\uaa36"
    "\ufb50-\ufbb1\ufbd3-\ufd3d\ufe70-\ufefc\U00010d00-\U00010d27\U00011000-\U000110ba\U00011100-\U00011fff"
    "\U0001e900-\U0001e94b"
)
_VIRAMAS = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca\u1039\u17d2\ua8c4\ua9c0"
_EMOJI = "\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
_SELECTED = rf"{_EMOJI}#*0-9\u00a9\u00ae\u203c\u2049\u2122\u2139\u2200-\u22ff\u3030\u303d\u3297\u3299"
_IDEOGRAPHS = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"

# Code that lays out text handles tab and newline. One class for both planes takes ten times as long.
_SUSPECT_BMP = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff{_HIDDEN}\ufe00-\ufe0f]")
_HIGH = re.compile("[\U0001bca0-\U000e0fff]")


@cache  # compiling takes seven milliseconds, and few texts need it
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Two patterns: suspect characters, and suspect characters that are legitimate in their context."""
    suspect = re.compile(f"{_SUSPECT_BMP.pattern}|[\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]")
    in_place = re.compile(
        # RFC 5892 appendices A.1 and A.2 allow a joiner after a virama, or between letters that join.
        rf"[{_JOINERS}](?:(?<=[{_VIRAMAS}].)|(?<=[{_LETTERS}].)(?=[{_LETTERS}])"
        # UTS 51: a ZERO WIDTH JOINER between two emoji, with or without a selector after the first.
        rf"|(?<=\u200d)(?:(?<=[{_EMOJI}].)|(?<=[{_SELECTED}]\ufe0f.))(?=[{_EMOJI}]))"
        # One selector may follow a character with several looks; a row of selectors hides a text.
        rf"|(?<=[{_SELECTED}{_IDEOGRAPHS}])[\ufe00-\ufe0f]|(?<=[{_IDEOGRAPHS}])[\U000e0100-\U000e01ef]"
        "|(?<=[\u1820-\u18aa])(?:[\u180b-\u180d\u180f]|\u180e(?=[\u1820-\u18aa]))",
        re.DOTALL,
    )
    return suspect, in_place


def has_unsafe(text: str) -> bool:
    """Whether the text contains a character that must not be shown unchanged. Tab and newline may be shown.

    >>> [has_unsafe(text) for text in ("a\\tb", "a\\x1bb", "a\\u200db", "\\U0001f469\\u200d\\U0001f4bb")]
    [False, True, True, False]
    """
    return next(unsafe_spans(text), None) is not None


def unsafe_spans(text: str) -> Iterator[tuple[int, int]]:
    """The spans of characters that must not be shown unchanged. Neighbours form one span."""
    if not may_hold_unsafe(text):
        return
    suspect, in_place = _patterns()
    start = end = -1
    for match in suspect.finditer(text):
        at = match.start()
        if in_place.match(text, at):
            continue
        if at != end:
            if start >= 0:
                yield start, end
            start = at
        end = at + 1
    if start >= 0:
        yield start, end


def replace_unsafe(text: str, write: Callable[[str], str]) -> str:
    """The text, with the result of `write` in place of each character that must not be shown unchanged."""
    if not may_hold_unsafe(text):
        return text
    suspect, in_place = _patterns()
    return suspect.sub(lambda m: m[0] if in_place.match(text, m.start()) else write(m[0]), text)


def may_hold_unsafe(text: str) -> bool:
    """Whether `has_unsafe` may be true; a quick check."""
    if _SUSPECT_BMP.search(text) is not None:
        return True
    return not text.isascii() and _HIGH.search(text) is not None


def is_suspect(character: str) -> bool:
    """Whether this character is shown as an escape, always or at most places."""
    return _patterns()[0].match(character) is not None
