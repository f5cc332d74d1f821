"""Digest authentication from end to end: against the practice API, httpbin, and a server that misbehaves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpbin
import pytest
from tests.support.server import Recorder, Request, make_response

from callbox.engine import LiveSession, collect
from callbox.exchange.auth_schemes import read_parameters
from callbox.exchange.digest_auth import Digest
from callbox.exchange.exchange_record_and_events import Note, Record
from callbox.exchange.request import Draft
from callbox.exchange.request_content import Content

ASK = 'Digest realm="r", nonce="n1", qop="auth"'
ALGORITHMS = ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess"]


def make(password: str = "secret", username: str = "ann") -> Digest:
    numbers = count(1)
    return Digest(username, password, lambda: f"cnonce-{next(numbers)}")


@pytest.fixture
def session() -> Iterator[LiveSession]:
    with LiveSession() as session:
        session.apply("auth", "", make())
        yield session


def fetch(session: LiveSession, url: str, method: str = "GET", content: Content | None = None) -> Record:
    return collect(session.stream(Draft(method, url, content=content)))


def statuses(record: Record) -> list[int]:
    return [hop.response.status for hop in record.history] + [record.response.status]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("qop", ["auth", "auth-int", "auth,auth-int"])
def test_every_form_is_accepted_and_then_goes_ahead(
    session: LiveSession, practice_url: str, algorithm: str, qop: str
) -> None:
    url = f"{practice_url}/digest-auth?algorithm={algorithm}&qop={qop}"

    answers = [fetch(session, url, "POST", Content(b"hello")) for _ in range(3)]

    assert [statuses(answer) for answer in answers] == [[401, 200], [200], [200]]


def test_the_stronger_of_two_challenges_is_answered(session: LiveSession, practice_url: str) -> None:
    assert b"SHA-256" in fetch(session, f"{practice_url}/digest-auth").body


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256", "SHA-512"])
@pytest.mark.parametrize("qop", ["auth", "auth-int"])
def test_httpbin_accepts_it(session: LiveSession, bin_url: str, algorithm: str, qop: str) -> None:
    session.apply("auth", "", make("pass", "user"))

    assert statuses(fetch(session, f"{bin_url}/digest-auth/{qop}/user/pass/{algorithm}")) == [401, 200]


def test_a_cookie_that_came_with_the_challenge_goes_back_with_the_answer(session: LiveSession, server: Server) -> None:
    server.answers = [(401, ("WWW-Authenticate", ASK), ("Set-Cookie", "a=b"))]

    answer = fetch(session, server.url)

    assert [field.value.reveal() for field in answer.outgoing.headers if field.name == "Cookie"] == ["a=b"]


def test_a_used_up_nonce_is_replaced(session: LiveSession, practice_url: str) -> None:
    url = f"{practice_url}/digest-auth?uses=2"

    assert [statuses(fetch(session, url)) for _ in range(4)] == [[401, 200], [200], [401, 200], [200]]


def test_a_wrong_password_shows_the_401_after_one_answer(session: LiveSession, practice_url: str) -> None:
    session.apply("auth", "", make("wrong"))

    assert statuses(fetch(session, f"{practice_url}/digest-auth")) == [401, 401]


def test_a_body_in_pieces_is_sent_again(session: LiveSession, practice_url: str) -> None:
    body = Content(None, length=4, pieces=lambda: iter([b"da", b"ta"]))

    assert statuses(fetch(session, f"{practice_url}/digest-auth?qop=auth-int", "POST", body)) == [401, 200]


def test_a_body_that_can_be_read_once_shows_the_401(session: LiveSession, practice_url: str) -> None:
    pieces = iter([b"data"])
    body = Content(None, length=4, pieces=lambda: pieces, is_replayable=False)

    assert statuses(fetch(session, f"{practice_url}/digest-auth", "POST", body)) == [401]


def test_threads_share_one_nonce(session: LiveSession, practice_url: str) -> None:
    url = f"{practice_url}/digest-auth"
    fetch(session, url)

    with ThreadPoolExecutor(8) as pool:
        seen = [statuses(record) for record in pool.map(lambda _: fetch(session, url), range(64))]

    assert seen == [[200]] * 64


def test_a_credential_of_one_origin_is_silent_at_another(practice_url: str, server: Server) -> None:
    with LiveSession() as session:
        session.apply("auth", practice_url, make())

        fetch(session, server.url)

    assert server.given == [""]


def test_a_redirect_to_another_origin_is_not_answered(practice_url: str, server: Server) -> None:
    with LiveSession() as session:
        session.apply("auth", server.url, make())
        server.answers = [(302, ("Location", f"{practice_url}/digest-auth"))]

        assert statuses(fetch(session, server.url)) == [302, 401]


def test_a_redirect_on_the_same_origin_is_signed_anew(session: LiveSession, server: Server) -> None:
    server.answers = [(401, ("WWW-Authenticate", ASK)), (302, ("Location", "/there"))]

    fetch(session, f"{server.url}/here")

    assert [(said.get("uri"), said.get("nc")) for said in map(read, server.given)] == [
        (None, None), ("/here", "00000001"), ("/there", "00000002"),
    ]  # fmt: skip


def test_a_redirect_out_of_the_domain_goes_unsigned(session: LiveSession, server: Server) -> None:
    server.answers = [(401, ("WWW-Authenticate", f'{ASK}, domain="/in"')), (302, ("Location", "/out"))]

    fetch(session, f"{server.url}/in")

    assert [bool(field) for field in server.given] == [False, True, False]


def test_a_server_that_asks_for_ever_is_shown_its_401(session: LiveSession, server: Server) -> None:
    numbers = count()
    server.answer = lambda: (
        401,
        ("WWW-Authenticate", f'Digest realm="r", nonce="{next(numbers)}", stale=true, qop="auth"'),
    )

    assert statuses(fetch(session, server.url)) == [401, 401, 401]


def test_an_unknown_algorithm_shows_the_401(session: LiveSession, server: Server) -> None:
    server.answers = [(401, ("WWW-Authenticate", 'Digest realm="r", nonce="n", algorithm=ROT13'))]

    assert statuses(fetch(session, server.url)) == [401]


def test_the_next_nonce_is_used(session: LiveSession, server: Server) -> None:
    server.answers = [
        (401, ("WWW-Authenticate", ASK)),
        (200, ("Authentication-Info", 'nextnonce="n2"')),
    ]
    fetch(session, server.url)

    fetch(session, server.url)

    assert [(said.get("nonce"), said.get("nc")) for said in map(read, server.given)] == [
        (None, None), ("n1", "00000001"), ("n2", "00000001"),
    ]  # fmt: skip


def test_a_server_that_does_not_know_the_password_is_told_of(session: LiveSession, server: Server) -> None:
    server.answers = [
        (401, ("WWW-Authenticate", ASK)),
        (200, ("Authentication-Info", f'rspauth="{"0" * 32}"')),
    ]

    notes = [event.text for event in session.stream(Draft("GET", server.url)) if isinstance(event, Note)]

    assert notes == [f"{server.url} did not prove that it knows the password (rspauth is wrong)"]


# Servers

Given = tuple[Any, ...]
"""A status, and fields."""


class Server(Recorder):
    """Gives the responses that it is told to; each is a status and header fields."""

    def __init__(self) -> None:
        self.answers: list[Given] = []
        self.answer: Callable[[], Given] = lambda: self.answers.pop(0) if self.answers else (200,)
        super().__init__(self._respond)

    @property
    def given(self) -> list[str]:
        """The Authorization field of each request; empty where there was none."""
        return [request.value("Authorization") or "" for request in self.seen]

    def _respond(self, request: Request) -> bytes:
        status, *fields = self.answer()
        return make_response(b"", *(f"{name}: {value}" for name, value in fields), status=status)


def read(field: str) -> dict[str, str]:
    return read_parameters(field.removeprefix("Digest "))


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture(scope="module")
def bin_url() -> Iterator[str]:
    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    with make_server("127.0.0.1", 0, httpbin.app, handler_class=Quiet) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()
