"""Credentials that are known by a name beside them: in URLs, forms, JSON and header lines within any text. Pure.

`"password": "x"`, `?access_token=x`, `http://ann:x@host`, `X-Api-Key: x`: found where nobody said that x is secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote, unquote_plus

from callbox.exchange.content import Content, Part
from callbox.exchange.naming import (
    VALUE,
    find_hints,
    near_attributes,
    near_definitions,
    near_elements,
    near_escaped_members,
    near_lines,
    near_members,
    near_pairs,
)
from callbox.exchange.secret import is_credential_name, mask, shown
from callbox.exchange.shown_url import USERINFO

FORM_PART = re.compile(
    r'(^Content-Disposition:[ \t]*+form-data;(?>(?:[^\r\n"]|"[^"\r\n]*+")*?[;\s]name="([^"\r\n]{1,100}+)")'
    r"[^\r\n]*+\r?\n(?:(?!Content-Disposition:)[^\r\n]++\r?\n)*+\r?\n)"
    r"((?:[^\n]|\n(?!--|Content-Disposition:)){1,4096}?)(?=\r?\n--)",
    re.I | re.M | re.S,
)
"""A part of a multipart body, as far as its value: what is before it, its name, its value."""
_HOLE = re.compile(r"\{\{[^{}]{1,100}+\}\}\Z")
_ITEM = re.compile(rf"({VALUE})(\s*+:)?+", re.S)
"""A value, or with a colon behind it the name of a member."""


def mask_named(text: str) -> str:
    """The text with every value masked that has a credential's name.

    >>> print(mask_named('{"user": "ann", "password": "hunter2"} http://ann:pw@h/?token=abc'))
    {"user": "ann", "password": "..."} http://ann:...@h/?token=...
    >>> print(mask_named('{"password": "{{password}}"} ?token={{t}}'))  # what is to be filled in is no secret yet
    {"password": "{{password}}"} ?token={{t}}
    """
    if ":" not in text and "=" not in text and "<" not in text:
        return text
    if "@" in text:
        text = USERINFO.sub(lambda m: m[0] if _is_hole(m[2]) else f"{m[1]}{mask(unquote(m[2]))}@", text)
    if "form-data" in text:
        text = FORM_PART.sub(lambda m: m[1] + _masked(m[3]) if is_credential_name(m[2]) else m[0], text)
    hints = find_hints(text)
    for near, make in _NAMED if hints else ():
        parts, at = [], 0
        for match in near(text, hints):
            parts += [text[at : match.start()], make(match)]
            at = match.end()
        if parts:
            text = "".join([*parts, text[at:]])
            hints = find_hints(text)
    return text


def _masked_pair(found: re.Match[str]) -> str:
    return found[1] + _masked(unquote_plus(found[3]))


def _masked_member(found: re.Match[str]) -> str:
    return found[1] + _ITEM.sub(_masked_item, found[3])


def _masked_escaped(found: re.Match[str]) -> str:
    return found[1] + _masked(found[5])


def _masked_element(found: re.Match[str]) -> str:
    return found[1] + _masked(found[3].strip())


def _masked_attribute(found: re.Match[str]) -> str:
    return found[1] + _masked(found[4])


def _masked_definition(found: re.Match[str]) -> str:
    return found[1] + _masked(found[3])


def _masked_line(found: re.Match[str]) -> str:
    return found[0] if _is_hole(bare(found[3])) else found[1] + shown(found[2], found[3])


def _masked(value: str) -> str:
    return value if _is_hole(value) else mask(value)


def _is_hole(value: str) -> bool:
    """Whether it is a variable of a script that is not filled in."""
    return _HOLE.match(value) is not None


def find_named(text: str) -> Iterator[str]:
    """The values that have a credential's name, decoded.

    >>> list(find_named("user=ann&password=a%20b")), list(find_named('{"token": ["x", 12]}'))
    (['a b'], ['x', '12'])
    """
    if ":" not in text and "=" not in text and "<" not in text:
        return
    if "@" in text:
        yield from (unquote(m[2]) for m in USERINFO.finditer(text))
    if "form-data" in text:
        yield from (m[3] for m in FORM_PART.finditer(text) if is_credential_name(m[2]))
    hints = find_hints(text)
    yield from (unquote_plus(m[3]) for m in near_pairs(text, hints))
    for member in near_members(text, hints):
        yield from (_decoded(item[1]) for item in _ITEM.finditer(member[3]) if not item[2])
    yield from (_unescaped(m[5]) for m in near_escaped_members(text, hints))
    yield from (unescape(m[3].strip()) for m in near_elements(text, hints))
    yield from (unescape(m[4]) for m in near_attributes(text, hints))
    yield from (bare(m[3]) for m in near_lines(text, hints))


def mask_content(content: Content) -> Content:
    """A body as it may be shown: what has a credential's name in it is masked. What is no text stays as it is."""
    parts = tuple(_masked_part(part) for part in content.parts)
    data = content.data
    if data is not None:
        for part, masked in zip(content.parts, parts, strict=True):
            data = data.replace(b"\r\n\r\n%b\r\n" % part.data, b"\r\n\r\n%b\r\n" % masked.data)
        data = mask_data(data)
    return content._replace(data=data, parts=parts)


def mask_data(data: bytes) -> bytes:
    """Bytes as they may be shown.

    >>> mask_data(b"user=ann&password=x"), mask_data(b"token=x\\xff")
    (b'user=ann&password=...', b'token=x\\xff')
    """
    try:
        return mask_named(data.decode("utf-8")).encode("utf-8")
    except UnicodeDecodeError:
        return data


def _masked_part(part: Part) -> Part:
    if is_credential_name(part.name) and not part.path:
        return part._replace(data=mask(part.data.decode("utf-8", "replace")).encode())
    return part._replace(data=mask_data(part.data))


def bare(value: str) -> str:
    """A credential without the scheme before it.

    >>> bare("Bearer abc"), bare("abc")
    ('abc', 'abc')
    """
    scheme, blank, rest = value.strip().partition(" ")
    return rest.strip() if blank and scheme.isalnum() else value.strip()


def _masked_item(match: re.Match[str]) -> str:
    if match[2]:
        return match[0]
    text = _masked(bare(_decoded(match[1])))
    return json.dumps(text, ensure_ascii=False)


def _decoded(item: str) -> str:
    """The text of a JSON string or number; a string that is none after all, as it stands."""
    if not item.startswith('"'):
        return item
    try:
        return str(json.loads(item, strict=False))
    except ValueError:
        return item[1:].removesuffix('"')


def _unescaped(value: str) -> str:
    """The text of a string of JSON within one."""
    while "\\" in value:
        try:
            decoded = str(json.loads(f'"{value}"', strict=False))
        except ValueError:
            return value
        value = decoded
    return value


_NAMED = (
    (near_pairs, _masked_pair),
    (near_members, _masked_member),
    (near_escaped_members, _masked_escaped),
    (near_elements, _masked_element),
    (near_attributes, _masked_attribute),
    (near_definitions, _masked_definition),
    (near_lines, _masked_line),
)
"""Where names are found, and what takes the place of each with its value."""
