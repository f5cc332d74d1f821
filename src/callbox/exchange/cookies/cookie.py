"""`Cookie`, a stored cookie; the parser of Set-Cookie lines and of cookie dates (RFC 6265bis sections 5.6 and 5.1.1).

The jar stores the cookie of a Set-Cookie line or refuses it, and may delete other cookies to make room. The classes of
these results are here; the rules are in `policy`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_NUMBERS: Final = {name.lower(): number for number, name in enumerate(_MONTHS, 1)}

# The grammar of the RFC lists the delimiters. All other characters, including those from 0x7F up, belong to tokens.
_TOKEN: Final = re.compile(r"[^\t\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
# A number of a date ends at the first character that is not a digit. So "2010GMT" is the year 2010, and "20100" is no
# year.
_TIME: Final = re.compile(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?![0-9])")
_DAY: Final = re.compile(r"([0-9]{1,2})(?![0-9])")
_YEAR: Final = re.compile(r"([0-9]{2,4})(?![0-9])")


class _Fields:
    """The parts of a cookie date: time, day, month and year. The first token that fits a part sets it."""

    __slots__ = ("day", "month", "time", "year")

    def __init__(self) -> None:
        self.time: tuple[int, int, int] | None = None
        self.day: int | None = None
        self.month: int | None = None
        self.year: int | None = None

    def offer(self, token: str) -> None:
        """Use the token as time, day, month or year: as the first of them that it fits and that is still missing."""
        if self.time is None and (found := _TIME.match(token)):
            self.time = (int(found[1]), int(found[2]), int(found[3]))
        elif self.day is None and (found := _DAY.match(token)):
            self.day = int(found[1])
        elif self.month is None and (month := _MONTH_NUMBERS.get(token[:3].lower())):
            self.month = month
        elif self.year is None and (found := _YEAR.match(token)):
            self.year = _full_year(int(found[1]))


def parse_date(text: str) -> float | None:
    """Parse a cookie date. Returns seconds of the epoch; None if the text is not a date by the rules of the RFC. Time
    zones and names of days are ignored, because a cookie date is always UTC.

    >>> parse_date("Thu, 01-Jan-1970 00:00:10 GMT")
    10.0
    """
    fields = _Fields()
    for found in _TOKEN.finditer(text):
        fields.offer(found[0])
    if fields.time is None or fields.day is None or fields.month is None or fields.year is None:
        return None
    if fields.year < 1601:
        return None
    try:
        date = datetime(fields.year, fields.month, fields.day, *fields.time, tzinfo=UTC)
    except ValueError:  # 31 Feb, 24:00:00 and a 61st second do not exist
        return None
    return (date - _EPOCH).total_seconds()


def format_date(seconds: float) -> str:
    """Format a time, given in seconds of the epoch, as HTTP does (RFC 9110 section 5.6.7). `parse_date` can parse the
    result.

    >>> format_date(10)
    'Thu, 01 Jan 1970 00:00:10 GMT'
    """
    try:
        date = _EPOCH + timedelta(seconds=int(seconds))
    except (OverflowError, ValueError):  # the time is beyond a calendar with four-digit years
        date = datetime.max if seconds > 0 else datetime.min
    day, month = _DAYS[date.weekday()], _MONTHS[date.month - 1]
    return f"{day}, {date.day:02} {month} {date.year:04} {date:%H:%M:%S} GMT"


def _full_year(year: int) -> int:
    if 70 <= year <= 99:
        return year + 1900
    return year + 2000 if year <= 69 else year


class Cookie(NamedTuple):
    """A stored cookie, with every field of RFC 6265bis section 5.7. Texts are exactly as received. Times are in seconds
    of the epoch. The repr leaves out the value, because the value is often a credential.

    >>> Cookie("sid", "1", "api.x")
    Cookie('sid', domain='api.x', path='/')
    """

    name: str
    value: str
    domain: str = ""
    """The domain in lower-case ASCII. It is empty for a cookie that the user set without a domain. callbox sends such a
    cookie to each host that the user requests, but not to another host to which a redirect leads.
    """
    path: str = "/"
    host_only: bool = True
    """True if only this host gets the cookie; False if its subdomains get the cookie, too (attribute Domain)."""
    secure: bool = False
    http_only: bool = False
    same_site: str = ""
    """The attribute SameSite: `"Strict"`, `"Lax"` or `"None"`; `""` if the line has no such attribute or another value.
    """
    expires: float | None = None
    """When the cookie expires, in seconds of the epoch; None for a session cookie."""
    created: float = 0.0
    last_access: float = 0.0
    is_manual: bool = False
    """Whether the user set the cookie. Such cookies do not count for the limits of the jar."""

    def __repr__(self) -> str:
        return f"Cookie({self.name!r}, domain={self.domain!r}, path={self.path!r})"


class CookieRefusal(NamedTuple):
    """The result for a Set-Cookie line that was refused: the name of the cookie, and the reason for the user. The
    reason does not contain the value.
    """

    name: str
    reason: str


class Stored(NamedTuple):
    """The result for a Set-Cookie line that was accepted. The jar now has `cookie`. If `cookie` has already expired,
    the jar has deleted `before` instead.
    """

    cookie: Cookie
    before: Cookie | None = None
    """The earlier cookie with the same name, domain, host-only flag and path; None if there was none."""
    is_removal: bool = False

    @property
    def is_change(self) -> bool:
        """Whether the line changed a cookie of the jar. A change of only the time of access does not count."""
        if self.is_removal or self.before is None:
            return self.is_removal is not (self.before is None)
        return self.cookie != self.before._replace(last_access=self.cookie.last_access)


class Evicted(NamedTuple):
    """The cookies that the jar deleted because it reached a limit, the least recently used cookie first."""

    cookies: tuple[Cookie, ...]
    reason: str
    is_first_report: bool
    """Whether the limit was not reported before. So a server with too many cookies causes one message, and not a
    message at each response.
    """


Outcome: TypeAlias = Stored | CookieRefusal | Evicted


def format_cookie(cookie: Cookie) -> str:
    """Format a cookie as one line for people, with its value.

    >>> format_cookie(Cookie("sid", "1", "api.x", host_only=False))
    'sid=1; domain=api.x; path=/; session'
    """
    parts = [
        f"{cookie.name}={cookie.value}" if cookie.name else cookie.value,
        f"domain={cookie.domain}" if cookie.domain else "every host that gets a request",
        f"path={cookie.path}",
        "session" if cookie.expires is None else f"expires={format_date(cookie.expires)}",
        "Secure" if cookie.secure else "",
        "HttpOnly" if cookie.http_only else "",
        f"SameSite={cookie.same_site}" if cookie.same_site else "",
        "host-only" if cookie.host_only and cookie.domain else "",
    ]
    return "; ".join(part for part in parts if part)


CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
"""The control characters that no part of a cookie may contain.

A tab is not among them, because the RFC counts it as white space.
"""
MAX_PAIR: Final = 4096
MAX_ATTRIBUTE: Final = 1024

_WHITE: Final = " \t"
_DELTA_SECONDS: Final = re.compile(r"-?[0-9]+")
_SAME_SITE: Final = {"strict": "Strict", "lax": "Lax", "none": "None"}


class SetCookie(NamedTuple):
    """A parsed Set-Cookie line. Each attribute has its last valid value in the line; None if the line does not have
    it.
    """

    name: str
    value: str
    domain: str | None = None
    """The domain without a leading dot, in lower case if it is ASCII. An empty domain counts as no domain."""
    path: str | None = None
    """The path; empty if the attribute Path has no valid path, so that the default path counts."""
    expires: float | None = None
    max_age: int | None = None
    secure: bool = False
    http_only: bool = False
    same_site: str = ""

    def __repr__(self) -> str:
        return f"SetCookie({self.name!r}, domain={self.domain!r}, path={self.path!r})"


def parse_set_cookie(line: str) -> SetCookie | CookieRefusal:
    """Parse the value of a Set-Cookie field. Returns the parts, or the reason why the whole line is ignored.

    >>> parse_set_cookie("sid=1; Path=/a; Secure")
    SetCookie('sid', domain=None, path='/a')
    >>> parse_set_cookie("=")
    CookieRefusal(name='', reason='it has neither a name nor a value')
    """
    # The cache helps with servers that send the same line with each response. Huge lines are not cached.
    return _parse_cached(line) if len(line) <= 1024 else _parse(line)


def _parse(line: str) -> SetCookie | CookieRefusal:
    pair, *attributes = line.split(";")
    name, value = _split_pair(pair)
    if CONTROL.search(line):
        shown = CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", name[:MAX_PAIR])
        return CookieRefusal(shown, "it contains a control character")
    if not name and not value:
        return CookieRefusal("", "it has neither a name nor a value")
    size = len(name) + len(value)
    if size > MAX_PAIR:
        return CookieRefusal(name[:64], f"its name and value have {size} bytes, and the limit is {MAX_PAIR}")
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
    """The attributes of a line that were read so far. A later attribute replaces an earlier one of the same name."""

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
            self.max_age = int(text[:18])  # A sensible number is shorter, and a very long one cannot be converted.

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
