"""A jar of http.cookiejar's kind that a session holds: read before each request, written after each answer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import RLock
from typing import Any, TypeVar

from callbox.exchange.cookies import Cookie, Jar
from callbox.face.cookie import JarCookie, core_of
from callbox.face.cookies import foreign_cookie
from callbox.system import clock

T = TypeVar("T")
_Key = tuple[str, str, str]


class ForeignJar:
    """That very object, and our own jar of what it held when it was last looked at.

    Its own lock is taken where it has one, as http.cookiejar's have: threads that share the session lose none of each
    other's cookies, nor those that the program puts in. What an answer did not change is not written.
    """

    def __init__(self, held: Any) -> None:
        self.held = held
        """The jar that was assigned."""
        self._lock = getattr(held, "_cookies_lock", None) or RLock()
        self._known = Jar()

    def read(self) -> Jar:
        """Our own jar of what it holds at this moment."""
        with self._lock:
            known = {_key(cookie): cookie for cookie in self._known.snapshot()}
            jar, now = Jar(trust_localhost=self._known.trust_localhost), clock.now()
            for cookie in list(self.held):
                core = core_of(cookie)
                before = known.get((cookie.domain, cookie.path, cookie.name))
                if before is not None:  # the other kind writes `printer` and `printer.local` alike
                    core = core._replace(domain=before.domain)
                # What is still the same keeps what the other kind cannot say: its times, and who had set it.
                jar.put(before if before is not None and _is_same(before, core) else core, now)
            self._known = jar
        return jar

    def learn(self, store: Callable[[Jar], T]) -> tuple[Jar, T]:
        """Let an answer change our jar, and write what it has changed."""
        with self._lock:
            jar = self.read()
            before = {_key(cookie): cookie for cookie in jar.snapshot()}
            told = store(jar)
            after = {_key(cookie): cookie for cookie in jar.snapshot()}
            for key in before.keys() - after.keys():
                with suppress(KeyError):  # the program has taken it out meanwhile
                    self.held.clear(*key)
            for key, cookie in after.items():
                if key not in before or not _is_same(before[key], cookie):
                    self.held.set_cookie(foreign_cookie(cookie))
        return jar, told


def _key(cookie: Cookie) -> _Key:
    return JarCookie(cookie).domain, cookie.path, cookie.name


def _is_same(one: Cookie, other: Cookie) -> bool:
    return (one.value, one.secure, one.http_only, one.same_site) == (
        other.value, other.secure, other.http_only, other.same_site,
    ) and _whole(one.expires) == _whole(other.expires)  # fmt: skip


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else int(seconds)
