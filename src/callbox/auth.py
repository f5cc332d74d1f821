"""Requests' auth classes, on callbox's schemes: `AuthBase`, `HTTPBasicAuth`, `HTTPDigestAuth`, `HTTPProxyAuth`."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from callbox._library.headers import PLACEHOLDER_URL
from callbox._library.prepared_request import state_of, to_outgoing
from callbox.cookies import extract_cookies_to_jar
from callbox.exceptions import UnrewindableBodyError
from callbox.exchange.auth import Auth, Basic, SignedFields
from callbox.exchange.digest import Digest, choose_challenge
from callbox.exchange.headers import Headers
from callbox.exchange.request import Outgoing
from callbox.exchange.response import ResponseHead
from callbox.exchange.secret import reveal
from callbox.exchange.url import parse
from callbox.system import clock


class AuthBase:
    """The parent of callables that sign: given a prepared request, they give it back signed."""

    def __call__(self, r: Any) -> Any:
        """Sign the prepared request. Raises NotImplementedError if a subclass does not say how."""
        raise NotImplementedError("Auth hooks must be callable.")


class HTTPBasicAuth(Basic, AuthBase):
    """Basic credentials, RFC 7617: `username` and `password` as text, sent in UTF-8, or as bytes.

    >>> HTTPBasicAuth("ann", "secret") == HTTPBasicAuth("ann", "secret")
    True
    """

    def __call__(self, r: Any) -> Any:
        """Put the Authorization field on the prepared request."""
        r.headers["Authorization"] = _basic_auth_str(self.username, self.password)
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

    def __call__(self, r: Any) -> Any:
        """Put the Proxy-Authorization field on the prepared request."""
        r.headers["Proxy-Authorization"] = _basic_auth_str(self.username, self.password)
        return r

    def fields(self, request: Any) -> Any:
        """The Proxy-Authorization field."""
        return tuple(("Proxy-Authorization", value) for _, value in Basic.fields(self, request))


class HTTPDigestAuth(Digest):
    """Digest credentials, RFC 7616: every algorithm of it, `auth` and `auth-int`; `username`, `password`: text.

    One object may sign for many threads. Nonces are counted for each origin and realm, and never said elsewhere.
    """

    def __init__(self, username: str, password: str) -> None:
        super().__init__(username, password, clock.boundary)
        self._thread_local = threading.local()

    def init_per_thread_state(self) -> None:
        """Give this thread the attributes that Requests keeps for it; children of Requests' class use them."""
        local = self._thread_local
        if not hasattr(local, "init"):
            local.init, local.last_nonce, local.nonce_count = True, "", 0
            local.chal, local.pos, local.num_401_calls = {}, None, None

    def __call__(self, r: Any) -> Any:
        """Sign the prepared request as far as a challenge is known, and have it answer the next one."""
        self.init_per_thread_state()
        state_of(r).credential = self
        for name, value in self.fields(to_outgoing(r)):
            r.headers[name] = reveal(value)
        return r

    def build_digest_header(self, method: str, url: str) -> str | None:
        """The value of the Authorization field for this request; None before any challenge.

        Where a subclass has put a challenge into `_thread_local.chal`, that one is answered.
        """
        outgoing = Outgoing(method, parse(url))
        given = getattr(self._thread_local, "chal", None)
        fields = self._answer_given(outgoing, given) if given else self.fields(outgoing)
        return reveal(fields[0][1]) if fields else None

    def _answer_given(self, outgoing: Outgoing, given: Mapping[str, str | None]) -> SignedFields | None:
        words = ", ".join(f'{name}="{value or ""}"' for name, value in given.items())
        challenge = choose_challenge([f"Digest {words}"])
        if challenge is None:
            return None
        key = (outgoing.url.origin, challenge.realm)
        space = self._start_space(outgoing.url, key, challenge)
        local = self._thread_local
        local.last_nonce, local.nonce_count = challenge.nonce, space.nonce_count
        return self._sign(outgoing, key, space, 1)

    def handle_401(self, r: Any, **kwargs: Any) -> Any:
        """Answer the Digest challenge of a response: send its request again, signed. Other responses are given back.

        Raises `UnrewindableBodyError` for a body that cannot be sent again.
        """
        outgoing = to_outgoing(r.request)
        getlist = getattr(r.headers, "getlist", None)
        lines = getlist("WWW-Authenticate") if getlist else [r.headers.get("WWW-Authenticate") or ""]
        pairs = [("WWW-Authenticate", line) for line in lines]
        fields = self.answer(outgoing, ResponseHead(r.status_code or 0, "", Headers(pairs)))
        if fields is None:
            return r
        if outgoing.content is not None and not outgoing.content.is_replayable:
            raise UnrewindableBodyError("Cannot send the body again to answer the challenge: it was a stream")
        _ = r.content  # so that its connection serves again
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

    def __reduce__(self) -> Any:
        return type(self), (self.username, self.password)

    __hash__ = Digest.__hash__

    def __eq__(self, other: object) -> bool:
        theirs = (getattr(other, "username", None), getattr(other, "password", None))
        return (self.username, self.password) == theirs


_OWN_CALLS = (HTTPBasicAuth.__call__, HTTPProxyAuth.__call__, HTTPDigestAuth.__call__)


def auth_scheme(value: Any) -> Auth | None:
    """The scheme for this `auth=`; None for none, and for a callable that signs by itself."""
    if isinstance(value, tuple) and len(value) == 2:
        return Basic(*(part if isinstance(part, (str, bytes)) else str(part) for part in value))
    if not isinstance(value, Auth):
        return None
    # A subclass of HTTPBasicAuth that signs in its own way is asked by calling it.
    call = next((vars(kind)["__call__"] for kind in type(value).__mro__ if "__call__" in vars(kind)), None)
    if call is HTTPBasicAuth.__call__:
        # Made of what it holds: a subclass may have other things under the names that a scheme has.
        return Basic(*(part if isinstance(part, (str, bytes)) else str(part) for part in _pair(value)))
    return value if call is None or call in _OWN_CALLS else None


def _pair(auth: Any) -> tuple[Any, Any]:
    return auth.username, auth.password
