"""Parse a Set-Cookie line: RFC 6265bis section 5.6. Whether it is stored is decided in `policy`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from callbox.exchange.cookies.cookie import CookieRefusal
from callbox.exchange.cookies.dates import parse_date

CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
"""The characters that no part of a cookie may hold; a tab is white space to the RFC."""
MAX_PAIR: Final = 4096
MAX_ATTRIBUTE: Final = 1024

_WHITE: Final = " \t"
_DELTA_SECONDS: Final = re.compile(r"-?[0-9]+")
_SAME_SITE: Final = {"strict": "Strict", "lax": "Lax", "none": "None"}


class SetCookie(NamedTuple):
    """A Set-Cookie line, parsed: for each attribute the last valid one. None: the attribute was absent."""

    name: str
    value: str
    domain: str | None = None
    """Without a leading dot; in lower case if it is ASCII. Empty counts as absent."""
    path: str | None = None
    """Empty: there was a Path attribute, and it asks for the default path."""
    expires: float | None = None
    max_age: int | None = None
    secure: bool = False
    http_only: bool = False
    same_site: str = ""

    def __repr__(self) -> str:
        return f"SetCookie({self.name!r}, domain={self.domain!r}, path={self.path!r})"


def parse_set_cookie(line: str) -> SetCookie | CookieRefusal:
    """The parts of one Set-Cookie field value, or why it is ignored whole.

    >>> parse_set_cookie("sid=1; Path=/a; Secure")
    SetCookie('sid', domain=None, path='/a')
    >>> parse_set_cookie("=")
    Refusal(name='', reason='neither a name nor a value')
    """
    # Servers that renew a cookie with each answer send the same line again and again; huge ones are not kept.
    return _parse_cached(line) if len(line) <= 1024 else _parse(line)


def _parse(line: str) -> SetCookie | CookieRefusal:
    pair, *attributes = line.split(";")
    name, value = _split_pair(pair)
    if CONTROL.search(line):
        shown = CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", name[:MAX_PAIR])
        return CookieRefusal(shown, "a control character in it")
    if not name and not value:
        return CookieRefusal("", "neither a name nor a value")
    size = len(name) + len(value)
    if size > MAX_PAIR:
        return CookieRefusal(name[:64], f"{size} bytes, more than {MAX_PAIR} for name and value")
    found = _read_attributes(attributes)
    return SetCookie(
        name,
        value,
        domain=found.domain,
        path=found.path,
        expires=found.expires,
        max_age=found.max_age,
        secure=found.secure,
        http_only=found.http_only,
        same_site=found.same_site,
    )


_parse_cached = lru_cache(maxsize=256)(_parse)


class _Attributes:
    """The attributes read so far; a later one replaces an earlier one."""

    __slots__ = ("domain", "expires", "http_only", "max_age", "path", "same_site", "secure")

    def __init__(self) -> None:
        self.domain: str | None = None
        self.path: str | None = None
        self.expires: float | None = None
        self.max_age: int | None = None
        self.secure = False
        self.http_only = False
        self.same_site = ""

    def take_expires(self, text: str) -> None:
        date = parse_date(text)
        self.expires = self.expires if date is None else date

    def take_max_age(self, text: str) -> None:
        if _DELTA_SECONDS.fullmatch(text):
            self.max_age = int(text[:18])  # longer than any that counts, and than what a text may be read as

    def take_domain(self, text: str) -> None:
        text = text.removeprefix(".")
        self.domain = text.lower() if text.isascii() else text

    def take_path(self, text: str) -> None:
        self.path = text if text[:1] == "/" else ""

    def take_secure(self, _text: str) -> None:
        self.secure = True

    def take_http_only(self, _text: str) -> None:
        self.http_only = True

    def take_same_site(self, text: str) -> None:
        self.same_site = _SAME_SITE.get(text.lower(), "")


_TAKERS: Final = {
    "expires": _Attributes.take_expires,
    "max-age": _Attributes.take_max_age,
    "domain": _Attributes.take_domain,
    "path": _Attributes.take_path,
    "secure": _Attributes.take_secure,
    "httponly": _Attributes.take_http_only,
    "samesite": _Attributes.take_same_site,
}


def _split_pair(pair: str) -> tuple[str, str]:
    name, equals, value = pair.partition("=")
    if not equals:  # "foo" is the value of a cookie without a name
        return "", name.strip(_WHITE)
    return name.strip(_WHITE), value.strip(_WHITE)


def _read_attributes(attributes: list[str]) -> _Attributes:
    found = _Attributes()
    for attribute in attributes:
        name, _, value = attribute.partition("=")
        take = _TAKERS.get(name.strip(_WHITE).lower())
        value = value.strip(_WHITE)
        if take is not None and len(value) <= MAX_ATTRIBUTE:
            take(found, value)
    return found
