"""Store the cookies of a response at the time of the clock, and say which were refused or evicted."""

from __future__ import annotations

from collections.abc import Iterable

from callbox.exchange.cookies import CookieRefusal, Jar, Outcome, Stored
from callbox.exchange.events import Note
from callbox.exchange.url import Url
from callbox.system import clock


def cookie_notes(outcomes: Iterable[Outcome]) -> list[Note]:
    """Notes for the user about cookies that were refused or evicted."""
    notes = []
    for outcome in outcomes:
        if isinstance(outcome, CookieRefusal):
            notes.append(Note(f"cookie '{outcome.name}' not kept: {outcome.reason}", "cookie"))
        elif not isinstance(outcome, Stored) and outcome.is_first_report:
            notes.append(Note(outcome.reason, "cookie"))
    return notes


def store_cookies(jar: Jar, url: Url, lines: list[str], now: float = 0.0) -> list[Outcome]:
    """Store the cookies of Set-Cookie lines from this URL in a jar; returns the outcome of each."""
    return jar.store(url.host.rstrip("."), url.path, url.scheme == "https", lines, now or clock.now())
