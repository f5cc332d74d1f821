"""The hosts that requests may go to, where not all are allowed: `--allow-host`, and those that a script names."""

from __future__ import annotations

import re
from typing import NamedTuple

from callbox.errors import UsageError
from callbox.exchange.url import Url, UrlError, read_host

_HOST = re.compile(r"(\[[^\[\]]*\]|[^:\[\]/@\s]+)(?::(\d{1,5}))?\Z")
_ANY = 0
"""In the place of a port: every port of that host."""


class HostRefused(UsageError):
    """A request to a host that is none of those that are allowed."""


class Hosts(NamedTuple):
    """Pairs of a host and a port; port 0 stands for every port."""

    allowed: frozenset[tuple[str, int]] = frozenset()

    def check(self, url: Url) -> None:
        """Raise `HostRefused` for a URL whose host is none of these."""
        host = _normal(url.host)
        if (host, url.port) not in self.allowed and (host, _ANY) not in self.allowed:
            message = f"Requests to {url.authority} are not allowed: neither the command line nor the script names it"
            raise HostRefused(message, hint=f"--allow-host {url.authority}")


def hosts_of(url: Url) -> Hosts:
    """The host and port of a URL. Port 443 comes with port 80: servers send their clients on to TLS."""
    ports = (80, 443) if (url.scheme, url.port) == ("http", 80) else (url.port,)
    return Hosts(frozenset((_normal(url.host), port) for port in ports))


def read_hosts(words: tuple[str, ...]) -> Hosts:
    """The hosts that words such as `api.x`, `api.x:8443` and `[::1]:80` mean. Raises `UsageError` for any other.

    >>> sorted(read_hosts(("API.x", "127.0.0.1:8000")).allowed)
    [('127.0.0.1', 8000), ('api.x', 0)]
    """
    return Hosts(frozenset(_read(word) for word in words))


def _read(word: str) -> tuple[str, int]:
    match = _HOST.match(word.strip())
    hint = "--allow-host api.x, or --allow-host api.x:8443"
    if match is None or not 0 < int(match[2] or 1) <= 65535:
        raise UsageError(f"'{word}' is no host", hint=hint)
    try:
        return _normal(read_host(match[1])), int(match[2] or _ANY)
    except UrlError:
        raise UsageError(f"'{word}' is no host", hint=hint) from None


def _normal(host: str) -> str:
    """Without the dot of the root: both spellings mean one host."""
    return host.rstrip(".")
