"""Cookies by RFC 6265bis. Pure: the time is an argument.

`jar` is the cookie jar and holds its cookies; `policy` decides whether a cookie is accepted and what it matches;
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
