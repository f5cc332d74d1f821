"""Read and write cookies.txt, the format of Netscape, curl and wget.

A line has seven fields with tabs between them: domain, whether subdomains get the cookie, path, whether it is Secure,
expiry, name, value. `#HttpOnly_` before the domain is curl's mark for HttpOnly. An expiry of 0 means a session cookie.
The format has no field for SameSite or for the time when a cookie was received. A text of a cookie is its bytes,
decoded as Latin-1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from callbox.errors import Place, UsageError
from callbox.exchange.cookies import Cookie
from callbox.formats.cookie_header_and_number_checks import cookie_fault

_MARK = "#HttpOnly_"
_HEADER = "# Netscape HTTP Cookie File\n"
_EXPIRY = re.compile(r"\s*(-?[0-9]{1,15})(?:\.[0-9]*)?\s*\Z|\s*\Z")
"""A pattern for the expiry in seconds of the epoch. Some programs write fractions, or nothing for a session cookie."""


def read_cookies_txt(text: str | bytes, name: str = "") -> list[Cookie]:
    """Parse the text of a cookies.txt. `name` is the name of the file, for errors. Raises `UsageError` with the place
    of a line that is no cookie. Accepts what other programs write: blanks for tabs, a fraction or nothing as expiry, no
    value, a byte order mark.

    >>> read_cookies_txt(".api.x\\tTRUE\\t/\\tFALSE\\t0\\tsid\\t1")[0].host_only
    False
    """
    cookies = []
    if isinstance(text, bytes):
        text = text.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    # `splitlines` would end a line at a byte 0x85 inside a value.
    for number, line in enumerate(re.split("\r?\n", text.removeprefix("\ufeff")), 1):
        bare = line.removeprefix(_MARK)
        if not line.strip() or (line.startswith("#") and bare == line):
            continue
        fields = bare.split("\t", 6) if "\t" in bare else bare.split(None, 6)
        if len(fields) == 6:
            fields.append("")
        if len(fields) != 7 or not _EXPIRY.match(fields[4]):
            place = Place(
                name, number, 1, max(1, len(line))
            )  # Without the text of the line, which may be a credential.
            raise UsageError(
                "This is not a line of a cookies.txt", hint="write seven fields with tabs between them", place=place
            )
        cookie = _cookie(fields, is_http_only=bare != line)
        if fault := cookie_fault(cookie):
            place = Place(name, number, 1, max(1, len(line)))
            raise UsageError(f"This cookie is invalid: {fault}", hint="nothing was imported", place=place)
        cookies.append(cookie)
    return cookies


def write_cookies_txt(cookies: Iterable[Cookie]) -> str:
    """Write cookies as the text of a cookies.txt. Cookies without a domain, or with a tab, are left out."""
    return _HEADER + "".join(_line(cookie) for cookie in cookies if _can_be_written(cookie))


def encode_cookies_txt(cookies: Iterable[Cookie]) -> bytes:
    """Write cookies as the bytes of a cookies.txt. Cookies of servers have their original bytes; text that a user typed
    is in UTF-8.
    """
    lines = write_cookies_txt(cookies).split("\n")
    return b"\n".join(line.encode("latin-1") if max(line, default="") <= "\xff" else line.encode() for line in lines)


def _cookie(fields: list[str], *, is_http_only: bool) -> Cookie:
    domain, subdomains, path, secure, expires, name, value = fields
    found = _EXPIRY.match(expires)
    seconds = int(found[1] or 0) if found else 0
    return Cookie(
        name=name,
        value=value,
        domain=domain.lstrip("."),
        path=path or "/",
        host_only=subdomains.upper() != "TRUE",
        secure=secure.upper() == "TRUE",
        http_only=is_http_only,
        expires=float(seconds) if seconds > 0 else None,
    )


def _can_be_written(cookie: Cookie) -> bool:
    return bool(cookie.domain) and not any("\t" in text for text in (cookie.name, cookie.value, cookie.path))


def _line(cookie: Cookie) -> str:
    domain = cookie.domain if cookie.host_only else f".{cookie.domain}"
    fields = (
        (_MARK if cookie.http_only else "") + domain,
        _flag(not cookie.host_only),
        cookie.path,
        _flag(cookie.secure),
        str(int(cookie.expires or 0)),
        cookie.name,
        cookie.value,
    )
    return "\t".join(fields) + "\n"


def _flag(value: bool) -> str:
    return "TRUE" if value else "FALSE"
