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


class Header(HTTPDigestAuth):
    def build_digest_header(self, method, url):
        return f"{super().build_digest_header(method, url)}, x=1"


class WholeHeader(HTTPDigestAuth):
    def build_digest_header(self, method, url):
        return f"Digest own {method} {self._thread_local.chal['realm']}"


class Unwilling(HTTPDigestAuth):
    def handle_401(self, r, **kwargs):
        return r


class Noting(HTTPDigestAuth):
    def __init__(self, *pair):
        super().__init__(*pair)
        self.noted = []

    def handle_401(self, r, **kwargs):
        self.noted.append(("401", r.status_code))
        return super().handle_401(r, **kwargs)

    def handle_redirect(self, r, **kwargs):
        self.noted.append(("redirect", r.status_code))
        return super().handle_redirect(r, **kwargs)


def signed(server):
    """What each request was signed with: nothing, or the last part of it."""
    return [(seen.value("Authorization") or "").rpartition(" ")[2] for seen in server.seen]


@pytest.mark.parametrize("place", ["session", "request"])
def test_an_overridden_header_is_what_is_sent(s, recorder, place):
    server = recorder(CHALLENGE)
    auth = Header("ann", "secret")
    s.auth = auth if place == "session" else None

    assert [s.get(server.url, auth=auth if place == "request" else None).status_code for _ in "ab"] == [200, 200]
    assert signed(server) == ["", "x=1", "x=1"]
    assert ["nc=0000000" + count in (seen.value("Authorization") or "") for count, seen in
            zip("012", server.seen, strict=True)] == [False, True, True]  # fmt: skip


def test_a_header_that_is_all_the_childs_own_is_what_is_sent(s, recorder):
    server = recorder(CHALLENGE)
    s.auth = WholeHeader("ann", "secret")

    assert s.get(server.url).status_code == 200
    assert [seen.value("Authorization") for seen in server.seen] == [None, "Digest own GET r"]


def test_a_refused_header_of_a_child_is_not_sent_for_ever(s, recorder):
    server = recorder(CHALLENGE, CHALLENGE, CHALLENGE, CHALLENGE)
    s.auth = WholeHeader("ann", "secret")

    assert [s.get(server.url).status_code for _ in "ab"] == [401, 401]
    assert len(server.seen) == 4


def test_a_header_of_a_child_goes_to_no_origin_that_did_not_ask(s, recorder):
    one, other = recorder(CHALLENGE), recorder()
    s.auth = Header("ann", "secret")
    s.get(one.url)
    s.get(other.url)

    assert signed(other) == [""]


def test_an_overridden_handler_decides(s, recorder):
    server = recorder(CHALLENGE)
    s.auth = Unwilling("ann", "secret")

    assert s.get(server.url).status_code == 401
    assert len(server.seen) == 1


def test_overridden_handlers_are_called_for_each_response(s, recorder):
    server = recorder(CHALLENGE, b"HTTP/1.1 302 X\r\nLocation: /n\r\nContent-Length: 0\r\n\r\n")
    s.auth = auth = Noting("ann", "secret")

    response = s.get(server.url)

    assert (response.status_code, [r.status_code for r in response.history]) == (200, [401, 302])
    assert auth.noted == [("401", 401), ("redirect", 302), ("401", 200), ("redirect", 200)]


def test_an_overridden_handler_is_not_called_for_another_origin(s, recorder):
    other = recorder(CHALLENGE)
    moved = f"HTTP/1.1 302 X\r\nLocation: {other.url}/n\r\nContent-Length: 0\r\n\r\n".encode()
    server = recorder(CHALLENGE, moved)
    s.auth = auth = Noting("ann", "secret")

    assert s.get(server.url).status_code == 401
    assert ("401", 401) not in auth.noted[1:]
    assert signed(other) == [""]


def test_a_handler_that_an_object_is_given_counts(s, recorder):
    server = recorder(CHALLENGE)
    auth = HTTPDigestAuth("ann", "secret")
    auth.handle_401 = lambda r, **_: r

    assert s.get(server.url, auth=auth).status_code == 401


def test_a_child_that_signs_by_its_parent_is_answered(s, recorder):
    class Marked(HTTPDigestAuth):
        def __call__(self, r):
            r.headers["X-Marked"] = "1"
            return super().__call__(r)

    server = recorder(CHALLENGE)

    assert s.get(server.url, auth=Marked("ann", "secret")).status_code == 200
    assert [seen.value("X-Marked") for seen in server.seen] == ["1", "1"]


@pytest.mark.parametrize("pair", [(b"ann", b"secret"), ("ann", 5)], ids=["bytes", "a number"])
def test_user_and_password_that_are_no_text_are_made_one(s, recorder, pair):
    server = recorder(CHALLENGE)

    assert s.get(server.url, auth=HTTPDigestAuth(*pair)).status_code == 200
    assert 'username="ann"' in (server.seen[1].value("Authorization") or "")


@pytest.mark.parametrize("form", ["plain", "stream"])
@pytest.mark.parametrize("kind", ["HTTPBasicAuth", "HTTPDigestAuth", "HTTPProxyAuth"])
def test_credentials_that_are_changed_in_place_are_used_as_they_are_then(s, recorder, kind, form):
    server = recorder(*[CHALLENGE, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"] * 2 if "Digest" in kind else ())
    s.auth = getattr(callbox, kind)("ann", "secret")
    name = "Proxy-Authorization" if "Proxy" in kind else "Authorization"

    s.get(server.url)
    s.auth.username = "bob"
    _ = s.get(server.url, stream=form == "stream").content

    first, last = (seen.value(name) for seen in (server.seen[len(server.seen) // 2 - 1], server.seen[-1]))
    assert None not in (first, last)
    assert first != last
    if kind != "HTTPDigestAuth":
        assert (first, last) == ("Basic YW5uOnNlY3JldA==", "Basic Ym9iOnNlY3JldA==")
    else:
        assert ('username="ann"' in first, 'username="bob"' in last) == (True, True)


def test_credentials_whose_user_is_computed_are_asked_each_time(s, recorder):
    class Counting(callbox.HTTPBasicAuth):
        count = 0
        password = "p"

        def __init__(self):
            pass

        @property
        def username(self):
            self.count += 1
            return str(self.count)

    server = recorder()
    s.auth = Counting()
    for _ in "ab":
        s.get(server.url)

    assert len({seen.value("Authorization") for seen in server.seen}) == 2
