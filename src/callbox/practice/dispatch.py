"""From a call to its answer: find the route, read the arguments, ask the handler, turn refusals into answers."""

from __future__ import annotations

from callbox.practice.call import Call
from callbox.practice.problems import Gone, Refusal
from callbox.practice.request import check_own_host
from callbox.practice.response import Response, refuse
from callbox.practice.routes import Match, Router

_EVERY_METHOD = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"


def answer(router: Router, call: Call) -> Response:
    """The answer to a call, whatever happens.

    Raises:
        Gone: there is to be no answer.
    """
    try:
        return _ask(router, call)
    except Refusal as refusal:
        return refuse(refusal)
    except (Gone, OSError):
        raise
    except Exception as error:
        # A fault of ours: said to the client, for whom else would see it, and the server lives on.
        return refuse(Refusal(500, f"the practice API itself failed: {error!r}", close=True))


def _ask(router: Router, call: Call) -> Response:
    request = call.request
    check_own_host(request)
    match = router.find(request.path)
    if match is None:
        if request.target == "*" and request.method == "OPTIONS":
            return Response(204, (("Allow", _EVERY_METHOD),))
        raise Refusal(404, f"there is nothing at {request.path[:200]}", hint=router.near(request.path))
    route = match.find(request.method)
    if route is None:
        return _without_route(match, request.method)
    if route.params:
        call.args, errors = route.read(match.pieces, request.query_pairs())
        if errors:
            raise Refusal(422, "a parameter is wrong: " + _first(errors), errors=errors)
    response = route.handler(call)
    return response.adding(("Allow", match.allowed())) if request.method == "OPTIONS" else response


def _without_route(match: Match, method: str) -> Response:
    allowed = match.allowed()
    if method == "OPTIONS":
        return Response(204, (("Allow", allowed),))
    raise Refusal(405, f"{method[:20]} is not for this path", hint=f"try {allowed}", fields=(("Allow", allowed),))


def _first(errors: dict[str, str]) -> str:
    name, fault = next(iter(errors.items()))
    return f"{name} {fault}"
