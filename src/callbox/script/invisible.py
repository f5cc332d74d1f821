"""Characters of a script that are not seen, or are seen as a blank and are none: pages and chats leave them behind."""

from __future__ import annotations

import re
import unicodedata

from callbox.exchange.invisible_characters import IGNORABLE

INVISIBLE = re.compile(rf"[^\S \t\r\n]|[{IGNORABLE}]")
"""One of them."""
_MARK = "\ufeff"


def name_of(character: str) -> str:
    """What it is called.

    >>> name_of("\\u00a0"), name_of("\\ufeff"), name_of("\\x0b")
    ('no-break space', 'byte order mark', 'a control character')
    """
    return "byte order mark" if character == _MARK else unicodedata.name(character, "a control character").lower()
