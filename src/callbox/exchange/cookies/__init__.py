"""Cookies by RFC 6265bis: the jar and what it is made of. Pure: the time comes in as an argument.

`jar` holds what is stored, in `storage`; `policy` decides on one Set-Cookie line and compares hosts and paths;
`set_cookie` and `dates` read its text; `cookie` has the values. The session owns one jar; files are read elsewhere.
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
