"""Cookies on the wire: a client of each kind, and the web that it visits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from callbox import Session
from callbox.engine import LiveSession
from callbox.exchange.cookies import Cookie
from callbox.exchange.exchange_record_and_events import Note
from callbox.exchange.request import Draft
from callbox.sessions import client_of


class Live:
    """The session of the shell."""

    def __init__(self) -> None:
        self.session = LiveSession()

    def get(self, url: str, cookies: Mapping[str, str | None], headers: Mapping[str, str]) -> list[str]:
        draft = Draft("GET", url, tuple(headers.items()), cookies=tuple(cookies.items()))
        return [event.text for event in self.session.stream(draft) if isinstance(event, Note)]


class Face:
    """The session of the library; a streamed request goes step by step, another one does not."""

    def __init__(self, is_streamed: bool) -> None:
        self.session = Session()
        self.is_streamed = is_streamed

    def get(self, url: str, cookies: Mapping[str, str | None], headers: Mapping[str, str]) -> list[str]:
        response = self.session.get(url, cookies=cookies, headers=headers, stream=self.is_streamed)
        response.close()
        # Step by step, each answer on the way has what was said of it.
        return [note for one in (*response.history, response) for note in one.notes]


KINDS = {"live": Live, "session": lambda: Face(False), "stepwise": lambda: Face(True)}


class Web:
    """One client and the site: what is set where, and what is sent where."""

    def __init__(self, client: Any, site: Any) -> None:
        self.site = site
        self.client = client
        self.session = client.session
        self.engine: LiveSession = client.session if isinstance(client, Live) else client_of(client.session)
        """What sends: the session itself, or what is behind that of the library."""
        self.session.trust_env = False
        self.session.set_option("resolve", site.resolve)
        self.session.set_option("ca", site.ca)

    def visit(self, url: str, *set_cookies: str) -> list[str]:
        """Go there once, and be given these cookies; the notes that were made of it."""
        self.site.answer(url, *(f"Set-Cookie: {line}" for line in set_cookies))
        try:
            return self.get(url)
        finally:
            self.site.forget(url)

    def redirects(self, url: str, to: str, *set_cookies: str, status: int = 302) -> None:
        """From now on, this URL leads there, and sets these cookies."""
        fields = [f"Set-Cookie: {line}" for line in set_cookies]
        self.site.answer(url, f"Location: {self.site.at(to)}", *fields, status=status)

    def get(self, url: str, cookies: Mapping[str, str | None] = {}, headers: Mapping[str, str] = {}) -> list[str]:
        notes: list[str] = self.client.get(self.site.at(url), cookies, headers)
        return notes

    def sent(self, url: str) -> str | None:
        """The Cookie field of a request to this URL."""
        self.get(url)
        found: str | None = self.site.seen[-1].cookie
        return found

    def trail(self, url: str, **said: Any) -> list[tuple[str, str | None]]:
        """Where a request to this URL led, and the Cookie field at each place."""
        self.site.seen.clear()
        self.get(url, **said)
        return [(seen.url, seen.cookie) for seen in self.site.seen]

    @property
    def held(self) -> list[Cookie]:
        return list(self.engine.jar.snapshot())


@pytest.fixture(params=list(KINDS))
def web(request: pytest.FixtureRequest, site: Any) -> Iterator[Web]:
    client = KINDS[request.param]()
    yield Web(client, site)
    client.session.close()
