"""Redirects within the API, to its second port, and to any URL."""

from __future__ import annotations

from callbox.practice.connection_and_messages import Problem, ServerResponse, redirect
from callbox.practice.json_schema import Schema
from callbox.practice.router import ANY, Endpoint, HandlerCall, Param, ResponseSpec, in_path, json_spec

_CODES = (301, 302, 303, 307, 308)
_STATUS: Schema = {"type": "integer", "enum": list(_CODES), "default": 302}


def _hop(call: HandlerCall) -> ServerResponse:
    left = call.number("n") - 1
    base = call.own_url() if call.flag("absolute") else ""
    more = "?absolute=1" if base else ""
    return redirect(f"{base}/redirect/{left}{more}" if left else f"{base}/echo")


def _anywhere(call: HandlerCall) -> ServerResponse:
    url = call.text("url")
    if not url or not url.isprintable():
        raise Problem(422, "that cannot be a Location", errors={"url": "must be an address without line ends"})
    return redirect(url, call.number("status"))


def _other(call: HandlerCall) -> ServerResponse:
    return redirect(f"{call.other_url()}/echo", call.number("status"))


def _with_status(call: HandlerCall) -> ServerResponse:
    return redirect("/echo", call.number("code"))


def _loop(call: HandlerCall) -> ServerResponse:
    return redirect("/redirect/loop")


def _moved(*codes: int) -> tuple[ResponseSpec, ...]:
    return tuple(json_spec({"type": "object"}, "Elsewhere", code)._replace(fields=("Location",)) for code in codes)


_HOPS: Schema = {"type": "integer", "minimum": 1, "maximum": 100}
_CHOICE = Param("status", _STATUS, "The status of the redirect", 302)
ROUTES = (
    Endpoint(
        ANY,
        "/redirect-to",
        _anywhere,
        summary="To any address",
        tag="redirects",
        params=(Param("url", {"type": "string", "minLength": 1}, "Where to", "/echo", is_required=True), _CHOICE),
        responses=_moved(*_CODES),
    ),
    Endpoint(
        ANY,
        "/redirect/other",
        _other,
        summary="To /echo on the other port: another origin",
        tag="redirects",
        params=(_CHOICE,),
        responses=_moved(*_CODES),
    ),
    Endpoint("GET", "/redirect/loop", _loop, summary="To itself, without end", tag="redirects", responses=_moved(302)),
    Endpoint(
        "GET",
        "/redirect/{n}",
        _hop,
        summary="A number of hops, then /echo",
        tag="redirects",
        params=(
            in_path("n", _HOPS, "How many hops", 3),
            Param("absolute", {"type": "boolean"}, "Whether Location has the whole address", False),
        ),
        responses=_moved(302),
    ),
    Endpoint(
        ANY,
        "/redirect/status/{code}",
        _with_status,
        summary="To /echo with the status of your choice",
        tag="redirects",
        params=(in_path("code", {"type": "integer", "enum": list(_CODES)}, "The status", 307),),
        responses=_moved(*_CODES),
    ),
)
