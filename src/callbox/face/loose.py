"""Small functions on URLs, hosts and proxies that programs take from Requests' `utils`, over what the core has."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, unquote, urlparse, urlunparse

from callbox.engine.state import DEFAULT_HEADERS
from callbox.exchange.headers import CaseInsensitiveDict, parse_links
from callbox.exchange.url import UrlError, is_absolute, is_ip, parse
from callbox.face.fields import PLACE, text_with_fragment, unquote_unreserved
from callbox.face.sending import measure
from callbox.system.credentials import find_netrc
from callbox.system.environment import choose_proxy, is_bypassed, is_in_network, read_environment

__all__ = [
    "address_in_network",
    "default_headers",
    "default_user_agent",
    "dotted_netmask",
    "get_auth_from_url",
    "get_environ_proxies",
    "get_netrc_auth",
    "getproxies",
    "is_ipv4_address",
    "is_valid_cidr",
    "parse_header_links",
    "prepend_scheme_if_needed",
    "quote",
    "requote_uri",
    "resolve_proxies",
    "select_proxy",
    "set_environ",
    "should_bypass_proxies",
    "super_len",
    "unquote",
    "unquote_unreserved",
    "urldefragauth",
    "urlparse",
    "urlunparse",
]


def default_user_agent(name: str = "callbox") -> str:
    """The User-Agent that a session sends, under this name."""
    return f"{name}/{DEFAULT_HEADERS['user-agent'].partition('/')[2]}"


def default_headers() -> CaseInsensitiveDict[str]:
    """The headers that a new session has."""
    from callbox.engine.state import State

    return State().headers.copy()  # type: ignore[return-value]


def get_auth_from_url(url: str) -> tuple[str, str]:
    """The user and password in a URL, percent-decoded; two empty texts where it has none."""
    parsed = urlparse(url)
    return unquote(parsed.username or ""), unquote(parsed.password or "")


def get_netrc_auth(url: str, raise_errors: bool = False) -> tuple[str, str] | None:
    """The user and password that .netrc has for the host of a URL; None for none."""
    try:
        found = find_netrc(parse(url).host)
    except UrlError:
        return None
    return None if found is None else (_text(found.username), _text(found.password))


def getproxies() -> dict[str, str]:
    """The proxies of the environment by scheme, and under `no` whom they are not for."""
    found = read_environment()
    return {**found.proxies, "no": found.no_proxy} if found.no_proxy else dict(found.proxies)


def should_bypass_proxies(url: str, no_proxy: str | None) -> bool:
    """Whether the environment's NO_PROXY, or the list that is given, names the host of a URL; or it has none."""
    try:
        return is_bypassed(parse(url), no_proxy or read_environment().no_proxy)
    except UrlError:
        return not urlparse(url).hostname


def get_environ_proxies(url: str, no_proxy: str | None = None) -> dict[str, str]:
    """The proxies of the environment, none for a URL that is exempt."""
    return {} if should_bypass_proxies(url, no_proxy) else getproxies()


def resolve_proxies(request: Any, proxies: Mapping[str, Any] | None, trust_env: bool = True) -> dict[str, Any]:
    """These proxies, and for a request that is not exempt the environment's where they say nothing."""
    given = dict(proxies or {})
    if not trust_env:
        return given
    scheme = urlparse(request.url).scheme
    found = get_environ_proxies(request.url, given.get("no_proxy"))
    proxy = found.get(scheme, found.get("all"))
    return {scheme: proxy, **given} if proxy else given


def select_proxy(url: str, proxies: Mapping[str, str | None] | None) -> str | None:
    """The proxy for a URL: by `scheme://host`, `scheme`, `all://host`, `all`; None for a direct connection."""
    try:
        place = parse(url)
    except UrlError:
        place = PLACE._replace(scheme=url.partition(":")[0].lower())
    return choose_proxy(place, [proxies or {}]) or None


def parse_header_links(value: str) -> list[dict[str, str]]:
    """Each link of a Link header as a dictionary of its parameters and its `url`."""
    return parse_links(value)


def requote_uri(uri: str) -> str:
    """The URL with what is not allowed in one percent-encoded; what is allowed is left as it is."""
    try:
        return text_with_fragment(parse(uri))
    except UrlError:
        return quote(uri, safe="!#$%&'()*+,/:;=?@[]~")


def prepend_scheme_if_needed(url: str, new_scheme: str) -> str:
    """The URL, with this scheme where it has none.

    >>> prepend_scheme_if_needed("a.x:80/p", "http")
    'http://a.x:80/p'
    """
    return url if is_absolute(url) else f"{new_scheme}://{url.removeprefix('//')}"


def is_ipv4_address(string_ip: str) -> bool:
    """Whether this is an IPv4 address."""
    return is_ip(string_ip) and all(part.isdigit() and int(part) < 256 for part in string_ip.split("."))


def is_valid_cidr(string_network: str) -> bool:
    """Whether this is an IPv4 network, as `10.0.0.0/8`."""
    address, slash, bits = string_network.partition("/")
    return bool(slash) and is_ipv4_address(address) and bits.isdecimal() and 1 <= int(bits) <= 32


def address_in_network(ip: str, net: str) -> bool:
    """Whether an address is in a network, as `10.0.0.0/8`."""
    return is_in_network(ip, net)


def dotted_netmask(mask: int) -> str:
    """The mask of this many bits.

    >>> dotted_netmask(20)
    '255.255.240.0'
    """
    bits = 0xFFFFFFFF ^ (0xFFFFFFFF >> mask)
    return ".".join(str(byte) for byte in bits.to_bytes(4, "big"))


@contextmanager
def set_environ(env_name: str, value: str | None) -> Iterator[None]:
    """Inside the block, a variable of the environment has this value; with None it is left alone."""
    before = os.environ.get(env_name)
    if value is not None:
        os.environ[env_name] = value
    try:
        yield
    finally:
        if value is not None:
            os.environ.pop(env_name, None)
            if before is not None:
                os.environ[env_name] = before


def super_len(o: Any) -> int:
    """The bytes of a body that are still to be sent; 0 where that is not known."""
    if isinstance(o, str):
        return len(o.encode())
    return measure(o)[1] or 0


def urldefragauth(url: str) -> str:
    """The URL without its fragment and its user and password."""
    scheme, netloc, path, parameters, query, _ = urlparse(url)
    if not netloc:  # as Requests reads what has no slashes
        netloc, path = path, netloc
    return urlunparse((scheme, netloc.rpartition("@")[2], path, parameters, query, ""))


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
