"""The cookies of a jar, by domain, and the eviction of cookies when a site or a jar has too many.

There is a dict for each domain, and domains are grouped by their last two labels. Not thread-safe: the jar holds the
lock. Cookies that the user set are neither counted nor evicted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import nsmallest
from typing import Final, TypeAlias

from callbox.exchange.cookies.cookie import Cookie, Evicted
from callbox.exchange.cookies.policy import MAX_HOST, domain_matches, is_address, path_matches, registrable_domain

Key: TypeAlias = tuple[str, bool, str]
"""Name, host-only flag and path: with the domain, what makes it the same cookie (section 5.7, step 23)."""
_NEVER: Final = float("inf")


class StoredCookie:
    """A cookie in the storage, with the fields that each request reads.

    The time of last access changes with each request; keeping it here spares a new Cookie each time.
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
        """The cookie with its time of last access."""
        if self.cookie.last_access == self.last_access:
            return self.cookie
        return self.cookie._replace(last_access=self.last_access)


class CookieStorage:
    """The cookies by domain. `buckets` has no empty dict in it."""

    __slots__ = ("buckets", "counted", "groups", "last", "next_expiry", "serial", "size")

    def __init__(self) -> None:
        self.buckets: dict[str, dict[Key, StoredCookie]] = {}
        self.groups: dict[str, set[str]] = {}
        self.size = 0
        self.counted = 0
        """How many were set by responses."""
        self.serial = 0
        self.last: StoredCookie | None = None
        """The cookie that was placed last."""
        self.next_expiry = _NEVER
        """No cookie expires before this moment (it may be earlier than the first that does)."""

    def get(self, cookie: Cookie) -> StoredCookie | None:
        """The stored cookie with the same key."""
        bucket = self.buckets.get(cookie.domain)
        return bucket.get(_key(cookie)) if bucket else None

    def place(self, cookie: Cookie) -> None:
        """Store the cookie. One that replaces another keeps its position in the order."""
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
        """Remove and return the stored cookie with the same key."""
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
        """Give the cookie that was placed last this position in the order."""
        entry = self.last
        if entry is not None:
            entry.serial = place
            entry.order = (*entry.order[:2], place)

    def entries(self) -> Iterator[StoredCookie]:
        """All stored cookies."""
        for bucket in self.buckets.values():
            yield from bucket.values()

    def reachable(self, host: str, is_user_host: bool) -> list[StoredCookie]:
        """The cookies that may go to the host: its own, those that its parent domains opened to it, and, if the
        user asked for this host, those without a domain.
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
        """Whether a secure cookie of the same name would be overlaid by this one. Section 5.7, step 16."""
        return any(
            entry.secure and entry.cookie.name == cookie.name and path_matches(cookie.path, entry.path)
            for domain in self._relatives(cookie.domain)
            for entry in self.buckets[domain].values()
        )

    def group(self, domain: str) -> set[str]:
        """The domains that end in the same two labels: all that can have the same owner are among them."""
        return self.groups.get(_group(domain), set())

    def _relatives(self, domain: str) -> Iterator[str]:
        # A single label ("localhost") and what is below it are in different groups; such hosts are rare.
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
    # Stands in for the registrable domain, which needs the list of public suffixes: never too small a group.
    if is_address(domain):
        return domain
    return ".".join(domain.rsplit(".", 2)[-2:])


MAX_PER_SITE: Final = 180
"""For one registrable domain; browsers keep about as many."""

MAX_TOTAL_BYTES: Final = 12_000


def evict_excess(storage: CookieStorage, host: str, reported: set[str]) -> list[Evicted]:
    """Evict cookies beyond the limits after a response of `host`; returns the evictions.

    `reported` holds the limits that were reported before; new ones are added to it.
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
        return []  # the usual case, settled without the list of public suffixes
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
    # Section 5.7 on excess cookies: those without Secure go first, so http cannot flood out a Secure one.
    return (entry.secure, entry.last_access, entry.serial)


def _oldest_first(entry: StoredCookie) -> tuple[float, ...]:
    return (entry.last_access, entry.serial)


def _report(entries: list[StoredCookie], fact: str, limit: str, reported: set[str]) -> Evicted:
    is_first_report = limit not in reported
    reported.add(limit)
    return Evicted(
        tuple(entry.current() for entry in entries), f"{fact}: the least recently used are deleted", is_first_report
    )
