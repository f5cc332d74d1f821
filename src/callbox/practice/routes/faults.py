"""Responses that fail on purpose: statuses, temporary failures, connections that end too soon."""

from __future__ import annotations

from callbox.practice.connection_and_messages import (
    JSON_TYPE,
    ClientGone,
    Fields,
    Problem,
    ServerResponse,
    json_response,
)
from callbox.practice.json_schema import Schema, ref
from callbox.practice.router import ANY, Endpoint, HandlerCall, Param, ResponseSpec, in_path, json_spec, problem_spec
from callbox.practice.routes.authentication import BASIC_CHALLENGE

_INTERIM = {100: b"Continue", 102: b"Processing", 103: b"Early Hints"}
_EXTRA: dict[int, Fields] = {
    401: (("WWW-Authenticate", BASIC_CHALLENGE),),
    405: (("Allow", "GET, HEAD, OPTIONS"),),
    407: (("Proxy-Authenticate", BASIC_CHALLENGE),),
    426: (("Upgrade", "HTTP/2.0"),),
    429: (("Retry-After", "1"),),
    503: (("Retry-After", "1"),),
}


def _status(call: HandlerCall) -> ServerResponse:
    code = call.number("code")
    if code < 200:
        if code not in _INTERIM:
            raise Problem(422, f"{code} is not an interim status that can be sent here", hint="100, 102 or 103")
        client = b"Link: </books>; rel=preload\r\n" if code == 103 else b""
        interim = b"HTTP/1.1 %d %s\r\n%s\r\n" % (code, _INTERIM[code], client)
        return json_response({"status": 200, "interim": code})._replace(interim=interim)
    if code in (204, 205, 304):
        return ServerResponse(code)
    fields = _EXTRA.get(code, ())
    if 300 <= code < 400:
        fields = (("Location", "/echo"),)
    return json_response({"status": code}, code, fields)


def _flaky(call: HandlerCall) -> ServerResponse:
    attempt = call.state.attempts.count(call.text("key"))
    left = call.number("fail") - attempt
    if left >= 0:
        status = call.number("status")
        raise Problem(status, f"not yet: attempt {attempt}", hint=f"{left + 1} more", fields=(("Retry-After", "0"),))
    return json_response({"attempt": attempt})


def _close(_call: HandlerCall) -> ServerResponse:
    return json_response({"closing": True})._replace(closes_connection=True)


def _drop(_call: HandlerCall) -> ServerResponse:
    raise ClientGone


def _truncated(call: HandlerCall) -> ServerResponse:
    fields = (("Content-Type", "text/plain"),)
    half = [b"the first half of it is here, "]
    if call.flag("chunked"):
        return ServerResponse(200, fields, stream=half, is_truncated=True)
    return ServerResponse(200, fields, stream=half, length=2 * len(half[0]), is_truncated=True)


_CODE: Schema = {"type": "integer", "minimum": 100, "maximum": 999}
_CODES: Schema = {"type": "integer", "minimum": 400, "maximum": 599, "default": 503}
_OBJECT: Schema = {"type": "object"}
_ANY_STATUS = tuple(
    ResponseSpec(status, f"A status of your choice ({status})", JSON_TYPE, _OBJECT)
    for status in ("2XX", "3XX", "4XX", "5XX")
)
_ATTEMPT: Schema = {"type": "object", "required": ["attempt"], "properties": {"attempt": {"type": "integer"}}}
ROUTES = (
    Endpoint(
        ANY,
        "/status/{code}",
        _status,
        summary="The status of your choice",
        tag="faults",
        params=(in_path("code", _CODE, "From 100 to 999; 100, 102 and 103 come before a 200", 418),),
        responses=(*_ANY_STATUS, ResponseSpec("default", "A status beyond 599", JSON_TYPE, _OBJECT)),
    ),
    Endpoint(
        ANY,
        "/flaky",
        _flaky,
        summary="Fails a few times, then works",
        tag="faults",
        params=(
            Param("fail", {"type": "integer", "minimum": 0, "maximum": 1000, "default": 2}, "How often", 1),
            Param(
                "key",
                {"type": "string", "maxLength": 100, "default": ""},
                "A name whose attempts are counted separately",
                "a",
            ),
            Param("status", _CODES, "The status of the failures", 503),
        ),
        responses=(
            json_spec(_ATTEMPT, "It works"),
            problem_spec(503, "Not yet", "Retry-After"),
            ResponseSpec("4XX", "Not yet", "application/problem+json", ref("Problem")),
            ResponseSpec("5XX", "Not yet", "application/problem+json", ref("Problem")),
        ),
    ),
    Endpoint(
        "GET",
        "/close",
        _close,
        summary="Closes the connection after the response",
        tag="faults",
        responses=(json_spec(_OBJECT),),
    ),
    Endpoint(
        ANY,
        "/drop",
        _drop,
        summary="Closes the connection without a response",
        tag="faults",
        broken="there is no response",
    ),
    Endpoint(
        "GET",
        "/truncated",
        _truncated,
        summary="A response cut off in the middle",
        tag="faults",
        params=(Param("chunked", {"type": "boolean"}, "Cut off between chunks", False),),
        responses=(ResponseSpec(200, "Half of it", "text/plain"),),
        broken="the body ends too soon",
    ),
)
