"""`PracticeState`, the state of the server in memory: the data, logins, digest nonces and counted attempts.

Each class has its own lock and a maximum size, so that no client can make it grow without limit.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import NamedTuple

from callbox.practice.library_data import Library

USER = "ann"
PASSWORD = "secret"  # this password of the practice API is published, and protects nothing
FIXED_TOKEN = "letmein"

_LIMIT = 1_000


class Login(NamedTuple):
    """One login: the user, the value of the `sid` cookie, and the token for `Authorization: Bearer`."""

    user: str
    sid: str
    token: str


class Sessions:
    """The current logins."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_key: OrderedDict[str, Login] = OrderedDict()

    def open(self, user: str) -> Login:
        """Create a login."""
        login = Login(user, secrets.token_hex(12), secrets.token_urlsafe(24))
        with self._lock:
            self._by_key[login.sid] = self._by_key[login.token] = login
            while len(self._by_key) > _LIMIT:
                self._by_key.popitem(last=False)
        return login

    def find(self, key: str) -> Login | None:
        """The login of a sid or a token."""
        if key == FIXED_TOKEN:
            return Login(USER, "", FIXED_TOKEN)
        return self._by_key.get(key)

    def end(self, key: str) -> None:
        """End the login of a sid or a token; its other key is removed too."""
        with self._lock:
            login = self._by_key.get(key)
            if login is not None:
                self._by_key.pop(login.sid, None)
                self._by_key.pop(login.token, None)


class Nonces:
    """The nonces of digest authentication, with the counts already used (RFC 7616 section 3.4)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used: OrderedDict[str, set[str]] = OrderedDict()

    def issue(self) -> str:
        """A new nonce."""
        nonce = secrets.token_hex(16)
        with self._lock:
            self._used[nonce] = set()
            while len(self._used) > _LIMIT:
                self._used.popitem(last=False)
        return nonce

    def use(self, nonce: str, count: str, most: int) -> bool:
        """Whether this count of this nonce is new. It is not new at its second use, or after `most` uses."""
        with self._lock:
            used = self._used.get(nonce)
            if used is None or count in used or len(used) >= min(most, _LIMIT):
                return False
            used.add(count)
            return True


class Attempts:
    """Counts the attempts for each key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: OrderedDict[str, int] = OrderedDict()

    def count(self, key: str) -> int:
        """The number of this attempt, from 1."""
        with self._lock:
            number = self._counts.pop(key, 0) + 1
            self._counts[key] = number
            if len(self._counts) > _LIMIT:
                self._counts.popitem(last=False)
            return number


@dataclass(slots=True)
class PracticeState:
    """The state shared by all calls: the data, the logins, the nonces, and the two URLs."""

    urls: tuple[str, str] = ("", "")
    library: Library = field(default_factory=Library)
    sessions: Sessions = field(default_factory=Sessions)
    nonces: Nonces = field(default_factory=Nonces)
    attempts: Attempts = field(default_factory=Attempts)
