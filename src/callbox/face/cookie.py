"""One cookie as code written for http.cookiejar takes it: a face over the stored value, editable in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callbox.exchange.cookies import Cookie
from callbox.system import clock

if TYPE_CHECKING:
    from callbox.exchange.cookies import Jar

_FIELDS = {"name": "name", "value": "value", "path": "path", "secure": "secure", "expires": "expires"}


class JarCookie:
    """A cookie by the attributes that http.cookiejar's have.

    Assigning `value`, `path`, `domain`, `secure`, `expires` (seconds of the epoch, None: until the session ends) or
    `name` changes the cookie in the jar that it came from.
    """

    __slots__ = {"_jar": "The jar that it came from.", "core": "The stored value."}

    version = 0
    port = None
    port_specified = False
    comment = None
    comment_url = None
    rfc2109 = False
    path_specified = True

    def __init__(self, core: Cookie, jar: Jar | None = None) -> None:
        self.core = core
        """The stored value."""
        self._jar = jar

    def __getattr__(self, name: str) -> Any:
        if name == "expires":  # whole seconds, as files of cookies have them
            return None if self.core.expires is None else int(self.core.expires)
        if name in _FIELDS:
            return getattr(self.core, _FIELDS[name])
        raise AttributeError(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _FIELDS:
            self._change(**{_FIELDS[name]: value})
        else:
            object.__setattr__(self, name, value)

    @property
    def domain(self) -> str:
        """The host; with a leading dot where subdomains get the cookie too; empty for any host asked for."""
        return self.core.domain if self.core.host_only else f".{self.core.domain}"

    @domain.setter
    def domain(self, value: str) -> None:
        self._change(domain=value.lstrip(".").lower(), host_only=not value.startswith("."))

    @property
    def domain_specified(self) -> bool:
        """Whether the server named the domain: then subdomains get the cookie too."""
        return not self.core.host_only

    domain_initial_dot = domain_specified

    @property
    def discard(self) -> bool:
        """Whether it goes when the session ends."""
        return self.core.expires is None

    @property
    def _rest(self) -> dict[str, Any]:
        rest = {"HttpOnly": None} if self.core.http_only else {}
        return {**rest, "SameSite": self.core.same_site} if self.core.same_site else rest

    def has_nonstandard_attr(self, name: str) -> bool:
        """Whether it has `HttpOnly` or `SameSite`."""
        return name in self._rest

    def get_nonstandard_attr(self, name: str, default: Any = None) -> Any:
        """The value of such an attribute (None for `HttpOnly`, which has none)."""
        return self._rest.get(name, default)

    def set_nonstandard_attr(self, name: str, value: Any) -> None:
        """Give it `HttpOnly` or `SameSite`; others are not kept."""
        if name.lower() == "httponly":
            self._change(http_only=True)
        elif name.lower() == "samesite":
            self._change(same_site=str(value))

    def is_expired(self, now: float | None = None) -> bool:
        """Whether its time is over, at `now` in seconds of the epoch."""
        return self.core.expires is not None and self.core.expires <= (clock.now() if now is None else now)

    def _change(self, **fields: Any) -> None:
        before, changed = self.core, self.core._replace(**fields)
        object.__setattr__(self, "core", changed)
        if self._jar is None:
            return
        if _key(changed) != _key(before):
            self._jar.remove(*_key(before))
        self._jar.put(changed, clock.now())

    def __reduce__(self) -> tuple[type[JarCookie], tuple[Cookie]]:
        return JarCookie, (self.core,)

    def __eq__(self, other: object) -> bool:
        theirs = other.core if isinstance(other, JarCookie) else other
        return isinstance(theirs, Cookie) and theirs[:9] == self.core[:9]

    def __hash__(self) -> int:
        return hash(self.core[:9])

    def __repr__(self) -> str:
        return repr(self.core)


def _key(cookie: Cookie) -> tuple[str, str, str, bool]:
    return cookie.name, cookie.domain, cookie.path, cookie.host_only


def value_of(value: Any) -> str:
    """The value of a cookie from what a program has: bytes as they go on the wire, anything else by its own text."""
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def core_of(cookie: Any) -> Cookie:
    """The value that is stored, from one of ours or one of http.cookiejar's."""
    if isinstance(cookie, JarCookie):
        return cookie.core
    if isinstance(cookie, Cookie):
        return cookie
    # http.cookiejar writes a bare local name as name.local
    domain = cookie.domain.removesuffix(".local") if cookie.domain.count(".") == 1 else cookie.domain
    rest = getattr(cookie, "_rest", None) or {}
    return make_cookie(
        cookie.name, cookie.value or "", domain=domain, path=cookie.path, secure=cookie.secure,
        expires=cookie.expires, rest=rest,
    )  # fmt: skip


def make_cookie(name: str, value: str, **kwargs: Any) -> Cookie:
    """A cookie set by hand. Raises TypeError for a keyword that http.cookiejar's cookies do not have either."""
    unknown = set(kwargs) - _KEYWORDS
    if unknown:
        raise TypeError(f"create_cookie() got unexpected keyword arguments: {sorted(unknown)}")
    domain = str(kwargs.get("domain") or "")
    rest = {str(key).lower(): value for key, value in (kwargs.get("rest") or {}).items()}
    is_http_only = kwargs.get("http_only") or ("httponly" in rest and rest["httponly"] is not False)
    return Cookie(
        name,
        value,
        domain.lstrip(".").lower(),
        kwargs.get("path") or "/",
        not domain.startswith("."),
        bool(kwargs.get("secure")),
        bool(is_http_only),
        str(rest.get("samesite") or ""),
        kwargs.get("expires"),
        is_manual=True,
    )


_KEYWORDS = frozenset(
    "version port domain path secure expires discard comment comment_url rest rfc2109 http_only".split()
)
