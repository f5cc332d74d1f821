"""Digest authentication as RFC 7616 computes it: reading the credentials and checking the response. Pure."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import NamedTuple

ALGORITHMS = {"MD5": "md5", "MD5-sess": "md5", "SHA-256": "sha256", "SHA-256-sess": "sha256"}
REALM = "books"

_PAIR = re.compile(r'\s*([A-Za-z*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))\s*(?:,|$)')


class Digest(NamedTuple):
    """What a client sent: the parameters of `Authorization: Digest`, and the request it goes with."""

    said: dict[str, str]
    method: str
    body: bytes

    def get(self, name: str) -> str:
        """A parameter, or empty text."""
        return self.said.get(name, "")

    def algorithm(self) -> str:
        """The algorithm; MD5 where none is named (section 3.4)."""
        return self.said.get("algorithm", "MD5")

    def is_right(self, user: str, password: str) -> bool:
        """Whether the response was made with this user and password."""
        if self.algorithm() not in ALGORITHMS or self.get("username") != user or self.get("realm") != REALM:
            return False
        wanted = self._response(self._key(user, password), f"{self.method}:{self.get('uri')}")
        return secrets.compare_digest(wanted.encode(), self.get("response").lower().encode("utf-8", "replace"))

    def proof(self, user: str, password: str) -> str:
        """The `rspauth` that shows the client that we know the password too (section 3.5)."""
        return self._response(self._key(user, password), f":{self.get('uri')}")

    def _key(self, user: str, password: str) -> str:
        key = self._hash(f"{user}:{REALM}:{password}".encode())
        if self.algorithm().endswith("-sess"):
            key = self._hash(f"{key}:{self.get('nonce')}:{self.get('cnonce')}".encode())
        return key

    def _response(self, key: str, request: str) -> str:
        if self.get("qop") == "auth-int":
            request += ":" + self._hash(self.body)
        middle = f"{self.get('nonce')}:{self.get('nc')}:{self.get('cnonce')}:{self.get('qop')}"
        return self._hash(f"{key}:{middle}:{self._hash(request.encode('utf-8', 'replace'))}".encode())

    def _hash(self, data: bytes) -> str:
        return hashlib.new(ALGORITHMS[self.algorithm()], data, usedforsecurity=False).hexdigest()


def read_parameters(text: str) -> dict[str, str]:
    """The parameters of a credentials field by lower-case name; empty when the text is not a list of them."""
    said: dict[str, str] = {}
    place = 0
    while place < len(text):
        match = _PAIR.match(text, place)
        if match is None:
            return {}
        name, quoted, bare = match.groups()
        said[name.lower()] = bare if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        place = match.end()
    return said


def challenge(algorithm: str, nonce: str, qop: str, *, is_stale: bool) -> tuple[str, str]:
    """A `WWW-Authenticate` field that asks for one algorithm."""
    stale = ", stale=true" if is_stale else ""
    return (
        "WWW-Authenticate",
        f'Digest realm="{REALM}", qop="{qop}", algorithm={algorithm}, nonce="{nonce}", '
        f'opaque="{opaque(nonce)}", charset=UTF-8, userhash=false{stale}',
    )


def opaque(nonce: str) -> str:
    """What the client has to send back unchanged beside this nonce."""
    return hashlib.sha256(f"opaque:{nonce}".encode()).hexdigest()[:16]
