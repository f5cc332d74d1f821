"""The rules for cookies: which ones a host may set, and which URLs a cookie matches (RFC 6265bis sections 5.1.3,
5.1.4 and 5.7).
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from callbox.errors import CallboxError
from callbox.exchange.cookies.cookie import Cookie, CookieRefusal, SetCookie

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

# A host whose last label is a number is an IPv4 address or invalid (WHATWG URL, "ends in a number").
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
SECURE_OVER_HTTP: Final = "it is Secure, but it came over http"
MAX_HOST: Final = 255
"""A host with a longer name gets no cookies of its parent domains. No name in the DNS is longer. So a hostile name of
many labels takes little time.
"""


def domain_matches(host: str, domain: str) -> bool:
    """Whether `host` is `domain` or one of its subdomains (section 5.1.3). Both are in lower case.

    >>> domain_matches("a.b.x", "b.x"), domain_matches("ab.x", "b.x"), domain_matches("127.0.0.1", "0.0.1")
    (True, False, False)
    """
    if host == domain:
        return True
    return bool(domain) and host.endswith("." + domain) and not is_address(host)


def is_address(host: str) -> bool:
    """Whether the host is an IP address. An address has no subdomains."""
    return ":" in host or _NUMBER.fullmatch(host.rpartition(".")[2]) is not None


def is_localhost(host: str) -> bool:
    """Whether the host is this machine, by its name or address. Nobody on the network can read requests to it."""
    return host in ("localhost", "127.0.0.1", "::1", "[::1]")


def default_path(path: str) -> str:
    """The path for a cookie without a Path: the path of the request up to its last slash (section 5.1.4).

    >>> default_path("/a/b"), default_path("/a"), default_path("")
    ('/a', '/', '/')
    """
    if not path.startswith("/"):
        return "/"
    return path[: path.rindex("/")] or "/"


def path_matches(path: str, cookie_path: str) -> bool:
    """Whether `path` is `cookie_path` or below it, compared as received (section 5.1.4).

    >>> path_matches("/a/b", "/a"), path_matches("/ab", "/a"), path_matches("/a", "/a/")
    (True, False, False)
    """
    if not path.startswith(cookie_path):
        return False
    return len(path) == len(cookie_path) or cookie_path[-1:] == "/" or path[len(cookie_path)] == "/"


def is_public_suffix(domain: str) -> bool:
    """Whether anybody can get a name in this domain, as in `co.uk` or `github.io`."""
    return not is_address(domain) and _suffix_list().publicsuffix(domain) == domain


@lru_cache(maxsize=8192)
def registrable_domain(host: str) -> str:
    """The part of a host name that belongs to one owner: `api.example.co.uk` gives `example.co.uk`. An address or a
    public suffix is returned unchanged.
    """
    if is_address(host):
        return host
    return _suffix_list().privatesuffix(host) or host


def canonical_host(host: str) -> str:
    """The host in the form that cookies use: an IPv6 address has no brackets."""
    return host[1:-1] if host[:1] == "[" and host[-1:] == "]" else host


def canonical_domain(domain: str) -> str:
    """Convert a domain that the user gave to the form that cookies use: lower-case ASCII, without a dot at either end.
    Raises `CallboxError` if the name has no form in ASCII.
    """
    domain = canonical_host(domain.strip()).lower().removeprefix(".").removesuffix(".")
    if domain.isascii():
        return domain
    import idna  # The import loads large tables, and only names outside of ASCII need them.

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise CallboxError(f"Not a domain name: {domain!r}", hint="write the domain in ASCII, as in xn--..") from error


@cache
def _suffix_list() -> PublicSuffixList:
    # Reading the list takes some 40 ms. It is needed only for a Domain attribute, or if a site has very many cookies.
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


MAX_AGE_S: Final = 400 * 24 * 60 * 60
"""After this time in seconds (400 days), every cookie expires (section 5.5)."""
_EXPIRED: Final = float("-inf")


class Origin(NamedTuple):
    """The parts of a response's URL that the rules for cookies need."""

    host: str
    """The host in lower-case ASCII, without brackets."""
    path: str
    is_secure: bool


def accept_cookie(line: SetCookie, origin: Origin, now: float) -> Cookie | CookieRefusal:
    """Make the cookie of a parsed Set-Cookie line, or a refusal with the reason why this origin must not set it. The
    cookie may have expired already; then the line deletes a cookie.
    """
    domain = _choose_domain(line, origin.host)
    if isinstance(domain, CookieRefusal):
        return domain
    cookie = Cookie(
        line.name,
        line.value,
        domain or origin.host,
        path=line.path or default_path(origin.path),
        host_only=not domain,
        secure=line.secure,
        http_only=line.http_only,
        same_site=line.same_site,
        expires=_expiry(line, now),
        created=now,
        last_access=now,
    )
    reason = _find_conflict(cookie, origin, has_path=line.path is not None)
    return CookieRefusal(line.name, reason) if reason else cookie


def _choose_domain(line: SetCookie, host: str) -> str | CookieRefusal:
    """The domain whose hosts get the cookie; empty if only `host` gets it (steps 7 to 10)."""
    domain = line.domain
    if not domain:
        return ""
    if not domain.isascii():
        return CookieRefusal(line.name, "its Domain is not ASCII")
    if not domain_matches(host, domain):
        return CookieRefusal(line.name, f"{host} may not set cookies for {domain}")
    if not is_public_suffix(domain):
        return domain
    if domain == host:
        return ""
    return CookieRefusal(line.name, f"{domain} is a public suffix, shared by unrelated sites")


def _expiry(line: SetCookie, now: float) -> float | None:
    """When the cookie expires, in seconds of the epoch; None for a session cookie (step 6). Max-Age overrides Expires,
    and 400 days is the limit.
    """
    if line.max_age is not None:
        return now + min(line.max_age, MAX_AGE_S) if line.max_age > 0 else _EXPIRED
    if line.expires is not None:
        return min(line.expires, now + MAX_AGE_S)
    return None


def _find_conflict(cookie: Cookie, origin: Origin, *, has_path: bool) -> str:
    """The reason why the attributes of a cookie contradict each other or the origin; empty if they do not (steps 12 to
    22).
    """
    if cookie.secure and not origin.is_secure:
        return SECURE_OVER_HTTP
    if cookie.same_site == "None" and not cookie.secure:
        return "it has SameSite=None without Secure"
    # A cookie without a name must not have a value with a prefix: servers would read "=__Host-a=1" as "__Host-a=1".
    start = (cookie.name or cookie.value)[:9].lower()
    prefix = next((name for name in ("__Secure-", "__Host-") if start.startswith(name.lower())), "")
    if prefix and not cookie.name:
        return f"it has no name, and its value begins with {prefix}"
    if prefix and not cookie.secure:
        return f"{prefix} needs Secure"
    if prefix == "__Host-" and not cookie.host_only:
        return "__Host- may not have a Domain"
    if prefix == "__Host-" and not (has_path and cookie.path == "/"):
        return "__Host- needs Path=/"
    return ""
