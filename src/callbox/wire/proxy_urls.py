"""Proxies: parse the URL of a proxy, and make the target and the additional headers of a request to a proxy."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from urllib.parse import unquote

from urllib3.exceptions import LocationParseError
from urllib3.util.url import Url as Proxy
from urllib3.util.url import parse_url

from callbox.errors import UsageError
from callbox.exchange.request import Outgoing
from callbox.exchange.url import UrlError


def request_target(outgoing: Outgoing) -> str:
    """The target in the request line: path and query, or the whole URL for an http request to a proxy (RFC 9112 section
    3.2).
    """
    url = outgoing.url
    if outgoing.route.proxy and url.scheme == "http":
        return url._replace(host=url.sent_host).text
    return url.target


def proxy_fields(outgoing: Outgoing) -> tuple[tuple[str, str], ...]:
    """The headers of a request for the proxy that forwards it, such as Proxy-Authorization. Empty without such a
    proxy.
    """
    if not outgoing.route.proxy or outgoing.url.scheme != "http":
        return ()
    return proxy_credentials(outgoing.route.proxy)


@lru_cache(maxsize=64)
def proxy_credentials(proxy: str) -> tuple[tuple[str, str], ...]:
    """The Proxy-Authorization field, from the user and the password in the URL of the proxy."""
    userinfo = parse_url(proxy).auth
    if not userinfo:
        return ()
    return (("Proxy-Authorization", "Basic " + b64encode(unquote(userinfo).encode()).decode("ascii")),)


_PROXY_PORTS = {"http": 80, "https": 443}


def read_proxy(text: str) -> Proxy:
    """Parse the URL of a proxy. Raises `UrlError` for an invalid URL. The message contains no credentials."""
    try:
        proxy = parse_url(text)
    except LocationParseError:
        proxy = Proxy()
    scheme = proxy.scheme or ""
    if proxy.host and scheme not in _PROXY_PORTS:
        raise UrlError(f"A proxy cannot use {scheme}", hint="use an http:// or https:// proxy")
    if not proxy.host:
        shown = text.rpartition("@")[2]
        raise UrlError(f"Invalid proxy '{shown}'", kind="proxy-url", hint="write it as http://user:password@host:port")
    return proxy._replace(port=proxy.port or _PROXY_PORTS[scheme])


def check_tunnel(proxy: Proxy) -> None:
    """Raise `UsageError` for a proxy through which callbox cannot open a tunnel."""
    if proxy.scheme == "https":
        raise UsageError(
            "A proxy that uses TLS itself cannot open a tunnel", hint="give its http:// address, if it has one"
        )
