"""Which cookies leave when there are too many. Cookies set by hand are neither counted nor evicted."""

from __future__ import annotations

from collections.abc import Callable
from heapq import nsmallest
from typing import Final

from callbox.exchange.cookies.match import registrable_domain
from callbox.exchange.cookies.model import Evicted
from callbox.exchange.cookies.shelf import Entry, Shelf

MOST_PER_SITE: Final = 180
"""For one registrable domain; browsers keep about as many."""
MOST_IN_ALL: Final = 12_000


def make_room(shelf: Shelf, host: str, told: set[str]) -> list[Evicted]:
    """Bring the shelf back within its limits after a response of `host`, and say what left.

    `told` holds the limits that were reported before; new ones are added to it.
    """
    if shelf.counted <= MOST_PER_SITE:
        return []
    evictions = []
    if site := _evict(shelf, _site_entries(shelf, host), MOST_PER_SITE, _insecure_first):
        owner = registrable_domain(host)
        evictions.append(_report(site, f"{owner} has more than {MOST_PER_SITE} cookies", owner, told))
    if shelf.counted > MOST_IN_ALL:
        surplus = _evict(shelf, list(shelf.entries()), MOST_IN_ALL, _oldest_first)
        evictions.append(_report(surplus, f"there are more than {MOST_IN_ALL:,} cookies", "", told))
    return evictions


def _site_entries(shelf: Shelf, host: str) -> list[Entry]:
    domains = shelf.group(host)
    if sum(len(shelf.buckets[domain]) for domain in domains) <= MOST_PER_SITE:
        return []  # the usual case, settled without the list of public suffixes
    owner = registrable_domain(host)
    return [
        entry for domain in domains if registrable_domain(domain) == owner for entry in shelf.buckets[domain].values()
    ]


def _evict(shelf: Shelf, entries: list[Entry], most: int, order: Callable[[Entry], tuple[float, ...]]) -> list[Entry]:
    counted = [entry for entry in entries if not entry.cookie.is_manual]
    if len(counted) <= most:
        return []
    leaving = nsmallest(len(counted) - most, counted, key=order)
    for entry in leaving:
        shelf.take(entry.cookie)
    return leaving


def _insecure_first(entry: Entry) -> tuple[float, ...]:
    # Section 5.7 on excess cookies: those without Secure go first, so http cannot flood out a Secure one.
    return (entry.secure, entry.last_access, entry.serial)


def _oldest_first(entry: Entry) -> tuple[float, ...]:
    return (entry.last_access, entry.serial)


def _report(entries: list[Entry], fact: str, limit: str, told: set[str]) -> Evicted:
    is_news = limit not in told
    told.add(limit)
    return Evicted(tuple(entry.current() for entry in entries), f"{fact}: the least recently used leave", is_news)
