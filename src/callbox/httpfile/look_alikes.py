"""Characters that look like ASCII characters: the word that a text seems to be, and the character that differs."""

from __future__ import annotations

import re
import unicodedata

from callbox.httpfile.diagnostics import INVISIBLE, character_name

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
"""Letters of Cyrillic, Greek, IPA and Armenian, and signs, by what they look like. NFKC knows the rest."""
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
    'U+0435, cyrillic small letter ie, stands in it: type it anew'
    """
    found = next((char for char in text if not char.isascii() and plain(char).isascii()), "")
    return f"U+{ord(found):04X}, {character_name(found)}, stands in it: type it anew" if found else ""
