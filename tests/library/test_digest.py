"""Digest authentication by Requests' names: handshakes of children and of other packages, bodies that are read once."""

from __future__ import annotations

import io

import pytest

import callbox
from callbox import HTTPDigestAuth, UnrewindableBodyError

CHALLENGE = b'HTTP/1.1 401 X\r\nWWW-Authenticate: Digest realm="r", nonce="n", qop="auth"\r\nContent-Length: 0\r\n\r\n'
PROXY_CHALLENGE = CHALLENGE.replace(b"401", b"407").replace(b"WWW-", b"Proxy-")


class ByHand(callbox.auth.AuthBase):
    """Has the handshake made by `handle_401`, as toolbelt's GuessAuth does."""

    def __call__(self, r):
        self.digest = HTTPDigestAuth("ann", "secret")
        self.digest.init_per_thread_state()
        r.register_hook("response", self.digest.handle_401)
        return r


@pytest.mark.parametrize("body", [None, b"x", "file"], ids=str)
def test_handle_401_answers_a_challenge(s, recorder, body):
    server = recorder(CHALLENGE)
    given = io.BytesIO(b"x") if body == "file" else body

    response = s.post(server.url, data=given, auth=ByHand())

    assert (response.status_code, [r.status_code for r in response.history]) == (200, [401])
    assert 'username="ann"' in (server.seen[1].value("Authorization") or "")
    assert server.seen[1].body == server.seen[0].body == (b"x" if body else b"")


def test_handle_401_answers_once(s, recorder):
    server = recorder(CHALLENGE, CHALLENGE, CHALLENGE)

    assert s.get(server.url, auth=ByHand()).status_code == 401
    assert len(server.seen) == 2


@pytest.mark.parametrize("answer", [b"HTTP/1.1 401 X\r\nContent-Length: 0\r\n\r\n", None])
def test_handle_401_gives_back_what_it_cannot_answer(s, recorder, answer):
    server = recorder(*([answer] if answer else []))

    s.get(server.url, auth=ByHand())

    assert len(server.seen) == 1


def test_a_challenge_that_a_child_has_read_is_answered():
    auth = HTTPDigestAuth("ann", "secret")
    auth.init_per_thread_state()
    auth._thread_local.chal = {"realm": "r", "nonce": "n", "qop": "auth"}

    fields = [auth.build_digest_header("GET", "http://a.x/p?q=1") or "" for _ in range(2)]

    assert all('realm="r", nonce="n", uri="/p?q=1"' in field for field in fields)
    assert ["nc=0000000" + str(count) in field for count, field in enumerate(fields, 1)] == [True, True]
    assert auth._thread_local.last_nonce == "n"


def test_toolbelt_guesses_digest(s, recorder, monkeypatch):
    guess = pytest.importorskip("requests_toolbelt.auth.guess")
    monkeypatch.setattr(guess.auth_compat, "HTTPDigestAuth", HTTPDigestAuth)
    monkeypatch.setattr(guess.cookies, "extract_cookies_to_jar", callbox.cookies.extract_cookies_to_jar)
    server = recorder(CHALLENGE)

    assert s.get(server.url, auth=guess.GuessAuth("ann", "secret")).status_code == 200
    assert 'username="ann"' in (server.seen[1].value("Authorization") or "")


def pieces():
    yield b"abc"


@pytest.mark.parametrize("form", ["plain", "stream", "hook", "prepared", "by hand"])
def test_a_challenge_of_a_body_that_was_read_is_an_error(s, recorder, form):
    server = recorder(CHALLENGE)
    auth = ByHand() if form == "by hand" else HTTPDigestAuth("ann", "secret")
    said = {"stream": {"stream": True}, "hook": {"hooks": {"response": lambda r, **_: None}}}.get(form, {})

    def send():
        if form == "prepared":
            return s.send(s.prepare_request(callbox.Request("POST", server.url, data=pieces(), auth=auth)))
        return s.post(server.url, data=pieces(), auth=auth, **said)

    with pytest.raises(UnrewindableBodyError) as caught:
        send()

    assert caught.value.request is not None
    assert len(server.seen) == 1


def test_a_challenge_that_is_refused_is_a_response(s, recorder):
    server = recorder(b"HTTP/1.1 401 X\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n")

    assert s.post(server.url, data=pieces(), auth=HTTPDigestAuth("ann", "secret")).status_code == 401


def test_a_new_challenge_after_a_redirect_is_answered(s, recorder):
    server = recorder(CHALLENGE, b"HTTP/1.1 302 X\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", CHALLENGE)

    response = s.get(server.url, auth=HTTPDigestAuth("ann", "secret"))

    assert (response.status_code, [r.status_code for r in response.history]) == (200, [401, 302, 401])
