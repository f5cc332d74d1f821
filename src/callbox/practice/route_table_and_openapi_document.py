"""The table of all routes, and the two pages that list them: the index for people, and the OpenAPI 3.1 document."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import cast

from callbox.practice.connection_and_messages import JSON_TYPE, PROBLEM_TYPE, Json, ServerResponse, json_response
from callbox.practice.json_schema import Schema, ref
from callbox.practice.library_data_logins_and_nonces import FIXED_TOKEN, PASSWORD, USER
from callbox.practice.router import ANY, Endpoint, Handler, HandlerCall, Param, ResponseSpec, json_spec
from callbox.practice.routes import (
    authentication,
    books_members_and_loans,
    echo_and_cookies,
    redirects,
    sample_content,
    streams_and_faults,
    uploads,
)

_ROUTES: tuple[Endpoint, ...] = (
    *books_members_and_loans.ROUTES,
    *authentication.ROUTES,
    *echo_and_cookies.ROUTES,
    *uploads.ROUTES,
    *redirects.ROUTES,
    *sample_content.ROUTES,
    *streams_and_faults.ROUTES,
)
_SCHEMAS: dict[str, Schema] = {
    **books_members_and_loans.SCHEMAS,
    **authentication.SCHEMAS,
    **echo_and_cookies.SCHEMAS,
    **uploads.SCHEMAS,
}
_VERSION = "1"
_PONG = ServerResponse(200, (("Content-Type", JSON_TYPE),), b'{"pong": true}\n')


class _Overview:
    """The routes that list all routes, and `/ping`, which responds quickly."""

    def __init__(self, others: Sequence[Endpoint], schemas: dict[str, Schema]) -> None:
        self._schemas = schemas
        self.routes: tuple[Endpoint, ...] = (
            _plain("/", self._index, "This list"),
            *others,
            _plain("/ping", _ping, "A small, fast response"),
            _plain("/openapi.json", self._document, "The description of this API as OpenAPI 3.1"),
        )

    def _index(self, call: HandlerCall) -> ServerResponse:
        return json_response(index(self.routes, call.own_url()))

    def _document(self, call: HandlerCall) -> ServerResponse:
        return json_response(describe(self.routes, self._schemas, call.own_url(), _VERSION))


def _ping(_call: HandlerCall) -> ServerResponse:
    return _PONG


def _plain(path: str, handler: Handler, summary: str) -> Endpoint:
    return Endpoint(
        "GET", path, handler, summary=summary, tag="start", responses=(json_spec({"type": "object"}, summary),)
    )


def all_routes() -> tuple[Endpoint, ...]:
    """Every route of the practice API."""
    return _Overview(_ROUTES, _SCHEMAS).routes


def index(routes: Sequence[Endpoint], url: str) -> dict[str, Json]:
    """The body of `GET /`: all routes with a line about each, for people."""
    groups: dict[str, dict[str, Json]] = {}
    for route in routes:
        method = "any" if route.method == ANY else route.method
        groups.setdefault(route.tag, {})[f"{method} {route.path}"] = route.summary
    return {
        "welcome": "callbox practice: a small library of books, to learn and to test with",
        "try": [f"{url}/books", f"{url}/echo?a=1", f"{url}/redirect/3", f"{url}/events", f"{url}/openapi.json"],
        "credentials": {"user": USER, "password": PASSWORD, "token": FIXED_TOKEN},
        "paths": groups,
    }


PROBLEM: Schema = {
    "type": "object",
    "required": ["title", "status", "detail"],
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, in one line"},
        "hint": {"type": "string", "description": "One thing to try"},
        "errors": {"type": "object", "additionalProperties": {"type": "string"}, "description": "By field"},
    },
}
_ABOUT = (
    "A small library of books on loopback, to learn and to test with. Data lives in memory until the server stops. "
    f"User {USER}, password {PASSWORD}; the bearer token {FIXED_TOKEN} always works. "
    "Wherever GET is described HEAD works too, and OPTIONS works everywhere."
)
_SCHEMES: dict[str, Json] = {
    "basic": {"type": "http", "scheme": "basic"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "digest": {"type": "http", "scheme": "digest"},
    "sid": {"type": "apiKey", "in": "cookie", "name": "sid"},
}
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_WITH_BODY = ("POST", "PUT", "PATCH")
_REFUSED = ResponseSpec("default", "Refused: the problem says why", PROBLEM_TYPE, ref("Problem"))
_WRONG = ResponseSpec(422, "A parameter or a field is wrong", PROBLEM_TYPE, ref("Problem"))
_BODY_RESPONSES = (
    ResponseSpec(400, "The body cannot be read", PROBLEM_TYPE, ref("Problem")),
    ResponseSpec(415, "The body is of another type", PROBLEM_TYPE, ref("Problem")),
    _WRONG,
)


def describe(routes: Sequence[Endpoint], schemas: Mapping[str, Schema], url: str, version: str) -> dict[str, Json]:
    """The OpenAPI document of these routes, served at `url`."""
    paths: dict[str, dict[str, Json]] = {}
    for route in routes:
        for method in methods_of(route):
            paths.setdefault(route.path, {})[method.lower()] = _operation(route, method)
    return {
        "openapi": "3.1.0",
        "info": {"title": "callbox practice", "version": version, "description": _ABOUT},
        "servers": [{"url": url}],
        "paths": paths,
        "components": {
            "schemas": {"Problem": PROBLEM, **schemas},
            "securitySchemes": _SCHEMES,
        },
    }


def methods_of(route: Endpoint) -> tuple[str, ...]:
    """The methods under which a route is described."""
    return _METHODS if route.method == ANY else (route.method,)


def _operation(route: Endpoint, method: str) -> dict[str, Json]:
    has_body = route.content is not None and method in _WITH_BODY
    operation: dict[str, Json] = {
        "operationId": _name(method, route.path),
        "summary": route.summary,
        "tags": [route.tag],
    }
    if route.params:
        operation["parameters"] = [_parameter(param) for param in route.params]
    if route.content is not None and has_body:
        content = {
            media_type: _media(schema, route.content.example if media_type == route.content.example_type else None)
            for media_type, schema in route.content.schemas.items()
        }
        operation["requestBody"] = {"required": route.content.is_required, "content": content}
    operation["responses"] = _responses(_response_specs(route, has_body=has_body))
    if route.needs:
        operation["security"] = [{name: []} for name in route.needs]
    if route.broken:
        operation["x-broken"] = route.broken
    return operation


def _response_specs(route: Endpoint, *, has_body: bool) -> list[ResponseSpec]:
    """The responses of a route: those that it describes, and those that the server adds to every route."""
    specs = list(route.responses)
    statuses = {spec.status for spec in specs}
    common: list[ResponseSpec] = [_WRONG] if route.params else []
    if has_body and route.content is not None and route.content.is_required:
        common += _BODY_RESPONSES if JSON_TYPE in route.content.schemas else _BODY_RESPONSES[:1]
    for spec in (*common, _REFUSED):
        if spec.status not in statuses:
            statuses.add(spec.status)
            specs.append(spec)
    return specs


def _responses(specs: Sequence[ResponseSpec]) -> dict[str, Json]:
    responses: dict[str, dict[str, Json]] = {}
    for spec in specs:
        response = responses.setdefault(str(spec.status), {"description": spec.summary})
        if spec.media_type:
            content = cast("dict[str, Json]", response.setdefault("content", {}))
            content[spec.media_type] = _media(spec.schema)
        if spec.fields:
            response["headers"] = {name: {"schema": {"type": "string"}} for name in spec.fields}
    return cast("dict[str, Json]", responses)


def _parameter(param: Param) -> dict[str, Json]:
    return {
        "name": param.name,
        "in": param.where,
        "required": param.is_required or param.where == "path",
        "description": param.summary,
        "schema": param.schema,
        "example": param.example,
    }


def _media(schema: Schema | None, example: Json = None) -> dict[str, Json]:
    media: dict[str, Json] = {} if schema is None else {"schema": schema}
    if example is not None:
        media["example"] = example
    return media


def _name(method: str, path: str) -> str:
    return "_".join([method.lower(), *re.findall(r"[a-z]+", path)]) if path != "/" else f"{method.lower()}_index"
