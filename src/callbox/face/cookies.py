"""The jar as users of Requests hold it: a mapping of names to values over our own jar, and the cookie utilities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Any

from callbox.exchange.cookies import Cookie, Jar
from callbox.face.exceptions import RequestException
from callbox.surroundings import clock


class CookieConflictError(RequestException):
    """Several cookies have this name: say which by `domain=` and `path=`."""


class CookieJar(MutableMapping[str, Any]):
    """A live view of a `Jar`: `jar["sid"]`, `jar.set("sid", "1", domain="api.x")`, `for cookie in jar`.

    As Requests' RequestsCookieJar: iterating gives cookies, not names; `keys`, `values` and `items` give the rest.

    >>> jar = CookieJar(); jar["sid"] = "1"; jar.get_dict()
    {'sid': '1'}
    """

    def __init__(self, jar: Jar | None = None) -> None:
        self.jar = Jar() if jar is None else jar

    def set(self, name: str, value: Any, **kwargs: Any) -> Cookie | None:
        """Set a cookie by hand: `domain`, `path`, `secure`, `expires` as keywords; a value of None removes it."""
        if value is None:
            remove_cookie_by_name(self, name, kwargs.get("domain"), kwargs.get("path"))
            return None
        cookie = value if isinstance(value, Cookie) else create_cookie(name, str(value), **kwargs)
        self.set_cookie(cookie)
        return cookie

    def set_cookie(self, cookie: Any) -> None:
        """Put in one cookie: ours, or one of http.cookiejar's."""
        self.jar.put(cookie if isinstance(cookie, Cookie) else _from_foreign(cookie), clock.now())

    def get(self, name: str, default: Any = None, domain: str | None = None, path: str | None = None) -> Any:
        """The value of a cookie. Raises `CookieConflictError` where several have that name."""
        try:
            return self._find_one(name, domain, path).value
        except KeyError:
            return default

    def _find_one(self, name: str, domain: str | None = None, path: str | None = None) -> Cookie:
        found = self.jar.find(name, domain.lstrip(".").lower() if domain else domain, path)
        if not found:
            raise KeyError(f"name={name!r}, domain={domain!r}, path={path!r}")
        if len({(c.value) for c in found}) > 1 or len(found) > 1:
            raise CookieConflictError(f"There are multiple cookies with name, {name!r}", hint="give domain= and path=")
        return found[0]

    def __getitem__(self, name: str) -> Any:
        return self._find_one(name).value

    def __setitem__(self, name: str, value: Any) -> None:
        self.set(name, value)

    def __delitem__(self, name: str) -> None:
        remove_cookie_by_name(self, name)

    def __contains__(self, name: object) -> bool:
        return any(c.name == name for c in self.jar)

    def __len__(self) -> int:
        return len(self.jar)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.jar.snapshot())

    def iterkeys(self) -> Iterator[str]:
        """The names, in order."""
        return (cookie.name for cookie in self)

    def keys(self) -> list[str]:  # type: ignore[override]
        """The names, in order; a name that stands for several domains or paths comes as often."""
        return list(self.iterkeys())

    def values(self) -> list[str]:  # type: ignore[override]
        """The values, in order."""
        return [cookie.value for cookie in self]

    def items(self) -> list[tuple[str, str]]:  # type: ignore[override]
        """Names and values, in order."""
        return [(cookie.name, cookie.value) for cookie in self]

    def list_domains(self) -> list[str]:
        """Each domain once."""
        return list(dict.fromkeys(cookie.domain for cookie in self))

    def list_paths(self) -> list[str]:
        """Each path once."""
        return list(dict.fromkeys(cookie.path for cookie in self))

    def get_dict(self, domain: str | None = None, path: str | None = None) -> dict[str, str]:
        """Names and values of this domain and path, or of all."""
        return {
            c.name: c.value for c in self if (domain is None or c.domain == domain) and (path is None or c.path == path)
        }

    def update(self, other: Any = (), /, **kwargs: Any) -> None:
        """Take in the cookies of another jar, or names and values."""
        merge_cookies(self, other)
        for name, value in kwargs.items():
            self[name] = value

    def clear(self, domain: str | None = None, path: str | None = None, name: str | None = None) -> None:
        """Remove all, or those of a domain, a path, a name."""
        self.jar.clear(domain, path, name)

    def clear_session_cookies(self) -> None:
        """Remove the cookies that have no expiry."""
        self.jar.expire_session_cookies()

    def copy(self) -> CookieJar:
        """A jar of its own with the same cookies."""
        return CookieJar(self.jar.copy())

    def __repr__(self) -> str:
        return f"<CookieJar[{', '.join(f'{c.name} for {c.domain}{c.path}' for c in self)}]>"


def create_cookie(name: str, value: str, **kwargs: Any) -> Cookie:
    """A cookie set by hand. Keywords: domain (empty: any host that is asked for), path, secure, expires, rest."""
    domain = str(kwargs.get("domain") or "")
    rest = kwargs.get("rest") or {}
    return Cookie(
        name,
        value,
        domain.lstrip(".").lower(),
        kwargs.get("path") or "/",
        not domain.startswith("."),
        bool(kwargs.get("secure")),
        bool(kwargs.get("http_only") or "HttpOnly" in rest),
        str(rest.get("SameSite") or ""),
        kwargs.get("expires"),
        is_manual=True,
    )


def cookiejar_from_dict(
    cookie_dict: Mapping[str, str] | None, cookiejar: CookieJar | None = None, overwrite: bool = True
) -> CookieJar:
    """A jar (or the one given) with these names and values in it."""
    jar = CookieJar() if cookiejar is None else cookiejar
    for name, value in (cookie_dict or {}).items():
        if overwrite or name not in jar:
            jar.set(name, value)
    return jar


def dict_from_cookiejar(jar: Iterable[Any]) -> dict[str, str]:
    """Names and values of a jar, ours or http.cookiejar's."""
    return {cookie.name: cookie.value for cookie in jar}


add_dict_to_cookiejar = cookiejar_from_dict


def merge_cookies(jar: CookieJar, cookies: Any) -> CookieJar:
    """Take in what may be a jar of any kind, a mapping, or pairs."""
    if isinstance(cookies, Mapping) and not isinstance(cookies, CookieJar):
        return cookiejar_from_dict(cookies, jar)
    for cookie in cookies or ():
        if isinstance(cookie, tuple) and not isinstance(cookie, Cookie):
            jar.set(*cookie)
        else:
            jar.set_cookie(cookie)
    return jar


def remove_cookie_by_name(jar: CookieJar, name: str, domain: str | None = None, path: str | None = None) -> None:
    """Remove the cookies of this name."""
    jar.jar.remove(name, domain.lstrip(".").lower() if domain else domain, path)


def _from_foreign(cookie: Any) -> Cookie:
    """One of http.cookiejar's cookies; there, a leading dot tells that subdomains get it too."""
    return create_cookie(
        cookie.name,
        cookie.value or "",
        # http.cookiejar writes a bare local name as name.local
        domain=cookie.domain.removesuffix(".local") if cookie.domain.count(".") == 1 else cookie.domain,
        path=cookie.path,
        secure=cookie.secure,
        expires=cookie.expires,
        rest=getattr(cookie, "_rest", None),
    )
