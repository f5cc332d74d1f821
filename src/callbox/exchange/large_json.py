"""Parse JSON of a server so that a signal, such as Ctrl-C or the signal of a deadline, can stop the work."""

from __future__ import annotations

import gc
import json
import re
from typing import Any

MAX_MEMBERS = 2_000_000
"""The limit on members, for a text of few objects with many members each. `json` cannot be stopped inside an object."""
MAX_CONTAINERS = 5_000_000
"""The limit on lists and objects in a text. Each of them takes 56 bytes of memory or more."""
LARGE = 1_000_000
"""A text with fewer characters takes so little time that it is parsed without these limits."""
_MEMBERS_OF_RECORD = 100
"""`MAX_MEMBERS` applies only to a text with more members than this for each object on average."""
_NAME_END = re.compile(r'"\s*+:')


class TooManyValuesError(ValueError):
    """A JSON text has so many values that callbox does not parse it. The message is for the user and follows a noun:
    `has 3,000,000 members, ..`.
    """


def load_json(text: str, **hooks: Any) -> Any:
    """Parse a JSON text and return its value. `hooks` are passed to `json.loads`. Raises `ValueError` if the text is
    not JSON, and `TooManyValuesError` if it has too many values.
    """
    if len(text) < LARGE:
        return json.loads(text, **hooks)
    _refuse_too_many(text)
    is_paused = gc.isenabled()
    gc.disable()  # The collector would visit all new values again and again, which takes longer than to make them.
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
        count = sum(1 for _ in _NAME_END.finditer(text))  # This count leaves out most colons inside of strings.
        if count > MAX_MEMBERS:
            raise TooManyValuesError(f"has {count:,} members, and the limit is {MAX_MEMBERS:,}")


def _check_signals(value: dict[str, Any]) -> dict[str, Any]:
    """Return the object unchanged. Python checks for signals at each call of a Python function, so this call lets a
    signal stop the parser.
    """
    return value
