"""Build the `Route` of a request (timeouts, TLS, proxy) from the options of the request, the options of the session,
and the environment.

The session caches a route for each origin until an option, a proxy or the environment changes. Nothing is sent here.

A `.http` file, a curl line in it or an environment file may set a proxy, an address or `verify no`. The author of the
file could then read the request. So `check_file_route` raises an error, before anything is sent, if a request over this
route would carry the user's credentials. There is no error if the user sets the same option to the same value, because
then the user has chosen the route.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple, cast

from callbox.engine.options import describe_options, route_options
from callbox.engine.session_state_and_edit_log import State
from callbox.errors import UsageError
from callbox.exchange.auth_schemes import Auth
from callbox.exchange.credential_scope import is_credential
from callbox.exchange.request import Draft, Outgoing, Route
from callbox.exchange.url import Url, UrlError, parse
from callbox.system.proxy_environment import Environment, choose_proxy_by_options, read_environment

if TYPE_CHECKING:
    from callbox.exchange.host_rules import Hosts


class _RouteInputs(NamedTuple):
    """The environment and the proxies of a session, and a cache of the routes that were built from them.

    If the environment or the proxies change, a new object replaces this one. A thread that still builds a route from
    the old values then stores the route in the old cache, which nothing reads any more.
    """

    environment: Environment | None
    proxies: Mapping[str, str | None]
    routes: dict[tuple[str, str, int], Route]


_NO_PROXIES: Mapping[str, str | None] = {}
_OWN_OPTIONS = frozenset(
    ("connect-timeout", "timeout", "total-timeout", "verify", "ca", "cert", "proxy", "no-proxy", "max-body", "resolve")
)
_ROUTE_OPTIONS = _OWN_OPTIONS | {"proxies"}
"""The options of a request that change its route. `proxies` is the mapping that Requests takes."""


class RoutedState(State):
    """The state of a session that also builds and caches the routes of its requests."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = True
        self.proxies: dict[str, str | None] = {}
        self._inputs = _RouteInputs(None, {}, {})

    def options_changed(self) -> None:
        """Forget the routes that were built from the earlier options."""
        if "_inputs" in self.__dict__:
            self._inputs = self._inputs._replace(routes={})

    def route(self, url: Url, given: Mapping[str, object] = {}) -> Route:
        """The route of a request to this URL. `given` are the options of the request.

        An option of the request overrides the option of the session, which overrides the environment. If `given` has
        `hosts` (the hosts that a run may reach), raises `HostRefused` for every other host.
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
        """Whether a file changes the route of this request: without the options of the file, TLS checks, proxy or
        address would be different. A `Host` that the file sets has the same effect (`host_of_file`).
        """
        if not self.may_be_routed_by_file(draft):
            return False
        if self.host_of_file(draft, url):
            return True
        origin = url.origin
        own = {name: value for name, value in self.file_defaults.items() if not self.is_set(name, origin)}
        own |= {name: value for name, value in draft.options.items() if name not in draft.file_options}
        return _trust_settings(self.route(url, draft.options)) != _trust_settings(self.route(url, own))

    def may_be_routed_by_file(self, draft: Draft) -> bool:
        """Whether a file sets an option or a `Host` for this request. This check is quick, and needs no URL."""
        return bool(draft.file_options or self.file_defaults or _host_field(draft))

    def host_of_file(self, draft: Draft, url: Url) -> str:
        """The value of a `Host` header that a file sets, if it names another host than the URL; otherwise empty.

        A server or a proxy may serve many hosts at one address. It gives the request to the host in this header. The
        result is empty if the session has the same `Host`, because then the user has chosen it.
        """
        value = _host_field(draft)
        own = (url.host, _host_in(str(self.headers.get("Host", ""))))
        return value if value and _host_in(value) not in own else ""

    def _route_inputs(self) -> _RouteInputs:
        """The inputs of routes now. If the environment or the proxies have changed, the cache of routes is empty."""
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


def _host_field(draft: Draft) -> str:
    """The value of the `Host` header of a request of a file; empty for other requests and without this header."""
    if draft.source != "script":
        return ""
    return next((str(value) for name, value in draft.headers if value and name.lower() == "host"), "")


def _host_in(value: str) -> str:
    """The host in the value of a `Host` header, without its port."""
    try:
        return parse(f"http://{value.strip()}/").host
    except UrlError:
        return value


def _trust_settings(route: Route) -> tuple[bool, str, str, str]:
    """The settings of a route that decide who can read the request: verify, CA file, proxy and fixed addresses."""
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
"""The values of `Field.source` for cookies of the user. Other cookies come from the file."""


def check_file_route(state: RoutedState, draft: Draft, outgoing: Outgoing, separate: Outgoing) -> None:
    """Raise `UsageError` if a request would carry credentials of the user over a route that a file has set.

    `outgoing` is the draft merged with the session. `separate` is the same draft, merged without the session.
    """
    options = _options_from_file(state, draft, outgoing)
    carried = list(dict.fromkeys(_carried_by(state, draft, outgoing, separate, is_led=bool(options))))
    if not carried:
        return
    settings = [describe_options(options)] if options else []
    commands = [f"set option {describe_options({name: value})}" for name, value in options.items()]
    if host := state.host_of_file(draft, outgoing.url):
        settings.append(f"Host {host}")
        commands.append(f"set header Host {host}")
    raise UsageError(
        f"Not sent: the file sets {', '.join(settings)}, and your {', '.join(carried)} must not use that route",
        hint=f"if you trust that route, choose it yourself: {'; '.join(commands)}",
    )


def _options_from_file(state: State, draft: Draft, outgoing: Outgoing) -> dict[str, object]:
    """The options with which a file changes the route of this request, with their values."""
    origin = outgoing.url.origin
    given = {name: state.option(name) for name in state.file_defaults if not state.is_set(name, origin)}
    given |= {name: draft.options[name] for name in draft.file_options if name in draft.options}
    return {option.name: given[option.name] for option in route_options(given) if option.route != "certificate"}


def _carried_by(state: State, draft: Draft, outgoing: Outgoing, separate: Outgoing, *, is_led: bool) -> Iterator[str]:
    """The values of the user in the request. `is_led` says whether an option of the file leads to another peer.

    A `Host` header does not lead to another peer, so the client certificate and the proxy are not in danger.
    """
    if outgoing.auth != separate.auth:
        yield "auth"
    yield from (f"header {field.name}" for field in outgoing.headers if field.source == "session")
    yield from (f"parameter {field.name}" for field in outgoing.query if field.source == "session")
    if state.jar is not draft.file_jar and not (draft.file_jar is None and state.holds_nothing_private()):
        yield from (f"cookie {field.name}" for field in outgoing.cookies if field.source in _USER_SOURCES)
    if is_led and outgoing.route.cert and not _is_cert_of_file(state, draft, outgoing):
        yield "client certificate"
    proxy = outgoing.route.proxy
    if is_led and proxy.startswith("https:") and "@" in proxy and "proxy" not in draft.file_options:
        yield "password of the proxy"  # With `verify no` from a file, nothing shows that the peer is the user's proxy.
    if draft.source == "item":
        yield from _typed_credentials(draft)


def _is_cert_of_file(state: State, draft: Draft, outgoing: Outgoing) -> bool:
    if "cert" in draft.options:
        return "cert" in draft.file_options
    return "cert" in state.file_defaults and not state.is_set("cert", outgoing.url.origin)


def _typed_credentials(draft: Draft) -> Iterator[str]:
    """The credentials that the user typed with this request, as text such as `header Authorization`."""
    if isinstance(draft.auth, Auth):
        yield "auth"
    yield from (f"header {name}" for name, value in draft.headers if value is not None and is_credential(name, value))
    yield from (f"parameter {name}" for name, value in draft.query if value is not None and is_credential(name, value))
    yield from (f"cookie {name}" for name, value in draft.cookies if value is not None)
