"""Proxies and CA certificates from environment variables, and the choice of a proxy for a URL."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple, cast

from callbox.exchange.url import Url, is_ip

_PROXIES = ("http", "https", "all", "no")
_NAMES = tuple(f"{name}_proxy" for name in _PROXIES) + tuple(f"{name.upper()}_PROXY" for name in _PROXIES)
_BUNDLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "REQUEST_METHOD")
_KEYS = tuple(name.encode() for name in _NAMES + _BUNDLES)


class Environment(NamedTuple):
    """The settings of the environment, for every request."""

    proxies: Mapping[str, str] = {}
    """The proxies by scheme, or by `all`."""
    no_proxy: str = ""
    ca: str = ""
    """The CA file or folder of REQUESTS_CA_BUNDLE, or else of CURL_CA_BUNDLE. It comes before `store`."""
    store: tuple[str, str] = ("", "")
    """The values of OpenSSL's variables: SSL_CERT_FILE, and SSL_CERT_DIR with its folders."""


def read_environment() -> Environment:
    """The present settings of the environment."""
    # os.environ.get takes a microsecond for each missing name, while a look into its dictionary of bytes is free.
    data: Mapping[bytes, bytes] | None = getattr(os.environ, "_data", None)
    if data is None:  # pragma: no cover - a Python that keeps its environment elsewhere
        found = [os.environ.get(key.decode()) for key in _KEYS]
        return _interpret(tuple([value if value is None else value.encode() for value in found]))
    return _interpret(tuple([data.get(key) for key in _KEYS]))


@lru_cache(maxsize=32)
def _interpret(values: tuple[bytes | None, ...]) -> Environment:
    given = zip(_NAMES + _BUNDLES, values, strict=True)
    set_names = {name: os.fsdecode(value) for name, value in given if value is not None}
    values_by_name = {name: value for name, value in set_names.items() if value}
    proxies = {}
    for name in ("http", "https", "all"):
        # In a CGI program, HTTP_PROXY may be a header of the request ("httpoxy"), so there only the lower case counts.
        is_cgi = name == "http" and "REQUEST_METHOD" in values_by_name
        upper = "" if is_cgi else values_by_name.get(f"{name.upper()}_PROXY", "")
        # The lower case comes first, even if it is empty, because that tells a program to use no proxy.
        if value := set_names.get(f"{name}_proxy", upper):
            proxies[name] = value
    ca = values_by_name.get("REQUESTS_CA_BUNDLE", values_by_name.get("CURL_CA_BUNDLE", ""))
    store = (values_by_name.get("SSL_CERT_FILE", ""), values_by_name.get("SSL_CERT_DIR", ""))
    return Environment(
        proxies=proxies, no_proxy=values_by_name.get("no_proxy", values_by_name.get("NO_PROXY", "")), ca=ca, store=store
    )


def choose_proxy(url: Url, layers: Iterable[Mapping[str, str | None]], no_proxy: str = "") -> str:
    """The proxy for this URL, from the first layer that names one; empty for a direct connection.

    Within a layer, the order is `scheme://host`, `scheme`, `all://host`, `all`. The value None means no proxy.
    """
    if is_bypassed(url, no_proxy):
        return ""
    keys = (f"{url.scheme}://{url.host}", url.scheme, f"all://{url.host}", "all")
    for layer in layers:
        for key in keys:
            try:  # one lookup, since another thread may change the mapping between two lookups
                proxy = layer[key] or ""
            except KeyError:
                continue
            # With one slash it is a mistake, which the parser of URLs reports. Without a slash it is a host.
            return proxy if not proxy or ":/" in proxy else f"http://{proxy}"
    return ""


def is_bypassed(url: Url, no_proxy: str) -> bool:
    """Whether a no_proxy list contains the host of this URL: by name, domain, address, network, or `*`."""
    return any(_matches(entry, url) for entry in no_proxy.replace(" ", "").lower().split(",") if entry)


def _matches(entry: str, url: Url) -> bool:
    if entry == "*":
        return True
    host = url.host.strip("[]")
    name, port = _split_port(entry)
    if port and port != str(url.port):
        return False
    if is_ip(url.host):
        return name == host or is_in_network(host, name) or _is_same_address(host, name)
    name = name.lstrip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _split_port(entry: str) -> tuple[str, str]:
    """The host and port of an entry. An IPv6 address has a port only after its brackets."""
    if entry.startswith("["):
        host, _, rest = entry[1:].partition("]")
        # `[fe80::]/10` is a network
        return (host + rest, "") if rest.startswith("/") else (host, rest.removeprefix(":"))
    if entry.count(":") != 1:
        return entry, ""
    host, _, port = entry.partition(":")
    return host, port


def _is_same_address(host: str, name: str) -> bool:
    """Whether two spellings mean the same IPv6 address."""
    if ":" not in host or ":" not in name:
        return False
    import ipaddress

    try:
        return ipaddress.ip_address(host) == ipaddress.ip_address(name)
    except ValueError:
        return False


def is_in_network(host: str, entry: str) -> bool:
    """Whether an address belongs to this network, such as `10.0.0.0/8`."""
    if "/" not in entry:
        return False
    import ipaddress  # the import takes 5 ms, and few lists have a network

    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False


def choose_proxy_by_options(
    url: Url, values: Mapping[str, object], proxies: Mapping[str, str | None], environment: Environment
) -> str:
    """The proxy for this URL by the options `proxy`, `no-proxy` and `proxies`, the session's proxies, and the
    environment; empty for a direct connection.
    """
    own_bypass = str(values["no-proxy"] or proxies.get("no_proxy") or "")
    if values["proxy"]:
        return choose_proxy(url, ({"all": str(values["proxy"])},), own_bypass)
    given = cast("Mapping[str, str | None]", values["proxies"] or {})
    bypass = str(given.get("no_proxy") or own_bypass)
    # NO_PROXY applies to proxies from the environment. A program's own `no_proxy` replaces it.
    is_spared = not bypass and is_bypassed(url, environment.no_proxy)
    return choose_proxy(url, (given, proxies, {} if is_spared else environment.proxies), bypass)
