"""The check that a request routed by a file carries none of the user's credentials.

A `.http` file, a curl line in it or an environment file may set a proxy, an address or `verify no`. Whoever wrote the
file could then read the request. A request that would carry the user's credentials that way raises an error before
anything is sent. If the user sets the same option, the route is the user's own, and nothing is refused.
"""

from __future__ import annotations

from collections.abc import Iterator

from callbox.engine.options import describe_options, route_options
from callbox.engine.state import State
from callbox.errors import UsageError
from callbox.exchange.auth import Auth
from callbox.exchange.credential_scope import is_credential
from callbox.exchange.request import Draft, Outgoing

_USER_SOURCES = ("session", "jar")
"""The sources of cookies that the file does not own."""


def check_file_route(state: State, draft: Draft, outgoing: Outgoing, separate: Outgoing) -> None:
    """Raise `UsageError` if a request on a file's route would carry credentials of the user.

    `outgoing` is the request merged with the session, `separate` the same without it.
    """
    carried = list(dict.fromkeys(_carried_by(state, draft, outgoing, separate)))
    if not carried:
        return
    given = _options_from_file(state, draft, outgoing)
    commands = "; ".join(f"set option {describe_options({name: value})}" for name, value in given.items())
    raise UsageError(
        f"Not sent: the file sets {describe_options(given)}, and your {', '.join(carried)} must not take that route",
        hint=f"if you trust that route, set it yourself: {commands}",
    )


def _options_from_file(state: State, draft: Draft, outgoing: Outgoing) -> dict[str, object]:
    """The route options that a file set, with their values."""
    origin = outgoing.url.origin
    given = {name: state.option(name) for name in state.file_defaults if not state.is_set(name, origin)}
    given |= {name: draft.options[name] for name in draft.file_options if name in draft.options}
    return {option.name: given[option.name] for option in route_options(given) if option.route != "certificate"}


def _carried_by(state: State, draft: Draft, outgoing: Outgoing, separate: Outgoing) -> Iterator[str]:
    if outgoing.auth != separate.auth:
        yield "auth"
    yield from (f"header {field.name}" for field in outgoing.headers if field.source == "session")
    yield from (f"parameter {field.name}" for field in outgoing.query if field.source == "session")
    if state.jar is not draft.file_jar and not (draft.file_jar is None and state.holds_nothing_private()):
        yield from (f"cookie {field.name}" for field in outgoing.cookies if field.source in _USER_SOURCES)
    if outgoing.route.cert and not _is_cert_of_file(state, draft, outgoing):
        yield "client certificate"
    proxy = outgoing.route.proxy
    if proxy.startswith("https:") and "@" in proxy and "proxy" not in draft.file_options:
        yield "password of the proxy"  # the peer is known only by a certificate that is not verified
    if draft.source == "item":
        yield from _typed_credentials(draft)


def _is_cert_of_file(state: State, draft: Draft, outgoing: Outgoing) -> bool:
    if "cert" in draft.options:
        return "cert" in draft.file_options
    return "cert" in state.file_defaults and not state.is_set("cert", outgoing.url.origin)


def _typed_credentials(draft: Draft) -> Iterator[str]:
    """Names of the credentials that the user typed with this request."""
    if isinstance(draft.auth, Auth):
        yield "auth"
    yield from (f"header {name}" for name, value in draft.headers if value is not None and is_credential(name, value))
    yield from (f"parameter {name}" for name, value in draft.query if value is not None and is_credential(name, value))
    yield from (f"cookie {name}" for name, value in draft.cookies if value is not None)
