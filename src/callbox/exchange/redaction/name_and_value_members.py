"""Find values whose name is the text of another member of the same object: `{"name": "password", "value": "x"}`. Pure.

The text may be JSON, escaped JSON, a literal of Python or Ruby, a tag with attributes, YAML or a form. An object begins
and ends at brackets `{}` or `<>`. If there are no such brackets near, a name counts only if it is in the last member
before the value, and this member has a usual key (`name: password`).

For parsed JSON, `is_secret_member` in `credential_names` has the same rule.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain

from callbox.exchange.redaction.credential_names import (
    KEYS_OF_NAMES,
    VALUE_WORDS,
    is_value_key,
    names_value_beside,
)

Span = tuple[int, int]

_BESIDE = 500
"""How many characters may be between the name and the value."""
_BRACKET = re.compile(r"[{}<>]")
_VALUE_KEY = re.compile(rf"(?:{'|'.join(sorted(VALUE_WORDS))})\]?\\{{0,8}}+[\"']?\s{{0,8}}+[:=]")
"""The last word of a key of a value. To search for it is much faster than to search for all keys."""
_NAME_KEY = re.compile(rf"(?:{'|'.join(sorted(KEYS_OF_NAMES))})\]?\\{{0,8}}+[\"']?\s{{0,8}}+[:=]")
"""The last word of a key of a name, in lower case."""
_BOUNDS = frozenset("\"'\n:=,;&{}<>[(")
"""The characters that may stand before the text of a member."""
_KEY = re.compile(r"(?<![\w.-])([\w.-]{1,60}+)\]?\\{0,8}+[\"']?\s{0,8}+(?:=>|[:=])")
_MEMBER = re.compile(
    rf"{_KEY.pattern}\s{{0,8}}+"
    r"(?:\\{0,8}+\"([^\"\\\n]{1,100}+)|\\{0,8}+'([^'\\\n]{1,100}+)|\[([^\[\]{}<>]{1,300}+)\]|([^\s\"'\\\[{}<>,;&]{1,100}+))"
)
_LAST_ITEM = re.compile(r"[\"']([^\"'\\]{1,100}+)\\{0,8}+[\"']\s{0,80}+\Z")


def find_value_keys(text: str, words: Iterable[Span]) -> Iterator[Span]:
    """Find the keys of members whose value may be a credential that another member names. Yields the start and end of
    each key. `words` are the spans of words of credentials' names that may be texts of members.

    >>> list(find_value_keys('{"name": "password", "type": "b", "value": "c"}', [(10, 18)]))
    [(35, 40)]
    """
    end = searched = -1
    for start, last in sorted(words):
        if start < end or not _is_value(text, start):
            continue
        spans, is_bounded = _object_around(text, start, last)
        for first, stop in spans:
            yield from _value_keys(text, first if is_bounded else max(first, searched), stop)
        if is_bounded:
            end = spans[-1][1]
        else:
            searched = spans[-1][1]


def _value_keys(text: str, start: int, end: int) -> Iterator[Span]:
    if _VALUE_KEY.search(text[start:end].lower()) is not None:
        yield from (key.span(1) for key in _KEY.finditer(text, start, end) if is_value_key(key[1]))


def has_name_beside(text: str, start: int, end: int) -> bool:
    """Whether the object around the key from `start` to `end` has another member whose text is the name of a
    credential.

    >>> has_name_beside('{"name": "password", "value": "c"}', 22, 27)
    True
    """
    spans, is_bounded = _object_around(text, start, end)
    before = [(first, stop) for first, stop in spans if stop <= start]
    after = [(first, stop) for first, stop in spans if first >= end]
    if is_bounded:
        return any(names_value_beside(*member) for member in _members(text, [*before, *after]))
    # The search after the key is first, because it stops at the first name.
    if any(names_value_beside(*member) for member in _named_members(text, after)):
        return True
    last = deque(_named_members(text, before), maxlen=1)
    return bool(last) and names_value_beside(*last[0])


def _named_members(text: str, spans: Iterable[Span]) -> Iterator[tuple[str, str]]:
    """The members whose key usually stands before a name, such as `param`. A quick search skips spans without such a
    key.
    """
    named = [span for span in spans if _NAME_KEY.search(text[slice(*span)].lower()) is not None]
    return (member for member in _members(text, named) if member[0].lower() in KEYS_OF_NAMES)


def _members(text: str, spans: Iterable[Span]) -> Iterator[tuple[str, str]]:
    for member in chain.from_iterable(_MEMBER.finditer(text, *span) for span in spans):
        value = member[2] or member[3] or member[5]
        if member[4] and (item := _LAST_ITEM.search(member[4])):
            value = item[1]
        if value:
            yield member[1], value


def _object_around(text: str, start: int, end: int) -> tuple[list[Span], bool]:
    """The spans of the object around a key, without the objects inside of it, and whether a bracket begins the
    object.
    """
    spans, is_bounded = _spans_before(text, start)
    return [*spans, *_spans_after(text, end)], is_bounded


def _spans_before(text: str, start: int) -> tuple[list[Span], bool]:
    least, depth, end = max(start - _BESIDE, 0), 0, start
    spans: list[Span] = []
    for bracket in reversed([*_brackets(text, least, start)]):
        if text[bracket] in "}>":
            spans += [(bracket + 1, end)] if not depth else []
            depth += 1
        elif not depth:
            return [(bracket + 1, end), *reversed(spans)], True
        else:
            depth -= 1
            end = bracket
    return [*([] if depth else [(least, end)]), *reversed(spans)], False


def _spans_after(text: str, start: int) -> list[Span]:
    most, depth = min(start + _BESIDE, len(text)), 0
    spans: list[Span] = []
    for bracket in _brackets(text, start, most):
        if text[bracket] in "{<":
            spans += [(start, bracket)] if not depth else []
            depth += 1
        elif not depth:
            return [*spans, (start, bracket)]
        else:
            depth -= 1
            start = bracket + 1
    return spans if depth else [*spans, (start, most)]


def _brackets(text: str, start: int, end: int) -> Iterator[int]:
    """Yield the index of each bracket. The `>` of an arrow (`=>`, `->`) does not count."""
    for found in _BRACKET.finditer(text, start, end):
        at = found.start()
        if found[0] != ">" or text[at - 1 : at] not in ("=", "-"):
            yield at


def _is_value(text: str, start: int) -> bool:
    """Whether the word at `start` is in the text of a member, or is the last text of a list."""
    at, least = start, max(start - _BESIDE // 5, 0)
    while at > least and text[at - 1] not in _BOUNDS:
        at -= 1
    if text[at - 1 : at] in ("'", '"'):
        before = text[max(at - 40, 0) : at].rstrip("\"'\\ \t\r\n")
        return before.endswith((":", "=", "=>", ",", "["))
    return text[at - 1 : at] in (":", "=")
