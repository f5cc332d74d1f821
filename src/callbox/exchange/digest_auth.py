"""Digest authentication (RFC 7616).

The first part computes the answer to a challenge and has no state. `Digest` stores the nonce, realm and opaque value of
each origin, and counts the uses of a nonce. It can authenticate a request before a challenge.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Iterable
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import quote

from callbox.exchange.auth_schemes import Auth, Challenge, Signable, SignedFields, read_challenges, read_parameters
from callbox.exchange.request_content import Content
from callbox.exchange.response import ResponseHead
from callbox.exchange.secret import Secret, reveal
from callbox.exchange.url import Url, UrlError, follow

_HASHES = {"SHA-512": "sha512", "SHA-256": "sha256", "SHA-512-256": "sha512_256", "SHA": "sha1", "MD5": "md5"}
"""The hash functions by algorithm, the best first.

SHA-512-256 comes after the equally strong SHA-256: its example in RFC 7616 is wrong (erratum 4897), and some servers
follow the example. No RFC defines SHA and SHA-512 for Digest, but Requests answers them.
"""
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_PLAIN = re.compile(r"[\x20-\x7e]*\Z")


class DigestChallenge(NamedTuple):
    """A Digest challenge that callbox can answer."""

    realm: str
    nonce: str
    algorithm: str = ""
    """The algorithm as the server spelled it; empty if it named none, which means MD5."""
    opaque: str | None = None
    qops: tuple[str, ...] = ()
    """The offered values: `auth` and `auth-int`, which also signs the body. Empty for RFC 2069."""
    is_stale: bool = False
    """Whether the server refused only an old nonce, so that user and password may be right."""
    hashes_username: bool = False
    """Whether the name of the user is sent as a hash (section 3.4.4)."""
    is_utf8: bool = False
    """Whether the server reads UTF-8, and therefore knows RFC 7616."""
    domain: str = ""
    """The URLs for which the credentials hold, separated by blanks; empty for the whole server."""


class SignedRequest(NamedTuple):
    """The parts of a request that the digest covers."""

    method: str
    target: str
    content: Content | None
    nonce: str
    """The nonce of the challenge, or the next nonce that the server has named (`nextnonce`)."""
    nonce_count: int
    cnonce: str
    qop: str
    """The quality of protection: `auth`, `auth-int` or empty."""


class User(NamedTuple):
    """The name and the password of a user."""

    username: str
    password: str


def choose_challenge(lines: Iterable[str]) -> DigestChallenge | None:
    """The Digest challenge with the strongest known algorithm; None if callbox cannot answer any of them.

    >>> choose_challenge(['Basic realm="x", Digest realm="a", nonce="n", qop="auth-int, auth"']).qops
    ('auth', 'auth-int')
    """
    challenges = (_read_digest_challenge(c) for c in read_challenges(lines) if c.scheme == "digest")
    return min((d for d in challenges if d is not None), key=lambda d: list(_HASHES).index(_name(d)), default=None)


def choose_qop(challenge: DigestChallenge, content: Content | None) -> str | None:
    """The quality of protection for this request. None if the body would have to be read twice, which is impossible.

    `auth` is chosen if it is offered: servers are tested with it, and it does not read a large file twice.
    """
    if not challenge.qops or "auth" in challenge.qops:
        return "auth" if challenge.qops else ""
    return None if content is not None and not content.is_replayable else "auth-int"


def write_credentials(challenge: DigestChallenge, user: User, signed: SignedRequest) -> tuple[str, str]:
    """The credentials after the word `Digest `, and the `rspauth` by which the server must prove itself."""
    user = _normalized(challenge, user)
    key = _session_key(challenge, user, signed)
    a2 = f"{signed.method}:{signed.target}"
    if signed.qop == "auth-int":
        a2 += f":{_hash_body(challenge, signed.content)}"
    fields = [
        *_username_fields(challenge, user),
        f"realm={_quoted(challenge.realm)}",
        f"nonce={_quoted(signed.nonce)}",
        f"uri={_quoted(signed.target)}",
        f'response="{_response(challenge, key, signed, a2)}"',
    ]
    if challenge.algorithm:
        fields.append(f"algorithm={challenge.algorithm}")
    if signed.qop:
        fields += [f"qop={signed.qop}", f"nc={signed.nonce_count:08x}"]
    if signed.qop or is_session(challenge):
        fields.append(f"cnonce={_quoted(signed.cnonce)}")
    if challenge.opaque is not None:
        fields.append(f"opaque={_quoted(challenge.opaque)}")
    return ", ".join(fields), _response(challenge, key, signed, f":{signed.target}")


def has_control(text: str) -> bool:
    """Whether the challenge contains a control character, which could not be sent back."""
    return _CONTROL.search(text) is not None


def is_session(challenge: DigestChallenge) -> bool:
    """Whether the key is made once for a challenge and its first answer (`MD5-sess`)."""
    return challenge.algorithm[-5:].upper() == "-SESS"


def _read_digest_challenge(challenge: Challenge) -> DigestChallenge | None:
    parameters = challenge.parameters
    realm, nonce, opaque = parameters.get("realm"), parameters.get("nonce"), parameters.get("opaque")
    if realm is None or not nonce or has_control(f"{realm}{nonce}{opaque}"):
        return None
    offered = {word.strip().lower() for word in parameters.get("qop", "").split(",")} - {""}
    qops = tuple(word for word in ("auth", "auth-int") if word in offered)
    found = DigestChallenge(
        realm=realm,
        nonce=nonce,
        algorithm=parameters.get("algorithm", ""),
        opaque=opaque,
        qops=qops,
        is_stale=parameters.get("stale", "").lower() == "true",
        hashes_username=parameters.get("userhash", "").lower() == "true",
        is_utf8=parameters.get("charset", "").lower() == "utf-8",
        domain=parameters.get("domain", ""),
    )
    is_known = _HASHES.get(_name(found), "") in hashlib.algorithms_available
    return found if is_known and (qops or not offered) else None


def _name(challenge: DigestChallenge) -> str:
    return (challenge.algorithm or "MD5").upper().removesuffix("-SESS")


def _normalized(challenge: DigestChallenge, user: User) -> User:
    """The user and password in composed form. With `charset=UTF-8`, both sides agree on this form (section 4)."""
    return User(normalize("NFC", user.username), normalize("NFC", user.password)) if challenge.is_utf8 else user


def _session_key(challenge: DigestChallenge, user: User, signed: SignedRequest) -> str:
    key = _hash(challenge, b":".join((_utf8(user.username), _latin(challenge.realm), _utf8(user.password))))
    if is_session(challenge):
        # nonce-prime (section 3.4.2) is the nonce of the challenge, and cnonce-prime is the cnonce of its first answer
        key = _hash(challenge, b":".join((key.encode(), _latin(challenge.nonce), signed.cnonce.encode())))
    return key


def _response(challenge: DigestChallenge, key: str, signed: SignedRequest, a2: str) -> str:
    middle = [f"{signed.nonce_count:08x}".encode(), signed.cnonce.encode(), signed.qop.encode()] if signed.qop else []
    digested = _hash(challenge, _utf8(a2)).encode()
    return _hash(challenge, b":".join((key.encode(), _latin(signed.nonce), *middle, digested)))


def _username_fields(challenge: DigestChallenge, user: User) -> list[str]:
    if challenge.hashes_username:
        hidden = _hash(challenge, _utf8(user.username) + b":" + _latin(challenge.realm))
        return [f'username="{hidden}"', "userhash=true"]
    if challenge.is_utf8 and not _PLAIN.match(user.username):
        # RFC 8187 section 3.2.1; a server of RFC 2617 would not find `username`
        return [f"username*=UTF-8''{quote(_utf8(user.username), safe='')}"]
    return [f"username={_quoted(_utf8(user.username).decode('latin-1'))}"]


def _hash(challenge: DigestChallenge, data: bytes) -> str:
    return hashlib.new(_HASHES[_name(challenge)], data, usedforsecurity=False).hexdigest()


def _hash_body(challenge: DigestChallenge, content: Content | None) -> str:
    digest = hashlib.new(_HASHES[_name(challenge)], usedforsecurity=False)
    for piece in content.chunks() if content is not None else ():
        digest.update(piece)
    return digest.hexdigest()


def _latin(text: str) -> bytes:
    """The bytes of a text of the server, since headers are decoded as Latin-1."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return _utf8(text)


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_MAX_REALMS = 100
"""The most realms that are stored. A server that names a new realm in each response must not fill the memory."""
_Key = tuple[str, str]
"""The origin and the realm."""


class _ProtectionSpace(NamedTuple):
    """A protection space: the URLs for which a challenge holds, and how often its nonce was used."""

    challenge: DigestChallenge
    prefixes: tuple[str, ...]
    """The prefixes of the URLs in the protection space (RFC 7616 section 3.3, `domain`)."""
    nonce: str
    nonce_count: int
    cnonce: str
    """The cnonce of the first answer, which `-sess` algorithms use in all later answers, too."""


class DigestAuthorization(Secret):
    """The value of an Authorization field, and the data to check the server's proof."""

    __slots__ = ("attempt", "key", "nonce", "rspauth")
    is_single_use = True

    def __init__(self, text: str, attempt: int, key: _Key, nonce: str, rspauth: str) -> None:
        super().__init__(text, "Digest ")
        self.attempt = attempt
        """The number of this answer; 0 if the field was sent before any challenge."""
        self.key = key
        self.nonce = nonce
        self.rspauth = rspauth
        """The `rspauth` of a server that knows the password; empty if it depends on the response body."""


class Digest(Auth):
    """A user and a password that are never sent themselves.

    `make_nonce` returns the client's nonces, which must not be predictable.
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
        self._spaces: dict[_Key, _ProtectionSpace] = {}
        """The protection spaces by key, the latest last."""

    def fields(self, request: Signable) -> SignedFields:
        """The Authorization field if a challenge is known for this URL; else no field."""
        with self._lock:
            key = self._find_space(request.url)
            if key is None:
                return ()
            space = self._spaces[key] = _with_next_count(self._spaces[key])
        return self._sign(request, key, space, 0) or ()

    def answer(self, request: Signable, response: ResponseHead) -> SignedFields | None:
        """The answer to the strongest known challenge of this 401 response.

        None if the response has no known challenge, or if the server refused the last answer for another reason than an
        old nonce. A proxy (407) must not learn the credential, so it gets no answer.
        """
        if response.status != 401:
            return None
        challenge = choose_challenge(response.headers.getlist("WWW-Authenticate"))
        before = _previous_attempt(request)
        if challenge is None or not _may_answer(before, challenge):
            return None
        key = (request.url.origin, challenge.realm)
        return self._sign(request, key, self._start_space(request.url, key, challenge), before[0] + 1)

    def learn(self, request: Signable, response: ResponseHead) -> tuple[str, ...]:
        """Use the next nonce that a response names, unless the server failed to prove that it knows the password."""
        field = _find_field(request)
        if not isinstance(field, DigestAuthorization):
            return ()
        parameters = read_parameters(response.headers.get("Authentication-Info") or "")
        rspauth = parameters.get("rspauth", "").lower()
        if rspauth and field.rspauth and rspauth != field.rspauth:
            return (f"{request.url.origin} did not prove that it knows the password (rspauth is wrong)",)
        if parameters.get("nextnonce"):
            self._set_next_nonce(field, parameters["nextnonce"])
        return ()

    def secrets(self) -> tuple[str, ...]:
        """The password."""
        return (self.password,)

    def describe(self) -> str:
        """The user, as in `digest ann`."""
        return f"digest {self.username}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Digest) and (other.username, other.password) == (self.username, self.password)

    def __hash__(self) -> int:
        return hash((self.username, self.password))

    def __reduce__(self) -> tuple[type[Digest], tuple[str, str, Callable[[], str]]]:
        # A lock cannot be copied, and a copy must not go on counting the nonces of the original.
        return Digest, (self.username, self.password, self._make_nonce)

    def _find_space(self, url: Url) -> _Key | None:
        """The protection space of this URL: the one with the longest prefix.

        If several prefixes are equally long, the latest space.
        """
        best: tuple[int, _Key] | None = None
        for key, space in self._spaces.items():
            if key[0] == url.origin:
                reach = max((len(p) for p in space.prefixes if url.target.startswith(p)), default=0)
                if reach and (best is None or reach >= best[0]):
                    best = reach, key
        return best and best[1]

    def _start_space(self, url: Url, key: _Key, challenge: DigestChallenge) -> _ProtectionSpace:
        """Enter the protection space of a challenge. If its nonce was already used, the count continues."""
        cnonce = self._make_nonce()
        with self._lock:
            old = self._spaces.pop(key, None)
            count = old.nonce_count if old is not None and old.nonce == challenge.nonce else 0
            space = _ProtectionSpace(
                challenge=challenge,
                prefixes=_prefixes(challenge, url),
                nonce=challenge.nonce,
                nonce_count=count + 1,
                cnonce=cnonce,
            )
            self._spaces[key] = space
            if len(self._spaces) > _MAX_REALMS:
                del self._spaces[next(iter(self._spaces))]
        return space

    def _set_next_nonce(self, field: DigestAuthorization, nonce: str) -> None:
        with self._lock:
            space = self._spaces.get(field.key)
            if space is not None and space.nonce == field.nonce and nonce != field.nonce and not has_control(nonce):
                self._spaces[field.key] = space._replace(nonce=nonce, nonce_count=0)

    def _sign(self, request: Signable, key: _Key, space: _ProtectionSpace, attempt: int) -> SignedFields | None:
        challenge = space.challenge
        qop = choose_qop(challenge, request.content)
        if qop is None:
            return None
        is_first = attempt > 0 or is_session(challenge)
        cnonce = space.cnonce if is_first else self._make_nonce()
        signed = SignedRequest(
            method=request.method,
            target=request.url.target,
            content=request.content,
            nonce=space.nonce,
            nonce_count=space.nonce_count,
            cnonce=cnonce,
            qop=qop,
        )
        text, rspauth = write_credentials(challenge, User(self.username, self.password), signed)
        # With auth-int, the server's proof covers the body of its response, which has not arrived yet.
        field = DigestAuthorization(text, attempt, key, space.nonce, rspauth if qop == "auth" else "")
        return (("Authorization", field),)


def _with_next_count(space: _ProtectionSpace) -> _ProtectionSpace:
    return space._replace(nonce_count=space.nonce_count + 1)


def _prefixes(challenge: DigestChallenge, url: Url) -> tuple[str, ...]:
    """The prefixes of targets on this origin for which the challenge holds. Other origins in `domain` are ignored."""
    words = challenge.domain.split()[:_MAX_REALMS]
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


def _may_answer(before: tuple[int, str], challenge: DigestChallenge) -> bool:
    """Whether to answer a challenge: always the first time, and again only if the server says that only the nonce was
    old.
    """
    attempt, nonce = before
    return attempt == 0 or (attempt == 1 and challenge.is_stale and challenge.nonce != nonce)


def _previous_attempt(request: Signable) -> tuple[int, str]:
    """How often this request was answered, and the nonce of the last answer."""
    value = _find_field(request)
    if isinstance(value, DigestAuthorization):
        return value.attempt, value.nonce
    text = "" if value is None else reveal(value)
    if text[:7].lower() != "digest ":
        return 0, ""
    # The field was made by a program or copied as text. Then the first use of a nonce counts as an answer.
    parameters = read_parameters(text[7:])
    return int(parameters.get("nc", "00000001").lstrip("0") == "1"), parameters.get("nonce", "")


def _find_field(request: Signable) -> str | Secret | None:
    for field in getattr(request, "headers", ()):
        if field.name.lower() == "authorization":
            value: str | Secret = field.value
            return value
    return None
