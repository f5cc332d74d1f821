"""Whether a host may set this cookie: the steps of RFC 6265bis section 5.7 that need no look at the store."""

from __future__ import annotations

from typing import Final, NamedTuple

from callbox.exchange.cookies.match import default_path, domain_matches, is_public_suffix
from callbox.exchange.cookies.model import Cookie, Refusal
from callbox.exchange.cookies.parse import SetCookie

LONGEST_LIFE_S: Final = 400 * 24 * 60 * 60
"""400 days, section 5.5."""
_LONG_AGO: Final = float("-inf")


class Origin(NamedTuple):
    """Where a response came from, as far as cookies care."""

    host: str
    """Lower-case ASCII, without brackets."""
    path: str
    is_secure: bool


def receive(line: SetCookie, origin: Origin, now: float) -> Cookie | Refusal:
    """The cookie that the line asks for (it may be expired already), or why this origin may not set it."""
    domain = _choose_domain(line, origin.host)
    if isinstance(domain, Refusal):
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
    reason = _objection(cookie, origin, has_path=line.path is not None)
    return Refusal(line.name, reason) if reason else cookie


def _choose_domain(line: SetCookie, host: str) -> str | Refusal:
    """The domain that the cookie is opened to, empty for the host alone. Steps 7 to 10."""
    domain = line.domain
    if not domain:
        return ""
    if not domain.isascii():
        return Refusal(line.name, "its Domain is not ASCII")
    if not domain_matches(host, domain):
        return Refusal(line.name, f"{host} may not set cookies for {domain}")
    if not is_public_suffix(domain):
        return domain
    if domain == host:
        return ""
    return Refusal(line.name, f"{domain} is a public suffix, shared by unrelated sites")


def _expiry(line: SetCookie, now: float) -> float | None:
    """When the cookie ends: Max-Age before Expires, and neither later than 400 days from now. Step 6."""
    if line.max_age is not None:
        return now + min(line.max_age, LONGEST_LIFE_S) if line.max_age > 0 else _LONG_AGO
    if line.expires is not None:
        return min(line.expires, now + LONGEST_LIFE_S)
    return None


def _objection(cookie: Cookie, origin: Origin, *, has_path: bool) -> str:
    """Why the flags of the cookie do not go together, or empty. Steps 12 to 22."""
    if cookie.secure and not origin.is_secure:
        return "Secure, but it came over http"
    if cookie.same_site == "None" and not cookie.secure:
        return "SameSite=None without Secure"
    # A value may not borrow a prefix: servers get "=__Host-a=1" back as "__Host-a=1" and would believe it.
    start = (cookie.name or cookie.value)[:9].lower()
    prefix = next((name for name in ("__Secure-", "__Host-") if start.startswith(name.lower())), "")
    if prefix and not cookie.name:
        return f"without a name, and its value begins with {prefix}"
    if prefix and not cookie.secure:
        return f"{prefix} needs Secure"
    if prefix == "__Host-" and not cookie.host_only:
        return "__Host- may not have a Domain"
    if prefix == "__Host-" and not (has_path and cookie.path == "/"):
        return "__Host- needs Path=/"
    return ""
