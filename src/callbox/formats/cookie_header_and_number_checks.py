"""Check values that come from a file: cookies, headers and numbers. Messages do not contain an invalid text."""

from __future__ import annotations

import math
import re

from callbox.errors import CallboxError, UsageError
from callbox.exchange.cookies import Cookie
from callbox.exchange.cookies.cookie import CONTROL
from callbox.exchange.cookies.policy import canonical_domain
from callbox.exchange.headers import BAD_VALUE, TOKEN
from callbox.exchange.url import read_host

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def has_control(text: str) -> bool:
    """Whether the text has a control character. Tab and line break are control characters here.

    >>> has_control("a\\tb"), has_control("a b")
    (True, False)
    """
    return _CONTROL.search(text) is not None


def cookie_fault(cookie: Cookie) -> str:
    """The reason why a cookie is invalid, for a message: `its domain is not a host`. Empty if it is valid.

    >>> cookie_fault(Cookie("sid", "1", "api.x")), cookie_fault(Cookie("sid", "1", "api.x | id"))
    ('', 'its domain is not a host')
    """
    for what, text in (("name", cookie.name), ("path", cookie.path), ("SameSite", cookie.same_site)):
        if has_control(text):
            return f"its {what} holds a control character"
    if CONTROL.search(cookie.value):  # RFC 6265bis section 5.6 allows a tab
        return "its value holds a control character"
    return "" if _is_host(cookie.domain) else "its domain is not a host"


def header_fault(name: str, *values: str) -> str:
    """The reason why a header is invalid, for a message: `its value holds a line break or NUL`. Empty if it is valid.

    >>> header_fault("X-A", "1"), header_fault("X-A", "1\\n2")
    ('', 'its value holds a line break or NUL')
    """
    if not TOKEN.match(name):
        return "its name is not a header name"
    return "its value holds a line break or NUL" if any(map(BAD_VALUE.search, values)) else ""


def _is_host(domain: str) -> bool:
    if not domain:
        return True
    try:
        host = canonical_domain(domain)
        read_host(f"[{host}]" if ":" in host else host)
    except CallboxError:
        return False
    return not has_control(domain)


MAX_SECONDS = 30 * 86_400.0
"""The longest time in seconds that a file may set. All systems can wait that long."""
MAX_TEXT = "30 days"


def check_seconds(seconds: float, text: str) -> float:
    """Return a number of seconds unchanged. Raises `UsageError` if it is negative or more than `MAX_SECONDS`. `text` is
    the number as written in the file.

    >>> check_seconds(1.5, "1.5 s")
    1.5
    """
    if 0 <= seconds <= MAX_SECONDS:
        return seconds
    raise UsageError(f"'{text}' is not a timeout", hint=f"use a time from 0 to {MAX_TEXT}")


def to_float(value: float) -> float:
    """Convert a number to a float. An integer that is too large for a float becomes infinite, as `1e400` does.

    >>> to_float(5), to_float(-(10**400))
    (5.0, -inf)
    """
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
