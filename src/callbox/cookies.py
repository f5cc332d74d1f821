"""Requests' cookie jars and cookie functions, and the bridge to `http.cookiejar`.

`CookieJar` (Requests' `RequestsCookieJar`) maps names to values over callbox's own jar. `JarCookie` is one cookie with
the attributes of `http.cookiejar.Cookie`. A jar of `http.cookiejar` that a program assigns to a session is read before
each request and written after each response. A policy of `http.cookiejar` can only forbid cookies, and never allow
more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from contextlib import suppress
from threading import RLock
from typing import Any

from callbox._library.prepared_request_parts import needs_mounted_adapter, placeholder_for
from callbox._library.private_state import PrivateState
from callbox.engine.client import store_cookies
from callbox.exceptions import RequestException
from callbox.exchange.cookies import Cookie, CookieRefusal, Jar, Outcome, parse_date
from callbox.exchange.url import Url, parse
from callbox.system import clock

_FIELDS = {"name": "name", "value": "value", "path": "path", "secure": "secure", "expires": "expires"}


class JarCookie:
    """A cookie with the attributes of http.cookiejar's cookies.

    Assigning `value`, `path`, `domain`, `secure`, `expires` (seconds of the epoch, or None for the end of the session)
    or `name` changes the cookie in the jar from which it came.
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
        """The cookie as the jar stores it."""
        self._jar = jar

    def __getattr__(self, name: str) -> Any:
        if name == "expires":  # whole seconds, as in cookie files
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
        """The host, with a leading dot if subdomains get the cookie, too. Empty if every requested host gets it."""
        return self.core.domain if self.core.host_only else f".{self.core.domain}"

    @domain.setter
    def domain(self, value: str) -> None:
        self._change(domain=value.lstrip(".").lower(), host_only=not value.startswith("."))

    @property
    def domain_specified(self) -> bool:
        """Whether the server has set the domain, so that subdomains get the cookie, too."""
        return not self.core.host_only

    domain_initial_dot = domain_specified

    @property
    def discard(self) -> bool:
        """Whether the cookie ends with the session."""
        return self.core.expires is None

    @property
    def _rest(self) -> dict[str, Any]:
        rest = {"HttpOnly": None} if self.core.http_only else {}
        return {**rest, "SameSite": self.core.same_site} if self.core.same_site else rest

    def has_nonstandard_attr(self, name: str) -> bool:
        """Whether the cookie has this attribute: `HttpOnly` or `SameSite`."""
        return name in self._rest

    def get_nonstandard_attr(self, name: str, default: Any = None) -> Any:
        """The value of this attribute (None for `HttpOnly`, which has no value)."""
        return self._rest.get(name, default)

    def set_nonstandard_attr(self, name: str, value: Any) -> None:
        """Set `HttpOnly` or `SameSite`. Other attributes are ignored."""
        if name.lower() == "httponly":
            self._change(http_only=True)
        elif name.lower() == "samesite":
            self._change(same_site=str(value))

    def is_expired(self, now: float | None = None) -> bool:
        """Whether the cookie has expired at `now`, in seconds since the epoch."""
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


def cookie_value(value: Any) -> str:
    """The value of a cookie as text. Bytes are decoded as Latin-1, the encoding in which they are sent."""
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def to_stored_cookie(cookie: Any) -> Cookie:
    """Convert a `JarCookie`, or a cookie of http.cookiejar, to a `Cookie`."""
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
    """A cookie that the user sets. Raises `TypeError` for a keyword that http.cookiejar's cookies do not have."""
    unknown = set(kwargs) - _KEYWORDS
    if unknown:
        raise TypeError(f"create_cookie() got unexpected keyword arguments: {sorted(unknown)}")
    domain = str(kwargs.get("domain") or "")
    rest = {str(key).lower(): value for key, value in (kwargs.get("rest") or {}).items()}
    is_http_only = kwargs.get("http_only") or ("httponly" in rest and rest["httponly"] is not False)
    return Cookie(
        name=name,
        value=value,
        domain=domain.lstrip(".").lower(),
        path=kwargs.get("path") or "/",
        host_only=not domain.startswith("."),
        secure=bool(kwargs.get("secure")),
        http_only=bool(is_http_only),
        same_site=str(rest.get("samesite") or ""),
        expires=kwargs.get("expires"),
        is_manual=True,
    )


_KEYWORDS = frozenset(
    "version port domain path secure expires discard comment comment_url rest rfc2109 http_only".split()
)


class CookieConflictError(RequestException, RuntimeError):
    """Raised if several cookies have this name. `domain=` and `path=` select one."""


class CookieJar(MutableMapping[str, Any]):
    """A live view of a `Jar`: `jar["sid"]`, `jar.set("sid", "1", domain="api.x")`, `for cookie in jar`.

    As in Requests' RequestsCookieJar, iteration yields cookies, not names; see `keys`, `values` and `items`.
    A cookie without a domain is sent to every host that the user requests, but not to the target of a redirect.

    >>> jar = CookieJar(); jar["sid"] = "1"; jar.get_dict()
    {'sid': '1'}
    """

    _callbox = PrivateState(Jar)
    """The jar that this object shows."""
    _callbox_policy: Any = None
    """A CookiePolicy of http.cookiejar, which may forbid storing or sending a cookie; None if there is none."""

    def __init__(self, policy: Any = None) -> None:
        if policy is not None:
            self._callbox_policy = policy

    def set_policy(self, policy: Any) -> None:
        """Set a CookiePolicy of http.cookiejar, which is called for each cookie that is stored or sent."""
        self._callbox_policy = policy

    def get_policy(self) -> Any:
        """The policy that was set; None if no policy was set."""
        return self._callbox_policy

    @property
    def trust_localhost(self) -> bool:
        """Whether `Secure` cookies are sent over http to `localhost`, `127.0.0.1` and `::1`.

        The value may be assigned.
        """
        return self._callbox.trust_localhost

    @trust_localhost.setter
    def trust_localhost(self, value: bool) -> None:
        self._callbox.trust_localhost = value

    def set(self, name: str, value: Any, **kwargs: Any) -> JarCookie | None:
        """Set a cookie; a value of None removes it.

        The keywords are those of `create_cookie`: `domain`, `path`, `secure`, `expires` (epoch seconds), `rest`. Raises
        `TypeError` for another keyword, `CallboxError` for control characters and for an invalid domain.
        """
        if value is None:
            remove_cookie_by_name(self, name, kwargs.get("domain"), kwargs.get("path"))
            return None
        cookie = morsel_to_cookie(value) if hasattr(value, "coded_value") else value
        if not isinstance(cookie, (Cookie, JarCookie)):
            cookie = make_cookie(name, cookie_value(value), **kwargs)
        self.set_cookie(cookie)
        return JarCookie(to_stored_cookie(cookie), self._callbox)

    def set_cookie(self, cookie: Any, *_: Any, **__: Any) -> None:
        """Add one cookie: a `JarCookie`, or one of http.cookiejar. Raises `CallboxError` if it cannot be sent."""
        self._callbox.put(to_stored_cookie(cookie), clock.now())

    def get(self, name: str, default: Any = None, domain: str | None = None, path: str | None = None) -> Any:
        """The value of a cookie, or the default. Raises `CookieConflictError` if several cookies have that name."""
        try:
            return _find_one(self, name, domain, path).value
        except KeyError:
            return default

    def __getitem__(self, name: str) -> Any:
        return _find_one(self, name).value

    def __setitem__(self, name: str, value: Any) -> None:
        self.set(name, value)

    def __delitem__(self, name: str) -> None:
        remove_cookie_by_name(self, name)

    def __contains__(self, name: object) -> bool:
        return any(name in (c.name, c) for c in self._callbox)

    def __len__(self) -> int:
        return len(self._callbox)

    def __iter__(self) -> Iterator[Any]:
        return (JarCookie(cookie, self._callbox) for cookie in self._callbox.snapshot())

    def iterkeys(self) -> Iterator[str]:
        """The names, in order."""
        return (cookie.name for cookie in self._callbox)

    def itervalues(self) -> Iterator[str]:
        """The values, in order."""
        return (cookie.value for cookie in self._callbox)

    def iteritems(self) -> Iterator[tuple[str, str]]:
        """Names and values, in order."""
        return ((cookie.name, cookie.value) for cookie in self._callbox)

    def keys(self) -> list[str]:  # type: ignore[override]
        """The names, in order; a name with several domains or paths is repeated."""
        return list(self.iterkeys())

    def values(self) -> list[str]:  # type: ignore[override]
        """The values, in order."""
        return list(self.itervalues())

    def items(self) -> list[tuple[str, str]]:  # type: ignore[override]
        """Names and values, in order."""
        return list(self.iteritems())

    def list_domains(self) -> list[str]:
        """Each domain once."""
        return list(dict.fromkeys(cookie.domain for cookie in self))

    def list_paths(self) -> list[str]:
        """Each path once."""
        return list(dict.fromkeys(cookie.path for cookie in self))

    def multiple_domains(self) -> bool:
        """Whether two cookies have the same domain. (The name of the method comes from Requests.)"""
        domains = [cookie.domain for cookie in self]
        return len(domains) != len(dict.fromkeys(domains))

    def get_dict(self, domain: str | None = None, path: str | None = None) -> dict[str, str]:
        """The names and values of the cookies for this domain and path; without arguments, of all cookies."""
        return {cookie.name: cookie.value for cookie in matching(self, None, domain, path)}

    def update(self, other: Any = (), /, **kwargs: Any) -> None:
        """Add the cookies of another jar, or names and values. Raises the errors of `set`."""
        if isinstance(other, Mapping) and not is_jar(other):
            cookiejar_from_dict(other, self)
        else:
            merge_cookies(self, other)
        for name, value in kwargs.items():
            self[name] = value

    def clear(self, domain: str | None = None, path: str | None = None, name: str | None = None) -> None:
        """Remove all cookies, or those with a domain, path and name. Raises `KeyError` if no cookie matches."""
        found = matching(self, name, domain, path)
        if not found and (domain, path, name) != (None, None, None):
            raise KeyError(", ".join(text for text in (domain, path, name) if text is not None))
        _remove(self, found)

    def clear_session_cookies(self) -> None:
        """Remove the cookies that have no expiry."""
        self._callbox.expire_session_cookies()

    def clear_expired_cookies(self) -> None:
        """Remove the expired cookies."""
        self._callbox.drop_expired(clock.now())

    def extract_cookies(self, response: Any, request: Any) -> None:
        """Store the cookies of a response of urllib.request (or http.client); `request` has its URL."""
        url = parse_place(getattr(request, "full_url", None) or request.get_full_url())
        store_in(self, url, response.info().get_all("Set-Cookie") or [])

    def add_cookie_header(self, request: Any) -> None:
        """Add the matching cookies to a request of urllib.request."""
        url = parse_place(getattr(request, "full_url", None) or request.get_full_url())
        header = self._callbox.header(url.host, url.path, url.scheme == "https", clock.now())
        if header and not request.has_header("Cookie"):
            request.add_unredirected_header("Cookie", header)

    def copy(self) -> CookieJar:
        """A copy of the jar."""
        return cookie_jar_of(self._callbox.copy(), self._callbox_policy)

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Pickles of earlier versions have `jar` and `policy`.
        vars(self).update({_FORMER_NAMES.get(name, name): value for name, value in state.items()})

    def __repr__(self) -> str:
        return f"<CookieJar[{', '.join(f'{c.name} for {c.domain}{c.path}' for c in self)}]>"


_FORMER_NAMES = {"jar": "_callbox", "policy": "_callbox_policy"}


def cookie_jar_of(jar: Jar, policy: Any = None) -> CookieJar:
    """A view of this jar."""
    made = CookieJar(policy)
    vars(made)["_callbox"] = jar
    return made


def matching(
    cookies: CookieJar, name: str | None = None, domain: str | None = None, path: str | None = None
) -> list[Cookie]:
    """The stored cookies with this name, domain and path.

    A domain with a leading dot means cookies that subdomains get, too. Without the dot, it means cookies of only that
    host, if there are any.
    """
    found = cookies._callbox.find(name, _bare(domain), path)
    if not domain:
        return found
    if domain.startswith("."):
        return [cookie for cookie in found if not cookie.host_only]
    return [cookie for cookie in found if cookie.host_only] or found


def _find_one(cookies: CookieJar, name: str, domain: str | None = None, path: str | None = None) -> Cookie:
    found = matching(cookies, name, domain, path)
    if not found:
        raise KeyError(f"name={name!r}, domain={domain!r}, path={path!r}")
    if len(found) > 1:
        raise CookieConflictError(f"There are multiple cookies with name, {name!r}", hint="give domain= and path=")
    return found[0]


def _remove(cookies: CookieJar, found: Iterable[Cookie]) -> None:
    for cookie in found:
        cookies._callbox.remove(cookie.name, cookie.domain, cookie.path, cookie.host_only)


RequestsCookieJar = CookieJar


def create_cookie(name: str, value: str, **kwargs: Any) -> JarCookie:
    """Make a cookie. Keywords: domain (empty: every requested host), path, secure, expires, rest.

    A domain with a leading dot includes its subdomains. `expires` is in seconds of the epoch; None means the end of the
    session. `rest` has `HttpOnly` and `SameSite`. Raises `TypeError` for other keywords.
    """
    return JarCookie(make_cookie(name, value, **kwargs))


def morsel_to_cookie(morsel: Any) -> JarCookie:
    """A cookie from a morsel of http.cookies. Raises `TypeError` if its max-age is not a number."""
    expires: float | None = None
    if morsel["max-age"]:
        try:
            expires = clock.now() + int(morsel["max-age"])
        except (ValueError, OverflowError):
            raise TypeError(f"max-age: {morsel['max-age']} must be integer") from None
    elif morsel["expires"]:
        expires = parse_date(morsel["expires"])
        if expires is None:
            raise ValueError(f"expires: {morsel['expires']!r} is not a date")
    rest = {"HttpOnly": None} if morsel["httponly"] else {}
    return create_cookie(
        morsel.key, morsel.value, domain=morsel["domain"], path=morsel["path"], secure=bool(morsel["secure"]),
        expires=expires, rest=rest,
    )  # fmt: skip


def cookiejar_from_dict(cookie_dict: Mapping[str, str] | None, cookiejar: Any = None, overwrite: bool = True) -> Any:
    """A new jar (or the given one) with these names and values."""
    jar = CookieJar() if cookiejar is None else cookiejar
    there = {cookie.name for cookie in jar}
    for name, value in (cookie_dict or {}).items():
        if overwrite or name not in there:
            _put_into(jar, name, value)
    return jar


def dict_from_cookiejar(cj: Iterable[Any]) -> dict[str, str]:
    """The names and values of a jar, which may be one of callbox or of http.cookiejar."""
    return {cookie.name: cookie.value for cookie in cj}


def add_dict_to_cookiejar(cj: Any, cookie_dict: Mapping[str, str]) -> Any:
    """Add these names and values to a jar, and return it."""
    return cookiejar_from_dict(cookie_dict, cj)


def is_jar(value: Any) -> bool:
    """Whether this is a jar of cookies with domains and paths, from any package. The jar may also be a mapping."""
    return hasattr(value, "set_cookie")


def merge_cookies(cookiejar: Any, cookies: Any) -> Any:
    """Add cookies to a jar, from any kind of jar, pairs, or a mapping. A mapping does not replace existing names."""
    if isinstance(cookies, Mapping) and not is_jar(cookies):
        return cookiejar_from_dict(cookies, cookiejar, overwrite=False)
    for cookie in cookies or ():
        if isinstance(cookie, tuple) and not isinstance(cookie, Cookie):
            _put_into(cookiejar, *cookie)
        else:
            cookiejar.set_cookie(cookie if isinstance(cookiejar, CookieJar) else to_standard_cookie(cookie))
    return cookiejar


def remove_cookie_by_name(cookiejar: Any, name: str, domain: str | None = None, path: str | None = None) -> None:
    """Remove the cookies of this name from a jar, which may be one of callbox or of http.cookiejar."""
    if isinstance(cookiejar, CookieJar):
        _remove(cookiejar, matching(cookiejar, name, domain, path))
        return
    for cookie in list(cookiejar):
        if cookie.name == name and domain in (None, cookie.domain) and path in (None, cookie.path):
            cookiejar.clear(cookie.domain, cookie.path, cookie.name)


def extract_cookies_to_jar(jar: Any, request: Any, response: Any) -> None:
    """Store the cookies of a response. `request` has the URL; `response` is the raw response (or a `Response`)."""
    url = parse_place(request.url)
    getlist = getattr(getattr(response, "headers", None), "getlist", None)
    message = getattr(getattr(response, "_original_response", None), "msg", None)
    lines = []
    if getlist is not None:
        lines = getlist("Set-Cookie")
    elif message:
        lines = message.get_all("Set-Cookie") or []
    if isinstance(jar, CookieJar):
        store_in(jar, url, lines)
    else:
        found = Jar()
        store_cookies(found, url, lines)
        merge_cookies(jar, found)


def get_cookie_header(jar: Any, request: Any) -> str | None:
    """The Cookie field for a prepared request from this jar; None if there are no cookies."""
    url = parse_place(request.url)
    ours = jar if isinstance(jar, CookieJar) else merge_cookies(CookieJar(), jar)
    header: str | None = ours._callbox.header(url.host.rstrip("."), url.path, url.scheme == "https", clock.now())
    return header


def parse_place(address: str) -> Url:
    """Parse the URL for which cookies are stored or sent. If only a mounted adapter can send to it, returns a
    placeholder.
    """
    return placeholder_for(address) if needs_mounted_adapter(address) else parse(address)


def to_standard_cookie(cookie: Any) -> Any:
    """Convert a cookie to one of http.cookiejar."""
    from http.cookiejar import Cookie as Foreign  # the import takes 20 ms, and only jars of that kind need it

    if isinstance(cookie, Foreign):
        return cookie
    core = to_stored_cookie(cookie)
    shown = JarCookie(core)
    expires = None if core.expires is None else int(core.expires)
    rest = {**shown._rest, "HTTPOnly": ""} if core.http_only else shown._rest  # MozillaCookieJar has this spelling
    return Foreign(
        0, core.name, core.value, None, False, shown.domain, shown.domain_specified, shown.domain_initial_dot,
        core.path, True, core.secure, expires, expires is None, None, None, rest,
    )  # fmt: skip


def _put_into(jar: Any, name: str, value: Any) -> None:
    if isinstance(jar, CookieJar):
        jar.set(name, value)
    else:
        jar.set_cookie(to_standard_cookie(create_cookie(name, str(value))))


def _bare(domain: str | None) -> str | None:
    return domain.lstrip(".").lower() if domain else domain


_Key = tuple[str, str, str]


class StandardJar:
    """A jar of a program, and callbox's copy of its cookies. The jar is one of `http.cookiejar`, or a `CookieJar` that
    overrides how cookies are stored. If it has a lock, as jars of http.cookiejar do, callbox uses this lock. So no
    cookie is lost if several threads share the session, or if the program adds cookies. Only cookies that a response
    has changed are written to the jar.
    """

    def __init__(self, wrapped: Any) -> None:
        self.wrapped = wrapped
        """The jar of the program."""
        self._lock = getattr(wrapped, "_cookies_lock", None) or RLock()
        self._last_read = Jar()

    def read(self) -> Jar:
        """Copy the cookies of the program's jar to a new `Jar`, and return it."""
        with self._lock:
            known = {_cookie_key(cookie): cookie for cookie in self._last_read.snapshot()}
            jar, now = Jar(trust_localhost=self._last_read.trust_localhost), clock.now()
            for cookie in list(self.wrapped):
                core = to_stored_cookie(cookie)
                before = known.get((cookie.domain, cookie.path, cookie.name))
                if before is not None:  # http.cookiejar writes `printer` and `printer.local` in the same way
                    core = core._replace(domain=before.domain)
                # An unchanged cookie keeps data that http.cookiejar does not have: its times and its source.
                jar.put(before if before is not None and _is_same(before, core) else core, now)
            self._last_read = jar
        return jar

    def store(self, url: Url, lines: list[str]) -> tuple[Jar, list[Outcome]]:
        """Store the cookies of a response. Returns the new copy of the jar, and the outcome of each line. A cookie is
        stored only if callbox's rules accept it, and then the program's jar accepts it, too.
        """
        with self._lock:
            jar = self.read()
            before = {_cookie_key(cookie): cookie for cookie in jar.snapshot()}
            outcomes = store_cookies(jar, url, lines)
            if is_extracting(self.wrapped):
                self._last_read = jar
                accepted = [line for line in lines if _is_accepted(url, line)]
                if accepted:
                    self.wrapped.extract_cookies(MockResponse.of(accepted), MockRequest.of(url))
            else:
                self._write(before, jar)
            return self.read(), outcomes

    def _write(self, before: Mapping[_Key, Cookie], jar: Jar) -> None:
        after = {_cookie_key(cookie): cookie for cookie in jar.snapshot()}
        for key in before.keys() - after.keys():
            with suppress(KeyError):  # The program has removed the cookie meanwhile.
                self.wrapped.clear(*key)
        for key, cookie in after.items():
            if key not in before or not _is_same(before[key], cookie):
                is_ours = isinstance(self.wrapped, CookieJar)
                self.wrapped.set_cookie(JarCookie(cookie) if is_ours else to_standard_cookie(cookie))
        self._last_read = jar


def is_extracting(jar: Any) -> bool:
    """Whether this jar has its own `extract_cookies`."""
    if isinstance(jar, CookieJar):
        return _overrides(jar, CookieJar, "extract_cookies")
    from http.cookiejar import CookieJar as Standard  # a jar of http.cookiejar exists, so the module is imported

    return isinstance(jar, Standard) and _overrides(jar, Standard, "extract_cookies", "make_cookies")


def is_storing(jar: CookieJar) -> bool:
    """Whether a subclass of `CookieJar` overrides how cookies are stored or read."""
    return type(jar) is not CookieJar and _overrides(jar, CookieJar, "extract_cookies", "set_cookie", "__iter__")


def _overrides(thing: Any, kind: type, *names: str) -> bool:
    return any(
        name in getattr(thing, "__dict__", ()) or getattr(type(thing), name) is not getattr(kind, name)
        for name in names
    )


def _is_accepted(url: Url, line: str) -> bool:
    return not any(isinstance(outcome, CookieRefusal) for outcome in store_cookies(Jar(), url, [line]))


def store_in(cookies: CookieJar, url: Url, lines: list[str]) -> None:
    """Store the cookies of a response from this URL.

    If a subclass overrides the method, it is called for each cookie.
    """
    if type(cookies) is not CookieJar and _overrides(cookies, CookieJar, "set_cookie"):
        for cookie in [found for line in lines for found in _read(url, line)]:
            cookies.set_cookie(JarCookie(cookie))
    else:
        store_cookies(cookies._callbox, url, lines)


class MockRequest:
    """A prepared request with the interface of `urllib.request.Request`, which http.cookiejar's jars read."""

    def __init__(self, request: Any) -> None:
        self._r = request
        self._new_headers: dict[str, str] = {}

    @classmethod
    def of(cls, url: Url) -> MockRequest:
        """The request for this URL."""
        return cls(_PlainRequest(url.text))

    @property
    def type(self) -> str:
        """The scheme of the URL."""
        return self.get_full_url().partition(":")[0]

    def get_type(self) -> str:
        """The scheme of the URL."""
        return self.type

    def get_host(self) -> str:
        """The host of the URL, with its port if the URL has one."""
        return self.get_full_url().partition("://")[2].partition("/")[0].rpartition("@")[2]

    def get_origin_req_host(self) -> str:
        """The host of the URL, because a request of a program is a first-party request."""
        return self.get_host()

    def get_full_url(self) -> str:
        """The URL, with the Host field of the request in place of its host."""
        url = str(self._r.url)
        host = (self._r.headers or {}).get("Host")
        if not host:
            return url
        scheme, mark, rest = url.partition("://")
        path = rest[len(rest.partition("/")[0]) :]
        return f"{scheme}{mark}{host.decode() if isinstance(host, bytes) else host}{path}"

    def is_unverifiable(self) -> bool:
        """Return True, as in Requests."""
        return True

    def has_header(self, name: str) -> bool:
        """Whether the request has this field."""
        return name in self._r.headers or name in self._new_headers

    def get_header(self, name: str, default: Any = None) -> Any:
        """The value of a field."""
        return self._r.headers.get(name, self._new_headers.get(name, default))

    def add_header(self, key: str, val: str) -> None:
        """Raise `NotImplementedError`, because jars use `add_unredirected_header`."""
        raise NotImplementedError("Cookie headers should be added with add_unredirected_header()")

    def add_unredirected_header(self, name: str, value: str) -> None:
        """Store a field that the jar adds."""
        self._new_headers[name] = value

    def get_new_headers(self) -> dict[str, str]:
        """The fields that the jar has added."""
        return self._new_headers

    unverifiable = property(is_unverifiable)
    origin_req_host = property(get_origin_req_host)
    host = property(get_host)


class _PlainRequest:
    """A request that has only a URL."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.headers: dict[str, str] = {}


class MockResponse:
    """The headers of a response with the interface of urllib's responses, which http.cookiejar's jars read."""

    def __init__(self, headers: Any) -> None:
        self._headers = headers

    @classmethod
    def of(cls, lines: Iterable[str]) -> MockResponse:
        """The response with these Set-Cookie lines."""
        from email.message import Message  # http.cookiejar has already imported this

        message = Message()
        for line in lines:
            message["Set-Cookie"] = line
        return cls(message)

    def info(self) -> Any:
        """The headers."""
        return self._headers

    def getheaders(self, name: str) -> Any:
        """The values of a field, as `http.client.HTTPMessage` of Python 2 returned them."""
        return self._headers.getheaders(name)


def _cookie_key(cookie: Cookie) -> _Key:
    return JarCookie(cookie).domain, cookie.path, cookie.name


def _is_same(one: Cookie, other: Cookie) -> bool:
    return (one.value, one.secure, one.http_only, one.same_site) == (
        other.value, other.secure, other.http_only, other.same_site,
    ) and _whole_seconds(one.expires) == _whole_seconds(other.expires)  # fmt: skip


def _whole_seconds(seconds: float | None) -> int | None:
    return None if seconds is None else int(seconds)


def policy_of(jar: Any) -> Any:
    """The CookiePolicy of a jar; None if the jar has none, or only the default policy, which forbids no domain."""
    if isinstance(jar, CookieJar):
        return jar._callbox_policy
    policy = getattr(jar, "_policy", None)
    if policy is None:
        return None
    from http.cookiejar import DefaultCookiePolicy  # a jar of http.cookiejar exists, so the module is imported

    if type(policy) is not DefaultCookiePolicy:
        return policy
    return _DomainPolicy(policy) if policy.blocked_domains() or policy.allowed_domains() is not None else None


class _DomainPolicy:
    """The domains that a `DefaultCookiePolicy` blocks or allows. Its other rules follow an older standard."""

    def __init__(self, policy: Any) -> None:
        self._policy = policy

    def set_ok(self, cookie: Any, request: Any) -> bool:
        """Whether cookies of this domain may be stored."""
        return not (self._policy.is_blocked(cookie.domain) or self._policy.is_not_allowed(cookie.domain))

    return_ok = set_ok


def allowed_lines(policy: Any, url: Url, lines: list[str]) -> list[str]:
    """The Set-Cookie lines from this URL that the policy allows to be stored."""
    return [
        line for line in lines if all(_policy_allows(policy.set_ok, policy, cookie, url) for cookie in _read(url, line))
    ]


def allowed_jar(policy: Any, jar: Jar, url: Url) -> Jar:
    """A new jar with the cookies that may be sent to this URL."""
    found = jar.copy()
    for cookie in found.snapshot():
        if not _policy_allows(policy.return_ok, policy, cookie, url):
            found.remove(cookie.name, cookie.domain, cookie.path, cookie.host_only)
    return found


def _read(url: Url, line: str) -> list[Cookie]:
    jar = Jar()
    store_cookies(jar, url, [line])
    return list(jar.snapshot())


def _policy_allows(question: Any, policy: Any, cookie: Cookie, url: Url) -> bool:
    from urllib.request import Request  # the import takes 10 ms, so it runs only if there is a policy

    policy._now = int(clock.now())  # http.cookiejar's jars call their policy like this
    return bool(question(to_standard_cookie(cookie), Request(url.text)))
