"""Requests' auth classes, based on callbox's schemes: `AuthBase`, `HTTPBasicAuth`, `HTTPDigestAuth`,
`HTTPProxyAuth`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from callbox._library.prepared_request_parts import PLACEHOLDER_URL, state_of, to_outgoing
from callbox._library.private_state import PrivateState
from callbox.cookies import extract_cookies_to_jar
from callbox.exceptions import UnrewindableBodyError
from callbox.exchange.auth_schemes import Auth, Basic, SignedFields, read_challenges
from callbox.exchange.digest_auth import Digest, choose_challenge
from callbox.exchange.headers import Headers
from callbox.exchange.request import Outgoing
from callbox.exchange.response import ResponseHead
from callbox.exchange.secret import Secret, reveal
from callbox.exchange.url import parse
from callbox.system import clock


class AuthBase:
    """The base class of auth callables: they get a prepared request, sign it, and return it."""

    def __call__(self, r: Any) -> Any:
        """Sign the prepared request. Raises `NotImplementedError` unless a subclass overrides it."""
        raise NotImplementedError("Auth hooks must be callable.")


class HTTPBasicAuth(AuthBase):
    """Basic credentials (RFC 7617). `username` and `password` are text, which is sent in UTF-8, or bytes.

    >>> HTTPBasicAuth("ann", "secret") == HTTPBasicAuth("ann", "secret")
    True
    """

    def __init__(self, username: Any, password: Any) -> None:
        self.username = username
        self.password = password

    def __call__(self, r: Any) -> Any:
        """Set the Authorization field of the prepared request."""
        r.headers["Authorization"] = _basic_auth_str(self.username, self.password)
        return r

    def __hash__(self) -> int:
        return hash((self.username, self.password))

    def __eq__(self, other: object) -> bool:
        theirs = (getattr(other, "username", None), getattr(other, "password", None))
        return (self.username, self.password) == theirs

    def __ne__(self, other: object) -> bool:
        return not self == other


def _basic_auth_str(username: Any, password: Any) -> str:
    """The field value of Basic credentials. Programs import this function from Requests despite its underscore."""
    return reveal(_basic_of(username, password).fields(Outgoing("GET", PLACEHOLDER_URL))[0][1])


def _basic_of(username: Any, password: Any) -> Basic:
    return Basic(*(part if isinstance(part, (str, bytes)) else str(part) for part in (username, password)))


class HTTPProxyAuth(HTTPBasicAuth):
    """Basic credentials for a proxy: the field `Proxy-Authorization`, for requests that a proxy forwards."""

    def __call__(self, r: Any) -> Any:
        """Set the Proxy-Authorization field of the prepared request."""
        r.headers["Proxy-Authorization"] = _basic_auth_str(self.username, self.password)
        return r


class _BasicScheme(Auth):
    """The scheme of an `HTTPBasicAuth`, whose username and password may change at any time."""

    __slots__ = ("_auth", "_name")
    scheme = "basic"

    def __init__(self, auth: HTTPBasicAuth, name: str) -> None:
        self._auth = auth
        self._name = name

    def fields(self, request: Any) -> SignedFields:
        """The Authorization or Proxy-Authorization field."""
        return ((self._name, _basic_of(self._auth.username, self._auth.password).fields(request)[0][1]),)

    def describe(self) -> str:
        """The description, which is that of `Basic`."""
        return _basic_of(self._auth.username, self._auth.password).describe()


class DigestState:
    """The private state of an `HTTPDigestAuth`: the challenges of servers."""

    def __init__(self) -> None:
        self.shared = Digest("", "", clock.boundary)
        """The nonces, which all schemes of this credential share."""
        self.origins: set[str] = set()
        """The origins that have sent a challenge."""


class HTTPDigestAuth(AuthBase):
    """Digest credentials (RFC 7616): all its algorithms, `auth` and `auth-int`. `username` and `password` are text.

    Threads may share one object. Nonces are counted for each origin and realm, and never sent to another origin. If a
    subclass overrides one of Requests' methods, a hook answers challenges and calls these methods as Requests does.
    """

    _callbox = PrivateState(DigestState)

    def __init__(self, username: Any, password: Any) -> None:
        self.username = username
        self.password = password
        self._thread_local = threading.local()

    def init_per_thread_state(self) -> None:
        """Set the attributes that Requests has for each thread, because subclasses read them."""
        local = self._thread_local
        if not hasattr(local, "init"):
            local.init, local.last_nonce, local.nonce_count = True, "", 0
            local.chal, local.pos, local.num_401_calls = {}, None, None

    def __call__(self, r: Any) -> Any:
        """Sign the prepared request if a challenge is known, and register the hook that answers the next one."""
        self.init_per_thread_state()
        scheme = _DigestScheme(self)
        if _has_own_steps(self):
            r.register_hook("response", self.handle_401)
            r.register_hook("response", self.handle_redirect)
            self._thread_local.num_401_calls = 1
        else:
            state_of(r).credential = scheme
        for name, value in _first_fields(self, scheme, to_outgoing(r)):
            r.headers[name] = reveal(value)
        return r

    def build_digest_header(self, method: str, url: str) -> str | None:
        """Compute the value of the Authorization field for this request; None before the first challenge. If a subclass
        has put a challenge into `_thread_local.chal`, the value answers that challenge.
        """
        outgoing = Outgoing(method, parse(url))
        given = getattr(self._thread_local, "chal", None)
        scheme = _DigestScheme(self)
        fields = scheme.answer_given(outgoing, given, self._thread_local) if given else scheme.fields(outgoing)
        return reveal(fields[0][1]) if fields else None

    def handle_401(self, r: Any, **kwargs: Any) -> Any:
        """If a response has a Digest challenge, sign its request, send it again, and return the new response. Return
        any other response unchanged.

        Raises `UnrewindableBodyError` for a body that cannot be sent again.
        """
        outgoing = to_outgoing(r.request)
        getlist = getattr(r.headers, "getlist", None)
        lines = getlist("WWW-Authenticate") if getlist else [r.headers.get("WWW-Authenticate") or ""]
        fields = _answer(self, outgoing, r.status_code or 0, lines)
        if fields is None:
            return r
        if outgoing.content is not None and not outgoing.content.is_replayable:
            raise UnrewindableBodyError("Cannot answer the challenge: the body was a stream, and cannot be sent again")
        _ = r.content  # So the connection of the response can be used again.
        r.close()
        signed = r.request.copy()
        extract_cookies_to_jar(signed._cookies, r.request, r.raw)
        signed.prepare_cookies(signed._cookies)
        for name, value in fields:
            signed.headers[name] = reveal(value)
        answered = r.connection.send(signed, **kwargs)
        answered.history.append(r)
        answered.request = signed
        return answered

    def handle_redirect(self, r: Any, **kwargs: Any) -> None:
        """Restart the count of answered challenges after a redirect."""
        if r.is_redirect:
            self._thread_local.num_401_calls = 1

    def __getstate__(self) -> dict[str, Any]:
        # A copy must not count the nonces of its original.
        return {name: value for name, value in vars(self).items() if name not in ("_callbox", "_thread_local")}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        vars(self).update(state)
        self._thread_local = threading.local()

    def __hash__(self) -> int:
        return hash((self.username, self.password))

    def __eq__(self, other: object) -> bool:
        theirs = (getattr(other, "username", None), getattr(other, "password", None))
        return (self.username, self.password) == theirs

    def __ne__(self, other: object) -> bool:
        return not self == other


class _DigestScheme(Digest):
    """The scheme of an `HTTPDigestAuth`, whose user and password may change at any time."""

    __slots__ = ("_auth",)

    def __init__(self, auth: HTTPDigestAuth) -> None:
        shared = auth._callbox.shared
        self._auth, self._make_nonce, self._lock, self._spaces = auth, shared._make_nonce, shared._lock, shared._spaces

    @property
    def username(self) -> str:  # type: ignore[override]  # read only: the credential's
        """The user, as text."""
        return _digest_text(self._auth.username)

    @property
    def password(self) -> str:  # type: ignore[override]
        """The password, as text."""
        return _digest_text(self._auth.password)

    def answer_given(self, outgoing: Outgoing, given: Mapping[str, str | None], local: Any) -> SignedFields | None:
        """Answer a challenge that a subclass has parsed. Stores the nonce and its count in `local`."""
        words = ", ".join(f'{name}="{value or ""}"' for name, value in given.items())
        challenge = choose_challenge([f"Digest {words}"])
        if challenge is None:
            return None
        key = (outgoing.url.origin, challenge.realm)
        space = self._start_space(outgoing.url, key, challenge)
        local.last_nonce, local.nonce_count = challenge.nonce, space.nonce_count
        return self._sign(outgoing, key, space, 1)


def _digest_text(value: Any) -> str:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)


_STEPS = ("build_digest_header", "handle_401", "handle_redirect", "init_per_thread_state")
_OWN_STEPS = {name: getattr(HTTPDigestAuth, name) for name in _STEPS}


def _is_own(auth: HTTPDigestAuth, name: str) -> bool:
    """Whether a subclass, or this object, overrides the method."""
    return name in vars(auth) or getattr(type(auth), name) is not _OWN_STEPS[name]


def _has_own_steps(auth: HTTPDigestAuth) -> bool:
    return any(_is_own(auth, name) for name in _STEPS)


def _first_fields(
    auth: HTTPDigestAuth, scheme: _DigestScheme, outgoing: Outgoing
) -> Iterable[tuple[str, str | Secret]]:
    if not _is_own(auth, "build_digest_header"):
        return scheme.fields(outgoing)
    if auth._thread_local.last_nonce and outgoing.url.origin in auth._callbox.origins:
        return _built_fields(auth, outgoing) or ()
    return ()


def _built_fields(auth: HTTPDigestAuth, outgoing: Outgoing) -> tuple[tuple[str, str]] | None:
    built = auth.build_digest_header(outgoing.method, outgoing.url.text)
    return None if built is None else (("Authorization", built),)


def _answer(
    auth: HTTPDigestAuth, outgoing: Outgoing, status: int, lines: list[str]
) -> Iterable[tuple[str, str | Secret]] | None:
    if not _is_own(auth, "build_digest_header"):
        return _DigestScheme(auth).answer(
            outgoing, ResponseHead(status, "", Headers([("WWW-Authenticate", line) for line in lines]))
        )
    auth.init_per_thread_state()
    local = auth._thread_local
    chosen = choose_challenge(lines) if status == 401 else None
    if chosen is None or (local.num_401_calls or 1) > 1:
        local.num_401_calls = 1
        return None
    local.num_401_calls = 2
    auth._callbox.origins.add(outgoing.url.origin)
    found = (c.parameters for c in read_challenges(lines) if c.scheme == "digest")
    local.chal = next(dict(one) for one in found if one.get("algorithm", "") == chosen.algorithm)
    return _built_fields(auth, outgoing)


_SCHEMES: Mapping[Any, Callable[[Any], Auth | None]] = {
    HTTPBasicAuth.__call__: lambda auth: _BasicScheme(auth, "Authorization"),
    HTTPProxyAuth.__call__: lambda auth: _BasicScheme(auth, "Proxy-Authorization"),
    HTTPDigestAuth.__call__: lambda auth: None if _has_own_steps(auth) else _DigestScheme(auth),
}
"""The scheme for each of callbox's auth classes. Any other callable is called to sign."""


def require_callable(value: Any) -> Callable[[Any], Any]:
    """Return the value of `auth=` if it is callable. Otherwise raise `TypeError`, as Requests does."""
    if not callable(value):
        raise TypeError(
            "auth is ('user', 'password'), Bearer('token') or a callable, and not a value of type "
            f"{type(value).__name__}"
        )
    found: Callable[[Any], Any] = value
    return found


def auth_scheme(value: Any) -> Auth | None:
    """Convert a value of `auth=` to a scheme of callbox. None if it is None, or a callable that signs by itself."""
    if isinstance(value, tuple) and len(value) == 2:
        return _basic_of(*value)
    if isinstance(value, (HTTPBasicAuth, HTTPDigestAuth)):
        make = _SCHEMES.get(type(value).__call__)
        return None if make is None else make(value)
    # A subclass with its own `__call__` signs by itself.
    return value if isinstance(value, Auth) and not callable(value) else None
