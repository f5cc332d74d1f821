"""Ways to a host that a file says: a script, one of its curl lines, an environment. They carry nothing of the session.

Whoever wrote the file may stand on such a way: a proxy, an address of its choice, a connection whose certificate
nobody checks. A request that would take along what the user holds is refused before anything is sent. Saying the
same option oneself makes it one's own way, and nothing is refused.
"""

from __future__ import annotations

from collections.abc import Iterator

from callbox.engine.options import describe_options, route_options
from callbox.engine.state import State
from callbox.errors import UsageError
from callbox.exchange.auth import Auth
from callbox.exchange.origins import is_credential
from callbox.exchange.request import Draft, Outgoing

_USER_SOURCES = ("session", "jar")
"""Where cookies come from that the file does not own."""


def check_file_route(state: State, draft: Draft, outgoing: Outgoing, separate: Outgoing) -> None:
    """Raise `UsageError` where a request by a file's way would carry what is the user's.

    `outgoing` is the request merged with the session, `separate` the same without it.
    """
    carried = list(dict.fromkeys(_carried_by(state, draft, outgoing, separate)))
    if not carried:
        return
    given = _options_from_file(state, draft, outgoing)
    commands = "; ".join(f"set option {describe_options({name: value})}" for name, value in given.items())
    raise UsageError(
        f"Not sent: the file says {describe_options(given)}, and your {', '.join(carried)} must not go that way",
        hint=f"if you trust that way, say it yourself: {commands}",
    )


def _options_from_file(state: State, draft: Draft, outgoing: Outgoing) -> dict[str, object]:
    """The options by which a file says the way, with their values."""
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
        yield "password of the proxy"  # which is told who it speaks with by the certificate that nobody checks
    if draft.source == "item":
        yield from _typed_credentials(draft)


def _is_cert_of_file(state: State, draft: Draft, outgoing: Outgoing) -> bool:
    if "cert" in draft.options:
        return "cert" in draft.file_options
    return "cert" in state.file_defaults and not state.is_set("cert", outgoing.url.origin)


def _typed_credentials(draft: Draft) -> Iterator[str]:
    """What the user typed with this request: no file owns it."""
    if isinstance(draft.auth, Auth):
        yield "auth"
    yield from (f"header {name}" for name, value in draft.headers if value is not None and is_credential(name, value))
    yield from (f"parameter {name}" for name, value in draft.query if value is not None and is_credential(name, value))
    yield from (f"cookie {name}" for name, value in draft.cookies if value is not None)
