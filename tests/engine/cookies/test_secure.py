"""Secure, the prefixes and SameSite, over real http and TLS: RFC 6265bis sections 5.4 and 5.7, steps 12 to 22."""

from __future__ import annotations

import pytest

from callbox.exchange.cookies import Cookie

TLS, PLAIN = "https://example.com/", "http://example.com/"


def test_a_secure_cookie_is_sent_over_https_only(web):
    web.visit(TLS, "a=1; Secure", "b=2")

    assert (web.sent(TLS), web.sent(PLAIN)) == ("a=1; b=2", "b=2")


@pytest.mark.parametrize("line", ["a=1; Secure", "a=1; secure", "a=1; SECURE=no", "a=1; Secure; HttpOnly"])
def test_a_secure_cookie_over_http_is_refused(web, line):
    notes = web.visit(PLAIN, line)

    assert (web.sent(PLAIN), web.sent(TLS)) == (None, None)
    assert notes == ["cookie 'a' not stored: it is Secure, but it came over http"]


def test_note_on_this_machine_names_the_option_that_keeps_it(web):
    notes = web.visit("http://localhost/", "a=1; Secure")

    kept = "to store such cookies on this machine: set option trust-localhost yes"
    assert notes == [f"cookie 'a' not stored: it is Secure, but it came over http ({kept})"]


OVERLAID = {
    "the same": ("a=1; Secure", "a=2"),
    "at a path below": ("a=1; Secure; Path=/x", "a=2; Path=/x/y"),
    "at the same path, for the domain": ("a=1; Secure", "a=2; Domain=example.com"),
    "one for the domain, from the host": ("a=1; Secure; Domain=example.com", "a=2"),
    "by deleting it": ("a=1; Secure", "a=; Max-Age=0"),
}


@pytest.mark.parametrize(("held", "line"), OVERLAID.values(), ids=OVERLAID.keys())
def test_http_leaves_a_secure_cookie_alone(web, held, line):
    web.visit(TLS, held)

    notes = web.visit(PLAIN, line)

    assert notes == ["cookie 'a' not stored: it came over http and would hide a Secure cookie of the same name"]
    assert [(cookie.value, cookie.secure) for cookie in web.held] == [("1", True)]


def test_http_leaves_the_secure_cookie_of_a_child_alone(web):
    web.visit("https://www.example.com/", "a=1; Secure")
    web.visit(PLAIN, "a=2; Domain=example.com")

    assert web.sent("https://www.example.com/") == "a=1"


def test_http_leaves_the_secure_cookie_of_the_parent_alone(web):
    web.visit(TLS, "a=1; Secure; Domain=example.com")
    web.visit("http://www.example.com/", "a=2")

    assert web.sent("https://www.example.com/") == "a=1"


def test_http_may_set_the_name_at_a_path_that_is_not_below(web):
    web.visit(TLS, "a=1; Secure; Path=/x")
    web.visit(PLAIN, "a=2; Path=/")

    assert web.sent("https://example.com/x") == "a=1; a=2"


def test_https_may_overwrite_a_secure_cookie(web):
    web.visit(TLS, "a=1; Secure")
    web.visit(TLS, "a=2")

    assert (web.sent(TLS), web.sent(PLAIN)) == ("a=2", "a=2")


def test_this_machine_is_trusted_where_the_user_says_so(web):
    web.engine.jar.trust_localhost = True
    notes = web.visit("http://localhost/", "a=1; Secure")

    assert (notes, web.sent("http://localhost/"), web.sent("http://localhost:2/")) == ([], "a=1", "a=1")


def test_the_option_trusts_this_machine_too(web):
    web.session.set_option("trust-localhost", True)
    notes = web.visit("http://localhost/", "a=1; Secure", "__Host-b=2; Secure; Path=/") + web.visit(
        "http://example.com/", "c=3; Secure"
    )

    assert (web.sent("http://localhost/"), web.sent("http://example.com/")) == ("a=1; __Host-b=2", None)
    assert [note.partition(" not stored")[0] for note in notes] == ["cookie 'c'"]


def test_trust_in_this_machine_is_in_no_other(web):
    web.engine.jar.trust_localhost = True

    assert len(web.visit(PLAIN, "a=1; Secure")) == 1
    assert web.sent(TLS) is None


def test_this_machine_is_not_trusted_by_itself(web):
    web.visit("https://localhost/", "a=1; Secure")

    assert (web.sent("https://localhost/"), web.sent("http://localhost/")) == ("a=1", None)


REFUSED = {
    "__Secure- without Secure": (TLS, "__Secure-a=1", "__Secure- needs Secure"),
    "__Secure- over http": (PLAIN, "__Secure-a=1; Secure", "it is Secure, but it came over http"),
    "__secure- in any case": (TLS, "__sEcUrE-a=1", "__Secure- needs Secure"),
    "__Host- without Secure": (TLS, "__Host-a=1; Path=/", "__Host- needs Secure"),
    "__Host- with a Domain": (TLS, "__Host-a=1; Secure; Path=/; Domain=example.com", "__Host- may not have a Domain"),
    "__Host- without a Path": (TLS, "__Host-a=1; Secure", "__Host- needs Path=/"),
    "__Host- with another Path": (TLS, "__Host-a=1; Secure; Path=/x", "__Host- needs Path=/"),
    "__HOST- in any case": (TLS, "__HOST-a=1; Path=/", "__Host- needs Secure"),
    "a value for a name, __Host-": (TLS, "__Host-a; Secure; Path=/", "it has no name, and its value begins with __Host-"),
    "a value after =, __Host-": (TLS, "=__Host-a=1; Secure; Path=/", "it has no name, and its value begins with __Host-"),
    "a value after =, __Secure-": (
        TLS, "=__secure-a=1; Secure; Path=/", "it has no name, and its value begins with __Secure-"),
    "SameSite=None without Secure": (TLS, "a=1; SameSite=None", "it has SameSite=None without Secure"),
    "samesite=none in any case": (TLS, "a=1; samesite=NONE", "it has SameSite=None without Secure"),
    "a last SameSite=None": (TLS, "a=1; SameSite=Lax; SameSite=None", "it has SameSite=None without Secure"),
}  # fmt: skip


@pytest.mark.parametrize(("url", "line", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(web, url, line, reason):
    notes = web.visit(url, line)

    assert (web.sent(TLS), web.sent(PLAIN)) == (None, None)
    assert [note.partition(": ")[2] for note in notes] == [reason]


ACCEPTED = {
    "__Secure-": ("__Secure-a=1; Secure; Domain=example.com", "__Secure-a=1"),
    "__Host-": ("__Host-a=1; Secure; Path=/", "__Host-a=1"),
    "__Host- with an empty Domain": ("__Host-a=1; Secure; Path=/; Domain=", "__Host-a=1"),
    "a prefix in the middle of a name": ("a__Host-=1", "a__Host-=1"),
    "a prefix in a named value": ("a=__Host-b", "a=__Host-b"),
    "SameSite=None with Secure": ("a=1; SameSite=None; Secure", "a=1"),
    "SameSite=Strict": ("a=1; SameSite=Strict", "a=1"),
    "SameSite of an unknown kind": ("a=1; SameSite=Other", "a=1"),
    "a last SameSite that is unknown": ("a=1; SameSite=None; SameSite=x", "a=1"),
    "HttpOnly": ("a=1; HttpOnly", "a=1"),
}


@pytest.mark.parametrize(("line", "sent"), ACCEPTED.values(), ids=ACCEPTED.keys())
def test_accepted(web, line, sent):
    assert (web.visit(TLS, line), web.sent(TLS)) == ([], sent)


def test_samesite_strict_goes_along_from_another_site(web):
    web.visit(TLS, "a=1; SameSite=Strict; Secure")
    web.redirects("http://example.org/", TLS)

    assert web.trail("http://example.org/")[-1] == (TLS, "a=1")


def test_a_secure_cookie_put_by_hand_stays_off_http(web):
    web.engine.jar.put(Cookie("a", "1", "example.com", secure=True, is_manual=True), 0.0)

    assert (web.sent(TLS), web.sent(PLAIN)) == ("a=1", None)
