"""Cookies on the way through redirects: those of the jar, of the request, put by hand, and a Cookie field."""

from __future__ import annotations

import pytest

from callbox.exchange.cookies import Cookie
from callbox.exchange.digest_auth import Digest

A, B, WWW, TLS = "http://example.com/", "http://example.org/", "http://www.example.com/", "https://example.com/"


def put(web, name, domain=""):
    web.engine.jar.put(Cookie(name, "1", domain, is_manual=True), 0.0)


def test_cookies_of_every_hop_are_kept(web):
    web.redirects(A, f"{A}2", "a=1")
    web.redirects(f"{A}2", B, "b=2")
    web.redirects(B, f"{B}2", "c=3")
    web.site.answer(f"{B}2", "Set-Cookie: d=4")

    trail = web.trail(A)

    assert trail == [(A, None), (f"{A}2", "a=1"), (B, None), (f"{B}2", "c=3")]
    web.site.forget()
    assert (web.sent(A), web.sent(B)) == ("a=1; b=2", "c=3; d=4")


def test_a_hop_can_take_away_what_was_sent_before_it(web):
    web.visit(A, "a=1")
    web.redirects(A, f"{A}2", "a=; Max-Age=0")

    assert web.trail(A) == [(A, "a=1"), (f"{A}2", None)]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_cookies_are_chosen_for_each_place(web, status):
    web.visit(A, "a=1; Path=/", "x=1; Path=/x")
    web.visit(B, "b=1")
    web.redirects(A, f"{A}x", status=status)
    web.redirects(f"{A}x", B, status=status)

    assert web.trail(A) == [(A, "a=1"), (f"{A}x", "x=1; a=1"), (B, "b=1")]


def test_from_http_to_https(web):
    web.visit(TLS, "a=1; Secure", "b=2")
    web.redirects(A, TLS)

    assert web.trail(A) == [(A, "b=2"), (TLS, "a=1; b=2")]


def test_from_https_to_http(web):
    web.visit(TLS, "a=1; Secure", "b=2")
    web.redirects(TLS, A)

    assert web.trail(TLS) == [(TLS, "a=1; b=2"), (A, "b=2")]


def test_a_redirect_cannot_set_cookies_for_its_target(web):
    web.redirects(A, B, "a=1; Domain=example.org")

    assert web.trail(A) == [(A, None), (B, None)]


def test_the_requests_cookies_go_to_its_host_alone_until_a_redirect_leaves_it(web):
    web.redirects(A, f"{A}2")
    web.redirects(f"{A}2", B)
    web.redirects(B, WWW)
    web.redirects(WWW, f"{A}3")

    trail = web.trail(A, cookies={"a": "1"})

    assert trail == [(A, "a=1"), (f"{A}2", "a=1"), (B, None), (WWW, None), (f"{A}3", None)]
    assert web.held == []


def test_the_requests_cookies_go_from_http_to_https(web):
    web.redirects(A, TLS)

    assert web.trail(A, cookies={"a": "1"}) == [(A, "a=1"), (TLS, "a=1")]


def test_the_requests_cookies_do_not_go_from_https_to_http(web):
    web.redirects(TLS, A)

    assert web.trail(TLS, cookies={"a": "1"}) == [(TLS, "a=1"), (A, None)]


def test_the_requests_cookies_are_over_the_jars_on_their_host_only(web):
    web.visit(A, "a=jar")
    web.visit(B, "a=other")
    web.redirects(A, B)

    assert web.trail(A, cookies={"a": "mine"}) == [(A, "a=mine"), (B, "a=other")]


def test_none_leaves_a_cookie_of_the_jar_out_for_this_request(web):
    web.visit(A, "a=1", "b=2")
    web.redirects(A, f"{A}2")

    assert web.trail(A, cookies={"a": None}) == [(A, "b=2"), (f"{A}2", "b=2")]
    assert web.sent(f"{A}2") == "a=1; b=2"


def test_one_put_by_hand_without_a_domain_goes_where_the_user_asks(web):
    put(web, "a")

    assert (web.sent(A), web.sent(B), web.sent(f"{TLS}")) == ("a=1", "a=1", "a=1")


def test_one_put_by_hand_without_a_domain_goes_along_on_the_same_host(web):
    put(web, "a")
    web.redirects(A, f"{A}2")

    assert web.trail(A) == [(A, "a=1"), (f"{A}2", "a=1")]


def test_one_put_by_hand_without_a_domain_does_not_follow_to_another_host_nor_back_from_it(web):
    put(web, "a")
    web.redirects(A, B)
    web.redirects(B, f"{A}2")

    assert web.trail(A) == [(A, "a=1"), (B, None), (f"{A}2", None)]


def test_one_put_by_hand_without_a_domain_does_not_follow_from_https_to_http(web):
    put(web, "a")
    web.redirects(TLS, A)

    assert web.trail(TLS) == [(TLS, "a=1"), (A, None)]


def test_one_put_by_hand_for_a_domain_goes_there_by_redirect_too(web):
    put(web, "b", "example.org")
    web.redirects(A, B)

    assert web.trail(A) == [(A, None), (B, "b=1")]


def test_a_cookie_field_takes_the_place_of_the_jar(web):
    web.visit(A, "a=1")
    web.get(A, headers={"Cookie": "mine=2"})

    assert [seen.values("Cookie") for seen in web.site.seen[-1:]] == [["mine=2"]]
    assert web.sent(A) == "a=1"


def test_a_cookie_field_stays_on_the_same_origin(web):
    web.visit(A, "a=1")
    web.redirects(A, f"{A}2", "b=2")

    assert web.trail(A, headers={"Cookie": "mine=2"}) == [(A, "mine=2"), (f"{A}2", "mine=2")]


@pytest.mark.parametrize("to", [B, WWW, TLS, "http://example.com:2/"], ids=["site", "child", "scheme", "port"])
def test_a_cookie_field_does_not_go_to_another_origin(web, to):
    web.redirects(A, to)
    web.redirects(to, f"{A}2")

    assert web.trail(A, headers={"Cookie": "mine=2"}) == [(A, "mine=2"), (to, None), (f"{A}2", None)]


def test_after_a_cookie_field_was_left_behind_the_jar_counts(web):
    web.visit(A, "a=1")
    web.visit(B, "b=1")
    web.redirects(A, B)

    assert web.trail(A, headers={"Cookie": "mine=2"}) == [(A, "mine=2"), (B, "b=1")]


def test_that_a_cookie_field_was_left_behind_is_told(web):
    web.redirects(A, B)

    assert web.get(A, headers={"Cookie": "mine=2"}) == [f"Cookie not sent on to {web.site.at(B).rstrip('/')}"]


def test_a_session_header_of_cookies_does_not_go_to_another_origin(web):
    web.session.headers["Cookie"] = "mine=2"
    web.redirects(A, f"{A}2")
    web.redirects(f"{A}2", B)

    assert web.trail(A) == [(A, "mine=2"), (f"{A}2", "mine=2"), (B, None)]


def test_a_challenge_may_set_a_cookie_for_its_answer(web):
    put(web, "mine")
    digest = Digest("u", "p", lambda: "c0ffee")
    web.engine.apply("auth", "", digest)
    web.site.answer(A, "Set-Cookie: a=1", 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"', status=401)

    assert web.trail(A, cookies={"own": "1"})[:2] == [(A, "mine=1; own=1"), (A, "mine=1; a=1; own=1")]
