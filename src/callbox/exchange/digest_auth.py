"""Digest authentication (RFC 7616).

The functions in the first part compute the answer to a challenge and have no state. The class `Digest` stores the
challenges of each origin, and counts the uses of each nonce. So it can also authenticate a request before the server
has sent a challenge for it.
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
"""The hash function for each algorithm of Digest, the best first. SHA-512-256 comes after the equally strong SHA-256,
because its example in RFC 7616 is wrong (erratum 4897) and some servers follow the example. No RFC defines SHA and
SHA-512 for Digest, but Requests supports them.
"""
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_PLAIN = re.compile(r"[\x20-\x7e]*\Z")


class DigestChallenge(NamedTuple):
    """A Digest challenge that callbox can answer."""

    realm: str
    nonce: str
    algorithm: str = ""
    """The algorithm as the server spelled it. Empty, which means MD5, if the server named no algorithm."""
    opaque: str | None = None
    qops: tuple[str, ...] = ()
    """The qualities of protection that the server offers: `auth`, and `auth-int`, which also signs the body. Empty for
    a server of RFC 2069.
    """
    is_stale: bool = False
    """Whether the server refused the last answer only because its nonce was old. User and password may be right."""
    hashes_username: bool = False
    """Whether the server wants the name of the user as a hash (section 3.4.4)."""
    is_utf8: bool = False
    """Whether the server accepts UTF-8, which means that it follows RFC 7616."""
    domain: str = ""
    """The URLs to which this challenge applies, separated by blanks; empty for the whole server."""


class SignedRequest(NamedTuple):
    """The parts of a request from which callbox computes the digest."""

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
    """Choose the Digest challenge with the strongest algorithm. Returns None if callbox cannot answer any of the
    challenges.

    >>> choose_challenge(['Basic realm="x", Digest realm="a", nonce="n", qop="auth-int, auth"']).qops
    ('auth', 'auth-int')
    """
    challenges = (_read_digest_challenge(c) for c in read_challenges(lines) if c.scheme == "digest")
    return min((d for d in challenges if d is not None), key=lambda d: list(_HASHES).index(_name(d)), default=None)


def choose_qop(challenge: DigestChallenge, content: Content | None) -> str | None:
    """Choose the quality of protection for a request: `auth`, `auth-int`, or empty for a server of RFC 2069. If the
    server offers `auth`, it is chosen, because servers are tested with it, and the body need not be read twice. Returns
    None if the server offers only `auth-int` and the body can be read only once.
    """
    if not challenge.qops or "auth" in challenge.qops:
        return "auth" if challenge.qops else ""
    return None if content is not None and not content.is_replayable else "auth-int"


def write_credentials(challenge: DigestChallenge, user: User, signed: SignedRequest) -> tuple[str, str]:
    """Compute the value of the Authorization field, without the word `Digest `. Also returns the `rspauth` with which
    the server must prove that it knows the password.
    """
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
    """Whether a text of a challenge contains a control character, so that it cannot be sent back in a header."""
    return _CONTROL.search(text) is not None


def is_session(challenge: DigestChallenge) -> bool:
    """Whether the algorithm computes its key only once, for the first answer to a challenge (`MD5-sess`)."""
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
    """The user and the password in the Unicode form that `charset=UTF-8` requires (NFC, section 4)."""
    return User(normalize("NFC", user.username), normalize("NFC", user.password)) if challenge.is_utf8 else user


def _session_key(challenge: DigestChallenge, user: User, signed: SignedRequest) -> str:
    key = _hash(challenge, b":".join((_utf8(user.username), _latin(challenge.realm), _utf8(user.password))))
    if is_session(challenge):
        # `nonce-prime` of section 3.4.2 is the nonce of the challenge, and `cnonce-prime` is the cnonce of the first
        # answer.
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
        # This is the notation of RFC 8187 section 3.2.1. A server of RFC 2617 does not understand it.
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
    """The bytes that the server sent for this text. Headers of a response are decoded as Latin-1."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return _utf8(text)


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_MAX_REALMS = 100
"""How many realms `Digest` remembers. A server that names a new realm in each response must not fill the memory."""
_Key = tuple[str, str]
"""The origin and the realm."""


class _ProtectionSpace(NamedTuple):
    """A challenge, the URLs to which it applies (RFC 7616: the protection space), and how often its nonce was used."""

    challenge: DigestChallenge
    prefixes: tuple[str, ...]
    """The prefixes of the URLs in the protection space (RFC 7616 section 3.3, `domain`)."""
    nonce: str
    nonce_count: int
    cnonce: str
    """The cnonce of the first answer. With a `-sess` algorithm, all later answers use it, too."""


class DigestAuthorization(Secret):
    """The value of an Authorization field, with the data that `Digest` needs when the response arrives."""

    __slots__ = ("attempt", "key", "nonce", "rspauth")
    is_single_use = True

    def __init__(self, text: str, attempt: int, key: _Key, nonce: str, rspauth: str) -> None:
        super().__init__(text, "Digest ")
        self.attempt = attempt
        """How many challenges this request has answered; 0 if the field was sent before any challenge."""
        self.key = key
        self.nonce = nonce
        self.rspauth = rspauth
        """The `rspauth` that the server must send to prove that it knows the password; empty if it depends on the body
        of the response.
        """


class Digest(Auth):
    """Digest authentication with a user and a password. The password itself is never sent. `make_nonce` returns a nonce
    of the client, which nobody must be able to predict.
    """

    __slots__ = {
        "_lock": "Held while a nonce is counted.",
        "_make_nonce": "Returns a nonce of the client.",
        "_spaces": "The challenges of servers, by origin and realm.",
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
        """The protection spaces by origin and realm. The space of the newest challenge is the last."""

    def fields(self, request: Signable) -> SignedFields:
        """The Authorization field, if the server has sent a challenge before that applies to this URL; else no
        field.
        """
        with self._lock:
            key = self._find_space(request.url)
            if key is None:
                return ()
            space = self._spaces[key] = _with_next_count(self._spaces[key])
        return self._sign(request, key, space, 0) or ()

    def answer(self, request: Signable, response: ResponseHead) -> SignedFields | None:
        """The Authorization field that answers the strongest Digest challenge of this 401 response. None if callbox
        knows none of the challenges, or if the server has refused an answer to this request for another reason than an
        old nonce. None for 407, because a proxy must not get the credential of the server.
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
        """Read Authentication-Info: check that the server has proved that it knows the password, and store the next
        nonce. If the proof is wrong, returns a message and stores nothing.
        """
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
        # A lock cannot be copied. And a copy must not count the nonces of the original, because each count may be used
        # once.
        return Digest, (self.username, self.password, self._make_nonce)

    def _find_space(self, url: Url) -> _Key | None:
        """Find the protection space of a URL, which is the space with the longest prefix of the URL. Returns its key.
        If the prefixes of several spaces are equally long, the newest space counts.
        """
        best: tuple[int, _Key] | None = None
        for key, space in self._spaces.items():
            if key[0] == url.origin:
                reach = max((len(p) for p in space.prefixes if url.target.startswith(p)), default=0)
                if reach and (best is None or reach >= best[0]):
                    best = reach, key
        return best and best[1]

    def _start_space(self, url: Url, key: _Key, challenge: DigestChallenge) -> _ProtectionSpace:
        """Store the protection space of a new challenge. If the nonce is still the old one, its count continues."""
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
        # With `auth-int`, the proof of the server depends on the body of the response, which has not arrived yet.
        field = DigestAuthorization(text, attempt, key, space.nonce, rspauth if qop == "auth" else "")
        return (("Authorization", field),)


def _with_next_count(space: _ProtectionSpace) -> _ProtectionSpace:
    return space._replace(nonce_count=space.nonce_count + 1)


def _prefixes(challenge: DigestChallenge, url: Url) -> tuple[str, ...]:
    """The prefixes of the targets to which a challenge applies, from its `domain`. URLs of other origins are
    ignored.
    """
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
    """Whether to answer a challenge. The first challenge of a request is answered. The second is answered only if the
    server says that nothing but the nonce was wrong.
    """
    attempt, nonce = before
    return attempt == 0 or (attempt == 1 and challenge.is_stale and challenge.nonce != nonce)


def _previous_attempt(request: Signable) -> tuple[int, str]:
    """How many challenges this request has answered, and the nonce of the last answer."""
    value = _find_field(request)
    if isinstance(value, DigestAuthorization):
        return value.attempt, value.nonce
    text = "" if value is None else reveal(value)
    if text[:7].lower() != "digest ":
        return 0, ""
    # A program made this field, or the user copied it as text. The first use of a nonce counts as an answer.
    parameters = read_parameters(text[7:])
    return int(parameters.get("nc", "00000001").lstrip("0") == "1"), parameters.get("nonce", "")


def _find_field(request: Signable) -> str | Secret | None:
    for field in getattr(request, "headers", ()):
        if field.name.lower() == "authorization":
            value: str | Secret = field.value
            return value
    return None
