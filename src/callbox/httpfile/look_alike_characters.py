"""Invisible characters and look-alikes of ASCII in a `.http` file: their names, and hints about them."""

from __future__ import annotations

import re
import unicodedata

from callbox.exchange.invisible_characters import IGNORABLE

INVISIBLE = re.compile(rf"[^\S \t\r\n]|[{IGNORABLE}]")
"""An invisible character."""

_MARK = "\ufeff"


def character_name(character: str) -> str:
    """The Unicode name of a character.

    >>> character_name("\\u00a0"), character_name("\\ufeff"), character_name("\\x0b")
    ('no-break space', 'byte order mark', 'a control character')
    """
    return "byte order mark" if character == _MARK else unicodedata.name(character, "a control character").lower()


_LETTERS = str.maketrans(
    {
        shown: meant
        for shapes, ascii_ in (
            ("АВСЕНІЈКМОРЅТХУԌԚԜ", "ABCEHIJKMOPSTXYGQW"),  # Cyrillic
            ("аеіјкморсуѕхтһԁԛԝгпи", "aeijkmopcysxthdqwrnu"),
            ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"),  # Greek
            ("αεικνορτυχ", "aeikvoptux"),
            ("ıɑɡɩոսօ", "iaginuo"),  # Turkish, IPA, Armenian
            ("♯‐‑‒–—―−⁃⁄∕∶", "#--------//:"),  # signs
        )
        for shown, meant in zip(shapes, ascii_, strict=True)
    }
)
"""Letters of Cyrillic, Greek, IPA and Armenian, and other signs, each with the ASCII letter that it looks like.

NFKC replaces all other look-alikes.
"""

_UNSEEN = re.compile(rf"(?![^\S\n]){INVISIBLE.pattern}|[\ufe00-\ufe0f\u20dd-\u20e4]")


def plain(text: str) -> str:
    """The text with look-alikes replaced by ASCII and invisible characters removed.

    >>> plain("# @\\u0435x\\u200bpect"), plain("\\uff1f\\uff1f status")
    ('# @expect', '?? status')
    """
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", _UNSEEN.sub("", text)).translate(_LETTERS)


def describe_look_alike(text: str) -> str:
    """A hint that names the first look-alike in a text; empty if there is none.

    >>> describe_look_alike("# @\\u0435xpect")
    'U+0435, cyrillic small letter ie, looks like a letter of ASCII: retype it'
    """
    found = next((char for char in text if not char.isascii() and plain(char).isascii()), "")
    return f"U+{ord(found):04X}, {character_name(found)}, looks like a letter of ASCII: retype it" if found else ""


def unseen(text: str) -> str:
    """A hint for a line with an invisible character; empty if the line has none.

    >>> unseen("GET\\u00a0http://a/")
    'Character 4 of the line is U+00A0, no-break space: write a plain blank, or nothing'
    """
    found = INVISIBLE.search(text, 0, 2000)
    if found is None:
        return ""
    character = f"U+{ord(found[0]):04X}, {character_name(found[0])}"
    return f"Character {found.start() + 1} of the line is {character}: write a plain blank, or nothing"
