"""Preparing, merging and redirecting in the corners, on both libraries."""

from __future__ import annotations

import io
from collections import OrderedDict
from typing import Any

import pytest
from tests.support.rows import check_rows


@check_rows(
    ("url", "name"),
    [
        ("hiwpefhipowhefopw", "MissingSchema"), ("localhost:3128", "InvalidSchema"), ("10.122.1.1:3128/", "InvalidSchema"),
        ("jelly:www.example.com", "InvalidSchema"), ("http://", "InvalidURL"), ("http://*example.com", "InvalidURL"),
        ("http://.example.com", "InvalidURL"), ("http://localhost.localdomain:port/", "InvalidURL"),
    ],
)  # fmt: skip
def test_bad_urls_have_their_errors(lib, url, name):
    with pytest.raises(getattr(lib.exceptions, name)):
        lib.get(url)


@check_rows(
    "url",
    ["data:image/gif;base64,R0lGODlhAQABAAD", "file:///etc/passwd", "magnet:?xt=urn:btih:c12fe1", "mailto:a@b.example"],
)
def test_other_schemes_are_prepared_as_they_are(lib, url):
    assert lib.Request("GET", url, params={"a": "1"}).prepare().url == url


@check_rows(
    ("url", "params", "expected"),
    [
        (" http://example.com", None, "http://example.com/"),
        ("HTTP://EXAMPLE.com/Path", None, "http://example.com/Path"),
        ("http://example.com/path#fragment", {"a": "b"}, "http://example.com/path?a=b#fragment"),
        ("http://example.com/path?key=value#fragment", {"a": "b"}, "http://example.com/path?key=value&a=b#fragment"),
        ("http://example.com/", OrderedDict((("z", 1), ("a", 1), ("k", 1))), "http://example.com/?z=1&a=1&k=1"),
        ("http://example.com", b"test=foo", "http://example.com/?test=foo"),
        ("http://example.com/ørsted", None, "http://example.com/%C3%B8rsted"),
        ("http://ジェーピーニック.jp", None, "http://xn--hckqz9bzb1cyrb.jp/"),
        ("http://Königsgäßchen.de/straße", None, "http://xn--knigsgchen-b4a3dun.de/stra%C3%9Fe"),
        (b"http://example.com/bytes", None, "http://example.com/bytes"),
        ("http://[1200:0000:ab00:1234:0000:2552:7777:1313]:12345/", None,
         "http://[1200:0000:ab00:1234:0000:2552:7777:1313]:12345/"),
        ("http+unix://%2Fvar%2Frun%2Fsocket/path", {"key": "value"}, "http+unix://%2Fvar%2Frun%2Fsocket/path?key=value"),
        ("http://example.com", None, "http://example.com/"),
    ],
)  # fmt: skip
def test_urls_are_prepared(lib, url, params, expected):
    assert lib.Request("GET", url, params=params).prepare().url == expected


def test_a_request_without_anything_is_prepared_with_little(lib):
    p = lib.PreparedRequest()
    p.prepare(method="GET", url="http://example.com", headers={"X": "1"})

    assert (p.method, p.url, p.body, dict(p.headers), p.path_url) == (
        "GET",
        "http://example.com/",
        None,
        {"X": "1"},
        "/",
    )


def test_a_copy_is_equal_in_every_part(lib):
    p = lib.PreparedRequest()
    p.prepare("POST", "http://example.com", data={"a": "b"}, hooks={"response": []}, cookies={"foo": "bar"})
    q = p.copy()

    for name in ("method", "url", "headers", "_cookies", "body", "hooks"):
        assert getattr(p, name) == getattr(q, name), name


def test_content_length_follows_the_method(lib):
    lengths = [
        lib.Request(method, "http://example.com", data=data).prepare().headers.get("Content-Length")
        for method, data in [("GET", None), ("POST", None), ("PUT", ""), ("POST", "abc"), ("POST", io.BytesIO(b"ab"))]
    ]

    assert lengths == [None, "0", "0", "3", "2"]


def test_auth_of_a_prepared_request_is_in_its_header(lib):
    p = lib.Request("GET", "http://u%20x:p@example.com/").prepare()

    assert p.headers["Authorization"] == "Basic dSB4OnA="


def test_what_a_callable_gives_back_is_used(lib, s, url):
    class Dummy(lib.auth.AuthBase):
        def __call__(self, r):
            r.headers["Dummy-Auth-Test"] = "dummy"
            r.url += "&signed=1"
            r.body = b"changed"
            return r

    s.auth = Dummy()
    prepared = s.prepare_request(lib.Request("POST", url + "/post?a=1", data="short"))
    seen = s.send(prepared).json()

    assert (seen["headers"]["Dummy-Auth-Test"], seen["args"], seen["data"]) == (
        "dummy",
        {"a": "1", "signed": "1"},
        "changed",
    )
    assert seen["headers"]["Content-Length"] == "7"


def test_hooks_are_told_the_settings(lib, url):
    seen: dict[str, Any] = {}

    lib.get(url + "/get", timeout=7, hooks={"response": lambda r, **kwargs: seen.update(kwargs)})

    assert sorted(seen) == ["cert", "proxies", "stream", "timeout", "verify"]
    assert (seen["timeout"], seen["stream"], seen["verify"], seen["cert"]) == (7, False, True, None)


def test_a_hook_registered_on_a_prepared_request_is_called(lib, s, url):
    seen = []
    prepared = s.prepare_request(lib.Request("GET", url + "/get"))
    prepared.register_hook("response", lambda r, **kwargs: seen.append(r.status_code))

    s.send(prepared)

    assert seen == [200]


def test_adapters_are_kept_longest_first(lib, s):
    for prefix in ("http://git", "http://github", "http://github.com", "http://github.com/about/"):
        s.mount(prefix, lib.adapters.HTTPAdapter())

    assert list(s.adapters) == [
        "http://github.com/about/", "http://github.com", "http://github", "http://git", "https://", "http://",
    ]  # fmt: skip


def test_the_sessions_things_are_not_changed_by_a_request(s, url):
    s.params, s.headers["X"] = {"a": "1"}, "1"
    s.get(url + "/get", params={"b": "2"}, headers={"X": None, "Y": "2"}, cookies={"c": "3"}, auth=("u", "p"))

    assert (s.params, s.headers.get("X"), "Y" in s.headers, s.cookies.get_dict(), s.auth) == (
        {"a": "1"},
        "1",
        False,
        {},
        None,
    )


def test_a_cookie_that_was_deleted_by_the_server_is_gone(s, url):
    s.get(url + "/cookies/set/foo/bar")
    s.get(url + "/cookies/delete?foo")

    assert "foo" not in s.cookies


def test_cookies_set_on_a_redirect_are_kept(s, url):
    s.get(url + "/cookies/set?foo=bar", hooks={"response": lambda r, **_: None})

    assert s.cookies["foo"] == "bar"


def test_a_jar_is_a_dictionary_too(lib):
    jar = lib.cookies.RequestsCookieJar()
    jar.set("a", "1", path="/", domain="x.example")
    jar.set("b", "2")
    jar.update({"c": "3"})

    assert dict(jar) == {"a": "1", "b": "2", "c": "3"}
    assert (len(jar), "a" in jar, jar.get("none", 7), jar.list_paths(), jar == jar.copy()) == (3, True, 7, ["/"], True)
    del jar["a"]
    jar.set("b", None)
    assert jar.get_dict() == {"c": "3"}
    with pytest.raises(KeyError):
        _ = jar["none"]


def test_a_redirect_to_a_bad_url_is_an_error(lib, s, recorder):
    server = recorder(b"HTTP/1.1 302 Found\r\nLocation: http://localhost:-1/\r\nContent-Length: 0\r\n\r\n")

    with pytest.raises(lib.exceptions.InvalidURL):
        s.get(server.url)


def test_a_redirect_keeps_the_fragment(lib, url):
    assert lib.get(url + "/redirect/1#part").url == url + "/get#part"


def test_a_response_is_iterated(lib):
    r = lib.Response()
    r.raw = io.BytesIO(b"x" * 200)

    assert [len(piece) for piece in r] == [128, 72]


def test_a_response_without_content_is_empty(lib):
    r = lib.Response()

    assert (r.content, r.text, r.status_code, r.history) == (None, "", None, [])


def test_lines_of_a_hand_made_response(lib):
    r = lib.Response()
    r._content = b"the content\r\nnext\n\nlast"
    r._content_consumed = True

    assert list(r.iter_lines()) == [b"the content", b"next", b"", b"last"]
    assert list(r.iter_lines(delimiter=b"\r\n")) == [b"the content", b"next\n\nlast"]
    assert b"".join(r.iter_content(3)) == r.content


def test_a_chunk_size_is_a_number(lib):
    r = lib.Response()
    r._content = b"abc"

    with pytest.raises(TypeError):
        r.iter_content("1024")


def test_a_reason_in_bytes_is_told(lib):
    r = lib.Response()
    r.url, r.status_code, r.reason = "http://a/", 404, "Não".encode()

    with pytest.raises(lib.exceptions.HTTPError, match="404 Client Error: Não"):
        r.raise_for_status()
