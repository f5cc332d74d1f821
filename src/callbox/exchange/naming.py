"""Where in a text a credential's name may stand: pairs, members and header lines, looked at only near such names. Pure.

Called by `named`. Bodies of megabytes are searched before each report; most words of them are no names, and the
patterns that find any name at all take a hundred times as long as the search for the few words that matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote_plus

from callbox.exchange.credential_names import find_name_words, is_credential_name, names_only_secrets

# Possessive throughout: a text of a server is read in linear time.
_STRING = r'"(?:[^"\\]|\\.)*+(?:"|\Z)'
VALUE = rf"{_STRING}|-?\d[\d.eE+-]*+"
"""A string or a number of JSON; a string may be cut off."""
_NO_END = r"\\++(?![\"']|\Z)"
"""Backslashes that are part of a value: in a string of JSON, those before a quote belong to that."""
_PAIR = re.compile(rf"((?:^|(?<=[?&#;\s\"']))([^\s=&?#;\"'<>]{{1,100}}+)=)((?:[^\s&#;\"'<>\\]|{_NO_END})++)")
_MEMBER = re.compile(rf'("((?:[^"\\\n]|\\.){{1,100}}+)"\s*+:\s*+)({VALUE}|\[\s*+(?:(?:{VALUE})\s*+,?\s*+)*+\])', re.S)
_NESTED = re.compile(r'("((?:[^"\\\n]|\\.){1,100}+)"\s*+:\s*+)([\[{].*)', re.S)
_OPENED = re.compile(r'"((?:[^"\\\n]|\\.){1,100}+)"\s*+:\s*+[\[{]')
_BRACKETS = re.compile(rf"{_STRING}|[\[\]{{}}]", re.S)
_ESCAPED_MEMBER = re.compile(r'((\\++")([^"\\\n]{1,100}+)\2\s*+:\s*+(?:(\2)|(?=[-\d])))(.*)', re.S)
_ESCAPED_OPENED = re.compile(r'(\\++")([^"\\\n]{1,100}+)\1\s*+:\s*+(?:(\1)|(?=[-\d]))')
_QUOTE = re.compile(r'(\\*+)"')
_NUMBER = re.compile(r"-?\d[\d.eE+-]*+")
_LINE = re.compile(r"([ \t]*+(?:@[^\s=]{1,100}+[ \t]*+=[ \t]*+)?+([A-Za-z0-9_.\[\]-]{1,100}+):[ \t]*+)([^\s].*)")
_DEFINITION = re.compile(r"([ \t]*+@([^\s=]{1,100}+)[ \t]*+=[ \t]*+)([^\s].*)")

_ELEMENT = re.compile(
    r"(<(?:[\w.-]{1,100}+:)?([\w.-]{1,100}+)(?:\s[^<>]{0,500}+)?>\s*+)([^<>\s][^<>]{0,4095}+)(?=<\\?/)"
)
_ATTRIBUTE = re.compile(
    rf"((?:[\w.-]{{1,100}}+:)?([\w.-]{{1,100}}+)'?+\s*+[=:]\s*+(\\*+[\"']))((?:[^\\\"'<>]|{_NO_END}){{1,4096}}+)(?=\\*+[\"'])"
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
    """The members `"name": value` of JSON likewise; the value may be an array, or an object of nothing but secrets."""
    end = 0
    for first, _ in hints:
        start = text.rfind('"', max(end, first - _LONGEST), first)
        member = (_MEMBER.match(text, start) or _nested(text, start)) if start >= 0 else None
        if member is not None and is_credential_name(_unescaped(member[2])):
            end = member.end()
            yield member


def _nested(text: str, start: int) -> re.Match[str] | None:
    """A member whose value is an object or an array of anything, if all in it is secret by the member's name."""
    opened = _OPENED.match(text, start)
    if opened is None or not names_only_secrets(_unescaped(opened[1])):
        return None
    depth = 0
    for found in _BRACKETS.finditer(text, opened.end() - 1):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if depth == 0:
            return _NESTED.match(text, start, found.end())
    return _NESTED.match(text, start)


def near_escaped_members(text: str, hints: Iterable[Hint]) -> Iterator[re.Match[str]]:
    r"""The members `\"name\": value` of JSON inside of a string of JSON; 3 is the name, 5 the value."""
    end = 0
    for first, _ in hints:
        start = text.rfind("\\", max(end, first - _LONGEST), first)
        while start > end and text[start - 1] == "\\":
            start -= 1
        opened = _ESCAPED_OPENED.match(text, start) if start >= end else None
        if opened is None or not is_credential_name(opened[2]):
            continue
        last = _end_of_escaped(text, opened)
        if last > opened.end() and (member := _ESCAPED_MEMBER.match(text, start, last)) is not None:
            end = last
            yield member


def _end_of_escaped(text: str, opened: re.Match[str]) -> int:
    """Where the value of such a member ends: before a quote with as many backslashes as the one that opened it."""
    if not opened[3]:
        number = _NUMBER.match(text, opened.end())
        return number.end() if number is not None else opened.end()
    for quote in _QUOTE.finditer(text, opened.end()):
        if len(quote[1]) < len(opened[1]):
            return quote.start()
    return len(text)


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
