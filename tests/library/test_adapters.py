"""What programs put in between: adapters, steps put on at run time."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from urllib3.util import Retry

import callbox
from callbox import BaseAdapter, HTTPAdapter, Request, Response, Session


class Canned(BaseAdapter):
    """Answers everything with `hi`."""

    def send(self, request: Any, *_: Any, **__: Any) -> Response:
        made = Response()
        made.status_code, made.request, made.url, made._content = 200, request, request.url, b"hi"
        return made

    def close(self) -> None:
        pass


def test_a_step_put_on_the_object_is_taken(s, practice_url):
    s.send = lambda prepared, **_: ("taken", prepared.url)

    assert s.get(practice_url + "/ping") == ("taken", practice_url + "/ping")


def test_a_scheme_of_an_adapters_own(s):
    s.mount("http+unix://", Canned())
    s.params, s.headers["X-S"] = {"s": "1"}, "2"

    r = s.get("http+unix://%2Frun%2Fdocker.sock/info", params={"a": "1 2"})

    assert (r.text, r.url, r.request.headers["x-s"]) == ("hi", "http+unix://%2Frun%2Fdocker.sock/info?s=1&a=1+2", "2")


def test_the_longest_prefix_counts(s, practice_url):
    s.mount(practice_url + "/pi", Canned())

    assert (s.get(practice_url + "/ping").text, s.get(practice_url + "/echo").status_code) == ("hi", 200)
    assert s.get(practice_url.upper().replace("HTTP", "http") + "/PING").text == "hi"


def test_a_mounted_adapter_is_pickled_with_its_session(s, practice_url):
    s.mount("http://x", HTTPAdapter(max_retries=Retry(3, backoff_factor=1), pool_maxsize=3))

    with pickle.loads(pickle.dumps(s)) as t:
        adapter = t.adapters["http://x"]
        assert (adapter.max_retries.total, adapter._pool_maxsize, t.get(practice_url + "/ping").ok) == (3, 3, True)


def test_an_adapter_adds_headers(s, recorder):
    class Adding(HTTPAdapter):
        def add_headers(self, request: Any, **kwargs: Any) -> None:
            request.headers["X-Added"] = str(kwargs["timeout"])

    server = recorder()
    s.mount("http://", Adding())

    s.get(server.url, timeout=5)

    assert server.seen[0].value("X-Added") == "5"


def test_what_an_adapter_says_of_proxies():
    adapter = HTTPAdapter()
    request = Request("GET", "http://a.example/x?y=1").prepare()

    assert adapter.proxy_headers("http://u:p@proxy:1") == {"Proxy-Authorization": "Basic dTpw"}
    assert adapter.proxy_headers("http://proxy:1") == {}
    assert adapter.request_url(request, {}) == "/x?y=1"
    assert adapter.request_url(request, {"http": "http://proxy:1"}) == "http://a.example/x?y=1"


@pytest.mark.parametrize("failures", [1, 3])
def test_max_retries_counts_connections_that_break(s, recorder, failures):
    server = recorder(*[None] * failures)
    s.mount("http://", HTTPAdapter(max_retries=2))

    if failures < 3:
        assert s.get(server.url).ok
    else:
        with pytest.raises(callbox.ConnectionError):
            s.get(server.url)
    assert server.connections == min(failures, 2) + 1


def test_retry_waits_as_the_server_says(s, recorder):
    server = recorder(b"HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 2\r\n\r\nno")
    s.mount("http://", HTTPAdapter(max_retries=Retry(1, status_forcelist=[503])))

    assert s.get(server.url).text == "ok"
    assert server.connections == 1


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(b"Content-Length: 9000000\r\n\r\n" + b"x" * 200_000, id="large"),
        pytest.param(b"Content-Length: 20\r\nConnection: close\r\n\r\ncut", id="cut off"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", id="badly chunked"),
    ],
)
def test_a_body_that_is_not_wanted_does_not_hold_up_the_next_try(s, recorder, first: bytes):
    server = recorder(b"HTTP/1.1 503 Busy\r\n" + first)
    s.mount("http://", HTTPAdapter(max_retries=Retry(1, status_forcelist=[503])))

    assert s.get(server.url, timeout=20).text == "ok"


def test_an_answer_that_is_no_redirect_may_be_made_one(recorder):
    class Refreshing(Session):
        def get_redirect_target(self, resp: Any) -> str | None:
            return resp.headers.get("X-Next") or super().get_redirect_target(resp)

    server = recorder(b"HTTP/1.1 200 OK\r\nX-Next: /next\r\nContent-Length: 0\r\n\r\n")
    with Refreshing() as session:
        assert session.get(server.url).url == server.url + "/next"


def test_the_method_after_a_redirect_may_be_chosen(recorder):
    class Keeping(Session):
        def rebuild_method(self, prepared_request: Any, response: Any) -> None:
            pass

    server = recorder(b"HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n")
    with Keeping() as session:
        session.post(server.url, data=b"body")

    assert (server.seen[1].line, server.seen[1].body) == ("POST /next HTTP/1.1", b"body")


def test_the_settings_of_the_environment_may_be_overridden(recorder, monkeypatch):
    class Direct(Session):
        def merge_environment_settings(
            self, url: str, proxies: Any, stream: Any, verify: Any, cert: Any
        ) -> dict[str, Any]:
            proxies.setdefault("no_proxy", "nobody.example")
            return {**super().merge_environment_settings(url, proxies, stream, verify, cert), "proxies": {}}

    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server = recorder()
    with Direct() as session:
        assert session.get(server.url).ok


def test_a_body_that_is_gone_is_not_sent_again(s, recorder):
    server = recorder(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
    s.mount("http://", HTTPAdapter(max_retries=Retry(3, status_forcelist=[503], allowed_methods=None)))

    assert s.post(server.url, data=iter([b"once"])).status_code == 503
    assert len(server.seen) == 1


@pytest.mark.parametrize("params", ["a=1", b"a=1", [("a", "1")], {"a": "1"}], ids=["text", "bytes", "pairs", "mapping"])
def test_the_sessions_params_may_have_any_shape(s, recorder, params):
    server = recorder()
    s.params = params

    s.get(server.url, params={"b": "2"})

    assert server.seen[0].line.split()[1] == "/?a=1&b=2"


def test_threads_share_a_session_with_hooks(s, practice_url):
    import threading

    seen: list[str] = []
    s.hooks["response"].append(lambda r, **_: seen.append(r.json()["query"][0][1]))
    threads = [
        threading.Thread(target=lambda n=n: [s.get(f"{practice_url}/echo?n={n}.{turn}") for turn in range(5)])
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(seen) == sorted(f"{n}.{turn}" for n in range(8) for turn in range(5))


def test_cookies_of_a_handshake_are_kept(s, recorder):
    server = recorder(b"HTTP/1.1 401 No\r\nSet-Cookie: half=way\r\nContent-Length: 0\r\n\r\n")

    def again(r: Any, **kwargs: Any) -> Any:
        if r.status_code != 401:
            return None
        found = r.connection.send(r.request.copy(), **kwargs)
        found.history.append(r)
        return found

    r = s.get(server.url, hooks={"response": again})

    assert ([h.status_code for h in r.history], s.cookies.get_dict()) == ([401], {"half": "way"})


def test_proxies_hold_for_every_hop(s, recorder):
    proxy = recorder(b"HTTP/1.1 302 Found\r\nLocation: http://further.example/\r\nContent-Length: 0\r\n\r\n")

    s.get("http://far.example/", proxies={"http": proxy.url}, hooks={"response": lambda r, **_: None})

    assert [seen.line.split()[1] for seen in proxy.seen] == ["http://far.example/", "http://further.example/"]


@pytest.mark.parametrize("by", ["request", "session", "environment"])
def test_a_socks_proxy_is_left_to_urllib3_and_pysocks(s, monkeypatch, by):
    from importlib.util import find_spec

    proxy = "socks5h://127.0.0.1:9"
    if by == "session":
        s.proxies["http"] = proxy
    elif by == "environment":
        monkeypatch.setenv("HTTP_PROXY", proxy)
    said = {"proxies": {"http": proxy}} if by == "request" else {}

    words = "A SOCKS proxy needs PySocks" if find_spec("socks") is None else "SOCKS|refused"
    with pytest.raises(callbox.RequestException, match=words):
        s.get("http://a.example/", **said)


def test_a_proxy_that_closes_has_perhaps_passed_the_request_on(s, recorder):
    proxy = recorder(None, None, None)
    s.proxies = {"http": proxy.url}
    s.mount("http://", callbox.HTTPAdapter(max_retries=Retry(2, backoff_factor=0)))

    with pytest.raises(callbox.ProxyError):
        s.post("http://far.example/", data=b"once")

    assert len(proxy.seen) == 1


@pytest.mark.parametrize("is_streamed", [False, True])
def test_what_is_patched_into_urllib3s_pools_is_obeyed_while_it_is_there(recorder, monkeypatch, is_streamed):
    from urllib3.connection import HTTPConnection
    from urllib3.connectionpool import HTTPConnectionPool

    opened = []

    class Recording(HTTPConnection):
        def connect(self) -> None:
            opened.append(self.port)
            super().connect()

    server = recorder()
    with Session() as session, monkeypatch.context() as patch:
        session.get(server.url)
        patch.setattr(HTTPConnectionPool, "ConnectionCls", Recording)
        assert session.get(server.url, stream=is_streamed).text == "ok"
        assert callbox.get(server.url).text == "ok"
    with Session() as session:
        assert session.get(server.url).text == "ok"

    assert opened == [server.port] * 2


def test_a_class_put_in_the_place_of_session_is_what_a_single_request_uses(recorder, monkeypatch):
    class Marking(Session):
        def __init__(self) -> None:
            super().__init__()
            self.headers["X-Marked"] = "1"

    server = recorder()
    monkeypatch.setattr(callbox.sessions, "Session", Marking)
    callbox.get(server.url)

    assert server.seen[0].value("X-Marked") == "1"


def test_the_socket_of_a_stream_is_reached_as_through_urllib3(s, recorder):
    server = recorder(b"HTTP/1.1 200 OK\r\n\r\nfirst")
    server.closes = True
    with s.get(server.url, stream=True) as response:
        assert response.raw._fp.fp.raw.read(5) == b"first"


def test_a_file_put_in_the_place_of_a_body_is_read_as_the_body(s, recorder):
    import gzip
    import io

    coded = gzip.compress(b"ok")
    server = recorder(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s" % (len(coded), coded)
    )
    response = s.get(server.url, stream=True)
    read = response.raw.read(decode_content=False)
    response.raw._fp = io.BytesIO(read)

    assert (read, response.raw.version, response.content) == (coded, 11, b"ok")


@pytest.mark.parametrize("proxies", [{"http": "proxy.test:3128", "http://host.test": "proxy.test:4012"}])
def test_an_adapter_is_told_of_proxies_as_they_were_given(s, proxies):
    told = []

    class Telling(Canned):
        def send(self, request: Any, **settings: Any) -> Response:
            told.append(settings["proxies"])
            return super().send(request)

    s.trust_env = False
    s.mount("http://", Telling())
    s.get("http://a.test/", proxies=proxies)

    assert told == [proxies]


def test_a_header_of_bytes_is_kept_as_given():
    prepared = Request("POST", "http://a.test/", headers={"Content-type": b"a/b", "X": b"\xff"}, data=b"x").prepare()

    assert (prepared.headers["Content-Type"], prepared.headers["x"]) == (b"a/b", b"\xff")


def test_a_body_prepared_by_hand_names_its_type_beside_another_spelling():
    prepared = callbox.PreparedRequest()
    prepared.headers = {"Content-Type": ""}
    prepared.prepare_body(None, {"f": b"x"})

    assert prepared.headers["Content-Type"].startswith("multipart/form-data; boundary=")
