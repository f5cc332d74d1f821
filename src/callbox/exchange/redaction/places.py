"""Redact the line of a place in a file, and move the caret below it."""

from __future__ import annotations

from collections.abc import Callable

from callbox.errors import Place


def redact_place(place: Place, redact: Callable[[str], str]) -> Place:
    """The place with its line redacted and its caret below the same characters as before.

    A line that became shorter is padded on the left, so that the column is still the column in the file.

    >>> place = Place("a.http", 1, 16, 3, "?token=hunter2&{x}")
    >>> redact_place(place, lambda text: text.replace("hunter2", "...")).source
    '    ?token=...&{x}'
    """
    at = max(place.column - 1, 0)
    before, marked = redact(place.source[:at]), redact(place.source[: at + place.length])
    longer = len(before) - at
    return place._replace(
        source=" " * -longer + redact(place.source),
        column=place.column + max(longer, 0),
        length=max(len(marked) - len(before), 1),
    )
