"""Read a JSON text of a server in a way that a signal can end, such as the signal of a deadline."""

from __future__ import annotations

import gc
import json
import re
from typing import Any

MAX_MEMBERS = 2_000_000
"""The most members in a text that has few objects. `json` does not check for signals inside an object."""
MAX_CONTAINERS = 5_000_000
"""The most lists and objects of a text. Each one takes 56 bytes or more."""
LARGE = 1_000_000
"""A text with at least this many characters may take so long that signals matter."""
_MEMBERS_OF_RECORD = 100
"""If a text has more members for each object than this, `json` may work for seconds inside a single object."""
_NAME_END = re.compile(r'"\s*+:')


class TooManyValuesError(ValueError):
    """Raised for a JSON text with so many values that it is not read. The message is for people."""


def load_json(text: str, **hooks: Any) -> Any:
    """The value of a JSON text. `hooks` go to `json.loads`.

    Raises `ValueError` if the text is not JSON, and `TooManyValuesError` if it has too many values.
    """
    if len(text) < LARGE:
        return json.loads(text, **hooks)
    _refuse_too_many(text)
    is_paused = gc.isenabled()
    gc.disable()  # otherwise the collector visits the new values again and again, which takes longer than making them
    try:
        return json.loads(text, object_hook=_check_signals, **hooks)
    finally:
        if is_paused:
            gc.enable()


def _refuse_too_many(text: str) -> None:
    objects = text.count("{")
    if (count := objects + text.count("[")) > MAX_CONTAINERS:
        raise TooManyValuesError(f"has about {count:,} lists and objects, and the limit is {MAX_CONTAINERS:,}")
    if text.count(":") > max(MAX_MEMBERS, objects * _MEMBERS_OF_RECORD):
        count = sum(1 for _ in _NAME_END.finditer(text))  # without the colons in texts
        if count > MAX_MEMBERS:
            raise TooManyValuesError(f"has {count:,} members, and the limit is {MAX_MEMBERS:,}")


def _check_signals(value: dict[str, Any]) -> dict[str, Any]:
    """Return the object unchanged. Python checks for signals whenever a function is called that is not written in C."""
    return value
