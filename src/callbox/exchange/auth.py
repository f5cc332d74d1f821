"""Credentials that know how to put themselves on a request, and how to answer a challenge.

Each scheme is one small class with three questions: which fields go along (`fields`), once an answer says 401,
whether another try can be made (`answer`), and what an answer teaches (`learn`). The conversation asks; nothing
here sends.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Protocol

from callbox.exchange.content import Content
from callbox.exchange.incoming import Incoming
from callbox.exchange.secret import Secret, mask
from callbox.exchange.url import Url

SignedFields = tuple[tuple[str, Secret], ...]


class Signable(Protocol):
    """What a scheme may look at in the request that it signs (an `Outgoing`, before its headers are ordered)."""

    @property
    def method(self) -> str:
        """The request's method."""

    @property
    def url(self) -> Url:
        """Where it goes."""

    @property
    def content(self) -> Content | None:
        """Its body."""


class Auth:
    """The parent of all schemes: sends nothing, answers nothing."""

    __slots__ = ()
    scheme = "none"
    """The word after `set auth`."""

    def fields(self, request: Signable) -> SignedFields:
        """The header fields that this credential adds to a request."""
        return ()

    def answer(self, request: Signable, incoming: Incoming) -> SignedFields | None:
        """The fields to try again with after this 401 (or 407), or None where there is nothing more to say."""
        return None

    def learn(self, request: Signable, incoming: Incoming) -> tuple[str, ...]:
        """Take in what an answer says of the credential (Authentication-Info); gives what the user should be told."""
        return ()

    def describe(self) -> str:
        """One masked line, as `show auth` prints it: `basic ann`, `bearer ey..9A`."""
        return self.scheme


class Basic(Auth):
    """RFC 7617: `username` and `password` as text, sent in UTF-8, or as bytes, which pass through.

    >>> Basic("ann", "secret").fields(None)[0][1].reveal()
    'Basic YW5uOnNlY3JldA=='
    """

    __slots__ = {
        "_field": "The field, made once.",
        "password": "As it was given: text or bytes.",
        "username": "As it was given: text or bytes.",
    }
    scheme = "basic"

    def __init__(self, username: str | bytes, password: str | bytes) -> None:
        self.username = username
        self.password = password
        raw = b":".join(p if isinstance(p, bytes) else p.encode() for p in (username, password))
        self._field = (("Authorization", Secret(b64encode(raw).decode("ascii"), "Basic ")),)

    def fields(self, request: Signable) -> SignedFields:
        """The Authorization field."""
        return self._field

    def describe(self) -> str:
        """`basic ann`; the password is not shown at all."""
        name = self.username
        return f"basic {name.decode('utf-8', 'replace') if isinstance(name, bytes) else name}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Basic) and other._field == self._field

    def __hash__(self) -> int:
        return hash(self._field)


class Bearer(Auth):
    """RFC 6750: a `token`, without the word before it, in the Authorization field.

    >>> Bearer("abc").fields(None)[0][1].reveal()
    'Bearer abc'
    """

    __slots__ = {"_field": "The field, made once.", "token": "Without the word before it."}
    scheme = "bearer"

    def __init__(self, token: str) -> None:
        self.token = token
        self._field = (("Authorization", Secret(token, "Bearer ")),)

    def fields(self, request: Signable) -> SignedFields:
        """The Authorization field."""
        return self._field

    def describe(self) -> str:
        """`bearer ey..9A`."""
        return f"bearer {mask(self.token)}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bearer) and other.token == self.token

    def __hash__(self) -> int:
        return hash(self.token)


class ApiKey(Auth):
    """A `key` in a header of its own, of this `name`: `X-Api-Key: ...`. It stays on its origin as a password does.

    >>> ApiKey("X-Key", "abc").fields(None)[0][1].reveal()
    'abc'
    """

    __slots__ = {"_field": "The field, made once.", "key": "The field's value.", "name": "The field's name."}
    scheme = "apikey"

    def __init__(self, name: str, key: str) -> None:
        self.name = name
        self.key = key
        self._field = ((name, Secret(key)),)

    def fields(self, request: Signable) -> SignedFields:
        """The field of that name."""
        return self._field

    def describe(self) -> str:
        """`apikey X-Key ab..yz`."""
        return f"apikey {self.name} {mask(self.key)}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ApiKey) and (other.name, other.key) == (self.name, self.key)

    def __hash__(self) -> int:
        return hash((self.name, self.key))
