"""Which hosts get a cookie, over real connections: RFC 6265bis sections 5.1.2, 5.1.3 and 5.7, steps 7 to 10."""

from __future__ import annotations

import pytest

IDN, PUNY = "http://www.b\u00fccher.example/", "xn--bcher-kva.example"
UTF8_DOMAIN = "b\u00fccher.example".encode().decode("latin-1")

HOSTS = {
    "without Domain, the host alone": (
        "http://example.com/", "a=1",
        {"http://example.com/": "a=1", "http://www.example.com/": None, "http://example.org/": None}),
    "without Domain, not the parent": ("http://www.example.com/", "a=1", {"http://example.com/": None}),
    "with Domain, the host and all below": (
        "http://example.com/", "a=1; Domain=example.com",
        {"http://example.com/": "a=1", "http://www.example.com/": "a=1", "http://x.y.example.com/": "a=1"}),
    "a child may set it for its parent, and so for its siblings": (
        "http://a.example.com/", "a=1; Domain=example.com",
        {"http://a.example.com/": "a=1", "http://b.example.com/": "a=1", "http://example.com/": "a=1"}),
    "a domain that only ends in the same letters is another": (
        "http://example.com/", "a=1; Domain=example.com", {"http://badexample.com/": None}),
    "a leading dot means nothing": (
        "http://example.com/", "a=1; Domain=.example.com",
        {"http://example.com/": "a=1", "http://www.example.com/": "a=1"}),
    "a domain is without case": (
        "http://example.com/", "a=1; dOmAiN=EXAMPLE.com", {"http://www.example.com/": "a=1"}),
    "a host is without case": (
        "http://EXAMPLE.com/", "a=1", {"http://example.com/": "a=1", "http://Example.COM/": "a=1"}),
    "a host with a trailing dot is the same host": (
        "http://example.com./", "a=1", {"http://example.com/": "a=1", "http://example.com./": "a=1"}),
    "an empty Domain is none": (
        "http://example.com/", "a=1; Domain=", {"http://example.com/": "a=1", "http://www.example.com/": None}),
    "a Domain without a value is none": (
        "http://example.com/", "a=1; Domain", {"http://example.com/": "a=1", "http://www.example.com/": None}),
    "a dot alone is none": (
        "http://example.com/", "a=1; Domain=.", {"http://example.com/": "a=1", "http://www.example.com/": None}),
    "the last Domain counts": (
        "http://a.example.com/", "a=1; Domain=example.org; Domain=example.com", {"http://b.example.com/": "a=1"}),
    "an empty last Domain counts too": (
        "http://a.example.com/", "a=1; Domain=example.com; Domain=",
        {"http://a.example.com/": "a=1", "http://b.example.com/": None}),
    "a public suffix that is the host itself is the host alone": (
        "http://co.uk/", "a=1; Domain=co.uk", {"http://co.uk/": "a=1", "http://a.co.uk/": None}),
    "below a public suffix": (
        "http://www.a.co.uk/", "a=1; Domain=a.co.uk", {"http://a.co.uk/": "a=1", "http://b.co.uk/": None}),
    "one label": (
        "http://localhost/", "a=1; Domain=localhost", {"http://localhost/": "a=1", "http://www.localhost/": None}),
    "an address is a host": (
        "http://127.0.0.1/", "a=1; Domain=127.0.0.1",
        {"http://127.0.0.1/": "a=1", "http://127.0.0.2/": None, "http://localhost/": None}),
    "an IPv6 address": ("http://[::1]/", "a=1", {"http://[::1]/": "a=1", "http://[::2]/": None}),
    "IDNA: the host of a name outside ASCII": (IDN, "a=1", {IDN: "a=1", f"http://www.{PUNY}/": "a=1"}),
    "IDNA: a Domain in ASCII": (IDN, f"a=1; Domain={PUNY}", {f"http://{PUNY}/": "a=1", f"http://b.{PUNY}/": "a=1"}),
}  # fmt: skip


@pytest.mark.parametrize(("url", "line", "sent"), HOSTS.values(), ids=HOSTS.keys())
def test_a_cookie_goes_to(web, url, line, sent):
    web.visit(url, line)

    assert {asked: web.sent(asked) for asked in sent} == sent


REFUSED = {
    "a sibling": ("http://a.example.com/", "a=1; Domain=b.example.com", "http://b.example.com/"),
    "a child": ("http://example.com/", "a=1; Domain=www.example.com", "http://www.example.com/"),
    "another site": ("http://example.com/", "a=1; Domain=example.org", "http://example.org/"),
    "letters in common only": ("http://badexample.com/", "a=1; Domain=example.com", "http://example.com/"),
    "a public suffix": ("http://a.co.uk/", "a=1; Domain=co.uk", "http://b.co.uk/"),
    "a public suffix with a dot": ("http://a.co.uk/", "a=1; Domain=.co.uk", "http://b.co.uk/"),
    "a top-level domain": ("http://example.com/", "a=1; Domain=com", "http://other.com/"),
    "a suffix of a company": ("http://a.github.io/", "a=1; Domain=github.io", "http://b.github.io/"),
    "the end of an address": ("http://127.0.0.1/", "a=1; Domain=0.0.1", "http://127.0.0.1/"),
    "a domain with a trailing dot": ("http://example.com/", "a=1; Domain=example.com.", "http://example.com/"),
    "a last Domain that is another site's": (
        "http://a.example.com/", "a=1; Domain=example.com; Domain=example.org", "http://a.example.com/"),
    "a domain outside ASCII": (IDN, f"a=1; Domain={UTF8_DOMAIN}", IDN),
}  # fmt: skip


@pytest.mark.parametrize(("url", "line", "asked"), REFUSED.values(), ids=REFUSED.keys())
def test_no_host_may_set_a_cookie_for(web, url, line, asked):
    notes = web.visit(url, line)

    assert (web.held, web.sent(asked), web.sent(url)) == ([], None, None)
    assert [note.partition(":")[0] for note in notes] == ["cookie 'a' not stored"]


def test_a_host_only_cookie_and_one_for_the_domain_stand_side_by_side(web):
    web.visit("http://example.com/", "a=host", "a=domain; Domain=example.com")

    assert web.sent("http://example.com/") == "a=host; a=domain"
    assert web.sent("http://www.example.com/") == "a=domain"


def test_a_port_makes_no_difference(web):
    web.visit("http://example.com/", "a=1")

    assert web.sent("http://example.com:2/") == "a=1"


def test_a_scheme_makes_no_difference_without_secure(web):
    web.visit("https://example.com/", "a=1")

    assert web.sent("http://example.com/") == "a=1"
