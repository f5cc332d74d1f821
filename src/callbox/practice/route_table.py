"""The table of all routes, and the index that shows them in this order."""

from __future__ import annotations

from collections.abc import Sequence

from callbox.practice.connection_and_messages import JSON_TYPE, Json, ServerResponse, json_response
from callbox.practice.json_schema import Schema
from callbox.practice.library_data_logins_and_nonces import FIXED_TOKEN, PASSWORD, USER
from callbox.practice.openapi_document import describe
from callbox.practice.router import ANY, Endpoint, Handler, HandlerCall, json_spec
from callbox.practice.routes import (
    authentication,
    books_members_and_loans,
    echo_and_cookies,
    faults,
    redirects,
    sample_content,
    streams,
    uploads,
)

_ROUTES: tuple[Endpoint, ...] = (
    *books_members_and_loans.ROUTES,
    *authentication.ROUTES,
    *echo_and_cookies.ROUTES,
    *uploads.ROUTES,
    *redirects.ROUTES,
    *sample_content.ROUTES,
    *streams.ROUTES,
    *faults.ROUTES,
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
