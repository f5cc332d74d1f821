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

_TAG = r"<(?:[\w.-]{1,100}+:)?([\w.-]{1,100}+)(?:\s[^<>]{0,500}+)?>\s*+(?:<!--[^<>]{0,200}+>\s*+)?+"
_ELEMENT = re.compile(rf"({_TAG})([^<>\s][^<>]*+)(?=<\\?/)")
_CDATA_ELEMENT = re.compile(rf"({_TAG}<!\[CDATA\[)((?:[^\]]|\](?!\]>))++)(?=\]\]>|\Z)")
_ATTRIBUTE = re.compile(
    rf"((?:[\w.-]{{1,100}}+:)?([\w.-]{{1,100}}+)'?+\s*+[=:]\s*+(\\*+[\"']))((?:[^\\\"'<>]|{_NO_END})++)(?=\\*+[\"'])"
)
_ENTITY_MEMBER = re.compile(
    r"((&(?:quot|apos|#34|#39|#x22|#x27);)([\w.\[\]-]{1,100}+)\2\s*+:\s*+\2)"
    r"((?:[^&<>]|&(?!(?:quot|apos|#34|#39|#x22|#x27);))++)"
)
_HEADER_IN_STRING = re.compile(
    r"((?:[rn](?<=\\[rn]))?([A-Za-z0-9_.-]{1,100}+):[ \t]*+)((?:[^\s\"'\\]|[ \t]|\\(?![rn\"']))++)"
)
_HEADER_NAME = re.compile(r"(?:[rn](?<=\\[rn]))?([A-Za-z0-9_.-]{1,100}+):")
"""Decided by first: where the name is none, the value is not looked at, however long it is."""
_INNER_NAMES = frozenset("access code content hash id key raw refresh sid v val value".split())
"""Names of members that are credentials below a credential's name: `{"token": {"access": ".."}}`."""
_INNER_MEMBER = re.compile(rf'"(?:{"|".join(sorted(_INNER_NAMES))})"\s*+:\s*+[\["\d]')
_VALUE_NAMES = frozenset(("content", "v", "val", "value"))
_VALUE_KEYS = re.compile(r"(?<=[\"'\s])(?:content|val(?:ue)?|v)(?=\\{0,8}[\"']?\s{0,8}[:=])")
_NAME_BESIDE = re.compile(
    r"(?<![\w-])(?:field|header|id|itemprop|key|k|name|property)\\{0,8}[\"']?\s{0,8}[:=]\s{0,8}\\{0,8}[\"']?([^\s\"'\\<>{},;]{1,100})"
)
_BESIDE = 300
"""Characters between the name and the value of `{"name": "password", "value": ".."}`."""
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
    if "value" in text or "content" in text or '"v"' in text:
        found += [key.span() for key in _VALUE_KEYS.finditer(text) if _has_credential_beside(text, *key.span())]
    return sorted(found)


def _has_credential_beside(text: str, start: int, end: int) -> bool:
    """Whether what has this key, `value` perhaps, belongs to a credential's name in the same object or tag."""
    least, most = max(start - _BESIDE, 0), min(end + _BESIDE, len(text))
    first = max(text.rfind(bracket, least, start) for bracket in "{}<>")
    lasts = [text.find(bracket, end, most) for bracket in "{}<>"]
    last = min((at for at in lasts if at >= 0), default=most)
    before = [*_NAME_BESIDE.finditer(text, max(first, least), start)]
    beside = [*before[-1:], *_NAME_BESIDE.finditer(text, end, last)]
    return any(is_credential_name(found[1]) for found in beside)


def _names_credential(text: str, name: str, start: int, end: int) -> bool:
    """Whether a name is a credential's, by itself or by the name beside it."""
    if is_credential_name(name):
        return True
    return name.lower() in _VALUE_NAMES and _has_credential_beside(text, start, end)


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
            if name.start() < at or not _names_credential(text, unquote_plus(name[1]), *name.span(1)):
                continue
            if (pair := _PAIR.match(text, name.start(), end)) is not None:
                at = pair.end()
                yield pair


def find_members(text: str, candidates: Iterable[Span]) -> Iterator[re.Match[str]]:
    """The members `"name": value` of JSON likewise; the value may be an array, or an object of nothing but secrets."""
    end = 0
    starts = [(text.rfind('"', max(first - _MAX_LENGTH, 0), first), False) for first, _ in candidates]
    for start, is_inner in sorted({*starts, *_inner_members(text, starts)}):
        if start < end:
            continue
        member = _MEMBER.match(text, start) or _nested(text, start)
        if member is None:
            continue
        name = _unescaped_name(member[2])
        if is_inner or _names_credential(text, name, *member.span(2)):
            end = member.end()
            yield member


def _inner_members(text: str, starts: Iterable[tuple[int, bool]]) -> Iterator[tuple[int, bool]]:
    """Where the members are that are credentials because they are below a credential's name."""
    end = 0
    for start, _ in starts:
        opened = _OPENED.match(text, start) if start >= end else None
        if opened is None or not is_credential_name(_unescaped_name(opened[1])):
            continue
        end = _end_of_brackets(text, opened.end() - 1)
        yield from ((inner.start(), True) for inner in _INNER_MEMBER.finditer(text, opened.end(), end))


def _nested(text: str, start: int) -> re.Match[str] | None:
    """A member whose value is an object or an array of anything, if all in it is secret by the member's name."""
    opened = _OPENED.match(text, start)
    if opened is None or not names_only_secrets(_unescaped_name(opened[1])):
        return None
    return _NESTED.match(text, start, _end_of_brackets(text, opened.end() - 1))


def _end_of_brackets(text: str, start: int) -> int:
    depth = 0
    for found in _BRACKETS.finditer(text, start):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if depth == 0:
            return found.end()
    return len(text)


def find_escaped_members(text: str, candidates: Iterable[Span]) -> Iterator[re.Match[str]]:
    r"""The members `\"name\": value` of JSON inside of a string of JSON; 3 is the name, 5 the value."""
    end = 0
    for first, _ in candidates:
        start = text.rfind("\\", max(end, first - _MAX_LENGTH), first)
        least = max(end, start - _MAX_LENGTH)
        while start > least and text[start - 1] == "\\":
            start -= 1
        opened = _ESCAPED_OPENED.match(text, start) if start >= end else None
        if opened is None or not _names_credential(text, opened[2], *opened.span(2)):
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
        element = (_ELEMENT.match(text, start) or _CDATA_ELEMENT.match(text, start)) if start >= 0 else None
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
        if attribute is not None and _names_credential(text, attribute[2], *attribute.span(2)):
            end = attribute.end()
            yield attribute


def find_headers_in_strings(text: str, candidates: Iterable[Span]) -> Iterator[re.Match[str]]:
    """The lines `Name: value` within strings: `"Authorization: x"`, also behind an escaped end of line."""
    end = 0
    for first, _ in candidates:
        start = first
        while start > max(end, first - _MAX_LENGTH) and (text[start - 1].isalnum() or text[start - 1] in "_-."):
            start -= 1
        if start < 1 or start < end or text[start - 1] not in "\"'\\":
            continue
        name = _HEADER_NAME.match(text, start)
        if name is None or not is_credential_name(name[1]):
            continue
        header = _HEADER_IN_STRING.match(text, start)
        if header is not None:
            end = header.end()
            yield header


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
    r'(^Content-Disposition:[ \t]*+form-data;(?>(?:[^\r\n"]|"[^"\r\n]*+")*?[;\s]name="?+([^"\r\n;]{1,100}+)"?+)'
    r"[^\r\n]*+\r?\n(?:(?!Content-Disposition:)[^\r\n]++\r?\n)*+\r?\n)"
    r"((?:[^\r\n]|\r(?!\n--)|\n(?!--|Content-Disposition:))++)(?=\r?\n--|\Z)",
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
    if "&" in text and (";:" in text or "; :" in text):
        text = _ENTITY_MEMBER.sub(lambda m: m[1] + _redact_value(m[4]) if is_credential_name(m[3]) else m[0], text)
    candidates = find_candidates(text)
    for find, redact_match in _REDACTORS if candidates else ():
        made = [(match, redact_match(match)) for match in find(text, candidates)]
        if made:
            candidates = _moved(candidates, made)
            text = _replaced(text, made)
    return text


def _replaced(text: str, made: Iterable[tuple[re.Match[str], str]]) -> str:
    parts, at = [], 0
    for match, instead in made:
        parts += [text[at : match.start()], instead]
        at = match.end()
    return "".join([*parts, text[at:]])


def _moved(candidates: list[Span], made: Iterable[tuple[re.Match[str], str]]) -> list[Span]:
    """Where these are after the replacement, but for those within a value: to search anew would take far longer."""
    moved, number, by = [], 0, 0
    for match, instead in made:
        name_end, end = match.end(1), match.end()
        while number < len(candidates) and candidates[number][0] < end:
            first, last = candidates[number]
            if first < name_end:
                moved.append((first + by, last + by))
            number += 1
        by += len(instead) - (end - match.start())
    return [*moved, *((first + by, last + by) for first, last in candidates[number:])]


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
    yield from dict.fromkeys(_find_secrets(text, MAX_ENCODED))


def _find_secrets(text: str, depth: int) -> Iterator[str]:
    if "%" in text and depth:
        for start, end in find_encoded(text):
            yield from _find_secrets(unquote_plus(text[start:end]), depth - 1)
    if ":" not in text and "=" not in text and "<" not in text:
        return
    if "@" in text:
        yield from find_userinfo(text)
    if "form-data" in text:
        yield from (m[3] for m in FORM_PART.finditer(text) if is_credential_name(m[2]))
    if "&" in text and (";:" in text or "; :" in text):
        yield from (unescape(m[4]) for m in _ENTITY_MEMBER.finditer(text) if is_credential_name(m[3]))
    candidates = find_candidates(text)
    yield from (unquote_plus(m[3]) for m in find_pairs(text, candidates))
    for member in find_members(text, candidates):
        yield from (_decode_item(item[1]) for item in _ITEM.finditer(member[3]) if not item[2])
    yield from (_unescape(m[5]) for m in find_escaped_members(text, candidates))
    yield from (unescape(m[3].strip()) for m in find_elements(text, candidates))
    yield from (unescape(m[4]) for m in find_attributes(text, candidates))
    yield from (without_scheme(m[3]) for m in find_headers_in_strings(text, candidates))
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
    (find_headers_in_strings, _redact_line),
    (find_definitions, _redact_definition),
    (find_lines, _redact_line),
)
"""Where names are found, and what takes the place of each with its value."""
