"""What Requests' chapter on advanced usage shows, on both libraries."""

from __future__ import annotations

import io
import json

import pytest


def test_a_session_keeps_cookies(s, url):
    s.get(url + "/cookies/set/sessioncookie/123456789")

    assert s.get(url + "/cookies").json() == {"cookies": {"sessioncookie": "123456789"}}


def test_a_session_gives_defaults(s, url):
    s.auth = ("user", "pass")
    s.headers.update({"x-test": "true"})
    s.params = {"p": "1"}
    r = s.get(url + "/anything", headers={"x-test2": "true"}, params={"q": "2"}).json()

    assert (r["headers"]["X-Test"], r["headers"]["X-Test2"], r["args"]) == ("true", "true", {"p": "1", "q": "2"})
    assert r["headers"]["Authorization"] == "Basic dXNlcjpwYXNz"


def test_none_leaves_a_default_out(s, url):
    s.headers["x-test"] = "true"

    assert "X-Test" not in s.get(url + "/headers", headers={"x-test": None}).json()["headers"]


def test_request_values_do_not_persist(s, url):
    s.get(url + "/cookies", cookies={"from-my": "browser"})

    assert s.get(url + "/cookies").json() == {"cookies": {}}


def test_a_response_knows_its_request(lib, url):
    r = lib.post(url + "/post", data={"a": "1"})

    assert (r.request.method, r.request.url, r.request.path_url) == ("POST", url + "/post", "/post")
    assert r.request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert r.request.body in ("a=1", b"a=1")


def test_a_request_is_prepared_edited_and_sent(lib, s, url):
    prepared = lib.Request("POST", url + "/post", data={"a": "1"}, headers={"X-A": "1"}).prepare()
    prepared.body = "No, I want exactly this as the body."
    prepared.headers["Content-Length"] = str(len(prepared.body))
    del prepared.headers["Content-Type"]
    r = s.send(prepared, stream=False, timeout=5)

    assert r.json()["data"] == "No, I want exactly this as the body."


def test_a_session_prepares(lib, s, url):
    s.headers["X-S"] = "s"
    prepared = s.prepare_request(lib.Request("GET", url + "/headers", params={"a": "1"}))
    settings = s.merge_environment_settings(prepared.url, {}, None, None, None)

    assert s.send(prepared, **settings).json()["headers"]["X-S"] == "s"
    assert sorted(settings) == ["cert", "proxies", "stream", "verify"]


def test_a_prepared_request_is_made_step_by_step(lib, s, url):
    p = lib.PreparedRequest()
    p.prepare_method("post")
    p.prepare_url(url + "/post", {"q": "1"})
    p.prepare_headers({"X-A": "1"})
    p.prepare_cookies({"c": "1"})
    p.prepare_body({"f": "1"}, None)
    p.prepare_auth(("u", "p"))
    seen = s.send(p).json()

    assert (seen["args"], seen["form"], seen["headers"]["Cookie"], seen["headers"]["Authorization"]) == (
        {"q": "1"}, {"f": "1"}, "c=1", "Basic dTpw",
    )  # fmt: skip


def test_a_prepared_request_may_be_sent_twice(lib, s, url):
    p = lib.Request("PUT", url + "/put", data=io.BytesIO(b"abc")).prepare()
    q = p.copy()
    q.headers["X-Copy"] = "1"

    assert s.send(p).json()["data"] == "abc"
    assert "X-Copy" not in p.headers


def test_stream_leaves_the_content_for_later(lib, url):
    with lib.get(url + "/stream-bytes/100?chunk_size=10&seed=1", stream=True) as r:
        assert len(r.content) == 100


def test_iter_content_gives_pieces(lib, url):
    r = lib.get(url + "/bytes/100?seed=1", stream=True)

    assert [len(piece) for piece in r.iter_content(40)] == [40, 40, 20]
    with pytest.raises(lib.exceptions.StreamConsumedError):
        r.iter_content(40)
    with pytest.raises(RuntimeError):
        _ = r.content


def test_iter_lines_gives_lines(lib, url):
    r = lib.get(url + "/stream/3", stream=True)

    assert [json.loads(line)["id"] for line in r.iter_lines() if line] == [0, 1, 2]


def test_lines_as_text(lib, url):
    r = lib.get(url + "/stream/2", stream=True)
    r.encoding = "utf-8"

    assert all(isinstance(line, str) for line in r.iter_lines(decode_unicode=True))


def test_a_file_is_streamed_up(lib, url):
    r = lib.post(url + "/post", data=io.BytesIO(b"x" * 5000))

    assert (r.json()["data"], r.request.headers["Content-Length"]) == ("x" * 5000, "5000")


def test_a_generator_is_sent_in_chunks(lib, practice):
    r = lib.post(practice.url + "/echo", data=(piece for piece in [b"hi", b"there"]))

    assert (r.json()["body"], r.request.headers["Transfer-Encoding"]) == ("hithere", "chunked")


def test_several_files_may_have_one_name(lib, url):
    files = [("images", ("a.png", b"1", "image/png")), ("images", ("b.png", b"2", "image/png"))]
    r = lib.post(url + "/post", files=files)

    assert r.request.body.count(b'name="images"; filename=') == 2
    assert r.request.headers["Content-Type"].startswith("multipart/form-data; boundary=")


def test_a_request_hook_is_called_with_each_answer(lib, url):
    seen = []
    lib.get(url + "/redirect/1", hooks={"response": lambda r, *args, **kwargs: seen.append(r.status_code)})

    assert seen == [302, 200]


def test_several_hooks_are_called_in_order(lib, url):
    seen = []
    hooks = {"response": [lambda r, **_: seen.append("a"), lambda r, **_: seen.append("b")]}
    lib.get(url + "/get", hooks=hooks)

    assert seen == ["a", "b"]


def test_a_session_hook_is_called_with_every_answer(s, url):
    seen = []
    s.hooks["response"].append(lambda r, *args, **kwargs: seen.append(r.url))
    s.get(url + "/get")
    s.get(url + "/ip")

    assert seen == [url + "/get", url + "/ip"]


def test_what_a_hook_returns_takes_the_place_of_the_answer(lib, url):
    class Other(lib.Response):
        pass

    assert type(lib.get(url + "/get", hooks={"response": lambda r, **_: Other()}, stream=True)) is Other


def test_an_auth_callable_signs(lib, url):
    class Pizza(lib.auth.AuthBase):
        def __call__(self, r):
            r.headers["X-Pizza"] = "kenneth"
            return r

    assert lib.get(url + "/headers", auth=Pizza()).json()["headers"]["X-Pizza"] == "kenneth"


def test_basic_and_digest_auth(lib, url):
    assert lib.get(url + "/basic-auth/u/p", auth=lib.auth.HTTPBasicAuth("u", "p")).status_code == 200
    r = lib.get(url + "/digest-auth/auth/u/p", auth=lib.auth.HTTPDigestAuth("u", "p"))

    assert (r.status_code, [h.status_code for h in r.history]) == (200, [401])
    assert lib.get(url + "/digest-auth/auth/u/p", auth=lib.auth.HTTPDigestAuth("u", "no")).status_code == 401


def test_userinfo_in_the_url_signs(lib, url):
    assert lib.get(url.replace("://", "://u:p@") + "/basic-auth/u/p").status_code == 200
