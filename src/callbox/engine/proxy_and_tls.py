"""Build a request's `Route` (timeouts, TLS, proxy) from its options, the session's and the environment.

Routes are cached for each origin until one of those changes. Nothing is sent here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, cast

from callbox.engine.state import State
from callbox.errors import UsageError
from callbox.exchange.request import Draft, Route
from callbox.exchange.url import Url
from callbox.system.environment import Environment, choose_proxy, is_bypassed, read_environment

if TYPE_CHECKING:
    from callbox.exchange.hosts import Hosts


class _RouteInputs(NamedTuple):
    """The proxies and the environment at one time, and the cache of routes that were built from them.

    Replaced as a whole when any of it changes. A thread that is still building a route from the old values stores it in
    the old cache, which nobody reads any more.
    """

    environment: Environment | None
    proxies: Mapping[str, str | None]
    routes: dict[tuple[str, str, int], Route]


_NO_PROXIES: Mapping[str, str | None] = {}
_OWN_OPTIONS = frozenset(
    ("connect-timeout", "timeout", "total-timeout", "verify", "ca", "cert", "proxy", "no-proxy", "max-body", "resolve")
)
_ROUTE_OPTIONS = _OWN_OPTIONS | {"proxies"}
"""The options of a request that change its route from the session's; `proxies` is Requests' mapping."""


class RoutedState(State):
    """A session's state, and the routes that are built from it."""

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
        """The route of a request to this URL. The request's options come before the session's and the environment's.

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
        """The environment and the proxies as they are now, with the routes that were built from them."""
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
            _choose_proxy(url, values, inputs.proxies, environment),
            cast("int | None", values["max-body"]),
            str(values["resolve"] or ""),
            environment.store,
        )


def _trust_settings(route: Route) -> tuple[bool, str, str, str]:
    """The part of a route that decides who can read the request; it does not contain the client certificate."""
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


def _choose_proxy(
    url: Url, values: Mapping[str, object], proxies: Mapping[str, str | None], environment: Environment
) -> str:
    own_bypass = str(values["no-proxy"] or proxies.get("no_proxy") or "")
    if values["proxy"]:
        return choose_proxy(url, ({"all": str(values["proxy"])},), own_bypass)
    given = cast("Mapping[str, str | None]", values["proxies"] or {})
    bypass = str(given.get("no_proxy") or own_bypass)
    # NO_PROXY is for proxies from the environment; a program's own `no_proxy` replaces it.
    is_spared = not bypass and is_bypassed(url, environment.no_proxy)
    return choose_proxy(url, (given, proxies, {} if is_spared else environment.proxies), bypass)
