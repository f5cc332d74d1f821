"""Pages are fetched by the session's way, with nothing that the session holds."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator

import pytest
from tests.support.closed_port import CLOSED
from tests.support.server import OK, Server, read_request

from callbox.engine.client import LiveSession
from callbox.exchange.auth_schemes import Basic
from callbox.openapi import description_discovery
from callbox.openapi.description_discovery import Page, discover, make_fetch
from callbox.practice import Practice


@pytest.fixture(scope="module")
def practice_url(practice: Practice) -> str:
    return practice.url


@pytest.fixture
def session(practice_url: str) -> Iterator[LiveSession]:
    with LiveSession() as made:
        made.base_url = practice_url
        yield made


def fetch(session: LiveSession, url: str) -> Page | str:
    with make_fetch(session) as one:
        return one(url)


def got(session: LiveSession, url: str) -> Page:
    page = fetch(session, url)
    assert isinstance(page, Page), page
    return page


def test_nothing_of_the_session_is_sent(practice_url: str, session: LiveSession) -> None:
    session.headers["X-Own"] = "1"
    session.headers["Authorization"] = "Bearer t"
    session.params["q"] = "1"
    session.credentials[""] = Basic("ann", "pw")
    session.jar.store("127.0.0.1", "/", False, ["sid=secret"], 1.0)

    sent = json.loads(got(session, f"{practice_url}/echo").body)

    names = {name.lower() for name in sent["headers"]}
    assert names.isdisjoint({"x-own", "authorization", "cookie"})
    assert "q" not in json.dumps(sent.get("query", {}))


def test_json_is_asked_for(practice_url: str, session: LiveSession) -> None:
    sent = json.loads(got(session, f"{practice_url}/echo").body)

    assert "application/json, */*;q=0.5" in json.dumps(sent["headers"])


def test_redirects_are_left_to_the_search(practice_url: str, session: LiveSession) -> None:
    assert got(session, f"{practice_url}/redirect/1").status in (301, 302)


def test_cookies_of_a_page_are_not_stored(practice_url: str, session: LiveSession) -> None:
    got(session, f"{practice_url}/cookies/set?a=1")

    assert list(session.jar) == []


def test_host_that_refuses_has_one_line(session: LiveSession) -> None:
    reason = fetch(session, f"http://{CLOSED}/")

    assert isinstance(reason, str)
    assert reason.startswith("no response: Connection refused")


def test_search_that_is_over_sends_nothing(
    practice_url: str, session: LiveSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(description_discovery, "SEARCH_S", 0.0)

    assert fetch(session, f"{practice_url}/ping") == "not tried: the search took too long"


def test_page_that_is_too_large_is_left(
    practice_url: str, session: LiveSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(description_discovery, "MAX_PAGE_BYTES", 10)

    reason = fetch(session, f"{practice_url}/html")

    assert reason == "200, too large or too slow for a page"


def test_practice_api_is_found(practice_url: str, session: LiveSession) -> None:
    with make_fetch(session) as one:
        found = discover(f"{practice_url}/books", one, is_thorough=True)

    assert found.url == f"{practice_url}/openapi.json"


def test_no_connection_is_left_open_for_a_server_that_serves_one_at_a_time(session: LiveSession) -> None:
    closed = threading.Event()

    def serve(connection: socket.socket) -> None:
        with connection.makefile("rb") as file:
            while read_request(file) is not None:
                connection.sendall(OK)
        closed.set()

    with Server(serve) as server:
        with make_fetch(session) as one:
            one(f"{server.url}/openapi.json")

        assert closed.wait(20)
