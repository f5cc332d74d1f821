"""How many columns of a terminal a text takes: wide characters take two, combining ones none."""

from __future__ import annotations

_ELLIPSIS = ".."


def width(text: str) -> int:
    """Columns that this line takes.

    >>> width("abc"), width("日本"), width("e\u0301")
    (3, 4, 1)
    """
    return len(text) if text.isascii() else sum(map(_cells, text))


def _cells(character: str) -> int:
    if character < "\u0300":
        return 1
    import unicodedata  # a shared object that plain ASCII never needs

    if unicodedata.category(character) in ("Mn", "Me", "Cf") or "\u1160" <= character <= "\u11ff":
        return 0  # the Hangul range: medial vowels and finals join the syllable before them
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def prefix(text: str, columns: int) -> str:
    """The longest beginning that fits these columns; marks stay with the character that they sit on.

    >>> prefix("日本語", 5)
    '日本'
    """
    if text.isascii():
        return text[: max(columns, 0)]
    used = 0
    for index, character in enumerate(text):
        used += _cells(character)
        if used > columns:
            return text[:index]
    return text


def fit(text: str, columns: int) -> str:
    """The text, cut to these columns with `..` where it is longer.

    >>> fit("application/json", 8), fit("ok", 8)
    ('applic..', 'ok')
    """
    if len(text) * 2 <= columns or width(text) <= columns:
        return text
    if columns <= len(_ELLIPSIS):
        return prefix(text, columns)
    return prefix(text, columns - len(_ELLIPSIS)) + _ELLIPSIS


def pad(text: str, columns: int, align: str = "left") -> str:
    """The text filled up with blanks to these columns, on the side opposite to `align`."""
    blanks = " " * max(0, columns - width(text))
    return blanks + text if align == "right" else text + blanks
