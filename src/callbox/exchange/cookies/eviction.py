"""Eviction of cookies when a site or a jar has too many. Cookies that the user set are neither counted nor evicted."""

from __future__ import annotations

from collections.abc import Callable
from heapq import nsmallest
from typing import Final

from callbox.exchange.cookies.cookie import Evicted
from callbox.exchange.cookies.policy import registrable_domain
from callbox.exchange.cookies.storage import CookieStorage, StoredCookie

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
