"""The arithmetic of digest authentication (RFC 7616 section 3.4): what is asked for, and the text that answers it.

Values only; which nonce is used when, and how often, is kept in `digest`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import quote

from callbox.exchange.challenge import Challenge, read_challenges
from callbox.exchange.content import Content

_HASHES = {"SHA-512": "sha512", "SHA-256": "sha256", "SHA-512-256": "sha512_256", "SHA": "sha1", "MD5": "md5"}
"""Best first. SHA-512-256 comes after its equal SHA-256: RFC 7616's own example of it is wrong (erratum 4897), and so
are servers made after it. SHA and SHA-512 stand in no RFC; Requests answers them."""
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_PLAIN = re.compile(r"[\x20-\x7e]*\Z")


class Demand(NamedTuple):
    """A Digest challenge that can be answered."""

    realm: str
    nonce: str
    algorithm: str = ""
    """As the server spelled it; empty where it named none, which means MD5."""
    opaque: str | None = None
    qops: tuple[str, ...] = ()
    """Of `auth` and `auth-int` (the body is signed too) those offered; none of them in RFC 2069."""
    is_stale: bool = False
    """Only the nonce was too old: user and password may well be right."""
    hides_name: bool = False
    """The user's name is sent as a hash (section 3.4.4)."""
    is_utf8: bool = False
    """The server says that it reads UTF-8, and thereby that it knows RFC 7616."""
    domain: str = ""
    """Where the same credentials hold, URLs parted by blanks; empty for the whole server."""


class Turn(NamedTuple):
    """One request, as far as it is signed."""

    method: str
    target: str
    content: Content | None
    nonce: str
    """The demand's own, or the one that followed it (`nextnonce`)."""
    used: int
    cnonce: str
    qop: str
    """`auth`, `auth-int` or empty."""


class Identity(NamedTuple):
    """Who asks."""

    username: str
    password: str


def choose_demand(lines: Iterable[str]) -> Demand | None:
    """The Digest challenge with the strongest algorithm that is known here; None where none can be answered.

    >>> choose_demand(['Basic realm="x", Digest realm="a", nonce="n", qop="auth-int, auth"']).qops
    ('auth', 'auth-int')
    """
    demands = (_read_demand(c) for c in read_challenges(lines) if c.scheme == "digest")
    return min((d for d in demands if d is not None), key=lambda d: list(_HASHES).index(_name(d)), default=None)


def choose_qop(demand: Demand, content: Content | None) -> str | None:
    """How this request is signed; None where it cannot be: its body would have to be read twice.

    `auth` where it is offered: that is what servers are tried with, and a large file is not read twice.
    """
    if not demand.qops or "auth" in demand.qops:
        return "auth" if demand.qops else ""
    return None if content is not None and not content.is_replayable else "auth-int"


def write_answer(demand: Demand, who: Identity, turn: Turn) -> tuple[str, str]:
    """What follows `Digest ` in the request, and the `rspauth` by which the server proves itself."""
    who = _normal(demand, who)
    key = _key(demand, who, turn)
    said = f"{turn.method}:{turn.target}"
    if turn.qop == "auth-int":
        said += f":{_hash_body(demand, turn.content)}"
    fields = [
        *_write_name(demand, who),
        f"realm={_quoted(demand.realm)}",
        f"nonce={_quoted(turn.nonce)}",
        f"uri={_quoted(turn.target)}",
        f'response="{_response(demand, key, turn, said)}"',
    ]
    if demand.algorithm:
        fields.append(f"algorithm={demand.algorithm}")
    if turn.qop:
        fields += [f"qop={turn.qop}", f"nc={turn.used:08x}"]
    if turn.qop or is_session(demand):
        fields.append(f"cnonce={_quoted(turn.cnonce)}")
    if demand.opaque is not None:
        fields.append(f"opaque={_quoted(demand.opaque)}")
    return ", ".join(fields), _response(demand, key, turn, f":{turn.target}")


def has_control(text: str) -> bool:
    """Whether this would have to be sent back and cannot: it holds a control character."""
    return _CONTROL.search(text) is not None


def is_session(demand: Demand) -> bool:
    """Whether the key is made once for a challenge and its first answer (`MD5-sess`)."""
    return demand.algorithm[-5:].upper() == "-SESS"


def _read_demand(challenge: Challenge) -> Demand | None:
    said = challenge.parameters
    realm, nonce, opaque = said.get("realm"), said.get("nonce"), said.get("opaque")
    if realm is None or not nonce or has_control(f"{realm}{nonce}{opaque}"):
        return None
    offered = {word.strip().lower() for word in said.get("qop", "").split(",")} - {""}
    qops = tuple(word for word in ("auth", "auth-int") if word in offered)
    demand = Demand(
        realm,
        nonce,
        said.get("algorithm", ""),
        opaque,
        qops,
        said.get("stale", "").lower() == "true",
        said.get("userhash", "").lower() == "true",
        said.get("charset", "").lower() == "utf-8",
        said.get("domain", ""),
    )
    is_known = _HASHES.get(_name(demand), "") in hashlib.algorithms_available
    return demand if is_known and (qops or not offered) else None


def _name(demand: Demand) -> str:
    return (demand.algorithm or "MD5").upper().removesuffix("-SESS")


def _normal(demand: Demand, who: Identity) -> Identity:
    """Section 4: with `charset=UTF-8` both sides agree on the composed form."""
    return Identity(normalize("NFC", who.username), normalize("NFC", who.password)) if demand.is_utf8 else who


def _key(demand: Demand, who: Identity, turn: Turn) -> str:
    key = _hash(demand, b":".join((_utf8(who.username), _latin(demand.realm), _utf8(who.password))))
    if is_session(demand):
        # nonce-prime and cnonce-prime of section 3.4.2: those of the challenge and its first answer
        key = _hash(demand, b":".join((key.encode(), _latin(demand.nonce), turn.cnonce.encode())))
    return key


def _response(demand: Demand, key: str, turn: Turn, said: str) -> str:
    middle = [f"{turn.used:08x}".encode(), turn.cnonce.encode(), turn.qop.encode()] if turn.qop else []
    digested = _hash(demand, _utf8(said)).encode()
    return _hash(demand, b":".join((key.encode(), _latin(turn.nonce), *middle, digested)))


def _write_name(demand: Demand, who: Identity) -> list[str]:
    if demand.hides_name:
        hidden = _hash(demand, _utf8(who.username) + b":" + _latin(demand.realm))
        return [f'username="{hidden}"', "userhash=true"]
    if demand.is_utf8 and not _PLAIN.match(who.username):
        # RFC 8187 section 3.2.1; a server of RFC 2617 would look for `username` in vain
        return [f"username*=UTF-8''{quote(_utf8(who.username), safe='')}"]
    return [f"username={_quoted(_utf8(who.username).decode('latin-1'))}"]


def _hash(demand: Demand, data: bytes) -> str:
    return hashlib.new(_HASHES[_name(demand)], data, usedforsecurity=False).hexdigest()


def _hash_body(demand: Demand, content: Content | None) -> str:
    digest = hashlib.new(_HASHES[_name(demand)], usedforsecurity=False)
    for piece in content.chunks() if content is not None else ():
        digest.update(piece)
    return digest.hexdigest()


def _latin(text: str) -> bytes:
    """The bytes that a server's own text was: heads are read as Latin-1."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return _utf8(text)


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
