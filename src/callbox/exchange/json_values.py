"""JSON values: parse JSON of a server so that a signal, such as Ctrl-C, can stop the work; make keys for comparison."""

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
MAX_COMPARED = 1_000
"""The most values in an object or list that is compared with others.

A larger object or list counts as different from all others.
"""
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


def value_key(value: Any) -> tuple[str, Any]:
    """A key for a JSON value. Equal values have equal keys, and different values have different keys.

    `true` is not 1, but 1 equals 1.0.
    """
    if isinstance(value, (dict, list)):
        is_small = _count(value, MAX_COMPARED) < MAX_COMPARED
        return ("json", json.dumps(value, sort_keys=True, default=str)) if is_small else ("same", id(value))
    return "boolean" if isinstance(value, bool) else "scalar", value


def _count(value: Any, most: int) -> int:
    """The number of values inside a value, plus one for every hundred characters of text. Counting stops at `most`."""
    count, waiting = 0, [value]
    while waiting and count < most:
        one = waiting.pop()
        inner = [*one, *one.values()] if isinstance(one, dict) and len(one) < most else one
        count += 1
        if isinstance(inner, str):
            count += len(inner) // 100
        elif isinstance(inner, list | dict):
            count += len(inner)
        if isinstance(inner, list) and count < most:
            waiting += inner
    return count
