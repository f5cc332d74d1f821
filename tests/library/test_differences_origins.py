"""Differences from Requests: what a redirect carries to which origin."""

from __future__ import annotations

import copy
import io
import pickle
from typing import Any

import pytest

import callbox
from callbox.auth import AuthBase

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def answer(body: bytes, *fields: str) -> bytes:
    head = "".join(f"{field}\r\n" for field in (*fields, f"Content-Length: {len(body)}"))
    return f"HTTP/1.1 200 OK\r\n{head}\r\n".encode("latin-1") + body


def moved(where: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} X\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode()


def elsewhere(server: Any) -> str:
    """The same server by another name: another origin."""
    return f"http://localhost:{server.port}"


# What goes to another origin


def test_credentials_stay_on_their_origin_and_it_is_said(s, recorder, hooks):
    server = recorder()
    server.answers.append(moved(elsewhere(server)))
    headers = {"X-Api-Key": "k", "Cookie": "c=1", "Host": "mine.example", "X-Plain": "p", "Auth-Token": "t"}

    r = s.get(server.url, headers=headers, auth=("u", "p"), hooks=hooks)

    second = server.seen[1]
    assert [second.value(n) for n in ("X-Api-Key", "Cookie", "Auth-Token", "Authorization", "X-Plain")] == [
        None
    ] * 4 + ["p"]
    assert second.value("Host") == f"localhost:{server.port}"
    assert any("X-Api-Key" in note and "not sent on" in note for note in r.notes)
    assert any("Host" in note for note in r.notes)


def test_the_last_answer_tells_what_was_left_behind_on_the_way(s, recorder, hooks):
    server = recorder()
    server.answers += [moved(elsewhere(server)), moved("/on")]

    r = s.get(server.url, auth=("u", "p"), cookies={"mine": "1"}, hooks=hooks)

    assert r.notes == [f"Authorization, cookie mine not sent on to http://localhost:{server.port}"]


def test_what_answered_a_challenge_is_told_when_it_is_left_behind(s, recorder, hooks):
    server = recorder(b'HTTP/1.1 401 X\r\nWWW-Authenticate: Digest realm="r", nonce="n"\r\nContent-Length: 0\r\n\r\n')
    server.answers.append(moved(elsewhere(server)))

    r = s.get(server.url, auth=callbox.HTTPDigestAuth("u", "p"), hooks=hooks)

    assert r.notes == [f"Authorization not sent on to http://localhost:{server.port}"]
    assert server.seen[2].value("Authorization") is None


def test_too_many_redirects_are_told_in_one_way(s, recorder, hooks):
    server = recorder(moved("/a"), moved("/b"))
    s.max_redirects = 1

    with pytest.raises(callbox.TooManyRedirects) as caught:
        s.get(server.url, hooks=hooks)

    assert str(caught.value) == "Too many redirects (1) (session.max_redirects = N)"
    assert (caught.value.response.status_code, len(server.seen)) == (302, 2)


def test_cookies_of_a_jar_go_where_each_belongs_at_every_hop(s, recorder, hooks):
    server = recorder()
    server.answers += [moved("/out"), moved(elsewhere(server))]
    jar = callbox.CookieJar()
    jar.set("in", "1", domain="127.0.0.1", path="/in")
    jar.set("out", "2", domain="127.0.0.1", path="/out")
    jar.set("there", "3", domain="localhost")
    jar.set("any", "4")

    s.get(f"{server.url}/in", cookies=jar, hooks=hooks)

    assert [seen.value("Cookie") for seen in server.seen] == ["in=1; any=4", "out=2; any=4", "there=3"]
    assert len(s.cookies) == 0


def test_cookies_of_one_request_stay_on_its_host(s, recorder, hooks):
    server = recorder()
    server.answers += [moved("/here"), moved(elsewhere(server))]

    s.get(server.url, cookies={"mine": "1"}, hooks=hooks)

    assert [seen.value("Cookie") for seen in server.seen] == ["mine=1", "mine=1", None]


def test_a_cookie_without_a_domain_goes_where_the_user_goes_and_no_redirect_does(s, recorder):
    server = recorder()
    s.cookies.set("any", "1")
    server.answers.append(moved(elsewhere(server)))

    s.get(server.url)
    s.get(elsewhere(server))

    assert [seen.value("Cookie") for seen in server.seen] == ["any=1", None, "any=1"]


def test_a_cookie_header_is_kept_on_its_origin(s, recorder):
    server = recorder(moved("/next"))

    s.get(server.url, headers={"Cookie": "by=hand"})

    assert [seen.value("Cookie") for seen in server.seen] == ["by=hand", "by=hand"]


def test_a_cookie_header_stands_for_the_whole_jar(s, recorder):
    server = recorder()
    s.cookies.set("held", "1")

    s.get(server.url, headers={"Cookie": "by=hand"})

    assert server.seen[0].value("Cookie") == "by=hand"


def test_a_cookie_of_none_leaves_the_sessions_out(s, recorder):
    server = recorder()
    s.cookies.update({"a": "1", "b": "2"})

    s.get(server.url, cookies={"a": None})

    assert server.seen[0].value("Cookie") == "b=2"


def test_quotes_in_a_cookie_are_kept(s, recorder):
    server = recorder(answer(b"", r'Set-Cookie: q="a\"b"'))

    s.get(server.url)
    s.get(server.url)

    assert server.seen[1].value("Cookie") == r'q="a\"b"'


# Redirects


@pytest.mark.parametrize("status", [301, 302])
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_only_post_becomes_get(s, recorder, method, status):
    server = recorder(moved("/next", status))

    s.request(method, server.url, data=b"body")

    assert (server.seen[1].line, server.seen[1].body) == (f"{method} /next HTTP/1.1", b"body")


def test_a_file_is_read_again_for_a_redirect(s, recorder, hooks):
    server = recorder(moved("/next", 307))

    s.post(server.url, data=io.BytesIO(b"file"), hooks=hooks)
    server.answers.append(moved("/next", 308))
    s.post(server.url, files={"f": ("n", io.BytesIO(b"part"))}, hooks=hooks)

    assert [seen.body for seen in server.seen[:2]] == [b"file", b"file"]
    assert server.seen[2].body == server.seen[3].body != b""


def test_a_generator_cannot_be_sent_again(s, recorder):
    server = recorder(moved("/next", 307))

    with pytest.raises(callbox.UnrewindableBodyError):
        s.post(server.url, data=iter([b"once"]))


# What signs a request by itself


class Pizza(AuthBase):
    """Signs in a field whose name tells nobody what it is."""

    def __call__(self, r: Any) -> Any:
        r.headers["X-Pizza"] = "margherita"
        return r


class Joined(AuthBase):
    """Answers challenges from a hook, as NTLM and Kerberos do, on the connection that they came by."""

    def __call__(self, r: Any) -> Any:
        r.register_hook("response", self.answer)
        return r

    def answer(self, r: Any, **kwargs: Any) -> Any:
        if r.status_code != 401:
            return r
        again = r.request.copy()
        again.headers["Authorization"] = "NTLM handshake"
        _ = r.content
        return r.connection.send(again, **kwargs)


ASKS = b"HTTP/1.1 401 X\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n"


def test_what_a_callable_signed_stays_on_its_origin_whatever_the_field_is_called(s, recorder):
    module, evil = recorder(), recorder()
    module.answers += [moved("/here"), moved(evil.url), OK]
    evil.answers += [moved(f"{module.url}/attack")]

    s.get(module.url, auth=Pizza())

    assert [seen.value("X-Pizza") for seen in (*module.seen, *evil.seen)] == ["margherita", "margherita", None, None]


KEY = callbox.ApiKey("X-Pizza", "margherita")


@pytest.mark.parametrize(
    "prepare",
    [
        lambda s, url: callbox.Request("GET", url, auth=KEY).prepare(),
        lambda s, url: callbox.Request("GET", url, auth=KEY).prepare().copy(),
        lambda s, url: pickle.loads(pickle.dumps(callbox.Request("GET", url, auth=KEY).prepare())),
        lambda s, url: s.prepare_request(callbox.Request("GET", url, auth=KEY)),
        lambda s, url: pickle.loads(pickle.dumps(s.prepare_request(callbox.Request("GET", url, auth=KEY)))),
        lambda s, url: copy.deepcopy(s.prepare_request(callbox.Request("GET", url, auth=KEY))),
        lambda s, url: pickle.loads(pickle.dumps(s.prepare_request(callbox.Request("GET", url, auth=Pizza())))),
        lambda s, url: pickle.loads(pickle.dumps(s.get(f"{url}/first", auth=KEY).request)),
    ],
    ids=["alone", "copied", "pickled", "session", "session, pickled", "session, deep", "callable, pickled", "sent"],
)
def test_a_key_under_any_name_stays_on_its_origin_with_a_prepared_request(s, recorder, prepare):
    module, evil = recorder(), recorder()
    prepared = prepare(s, module.url)
    module.answers += [moved(evil.url)]

    s.send(prepared)

    assert [seen.value("X-Pizza") for seen in (module.seen[-1], *evil.seen)] == ["margherita", None]


@pytest.mark.parametrize("is_of_session", [False, True], ids=["request", "session"])
def test_a_hook_that_answers_challenges_does_not_answer_those_of_another_origin(s, recorder, is_of_session):
    module, evil = recorder(ASKS), recorder(ASKS)
    module.answers += [moved(evil.url)]
    s.auth = Joined() if is_of_session else None

    r = s.get(module.url, auth=None if is_of_session else Joined())

    assert [seen.value("Authorization") for seen in module.seen] == [None, "NTLM handshake"]
    assert (r.status_code, [seen.value("Authorization") for seen in evil.seen]) == (401, [None])


def test_a_hook_that_answers_challenges_does_not_answer_at_home_what_evil_led_to(s, recorder):
    module, evil = recorder(), recorder()
    module.answers += [moved(evil.url), ASKS]
    evil.answers += [moved(f"{module.url}/attack")]

    assert s.get(module.url, auth=Joined()).status_code == 401
    assert [seen.value("Authorization") for seen in module.seen] == [None, None]


def test_hooks_of_the_program_go_along(s, recorder):
    module, evil, told = recorder(), recorder(), []
    module.answers += [moved(evil.url)]

    s.get(module.url, auth=Joined(), hooks={"response": lambda r, **_: told.append(r.url)})

    assert told == [f"{module.url}/", f"{evil.url}/"]


SAID = {"headers": {"X-Api-Key": "k", "Authorization": "Bearer t"}, "cookies": {"mine": "1"}}


def hop_by_hop(s: Any, url: str) -> None:
    response = s.get(url, allow_redirects=False, **SAID)
    while response.next is not None:
        response = s.send(response.next, allow_redirects=False)


def hop_by_hop_pickled(s: Any, url: str) -> None:
    response = s.get(url, allow_redirects=False, **SAID)
    while response.next is not None:
        response = s.send(pickle.loads(pickle.dumps(response.next)), allow_redirects=False)


def by_hand(s: Any, url: str) -> None:
    request = callbox.Request("GET", url, **SAID)
    s.send(request.prepare())


@pytest.mark.parametrize(
    "ask",
    [
        lambda s, url: s.get(url, **SAID),
        lambda s, url: s.get(url, **SAID, hooks={"response": lambda r, **_: None}),
        lambda s, url: s.get(url, **SAID, stream=True).close(),
        hop_by_hop,
        hop_by_hop_pickled,
        by_hand,
    ],
    ids=["plain", "hook", "stream", "next", "next, pickled", "prepared by hand"],
)
def test_nothing_comes_back_to_a_path_at_home_that_evil_chose(s, recorder, ask):
    module = recorder()
    evil = f"http://localhost:{module.port}"
    module.answers += [moved(evil), moved(f"{module.url}/attack")]

    ask(s, module.url)

    names = ("Authorization", "X-Api-Key", "Cookie")
    assert [[seen.value(name) for name in names] for seen in module.seen] == [["Bearer t", "k", "mine=1"]] + [
        [None] * 3
    ] * 2


class Asked(callbox.Session):
    """Overrides a step and lets the session's own do it."""

    def rebuild_auth(self, prepared_request: Any, response: Any) -> None:
        super().rebuild_auth(prepared_request, response)


def test_a_child_that_passes_a_step_on_keeps_the_rule(recorder):
    module = recorder()
    module.answers += [moved(f"http://localhost:{module.port}"), moved(f"{module.url}/attack")]

    with Asked() as s:
        s.get(module.url, headers={"Authorization": "Bearer t", "X-Api-Key": "k"})

    assert [seen.value("Authorization") for seen in module.seen] == ["Bearer t", None, None]
    assert [seen.value("X-Api-Key") for seen in module.seen] == ["k", None, None]


def test_a_connection_that_was_authenticated_is_not_used_for_what_evil_leads_to(s, recorder, hooks):
    module, evil = recorder(), recorder()
    evil.answers += [moved(f"{module.url}/attack"), moved(f"{module.url}/attack")]
    s.get(module.url, auth=Joined())

    s.get(evil.url, hooks=hooks)
    s.get(evil.url, hooks=hooks)
    s.get(module.url)

    assert [seen.line.split()[1] for seen in module.seen] == ["/", "/attack", "/attack", "/"]
    assert module.connections == 2


@pytest.mark.parametrize(
    ("prefix", "url", "is_mine"),
    [
        ("https://api.x", "https://api.x/", True),
        ("https://api.x", "https://API.x:8443/a", True),
        ("https://api.x", "https://api.x?q", True),
        ("https://api.x/v1", "https://api.x/v10", True),
        ("https://", "https://api.x/", True),
        ("mock://", "mock://api.x/", True),
        ("https://api.x", "https://api.x.evil.y/", False),
        ("https://api.x", "https://api.x-evil.y/", False),
        ("https://api.x", "https://api.xevil.y/", False),
        ("https://api.x", "https://api.x@evil.y/", False),
        ("https://api.x:84", "https://api.x:8443/", False),
    ],
)
def test_an_adapter_for_a_host_is_not_that_of_a_host_whose_name_goes_on(s, prefix, url, is_mine):
    mine = callbox.HTTPAdapter()
    s.mount("mock://", callbox.HTTPAdapter())
    s.mount(prefix, mine)

    assert (s.get_adapter(url) is mine) is is_mine
