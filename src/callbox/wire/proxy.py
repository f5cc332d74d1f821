"""What changes on the wire where a proxy stands in between. Its credentials live in its URL and go to it alone."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from urllib.parse import unquote

from urllib3.util.url import parse_url

from callbox.exchange.request import Outgoing
from callbox.wire.lines import TlsLine


def target_of(outgoing: Outgoing) -> str:
    """The request target: origin form, or absolute form for a proxy that forwards (RFC 9112 section 3.2)."""
    url = outgoing.url
    return url.text if outgoing.route.proxy and url.scheme == "http" else url.target


def proxy_fields(outgoing: Outgoing) -> tuple[tuple[str, str], ...]:
    """The fields that a forwarding proxy is sent with each request."""
    if not outgoing.route.proxy or outgoing.url.scheme != "http":
        return ()
    return _credentials(outgoing.route.proxy)


def set_tunnel(line: TlsLine, outgoing: Outgoing) -> None:
    """Tell a connection that it goes to the origin through a proxy."""
    scheme = "https" if outgoing.route.proxy.startswith("https:") else "http"
    line.tunnel_fields = _credentials(outgoing.route.proxy)
    line.set_tunnel(outgoing.url.host, outgoing.url.port, scheme=scheme)


@lru_cache(maxsize=64)
def _credentials(proxy: str) -> tuple[tuple[str, str], ...]:
    userinfo = parse_url(proxy).auth
    if not userinfo:
        return ()
    return (("Proxy-Authorization", "Basic " + b64encode(unquote(userinfo).encode()).decode("ascii")),)
