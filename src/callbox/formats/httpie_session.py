"""Read session files of HTTPie (JSON): headers, cookies and credentials of one host. Two forms of the file are
known.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from callbox.errors import UsageError
from callbox.exchange.cookies import Cookie
from callbox.formats.cookie_header_and_number_checks import cookie_fault, has_control, header_fault, to_float


class HttpieSession(NamedTuple):
    """The contents of an HTTPie session file."""

    headers: tuple[tuple[str, str], ...] = ()
    cookies: tuple[Cookie, ...] = ()
    """The cookies. A cookie without a domain is for the host of the session."""
    scheme: str = ""
    """The auth scheme: `basic`, `digest` or `bearer`; empty if the session has no credentials."""
    credentials: str = ""
    """`user:password`, or the token."""

    def header_values(self) -> dict[str, tuple[str, ...]]:
        """The values of each header, by the first spelling of its name.

        >>> HttpieSession((("X-A", "1"), ("x-a", "2"))).header_values()
        {'X-A': ('1', '2')}
        """
        spelled: dict[str, str] = {}
        values: dict[str, list[str]] = {}
        for name, value in self.headers:
            values.setdefault(spelled.setdefault(name.lower(), name), []).append(value)
        return {name: tuple(found) for name, found in values.items()}


def read_httpie_session(data: bytes, name: str) -> HttpieSession:
    """Parse a session file. `name` is the name of the file, for errors. Raises `UsageError` if it is no session of
    HTTPie.

    >>> read_httpie_session(b'{"headers": {"A": "1"}, "cookies": {"sid": {"value": "7"}}}', "x.json").headers
    (('A', '1'),)
    """
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise UsageError(f"{name} is not JSON") from None
    if not isinstance(document, dict) or not {"headers", "cookies", "auth"} & set(document):
        raise UsageError(
            f"{name} is not a session of HTTPie",
            hint="sessions of HTTPie are in ~/.config/httpie/sessions/HOST/NAME.json",
        )
    scheme, credentials = _auth(document.get("auth"))
    cookies = tuple(_cookie(given) for given in _named(document.get("cookies"), "value"))
    headers = [
        (text, str(given["value"]))
        for given in _named(document.get("headers"), "value")
        if (text := _text(given, "name"))
    ]
    # A Cookie header would replace the cookies of the jar in each request.
    more = tuple(cookie for name, value in headers if name.lower() == "cookie" for cookie in _cookies_of_header(value))
    others = tuple(pair for pair in headers if pair[0].lower() != "cookie")
    found = HttpieSession(headers=others, cookies=(*more, *cookies), scheme=scheme, credentials=credentials)
    if fault := _fault(found):
        raise UsageError(f"{name}: {fault}", hint="nothing was imported")
    return found


def _fault(found: HttpieSession) -> str:
    """The first invalid header or cookie of a session, with the reason, for a message; empty if all are valid."""
    for header, value in found.headers:
        if fault := header_fault(header, value):
            return f"header {header!r}: {fault}"
    for cookie in found.cookies:
        if fault := cookie_fault(cookie):
            return f"cookie {cookie.name!r}: {fault}"
    return "auth holds a control character" if has_control(found.scheme + found.credentials) else ""


def _cookies_of_header(value: str) -> Iterator[Cookie]:
    for pair in value.split(";"):
        name, sign, text = pair.strip().partition("=")
        if sign and name:
            yield Cookie(name=name, value=text, domain="", path="/", host_only=True)


def _named(given: object, key: str) -> Iterator[dict[str, object]]:
    """Yield the entries of a list of objects with names. Old files have an object in place of the list, from each name
    to an object or a plain value.
    """
    if isinstance(given, dict):
        pairs = given.items()
        given = [{"name": name, **(one if isinstance(one, dict) else {key: one})} for name, one in pairs]
    for one in given if isinstance(given, list) else []:
        if isinstance(one, dict) and one.get(key) is not None:
            yield one


def _cookie(given: dict[str, object]) -> Cookie:
    domain, expires = _text(given, "domain"), given.get("expires")
    return Cookie(
        name=_text(given, "name"),
        value=_text(given, "value"),
        domain=domain.lstrip("."),
        path=_text(given, "path") or "/",
        host_only=not domain.startswith("."),
        secure=given.get("secure") is True,
        expires=to_float(expires) if isinstance(expires, (int, float)) and not isinstance(expires, bool) else None,
    )


def _auth(given: object) -> tuple[str, str]:
    if not isinstance(given, dict) or not isinstance(given.get("type"), str):
        return "", ""
    raw = _text(given, "raw_auth")
    return str(given["type"]), raw or f"{_text(given, 'username')}:{_text(given, 'password')}"


def _text(given: dict[str, object], key: str) -> str:
    value = given.get(key)
    return "" if value is None else str(value)
