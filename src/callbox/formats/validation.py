"""Checks of the texts that a session file contains. Text that no program could send is refused, and not shown."""

from __future__ import annotations

import re

from callbox.errors import CallboxError
from callbox.exchange.cookies import Cookie
from callbox.exchange.cookies.policy import canonical_domain
from callbox.exchange.cookies.set_cookie import CONTROL
from callbox.exchange.headers import BAD_VALUE, TOKEN
from callbox.exchange.url import read_host

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def has_control(text: str) -> bool:
    """Whether the text holds a control character, which includes a tab and a line break.

    >>> has_control("a\\tb"), has_control("a b")
    (True, False)
    """
    return _CONTROL.search(text) is not None


def cookie_fault(cookie: Cookie) -> str:
    """What is wrong with a cookie, as the end of a sentence; empty if nothing is.

    >>> cookie_fault(Cookie("sid", "1", "api.x")), cookie_fault(Cookie("sid", "1", "api.x | id"))
    ('', 'its domain is no host')
    """
    for what, text in (("name", cookie.name), ("path", cookie.path), ("SameSite", cookie.same_site)):
        if has_control(text):
            return f"its {what} holds a control character"
    if CONTROL.search(cookie.value):  # RFC 6265bis section 5.6 allows a tab
        return "its value holds a control character"
    return "" if _is_host(cookie.domain) else "its domain is no host"


def header_fault(name: str, *values: str) -> str:
    """What is wrong with a header, as the end of a sentence; empty if nothing is.

    >>> header_fault("X-A", "1"), header_fault("X-A", "1\\n2")
    ('', 'its value holds a line break or NUL')
    """
    if not TOKEN.match(name):
        return "its name is no header name"
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
