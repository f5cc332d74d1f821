"""Small functions that programs take from Requests' `utils`, over what the core has for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote, urlparse, urlunparse

from callbox.exchange.link import parse_links
from callbox.exchange.text import named_charset
from callbox.exchange.url import UrlError, parse
from callbox.face.fields import PLACE, text_with_fragment
from callbox.face.sending import measure
from callbox.session.state import DEFAULT_HEADERS
from callbox.session.structures import CaseInsensitiveDict
from callbox.surroundings.credentials import find_netrc
from callbox.surroundings.environment import choose_proxy, read_environment

__all__ = [
    "default_headers",
    "default_user_agent",
    "get_auth_from_url",
    "get_encoding_from_headers",
    "get_environ_proxies",
    "get_netrc_auth",
    "parse_header_links",
    "quote",
    "requote_uri",
    "select_proxy",
    "super_len",
    "unquote",
    "urldefragauth",
    "urlparse",
]


def default_user_agent(name: str = "callbox") -> str:
    """The User-Agent that a session sends, under this name."""
    return f"{name}/{DEFAULT_HEADERS['user-agent'].partition('/')[2]}"


def default_headers() -> CaseInsensitiveDict[str]:
    """The headers that a new session has."""
    from callbox.session.state import State

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


def get_encoding_from_headers(headers: Mapping[str, str]) -> str | None:
    """The charset that a Content-Type names; None where it names none that can be used."""
    return named_charset(headers.get("content-type") or "")


def get_environ_proxies(url: str, no_proxy: str | None = None) -> dict[str, str]:
    """The proxies of the environment, none for a URL that is exempt."""
    environment = read_environment()
    proxies = dict(environment.proxies)
    return proxies if choose_proxy(parse(url), [proxies], no_proxy or environment.no_proxy) else {}


def select_proxy(url: str, proxies: Mapping[str, str | None] | None) -> str | None:
    """The proxy for a URL: by `scheme://host`, `scheme`, `all://host`, `all`; None for a direct connection."""
    try:
        place = parse(url)
    except UrlError:
        place = PLACE._replace(scheme=url.partition(":")[0])
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


def super_len(o: Any) -> int:
    """The bytes of a body that are still to be sent; 0 where that is not known."""
    if isinstance(o, str):
        return len(o.encode())
    return measure(o)[1] or 0


def urldefragauth(url: str) -> str:
    """The URL without its fragment and its user and password."""
    scheme, netloc, path, parameters, query, _ = urlparse(url)
    return urlunparse((scheme, netloc.rpartition("@")[2], path, parameters, query, ""))


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
