"""The jar by Requests' name, and jars of other kinds."""

from __future__ import annotations

import json
import urllib.request

import callbox


def test_a_cookie_is_changed_in_place(s):
    s.cookies.set("a", "1", domain="x.example", expires=2e9)

    for cookie in s.cookies:
        cookie.value, cookie.expires = "2", None

    assert s.cookies.get_dict() == {"a": "2"}
    assert [c.discard for c in s.cookies] == [True]


def test_the_jar_serves_urllib(api):
    jar = callbox.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))  # type: ignore[arg-type]

    opener.open(api + "/cookies/set/a/1").close()
    with opener.open(api + "/cookies") as answer:
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


def test_a_jar_of_files_is_saved_with_what_came(s, api, tmp_path):
    from http.cookiejar import MozillaCookieJar

    s.cookies = MozillaCookieJar(tmp_path / "cookies.txt")
    s.get(api + "/cookies/set/a/1")
    s.cookies.save(ignore_discard=True)

    again = MozillaCookieJar(tmp_path / "cookies.txt")
    again.load(ignore_discard=True)
    assert s.get(api + "/cookies", cookies=again).json()["cookies"] == {"a": "1"}


def test_cookies_of_a_jar_go_only_where_they_belong(s, recorder):
    server = recorder()
    jar = callbox.CookieJar()
    jar.set("here", "1", domain="127.0.0.1")
    jar.set("there", "2", domain="other.example")

    s.get(server.url, cookies=jar)

    assert server.seen[0].value("Cookie") == "here=1"
