"""Authentication schemes (Basic, Bearer, API key), and the parser of authentication challenges. Pure.

`read_challenges` parses WWW-Authenticate and Proxy-Authenticate (RFC 9110 section 11.6.1), in linear time for any text.
Each scheme is a small class with two methods. `fields` returns the header fields for a request. If the server asks for
credentials (a challenge), `answer` returns the header fields with which callbox sends the request again. Digest is in
`callbox.exchange.digest_auth`.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from callbox.exchange.request_content import Content
from callbox.exchange.response import ResponseHead
from callbox.exchange.secret import Secret, redact_secret
from callbox.exchange.url import Url

_WORD = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
_BREAK = re.compile(r"[\s,]*+")
_SCHEME = re.compile(rf"({_WORD})(\s*+)")
_TOKEN = re.compile(r"([A-Za-z0-9\-._~+/]++=*+)\s*+(?=,|\Z)")
_PARAMETER = re.compile(rf'({_WORD})\s*+=\s*+(?:"((?:[^"\\]++|\\.)*+)(?:"|\\?\Z)|([^\s,"]*+))', re.DOTALL)
_JUNK = re.compile(r"[^\s,]++")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
# Every repeat is possessive, so that a match takes linear time.


class Challenge(NamedTuple):
    """One challenge of a WWW-Authenticate header: an auth scheme that the server accepts, with its parameters."""

    scheme: str
    """The name of the scheme in lower case."""
    parameters: Mapping[str, str] = {}
    """The values without quotes and escapes, by lower-cased name. If the server repeats a name, the first value counts.
    """
    token: str = ""
    """The token68 that a challenge may have instead of parameters: `Negotiate YII..`."""


def read_challenges(lines: Iterable[str]) -> list[Challenge]:
    """Parse the challenges in the values of all WWW-Authenticate lines, in order.

    >>> [c.scheme for c in read_challenges(['Basic realm="a, b", Digest realm=c, nonce="1"', "Bearer"])]
    ['basic', 'digest', 'bearer']
    """
    return [challenge for line in lines for challenge in _read_line(line)]


def read_parameters(text: str) -> dict[str, str]:
    """Parse a list of parameters that has no scheme before it, such as the value of Authentication-Info.

    >>> read_parameters('nextnonce="a\\\\"b", qop=auth')
    {'nextnonce': 'a"b', 'qop': 'auth'}
    """
    return _take_parameters(text, 0)[0]


def _read_line(line: str) -> Iterable[Challenge]:
    at = _skip(_BREAK, line, 0)
    while at < len(line):
        begun = _SCHEME.match(line, at)
        if begun is None:
            at = _skip(_BREAK, line, _skip(_JUNK, line, at))
            continue
        token = _TOKEN.match(line, begun.end()) if begun[2] else None
        if token is not None:
            at = _skip(_BREAK, line, token.end())
            yield Challenge(begun[1].lower(), {}, token[1])
            continue
        parameters, at = _take_parameters(line, begun.end())
        yield Challenge(begun[1].lower(), parameters)


def _take_parameters(line: str, at: int) -> tuple[dict[str, str], int]:
    """Read the parameters from index `at` on. Returns them, and the index after the last one."""
    found: dict[str, str] = {}
    at = _skip(_BREAK, line, at)
    while (match := _PARAMETER.match(line, at)) is not None:
        name, quoted, bare = match.groups()
        found.setdefault(name.lower(), bare if quoted is None else _ESCAPED.sub(r"\1", quoted))
        at = _skip(_BREAK, line, match.end())
    return found, at


def _skip(what: re.Pattern[str], line: str, at: int) -> int:
    match = what.match(line, at)
    return at if match is None else match.end()


SignedFields = tuple[tuple[str, Secret], ...]


class Signable(Protocol):
    """The parts of a request that an auth scheme may read or sign."""

    @property
    def method(self) -> str:
        """The method of the request."""

    @property
    def url(self) -> Url:
        """The URL of the request."""

    @property
    def content(self) -> Content | None:
        """The body of the request."""


class Auth:
    """The base class of all auth schemes. It adds no header fields and answers no challenge."""

    __slots__ = ()
    scheme = "none"
    """The word for the scheme in `set auth`."""

    def fields(self, request: Signable) -> SignedFields:
        """The header fields that this credential adds to a request."""
        return ()

    def answer(self, request: Signable, response: ResponseHead) -> SignedFields | None:
        """The header fields with which to send the request again after this 401 or 407 response; None if the scheme
        cannot answer the challenge.
        """
        return None

    def learn(self, request: Signable, response: ResponseHead) -> tuple[str, ...]:
        """Read the Authentication-Info header of a response. Returns messages for the user."""
        return ()

    def describe(self) -> str:
        """The scheme and the redacted credential in one line, as `show auth` prints it: `basic ann`, `bearer ...`."""
        return self.scheme

    def secrets(self) -> tuple[str, ...]:
        """The secret texts of the credential, which every output redacts."""
        return ()


class Basic(Auth):
    """Basic authentication (RFC 7617). A `str` as user or password is sent in UTF-8; bytes are sent unchanged.

    >>> Basic("ann", "secret").fields(None)[0][1].reveal()
    'Basic YW5uOnNlY3JldA=='
    """

    __slots__ = {
        "_field": "The header field, made once.",
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
        """The Authorization header field."""
        return self._field

    def describe(self) -> str:
        """The user, as in `basic ann`; the password is left out."""
        name = self.username
        return f"basic {name.decode('utf-8', 'replace') if isinstance(name, bytes) else name}"

    def secrets(self) -> tuple[str, ...]:
        """The password as text."""
        password = self.password
        return (password.decode("utf-8", "replace") if isinstance(password, bytes) else password,)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Basic) and other._field == self._field

    def __hash__(self) -> int:
        return hash(self._field)


class Bearer(Auth):
    """A bearer token (RFC 6750), sent in the Authorization field after the word `Bearer`.

    >>> Bearer("abc").fields(None)[0][1].reveal()
    'Bearer abc'
    """

    __slots__ = {"_field": "The field, made once.", "token": "Without the word before it."}
    scheme = "bearer"

    def __init__(self, token: str) -> None:
        self.token = token
        self._field = (("Authorization", Secret(token, "Bearer ")),)

    def fields(self, request: Signable) -> SignedFields:
        """The Authorization header field."""
        return self._field

    def describe(self) -> str:
        """The redacted token: `bearer ...`."""
        return f"bearer {redact_secret(self.token)}"

    def secrets(self) -> tuple[str, ...]:
        """The token."""
        return (self.token,)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bearer) and other.token == self.token

    def __hash__(self) -> int:
        return hash(self.token)


class ApiKey(Auth):
    """An API key, sent as value of the header `name`, such as `X-Api-Key`. Like a password, the key goes only to the
    origin for which it was given.

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
        """The header field with this name."""
        return self._field

    def describe(self) -> str:
        """The header and the redacted key: `apikey X-Key ...`."""
        return f"apikey {self.name} {redact_secret(self.key)}"

    def secrets(self) -> tuple[str, ...]:
        """The key."""
        return (self.key,)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ApiKey) and (other.name, other.key) == (self.name, self.key)

    def __hash__(self) -> int:
        return hash((self.name, self.key))
