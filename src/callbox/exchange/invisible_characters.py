r"""The characters that control a terminal or are invisible. All code that prints text, quotes text or makes file names
uses these tables.

callbox prints most of these characters as escapes. Some of them are normal between letters of some scripts and in
emoji, and are printed unchanged there. Elsewhere they could make two different texts look equal, or hide a text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

CONTROLS = "\x00-\x1f\x7f-\x9f\ud800-\udfff"
"""The control characters C0, DEL and C1, and lone surrogates. Of C1, U+009B starts a control sequence by itself. No
encoding has lone surrogates.
"""
DIRECTIONS = "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
"""The characters that change the direction of text, and the separators of lines and paragraphs."""
_JOINERS = "\u200c\u200d"
_HIDDEN = (
    DIRECTIONS
    + _JOINERS
    + "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
)
IGNORABLE = _HIDDEN + "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
"""The characters with Unicode's property Default_Ignorable_Code_Point, without variation selectors, and the characters
for annotations.
"""

# The letters of Arabic, Syriac, N'Ko, the scripts of India and its neighbours, Khmer, Mongolian and Adlam. Between
# them, a joiner changes how the letters look.
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

# Tab and newline are missing here, because the code that lays out text handles them. One pattern for all planes of
# Unicode would take ten times as long.
_SUSPECT_BMP = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff{_HIDDEN}\ufe00-\ufe0f]")
_HIGH = re.compile("[\U0001bca0-\U000e0fff]")


@cache  # compiling takes seven milliseconds, and few texts need it
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Two patterns. The first finds suspect characters. The second matches a suspect character that is normal where it
    stands, such as a joiner between Arabic letters.
    """
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
    """Whether the text contains a character that must be printed as an escape. Tab and newline need no escape.

    >>> [has_unsafe(text) for text in ("a\\tb", "a\\x1bb", "a\\u200db", "\\U0001f469\\u200d\\U0001f4bb")]
    [False, True, True, False]
    """
    return next(unsafe_spans(text), None) is not None


def unsafe_spans(text: str) -> Iterator[tuple[int, int]]:
    """Find the characters that must be printed as escapes. Yields the start and end of each run of them."""
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
    """Replace each character that must be printed as an escape by the result of `write`, which gets the character."""
    if not may_hold_unsafe(text):
        return text
    suspect, in_place = _patterns()
    return suspect.sub(lambda m: m[0] if in_place.match(text, m.start()) else write(m[0]), text)


def may_hold_unsafe(text: str) -> bool:
    """A quick check: True if the text may have a character that must be printed as an escape."""
    if _SUSPECT_BMP.search(text) is not None:
        return True
    return not text.isascii() and _HIGH.search(text) is not None


def is_suspect(character: str) -> bool:
    """Whether this character is printed as an escape, at all places or at most of them."""
    return _patterns()[0].match(character) is not None
