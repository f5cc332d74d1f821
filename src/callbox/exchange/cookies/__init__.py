"""Cookies as RFC 6265bis defines them. Pure: functions get the time as an argument.

`jar` is the cookie jar and its storage. `policy` decides whether a cookie is accepted, and which requests it matches.
`cookie` has the values and the parsers.
"""

from callbox.exchange.cookies.cookie import (
    Cookie,
    CookieRefusal,
    Outcome,
    Stored,
    format_cookie,
    format_date,
    parse_date,
)
from callbox.exchange.cookies.jar import Jar
from callbox.exchange.cookies.policy import SECURE_OVER_HTTP, is_localhost

__all__ = [
    "SECURE_OVER_HTTP",
    "Cookie",
    "CookieRefusal",
    "Jar",
    "Outcome",
    "Stored",
    "format_cookie",
    "format_date",
    "is_localhost",
    "parse_date",
]
