"""Find and redact credentials in text by the names beside them. Pure.

They are found in JSON, forms, URLs, XML and header lines within any text: `"password": "x"`, `?access_token=x`,
`http://ann:x@host`, `Authorization: x`. Bodies of megabytes are redacted before each report. So the exact patterns run
only near the few words that the name of a credential can contain.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from html import unescape
from urllib.parse import unquote_plus

from callbox.exchange.redaction.credential_names import (
    DESCRIPTIONS,
    KEYS_OF_NAMES,
    VALUE_NAMES,
    find_name_words,
    is_credential_list,
    is_credential_name,
    may_name_credential,
    names_only_secrets,
    redact_credential,
    without_scheme,
)
from callbox.exchange.redaction.unstructured_text import (
    Found,
    NamedValue,
    Span,
    find_assignments,
    find_cells,
    find_escaped_elements,
    find_nested_texts,
    find_phrases,
    is_secret_list,
)
from callbox.exchange.redaction.urls import MAX_ENCODED, find_encoded, find_userinfo, redact_encoded, redact_userinfo
from callbox.exchange.request_content import Content, Part
from callbox.exchange.secret import redact_secret
from callbox.exchange.template import is_unfilled, only_hole

# All repeats are possessive, so a text of a server is read in linear time.
_STRING = r'"(?:[^"\\]|\\.)*+(?:"|\Z)'
VALUE = rf"{_STRING}|-?\d[\d.eE+-]*+"
"""A JSON string or number. The string may be cut off."""
_NO_END = r"\\++(?![\"']|\Z)"
"""Backslashes that are part of a value. In a JSON string, backslashes before a quote belong to the quote."""
_PAIR = re.compile(rf"((?:^|(?<=[?&#;\s\"']))([^\s=&?#;\"'<>]{{1,100}}+)=)((?:[^\s&#;\"'<>\\]|{_NO_END})++)")
_PAIR_NAME = re.compile(r"(?:^|(?<=[?&#;\s\"']))([^\s=&?#;\"'<>]{1,100}+)=")
_LISTED = rf"(?:{VALUE}|true|false|null)\s*+,?\s*+"
_MEMBER = re.compile(rf'("((?:[^"\\\n]|\\.){{1,100}}+)"\s*+:\s*+)({VALUE}|\[\s*+(?:{_LISTED})*+\])', re.S)
_MIXED_LIST = re.compile(rf'("((?:[^"\\\n]|\\.){{1,100}}+)"\s*+:\s*+)(\[\s*+(?:{_LISTED})*+)', re.S)
"""A member with a list of texts and objects, up to the first object."""
_NESTED = re.compile(r'("((?:[^"\\\n]|\\.){1,100}+)"\s*+:\s*+)([\[{].*)', re.S)
_OPENED = re.compile(r'"((?:[^"\\\n]|\\.){1,100}+)"\s*+:\s*+[\[{]')
_BRACKETS = re.compile(rf"{_STRING}|[\[\]{{}}]", re.S)
_ESCAPED_MEMBER = re.compile(r'((\\++")([^"\\\n]{1,100}+)\2\s*+:\s*+(?:(\2)|(?=[-\d])))(.*)', re.S)
_ESCAPED_OPENED = re.compile(r'(\\++")([^"\\\n]{1,100}+)\1\s*+:\s*+(?:(\1)|(?=[-\d]))')
_QUOTE = re.compile(r'(?<!\\)(\\*+)"')
_NUMBER = re.compile(r"-?\d[\d.eE+-]*+")
_TAG = r"<(?:[\w.-]{1,100}+:)?([\w.-]{1,100}+)(?:\s[^<>]{0,500}+)?>\s*+(?:<!--[^<>]{0,200}+>\s*+)?+"
_ELEMENT = re.compile(rf"({_TAG})([^<>\s][^<>]*+)(?=<\\?/)")
_CDATA_ELEMENT = re.compile(rf"({_TAG}<!\[CDATA\[)((?:[^\]]|\](?!\]>))++)(?=\]\]>|\Z)")
_ENTITY_MEMBER = re.compile(
    r"((&(?:quot|apos|#34|#39|#x22|#x27);)([\w.\[\]-]{1,100}+)\2\s*+:\s*+\2)"
    r"((?:[^&<>]|&(?!(?:quot|apos|#34|#39|#x22|#x27);))++)"
)
_INNER_NAMES = frozenset("access code content hash id key raw refresh sid v val value".split())
"""Names of members that are credentials inside an object with a credential's name: `{"token": {"access": ".."}}`."""
_INNER_MEMBER = re.compile(rf'"(?:{"|".join(sorted(_INNER_NAMES))})"\s*+:\s*+[\["\d]')
_VALUE_KEYS = re.compile(r"(?<=[\"'\s])(?:content|val(?:ue)?|v)(?=\\{0,8}[\"']?\s{0,8}[:=])")
_NAME_BESIDE = re.compile(
    rf"(?<![\w-])(?:{'|'.join(sorted(KEYS_OF_NAMES))})"
    r"\\{0,8}[\"']?\s{0,8}[:=]\s{0,8}\\{0,8}[\"']?([^\s\"'\\<>{},;]{1,100})"
)
_BESIDE = 300
"""The most characters between the name and the value in `{"name": "password", "value": ".."}`."""
_ENCODED = re.compile(r"%[0-7][0-9A-Fa-f]")
"""A percent-encoded letter, which the name in a name-value pair may contain."""
_ESCAPED = re.compile(r"\\u00[4-7][0-9A-Fa-f]")
"""An escaped letter, which the name in a JSON string may contain."""
_RUN = re.compile(r"[^\s&#;\"'<>]*+")
_BEFORE_RUN = re.compile(r".*[\s&#;\"'<>]", re.DOTALL)
_MAX_LISTS = 10
"""The most nested lists that are read to their end, because each takes time by its length."""
_MAX_LENGTH = 201
"""The most characters from the first quote of a member's name to its last."""


Finder = Callable[[str, Iterable[Span]], Iterable[Found]]
"""Finds the named values of a text. The second argument has the places from `find_candidates` where names may be."""


def find_candidates(text: str) -> list[Span]:
    """The places, in order, at which a part of a credential's name may be; empty if the text has none.

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
    """Whether the value of this key, such as `value`, belongs to a credential's name in the same object or tag."""
    least, most = max(start - _BESIDE, 0), min(end + _BESIDE, len(text))
    first = max(text.rfind(bracket, least, start) for bracket in "{}<>")
    lasts = [text.find(bracket, end, most) for bracket in "{}<>"]
    last = min((at for at in lasts if at >= 0), default=most)
    before = [*_NAME_BESIDE.finditer(text, max(first, least), start)]
    beside = [*before[-1:], *_NAME_BESIDE.finditer(text, end, last)]
    return any(is_credential_name(found[1]) for found in beside)


def is_secret_member(name: str, members: Mapping[str, object], of: str = "") -> bool:
    """Whether a member of parsed JSON is a credential, by its own name or by a name beside or above it.

    `of` is the name of the object that has these members.

    >>> is_secret_member("value", {"name": "password", "value": "x"}), is_secret_member("access", {}, "token")
    (True, True)
    """
    if is_credential_name(name) or (isinstance(members.get(name), list) and is_credential_list(name)):
        return True
    lower = name.lower()
    if lower in VALUE_NAMES and any(is_credential_name(str(members.get(key, ""))) for key in KEYS_OF_NAMES):
        return True
    return lower in _INNER_NAMES and bool(of) and is_credential_list(of)


def is_secret_at(value: object, path: Iterable[str | int]) -> bool:
    """Whether the value at a path of parsed JSON is a credential, by the names in the path or beside the value.

    >>> is_secret_at({"password": {"current": "x"}}, ("password", "current")), is_secret_at({"a": ["x"]}, ("a", 0))
    (True, False)
    """
    name, is_secret, is_all = "", False, False
    for part in path:
        if isinstance(value, dict):
            is_all = is_all or names_only_secrets(name)
            is_secret = is_all or is_secret_member(str(part), value, name)
            name = name if is_all else str(part)
            value = value.get(part)
        elif isinstance(value, list):
            value = value[part] if isinstance(part, int) and part < len(value) else None
    return is_secret and not (value is None or value == "" or isinstance(value, bool))


def _names_credential(text: str, name: str, start: int, end: int) -> bool:
    """Whether a name is that of a credential, by itself or through the name beside it."""
    if is_credential_name(name):
        return True
    return name.lower() in VALUE_NAMES and _has_credential_beside(text, start, end)


def find_pairs(text: str, candidates: Iterable[Span]) -> Iterator[re.Match[str]]:
    """Find the pairs `name=value` with a credential's name. Group 1 ends at the value, 2 is the name, 3 the value."""
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


def find_members(text: str, candidates: Iterable[Span]) -> list[Found]:
    """Find JSON members `"name": value` with a credential's name. The value may be an array, or an object of secrets
    only.

    A text after an object in such an array is found alone, and its group 1 is the text before it.
    """
    found: list[Found] = []
    open_lists: list[int] = []
    is_sorted = True
    for member in _members(text, candidates):
        found.append(member)
        if text.startswith("[", member.start(3)) and not text.startswith("]", member.end() - 1):
            open_lists = [end for end in open_lists if end > member.start()]
            if len(open_lists) < _MAX_LISTS:
                end = _end_of_brackets(text, member.start(3))
                open_lists.append(end)
                found += _texts_behind_objects(text, member, end)
                is_sorted = False
    return found if is_sorted else sorted(found, key=lambda one: one.start(3))


def _texts_behind_objects(text: str, member: Found, end: int) -> Iterator[NamedValue]:
    """The texts after the first object or list in a list of secrets, without the texts of objects."""
    objects = 0
    for item in _BRACKETS.finditer(text, member.end(), end):
        if item[0] in "[]":
            continue
        if item[0] in "{}":
            objects += 1 if item[0] == "{" else -1
        elif not objects:
            yield NamedValue(item.start(), "", member[2], item[0])


def _members(text: str, candidates: Iterable[Span]) -> Iterator[re.Match[str]]:
    end = 0
    starts = [(text.rfind('"', max(first - _MAX_LENGTH, 0), first), False) for first, _ in candidates]
    for start, is_inner in sorted({*starts, *_inner_members(text, starts)}):
        if start < end:
            continue
        member = _MEMBER.match(text, start) or _nested(text, start)
        if member is None:
            continue
        name = _unescaped_name(member[2])
        if is_inner or _names_credential(text, name, *member.span(2)) or is_secret_list(text, name, member.end(1)):
            end = member.end()
            yield member


def _inner_members(text: str, starts: Iterable[tuple[int, bool]]) -> Iterator[tuple[int, bool]]:
    """The places of members that are credentials because they are inside a member of a credential."""
    end = 0
    for start, _ in starts:
        opened = _OPENED.match(text, start) if start >= end else None
        if opened is None or not _is_credential_or_list(text, _unescaped_name(opened[1]), opened.end() - 1):
            continue
        end = _end_of_brackets(text, opened.end() - 1)
        yield from ((inner.start(), True) for inner in _INNER_MEMBER.finditer(text, opened.end(), end))


def _is_credential_or_list(text: str, name: str, opening: int) -> bool:
    return is_credential_name(name) or is_secret_list(text, name, opening)


def _nested(text: str, start: int) -> re.Match[str] | None:
    """An object or array in which everything, or each text, is secret, by its name or by the name beside it."""
    opened = _OPENED.match(text, start)
    if opened is None:
        return None
    name = _unescaped_name(opened[1])
    if not names_only_secrets(name) and (
        _is_credential_or_list(text, name, opened.end() - 1) or not _names_credential(text, name, *opened.span(1))
    ):
        return _MIXED_LIST.match(text, start)
    return _NESTED.match(text, start, _end_of_brackets(text, opened.end() - 1))


def _end_of_brackets(text: str, start: int) -> int:
    depth = 0
    for found in _BRACKETS.finditer(text, start):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if depth == 0:
            return found.end()
    return len(text)


def find_escaped_members(text: str, candidates: Iterable[Span]) -> Iterator[re.Match[str]]:
    r"""Find JSON members `\"name\": value` with a credential's name inside a JSON string.

    Group 3 is the name, 5 the value.
    """
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
    """The end of the value of an escaped member: the quote that has as many backslashes before it as the opening
    quote.
    """
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
    """Find XML elements `<name>value</name>` with a credential's name, with or without prefixes."""
    end = 0
    for first, _ in candidates:
        start = text.rfind("<", max(end, first - _MAX_LENGTH), first)
        element = (_ELEMENT.match(text, start) or _CDATA_ELEMENT.match(text, start)) if start >= 0 else None
        if element is not None and is_credential_name(element[2]):
            end = element.end()
            yield element


def find_signs(text: str, candidates: Iterable[Span]) -> Iterator[NamedValue]:
    """Find values after a name and a sign in any notation except JSON: attributes, lines, assignments."""
    return find_assignments(text, candidates, partial(_names_credential, text))


def find_named_phrases(text: str, _: Iterable[Span]) -> Iterator[NamedValue]:
    """Find values after a name without a sign, as in SQL and `.netrc`."""
    return find_phrases(text)


def find_nested(text: str, candidates: Iterable[Span]) -> Iterator[NamedValue]:
    """Find the texts of XML elements inside an element with a credential's name."""
    return find_nested_texts(text, candidates, _INNER_NAMES)


FORM_PART = re.compile(
    r'(^Content-Disposition:[ \t]*+form-data;(?>(?:[^\r\n"]|"[^"\r\n]*+")*?[;\s]name="?+([^"\r\n;]{1,100}+)"?+)'
    r"[^\r\n]*+\r?\n(?:(?!Content-Disposition:)[^\r\n]++\r?\n)*+\r?\n)"
    r"((?:[^\r\n]|\r(?!\n--)|\n(?!--|Content-Disposition:))++)(?=\r?\n--|\Z)",
    re.I | re.M | re.S,
)
"""A part of a multipart body. The groups are the text before its value, its name, and its value."""
_ITEM = re.compile(rf"({VALUE})(\s*+:)?+", re.S)
"""A value, or with a colon after it the name of a member."""
_HOLE_OR_ITEM = re.compile(rf"\{{\{{%?+\w++\}}\}}|{_ITEM.pattern}", re.S)


def redact_named(text: str, replace: Callable[[str], str] = redact_secret, depth: int = MAX_ENCODED) -> str:
    """Replace every value that has the name of a credential.

    >>> print(redact_named('{"user": "ann", "password": "hunter2"} http://ann:pw@h/?token=abc'))
    {"user": "ann", "password": "..."} http://ann:...@h/?token=...
    >>> print(redact_named('{"password": "{{password}}"} ?token={{t}}'))  # what is to be filled in is not a secret yet
    {"password": "{{password}}"} ?token={{t}}
    """
    if replace is redact_secret and len(text) <= _MAX_REMEMBERED and depth == MAX_ENCODED:
        return _redact_short(text)
    return _TextRedactor(replace).redact(text, depth)


def replace_named(text: str, replace: Callable[[str, str], str]) -> str:
    """Replace every value that `redact_named` redacts by `replace(name, value)`; both are spelled as in the text.

    The replacement of a number has no quotes. A percent-encoded part with such a value is replaced as a whole.

    >>> replace_named('{"x": ["got token=a%20b"], "pins": [12]}', lambda name, value: f"<{name}: {value}>")
    '{"x": ["got token=<token: a%20b>"], "pins": [<pins: 12>]}'
    """
    return _TextReplacer(replace).redact(text, MAX_ENCODED)


_MAX_REMEMBERED = 120


@lru_cache(maxsize=1024)
def _redact_short(text: str) -> str:
    """Redact a short text, such as a header value. The results are cached, because a run repeats the same texts."""
    return _TextRedactor(redact_secret).redact(text, MAX_ENCODED)


class _TextRedactor:
    """Redacts texts with one function that replaces each value."""

    def __init__(self, replace: Callable[[str], str]) -> None:
        self._replace = replace

    def redact(self, text: str, depth: int) -> str:
        if "@" in text:
            text = self._userinfo(text)
        if "%" in text and depth:
            text = self._encoded(text, depth)
        return text if _names_nothing(text) else self._redact_named(text)

    def _redact_named(self, text: str) -> str:
        phrases = [(phrase, self._found(phrase)) for phrase in find_phrases(text)]
        if phrases:
            text = _replaced(text, phrases)
        if not _has_sign(text):
            return text
        if "form-data" in text:
            text = FORM_PART.sub(partial(self._group, 2, 3), text)
        if "&" in text and (";:" in text or "; :" in text):
            text = _ENTITY_MEMBER.sub(partial(self._group, 3, 4), text)
        escaped = [(element, self._escaped_element(element)) for element in find_escaped_elements(text)]
        if escaped:
            text = _replaced(text, escaped)
        candidates = find_candidates(text)
        for sign, find, redact_match in self._finders() if candidates else ():
            made = [(found, redact_match(found)) for found in find(text, candidates)] if sign in text else []
            if made:
                candidates = _moved(candidates, made)
                text = _replaced(text, made)
        return text

    def _finders(self) -> Iterator[tuple[str, Finder, Callable[[Found], str]]]:
        """The finders in order.

        Each has a sign without which it finds nothing, and a function that redacts a found value.
        """
        yield "=", find_pairs, self._pair
        yield '"', find_members, self._member
        yield "\\", find_escaped_members, self._escaped
        yield "<", find_elements, self._element
        yield "<", find_nested, self._found
        yield "<", find_cells, self._found
        yield "", find_signs, self._found

    def _userinfo(self, text: str) -> str:
        return redact_userinfo(text, self._value)

    def _encoded(self, text: str, depth: int) -> str:
        return redact_encoded(text, lambda decoded: self.redact(decoded, depth - 1))

    def _escaped_element(self, found: Found) -> str:
        return found[1] + self._value(found[3])

    def _group(self, name: int, value: int, found: re.Match[str]) -> str:
        return found[1] + self._value(found[value]) if is_credential_name(found[name]) else found[0]

    def _pair(self, found: Found) -> str:
        return found[1] + self._value(unquote_plus(found[3]))

    def _member(self, found: Found) -> str:
        return found[1] + _ITEM.sub(self._item, found[3])

    def _item(self, found: re.Match[str]) -> str:
        if found[2]:
            return found[0]
        return json.dumps(self._value(without_scheme(_decode_item(found[1]))), ensure_ascii=False)

    def _escaped(self, found: Found) -> str:
        return found[1] + self._value(found[5])

    def _element(self, found: Found) -> str:
        return found[1] + self._value(found[3].strip())

    def _found(self, found: Found) -> str:
        is_filled = not _is_placeholder(without_scheme(found[3]))
        return found[1] + redact_credential(found[2], found[3], self._replace) if is_filled else found[0]

    def _value(self, value: str) -> str:
        return value if not value or _is_placeholder(value) else self._replace(value)


class _TextReplacer(_TextRedactor):
    """Replaces values as they are written, so that each replacement can be undone. Variables in the text stay."""

    def __init__(self, replace: Callable[[str, str], str]) -> None:
        super().__init__(str)
        self._replace_named = replace

    def _userinfo(self, text: str) -> str:
        return redact_userinfo(text, partial(self._named, "password"), str)

    def _encoded(self, text: str, depth: int) -> str:
        pieces, at = [], 0
        for start, end in find_encoded(text):
            decoded = unquote_plus(text[start:end])
            if redact_named(decoded, depth=depth - 1) != decoded:
                pieces += [text[at:start], self._named("secret", text[start:end])]
                at = end
        return "".join([*pieces, text[at:]])

    def _escaped_element(self, found: Found) -> str:
        return found[1] + self._named(found[2], found[3])

    def _group(self, name: int, value: int, found: re.Match[str]) -> str:
        return found[1] + self._named(found[name], found[value]) if is_credential_name(found[name]) else found[0]

    def _pair(self, found: Found) -> str:
        return found[1] + self._named(found[2], found[3])

    def _member(self, found: Found) -> str:
        return found[1] + _HOLE_OR_ITEM.sub(partial(self._written_item, found[2]), found[3])

    def _written_item(self, name: str, found: re.Match[str]) -> str:
        item = found[1]
        if item is None or found[2]:
            return found[0]
        if not item.startswith('"'):
            return self._named(name, item)
        value = item[1:].removesuffix('"')
        return f'"{self._named(name, value)}{item[1 + len(value) :]}'

    def _escaped(self, found: Found) -> str:
        return found[1] + self._named(found[3], found[5])

    def _element(self, found: Found) -> str:
        value = found[3].rstrip()
        return found[1] + self._named(found[2], value) + found[3][len(value) :]

    def _found(self, found: Found) -> str:
        return found[1] + redact_credential(found[2], found[3], partial(self._named, found[2]))

    def _named(self, name: str, value: str) -> str:
        return value if not value or is_unfilled(value) else self._replace_named(name, value)


def _replaced(text: str, made: Iterable[tuple[Found, str]]) -> str:
    parts, at = [], 0
    for match, instead in made:
        parts += [text[at : match.start()], instead]
        at = match.end()
    return "".join([*parts, text[at:]])


def _moved(candidates: list[Span], made: Iterable[tuple[Found, str]]) -> list[Span]:
    """The candidate places after a value was replaced, without places inside that value.

    A new search would take far longer.
    """
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


def _is_placeholder(value: str) -> bool:
    """Whether the value is an unfilled `{{variable}}`."""
    return only_hole(value) is not None


def find_secrets(text: str) -> Iterator[str]:
    """The decoded values that have the name of a credential.

    >>> list(find_secrets("user=ann&password=a%20b")), list(find_secrets('{"token": ["x", 12]}'))
    (['a b'], ['x', '12'])
    """
    yield from dict.fromkeys(_find_secrets(text, MAX_ENCODED))


def _find_secrets(text: str, depth: int) -> Iterator[str]:
    if "%" in text and depth:
        for start, end in find_encoded(text):
            yield from _find_secrets(unquote_plus(text[start:end]), depth - 1)
    if "@" in text and _has_sign(text):
        yield from find_userinfo(text)
    if _names_nothing(text):
        return
    yield from (without_scheme(found[3]) for found in find_phrases(text))
    if not _has_sign(text):
        return
    if "form-data" in text:
        yield from (m[3] for m in FORM_PART.finditer(text) if is_credential_name(m[2]))
    if "&" in text and (";:" in text or "; :" in text):
        yield from (unescape(m[4]) for m in _ENTITY_MEMBER.finditer(text) if is_credential_name(m[3]))
    yield from (unescape(m[3]) for m in find_escaped_elements(text))
    candidates = find_candidates(text)
    pairs = {m.start(3): m[3] for m in find_pairs(text, candidates)}
    yield from map(unquote_plus, pairs.values())
    for member in find_members(text, candidates):
        yield from _item_values(member[3])
    yield from (_unescape(m[5]) for m in find_escaped_members(text, candidates if "\\" in text else ()))
    for find in (find_elements, find_nested, find_cells) if "<" in text else ():
        yield from (unescape(m[3].strip()) for m in find(text, candidates))
    signs = (m for m in find_signs(text, candidates) if pairs.get(m.start(3)) != m[3])
    yield from (unescape(without_scheme(m[3])) for m in signs)


def _item_values(text: str) -> Iterator[str]:
    """The values inside a credential's member that are secret wherever they occur. `"type": "password"` is not one."""
    name = ""
    for item in _ITEM.finditer(text):
        value = _decode_item(item[1])
        if not item[2] and name not in DESCRIPTIONS:
            yield value
        name = value.lower() if item[2] else ""


_SIGN = re.compile(r"[:=<>\uff1a]|&lt;|\\u003")


_MAX_SHORT = 500
"""The longest text, in characters, for which a search for the words of names is cheaper than the finders (a fifth of
the time).
"""


def _names_nothing(text: str) -> bool:
    """Whether a short text has no word that a credential's name contains, like most header values, paths and titles."""
    return len(text) <= _MAX_SHORT and not may_name_credential(text)


def _has_sign(text: str) -> bool:
    """Whether the text has a sign that every named value needs."""
    return _SIGN.search(text) is not None


def redact_content(content: Content) -> Content:
    """A body for display, with named credentials redacted. Bytes that are not text stay unchanged."""
    parts = tuple(_redact_part(part) for part in content.parts)
    data = content.data
    if data is not None:
        for part, redacted in zip(content.parts, parts, strict=True):
            data = data.replace(b"\r\n\r\n%b\r\n" % part.data, b"\r\n\r\n%b\r\n" % redacted.data)
        data = redact_data(data)
    return content._replace(data=data, parts=parts)


def redact_data(data: bytes) -> bytes:
    """Redact named credentials in bytes for display.

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


def _decode_item(item: str) -> str:
    """The text of a JSON string or number. A string that is not valid JSON is returned unchanged."""
    if not item.startswith('"'):
        return item
    try:
        return str(json.loads(item, strict=False))
    except ValueError:
        return item[1:].removesuffix('"')


def _unescape(value: str) -> str:
    """The text of a JSON string inside a JSON string."""
    while "\\" in value:
        try:
            decoded = str(json.loads(f'"{value}"', strict=False))
        except ValueError:
            return value
        value = decoded
    return value


TEXT_FINDERS: tuple[Finder, ...] = (
    find_elements, find_nested, find_cells, find_signs, find_named_phrases, find_pairs
)  # fmt: skip
"""The finders for XML, YAML and any other text except JSON. Group 2 of a found value is the name, group 3 the value."""
