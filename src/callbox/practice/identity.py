"""Authenticate the caller, by cookie or `Authorization`, or raise a 401 that asks for credentials."""

from __future__ import annotations

import base64
import binascii
import secrets

from callbox.practice.handler_call import HandlerCall
from callbox.practice.server_request import ServerRequest
from callbox.practice.server_response import Problem
from callbox.practice.sessions import PASSWORD, USER, Login

BASIC_CHALLENGE = 'Basic realm="books", charset="UTF-8"'
BEARER_CHALLENGE = 'Bearer realm="books"'


def credentials(request: ServerRequest) -> tuple[str, str]:
    """The scheme of `Authorization` in lower case, and the rest of the field."""
    scheme, _, rest = request.field("authorization").partition(" ")
    return scheme.lower(), rest.strip()


def is_user(name: str, password: str) -> bool:
    """Whether these are the practice API's user and password."""
    both = f"{name}\0{password}".encode("utf-8", "surrogateescape")
    return secrets.compare_digest(both, f"{USER}\0{PASSWORD}".encode())


def find_login(call: HandlerCall) -> Login | None:
    """The login of the bearer token, or else of the `sid` cookie."""
    scheme, token = credentials(call.request)
    if scheme == "bearer":
        return call.state.sessions.find(token)
    sid = call.request.cookies().get("sid")
    return call.state.sessions.find(sid) if sid else None


def require_login(call: HandlerCall) -> Login:
    """The login of the caller.

    Raises:
        Problem: 401 if the cookie or token belongs to no login.
    """
    login = find_login(call)
    if login is None:
        hint = f"POST /login with user {USER} and password {PASSWORD}, or Authorization: Bearer letmein"
        raise Problem(401, "log in first", hint=hint, fields=(("WWW-Authenticate", BEARER_CHALLENGE),))
    return login


def require_basic(request: ServerRequest) -> str:
    """The user of basic authentication (RFC 7617).

    Raises:
        Problem: 401 without the right user and password.
    """
    scheme, coded = credentials(request)
    if scheme == "basic":
        name, _, password = _decode(coded).partition(":")
        if is_user(name, password):
            return name
    hint = f"user {USER}, password {PASSWORD}"
    raise Problem(401, "a user and a password are needed", hint=hint, fields=(("WWW-Authenticate", BASIC_CHALLENGE),))


def _decode(coded: str) -> str:
    try:
        return base64.b64decode(coded, validate=True).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError):
        return ""
