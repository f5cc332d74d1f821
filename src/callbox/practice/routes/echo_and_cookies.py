"""`/echo`, `/gzip`, `/deflate` and `/cookies`, which return what the server received."""

from __future__ import annotations

import base64
import gzip
import re
import zlib
from typing import cast
from urllib.parse import parse_qsl

from callbox.practice.connection_and_messages import (
    JSON_TYPE,
    Json,
    Problem,
    ServerResponse,
    encode,
    json_response,
    readable,
    redirect,
)
from callbox.practice.json_schema import Schema, ref
from callbox.practice.router import (
    ANY,
    BODY_LIMIT,
    BodySpec,
    Endpoint,
    HandlerCall,
    Param,
    in_path,
    json_spec,
    parse_json,
)

_COOKIE = re.compile(r"[!#-+\--:<-\[\]-~]*")
_STRINGS: Schema = {"type": "object"}
_PAIRS: Schema = {"type": "array", "items": {"type": "array", "items": {"type": "string"}}}
_COUNT: Schema = {"type": "integer", "minimum": 1}

ECHO: Schema = {
    "type": "object",
    "required": ["method", "url", "path", "query_string", "query", "headers", "header_pairs", "cookies", "body"],
    "properties": {
        "method": {"type": "string"},
        "url": {"type": "string"},
        "path": {"type": "string", "description": "As it stood in the request, still percent-coded"},
        "query_string": {"type": "string", "description": "As it stood in the request"},
        "query": {**_PAIRS, "description": "Decoded, in order"},
        "version": {"type": "string"},
        "headers": {**_STRINGS, "description": "By name as received; repeats joined by a comma"},
        "header_pairs": {**_PAIRS, "description": "As received: order, case and repeats"},
        "cookies": _STRINGS,
        "body": {"type": "string", "description": "Text, or base64 where it is not UTF-8"},
        "is_base64": {"type": "boolean"},
        "size": {"type": "integer", "minimum": 0},
        "json": {"description": "The body's value, where it is JSON"},
        "form": {"type": ["array", "null"], "description": "The pairs of a form", "items": _PAIRS["items"]},
        "connection": ref("Connection"),
    },
}
CONNECTION: Schema = {
    "type": "object",
    "required": ["peer_port", "port", "number", "requests"],
    "properties": {
        "peer_port": {**_COUNT, "description": "The client's port"},
        "port": {**_COUNT, "description": "The server's port"},
        "number": {**_COUNT, "description": "Which connection this is since the server began"},
        "requests": {**_COUNT, "description": "How many requests came over it, this one included"},
    },
}
COOKIES: Schema = {"type": "object", "required": ["cookies"], "properties": {"cookies": _STRINGS}}


def _echo(call: HandlerCall) -> ServerResponse:
    return json_response(describe(call))


def describe(call: HandlerCall) -> dict[str, Json]:
    """All parts of a request, as JSON."""
    request = call.request
    body = call.body.read(BODY_LIMIT)
    text, is_base64 = _as_text(body)
    pairs = [[name, readable(value)] for name, value in request.fields]
    return {
        "method": request.method,
        "url": readable(call.own_url() + (request.target if request.target.startswith("/") else request.path)),
        "path": readable(request.path),
        "query_string": readable(request.query),
        "query": [list(pair) for pair in request.query_pairs()],
        "version": f"HTTP/1.{request.minor}",
        "headers": _by_name(pairs),
        "header_pairs": cast(Json, pairs),
        "cookies": {name: readable(value) for name, value in request.cookies().items()},
        "body": text,
        "is_base64": is_base64,
        "size": len(body),
        "json": _as_json(body),
        "form": _as_form(call, body),
        "connection": {
            "peer_port": call.client.peer_port,
            "port": call.client.port,
            "number": call.client.number,
            "requests": call.client.requests,
        },
    }


def _show_cookies(call: HandlerCall) -> ServerResponse:
    return json_response({"cookies": {name: readable(value) for name, value in call.request.cookies().items()}})


def _set_cookie(call: HandlerCall) -> ServerResponse:
    name, value = call.text("name"), call.text("value")
    if not (_COOKIE.fullmatch(name) and _COOKIE.fullmatch(value)) or "=" in name:
        raise Problem(422, "that cannot be a cookie", hint="a name and a value of letters and digits always work")
    return redirect("/cookies", fields=(("Set-Cookie", f"{name}={value}; Path=/"),))


def _delete_cookie(call: HandlerCall) -> ServerResponse:
    name = call.text("name")
    if not _COOKIE.fullmatch(name) or "=" in name:
        raise Problem(422, "that cannot be a cookie", hint="a name and a value of letters and digits always work")
    return redirect("/cookies", fields=(("Set-Cookie", f"{name}=; Path=/; Max-Age=0"),))


def _gzip(call: HandlerCall) -> ServerResponse:
    return _coded("gzip", gzip.compress(encode(describe(call)), mtime=0))


def _deflate(call: HandlerCall) -> ServerResponse:
    data = encode(describe(call))
    if not call.flag("raw"):
        return _coded("deflate", zlib.compress(data))
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return _coded("deflate", packer.compress(data) + packer.flush())


def _coded(coding: str, data: bytes) -> ServerResponse:
    fields = (("Content-Type", JSON_TYPE), ("Content-Encoding", coding), ("Vary", "Accept-Encoding"))
    return ServerResponse(200, fields, data)


def _as_text(body: bytes) -> tuple[str, bool]:
    try:
        return body.decode("utf-8"), False
    except UnicodeDecodeError:
        return base64.b64encode(body).decode("ascii"), True


def _as_json(body: bytes) -> Json:
    try:
        return cast(Json, parse_json(body)) if body else None
    except Problem:
        return None


def _as_form(call: HandlerCall, body: bytes) -> Json:
    if call.request.media_type() != "application/x-www-form-urlencoded":
        return None
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    return [list(pair) for pair in pairs]


def _by_name(pairs: list[list[str]]) -> dict[str, str]:
    """The fields by name. Names that differ in letter case are joined under the first spelling."""
    cases: dict[str, str] = {}
    joined: dict[str, str] = {}
    for name, value in pairs:
        case = cases.setdefault(name.lower(), name)
        joined[case] = f"{joined[case]}, {value}" if case in joined else value
    return joined


SCHEMAS: dict[str, Schema] = {"Echo": ECHO, "Connection": CONNECTION, "Cookies": COOKIES}
_NAME = in_path("name", {"type": "string"}, "The cookie's name", "flavour")
_TO_COOKIES = json_spec({"type": "object"}, "On to /cookies", 302)._replace(fields=("Location", "Set-Cookie"))
_ECHOED = (json_spec("Echo", "What was received"),)
ROUTES = (
    Endpoint(
        ANY,
        "/echo",
        _echo,
        summary="What the server received: any method, any body",
        tag="mirror",
        content=BodySpec({JSON_TYPE: {}, "text/plain": {"type": "string"}}, {"hello": "world"}, is_required=False),
        responses=_ECHOED,
    ),
    Endpoint("GET", "/gzip", _gzip, summary="The same, coded with gzip", tag="mirror", responses=_ECHOED),
    Endpoint(
        "GET",
        "/deflate",
        _deflate,
        summary="The same, coded with deflate",
        tag="mirror",
        params=(Param("raw", {"type": "boolean"}, "Without the zlib header, as some servers do it", False),),
        responses=_ECHOED,
    ),
    Endpoint(
        "GET",
        "/cookies",
        _show_cookies,
        summary="The cookies received",
        tag="cookies",
        responses=(json_spec("Cookies"),),
    ),
    Endpoint(
        "GET",
        "/cookies/set/{name}/{value}",
        _set_cookie,
        summary="Set a cookie, then show them",
        tag="cookies",
        params=(_NAME, in_path("value", {"type": "string"}, "The cookie's value", "ginger")),
        responses=(_TO_COOKIES,),
    ),
    Endpoint(
        "GET",
        "/cookies/delete/{name}",
        _delete_cookie,
        summary="Delete a cookie, then show them",
        tag="cookies",
        params=(_NAME,),
        responses=(_TO_COOKIES,),
    ),
)
