"""The records of the route table, the router that finds a route by path, and `HandlerCall`, the argument of a handler.

One record routes a request, parses its parameters and becomes an operation of `/openapi.json`, so the description
always matches the server. The table itself is in `routes`.
`HandlerCall` has the request, its arguments and body, the connection, and the state of the server.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple, TypeAlias
from urllib.parse import unquote

from callbox.practice.connection_and_messages import (
    JSON_TYPE,
    PROBLEM_TYPE,
    ClientGone,
    ClientSocket,
    Json,
    Problem,
    RequestBody,
    ServerRequest,
    ServerResponse,
    problem_response,
    readable,
)
from callbox.practice.json_schema import Schema, check, ref
from callbox.practice.library_data_logins_and_nonces import PracticeState
from callbox.spelling import nearest_first

Args: TypeAlias = Mapping[str, int | float | str | bool | None]

BODY_LIMIT = 16_000_000
_DEPTH_LIMIT = 200
_OWN_HOST = re.compile(
    r"(?:localhost|[\w.-]+\.localhost|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])\.?(?::\d*)?", re.I | re.A
)
_BRACKETS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)


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


Handler: TypeAlias = Callable[[HandlerCall], ServerResponse]

ANY = "*"
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_FLAGS = {"1": True, "true": True, "yes": True, "": True, "0": False, "false": False, "no": False}


class Param(NamedTuple):
    """A parameter of the path or the query.

    `schema` has its type, limits and default. `example` is a value that works, for tests and API explorers.
    """

    name: str
    schema: Schema
    summary: str
    example: Json
    where: str = "query"
    is_required: bool = False

    def read(self, text: str) -> tuple[int | float | str | bool | None, str]:
        """Parse the text of this parameter. Returns the value, and the error; the error is empty if the text is
        valid.
        """
        value = _convert(text, str(self.schema.get("type")))
        return value, next(iter(check(self.schema, value).values()), "")


class ResponseSpec(NamedTuple):
    """A kind of response: its status (or a class such as `2XX`), its meaning, and the form of its content."""

    status: int | str
    summary: str
    media_type: str = ""
    schema: Schema | None = None
    fields: tuple[str, ...] = ()


class BodySpec(NamedTuple):
    """A request body: a schema for each media type, and one example that works."""

    schemas: Mapping[str, Schema]
    example: Json
    example_type: str = JSON_TYPE
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A method (or any method) of one path template, with its handler and its description.

    `broken` says how the response is wrong on purpose. `needs` names the security schemes; a client needs only one of
    them.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    tag: str
    params: tuple[Param, ...] = ()
    content: BodySpec | None = None
    responses: tuple[ResponseSpec, ...] = ()
    needs: tuple[str, ...] = ()
    broken: str = ""

    def read(self, in_path: Mapping[str, str], pairs: Iterable[tuple[str, str]]) -> tuple[Args, dict[str, str]]:
        """Parse the arguments of a call. Returns the values by parameter, and an error for each invalid argument."""
        given = dict(pairs)
        args: dict[str, int | float | str | bool | None] = {}
        errors: dict[str, str] = {}
        for param in self.params:
            text = (in_path if param.where == "path" else given).get(param.name)
            if text is None:
                default = param.schema.get("default")
                args[param.name] = default if isinstance(default, (int, float, str)) else None
                if param.is_required:
                    errors[param.name] = "is required"
                continue
            args[param.name], fault = param.read(text)
            if fault:
                errors[param.name] = fault
        return args, errors


def in_path(name: str, schema: Schema, summary: str, example: Json) -> Param:
    """A path parameter."""
    return Param(name, schema, summary, example=example, where="path")


def json_spec(schema: Schema | str, summary: str = "What was asked for", status: int = 200) -> ResponseSpec:
    """The description of a JSON response, with a schema or the name of one."""
    return ResponseSpec(status, summary, JSON_TYPE, ref(schema) if isinstance(schema, str) else schema)


def problem_spec(status: int, summary: str, *fields: str) -> ResponseSpec:
    """The description of a response with problem details."""
    return ResponseSpec(status, summary, PROBLEM_TYPE, schema=ref("Problem"), fields=fields)


class PathMatch(NamedTuple):
    """The routes of a path by method, and the values of its path parameters."""

    by_method: Mapping[str, Endpoint]
    pieces: Mapping[str, str]

    def find(self, method: str) -> Endpoint | None:
        """The route for a method; HEAD uses the route of GET."""
        found = self.by_method.get(method) or self.by_method.get(ANY)
        return self.by_method.get("GET") if found is None and method == "HEAD" else found

    def allowed(self) -> str:
        """The value of `Allow`."""
        if ANY in self.by_method:
            return "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
        methods = list(self.by_method)
        if "GET" in methods:
            methods.insert(methods.index("GET") + 1, "HEAD")
        return ", ".join([*methods, "OPTIONS"])


class Router:
    """Finds routes by path. A path without parameters comes before a template."""

    def __init__(self, routes: Iterable[Endpoint]) -> None:
        self._plain: dict[str, dict[str, Endpoint]] = {}
        self._templates: list[tuple[list[str], dict[str, Endpoint]]] = []
        grouped: dict[str, dict[str, Endpoint]] = {}
        for route in routes:
            grouped.setdefault(route.path, {})[route.method] = route
        for path, by_method in grouped.items():
            if "{" in path:
                self._templates.append((path.split("/"), by_method))
            else:
                self._plain[path] = by_method
        self._paths = list(grouped)

    def find(self, path: str) -> PathMatch | None:
        """The routes at a path, which is still percent-encoded."""
        plain = self._plain.get(path) or self._plain.get(unquote(path))
        if plain is not None:
            return PathMatch(plain, {})
        pieces = [unquote(piece) for piece in path.split("/")]
        for template, by_method in self._templates:
            if len(template) == len(pieces) and all(map(_fits, template, pieces)):
                named = zip(template, pieces, strict=True)
                return PathMatch(
                    by_method, {expected[1:-1]: actual for expected, actual in named if expected[:1] == "{"}
                )
        return None

    def suggest(self, path: str) -> str:
        """A hint that names the paths most similar to this one."""
        near = nearest_first(path.rstrip("/"), self._paths)[:3]
        return "did you mean " + " or ".join(near) + "?" if near else "GET / lists what is here"


def _fits(expected: str, actual: str) -> bool:
    return expected == actual or (expected[:1] == "{" and bool(actual))


def _convert(text: str, kind: str) -> int | float | str | bool | None:
    """The value of a text.

    If the text is not of that type, the text itself, so that the check can name the expected type.
    """
    if kind == "integer" and _INTEGER.fullmatch(text):
        return int(text)
    if kind == "number" and _NUMBER.fullmatch(text):
        return float(text)
    if kind == "boolean":
        return _FLAGS.get(text.lower(), text)
    return text


_EVERY_METHOD = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"


def handle_call(router: Router, call: HandlerCall) -> ServerResponse:
    """Call the handler of a route, and return its response. An error of the handler becomes a response, too.

    Raises:
        ClientGone: no response is possible.
    """
    try:
        return _dispatch(router, call)
    except Problem as problem:
        return problem_response(problem)
    except (ClientGone, OSError):
        raise
    except Exception as error:
        # The practice API has a bug. The client gets it as a response, because nobody else would see it.
        return problem_response(Problem(500, f"the practice API itself failed: {error!r}", close=True))


def _dispatch(router: Router, call: HandlerCall) -> ServerResponse:
    request = call.request
    _check_own_host(request)
    _check_own_page(request)
    match = router.find(request.path)
    if match is None:
        if request.target == "*" and request.method == "OPTIONS":
            return ServerResponse(204, (("Allow", _EVERY_METHOD),))
        raise Problem(404, f"there is nothing at {request.path[:200]}", hint=router.suggest(request.path))
    route = match.find(request.method)
    if route is None:
        return _without_route(match, request.method)
    if route.params:
        call.args, errors = route.read(match.pieces, request.query_pairs())
        if errors:
            raise Problem(422, "a parameter is wrong: " + _first(errors), errors=errors)
    response = route.handler(call)
    return response.with_fields(("Allow", match.allowed())) if request.method == "OPTIONS" else response


def _check_own_host(request: ServerRequest) -> None:
    """Refuse a Host other than `localhost`, its subdomains and IP addresses. Any port is allowed: it may be forwarded.

    A foreign page whose host name was redirected to this machine (DNS rebinding) sends its own host name. Raises
    `Problem`, 421 (RFC 9110 section 15.5.20).
    """
    host = request.named.get("host", "localhost")
    if not _OWN_HOST.fullmatch(host):
        detail = f"the practice API is not {readable(host)[:80]!r}"
        raise Problem(421, detail, hint="ask for 127.0.0.1 or localhost")


def _check_own_page(request: ServerRequest) -> None:
    """Accept a browser's request if it comes from the user or from a page of this machine, and not from another site.

    A page of another site could set cookies for `localhost`, which the user's own servers would read. Programs send no
    `Sec-Fetch-Site`. Raises `Problem`, 403.
    """
    if request.field("sec-fetch-site").lower() == "cross-site":
        raise Problem(403, "a page of another site asks for this", hint="open it yourself, in a tab of its own")


def _without_route(match: PathMatch, method: str) -> ServerResponse:
    allowed = match.allowed()
    if method == "OPTIONS":
        return ServerResponse(204, (("Allow", allowed),))
    raise Problem(405, f"{method[:20]} is not for this path", hint=f"try {allowed}", fields=(("Allow", allowed),))


def _first(errors: dict[str, str]) -> str:
    name, fault = next(iter(errors.items()))
    return f"{name} {fault}"
