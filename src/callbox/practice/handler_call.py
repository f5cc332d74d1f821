"""`HandlerCall`, the argument of a handler: request, arguments, body, connection, and the state of the server.

It also authenticates the caller: by cookie or `Authorization`, or else a 401 asks for credentials.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import TypeAlias

from callbox.practice.client_connection import ClientSocket, RequestBody
from callbox.practice.json_schema import Schema, check
from callbox.practice.library_data import Library
from callbox.practice.logins_and_nonces import PASSWORD, USER, Attempts, Login, Nonces, Sessions
from callbox.practice.server_request import ServerRequest
from callbox.practice.server_response import Problem

Args: TypeAlias = Mapping[str, int | float | str | bool | None]

BODY_LIMIT = 16_000_000
_DEPTH_LIMIT = 200
_BRACKETS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)


@dataclass(slots=True)
class PracticeState:
    """The state shared by all calls: the data, the logins, the nonces, and the two URLs."""

    urls: tuple[str, str] = ("", "")
    library: Library = field(default_factory=Library)
    sessions: Sessions = field(default_factory=Sessions)
    nonces: Nonces = field(default_factory=Nonces)
    attempts: Attempts = field(default_factory=Attempts)


class HandlerCall:
    """The argument of a handler."""

    __slots__ = ("args", "body", "client", "request", "state")

    def __init__(self, request: ServerRequest, body: RequestBody, client: ClientSocket, state: PracticeState) -> None:
        self.request = request
        self.body = body
        self.client = client
        self.state = state
        self.args: Args = {}

    def number(self, name: str) -> int:
        """The value of an integer argument."""
        value = self.args[name]
        return value if isinstance(value, int) else 0

    def real(self, name: str) -> float:
        """The value of a number argument."""
        value = self.args[name]
        return value if isinstance(value, (int, float)) else 0.0

    def text(self, name: str) -> str:
        """The value of a text argument; empty if it was not given."""
        value = self.args[name]
        return value if isinstance(value, str) else ""

    def flag(self, name: str) -> bool:
        """The value of a boolean argument; false if it was not given."""
        return self.args[name] is True

    def own_url(self) -> str:
        """The URL of the port that was called."""
        return self.state.urls[0] if self._is_first() else self.state.urls[1]

    def other_url(self) -> str:
        """The URL of the other port, which serves the same API as another origin."""
        return self.state.urls[1] if self._is_first() else self.state.urls[0]

    def json(self, schema: Schema) -> dict[str, object]:
        """The JSON object in the body.

        Raises:
            Problem: 400, 411, 413, 415, or 422 naming each field that is wrong.
        """
        self.expect_body()
        media_type = self.request.media_type()
        if media_type and not media_type.endswith(("/json", "+json")):
            raise Problem(415, f"cannot read {media_type}", hint="Content-Type: application/json")
        value = parse_json(self.body.read(BODY_LIMIT))
        errors = check(schema, value)
        if errors or not isinstance(value, dict):
            raise Problem(422, "the body does not have the right fields", errors=errors)
        return value

    def expect_body(self) -> None:
        """Refuse with 411 a request without a body."""
        if not self.body.is_announced:
            raise Problem(411, "a body is needed here, with a Content-Length")

    def _is_first(self) -> bool:
        return self.state.urls[0].endswith(f":{self.client.port}")


def parse_json(text: bytes) -> object:
    """Parse JSON.

    Raises:
        Problem: 400 with line and column, also for text that Python accepts and JSON does not, such as NaN.
    """
    try:
        _check_depth(text)
        value: object = json.loads(text.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        errors = {"line": str(error.lineno), "column": str(error.colno)}
        raise Problem(400, f"the body is not JSON: {error.msg} at {where}", errors=errors) from None
    except UnicodeDecodeError as error:
        raise Problem(400, f"the body is not JSON: byte {error.start} is not UTF-8") from None
    except ValueError as error:
        raise Problem(400, f"the body is not JSON: {error}") from None
    return value


def _refuse_constant(text: str) -> object:
    raise ValueError(f"there is no {text} in JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError(f"{text[:40]} is too large a number")
    return value


def _check_depth(text: bytes) -> None:
    """Refuse deep nesting before the parser recurses, because the threads have small stacks."""
    if text.count(b"[") + text.count(b"{") <= _DEPTH_LIMIT:
        return
    depth = 0
    for match in _BRACKETS.finditer(text):
        depth += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(match[0], 0)
        if depth > _DEPTH_LIMIT:
            raise ValueError(f"nested deeper than {_DEPTH_LIMIT} levels")


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
    """The login that the bearer token names, or else the `sid` cookie."""
    scheme, token = credentials(call.request)
    if scheme == "bearer":
        return call.state.sessions.find(token)
    sid = call.request.cookies().get("sid")
    return call.state.sessions.find(sid) if sid else None


def require_login(call: HandlerCall) -> Login:
    """The login of the caller, who must be logged in.

    Raises: Problem: 401 if the cookie or token belongs to no login.
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
