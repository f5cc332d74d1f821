"""Where in a text a credential's name may stand: pairs, members and header lines, looked at only near such names. Pure.

Called by `named`. Bodies of megabytes are searched before each report; most words of them are no names, and the
patterns that find any name at all take a hundred times as long as the search for the few words that matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote_plus

from callbox.exchange.credential_names import find_name_words, is_credential_name

# Possessive throughout: a text of a server is read in linear time.
_STRING = r'"(?:[^"\\]|\\.)*+"'
VALUE = rf"{_STRING}|-?\d[\d.eE+-]*+"
"""A string or a number of JSON."""
_NO_END = r"\\++(?![\"']|\Z)"
"""Backslashes that are part of a value: in a string of JSON, those before a quote belong to that."""
_PAIR = re.compile(rf"((?:^|(?<=[?&#;\s\"']))([^\s=&?#;\"'<>]{{1,100}}+)=)((?:[^\s&#;\"'<>\\]|{_NO_END})++)")
_MEMBER = re.compile(rf'("((?:[^"\\\n]|\\.){{1,100}}+)"\s*+:\s*+)({VALUE}|\[\s*+(?:(?:{VALUE})\s*+,?\s*+)*+\])', re.S)
_LINE = re.compile(r"([ \t]*+(?:@[^\s=]{1,100}+[ \t]*+=[ \t]*+)?+([A-Za-z0-9_.\[\]-]{1,100}+):[ \t]*+)([^\s].*)")
_DEFINITION = re.compile(r"([ \t]*+@([^\s=]{1,100}+)[ \t]*+=[ \t]*+)([^\s].*)")

_ELEMENT = re.compile(
    r"(<(?:[\w.-]{1,100}+:)?([\w.-]{1,100}+)(?:\s[^<>]{0,500}+)?>\s*+)([^<>\s][^<>]{0,4095}+)(?=<\\?/)"
)
_ATTRIBUTE = re.compile(
    rf"((?:[\w.-]{{1,100}}+:)?([\w.-]{{1,100}}+)\s*+=\s*+(\\*+[\"']))((?:[^\\\"'<>]|{_NO_END}){{1,4096}}+)(?=\\*+[\"'])"
)
_NAME_CHARACTERS = frozenset("_-.:")
_ENCODED = re.compile(r"%[0-7][0-9A-Fa-f]")
"""In a pair, each letter of a name may be percent-encoded."""
_ESCAPED = re.compile(r"\\u00[4-7][0-9A-Fa-f]")
"""In a string of JSON, each letter may be escaped."""
_RUN = re.compile(r"[^\s&#;\"'<>]*+")
_BEFORE_RUN = re.compile(r".*[\s&#;\"'<>]", re.DOTALL)
_LONGEST = 201
"""Characters from the quote of a member's name to its end."""


Hint = tuple[int, int]
"""Where a word that matters begins and ends."""


def find_hints(text: str) -> list[Hint]:
    """Where a part of a credential's name may stand, in order; nothing where no such name can be.

    >>> find_hints('an author, {"X-Token": 1}'), find_hints("a%74oken=1")
    ([(15, 20)], [(1, 4)])
    """
    found = list(find_name_words(text))
    if "%" in text:
        found += [encoded.span() for encoded in _ENCODED.finditer(text)]
    if "\\u00" in text:
        found += [escaped.span() for escaped in _ESCAPED.finditer(text)]
    return sorted(found)


def near_pairs(text: str, hints: Iterable[Hint]) -> Iterator[re.Match[str]]:
    """The pairs `name=value` that have a credential's name: 1 up to the value, 2 the name, 3 the value."""
    end = 0
    for first, last in hints:
        if first < end:
            continue
        before, run = _BEFORE_RUN.match(text, end, first), _RUN.match(text, last)
        start, end = before.end() if before else end, run.end() if run else last
        for pair in _PAIR.finditer(text, start, end):
            if is_credential_name(unquote_plus(pair[2])):
                yield pair


def near_members(text: str, hints: Iterable[Hint]) -> Iterator[re.Match[str]]:
    """The members `"name": value` of JSON likewise; the value may be an array."""
    end = 0
    for first, _ in hints:
        start = text.rfind('"', max(end, first - _LONGEST), first)
        member = _MEMBER.match(text, start) if start >= 0 else None
        if member is not None and is_credential_name(_unescaped(member[2])):
            end = member.end()
            yield member


def _unescaped(name: str) -> str:
    return _ESCAPED.sub(lambda escaped: chr(int(escaped[0][2:], 16)), name) if "\\" in name else name


def near_elements(text: str, hints: Iterable[Hint]) -> Iterator[re.Match[str]]:
    """The elements `<name>value</name>` of XML likewise, with prefixes or without."""
    end = 0
    for first, _ in hints:
        start = text.rfind("<", max(end, first - _LONGEST), first)
        element = _ELEMENT.match(text, start) if start >= 0 else None
        if element is not None and is_credential_name(element[2]):
            end = element.end()
            yield element


def near_attributes(text: str, hints: Iterable[Hint]) -> Iterator[re.Match[str]]:
    """The attributes and assignments `name="value"` likewise; the value is group 4."""
    end = 0
    for first, _ in hints:
        start = first
        while start > max(end, first - _LONGEST) and (text[start - 1].isalnum() or text[start - 1] in _NAME_CHARACTERS):
            start -= 1
        attribute = _ATTRIBUTE.match(text, start) if start >= end else None
        if attribute is not None and is_credential_name(attribute[2]):
            end = attribute.end()
            yield attribute


def near_definitions(text: str, hints: Iterable[Hint]) -> Iterator[re.Match[str]]:
    """The lines `@name = value` of a script likewise."""
    return _lines(text, hints, _DEFINITION, lambda name: name.rpartition(".")[2])


def near_lines(text: str, hints: Iterable[Hint]) -> Iterator[re.Match[str]]:
    """The lines `Name: value` likewise, also as the value of a variable of a script."""
    return _lines(text, hints, _LINE, str)


def _lines(
    text: str, hints: Iterable[Hint], pattern: re.Pattern[str], name_of: Callable[[str], str]
) -> Iterator[re.Match[str]]:
    end = 0
    for first, _ in hints:
        if first < end:
            continue
        start = text.rfind("\n", end, first) + 1 or end
        newline = text.find("\n", first)
        end = len(text) if newline < 0 else newline + 1
        line = pattern.match(text, start)
        if line is not None and is_credential_name(name_of(line[2])):
            yield line
