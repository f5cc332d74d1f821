"""Cookies by RFC 6265bis. Pure: the time is an argument.

`jar` is the cookie jar; `storage` holds its cookies, `eviction` drops some when there are too many; `policy` decides
whether a cookie is accepted and what it matches; `set_cookie` and `dates` parse; `cookie` has the values.
"""

from callbox.exchange.cookies.cookie import Cookie, CookieRefusal, Outcome, Stored, format_cookie
from callbox.exchange.cookies.dates import format_date, parse_date
from callbox.exchange.cookies.jar import Jar
from callbox.exchange.cookies.policy import is_localhost

__all__ = [
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
