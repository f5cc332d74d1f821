"""Build the `Route` of a request (timeouts, TLS, proxy) from the options of the request, the options of the session,
and the environment.

Routes are cached for each origin until their inputs change. Nothing is sent here.

A `.http` file, a curl line in it or an environment file may set a proxy, an address or `verify no`. The author of the
file could then read the request. `check_file_route` raises an error, before anything is sent, if a request over this
route would carry the user's credentials. If the user sets the same option, the user has chosen the route, and nothing
is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple, cast

from callbox.engine.options import describe_options, route_options
from callbox.engine.session_state import State
from callbox.errors import UsageError
from callbox.exchange.auth_schemes import Auth
from callbox.exchange.credential_scope import is_credential
from callbox.exchange.request import Draft, Outgoing, Route
from callbox.exchange.url import Url
from callbox.system.proxy_environment import Environment, choose_proxy_by_options, read_environment

if TYPE_CHECKING:
    from callbox.exchange.host_rules import Hosts


class _RouteInputs(NamedTuple):
    """The proxies and the environment at one time, with a cache of the routes that were built from them.

    If the proxies or the environment change, a new object replaces this one. A thread that is still building a route
    from the old values stores it in the old cache, which nobody reads.
    """

    environment: Environment | None
    proxies: Mapping[str, str | None]
    routes: dict[tuple[str, str, int], Route]


_NO_PROXIES: Mapping[str, str | None] = {}
_OWN_OPTIONS = frozenset(
    ("connect-timeout", "timeout", "total-timeout", "verify", "ca", "cert", "proxy", "no-proxy", "max-body", "resolve")
)
_ROUTE_OPTIONS = _OWN_OPTIONS | {"proxies"}
"""The options of a request that change its route. `proxies` is Requests' mapping."""


class RoutedState(State):
    """A session's state, with the routes that are built from it."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = True
        self.proxies: dict[str, str | None] = {}
        self._inputs = _RouteInputs(None, {}, {})

    def options_changed(self) -> None:
        """Forget the routes that were built from the former options."""
        if "_inputs" in self.__dict__:
            self._inputs = self._inputs._replace(routes={})

    def route(self, url: Url, given: Mapping[str, object] = {}) -> Route:
        """The route of a request to this URL. The request's options override the session's, and these override the
        environment.

        Raises `HostRefused` if the host is not one of the request's `hosts`.
        """
        if "hosts" in given:
            cast("Hosts", given["hosts"]).check(url)
        inputs = self._route_inputs()
        if given.keys() & _ROUTE_OPTIONS:
            return self._make_route(url, given, inputs)
        key = url[:3]
        route = inputs.routes.get(key)
        if route is None:
            route = inputs.routes[key] = self._make_route(url, given, inputs)
        return route

    def is_routed_by_file(self, draft: Draft, url: Url) -> bool:
        """Whether options from a file give this request another route than the user's own options would."""
        if not draft.file_options and not self.file_defaults:
            return False
        origin = url.origin
        own = {name: value for name, value in self.file_defaults.items() if not self.is_set(name, origin)}
        own |= {name: value for name, value in draft.options.items() if name not in draft.file_options}
        return _trust_settings(self.route(url, draft.options)) != _trust_settings(self.route(url, own))

    def _route_inputs(self) -> _RouteInputs:
        """The current environment and proxies, with the routes that were built from them."""
        environment = read_environment() if self.trust_env else None
        proxies = self.proxies or _NO_PROXIES
        inputs = self._inputs
        if environment is not inputs.environment or proxies != inputs.proxies:
            inputs = self._inputs = _RouteInputs(environment, dict(proxies), {})
        return inputs

    def _make_route(self, url: Url, given: Mapping[str, object], inputs: _RouteInputs) -> Route:
        origin = url.origin
        values = {name: given[name] if name in given else self.option(name, origin) for name in _OWN_OPTIONS}
        values["proxies"] = given.get("proxies")
        verify = bool(values["verify"])
        environment = inputs.environment or Environment()
        ca = str(values["ca"] or "") or (environment.ca if verify else "")
        return Route(
            cast("float | None", values["connect-timeout"]),
            cast("float | None", values["timeout"]),
            cast("float | None", values["total-timeout"]),
            verify,
            ca if verify else "",
            _read_cert(values["cert"]),
            choose_proxy_by_options(url, values, inputs.proxies, environment),
            cast("int | None", values["max-body"]),
            str(values["resolve"] or ""),
            environment.store,
        )


def _trust_settings(route: Route) -> tuple[bool, str, str, str]:
    """The part of a route that decides who can read the request, without the client certificate."""
    return route.verify, route.ca, route.proxy, route.resolve


def _read_cert(value: object) -> str | tuple[str, str] | None:
    if not value:
        return None
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise UsageError(f"A client certificate is a PEM file or (certificate, key), not {len(value)} values")
        return cast("tuple[str, str]", tuple(value))
    certificate, comma, key = str(value).partition(",")
    return (certificate, key) if comma else certificate


_USER_SOURCES = ("session", "jar")
"""The sources of cookies that do not come from the file."""


def check_file_route(state: State, draft: Draft, outgoing: Outgoing, separate: Outgoing) -> None:
    """Raise `UsageError` if a request on a file's route would carry credentials of the user.

    `outgoing` is the request merged with the session, and `separate` is the request without the session.
    """
    carried = list(dict.fromkeys(_carried_by(state, draft, outgoing, separate)))
    if not carried:
        return
    given = _options_from_file(state, draft, outgoing)
    commands = "; ".join(f"set option {describe_options({name: value})}" for name, value in given.items())
    raise UsageError(
        f"Not sent: the file sets {describe_options(given)}, and your {', '.join(carried)} must not use that route",
        hint=f"if you trust that route, choose it yourself: {commands}",
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
        yield "password of the proxy"  # only a certificate identifies the peer, and the certificate is not verified
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
