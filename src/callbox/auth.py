"""Requests' auth classes, on callbox's schemes: `AuthBase`, `HTTPBasicAuth`, `HTTPDigestAuth`, `HTTPProxyAuth`."""

from __future__ import annotations

from typing import Any

from callbox._headers import PLACEHOLDER_URL
from callbox._prepared import state_of, to_outgoing
from callbox.exchange.auth import Auth, Basic
from callbox.exchange.digest import Digest
from callbox.exchange.request import Outgoing
from callbox.exchange.secret import reveal
from callbox.exchange.url import parse
from callbox.system import clock


class AuthBase:
    """The parent of callables that sign: given a prepared request, they give it back signed."""

    def __call__(self, r: Any) -> Any:
        """Sign the prepared request. Raises NotImplementedError where a child does not say how."""
        raise NotImplementedError("Auth hooks must be callable.")


class HTTPBasicAuth(Basic, AuthBase):
    """Basic credentials, RFC 7617: `username` and `password` as text, sent in UTF-8, or as bytes.

    >>> HTTPBasicAuth("ann", "secret") == HTTPBasicAuth("ann", "secret")
    True
    """

    def __call__(self, r: Any) -> Any:
        """Put the Authorization field on the prepared request."""
        for name, value in self.fields(r):
            r.headers[name] = reveal(value)
        return r

    __hash__ = Basic.__hash__

    def __eq__(self, other: object) -> bool:
        theirs = (getattr(other, "username", None), getattr(other, "password", None))
        return (self.username, self.password) == theirs

    def __ne__(self, other: object) -> bool:
        return not self == other


def _basic_auth_str(username: Any, password: Any) -> str:
    """The value of the field that Basic credentials are: programs take this one from Requests, underscore and all."""
    parts = (part if isinstance(part, (str, bytes)) else str(part) for part in (username, password))
    return reveal(Basic(*parts).fields(Outgoing("GET", PLACEHOLDER_URL))[0][1])


class HTTPProxyAuth(HTTPBasicAuth):
    """Basic credentials for a proxy: `Proxy-Authorization`, on requests that a proxy forwards."""

    def fields(self, request: Any) -> Any:
        """The Proxy-Authorization field."""
        return tuple(("Proxy-Authorization", value) for _, value in super().fields(request))


class HTTPDigestAuth(Digest):
    """Digest credentials, RFC 7616: every algorithm of it, `auth` and `auth-int`; `username`, `password`: text.

    One object may sign for many threads. Nonces are counted for each origin and realm, and never said elsewhere.
    """

    def __init__(self, username: str, password: str) -> None:
        super().__init__(username, password, clock.boundary)

    def __call__(self, r: Any) -> Any:
        """Sign the prepared request as far as a challenge is known, and have it answer the next one."""
        state_of(r).credential = self
        for name, value in self.fields(to_outgoing(r)):
            r.headers[name] = reveal(value)
        return r

    def build_digest_header(self, method: str, url: str) -> str | None:
        """The value of the Authorization field for this request; None before any challenge."""
        fields = self.fields(Outgoing(method, parse(url)))
        return reveal(fields[0][1]) if fields else None

    def __reduce__(self) -> Any:
        return type(self), (self.username, self.password)

    __hash__ = Digest.__hash__

    def __eq__(self, other: object) -> bool:
        theirs = (getattr(other, "username", None), getattr(other, "password", None))
        return (self.username, self.password) == theirs


_OWN_CALLS = (HTTPBasicAuth.__call__, HTTPDigestAuth.__call__)


def auth_scheme(value: Any) -> Auth | None:
    """The scheme for this `auth=`; None for none, and for a callable that signs by itself."""
    if isinstance(value, tuple) and len(value) == 2:
        return Basic(*(part if isinstance(part, (str, bytes)) else str(part) for part in value))
    if not isinstance(value, Auth):
        return None
    # A child of HTTPBasicAuth that signs in its own way is asked by calling it.
    call = next((vars(kind)["__call__"] for kind in type(value).__mro__ if "__call__" in vars(kind)), None)
    return value if call is None or call in _OWN_CALLS else None
