"""The cookie jar: store the cookies of a response, and select the cookies for a request (RFC 6265bis 5.7 and 5.8).

`CookieStorage` groups cookies by domain, and domains by their last two labels. If a site or the jar has too many
cookies, `evict_excess` deletes some. Cookies that the user set are not counted and not deleted. The storage is not
thread-safe; `Jar` uses it under a lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from heapq import nsmallest
from operator import attrgetter
from threading import RLock
from typing import Final, TypeAlias

from callbox.errors import CallboxError
from callbox.exchange.cookies.cookie import CONTROL, Cookie, CookieRefusal, Evicted, Outcome, Stored, parse_set_cookie
from callbox.exchange.cookies.policy import (
    MAX_HOST,
    Origin,
    accept_cookie,
    canonical_domain,
    canonical_host,
    domain_matches,
    is_address,
    is_localhost,
    path_matches,
    registrable_domain,
)

Key: TypeAlias = tuple[str, bool, str]
"""The name, host-only flag and path of a cookie. With the domain, they identify the cookie (section 5.7, step 23)."""
_NEVER: Final = float("inf")


class StoredCookie:
    """A cookie in the storage, and copies of the fields that each request reads. Each request changes the time of the
    last access. So this time is here and not in the immutable `Cookie`, which would have to be made again.
    """

    __slots__ = ("cookie", "expires", "last_access", "order", "path", "secure", "serial")

    def __init__(self, cookie: Cookie, serial: int) -> None:
        self.cookie = cookie
        self.path = cookie.path
        self.secure = cookie.secure
        self.expires = _NEVER if cookie.expires is None else cookie.expires
        self.last_access = cookie.last_access
        self.serial = serial
        self.order = (-len(cookie.path), cookie.created, serial)

    def current(self) -> Cookie:
        """The cookie, with the time of its last access."""
        if self.cookie.last_access == self.last_access:
            return self.cookie
        return self.cookie._replace(last_access=self.last_access)


class CookieStorage:
    """All cookies of a jar. `buckets` has the cookies of each domain; a domain without cookies is not in it."""

    __slots__ = ("buckets", "counted", "groups", "last", "next_expiry", "serial", "size")

    def __init__(self) -> None:
        self.buckets: dict[str, dict[Key, StoredCookie]] = {}
        self.groups: dict[str, set[str]] = {}
        self.size = 0
        self.counted = 0
        """The number of cookies that count for the limits, which are those that responses have set."""
        self.serial = 0
        self.last: StoredCookie | None = None
        """The cookie that was stored last."""
        self.next_expiry = _NEVER
        """No cookie expires before this time. The first cookie may expire later than this."""

    def get(self, cookie: Cookie) -> StoredCookie | None:
        """Find the stored cookie with the same domain and key. None if there is none."""
        bucket = self.buckets.get(cookie.domain)
        return bucket.get(_key(cookie)) if bucket else None

    def place(self, cookie: Cookie) -> None:
        """Store a cookie. If it replaces another cookie, it gets the position of the other cookie in the order."""
        old = self.take(cookie)
        self.serial += 1
        entry = StoredCookie(cookie, old.serial if old else self.serial)
        bucket = self.buckets.get(cookie.domain)
        if bucket is None:
            bucket = self.buckets[cookie.domain] = {}
            self.groups.setdefault(_group(cookie.domain), set()).add(cookie.domain)
        bucket[_key(cookie)] = self.last = entry
        self.size += 1
        self.counted += not cookie.is_manual
        self.next_expiry = min(self.next_expiry, entry.expires)

    def take(self, cookie: Cookie) -> StoredCookie | None:
        """Remove and return the stored cookie with the same domain and key. None if there is none."""
        bucket = self.buckets.get(cookie.domain)
        entry = bucket.pop(_key(cookie), None) if bucket else None
        if entry is None:
            return None
        self.size -= 1
        self.counted -= not entry.cookie.is_manual
        if not bucket:
            self._forget(cookie.domain)
        return entry

    def move_last(self, place: int) -> None:
        """Move the cookie that was stored last to this position (`serial`) in the order."""
        entry = self.last
        if entry is not None:
            entry.serial = place
            entry.order = (*entry.order[:2], place)

    def entries(self) -> Iterator[StoredCookie]:
        """All stored cookies."""
        for bucket in self.buckets.values():
            yield from bucket.values()

    def reachable(self, host: str, is_user_host: bool) -> list[StoredCookie]:
        """The cookies that may be sent to this host: the cookies of the host, and those cookies of its parent domains
        that are not host-only. If the user requested the host, also the cookies without a domain.
        """
        buckets = self.buckets
        own = buckets.get(host) if host else None
        found = list(own.values()) if own else []
        if is_user_host and "" in buckets:
            found += buckets[""].values()
        if len(host) > MAX_HOST:
            return found
        parent = host.partition(".")[2]
        while parent:
            bucket = buckets.get(parent)
            if bucket and not is_address(host):
                found += [entry for entry in bucket.values() if not entry.cookie.host_only]
            parent = parent.partition(".")[2]
        return found

    def would_shadow_secure(self, cookie: Cookie) -> bool:
        """Whether a server could get this cookie in place of a stored Secure cookie of the same name (section 5.7, step
        16).
        """
        return any(
            entry.secure and entry.cookie.name == cookie.name and path_matches(cookie.path, entry.path)
            for domain in self._relatives(cookie.domain)
            for entry in self.buckets[domain].values()
        )

    def group(self, domain: str) -> set[str]:
        """The domains in the storage whose last two labels are those of `domain`. All domains of one owner are among
        them.
        """
        return self.groups.get(_group(domain), set())

    def _relatives(self, domain: str) -> Iterator[str]:
        # A host of a single label ("localhost") and its subdomains are in different groups, so all domains are
        # searched. Such hosts are rare.
        near = {*self.group(domain), domain.rpartition(".")[2]} & self.buckets.keys()
        for other in near if "." in domain else self.buckets:
            if domain_matches(domain, other) or domain_matches(other, domain):
                yield other

    def _forget(self, domain: str) -> None:
        del self.buckets[domain]
        group = self.groups[_group(domain)]
        group.discard(domain)
        if not group:
            del self.groups[_group(domain)]


def _key(cookie: Cookie) -> Key:
    return (cookie.name, cookie.host_only, cookie.path)


def _group(domain: str) -> str:
    # The group stands for the registrable domain, which only the list of public suffixes could tell exactly. A group
    # contains all names of a registrable domain, and perhaps those of other owners.
    if is_address(domain):
        return domain
    return ".".join(domain.rsplit(".", 2)[-2:])


MAX_PER_SITE: Final = 180
"""How many cookies the jar stores for one registrable domain. Browsers store about as many."""

MAX_TOTAL_BYTES: Final = 12_000


def evict_excess(storage: CookieStorage, host: str, reported: set[str]) -> list[Evicted]:
    """Delete the cookies beyond the limits, after a response of `host` has set cookies. Returns an `Evicted` for each
    limit. `reported` has the limits that were reported before; the function adds the new ones.
    """
    if storage.counted <= MAX_PER_SITE:
        return []
    evictions = []
    if site := _evict(storage, _site_entries(storage, host), MAX_PER_SITE, _insecure_first):
        owner = registrable_domain(host)
        evictions.append(_report(site, f"{owner} has more than {MAX_PER_SITE} cookies", owner, reported))
    if storage.counted > MAX_TOTAL_BYTES:
        surplus = _evict(storage, list(storage.entries()), MAX_TOTAL_BYTES, _oldest_first)
        evictions.append(_report(surplus, f"there are more than {MAX_TOTAL_BYTES:,} cookies", "", reported))
    return evictions


def _site_entries(storage: CookieStorage, host: str) -> list[StoredCookie]:
    domains = storage.group(host)
    if sum(len(storage.buckets[domain]) for domain in domains) <= MAX_PER_SITE:
        return []  # In the usual case, the list of public suffixes is not loaded.
    owner = registrable_domain(host)
    return [
        entry for domain in domains if registrable_domain(domain) == owner for entry in storage.buckets[domain].values()
    ]


def _evict(
    storage: CookieStorage, entries: list[StoredCookie], limit: int, order: Callable[[StoredCookie], tuple[float, ...]]
) -> list[StoredCookie]:
    counted = [entry for entry in entries if not entry.cookie.is_manual]
    if len(counted) <= limit:
        return []
    leaving = nsmallest(len(counted) - limit, counted, key=order)
    for entry in leaving:
        storage.take(entry.cookie)
    return leaving


def _insecure_first(entry: StoredCookie) -> tuple[float, ...]:
    # Section 5.7 on excess cookies: cookies without Secure are deleted first, so that responses over http cannot
    # displace a Secure cookie.
    return (entry.secure, entry.last_access, entry.serial)


def _oldest_first(entry: StoredCookie) -> tuple[float, ...]:
    return (entry.last_access, entry.serial)


def _report(entries: list[StoredCookie], fact: str, limit: str, reported: set[str]) -> Evicted:
    is_first_report = limit not in reported
    reported.add(limit)
    return Evicted(
        tuple(entry.current() for entry in entries),
        f"{fact}: the least recently used cookies are deleted",
        is_first_report,
    )


_BY_ORDER: Final = attrgetter("order")
_BY_SERIAL: Final = attrgetter("serial")


class Jar:
    """A cookie jar by RFC 6265bis. Threads may share it. A loop over the jar sees the cookies that were there at its
    start. In all methods, `host` is in lower-case ASCII without a final dot, `path` is the path of the URL without the
    query, and `now` is in seconds of the epoch.

    >>> jar = Jar()
    >>> outcomes = jar.store("api.x", "/login", True, ["sid=1; Path=/; Secure"], now=0.0)
    >>> jar.header("api.x", "/users", True, now=1.0), jar.header("api.x", "/users", False, now=1.0)
    ('sid=1', None)
    """

    def __init__(self, *, trust_localhost: bool = False) -> None:
        self.trust_localhost = trust_localhost
        """Whether this machine may get and set Secure cookies over http."""
        self.version = 0
        """Increases with each change of a cookie. An access is not a change."""
        self._storage = CookieStorage()
        self._reported: set[str] = set()
        self._lock = RLock()

    def store(
        self, url_host: str, url_path: str, is_secure: bool, set_cookie_lines: Sequence[str], now: float
    ) -> list[Outcome]:
        """Store the cookies of the Set-Cookie lines of one response, in order. Returns a `Stored` or a `CookieRefusal`
        for each line, and after them an `Evicted` for each limit that was reached.
        """
        if not set_cookie_lines:
            return []
        host = canonical_host(url_host)
        origin = Origin(host, url_path, is_secure or (self.trust_localhost and is_localhost(host)))
        with self._lock:
            self._sweep(now)
            outcomes: list[Outcome] = [self._follow(line, origin, now) for line in set_cookie_lines]
            if evicted := evict_excess(self._storage, host, self._reported):
                self.version += 1
                outcomes += evicted
        return outcomes

    def select(self, host: str, path: str, is_secure: bool, now: float, *, is_user_host: bool = True) -> list[Cookie]:
        """The cookies for a request, and note that they were used now. Cookies with longer paths come first, then older
        cookies. `is_user_host` is False if a redirect led to a host that the user did not request. Then the cookies
        that the user set without a domain are left out. HttpOnly and SameSite have no effect, because they concern only
        requests of web pages.
        """
        storage = self._storage
        if not storage.buckets:
            return []
        if host[:1] == "[":
            host = canonical_host(host)
        if path[:1] != "/":
            path = "/"
        is_secure = is_secure or (self.trust_localhost and is_localhost(host))
        with self._lock:
            if now >= storage.next_expiry:
                self._sweep(now)
            found = [
                entry
                for entry in storage.reachable(host, is_user_host)
                if (entry.path == "/" or path_matches(path, entry.path)) and (is_secure or not entry.secure)
            ]
            if len(found) > 1:
                found.sort(key=_BY_ORDER)
            for entry in found:
                entry.last_access = now
            return [entry.cookie for entry in found]

    def header(self, host: str, path: str, is_secure: bool, now: float, *, is_user_host: bool = True) -> str | None:
        """The value of the Cookie field for a request; None if no cookie matches. The arguments are those of
        `select`.
        """
        cookies = self.select(host, path, is_secure, now, is_user_host=is_user_host)
        if not cookies:
            return None
        return "; ".join([f"{cookie.name}={cookie.value}" if cookie.name else cookie.value for cookie in cookies])

    def put(self, cookie: Cookie, now: float) -> None:
        """Store a cookie that the user typed or that a file contains, without the checks for cookies of a response.
        Times that the cookie already has stay unchanged. An expired cookie is not stored, and removes the cookie that
        it would replace. The limits of the jar are checked at the next response. Raises `CallboxError` for a cookie
        that cannot be sent.
        """
        cookie = _validated(cookie)
        with self._lock:
            self._set(cookie, now)

    def place_of(self, cookie: Cookie) -> int:
        """The position (from 1) of the stored cookie with the same name, domain, host-only flag and path; -1 if there
        is none.
        """
        with self._lock:
            entry = self._storage.get(cookie)
            return -1 if entry is None else entry.serial

    def move_last(self, place: int) -> None:
        """Move the cookie that was stored last to this position. `undo` calls this to restore the order of the
        cookies.
        """
        with self._lock:
            self._storage.move_last(place)

    def remove(
        self, name: str, domain: str | None = None, path: str | None = None, host_only: bool | None = None
    ) -> list[Cookie]:
        """Remove the cookies with this name and return them. Domain, path and host-only flag must match, too, if
        given.
        """
        with self._lock:
            return self._drop(self._matching(name, domain, path, host_only))

    def clear(self, domain: str | None = None, path: str | None = None, name: str | None = None) -> list[Cookie]:
        """Remove the cookies that match all given arguments and return them. Without arguments, remove all cookies."""
        with self._lock:
            return self._drop(self._matching(name, domain, path))

    def find(
        self, name: str | None, domain: str | None = None, path: str | None = None, host_only: bool | None = None
    ) -> list[Cookie]:
        """The cookies with this name, domain, path and host-only flag, the oldest first. None stands for any value."""
        with self._lock:
            return [entry.current() for entry in self._matching(name, domain, path, host_only)]

    def expire_session_cookies(self) -> list[Cookie]:
        """Remove the cookies without an expiry, as a browser does when it closes. Returns the removed cookies."""
        with self._lock:
            return self._drop(self._where(lambda entry: entry.cookie.expires is None))

    def drop_expired(self, now: float) -> list[Cookie]:
        """Remove the expired cookies and return them. `select` and `store` also remove them."""
        with self._lock:
            return self._sweep(now)

    def snapshot(self) -> tuple[Cookie, ...]:
        """All cookies of the jar, in the order in which they were stored."""
        with self._lock:
            return tuple(entry.current() for entry in self._where(lambda _: True))

    def copy(self) -> Jar:
        """A new jar with the same cookies and settings."""
        copy = Jar(trust_localhost=self.trust_localhost)
        with self._lock:
            copy.version = self.version
            copy._reported = set(self._reported)
            for entry in self._where(lambda _: True):
                copy._storage.place(entry.current())
        return copy

    def __len__(self) -> int:
        return self._storage.size

    def __bool__(self) -> bool:
        return bool(self._storage.buckets)

    def __iter__(self) -> Iterator[Cookie]:
        return iter(self.snapshot())

    def __repr__(self) -> str:
        return f"<Jar: {len(self)} cookies>"

    def __getstate__(self) -> tuple[bool, int, tuple[Cookie, ...]]:
        return (self.trust_localhost, self.version, self.snapshot())

    def __setstate__(self, state: tuple[bool, int, tuple[Cookie, ...]]) -> None:
        Jar.__init__(self, trust_localhost=state[0])
        for cookie in state[2]:
            self._storage.place(cookie)
        self.version = state[1]

    def _follow(self, line: str, origin: Origin, now: float) -> Outcome:
        parsed = parse_set_cookie(line)
        if isinstance(parsed, CookieRefusal):
            return parsed
        cookie = accept_cookie(parsed, origin, now)
        if isinstance(cookie, CookieRefusal):
            return cookie
        if not cookie.secure and not origin.is_secure and self._storage.would_shadow_secure(cookie):
            return CookieRefusal(cookie.name, "it came over http and would hide a Secure cookie of the same name")
        return self._set(cookie, now)

    def _set(self, cookie: Cookie, now: float) -> Stored:
        old = self._storage.get(cookie)
        before = old.current() if old else None
        if cookie.expires is not None and cookie.expires <= now:
            self._storage.take(cookie)
            return self._note(Stored(cookie, before, is_removal=True))
        created = cookie.created
        if before and (not cookie.is_manual or not created):
            created = before.created
        cookie = cookie._replace(created=created or now, last_access=cookie.last_access or now)
        self._storage.place(cookie)
        return self._note(Stored(cookie, before))

    def _note(self, stored: Stored) -> Stored:
        self.version += stored.is_change
        return stored

    def _sweep(self, now: float) -> list[Cookie]:
        storage = self._storage
        if now < storage.next_expiry:
            return []
        expired = self._drop(self._where(lambda entry: entry.expires <= now))
        storage.next_expiry = min((entry.expires for entry in storage.entries()), default=float("inf"))
        return expired

    def _drop(self, entries: list[StoredCookie]) -> list[Cookie]:
        for entry in entries:
            self._storage.take(entry.cookie)
        self.version += bool(entries)
        return [entry.current() for entry in entries]

    def _matching(
        self, name: str | None, domain: str | None, path: str | None, host_only: bool | None = None
    ) -> list[StoredCookie]:
        wanted = None if domain is None else canonical_domain(domain)
        if name is not None and wanted is not None and path is not None and host_only is not None:
            entry = self._storage.get(Cookie(name=name, value="", domain=wanted, path=path, host_only=host_only))
            return [] if entry is None else [entry]
        return self._where(
            lambda entry: (
                (name is None or entry.cookie.name == name)
                and (wanted is None or entry.cookie.domain == wanted)
                and (path is None or entry.path == path)
                and (host_only is None or entry.cookie.host_only is host_only)
            )
        )

    def _where(self, holds: Callable[[StoredCookie], bool]) -> list[StoredCookie]:
        return sorted((entry for entry in self._storage.entries() if holds(entry)), key=_BY_SERIAL)


def _validated(cookie: Cookie) -> Cookie:
    """The cookie, with its domain and path in canonical form. Raises `CallboxError` for a cookie that cannot be
    sent.
    """
    if not cookie.name and not cookie.value:
        raise CallboxError("A cookie needs a name or a value")
    for what in ("name", "value", "domain", "path", "same_site"):
        if CONTROL.search(getattr(cookie, what)):
            raise CallboxError(f"The {what} of cookie {cookie.name!r} contains a control character")
    domain = canonical_domain(cookie.domain)
    path = cookie.path if cookie.path[:1] == "/" else "/"
    host_only = cookie.host_only or not domain
    if (domain, path, host_only) == (cookie.domain, cookie.path, cookie.host_only):
        return cookie
    return cookie._replace(domain=domain, path=path, host_only=host_only)
