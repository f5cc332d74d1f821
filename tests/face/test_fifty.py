"""A program of documented features of Requests, run as it is on Requests and, with only the import changed, on callbox."""

from __future__ import annotations

import io
import json
import pickle
from http.cookiejar import CookieJar as ForeignJar
from types import ModuleType
from typing import Any

import pytest
import requests

import callbox


@pytest.fixture(params=[requests, callbox], ids=["requests", "callbox"])
def lib(request: pytest.FixtureRequest) -> ModuleType:
    return request.param


@pytest.fixture
def s(lib: Any) -> Any:
    with lib.Session() as session:
        yield session


@pytest.fixture
def url(httpbin_url: str) -> str:
    return httpbin_url


# The quickstart


def test_a_response_has_status_headers_encoding_text_and_json(lib, url):
    r = lib.get(url + "/json")

    assert (r.status_code, r.headers["content-type"], r.ok, bool(r)) == (200, "application/json", True, True)
    assert json.loads(r.text) == r.json()
    assert r.status_code == lib.codes.ok


@pytest.mark.parametrize("verb", ["get", "post", "put", "patch", "delete", "options", "head"])
def test_every_verb_is_a_function(lib, url, verb):
    r = getattr(lib, verb)(url + "/anything")

    assert r.request.method == verb.upper()


def test_params_make_the_url(lib, url):
    r = lib.get(url + "/get", params={"key1": "value1", "key2": ["value2", "value3"], "none": None})

    assert r.url == url + "/get?key1=value1&key2=value2&key2=value3"


def test_content_is_bytes_and_gzip_is_undone(lib, url):
    r = lib.get(url + "/gzip")

    assert isinstance(r.content, bytes)
    assert r.json()["gzipped"] is True


def test_encoding_may_be_set_by_hand(lib, url):
    r = lib.get(url + "/encoding/utf8")
    r.encoding = "ISO-8859-1"

    assert r.encoding == "ISO-8859-1"
    assert "Ã" in r.text


def test_a_body_that_is_no_json_raises_by_several_names(lib, url):
    r = lib.get(url + "/html")

    for error in (ValueError, json.JSONDecodeError, lib.exceptions.JSONDecodeError, lib.JSONDecodeError):
        with pytest.raises(error):
            r.json()


def test_raw_reads_the_bytes_of_the_socket(lib, url):
    with lib.get(url + "/gzip", stream=True) as r:
        assert r.raw.read(2) == b"\x1f\x8b"


def test_raw_decodes_where_asked(lib, url):
    with lib.get(url + "/gzip", stream=True) as r:
        assert r.raw.read(decode_content=True).startswith(b"{")


def test_custom_headers_reach_the_server(lib, url):
    assert lib.get(url + "/headers", headers={"X-One": "1"}).json()["headers"]["X-One"] == "1"


def test_a_form_is_posted(lib, url):
    assert lib.post(url + "/post", data={"a": "1", "b": ["2", "3"]}).json()["form"] == {"a": "1", "b": ["2", "3"]}
    assert lib.post(url + "/post", data=[("a", "1"), ("a", "2")]).json()["form"] == {"a": ["1", "2"]}


def test_text_is_posted_as_it_is(lib, url):
    assert lib.post(url + "/post", data=json.dumps({"a": 1})).json()["data"] == '{"a": 1}'


def test_json_is_posted(lib, url):
    r = lib.post(url + "/post", json={"a": 1})

    assert (r.json()["json"], r.request.headers["Content-Type"]) == ({"a": 1}, "application/json")


def test_a_file_is_posted(lib, url):
    files = {"file": ("report.csv", "some,data\n", "text/csv", {"Expires": "0"})}

    assert lib.post(url + "/post", files=files).json()["files"] == {"file": "some,data\n"}


def test_an_open_file_is_posted_under_its_name(lib, url, tmp_path):
    path = tmp_path / "n.txt"
    path.write_bytes(b"hello")
    with path.open("rb") as file:
        r = lib.post(url + "/post", files={"f": file}, data={"k": "v"})

    assert (r.json()["files"], r.json()["form"]) == ({"f": "hello"}, {"k": "v"})


def test_codes_have_names(lib):
    assert (lib.codes.not_found, lib.codes["temporary_redirect"], lib.codes.NOT_FOUND, lib.codes.teapot) == (
        404, 307, 404, 418,
    )  # fmt: skip


def test_raise_for_status_raises_for_an_error_alone(lib, url):
    lib.get(url + "/status/200").raise_for_status()
    with pytest.raises(lib.exceptions.HTTPError) as caught:
        lib.get(url + "/status/404").raise_for_status()

    assert str(caught.value) == f"404 Client Error: NOT FOUND for url: {url}/status/404"
    assert caught.value.response.status_code == 404
    assert caught.value.request.method == "GET"


def test_response_headers_ignore_case(lib, url):
    headers = lib.get(url + "/get").headers

    assert headers["Content-Type"] == headers.get("content-type") == headers["CONTENT-TYPE"]
    assert isinstance(headers, lib.structures.CaseInsensitiveDict)


def test_cookies_of_a_response_are_read(lib, url):
    r = lib.get(url + "/cookies/set/a/1", allow_redirects=False)

    assert r.cookies["a"] == "1"


def test_cookies_are_sent(lib, url):
    assert lib.get(url + "/cookies", cookies={"are": "working"}).json() == {"cookies": {"are": "working"}}


def test_a_jar_is_filled_by_hand(lib, url):
    jar = lib.cookies.RequestsCookieJar()
    jar.set("tasty", "yum", domain="127.0.0.1", path="/cookies")
    jar.set("gross", "blech", domain="127.0.0.1", path="/elsewhere")

    assert lib.get(url + "/cookies", cookies=jar).json()["cookies"] == {"tasty": "yum"}


def test_redirects_are_followed_with_a_history(lib, url):
    r = lib.get(url + "/redirect/2")

    assert (r.status_code, [h.status_code for h in r.history], [len(h.history) for h in r.history]) == (
        200, [302, 302], [0, 1],
    )  # fmt: skip


def test_redirects_are_left_alone_where_told(lib, url):
    r = lib.get(url + "/redirect/1", allow_redirects=False)

    assert (r.status_code, r.history, r.is_redirect, r.is_permanent_redirect) == (302, [], True, False)
    assert r.next.url == url + "/get"
    assert lib.head(url + "/redirect/1").status_code == 302
    assert lib.head(url + "/redirect/1", allow_redirects=True).status_code == 200


@pytest.mark.parametrize("timeout", [0.3, (3, 0.3)], ids=["number", "pair"])
def test_a_timeout_is_an_error(lib, url, timeout):
    with pytest.raises(lib.exceptions.Timeout) as caught:
        lib.get(url + "/delay/3", timeout=timeout)

    assert isinstance(caught.value, lib.exceptions.ReadTimeout)


def test_a_refused_connection_is_an_error_with_its_request(lib):
    with pytest.raises(lib.exceptions.ConnectionError) as caught:
        lib.get("http://127.0.0.1:9/x")

    assert isinstance(caught.value, (lib.RequestException, IOError))
    assert caught.value.request.url == "http://127.0.0.1:9/x"
    assert caught.value.response is None


def test_too_many_redirects_are_an_error_with_their_response(lib, s, url):
    s.max_redirects = 2
    with pytest.raises(lib.TooManyRedirects) as caught:
        s.get(url + "/redirect/5")

    assert caught.value.response.status_code == 302


# Advanced usage


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


def test_link_headers_are_read(lib):
    r = lib.Response()
    r.headers["Link"] = '<http://a/2>; rel="next", <http://a/9>; rel="last"'

    assert r.links["next"] == {"url": "http://a/2", "rel": "next"}


def test_an_adapter_is_mounted_by_prefix(lib, s, url):
    class Canned(lib.adapters.BaseAdapter):
        def send(self, request, **kwargs):
            made = lib.Response()
            made.status_code, made.url, made.request, made.raw = 299, request.url, request, io.BytesIO(b"canned")
            return made

        def close(self):
            pass

    s.mount(url + "/canned", Canned())
    s.mount("mock://", Canned())

    assert s.get(url + "/canned/x").text == "canned"
    assert s.get("mock://anything?a=1").url == "mock://anything?a=1"
    assert s.get(url + "/get").status_code == 200
    assert isinstance(s.get_adapter(url + "/canned"), Canned)
    with pytest.raises(lib.exceptions.InvalidSchema):
        s.get("ftp://a/b")


def test_retries_are_counted_and_end_in_an_error(lib, s, url):
    from urllib3.util import Retry

    retry = Retry(total=2, backoff_factor=0, status_forcelist=[503], allowed_methods={"GET"})
    s.mount("http://", lib.adapters.HTTPAdapter(max_retries=retry))

    with pytest.raises(lib.exceptions.RetryError):
        s.get(url + "/status/503")
    assert s.get(url + "/status/500").status_code == 500


def test_retry_gives_the_last_answer_where_told(lib, s, url):
    from urllib3.util import Retry

    retry = Retry(total=1, status_forcelist=[503], raise_on_status=False)
    s.mount("http://", lib.adapters.HTTPAdapter(max_retries=retry))

    assert s.get(url + "/status/503").status_code == 503


def test_a_proxy_that_is_not_there_is_an_error(lib, url):
    with pytest.raises(lib.exceptions.ConnectionError):
        lib.get(url + "/get", proxies={"http": "http://127.0.0.1:9"})


def test_a_session_subclass_is_honoured(lib, url):
    class Mine(lib.Session):
        def __init__(self):
            super().__init__()
            self.log = []

        def request(self, method, url, **kwargs):
            self.log.append(("request", method))
            return super().request(method, url, **kwargs)

        def send(self, request, **kwargs):
            self.log.append(("send", request.url))
            return super().send(request, **kwargs)

    with Mine() as mine:
        mine.get(url + "/redirect/1")

    assert mine.log == [("request", "GET"), ("send", url + "/redirect/1"), ("send", url + "/get")]


def test_rebuild_auth_may_keep_the_credentials(lib, practice):
    class Trusting(lib.Session):
        def rebuild_auth(self, prepared_request, response):
            pass

    with Trusting() as trusting:
        seen = trusting.get(practice.url + "/redirect/other", auth=("u", "p")).json()["headers"]

    assert seen["Authorization"] == "Basic dTpw"


def test_should_strip_auth_is_asked(lib, s):
    assert s.should_strip_auth("http://a.example/x", "http://b.example/x") is True
    assert s.should_strip_auth("http://a.example/x", "https://a.example/x") is False
    assert s.should_strip_auth("http://a.example:1234/x", "https://a.example/x") is True


def test_resolve_redirects_can_be_walked_by_hand(lib, s, url):
    first = s.get(url + "/redirect/2", allow_redirects=False)
    walked = list(s.resolve_redirects(first, first.request))

    assert [r.status_code for r in walked] == [302, 200]
    assert s.get_redirect_target(first) == "/relative-redirect/1"


def test_an_answer_can_be_pickled(lib, url):
    r = pickle.loads(pickle.dumps(lib.get(url + "/json")))

    assert (r.status_code, r.json()["slideshow"]["author"], r.request.method) == (200, "Yours Truly", "GET")


def test_a_session_can_be_pickled(lib, s, url):
    s.headers["X-S"], s.auth, s.verify = "1", ("u", "p"), False
    s.cookies.set("a", "1")
    t = pickle.loads(pickle.dumps(s))

    assert (t.headers["x-s"], t.auth, t.verify, t.cookies["a"]) == ("1", ("u", "p"), False, "1")
    assert t.get(url + "/get").status_code == 200
    t.close()


def test_a_prepared_request_can_be_pickled(lib, s, url):
    p = pickle.loads(pickle.dumps(lib.Request("POST", url + "/post", data={"a": "1"}).prepare()))

    assert s.send(p).json()["form"] == {"a": "1"}


@pytest.mark.parametrize("name", ["HTTPError", "ConnectTimeout", "InvalidURL", "ContentDecodingError"])
def test_an_error_can_be_pickled(lib, name):
    error = pickle.loads(pickle.dumps(getattr(lib.exceptions, name)("why")))

    assert (type(error).__name__, str(error), error.request) == (name, "why", None)


def test_the_jar_is_a_mapping_and_a_jar(lib):
    jar = lib.cookies.cookiejar_from_dict({"a": "1", "b": "2"})
    jar.set("a", "3", domain="x.example", path="/p")

    assert jar.get("a", domain="x.example", path="/p") == "3"
    assert (jar.get_dict(domain="x.example"), jar.list_domains(), sorted(jar.keys())) == (
        {"a": "3"}, ["", "x.example"], ["a", "a", "b"],
    )  # fmt: skip
    with pytest.raises(lib.cookies.CookieConflictError):
        _ = jar["a"]
    assert {c.name for c in jar} == {"a", "b"}
    assert lib.utils.dict_from_cookiejar(lib.utils.add_dict_to_cookiejar(jar.copy(), {"z": "9"}))["z"] == "9"


def test_cookies_in_a_jar_have_the_usual_attributes(lib):
    cookie = lib.cookies.create_cookie("a", "1", domain="x.example", secure=True, rest={"HttpOnly": None})

    assert (cookie.name, cookie.value, cookie.domain, cookie.path, cookie.secure, cookie.expires) == (
        "a", "1", "x.example", "/", True, None,
    )  # fmt: skip
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert not cookie.is_expired()


def test_a_jar_of_the_standard_library_may_be_the_sessions(lib, s, url):
    jar = s.cookies = ForeignJar()
    s.get(url + "/cookies/set/a/1")

    assert s.cookies is jar
    assert [c.name for c in jar] == ["a"]
    assert s.get(url + "/cookies").json()["cookies"] == {"a": "1"}


def test_a_jar_can_be_pickled(lib):
    jar = lib.cookies.cookiejar_from_dict({"a": "1"})

    assert pickle.loads(pickle.dumps(jar)).get_dict() == {"a": "1"}


@pytest.mark.parametrize(
    ("bad", "name"),
    [("nourl", "MissingSchema"), ("http://", "InvalidURL"), ("ftp://a/", "InvalidSchema"), ("http://*.x/", "InvalidURL")],
)  # fmt: skip
def test_a_bad_url_is_an_error_by_its_name(lib, bad, name):
    with pytest.raises(getattr(lib.exceptions, name)) as caught:
        lib.get(bad)

    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("headers", [{"X": 1}, {"X": "a\nb"}, {"X": " a"}], ids=["number", "break", "blank"])
def test_a_bad_header_is_an_error_by_its_name(lib, url, headers):
    with pytest.raises(lib.exceptions.InvalidHeader):
        lib.get(url + "/get", headers=headers)


def test_nan_is_no_json(lib, url):
    with pytest.raises(lib.exceptions.InvalidJSONError):
        lib.post(url + "/post", json={"a": float("nan")})


def test_bytes_do_for_method_and_url(lib, s, url):
    assert s.request(b"GET", (url + "/get?a=ä").encode()).json()["args"] == {"a": "ä"}


def test_the_dictionary_ignores_case_and_keeps_spelling(lib):
    d = lib.structures.CaseInsensitiveDict({"Accept": "1"}, X="2")
    d["ACCEPT"] = "3"

    assert (list(d), d["accept"], d == {"accept": "3", "x": "2"}) == (["ACCEPT", "X"], "3", True)
    assert list(d.lower_items()) == [("accept", "3"), ("x", "2")]


def test_a_hand_made_response_reads_its_raw(lib):
    r = lib.Response()
    r.status_code, r.reason, r.url, r.raw, r.encoding = 418, "Teapot", "http://a/", io.BytesIO(b'{"a": 1}'), "utf-8"

    assert (r.json(), r.text, r.ok) == ({"a": 1}, '{"a": 1}', False)
    with pytest.raises(lib.HTTPError):
        r.raise_for_status()


def test_elapsed_is_a_duration(lib, url):
    assert 0 < lib.get(url + "/get").elapsed.total_seconds() < 30


def test_a_hook_may_answer_a_challenge_through_the_connection(lib, url):
    """As NTLM does: drain the answer, sign a copy of the request, send it over the same connection."""

    class Handshake(lib.auth.AuthBase):
        def answer(self, r, **kwargs):
            if r.status_code != 401:
                return None
            _ = r.content
            r.raw.release_conn()
            again = r.request.copy()
            again.headers["Authorization"] = "Basic dTpw"
            found = r.connection.send(again, **kwargs)
            found.history.append(r)
            found.request = again
            return found

        def __call__(self, r):
            r.headers["Connection"] = "Keep-Alive"
            r.register_hook("response", self.answer)
            return r

    r = lib.get(url + "/basic-auth/u/p", auth=Handshake())

    assert (r.status_code, [h.status_code for h in r.history]) == (200, [401])


def test_the_sessions_attributes_are_there(lib, s):
    held = (s.auth, s.proxies, s.hooks, s.params, bool(s.stream), s.verify, s.cert, s.max_redirects, s.trust_env)

    assert held == (None, {}, {"response": []}, {}, False, True, None, 30, True)
    assert list(s.adapters) == ["https://", "http://"]


def test_stream_of_the_session_may_be_set(s, url):
    s.stream = True
    r = s.get(url + "/bytes/10?seed=1")

    assert r.raw.read(3) != b""
    r.close()


def test_a_stream_and_files_do_not_go_together(lib, url):
    with pytest.raises(NotImplementedError):
        lib.post(url + "/post", data=iter([b"a"]), files={"f": b"1"})
    with pytest.raises(ValueError):
        lib.post(url + "/post", data="text", files={"f": b"1"})


def test_a_stream_outlives_the_function_that_opened_it(lib, url):
    r = lib.get(url + "/stream-bytes/5000?seed=1", stream=True)

    assert sum(len(piece) for piece in r.iter_content(100)) == 5000


def test_digest_holds_for_a_session_and_its_hooks(lib, s, url):
    s.auth = lib.auth.HTTPDigestAuth("u", "p")
    s.hooks["response"].append(lambda r, **kwargs: None)

    assert [s.get(url + "/digest-auth/auth/u/p").status_code for _ in range(2)] == [200, 200]


def test_credentials_are_equal_by_what_they_hold(lib):
    for name in ("HTTPBasicAuth", "HTTPDigestAuth"):
        kind = getattr(lib.auth, name)
        assert kind("a", "b") == kind("a", "b")
        assert kind("a", "b") != kind("a", "c")


def test_a_proxy_credential_has_its_own_header(lib):
    r = lib.Request("GET", "http://a.example/", auth=lib.auth.HTTPProxyAuth("u", "p")).prepare()

    assert r.headers["Proxy-Authorization"] == "Basic dTpw"


def test_hooks_can_be_taken_off_a_request(lib):
    def hook(r, **kwargs):
        return r

    request = lib.Request("GET", "http://a.example/", hooks={"response": hook})

    assert (request.deregister_hook("response", hook), request.deregister_hook("response", hook)) == (True, False)
    with pytest.raises(ValueError):
        request.register_hook("nothing", hook)
