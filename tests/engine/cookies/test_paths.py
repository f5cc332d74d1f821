"""Which paths get a cookie, and in which order, over real connections: RFC 6265bis sections 5.1.4 and 5.8."""

from __future__ import annotations

import pytest

HOST = "http://example.com"

PATHS = {
    "the path itself and all below": (
        "/", "a=1; Path=/x", {"/x": "a=1", "/x/": "a=1", "/x/y": "a=1", "/x?q": "a=1", "/xy": None, "/": None}),
    "a path that ends in a slash": ("/", "a=1; Path=/x/", {"/x/": "a=1", "/x/y": "a=1", "/x": None}),
    "a path that is not that of the request": ("/a/b", "a=1; Path=/x", {"/x": "a=1", "/a/b": None}),
    "by default, up to the last slash": ("/a/b/c", "a=1", {"/a/b": "a=1", "/a/b/d": "a=1", "/a": None, "/a/bc": None}),
    "by default at the root": ("/login", "a=1", {"/": "a=1", "/x": "a=1"}),
    "by default, of a folder": ("/a/", "a=1", {"/a/": "a=1", "/a": "a=1", "/": None}),
    "by default, a query does not count": ("/a/b?x=/y/z", "a=1", {"/a": "a=1", "/a/b": "a=1"}),
    "a relative path is the default": ("/a/b", "a=1; Path=x", {"/a/b": "a=1", "/": None}),
    "an empty path is the default": ("/a/b", "a=1; Path=", {"/a/b": "a=1", "/": None}),
    "a path without a value is the default": ("/a/b", "a=1; Path", {"/a/b": "a=1", "/": None}),
    "a quoted path is the default": ('/a/b', 'a=1; Path="/"', {"/a/b": "a=1", "/": None}),
    "the last path counts": ("/a/b", "a=1; Path=/x; Path=/y", {"/y": "a=1", "/x": None}),
    "a relative last path counts": ("/a/b", "a=1; Path=/x; Path=y", {"/a/b": "a=1", "/x": None}),
    "with case": ("/", "a=1; Path=/X", {"/X": "a=1", "/x": None}),
    "escapes are compared as received": ("/", "a=1; Path=/%7Ex", {"/%7Ex": "a=1", "/~x": None, "/%7ex": None}),
    "white space around it does not count": ("/a/b", "a=1; Path = \t/x ", {"/x": "a=1", "/a/b": None}),
    "dots are removed before": ("/a/c", "a=1", {"/a/b/../c": "a=1", "/a/../c": None}),
}  # fmt: skip


@pytest.mark.parametrize(("path", "line", "sent"), PATHS.values(), ids=PATHS.keys())
def test_a_cookie_goes_to(web, path, line, sent):
    web.visit(HOST + path, line)

    assert {asked: web.sent(HOST + asked) for asked in sent} == sent


def test_longer_paths_come_first(web):
    web.visit(f"{HOST}/", "a=1; Path=/", "b=2; Path=/x/y", "c=3; Path=/x")

    assert web.sent(f"{HOST}/x/y/z") == "b=2; c=3; a=1"


def test_of_equal_paths_the_older_comes_first(web):
    for line in ("c=1", "a=2", "b=3"):
        web.visit(f"{HOST}/", line)

    assert web.sent(f"{HOST}/") == "c=1; a=2; b=3"


def test_one_that_is_overwritten_keeps_its_place(web):
    web.visit(f"{HOST}/", "a=1", "b=2")
    web.visit(f"{HOST}/", "a=3")

    assert web.sent(f"{HOST}/") == "a=3; b=2"


def test_one_that_was_deleted_and_set_again_is_new(web):
    web.visit(f"{HOST}/", "a=1", "b=2")
    web.visit(f"{HOST}/", "a=; Max-Age=0", "a=3")

    assert web.sent(f"{HOST}/") == "b=2; a=3"


def test_the_order_does_not_look_at_domains(web):
    web.visit("http://www.example.com/", "a=1; Domain=example.com", "b=2")
    web.visit("http://www.example.com/", "c=3; Domain=example.com")

    assert web.sent("http://www.example.com/") == "a=1; b=2; c=3"


def test_one_name_with_two_paths_is_two_cookies(web):
    web.visit(f"{HOST}/", "a=root; Path=/", "a=x; Path=/x")

    assert (web.sent(f"{HOST}/x"), web.sent(f"{HOST}/y")) == ("a=x; a=root", "a=root")
