"""Which hosts and paths belong together: RFC 6265bis sections 5.1.3 and 5.1.4, and public suffixes."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from callbox.errors import CallboxError

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

# A host whose last label is a number is an IPv4 address or nothing (WHATWG URL, "ends in a number").
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
LONGEST_HOST: Final = 255
"""A longer name cannot be in the DNS, so it gets no domain cookies; this bounds the walk over its labels."""


def domain_matches(host: str, domain: str) -> bool:
    """Whether a cookie for `domain` and below belongs to `host`; both lower-case. Section 5.1.3.

    >>> domain_matches("a.b.x", "b.x"), domain_matches("ab.x", "b.x"), domain_matches("127.0.0.1", "0.0.1")
    (True, False, False)
    """
    if host == domain:
        return True
    return bool(domain) and host.endswith("." + domain) and not is_address(host)


def is_address(host: str) -> bool:
    """Whether the host is an IP address, which only ever matches itself."""
    return ":" in host or _NUMBER.fullmatch(host.rpartition(".")[2]) is not None


def is_localhost(host: str) -> bool:
    """Whether the host is this machine by name or number, so that nobody listens between."""
    return host in ("localhost", "127.0.0.1", "::1", "[::1]")


def default_path(path: str) -> str:
    """The path of a cookie that was given none: the request's, up to its last slash. Section 5.1.4.

    >>> default_path("/a/b"), default_path("/a"), default_path("")
    ('/a', '/', '/')
    """
    if not path.startswith("/"):
        return "/"
    return path[: path.rindex("/")] or "/"


def path_matches(path: str, cookie_path: str) -> bool:
    """Whether a request for `path` is at or below `cookie_path`, compared as received. Section 5.1.4.

    >>> path_matches("/a/b", "/a"), path_matches("/ab", "/a"), path_matches("/a", "/a/")
    (True, False, False)
    """
    if not path.startswith(cookie_path):
        return False
    return len(path) == len(cookie_path) or cookie_path[-1:] == "/" or path[len(cookie_path)] == "/"


def is_public_suffix(domain: str) -> bool:
    """Whether unrelated people have names below this domain, such as `co.uk` or `github.io`."""
    return not is_address(domain) and _suffix_list().publicsuffix(domain) == domain


@lru_cache(maxsize=8192)
def registrable_domain(host: str) -> str:
    """The part of the host that one owner holds; the host itself for addresses and public suffixes."""
    if is_address(host):
        return host
    return _suffix_list().privatesuffix(host) or host


def canonical_host(host: str) -> str:
    """The host as cookies hold it: an IPv6 address without its brackets."""
    return host[1:-1] if host[:1] == "[" and host[-1:] == "]" else host


def canonical_domain(domain: str) -> str:
    """A domain given by hand, as cookies hold it: lower-case ASCII, without a leading or trailing dot.

    Raises CallboxError where the name cannot be written in ASCII.
    """
    domain = canonical_host(domain.strip()).lower().removeprefix(".").removesuffix(".")
    if domain.isascii():
        return domain
    import idna  # loads large tables; only names outside ASCII need it

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise CallboxError(f"Not a domain name: {domain!r}", hint="Write it in ASCII (xn--...)") from error


@cache
def _suffix_list() -> PublicSuffixList:
    # Reading the list takes some 40 ms: only a Domain attribute, or a crowd of cookies, needs it.
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
