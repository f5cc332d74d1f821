"""Cookies by RFC 6265bis: the jar and what it is made of. Pure: the time comes in as an argument.

`jar` holds what is stored (on a `shelf`, within `limits`), `receive` decides on one Set-Cookie line, `parse`
and `dates` read its text, `match` compares hosts and paths, `model` has the values. The session owns one jar;
files and faces are made elsewhere.
"""

from callbox.exchange.cookies.cookie import Cookie, CookieRefusal, Evicted, Outcome, Stored, format_cookie
from callbox.exchange.cookies.dates import format_date, parse_date
from callbox.exchange.cookies.jar import Jar
from callbox.exchange.cookies.policy import (
    canonical_domain,
    default_path,
    domain_matches,
    is_localhost,
    is_public_suffix,
    path_matches,
    registrable_domain,
)
from callbox.exchange.cookies.set_cookie import SetCookie, parse_set_cookie

__all__ = [
    "Cookie",
    "CookieRefusal",
    "Evicted",
    "Jar",
    "Outcome",
    "SetCookie",
    "Stored",
    "canonical_domain",
    "default_path",
    "domain_matches",
    "format_cookie",
    "format_date",
    "is_localhost",
    "is_public_suffix",
    "parse_date",
    "parse_set_cookie",
    "path_matches",
    "registrable_domain",
]
