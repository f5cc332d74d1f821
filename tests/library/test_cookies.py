"""The jar by Requests' name, and jars of other kinds."""

from __future__ import annotations

import http.client
import json
import urllib.request
from http import cookiejar
from typing import Any

import pytest

import callbox
from callbox import CookieJar, cookies


def test_a_cookie_is_changed_in_place(s):
    s.cookies.set("a", "1", domain="x.example", expires=2e9)

    for cookie in s.cookies:
        cookie.value, cookie.expires = "2", None

    assert s.cookies.get_dict() == {"a": "2"}
    assert [c.discard for c in s.cookies] == [True]


def test_the_jar_serves_urllib(practice_url):
    jar = callbox.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))  # type: ignore[arg-type]

    opener.open(practice_url + "/cookies/set/a/1").close()
    with opener.open(practice_url + "/cookies") as answer:
        assert json.load(answer)["cookies"] == {"a": "1"}


def test_a_morsel_becomes_a_cookie():
    from http.cookies import SimpleCookie

    morsel = SimpleCookie("a=1; Path=/p; Domain=.x.example; Secure; Max-Age=60")["a"]
    cookie = callbox.cookies.morsel_to_cookie(morsel)

    assert (cookie.name, cookie.value, cookie.path, cookie.domain, cookie.secure) == (
        "a",
        "1",
        "/p",
        ".x.example",
        True,
    )
    assert cookie.expires > 0


def test_a_jar_of_files_is_saved_with_what_came(s, practice_url, tmp_path):
    from http.cookiejar import MozillaCookieJar

    s.cookies = MozillaCookieJar(tmp_path / "cookies.txt")
    s.get(practice_url + "/cookies/set/a/1")
    s.cookies.save(ignore_discard=True)

    again = MozillaCookieJar(tmp_path / "cookies.txt")
    again.load(ignore_discard=True)
    assert s.get(practice_url + "/cookies", cookies=again).json()["cookies"] == {"a": "1"}


def test_cookies_of_a_jar_go_only_where_they_belong(s, recorder):
    server = recorder()
    jar = callbox.CookieJar()
    jar.set("here", "1", domain="127.0.0.1")
    jar.set("there", "2", domain="other.example")

    s.get(server.url, cookies=jar)

    assert server.seen[0].value("Cookie") == "here=1"


class ForeignJar(dict):
    """A jar of another package: a mapping of names to values, that gives its cookies when it is iterated over."""

    def set_cookie(self, cookie):
        self[cookie.name] = cookie

    def __iter__(self):
        return iter(self.values())


@pytest.fixture
def foreign():
    jar = ForeignJar()
    for name, words in {
        "here": {"domain": "127.0.0.1"},
        "any": {},
        "path": {"domain": "127.0.0.1", "path": "/other"},
        "there": {"domain": "other.example"},
        "secure": {"domain": "127.0.0.1", "secure": True},
        "old": {"domain": "127.0.0.1", "expires": 1},
    }.items():
        jar.set_cookie(cookies.to_standard_cookie(callbox.cookies.create_cookie(name, "1", **words)))
    return jar


SENDERS = {
    "session": lambda s, url, jar: s.get(url, cookies=jar),
    "short": lambda s, url, jar: callbox.get(url, cookies=jar),
    "stream": lambda s, url, jar: s.get(url, cookies=jar, stream=True),
    "prepared": lambda s, url, jar: s.send(s.prepare_request(callbox.Request("GET", url, cookies=jar))),
    "alone": lambda s, url, jar: s.send(callbox.Request("GET", url, cookies=jar).prepare()),
    "assigned": lambda s, url, jar: (setattr(s, "cookies", jar), s.get(url)),
    "updated": lambda s, url, jar: (s.cookies.update(jar), s.get(url)),
    "merged": lambda s, url, jar: (cookies.merge_cookies(s.cookies, jar), s.get(url)),
}


@pytest.mark.parametrize("send", SENDERS.values(), ids=SENDERS.keys())
def test_cookies_of_another_package_s_jar_go_only_where_they_belong(s, recorder, foreign, send):
    server = recorder()

    send(s, f"{server.url}/r", foreign)

    assert sorted((server.seen[0].value("Cookie") or "").split("; ")) == ["any=1", "here=1"]


class BlockAll:
    """As the recipe against cookies has it."""

    return_ok = set_ok = domain_return_ok = path_return_ok = lambda self, *_: False
    netscape, rfc2965 = True, False


POLICIES = {
    "all": BlockAll,
    "by domain": lambda: cookiejar.DefaultCookiePolicy(allowed_domains=[]),
}


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES.keys())
def test_a_policy_keeps_cookies_out(s, recorder, policy):
    server = recorder(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nContent-Length: 0\r\n\r\n")
    s.cookies.set_policy(policy())

    s.get(server.url)

    assert len(s.cookies) == 0


def test_a_policy_may_keep_some_at_home(s, recorder):
    class Shy(cookiejar.DefaultCookiePolicy):
        def return_ok(self, cookie: Any, request: Any) -> bool:
            return super().return_ok(cookie, request) and cookie.name != "shy"

    server = recorder(b"HTTP/1.1 200 OK\r\nSet-Cookie: shy=1\r\nSet-Cookie: a=2\r\nContent-Length: 0\r\n\r\n")
    s.cookies = CookieJar(Shy())

    s.get(server.url)
    s.get(server.url)

    assert (server.seen[1].value("Cookie"), s.cookies.get_dict()) == ("a=2", {"shy": "1", "a": "2"})
    assert s.cookies.copy().get_policy() is s.cookies.get_policy()


def test_cookies_are_taken_from_an_answer_of_http_client(recorder):
    from types import SimpleNamespace

    headers = http.client.HTTPMessage()
    headers["Set-Cookie"], headers["set-cookie"] = "a=1", "b=2"
    raw = SimpleNamespace(_original_response=SimpleNamespace(msg=headers))
    jar = CookieJar()

    callbox.cookies.extract_cookies_to_jar(jar, callbox.Request("GET", "http://a.example/").prepare(), raw)

    assert jar.get_dict() == {"a": "1", "b": "2"}


def test_merging_names_and_values_keeps_what_is_there():
    jar = callbox.cookies.cookiejar_from_dict({"a": "1"})

    callbox.cookies.merge_cookies(jar, {"a": "2", "b": "3"})
    merged = jar.get_dict()
    jar.update({"a": "2"})

    assert (merged, jar.get_dict()) == ({"a": "1", "b": "3"}, {"a": "2", "b": "3"})


def test_expiry_is_told_in_whole_seconds(s):
    s.cookies.set("a", "1", domain="x.example", expires=2e9 + 0.5)

    assert [repr(cookie.expires) for cookie in s.cookies] == ["2000000000"]


def test_a_cookie_of_the_host_and_one_for_subdomains_are_told_apart_by_the_dot():
    jar = callbox.CookieJar()
    jar.set("sid", "host", domain="api.x")
    jar.set("sid", "wide", domain=".api.x")

    assert (jar.get("sid", domain="api.x"), jar.get("sid", domain=".api.x")) == ("host", "wide")
    assert (jar.get_dict("api.x"), jar.get_dict(".api.x")) == ({"sid": "host"}, {"sid": "wide"})
    jar.set("sid", None, domain="api.x")
    assert jar.get("sid", domain="api.x") == "wide"  # where there is none of the host's own


def test_to_clear_what_is_not_there_is_a_key_error():
    jar = callbox.CookieJar()
    jar.set("sid", "1", domain="api.x")

    with pytest.raises(KeyError):
        jar.clear("other.x")
    jar.clear("api.x", "/", "sid")
    jar.clear()
    assert len(jar) == 0
