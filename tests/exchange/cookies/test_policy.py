"""RFC 6265bis sections 5.1.3 and 5.1.4, and public suffixes."""

import pytest
from tests.support.rows import check_rows

from callbox.errors import CallboxError
from callbox.exchange.cookies.policy import (
    canonical_domain,
    default_path,
    domain_matches,
    is_public_suffix,
    path_matches,
    registrable_domain,
)

DOMAINS = {
    "identical": ("example.com", "example.com", True),
    "below": ("www.example.com", "example.com", True),
    "far-below": ("a.b.c.example.com", "example.com", True),
    "above": ("example.com", "www.example.com", False),
    "beside": ("a.example.com", "b.example.com", False),
    "suffix-without-a-dot": ("badexample.com", "example.com", False),
    "dot-only": ("example.com", ".", False),
    "empty": ("example.com", "", False),
    "double-dot": ("www.example.com", ".example.com", False),
    "trailing-dot": ("www.example.com", "example.com.", False),
    "ipv4-itself": ("127.0.0.1", "127.0.0.1", True),
    "ipv4-tail": ("127.0.0.1", "0.0.1", False),
    "ipv4-last-number": ("127.0.0.1", "1", False),
    "ipv4-hex-tail": ("1.2.0x7f", "0x7f", False),
    "ipv6-itself": ("::1", "::1", True),
    "ipv6-with-ipv4-tail": ("::ffff:1.2.3.4", "3.4", False),
    "numbers-inside-a-name": ("1.2.3.example", "3.example", True),
}


@check_rows(("host", "domain", "matches"), DOMAINS.values(), ids=DOMAINS)
def test_domain_match(host: str, domain: str, matches: bool) -> None:
    assert domain_matches(host, domain) is matches


PATHS = {
    "identical": ("/a", "/a", True),
    "root": ("/a/b", "/", True),
    "below": ("/a/b", "/a", True),
    "below-slash": ("/a/b", "/a/", True),
    "slash-itself": ("/a/", "/a", True),
    "prefix-of-a-name": ("/ab", "/a", False),
    "above": ("/a", "/a/b", False),
    "slash-is-more": ("/a", "/a/", False),
    "case": ("/A", "/a", False),
    "escapes-are-not-undone": ("/%61", "/a", False),
    "escapes-are-not-cased": ("/%7e", "/%7E", False),
    "double-slash": ("//a", "/a", False),
}


@check_rows(("path", "cookie_path", "matches"), PATHS.values(), ids=PATHS)
def test_path_match(path: str, cookie_path: str, matches: bool) -> None:
    assert path_matches(path, cookie_path) is matches


@check_rows(
    ("path", "default"),
    [
        ("", "/"),
        ("x", "/"),
        ("*", "/"),
        ("/", "/"),
        ("/a", "/"),
        ("/a/", "/a"),
        ("/a/b", "/a"),
        ("/a/b/", "/a/b"),
        ("//", "/"),
        ("/a//b", "/a/"),
    ],
)
def test_default_path(path: str, default: str) -> None:
    assert default_path(path) == default


@check_rows("domain", ["com", "co.uk", "github.io", "localhost", "nosuchtld", "xn--p1ai"])
def test_public_suffix(domain: str) -> None:
    assert is_public_suffix(domain)


@check_rows("domain", ["example.com", "a.co.uk", "me.github.io", "a.localhost", "127.0.0.1", "::1"])
def test_no_public_suffix(domain: str) -> None:
    assert not is_public_suffix(domain)


@check_rows(
    ("host", "domain"),
    [
        ("a.b.example.co.uk", "example.co.uk"),
        ("example.com", "example.com"),
        ("a.me.github.io", "me.github.io"),
        ("github.io", "github.io"),
        ("localhost", "localhost"),
        ("10.0.0.1", "10.0.0.1"),
        ("::1", "::1"),
    ],
)
def test_registrable_domain(host: str, domain: str) -> None:
    assert registrable_domain(host) == domain


@check_rows(
    ("text", "domain"),
    [
        (".Example.COM.", "example.com"),
        ("[::1]", "::1"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("", ""),
    ],
)
def test_domain_given_by_hand(text: str, domain: str) -> None:
    assert canonical_domain(text) == domain


def test_domain_that_idna_does_not_know_is_an_error() -> None:
    with pytest.raises(CallboxError, match="Not a domain name"):
        canonical_domain("\u0378.example")
