"""Find and redact credentials in text by the names beside them. Pure.

`"password": "x"`, `?access_token=x`, `http://ann:x@host`, `Authorization: x`: in JSON, forms, URLs, XML and header
lines within any text. Bodies of megabytes are redacted before each report, so the careful patterns run only near the
few words that a credential's name can contain.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from html import unescape
from urllib.parse import unquote_plus

from callbox.exchange.content import Content, Part
from callbox.exchange.credential_names import find_name_words, is_credential_name, names_only_secrets
from callbox.exchange.secret import (
    MAX_ENCODED,
    find_encoded,
    find_userinfo,
    redact_encoded,
    redact_field,
    redact_secret,
    redact_userinfo,
)

# Possessive throughout: a text of a server is read in linear time.
_STRING = r'"(?:[^"\\]|\\.)*+(?:"|\Z)'
VALUE = rf"{_STRING}|-?\d[\d.eE+-]*+"
"""A string or a number of JSON; a string may be cut off."""
_NO_END = r"\\++(?![\"']|\Z)"
"""Backslashes that are part of a value: in a string of JSON, those before a quote belong to that."""
_PAIR = re.compile(rf"((?:^|(?<=[?&#;\s\"']))([^\s=&?#;\"'<>]{{1,100}}+)=)((?:[^\s&#;\"'<>\\]|{_NO_END})++)")
_PAIR_NAME = re.compile(r"(?:^|(?<=[?&#;\s\"']))([^\s=&?#;\"'<>]{1,100}+)=")
_MEMBER = re.compile(rf'("((?:[^"\\\n]|\\.){{1,100}}+)"\s*+:\s*+)({VALUE}|\[\s*+(?:(?:{VALUE})\s*+,?\s*+)*+\])', re.S)
_NESTED = re.compile(r'("((?:[^"\\\n]|\\.){1,100}+)"\s*+:\s*+)([\[{].*)', re.S)
_OPENED = re.compile(r'"((?:[^"\\\n]|\\.){1,100}+)"\s*+:\s*+[\[{]')
_BRACKETS = re.compile(rf"{_STRING}|[\[\]{{}}]", re.S)
_ESCAPED_MEMBER = re.compile(r'((\\++")([^"\\\n]{1,100}+)\2\s*+:\s*+(?:(\2)|(?=[-\d])))(.*)', re.S)
_ESCAPED_OPENED = re.compile(r'(\\++")([^"\\\n]{1,100}+)\1\s*+:\s*+(?:(\1)|(?=[-\d]))')
_QUOTE = re.compile(r'(?<!\\)(\\*+)"')
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
_MAX_LENGTH = 201
"""Characters from the quote of a member's name to its end."""


Span = tuple[int, int]
"""Where a word that matters begins and ends."""


def find_candidates(text: str) -> list[Span]:
    """Where a part of a credential's name may stand, in order; nothing where no such name can be.

    >>> find_candidates('an author, {"X-Token": 1}'), find_candidates("a%74oken=1")
    ([(15, 20)], [(1, 4)])
    """
    found = list(find_name_words(text))
    if "%" in text:
        found += [encoded.span() for encoded in _ENCODED.finditer(text)]
    if "\\u00" in text:
        found += [escaped.span() for escaped in _ESCAPED.finditer(text)]
    return sorted(found)


def find_pairs(text: str, candidates: Iterable[Span]) -> Iterator[re.Match[str]]:
    """The pairs `name=value` that have a credential's name: 1 up to the value, 2 the name, 3 the value."""
    end = 0
    for first, last in candidates:
        if first < end:
            continue
        before, run = _BEFORE_RUN.match(text, end, first), _RUN.match(text, last)
        start, end = before.end() if before else end, run.end() if run else last
        at = start
        for name in _PAIR_NAME.finditer(text, start, end):
            if name.start() < at or not is_credential_name(unquote_plus(name[1])):
                continue
            if (pair := _PAIR.match(text, name.start(), end)) is not None:
                at = pair.end()
                yield pair


def find_members(text: str, candidates: Iterable[Span]) -> Iterator[re.Match[str]]:
    """The members `"name": value` of JSON likewise; the value may be an array, or an object of nothing but secrets."""
    end = 0
    for first, _ in candidates:
        start = text.rfind('"', max(end, first - _MAX_LENGTH), first)
        member = (_MEMBER.match(text, start) or _nested(text, start)) if start >= 0 else None
        if member is not None and is_credential_name(_unescaped_name(member[2])):
            end = member.end()
            yield member


def _nested(text: str, start: int) -> re.Match[str] | None:
    """A member whose value is an object or an array of anything, if all in it is secret by the member's name."""
    opened = _OPENED.match(text, start)
    if opened is None or not names_only_secrets(_unescaped_name(opened[1])):
        return None
    depth = 0
    for found in _BRACKETS.finditer(text, opened.end() - 1):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if depth == 0:
            return _NESTED.match(text, start, found.end())
    return _NESTED.match(text, start)


def find_escaped_members(text: str, candidates: Iterable[Span]) -> Iterator[re.Match[str]]:
    r"""The members `\"name\": value` of JSON inside of a string of JSON; 3 is the name, 5 the value."""
    end = 0
    for first, _ in candidates:
        start = text.rfind("\\", max(end, first - _MAX_LENGTH), first)
        least = max(end, start - _MAX_LENGTH)
        while start > least and text[start - 1] == "\\":
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


def _unescaped_name(name: str) -> str:
    return _ESCAPED.sub(lambda escaped: chr(int(escaped[0][2:], 16)), name) if "\\" in name else name


def find_elements(text: str, candidates: Iterable[Span]) -> Iterator[re.Match[str]]:
    """The elements `<name>value</name>` of XML likewise, with prefixes or without."""
    end = 0
    for first, _ in candidates:
        start = text.rfind("<", max(end, first - _MAX_LENGTH), first)
        element = _ELEMENT.match(text, start) if start >= 0 else None
        if element is not None and is_credential_name(element[2]):
            end = element.end()
            yield element


def find_attributes(text: str, candidates: Iterable[Span]) -> Iterator[re.Match[str]]:
    """The attributes and assignments `name="value"` likewise; the value is group 4."""
    end = 0
    for first, _ in candidates:
        start = first
        while start > max(end, first - _MAX_LENGTH) and (
            text[start - 1].isalnum() or text[start - 1] in _NAME_CHARACTERS
        ):
            start -= 1
        attribute = _ATTRIBUTE.match(text, start) if start >= end else None
        if attribute is not None and is_credential_name(attribute[2]):
            end = attribute.end()
            yield attribute


def find_definitions(text: str, candidates: Iterable[Span]) -> Iterator[re.Match[str]]:
    """The lines `@name = value` of a script likewise."""
    return _lines(text, candidates, _DEFINITION, lambda name: name.rpartition(".")[2])


def find_lines(text: str, candidates: Iterable[Span]) -> Iterator[re.Match[str]]:
    """The lines `Name: value` likewise, also as the value of a variable of a script."""
    return _lines(text, candidates, _LINE, str)


def _lines(
    text: str, candidates: Iterable[Span], pattern: re.Pattern[str], name_of: Callable[[str], str]
) -> Iterator[re.Match[str]]:
    end = 0
    for first, _ in candidates:
        if first < end:
            continue
        start = text.rfind("\n", end, first) + 1 or end
        newline = text.find("\n", first)
        end = len(text) if newline < 0 else newline + 1
        line = pattern.match(text, start)
        if line is not None and is_credential_name(name_of(line[2])):
            yield line


FORM_PART = re.compile(
    r'(^Content-Disposition:[ \t]*+form-data;(?>(?:[^\r\n"]|"[^"\r\n]*+")*?[;\s]name="([^"\r\n]{1,100}+)")'
    r"[^\r\n]*+\r?\n(?:(?!Content-Disposition:)[^\r\n]++\r?\n)*+\r?\n)"
    r"((?:[^\n]|\n(?!--|Content-Disposition:)){1,4096}?)(?=\r?\n--)",
    re.I | re.M | re.S,
)
"""A part of a multipart body, as far as its value: what is before it, its name, its value."""
_PLACEHOLDER = re.compile(r"\{\{[^{}]{1,100}+\}\}\Z")
_ITEM = re.compile(rf"({VALUE})(\s*+:)?+", re.S)
"""A value, or with a colon behind it the name of a member."""


def redact_named(text: str, depth: int = MAX_ENCODED) -> str:
    """The text with every value masked that has a credential's name.

    >>> print(redact_named('{"user": "ann", "password": "hunter2"} http://ann:pw@h/?token=abc'))
    {"user": "ann", "password": "..."} http://ann:...@h/?token=...
    >>> print(redact_named('{"password": "{{password}}"} ?token={{t}}'))  # what is to be filled in is no secret yet
    {"password": "{{password}}"} ?token={{t}}
    """
    if "@" in text:
        text = redact_userinfo(text, _redact_value)
    if "%" in text and depth:
        text = redact_encoded(text, lambda decoded: redact_named(decoded, depth - 1))
    if ":" not in text and "=" not in text and "<" not in text:
        return text
    if "form-data" in text:
        text = FORM_PART.sub(lambda m: m[1] + _redact_value(m[3]) if is_credential_name(m[2]) else m[0], text)
    candidates = find_candidates(text)
    for find, redact_match in _REDACTORS if candidates else ():
        parts, at = [], 0
        for match in find(text, candidates):
            parts += [text[at : match.start()], redact_match(match)]
            at = match.end()
        if parts:
            text = "".join([*parts, text[at:]])
            candidates = find_candidates(text)
    return text


def _redact_pair(found: re.Match[str]) -> str:
    return found[1] + _redact_value(unquote_plus(found[3]))


def _redact_member(found: re.Match[str]) -> str:
    return found[1] + _ITEM.sub(_redact_item, found[3])


def _redact_escaped(found: re.Match[str]) -> str:
    return found[1] + _redact_value(found[5])


def _redact_element(found: re.Match[str]) -> str:
    return found[1] + _redact_value(found[3].strip())


def _redact_attribute(found: re.Match[str]) -> str:
    return found[1] + _redact_value(found[4])


def _redact_definition(found: re.Match[str]) -> str:
    return found[1] + _redact_value(found[3])


def _redact_line(found: re.Match[str]) -> str:
    return found[0] if _is_placeholder(without_scheme(found[3])) else found[1] + redact_field(found[2], found[3])


def _redact_value(value: str) -> str:
    return value if _is_placeholder(value) else redact_secret(value)


def _is_placeholder(value: str) -> bool:
    """Whether the value is a `{{variable}}` that is not filled in."""
    return _PLACEHOLDER.match(value) is not None


def find_secrets(text: str) -> Iterator[str]:
    """The values that have a credential's name, decoded.

    >>> list(find_secrets("user=ann&password=a%20b")), list(find_secrets('{"token": ["x", 12]}'))
    (['a b'], ['x', '12'])
    """
    yield from dict.fromkeys(_find_named(text, MAX_ENCODED))


def _find_named(text: str, depth: int) -> Iterator[str]:
    if "%" in text and depth:
        for start, end in find_encoded(text):
            yield from _find_named(unquote_plus(text[start:end]), depth - 1)
    if ":" not in text and "=" not in text and "<" not in text:
        return
    if "@" in text:
        yield from find_userinfo(text)
    if "form-data" in text:
        yield from (m[3] for m in FORM_PART.finditer(text) if is_credential_name(m[2]))
    candidates = find_candidates(text)
    yield from (unquote_plus(m[3]) for m in find_pairs(text, candidates))
    for member in find_members(text, candidates):
        yield from (_decode_item(item[1]) for item in _ITEM.finditer(member[3]) if not item[2])
    yield from (_unescape(m[5]) for m in find_escaped_members(text, candidates))
    yield from (unescape(m[3].strip()) for m in find_elements(text, candidates))
    yield from (unescape(m[4]) for m in find_attributes(text, candidates))
    yield from (without_scheme(m[3]) for m in find_lines(text, candidates))


def redact_content(content: Content) -> Content:
    """A body for display, with named credentials redacted. Bytes that are no text stay as they are."""
    parts = tuple(_redact_part(part) for part in content.parts)
    data = content.data
    if data is not None:
        for part, redacted in zip(content.parts, parts, strict=True):
            data = data.replace(b"\r\n\r\n%b\r\n" % part.data, b"\r\n\r\n%b\r\n" % redacted.data)
        data = redact_data(data)
    return content._replace(data=data, parts=parts)


def redact_data(data: bytes) -> bytes:
    """Bytes as they may be shown.

    >>> redact_data(b"user=ann&password=x"), redact_data(b"token=x\\xff")
    (b'user=ann&password=...', b'token=x\\xff')
    """
    try:
        return redact_named(data.decode("utf-8")).encode("utf-8")
    except UnicodeDecodeError:
        return data


def _redact_part(part: Part) -> Part:
    if is_credential_name(part.name) and not part.path:
        return part._replace(data=redact_secret(part.data.decode("utf-8", "replace")).encode())
    return part._replace(data=redact_data(part.data))


def without_scheme(value: str) -> str:
    """A credential without the scheme before it.

    >>> without_scheme("Bearer abc"), without_scheme("abc")
    ('abc', 'abc')
    """
    scheme, blank, rest = value.strip().partition(" ")
    return rest.strip() if blank and scheme.isalnum() else value.strip()


def _redact_item(match: re.Match[str]) -> str:
    if match[2]:
        return match[0]
    text = _redact_value(without_scheme(_decode_item(match[1])))
    return json.dumps(text, ensure_ascii=False)


def _decode_item(item: str) -> str:
    """The text of a JSON string or number; a string that is none after all, as it stands."""
    if not item.startswith('"'):
        return item
    try:
        return str(json.loads(item, strict=False))
    except ValueError:
        return item[1:].removesuffix('"')


def _unescape(value: str) -> str:
    """The text of a string of JSON within one."""
    while "\\" in value:
        try:
            decoded = str(json.loads(f'"{value}"', strict=False))
        except ValueError:
            return value
        value = decoded
    return value


_REDACTORS = (
    (find_pairs, _redact_pair),
    (find_members, _redact_member),
    (find_escaped_members, _redact_escaped),
    (find_elements, _redact_element),
    (find_attributes, _redact_attribute),
    (find_definitions, _redact_definition),
    (find_lines, _redact_line),
)
"""Where names are found, and what takes the place of each with its value."""
