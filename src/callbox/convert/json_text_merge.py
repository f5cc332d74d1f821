"""The three-way merge of JSON bodies as text, member by member, so that the user's layout and comments stay.

Values may contain `{{variables}}` at any place, so the text is scanned and not parsed. The time is linear in each
level.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from callbox.httpfile.script_lints import CONFLICT

GONE = "(the description does not have this any more)"
"""The text in a conflict about a part that the user has edited and that the description no longer has."""
MAX_LEVELS = 40
_BLANK = re.compile(r"(?:[ \t\r\n]++|(?:#|//)[^\n]*+)*+")
_STRING = re.compile(r'"(?:[^"\\]|\\.?)*+"?+', re.DOTALL)
"""An unclosed string takes the rest of the text, so that no text is read again for each quote."""
_SCALAR = re.compile(r"[^,}\]\s]++")
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.?)*+"?+|[{}\[\]]', re.DOTALL)


class _Member(NamedTuple):
    name: str
    lead: str
    """The blanks and comments before the member."""
    text: str
    """The name and the colon as written: `"name": `."""
    value: str
    after: str = ""
    """The blanks between the value and the comma."""


class _Object(NamedTuple):
    members: tuple[_Member, ...]
    end: str
    """The blanks before the closing brace."""

    @property
    def by_name(self) -> dict[str, _Member]:
        """The members by name. If a name is repeated, its last member."""
        return {one.name: one for one in self.members}


def merge_json(base: str, ours: str, theirs: str, level: int = 0) -> str | None:
    r"""Merge two JSON objects that were both changed from `base`. None if one of the texts is not an object.

    A member that both sides changed differently stays as in `ours`. The member of `theirs` is put above it, after `#|
    `.

    >>> print(merge_json('{"a": 1, "b": 2}', '{"a": {{x}}, "b": 2}', '{"a": 1, "b": 3, "c": 4}'))
    {"a": {{x}}, "b": 3, "c": 4}
    """
    parsed = [_read_object(text) for text in (base, ours, theirs)]
    old, own, new = parsed
    if old is None or own is None or new is None or level > MAX_LEVELS:
        return None
    merged: list[_Member] = []
    before, described = old.by_name, new.by_name
    for member in own.members:
        kept = _merge_member(before.get(member.name), member, described.get(member.name), level)
        if kept is not None:
            merged.append(kept)
    _insert_new(merged, old, own, new)
    return "{" + ",".join(f"{one.lead}{one.text}{one.value}{one.after}" for one in merged) + own.end + "}"


def is_same_json(one: str, other: str) -> bool:
    """Whether two JSON texts have the same value. Texts with variables are compared without blanks."""
    try:
        return json.dumps(json.loads(one), sort_keys=True) == json.dumps(json.loads(other), sort_keys=True)
    except (ValueError, RecursionError):
        return one.split() == other.split()


def _merge_member(old: _Member | None, own: _Member, new: _Member | None, level: int) -> _Member | None:
    if new is None:
        if old is None:
            return own
        return None if is_same_json(old.value, own.value) else own._replace(lead=_with_conflict(own.lead, GONE))
    if old is not None and is_same_json(old.value, own.value):
        return own if is_same_json(old.value, new.value) else own._replace(value=new.value)
    if (old is not None and is_same_json(old.value, new.value)) or is_same_json(own.value, new.value):
        return own
    inner = merge_json(old.value if old is not None else "{}", own.value, new.value, level + 1)
    if inner is not None:
        return own._replace(value=inner)
    return own._replace(lead=_with_conflict(own.lead, f"{new.text}{new.value}"))


def _with_conflict(lead: str, text: str) -> str:
    before, newline, indent = lead.rpartition("\n")
    lines = "".join(f"\n{indent}{CONFLICT}{line.strip()}" for line in text.split("\n"))
    return f"{before}{lines}\n{indent}" if newline else f"{lines}\n"


def _insert_new(merged: list[_Member], old: _Object, own: _Object, new: _Object) -> None:
    """Insert the members that only `new` has, each after the member that it follows in `new`."""
    known = {one.name for found in (own, old) for one in found.members}
    places = {one.name: index for index, one in enumerate(merged)}
    waiting: dict[int, list[_Member]] = {}
    place = 0
    for member in new.members:
        if member.name in places:
            place = places[member.name] + 1
        elif member.name not in known:
            waiting.setdefault(place, []).append(member)
    if not waiting:
        return
    first_lead, lead = _leads(own if own.members else new)
    kept = list(merged)
    merged.clear()
    for index, one in enumerate([*kept, None]):
        merged += [added._replace(lead=lead, after="") for added in waiting.get(index, ())]
        merged += [one] if one is not None else []
    if waiting.get(0):
        merged[0] = merged[0]._replace(lead=first_lead)
        below = len(waiting[0])
        if below < len(merged) and merged[below].lead == first_lead:
            merged[below] = merged[below]._replace(lead=lead)


def _leads(found: _Object) -> tuple[str, str]:
    """The blanks before the first member, and the blanks before each other member."""
    first = found.members[0].lead if found.members else ""
    first = first[first.rfind("\n") :] if "\n" in first else first
    if "\n" in first or len(found.members) < 2:
        return first, first or " "
    return first, found.members[-1].lead


def _read_object(text: str) -> _Object | None:
    text = text.strip()
    if not text.startswith("{") or text.startswith("{{"):
        return None
    members: list[_Member] = []
    at = 1
    while True:
        lead_end = _end(_BLANK, text, at)
        if text[lead_end : lead_end + 1] == "}":
            is_whole = lead_end == len(text) - 1
            return _Object(_without_last(members), _tail(members) + text[at:lead_end]) if is_whole else None
        name = _STRING.match(text, lead_end)
        colon = _end(_BLANK, text, name.end()) if name is not None else -1
        if name is None or text[colon : colon + 1] != ":":
            return None
        start = _end(_BLANK, text, colon + 1)
        stop = _value_end(text, start)
        after = _end(_BLANK, text, stop)
        if stop <= start or text[after : after + 1] not in (",", "}"):
            return None
        members.append(
            _Member(
                name=_name(name[0]),
                lead=text[at:lead_end],
                text=text[lead_end:start],
                value=text[start:stop],
                after=text[stop:after],
            )
        )
        at = after + 1 if text[after] == "," else after


def _without_last(members: list[_Member]) -> tuple[_Member, ...]:
    """The members. The text after the last one belongs to the end of the object."""
    return (*members[:-1], *(one._replace(after="") for one in members[-1:]))


def _tail(members: list[_Member]) -> str:
    return members[-1].after if members else ""


def _name(text: str) -> str:
    try:
        return str(json.loads(text))
    except ValueError:
        return text


def _value_end(text: str, at: int) -> int:
    if text[at : at + 1] == '"':
        return _end(_STRING, text, at)
    if text[at : at + 1] not in ("{", "["):
        return _end(_SCALAR, text, at)
    depth = 0
    for found in _STRUCTURE.finditer(text, at):
        if found[0] in "{[":
            depth += 1
        elif found[0] in "}]":
            depth -= 1
            if not depth:
                return found.end()
    return at


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found is not None else at
