"""Digest authentication, RFC 7616: the answer to a challenge, and from then on the field that comes before one.

State is kept by origin: a nonce of one server is never used with another. Randomness comes in as a function.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from callbox.exchange.auth import Auth, Signable, SignedFields
from callbox.exchange.incoming import Incoming
from callbox.exchange.secret import Secret, reveal

_ALGORITHMS = {
    "SHA-256": "sha256",
    "SHA-256-SESS": "sha256",
    "SHA-512-256": "sha512_256",
    "SHA-512-256-SESS": "sha512_256",
    "MD5": "md5",
    "MD5-SESS": "md5",
}
"""Best first: a client takes the first challenge that it can answer (section 3.7)."""
_START = re.compile(r"(?:^|,)\s*digest\s+(?=[a-z*-]+\s*=)", re.IGNORECASE)
_PAIR = re.compile(r'\s*([A-Za-z*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))\s*(?:,|$)')
_LONGEST = 8192


class Challenge(NamedTuple):
    """What a server wants to be answered."""

    realm: str
    nonce: str
    opaque: str = ""
    algorithm: str = ""
    """As the server spelled it; empty where it named none, which means MD5."""
    qop: str = ""
    """`auth`, `auth-int` (the body is signed too), or empty (RFC 2069)."""
    is_stale: bool = False


class Digest(Auth):
    """A user and a password that never travel.

    `make_nonce` gives the client's nonces: text that nobody can foresee.
    """

    __slots__ = ("_challenges", "_counts", "_make_nonce", "password", "username")
    scheme = "digest"

    def __init__(self, username: str, password: str, make_nonce: Callable[[], str]) -> None:
        self.username = username
        self.password = password
        self._make_nonce = make_nonce
        self._challenges: dict[str, Challenge] = {}
        self._counts: dict[str, int] = {}
        """How often each nonce was used."""

    def fields(self, request: Signable) -> SignedFields:
        """The Authorization field, once this origin has sent a challenge; nothing before."""
        challenge = self._challenges.get(request.url.origin)
        return () if challenge is None else self._sign(request, challenge)

    def answer(self, request: Signable, incoming: Incoming) -> SignedFields | None:
        """The answer to the best challenge of this 401; None for none, or where the last answer was refused."""
        challenge = choose_challenge(incoming.headers.getlist("WWW-Authenticate"))
        if challenge is None or (_is_first_answer(request) and not challenge.is_stale):
            return None
        self._challenges[request.url.origin] = challenge
        self._counts.pop(challenge.nonce, None)
        return self._sign(request, challenge)

    def describe(self) -> str:
        """`digest ann`."""
        return f"digest {self.username}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Digest) and (other.username, other.password) == (self.username, self.password)

    def __hash__(self) -> int:
        return hash((self.username, self.password))

    def _sign(self, request: Signable, challenge: Challenge) -> SignedFields:
        count = self._counts[challenge.nonce] = self._counts.get(challenge.nonce, 0) + 1
        cnonce, nc = self._make_nonce(), f"{count:08x}"
        response = self._response(request, challenge, cnonce, nc)
        said = [
            ("username", _quoted(self.username)),
            ("realm", _quoted(challenge.realm)),
            ("nonce", _quoted(challenge.nonce)),
            ("uri", _quoted(request.url.target)),
            ("response", f'"{response}"'),
        ]
        if challenge.opaque:
            said.append(("opaque", _quoted(challenge.opaque)))
        if challenge.algorithm:
            said.append(("algorithm", challenge.algorithm))
        if challenge.qop:
            said += [("qop", challenge.qop), ("nc", nc), ("cnonce", f'"{cnonce}"')]
        return (("Authorization", Secret(", ".join(f"{name}={value}" for name, value in said), "Digest ")),)

    def _response(self, request: Signable, challenge: Challenge, cnonce: str, nc: str) -> str:
        algorithm = (challenge.algorithm or "MD5").upper()

        def digest(text: str | bytes) -> str:
            data = text.encode() if isinstance(text, str) else text
            return hashlib.new(_ALGORITHMS[algorithm], data, usedforsecurity=False).hexdigest()

        key = digest(f"{self.username}:{challenge.realm}:{self.password}")
        if algorithm.endswith("-SESS"):
            key = digest(f"{key}:{challenge.nonce}:{cnonce}")
        said = f"{request.method}:{request.url.target}"
        if challenge.qop == "auth-int":
            said += f":{digest((request.content.data or b'') if request.content is not None else b'')}"
        middle = f"{challenge.nonce}:{nc}:{cnonce}:{challenge.qop}" if challenge.qop else challenge.nonce
        return digest(f"{key}:{middle}:{digest(said)}")


def choose_challenge(lines: Iterable[str]) -> Challenge | None:
    """The best Digest challenge of these WWW-Authenticate lines that can be answered.

    >>> choose_challenge(['Basic realm="x", Digest realm="a", nonce="n", qop="auth-int, auth"'])
    Challenge(realm='a', nonce='n', opaque='', algorithm='', qop='auth', is_stale=False)
    """
    found = [challenge for line in lines for challenge in _read_line(line[:_LONGEST])]
    order = list(_ALGORITHMS)
    known = [challenge for challenge in found if (challenge.algorithm or "MD5").upper() in order]
    return min(known, key=lambda challenge: order.index((challenge.algorithm or "MD5").upper()), default=None)


def _read_line(line: str) -> Iterable[Challenge]:
    for start in _START.finditer(line):
        said: dict[str, str] = {}
        position = start.end()
        while match := _PAIR.match(line, position):
            said.setdefault(match[1].lower(), re.sub(r"\\(.)", r"\1", match[2]) if match[2] is not None else match[3])
            position = match.end()
        if "realm" in said and said.get("nonce"):
            offered = {word.strip().lower() for word in said.get("qop", "").split(",")}
            qop = "auth" if "auth" in offered else "auth-int" if "auth-int" in offered else ""
            is_stale = said.get("stale", "").lower() == "true"
            yield Challenge(
                said["realm"], said["nonce"], said.get("opaque", ""), said.get("algorithm", ""), qop, is_stale
            )


def _is_first_answer(request: Signable) -> bool:
    """Whether this request already carried the first use of a nonce: then the credentials are wrong, not the nonce."""
    for field in getattr(request, "headers", ()):
        if field.name.lower() == "authorization":
            text = reveal(field.value)
            return text.startswith("Digest ") and ("nc=00000001" in text or "nc=" not in text)
    return False


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
