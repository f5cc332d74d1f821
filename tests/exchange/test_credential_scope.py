"""What may follow a request to another URL: tables of pairs of URLs, and chains of them."""

from __future__ import annotations

from itertools import pairwise

from tests.support.rows import check_rows

from callbox.exchange.credential_scope import (
    FULL_SCOPE,
    CredentialScope,
    is_credential,
    may_cookies_follow,
    may_follow,
    narrow,
    without_certificate,
)
from callbox.exchange.secret import Secret
from callbox.exchange.url import follow, parse

HOME = "https://home.x/"


@check_rows(
    ("source", "target", "credentials", "cookies"),
    [
        ("http://a.x/1", "http://a.x/2", True, True),
        ("http://a.x", "http://a.x:80/p", True, True),
        ("http://a.x", "http://A.X/p", True, True),
        ("http://a.x", "https://a.x", True, True),
        ("http://a.x", "https://a.x:443", True, True),
        ("http://a.x", "https://a.x:8443", False, True),
        ("http://a.x:8080", "https://a.x", False, True),
        ("http://a.x:8080", "https://a.x:8443", False, True),
        ("https://a.x", "http://a.x", False, False),
        ("https://a.x", "http://a.x:443", False, False),
        ("http://a.x", "http://a.x:81", False, True),
        ("http://a.x", "http://b.a.x", False, False),
        ("http://b.a.x", "http://a.x", False, False),
        ("http://a.x", "http://a.x.evil.x", False, False),
        ("http://a.x", "http://a.x.", False, False),
        ("http://a.x", "https://www.a.x", False, False),
        ("http://a.x", "http://u:p@a.x/", True, True),
        ("http://a.x", "http://a.x@evil.x/", False, False),
        ("http://a.x", "http://a.x:80@evil.x/", False, False),
        ("http://[::1]/", "http://[::1]:80/", True, True),
        ("http://[::1]/", "http://[::1]:81/", False, True),
        ("http://[::1]/", "http://[::2]/", False, False),
        ("http://[::1]/", "http://[::ffff:127.0.0.1]/", False, False),
        ("http://127.0.0.1/", "http://localhost/", False, False),
        ("http://127.0.0.1/", "http://127.1/", False, False),
        ("http://bücher.x/", "http://xn--bcher-kva.x/", True, True),
        ("http://bücher.x/", "https://BÜCHER.x/", True, True),
        ("http://bücher.x/", "http://bucher.x/", False, False),
    ],
)
def test_credentials_go_by_origin_and_cookies_by_host(source, target, credentials, cookies):
    found = may_follow(parse(source), parse(target)), may_cookies_follow(parse(source), parse(target))

    assert found == (credentials, cookies)


@check_rows(
    ("location", "is_home"),
    [
        ("/x", True),
        ("https:evil.x", True),
        (r"/\evil.x", True),
        ("https://home.x/@evil.x", True),
        ("//evil.x/", False),
        ("https://home.x\\@evil.x/", True),
        ("https://home.x:443@evil.x/", False),
        ("https://evil.x#@home.x/", False),
        ("https://evil.x?@home.x/", False),
        ("https://home.x.evil.x", False),
    ],
)
def test_a_location_is_judged_by_where_it_leads(location, is_home):
    target = follow(parse(HOME), location)

    assert (may_follow(parse(HOME), target), target.host == "home.x") == (is_home, is_home)


@check_rows(
    ("chain", "scope"),
    [
        (["https://home.x/1", "https://home.x/2"], CredentialScope(True, True)),
        (["http://home.x/", "https://home.x/", "https://home.x/2"], CredentialScope(True, True)),
        (["https://home.x/", "https://evil.x/", "https://home.x/attack"], CredentialScope(False, False)),
        (["https://home.x/", "https://evil.x/", "https://evil.x/2"], CredentialScope(False, False)),
        (["https://home.x/", "https://home.x:8443/", "https://home.x/attack"], CredentialScope(False, True)),
        (["https://home.x/", "http://home.x/", "https://home.x/attack"], CredentialScope(False, False)),
        (["http://home.x/", "https://home.x/", "http://home.x/attack"], CredentialScope(False, False)),
        (
            ["http://home.x/", "https://evil.x/", "http://home.x/", "https://home.x/attack"],
            CredentialScope(False, False),
        ),
    ],
    ids=lambda value: " ".join(value) if type(value) is list else "",
)
def test_a_chain_never_gets_back_what_it_left_behind(chain, scope):
    found = FULL_SCOPE
    for source, target in pairwise(map(parse, chain)):
        found = narrow(found, source, target, may_carry=may_follow(source, target))

    assert found == scope


@check_rows(
    ("name", "value", "source", "found"),
    [
        ("Authorization", "x", "item", True),
        ("X-Plain", Secret("x"), "session", True),
        ("X-Plain", "x", "auth", True),
        ("X-Plain", "x", "netrc", True),
        ("X-Plain", "x", "item", False),
        ("Accept", "x", "default", False),
    ],
)
def test_a_credential_is_one_by_type_name_or_maker(name, value, source, found):
    assert is_credential(name, value, source) is found


def test_a_client_certificate_is_left_out_whoever_set_it():
    assert without_certificate({"cert": "me.pem", "timeout": 1.0}) == {"cert": "", "timeout": 1.0}
