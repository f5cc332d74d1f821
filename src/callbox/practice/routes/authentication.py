"""`/login`, `/logout`, `/me`, a page for each scheme of authentication, and the authentication of all other routes.

The pages are `/basic-auth`, `/bearer` and `/digest-auth`. `require_login` and `require_basic` find the caller by cookie
or `Authorization`, or else a 401 asks for credentials. `DigestCredentials` checks a digest response as RFC 7616
computes it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
import time
from ipaddress import ip_address
from typing import NamedTuple, cast
from urllib.parse import parse_qsl

from callbox.practice.connection_and_messages import (
    JSON_TYPE,
    Fields,
    Problem,
    ServerRequest,
    ServerResponse,
    http_date,
    json_response,
)
from callbox.practice.json_schema import Schema, check, ref
from callbox.practice.library_data_logins_and_nonces import FIXED_TOKEN, PASSWORD, USER, Login
from callbox.practice.router import BODY_LIMIT, BodySpec, Endpoint, HandlerCall, Param, json_spec, problem_spec

BASIC_CHALLENGE = 'Basic realm="books", charset="UTF-8"'

BEARER_CHALLENGE = 'Bearer realm="books"'


ALGORITHMS = {"MD5": "md5", "MD5-sess": "md5", "SHA-256": "sha256", "SHA-256-sess": "sha256"}
REALM = "books"

_PAIR = re.compile(r'\s*([A-Za-z*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))\s*(?:,|$)')


class DigestCredentials(NamedTuple):
    """The parameters of `Authorization: Digest`, and their request."""

    parameters: dict[str, str]
    method: str
    body: bytes

    def get(self, name: str) -> str:
        """A parameter; empty if it is missing."""
        return self.parameters.get(name, "")

    def algorithm(self) -> str:
        """The algorithm; MD5 if none is named (RFC 7616 section 3.4)."""
        return self.parameters.get("algorithm", "MD5")

    def is_right(self, user: str, password: str) -> bool:
        """Whether the digest was made with this user and password."""
        if self.algorithm() not in ALGORITHMS or self.get("username") != user or self.get("realm") != REALM:
            return False
        wanted = self._response(self._key(user, password), f"{self.method}:{self.get('uri')}")
        return secrets.compare_digest(wanted.encode(), self.get("response").lower().encode("utf-8", "replace"))

    def proof(self, user: str, password: str) -> str:
        """The `rspauth` that proves to the client that the server knows the password, too (RFC 7616 section 3.5)."""
        return self._response(self._key(user, password), f":{self.get('uri')}")

    def _key(self, user: str, password: str) -> str:
        key = self._hash(f"{user}:{REALM}:{password}".encode())
        if self.algorithm().endswith("-sess"):
            key = self._hash(f"{key}:{self.get('nonce')}:{self.get('cnonce')}".encode())
        return key

    def _response(self, key: str, request: str) -> str:
        if self.get("qop") == "auth-int":
            request += ":" + self._hash(self.body)
        middle = f"{self.get('nonce')}:{self.get('nc')}:{self.get('cnonce')}:{self.get('qop')}"
        return self._hash(f"{key}:{middle}:{self._hash(request.encode('utf-8', 'replace'))}".encode())

    def _hash(self, data: bytes) -> str:
        return hashlib.new(ALGORITHMS[self.algorithm()], data, usedforsecurity=False).hexdigest()


def read_parameters(text: str) -> dict[str, str]:
    """The parameters of a credentials field by lower-case name; empty if the text is not a list of parameters."""
    parameters: dict[str, str] = {}
    position = 0
    while position < len(text):
        match = _PAIR.match(text, position)
        if match is None:
            return {}
        name, quoted, bare = match.groups()
        parameters[name.lower()] = bare if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        position = match.end()
    return parameters


def challenge(algorithm: str, nonce: str, qop: str, *, is_stale: bool) -> tuple[str, str]:
    """A `WWW-Authenticate` field that asks for one algorithm."""
    stale = ", stale=true" if is_stale else ""
    return (
        "WWW-Authenticate",
        f'Digest realm="{REALM}", qop="{qop}", algorithm={algorithm}, nonce="{nonce}", '
        f'opaque="{opaque(nonce)}", charset=UTF-8, userhash=false{stale}',
    )


def opaque(nonce: str) -> str:
    """The `opaque` value of this nonce, which the client must send back unchanged."""
    return hashlib.sha256(f"opaque:{nonce}".encode()).hexdigest()[:16]


ENTERED: Schema = {
    "type": "object",
    "required": ["user", "scheme"],
    "properties": {
        "user": {"type": "string"},
        "scheme": {"type": "string", "enum": ["basic", "bearer", "digest"]},
        "algorithm": {"type": "string", "enum": list(ALGORITHMS)},
    },
}


def _basic(call: HandlerCall) -> ServerResponse:
    return json_response({"user": require_basic(call.request), "scheme": "basic"})


def _bearer(call: HandlerCall) -> ServerResponse:
    scheme, _ = credentials(call.request)
    login = find_login(call) if scheme == "bearer" else None
    if login is not None:
        return json_response({"user": login.user, "scheme": "bearer"})
    # RFC 6750 section 3.1: a wrong token is reported as an error, a missing one is not.
    error = ', error="invalid_token"' if scheme == "bearer" else ""
    hint = f"Authorization: Bearer {FIXED_TOKEN}, or the token of POST /login"
    fields = (("WWW-Authenticate", BEARER_CHALLENGE + error),)
    raise Problem(401, "a bearer token is needed", hint=hint, fields=fields)


def _digest(call: HandlerCall) -> ServerResponse:
    scheme, rest = credentials(call.request)
    body = call.body.read(BODY_LIMIT)
    given = DigestCredentials(read_parameters(rest) if scheme == "digest" else {}, call.request.method, body)
    if not _matches_challenge(call, given) or not given.is_right(USER, PASSWORD):
        raise _challenge_problem(call, "the digest of a user and a password is needed")
    if not call.state.nonces.use(given.get("nonce"), given.get("nc"), call.number("uses")):
        raise _challenge_problem(call, "the digest is right, but the nonce is used up", is_stale=True)
    # The algorithm is in this response, too, so that the client sees which challenge was answered.
    proof = f'rspauth="{given.proof(USER, PASSWORD)}", qop={given.get("qop")}'
    proof += f', nc={given.get("nc")}, cnonce="{given.get("cnonce")}"'
    response = json_response({"user": USER, "scheme": "digest", "algorithm": given.algorithm()})
    return response.with_fields(("Authentication-Info", proof))


def _matches_challenge(call: HandlerCall, given: DigestCredentials) -> bool:
    """Whether the digest belongs to the challenge and to this request."""
    return (
        given.algorithm() in _offered(call)
        and given.get("qop") in call.text("qop").split(",")
        and given.get("opaque") == opaque(given.get("nonce"))
        and given.get("uri") in (call.request.target, call.own_url() + call.request.target)
        and len(given.get("nc")) == 8
        and '"' not in given.get("cnonce")
        and given.get("cnonce").isprintable()
    )


def _challenge_problem(call: HandlerCall, detail: str, *, is_stale: bool = False) -> Problem:
    nonce, qop = call.state.nonces.issue(), call.text("qop")
    fields = tuple(challenge(name, nonce, qop, is_stale=is_stale) for name in _offered(call))
    return Problem(401, detail, hint=f"user {USER}, password {PASSWORD}", fields=fields)


def _offered(call: HandlerCall) -> list[str]:
    name = call.text("algorithm")
    # The strongest comes first, because a client takes the first that it knows (RFC 7616 section 3.7).
    return ["SHA-256", "MD5"] if name == "any" else [name]


_SCHEME_SCHEMAS: dict[str, Schema] = {"Entered": ENTERED}
_RESPONSES = (json_spec("Entered", "You are in"), problem_spec(401, "Credentials are needed", "WWW-Authenticate"))
_DIGEST_PARAMS = (
    Param(
        "algorithm",
        {"type": "string", "enum": ["any", *ALGORITHMS], "default": "any"},
        "Which to ask for; any offers SHA-256 and MD5",
        "SHA-256",
    ),
    Param(
        "qop",
        {"type": "string", "enum": ["auth", "auth-int", "auth,auth-int"], "default": "auth"},
        "Which protection to offer",
        "auth",
    ),
    Param(
        "uses",
        {"type": "integer", "minimum": 1, "maximum": 1000, "default": 1000},
        "How often a nonce may be used before it is stale",
        1000,
    ),
)
_SCHEME_ROUTES = (
    Endpoint(
        "GET",
        "/basic-auth",
        _basic,
        summary=f"Behind basic authentication (user {USER}, password {PASSWORD})",
        tag="authentication",
        responses=_RESPONSES,
        needs=("basic",),
    ),
    Endpoint(
        "GET",
        "/bearer",
        _bearer,
        summary=f"Behind a bearer token (that of /login, or {FIXED_TOKEN})",
        tag="authentication",
        responses=_RESPONSES,
        needs=("bearer",),
    ),
    *(
        Endpoint(
            method,
            "/digest-auth",
            _digest,
            summary=f"Behind digest authentication (user {USER}, password {PASSWORD})",
            tag="authentication",
            params=_DIGEST_PARAMS,
            responses=(_RESPONSES[0]._replace(fields=("Authentication-Info",)), _RESPONSES[1]),
            needs=("digest",),
        )
        for method in ("GET", "POST")
    ),
)


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


_FORM_TYPE = "application/x-www-form-urlencoded"
_FORM_LIMIT = 65_536
_HOUR = 3600
_YEAR = 365 * 24 * _HOUR

CREDENTIALS: Schema = {
    "type": "object",
    "required": ["user", "password"],
    "properties": {"user": {"type": "string"}, "password": {"type": "string", "format": "password"}},
}
USER_SCHEMA: Schema = {
    "type": "object",
    "required": ["name", "member_id"],
    "properties": {"name": {"type": "string"}, "member_id": {"type": "integer"}},
}
LOGIN: Schema = {
    "type": "object",
    "required": ["token", "user"],
    "properties": {"token": {"type": "string"}, "user": ref("User")},
}


def _log_in(call: HandlerCall) -> ServerResponse:
    given = _read_credentials(call)
    if not is_user(str(given["user"]), str(given["password"])):
        hint = f"user {USER}, password {PASSWORD}"
        challenge = ("WWW-Authenticate", BEARER_CHALLENGE)
        raise Problem(401, "wrong user or password", hint=hint, fields=(challenge,))
    login = call.state.sessions.open(USER)
    return json_response({"token": login.token, "user": _user(USER)}, fields=_login_cookies(login.sid, _host(call)))


def _log_out(call: HandlerCall) -> ServerResponse:
    sid = call.request.cookies().get("sid")
    if sid:
        call.state.sessions.end(sid)
    past = "Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
    domain = _domain(_host(call))
    cookies = [f"sid=; Path=/; {past}; HttpOnly", f"desk=; Path=/loans; {past}"]
    cookies += [f"theme=; Path=/; {past}", f"visited=; Path=/; {past}"]
    cookies += [f"branch=; {domain}; Path=/; {past}"] if domain else []
    return json_response({"logged_out": bool(sid)}, fields=tuple(("Set-Cookie", cookie) for cookie in cookies))


def _me(call: HandlerCall) -> ServerResponse:
    return json_response(_user(require_login(call).user))


def _read_credentials(call: HandlerCall) -> dict[str, object]:
    if call.request.media_type() != _FORM_TYPE:
        return call.json(CREDENTIALS)
    call.expect_body()
    text = call.body.read(_FORM_LIMIT).decode("utf-8", "replace")
    given: dict[str, object] = dict(parse_qsl(text, keep_blank_values=True))
    errors = check(CREDENTIALS, given)
    if errors:
        raise Problem(422, "the form does not have the right fields", errors=errors)
    return given


def _user(name: str) -> dict[str, str | int]:
    return {"name": name, "member_id": 1}


def _login_cookies(sid: str, host: str) -> Fields:
    """A cookie of each kind that a cookie jar must tell apart."""
    now = http_date(time.time())
    cookies = [
        f"sid={sid}; Path=/; HttpOnly; SameSite=Lax",
        "desk=upstairs; Path=/loans",
        f"theme=plain; Path=/; Max-Age={_HOUR}",
        f'visited="{now[5:16]}"; Path=/; Expires={http_date(time.time() + _YEAR)}',
    ]
    domain = _domain(host)
    cookies += [f"branch=north; {domain}; Path=/"] if domain else []
    return tuple(("Set-Cookie", cookie) for cookie in cookies)


def _host(call: HandlerCall) -> str:
    host = call.request.field("host")
    return host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host


def _domain(host: str) -> str:
    """The Domain attribute for a host name; an address may not have one (RFC 6265bis section 5.7)."""
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        is_name = host.replace("-", "").replace(".", "").isalnum() and host.isascii()
        return f"Domain={host}" if is_name else ""
    return ""


_ACCOUNT_SCHEMAS: dict[str, Schema] = {"Credentials": CREDENTIALS, "User": USER_SCHEMA, "Login": LOGIN}
_LOGIN_CONTENT = BodySpec(
    {JSON_TYPE: ref("Credentials"), _FORM_TYPE: ref("Credentials")},
    cast("dict[str, str]", {"user": USER, "password": PASSWORD}),
)
_LOGGED_OUT: Schema = {
    "type": "object",
    "required": ["logged_out"],
    "properties": {"logged_out": {"type": "boolean"}},
}
_ACCOUNT_ROUTES = (
    Endpoint(
        "POST",
        "/login",
        _log_in,
        summary=f"Log in (user {USER}, password {PASSWORD}; JSON or form) for cookies and a token",
        tag="accounts",
        content=_LOGIN_CONTENT,
        responses=(
            json_spec("Login", "Logged in")._replace(fields=("Set-Cookie",)),
            problem_spec(401, "Wrong user or password", "WWW-Authenticate"),
        ),
    ),
    Endpoint(
        "POST",
        "/logout",
        _log_out,
        summary="Log out: the login ends and its cookies are deleted",
        tag="accounts",
        responses=(json_spec(_LOGGED_OUT, "Logged out")._replace(fields=("Set-Cookie",)),),
    ),
    Endpoint(
        "GET",
        "/me",
        _me,
        summary="Who you are: wants the sid cookie or a bearer token",
        tag="accounts",
        responses=(json_spec("User", "You"), problem_spec(401, "Log in first", "WWW-Authenticate")),
        needs=("sid", "bearer"),
    ),
)
SCHEMAS: dict[str, Schema] = {**_ACCOUNT_SCHEMAS, **_SCHEME_SCHEMAS}
ROUTES = (*_ACCOUNT_ROUTES, *_SCHEME_ROUTES)
