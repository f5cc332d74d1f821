"""Paths of `--ignore`: the leaves of a JSON document by their path, and patterns that match them."""

from __future__ import annotations

import json
import re

from callbox.errors import UsageError

_PLAIN = re.compile(r"[^.\[\]'\"\s]+\Z")

_STEP_END = r"(?=[.\[]|\Z)"

_PATH = re.compile(r"\$(?:\.{1,2}(?:\*|[^.\[\]*]+)|\[(?:\d+|\*|'[^']*')\])*\Z")


def leaves(value: object, path: str = "$") -> dict[str, str]:
    """Each leaf of a document by its path, written as JSON.

    >>> leaves({"a": [1, {"b.c": None}], "d": {}})
    {'$.a[0]': '1', "$.a[1]['b.c']": 'null', '$.d': '{}'}
    """
    found: dict[str, str] = {}
    pending = [(path, value)]
    while pending:
        path_so_far, item = pending.pop()
        if isinstance(item, dict) and item:
            pending += reversed([(path_so_far + _member(key), member) for key, member in item.items()])
        elif isinstance(item, list) and item:
            pending += reversed([(f"{path_so_far}[{index}]", member) for index, member in enumerate(item)])
        else:
            found[path_so_far] = json.dumps(item, ensure_ascii=False)
    return found


def _member(key: str) -> str:
    return f".{key}" if _PLAIN.match(key) else f"['{key}']"


def check_ignored(word: str) -> None:
    """Raise `UsageError` for a path that `--ignore` cannot understand and would silently skip."""
    name = word.removeprefix("header:")
    is_valid = word == "body" or (name != word and name.strip()) or _PATH.match(word)
    if not is_valid:
        raise UsageError(
            f"--ignore takes header:NAME, a path or body, not '{word}'", hint="such as --ignore '$.items[*].updated_at'"
        )


def pattern_of(path: str) -> re.Pattern[str]:
    """A path of `--ignore` as a pattern over the paths of leaves: `$.items[*].id`, `$..updated_at`.

    >>> bool(pattern_of("$.a[*].b").match("$.a[3].b.c")), bool(pattern_of("$..at").match("$[0].x.at"))
    (True, True)
    >>> bool(pattern_of("$..*.id").match("$.a['b c'].id")), bool(pattern_of("$..a").match("$.ab"))
    (True, False)
    """
    first, *below = re.escape(path).split(r"\.\.")
    # The nearest fit is as good as any, as nothing is said of the end: atomic, so that no further ones are tried.
    parts = (f"(?>(?:[.\\[].*?)??{steps}{_STEP_END})" for steps in (_steps("\\." + part) for part in below))
    return re.compile("".join([_steps(first), *parts]) + _STEP_END)


def _steps(text: str) -> str:
    """The steps of a path, escaped, with stars as patterns."""
    return text.replace(r"\[\*\]", r"\[\d+\]").replace(r"\.\*", r"(?:\.[^.\[]+|\['[^']*'\])")
