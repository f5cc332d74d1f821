"""`Cookie`, a stored cookie, and the outcomes of a Set-Cookie line: stored, refused or evicted."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from callbox.exchange.cookies.dates import format_date


class Cookie(NamedTuple):
    """One stored cookie: every field of RFC 6265bis section 5.7. Text is kept exactly as it was received.

    Times are seconds since the epoch. The value is left out of the repr, since it is often a credential.

    >>> Cookie("sid", "1", "api.x")
    Cookie('sid', domain='api.x', path='/')
    """

    name: str
    value: str
    domain: str = ""
    """Lower-case ASCII. Empty: put by hand for whatever host the user asks for, but not for another that a redirect
    leads to.
    """
    path: str = "/"
    host_only: bool = True
    """False when a Domain attribute opened it to subdomains."""
    secure: bool = False
    http_only: bool = False
    same_site: str = ""
    """`""` (the attribute was absent or unknown), `"Strict"`, `"Lax"` or `"None"`."""
    expires: float | None = None
    """None for a session cookie."""
    created: float = 0.0
    last_access: float = 0.0
    is_manual: bool = False
    """Set by hand: not counted in the limits."""

    def __repr__(self) -> str:
        return f"Cookie({self.name!r}, domain={self.domain!r}, path={self.path!r})"


class CookieRefusal(NamedTuple):
    """A Set-Cookie line that was not stored, and why, in plain words (the value is not repeated)."""

    name: str
    reason: str


class Stored(NamedTuple):
    """A Set-Cookie line that was accepted: it stored `cookie`, or, already expired, deleted `before`."""

    cookie: Cookie
    before: Cookie | None = None
    """The replaced cookie with the same name, domain, host-only flag and path, if there was one."""
    is_removal: bool = False

    @property
    def is_change(self) -> bool:
        """Whether this outcome changed the jar, apart from times of access."""
        if self.is_removal or self.before is None:
            return self.is_removal is not (self.before is None)
        return self.cookie != self.before._replace(last_access=self.cookie.last_access)


class Evicted(NamedTuple):
    """Cookies that were deleted because a limit was reached, the least recently used first."""

    cookies: tuple[Cookie, ...]
    reason: str
    is_first_report: bool
    """False once the same limit has been reported: a flood is mentioned once, not at each response."""


Outcome: TypeAlias = Stored | CookieRefusal | Evicted


def format_cookie(cookie: Cookie) -> str:
    """The cookie in one line, as the shell prints it.

    >>> format_cookie(Cookie("sid", "1", "api.x", host_only=False))
    'sid=1; domain=api.x; path=/; session'
    """
    parts = [
        f"{cookie.name}={cookie.value}" if cookie.name else cookie.value,
        f"domain={cookie.domain}" if cookie.domain else "any host asked for",
        f"path={cookie.path}",
        "session" if cookie.expires is None else f"expires={format_date(cookie.expires)}",
        "Secure" if cookie.secure else "",
        "HttpOnly" if cookie.http_only else "",
        f"SameSite={cookie.same_site}" if cookie.same_site else "",
        "host-only" if cookie.host_only and cookie.domain else "",
    ]
    return "; ".join(part for part in parts if part)
