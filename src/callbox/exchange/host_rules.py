"""Rules about hosts: which hosts requests may reach (`--allow-host`), which address replaces a host (`resolve`), and
which hosts are on this machine or in its network.

Pure.

The rules of `resolve` have the syntax of curl's `--resolve` and `--connect-to`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import NamedTuple

from callbox.errors import UsageError
from callbox.exchange.url import Url, UrlError, read_host

_HOST = re.compile(r"(\[[^\[\]]*\]|[^:\[\]/@\s]+)(?::(\d{1,5}))?\Z")
_ANY = 0
"""The port number in `Hosts` that means every port."""


class HostRefused(UsageError):
    """A request would go to a host that is not allowed."""


class Hosts(NamedTuple):
    """The hosts that requests may reach, as (host, port). Port 0 means every port."""

    allowed: frozenset[tuple[str, int]] = frozenset()

    def check(self, url: Url) -> None:
        """Raise `HostRefused` if the host and port of this URL are not allowed."""
        host = _without_root_dot(url.host)
        if (host, url.port) not in self.allowed and (host, _ANY) not in self.allowed:
            message = (
                f"Requests to {url.authority} are not allowed: neither the command line nor the script names this host"
            )
            raise HostRefused(message, hint=f"to allow it: --allow-host {url.authority}")


def hosts_of(url: Url) -> Hosts:
    """The host and port of a URL, as allowed hosts. For port 80, port 443 is allowed, too, because servers redirect to
    TLS.
    """
    ports = (80, 443) if (url.scheme, url.port) == ("http", 80) else (url.port,)
    return Hosts(frozenset((_without_root_dot(url.host), port) for port in ports))


def read_hosts(words: tuple[str, ...]) -> Hosts:
    """Parse the values of `--allow-host`: `api.x`, `api.x:8443`, `[::1]:80`. Raises `UsageError` for a word that is not
    a host.

    >>> sorted(read_hosts(("API.x", "127.0.0.1:8000")).allowed)
    [('127.0.0.1', 8000), ('api.x', 0)]
    """
    return Hosts(frozenset(_read(word) for word in words))


def _read(word: str) -> tuple[str, int]:
    match = _HOST.match(word.strip())
    hint = "--allow-host api.x, or --allow-host api.x:8443"
    if match is None or not 0 < int(match[2] or 1) <= 65535:
        raise UsageError(f"'{word}' is not a host", hint=hint)
    try:
        return _without_root_dot(read_host(match[1])), int(match[2] or _ANY)
    except UrlError:
        raise UsageError(f"'{word}' is not a host", hint=hint) from None


def _without_root_dot(host: str) -> str:
    """The host without a dot at its end. With or without the dot, it is the same host."""
    return host.rstrip(".")


_RULE = re.compile(
    r"(\[[0-9A-Fa-f:.]{1,45}\]|[^\s:\[\]]{0,255}):(\d{1,5}|\*|)"
    r":(\[[0-9A-Fa-f:.]{1,45}\]|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]{0,45}:[0-9A-Fa-f:.]{0,45}|[^\s:\[\]]{0,255})"
    r"(?::(\d{1,5})|:)?\Z"
)


def check_resolve_rules(text: str) -> None:
    """Raise `UsageError` if this value of the option `resolve` is not a list of rules."""
    for rule in text.split(","):
        found = _RULE.match(rule.strip())
        if found is None or not (found[3] or found[4]) or int(found[4] or 0) > 65535:
            hint = "api.x:443:127.0.0.1, or with a port: api.x:443:127.0.0.1:8443"
            raise UsageError(f"resolve must be HOST:PORT:ADDRESS, not '{rule.strip()}'", hint=hint)


def apply_resolve_rules(host: str, port: int, rules: str) -> tuple[str, int]:
    """The host and port to which callbox connects for the host and port of a URL, by the rules of the option `resolve`.
    In a rule, an empty host or port, or `*`, matches every host or port. A rule without an address changes only the
    port, and a rule without a second port changes only the host. If no rule matches, the result is `host` and `port`.

    >>> apply_resolve_rules("api.x", 80, "api.x:80:127.0.0.1,b:80:[::1]:81"), apply_resolve_rules("b", 80, "::[::1]:81")
    (('127.0.0.1', 80), ('::1', 81))
    """
    for name, number, address, other in parse_resolve_rules(rules):
        if name.lower() in (host.lower(), "*", "") and number in (str(port), "*", ""):
            return address or host, int(other or port)
    return host, port


def parse_resolve_rules(text: str) -> Iterator[tuple[str, str, str, str]]:
    """Parse the rules of the option `resolve`. Yields host, port, address and new port of each; each may be empty."""
    for rule in text.split(",") if text else ():
        found = _RULE.match(rule.strip())
        if found is not None:
            yield found[1].strip("[]"), found[2], found[3].strip("[]"), found[4] or ""


def is_near(host: str) -> bool:
    """Whether a host is this machine or in a private network, so that callbox may send many requests to it.

    >>> is_near("localhost"), is_near("10.1.2.3"), is_near("[::1]"), is_near("example.com")
    (True, True, True, False)
    """
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or address.is_private or address.is_link_local
