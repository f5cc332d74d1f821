"""`/login`, `/logout` and `/me`, and the cookies that they set."""

from __future__ import annotations

import time
from ipaddress import ip_address
from typing import cast
from urllib.parse import parse_qsl

from callbox.practice.json_schema import Schema, check, ref
from callbox.practice.router import BodySpec, Endpoint, HandlerCall, json_spec, problem_spec
from callbox.practice.routes.authentication import BEARER_CHALLENGE, is_user, require_login
from callbox.practice.server_response import JSON_TYPE, Fields, Problem, ServerResponse, http_date, json_response
from callbox.practice.server_state import PASSWORD, USER

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


SCHEMAS: dict[str, Schema] = {"Credentials": CREDENTIALS, "User": USER_SCHEMA, "Login": LOGIN}
_LOGIN_CONTENT = BodySpec(
    {JSON_TYPE: ref("Credentials"), _FORM_TYPE: ref("Credentials")},
    cast("dict[str, str]", {"user": USER, "password": PASSWORD}),
)
_LOGGED_OUT: Schema = {
    "type": "object",
    "required": ["logged_out"],
    "properties": {"logged_out": {"type": "boolean"}},
}
ROUTES = (
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
