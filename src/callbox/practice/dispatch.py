"""Dispatch a request: find its route, read its arguments, call the handler, turn refusals into responses."""

from __future__ import annotations

from callbox.practice.handler_call import HandlerCall
from callbox.practice.routing import Match, Router
from callbox.practice.server_request import check_own_host
from callbox.practice.server_response import ClientGone, Problem, ServerResponse, problem_response

_EVERY_METHOD = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"


def handle_call(router: Router, call: HandlerCall) -> ServerResponse:
    """The response to a call, whatever happens.

    Raises:
        ClientGone: there is to be no answer.
    """
    try:
        return _dispatch(router, call)
    except Problem as problem:
        return problem_response(problem)
    except (ClientGone, OSError):
        raise
    except Exception as error:
        # A fault of ours: said to the client, for whom else would see it, and the server lives on.
        return problem_response(Problem(500, f"the practice API itself failed: {error!r}", close=True))


def _dispatch(router: Router, call: HandlerCall) -> ServerResponse:
    request = call.request
    check_own_host(request)
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


def _without_route(match: Match, method: str) -> ServerResponse:
    allowed = match.allowed()
    if method == "OPTIONS":
        return ServerResponse(204, (("Allow", allowed),))
    raise Problem(405, f"{method[:20]} is not for this path", hint=f"try {allowed}", fields=(("Allow", allowed),))


def _first(errors: dict[str, str]) -> str:
    name, fault = next(iter(errors.items()))
    return f"{name} {fault}"
