"""The jar as users of Requests hold it, over real connections."""

from __future__ import annotations

import pickle
import time
from http.cookiejar import CookieJar as ForeignJar

import pytest

from callbox import CookieJar, Request, create_cookie

A, WWW, B, TLS = "http://example.com/", "http://www.example.com/", "http://example.org/", "https://example.com/"

pytestmark = pytest.mark.parametrize("web", ["session", "stepwise"], indirect=True)


def test_what_the_answer_set_is_on_the_answer(web):
    web.site.answer(A, "Set-Cookie: a=1; Path=/x", "Set-Cookie: b=2; Secure")

    response = web.session.get(web.site.at(A))

    assert response.cookies["a"] == "1"


def test_the_answers_cookies_are_kept_by_the_sessions_rules(web):
    web.session.cookies.trust_localhost = True
    web.site.answer("http://localhost/", "Set-Cookie: a=1; Secure")
    web.site.answer("http://example.com./", "Set-Cookie: b=1; Domain=example.com")

    told = [
        web.session.get(web.site.at(url)).cookies.get_dict() for url in ("http://localhost/", "http://example.com./")
    ]

    assert (told, web.session.cookies.get_dict()) == ([{"a": "1"}, {"b": "1"}], {"a": "1", "b": "1"})


def test_trust_in_this_machine_outlives_an_assignment(web):
    web.session.cookies.trust_localhost = True
    trusted = []
    for jar in ({"a": "1"}, ForeignJar()):
        web.session.cookies = jar
        web.get(A)
        trusted.append(web.engine.jar.trust_localhost)

    assert trusted == [True, True]


def test_cookies_of_a_request_that_was_prepared_by_hand_are_chosen_anew_at_each_hop(web):
    web.redirects(A, f"{A}2", "b=2")
    web.redirects(f"{A}2", B)
    web.session.send(Request("GET", web.site.at(A), cookies={"a": "1"}).prepare())

    assert [seen.cookie for seen in web.site.seen] == ["a=1", "b=2; a=1", None]


def test_a_redirect_that_is_not_followed_keeps_the_requests_cookies(web):
    web.redirects(A, f"{A}2", "b=2")

    response = web.session.get(web.site.at(A), cookies={"a": "1"}, allow_redirects=False)

    assert response.next.headers["Cookie"] == "b=2; a=1"


def test_a_local_name_stays_one_in_a_jar_of_the_standard_library(web):
    web.session.cookies = ForeignJar()
    web.visit("http://nas.local/", "a=1")
    web.visit("http://nas/", "b=1")

    assert (web.sent("http://nas.local/"), web.sent("http://nas/")) == ("a=1", "b=1")


def test_a_flood_into_a_jar_of_the_standard_library_has_the_limits_too(web):
    web.session.cookies = foreign = ForeignJar()
    for turn in range(4):
        web.visit(A, *(f"c{turn}.{number}=1" for number in range(50)))

    assert len(foreign) == 180


def test_every_field_of_a_cookie_survives_pickling(web):
    web.visit(TLS, "a=1; Domain=example.com; Secure; HttpOnly; SameSite=Lax; Path=/x; Max-Age=100", "b=2", "foo")
    web.visit(WWW, "a=host-only")

    twin = pickle.loads(pickle.dumps(web.session))

    assert list(twin._callbox.jar) == web.held
    twin.close()


def test_a_pickled_session_sends_what_the_first_would(web):
    web.visit(A, "a=1", "d=4; Domain=example.com", "x=1; Path=/x", "mine=1; Max-Age=0")
    web.session.cookies.set("hand", "2")
    before = web.sent(f"{A}x"), web.sent(WWW)

    twin = pickle.loads(pickle.dumps(web.session))
    twin.set_option("resolve", web.site.resolve)
    with twin:
        twin.get(web.site.at(f"{A}x")), twin.get(web.site.at(WWW))

    assert tuple(seen.cookie for seen in web.site.seen[-2:]) == before
    assert before == ("x=1; a=1; d=4; hand=2", "d=4; hand=2")


@pytest.mark.parametrize(
    ("domain", "sent"),
    [("", ["1", "1", "1"]), ("example.com", ["1", None, None]), (".example.com", ["1", "1", None])],
    ids=["none", "a host", "a host and below"],
)
def test_a_cookie_set_by_hand_goes_to(web, domain, sent):
    web.session.cookies.set("a", "1", domain=domain)

    assert [web.sent(url) for url in (A, WWW, B)] == [value and f"a={value}" for value in sent]


def test_a_cookie_set_by_hand_has_its_path(web):
    web.session.cookies.set("a", "1", domain="example.com", path="/x")

    assert (web.sent(A), web.sent(f"{A}x/y")) == (None, "a=1")


def test_a_value_set_by_hand_is_sent_byte_for_byte(web):
    web.session.cookies.set("a", r'"{\"x\":1}"')

    assert web.sent(A) == r'a="{\"x\":1}"'


def test_bytes_as_a_value_are_sent_as_they_are(web):
    web.session.cookies.set("held", b"\xe9")
    web.get(A, cookies={"said": b"\xff"})

    assert web.site.seen[-1].cookie == "held=\xe9; said=\xff"


def test_a_server_may_take_the_place_of_a_cookie_set_by_hand(web):
    web.session.cookies.set("a", "mine", domain="example.com")
    web.visit(A, "a=theirs")

    assert (web.sent(A), len(web.held)) == ("a=theirs", 1)


def test_a_server_may_take_away_a_cookie_set_by_hand(web):
    web.session.cookies.set("a", "mine", domain="example.com")
    web.visit(A, "a=; Max-Age=0")

    assert web.sent(A) is None


def test_a_cookie_changed_in_place_is_sent_changed(web):
    web.visit(A, "a=1", "a=2; Domain=example.com")
    (cookie,) = (cookie for cookie in web.session.cookies if not cookie.domain_specified)
    cookie.value = "3"

    assert sorted((web.sent(A) or "").split("; ")) == ["a=2", "a=3"]


def test_a_jar_given_with_a_request_keeps_to_its_hosts(web):
    jar = CookieJar()
    jar.set("a", "1", domain="example.com")
    jar.set("b", "2", domain="example.org")

    assert web.trail(A, cookies=jar) == [(A, "a=1")]


def test_cookies_of_a_request_stay_out_of_the_session(web):
    web.get(A, cookies={"a": "1"})

    assert (web.held, web.sent(A)) == ([], None)


def test_a_prepared_request_sends_the_cookies_that_it_was_prepared_with(web):
    web.visit(A, "a=1")
    prepared = web.session.prepare_request(Request("GET", web.site.at(A)))
    web.session.cookies.clear()
    web.session.send(prepared)

    assert web.site.seen[-1].cookie == "a=1"


def test_a_prepared_request_follows_with_the_cookies_of_the_hop(web):
    web.visit(A, "a=1")
    web.redirects(A, f"{A}2", "a=2")
    web.session.send(web.session.prepare_request(Request("GET", web.site.at(A))))

    assert [seen.cookie for seen in web.site.seen[-2:]] == ["a=1", "a=2"]


def test_a_redirect_that_is_not_followed_shows_the_next_request_with_its_cookies(web):
    web.visit(A, "a=1")
    web.visit(B, "b=1")
    web.redirects(A, B)

    response = web.session.get(web.site.at(A), allow_redirects=False)

    assert response.next.headers["Cookie"] == "b=1"


def test_a_jar_of_the_standard_library_is_held_and_learns(web):
    web.session.cookies = foreign = ForeignJar()
    web.visit(TLS, "a=1; Domain=example.com", "b=2; Secure; Max-Age=100", 'c="3"')

    assert web.session.cookies is foreign
    assert sorted((cookie.name, cookie.value, cookie.domain, cookie.secure) for cookie in foreign) == [
        ("a", "1", ".example.com", False), ("b", "2", "example.com", True), ("c", '"3"', "example.com", False),
    ]  # fmt: skip


def test_a_jar_of_the_standard_library_is_sent_by_our_rules(web):
    web.session.cookies = ForeignJar()
    web.visit(TLS, "a=1; Domain=example.com", "b=2; Secure", 'c="3"')

    assert (web.sent(TLS), web.sent(A), web.sent(WWW)) == ('a=1; b=2; c="3"', 'a=1; c="3"', "a=1")


def test_a_cookie_with_an_end_by_hand(web):
    web.session.cookies.set_cookie(create_cookie("a", "1", expires=time.time() + 100))
    web.session.cookies.set_cookie(create_cookie("b", "2", expires=time.time() - 100))

    assert web.sent(A) == "a=1"


def test_a_cookie_moved_in_place_is_not_left_behind(web):
    web.visit(A, "a=1")
    (cookie,) = web.session.cookies
    cookie.path = "/x"

    assert (web.sent(A), web.sent(f"{A}x")) == (None, "a=1")


def test_a_jar_of_the_standard_library_is_read_before_each_request(web):
    web.session.cookies = foreign = ForeignJar()
    web.visit(A, "a=1", "b=2")
    foreign.clear("example.com", "/", "a")

    assert web.sent(A) == "b=2"
