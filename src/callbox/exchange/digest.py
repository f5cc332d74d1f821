"""Digest authentication, RFC 7616: the answer to a challenge, and from then on the field that comes before one.

What a server gave out (nonce, realm, opaque) is kept by origin and realm, and never said to another origin. One
object may sign for many threads at once. Randomness comes in as a function.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple

from callbox.exchange.auth import Auth, Signable, SignedFields
from callbox.exchange.challenge import read_parameters
from callbox.exchange.digest_proof import (
    Demand,
    Identity,
    Turn,
    choose_demand,
    choose_qop,
    has_control,
    is_session,
    write_answer,
)
from callbox.exchange.incoming import Incoming
from callbox.exchange.secret import Secret, reveal
from callbox.exchange.url import Url, UrlError, follow

_MAX_SPACES = 100
"""Realms that are remembered: a server that names a new one each time must not fill the memory."""
_Key = tuple[str, str]
"""Origin and realm."""


class _Space(NamedTuple):
    """A protection space: where a challenge holds, and how far its nonce is used."""

    demand: Demand
    prefixes: tuple[str, ...]
    """What the targets in it begin with (RFC 7616 section 3.3, `domain`)."""
    nonce: str
    used: int
    cnonce: str
    """Of the first answer; a `-sess` algorithm keeps it."""


class Proof(Secret):
    """The value of an Authorization field that was made here, and what must be known of it when its answer comes."""

    __slots__ = ("attempt", "key", "nonce", "rspauth")
    is_for_one = True

    def __init__(self, text: str, attempt: int, key: _Key, nonce: str, rspauth: str) -> None:
        super().__init__(text, "Digest ")
        self.attempt = attempt
        """0 where it was sent before any challenge, else which answer it was."""
        self.key = key
        self.nonce = nonce
        self.rspauth = rspauth
        """What the server will say if it knows the password; empty where that is not known before its body is."""


class Digest(Auth):
    """A user and a password that never travel.

    `make_nonce` gives the client's nonces: text that nobody can foresee.
    """

    __slots__ = {
        "_lock": "Held while a nonce is counted.",
        "_make_nonce": "Gives the client's nonces.",
        "_spaces": "What servers gave out.",
        "password": "As text.",
        "username": "As text.",
    }
    scheme = "digest"

    def __init__(self, username: str, password: str, make_nonce: Callable[[], str]) -> None:
        self.username = username
        self.password = password
        self._make_nonce = make_nonce
        self._lock = threading.Lock()
        self._spaces: dict[_Key, _Space] = {}
        """The latest last."""

    def fields(self, request: Signable) -> SignedFields:
        """The Authorization field, once a challenge has come that holds for this URL; nothing before."""
        with self._lock:
            key = self._find(request.url)
            if key is None:
                return ()
            space = self._spaces[key] = _count(self._spaces[key])
        return self._sign(request, key, space, 0) or ()

    def answer(self, request: Signable, incoming: Incoming) -> SignedFields | None:
        """The answer to the strongest challenge of this 401 that is known here.

        None where there is none, and where the last answer was refused for another reason than an old nonce. A proxy
        (407) is somebody else: it gets no answer.
        """
        if incoming.status != 401:
            return None
        demand = choose_demand(incoming.headers.getlist("WWW-Authenticate"))
        before = _find_proof(request)
        if demand is None or not _may_answer(before, demand):
            return None
        key = (request.url.origin, demand.realm)
        return self._sign(request, key, self._enter(request.url, key, demand), before[0] + 1)

    def learn(self, request: Signable, incoming: Incoming) -> tuple[str, ...]:
        """Take the next nonce that an answer names, unless the server could not prove that it knows the password."""
        proof = _find_field(request)
        if not isinstance(proof, Proof):
            return ()
        said = read_parameters(incoming.headers.get("Authentication-Info") or "")
        told = said.get("rspauth", "").lower()
        if told and proof.rspauth and told != proof.rspauth:
            return (f"{request.url.origin} did not prove that it knows the password (rspauth is wrong)",)
        if said.get("nextnonce"):
            self._renew(proof, said["nextnonce"])
        return ()

    def describe(self) -> str:
        """`digest ann`."""
        return f"digest {self.username}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Digest) and (other.username, other.password) == (self.username, self.password)

    def __hash__(self) -> int:
        return hash((self.username, self.password))

    def __reduce__(self) -> tuple[type[Digest], tuple[str, str, Callable[[], str]]]:
        # A lock cannot be copied, and a copy must not count on with the nonces of its original.
        return Digest, (self.username, self.password, self._make_nonce)

    def _find(self, url: Url) -> _Key | None:
        """The space that this URL lies in: the one whose prefix says most, of equals the latest."""
        best: tuple[int, _Key] | None = None
        for key, space in self._spaces.items():
            if key[0] == url.origin:
                reach = max((len(p) for p in space.prefixes if url.target.startswith(p)), default=0)
                if reach and (best is None or reach >= best[0]):
                    best = reach, key
        return best and best[1]

    def _enter(self, url: Url, key: _Key, demand: Demand) -> _Space:
        """Begin with this demand; a nonce that is given out again goes on being counted."""
        cnonce = self._make_nonce()
        with self._lock:
            old = self._spaces.pop(key, None)
            count = old.used if old is not None and old.nonce == demand.nonce else 0
            space = _Space(demand, _prefixes(demand, url), demand.nonce, count + 1, cnonce)
            self._spaces[key] = space
            if len(self._spaces) > _MAX_SPACES:
                del self._spaces[next(iter(self._spaces))]
        return space

    def _renew(self, proof: Proof, nonce: str) -> None:
        with self._lock:
            space = self._spaces.get(proof.key)
            if space is not None and space.nonce == proof.nonce and nonce != proof.nonce and not has_control(nonce):
                self._spaces[proof.key] = space._replace(nonce=nonce, used=0)

    def _sign(self, request: Signable, key: _Key, space: _Space, attempt: int) -> SignedFields | None:
        demand = space.demand
        qop = choose_qop(demand, request.content)
        if qop is None:
            return None
        is_first = attempt > 0 or is_session(demand)
        cnonce = space.cnonce if is_first else self._make_nonce()
        turn = Turn(request.method, request.url.target, request.content, space.nonce, space.used, cnonce, qop)
        text, rspauth = write_answer(demand, Identity(self.username, self.password), turn)
        # With auth-int the server's proof covers the body of its answer, which has not come when the head is read.
        proof = Proof(text, attempt, key, space.nonce, rspauth if qop == "auth" else "")
        return (("Authorization", proof),)


def _count(space: _Space) -> _Space:
    return space._replace(used=space.used + 1)


def _prefixes(demand: Demand, url: Url) -> tuple[str, ...]:
    """Where on this origin the demand holds. What `domain` says of other origins is not for a server to say."""
    words = demand.domain.split()[:_MAX_SPACES]
    if not words:
        return ("/",)
    found = []
    for word in words:
        try:
            target = follow(url, word)
        except (UrlError, ValueError):
            continue
        if target.origin == url.origin:
            found.append(target.target)
    return tuple(found)


def _may_answer(before: tuple[int, str], demand: Demand) -> bool:
    """One answer to a challenge, and a second where the server says that only the nonce was old."""
    attempt, nonce = before
    return attempt == 0 or (attempt == 1 and demand.is_stale and demand.nonce != nonce)


def _find_proof(request: Signable) -> tuple[int, str]:
    """Which answer this request already was, and the nonce that it used."""
    value = _find_field(request)
    if isinstance(value, Proof):
        return value.attempt, value.nonce
    text = "" if value is None else reveal(value)
    if text[:7].lower() != "digest ":
        return 0, ""
    # Made by somebody else, or copied as text: the first use of a nonce was an answer.
    said = read_parameters(text[7:])
    return int(said.get("nc", "00000001").lstrip("0") == "1"), said.get("nonce", "")


def _find_field(request: Signable) -> str | Secret | None:
    for field in getattr(request, "headers", ()):
        if field.name.lower() == "authorization":
            value: str | Secret = field.value
            return value
    return None
