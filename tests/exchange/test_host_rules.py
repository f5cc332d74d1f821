from __future__ import annotations

import pytest
from tests.support.rows import check_rows

from callbox.errors import UsageError
from callbox.exchange.host_rules import HostRefused, Hosts, hosts_of, is_near, read_hosts
from callbox.exchange.url import parse


@check_rows(
    ("words", "url", "is_allowed"),
    [
        (["api.x"], "http://api.x/", True), (["api.x"], "https://api.x:8443/", True), (["API.X"], "http://api.x/", True),
        (["api.x."], "http://api.x/", True), (["api.x"], "http://API.x./", True), (["api.x:443"], "https://api.x/", True),
        (["api.x:443"], "http://api.x/", False), (["api.x"], "http://b.api.x/", False), (["api.x"], "http://api.xy/", False),
        (["api.x"], "http://api.x@evil/", False), (["[::1]:80"], "http://[::1]/", True), (["[::1]"], "http://[::2]/", False),
        (["b\u00fccher.example"], "http://xn--bcher-kva.example/", True), ([], "http://a/", False),
        (["a", "b:1"], "http://b:1/", True), (["a", "b:1"], "http://b:2/", False),
    ],
)  # fmt: skip
def test_hosts_are_compared_as_they_are_contacted(words, url, is_allowed) -> None:
    hosts = read_hosts(tuple(words))
    if is_allowed:
        hosts.check(parse(url))
    else:
        with pytest.raises(HostRefused):
            hosts.check(parse(url))


@check_rows("word", ["", "http://a/", "a/b", "a b", "a:0", "a:70000", "a:b", "u@a", "::1", "[a]", "*", "a*"])
def test_what_is_no_host_is_refused(word) -> None:
    with pytest.raises(UsageError):
        read_hosts((word,))


def test_a_host_that_is_written_with_http_may_send_on_to_tls_and_not_back() -> None:
    hosts_of(parse("http://a/")).check(parse("https://a/"))
    for written, other in [("https://a/", "http://a/"), ("http://a:81/", "https://a/"), ("http://a/", "http://a:22/")]:
        with pytest.raises(HostRefused):
            hosts_of(parse(written)).check(parse(other))


def test_none_is_allowed_by_nothing() -> None:
    with pytest.raises(HostRefused, match="neither the command line nor the script names this host"):
        Hosts().check(parse("http://a/"))


@check_rows("host", ["localhost", "api.localhost", "127.0.0.1", "[::1]", "10.0.0.1", "192.168.1.1"])
def test_near_hosts(host: str) -> None:
    assert is_near(host)


@check_rows("host", ["example.com", "8.8.8.8", "localhost.example.com", "[2606:4700::1]"])
def test_far_hosts(host: str) -> None:
    assert not is_near(host)
