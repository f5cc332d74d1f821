"""Adapters, subclasses, pickles, jars and hand-made objects, on both libraries."""

from __future__ import annotations

import io
import pickle
from http.cookiejar import CookieJar as ForeignJar

import pytest
from tests.support.closed_port import CLOSED
from tests.support.rows import check_rows


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
        lib.get(url + "/get", proxies={"http": f"http://{CLOSED}"})


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


@check_rows("name", ["HTTPError", "ConnectTimeout", "InvalidURL", "ContentDecodingError"])
def test_an_error_can_be_pickled(lib, name):
    error = pickle.loads(pickle.dumps(getattr(lib.exceptions, name)("why")))

    assert (type(error).__name__, str(error), error.request) == (name, "why", None)


@pytest.fixture
def jar(lib):
    """Three cookies, two of them with the same name."""
    jar = lib.cookies.cookiejar_from_dict({"a": "1", "b": "2"})
    jar.set("a", "3", domain="x.example", path="/p")
    return jar


def test_a_cookie_is_found_by_its_domain_and_path(jar):
    assert jar.get("a", domain="x.example", path="/p") == "3"
    assert jar.get_dict(domain="x.example") == {"a": "3"}


def test_a_jar_lists_its_domains_and_names(jar):
    assert (jar.list_domains(), sorted(jar.keys())) == (["", "x.example"], ["a", "a", "b"])


def test_two_cookies_of_one_name_are_a_conflict(lib, jar):
    with pytest.raises(lib.cookies.CookieConflictError):
        _ = jar["a"]


def test_a_jar_goes_through_its_cookies(jar):
    assert {c.name for c in jar} == {"a", "b"}


def test_a_jar_becomes_a_dictionary(lib, jar):
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


@check_rows(
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
