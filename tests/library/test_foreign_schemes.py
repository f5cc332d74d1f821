"""URLs that only a mounted adapter can speak, adapters that bring responses of urllib3's or of their own, and jars that
store in their own way."""

from __future__ import annotations

import http.cookiejar
import io
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

import callbox
from callbox import CookieJar, HTTPAdapter, Response

ADDRESSES = [
    "mock://api.test/x",
    "http+unix://%2Frun%2Fx.sock/info",
    "http+docker://localhost/v1",
    "mock:x",
    "a+b://h:1/",
]


class Canned(HTTPAdapter):
    """Gives urllib3's response to each request, made by `build_response`."""

    def __init__(self, *answers: tuple[int, dict[str, str]]) -> None:
        super().__init__()
        self.answers = list(answers)
        self.seen: list[tuple[str, str | None]] = []

    def send(self, request: Any, **_: Any) -> Any:
        self.seen.append((request.url, request.headers.get("Cookie")))
        status, headers = self.answers.pop(0) if self.answers else (200, {})
        raw = urllib3.HTTPResponse(io.BytesIO(b"hi"), headers, status, preload_content=False)
        return self.build_response(request, raw)


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_adapter_of_another_scheme_may_build_its_response(s, address):
    s.mount(address[:4], Canned())

    r = s.get(address)

    assert (r.status_code, r.text, r.url) == (200, "hi", address)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_cookie_goes_back_to_the_address_that_set_it(s, address):
    adapter = Canned((200, {"Set-Cookie": "sid=1"}))
    s.mount(address[:4], adapter)

    first = s.get(address)
    s.get(address)

    assert first.cookies["sid"] == "1"
    assert [cookie for _, cookie in adapter.seen] == [None, "sid=1"]


@pytest.mark.parametrize("other", ["mock://b.test/", "http+unix://%2Frun%2Fb.sock/"])
def test_a_cookie_goes_to_no_other_host_of_such_a_scheme(s, other):
    adapter = Canned((200, {"Set-Cookie": "sid=1"}))
    s.mount("mock://", adapter)
    s.mount("http+unix://", adapter)

    s.get(other.replace("b.", "a."))
    s.get(other)

    assert adapter.seen[1] == (other, None)


class SocketConnection(HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost")
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self.path)


class SocketPool(HTTPConnectionPool):
    def __init__(self, path: str) -> None:
        super().__init__("localhost")
        self.path = path

    def _new_conn(self) -> Any:
        return SocketConnection(self.path)


class SocketAdapter(HTTPAdapter):
    """As the adapters for Unix sockets do it: a pool of its own, the rest is the parent's."""

    def get_connection_with_tls_context(self, request: Any, verify: Any, proxies: Any = None, cert: Any = None) -> Any:
        return SocketPool(urllib3.util.parse_url(request.url).host.replace("%2f", "/").replace("%2F", "/"))


@pytest.fixture
def unix_socket(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(path))
        listening.listen()

        def serve() -> None:
            for _ in range(2):
                connection, _ = listening.accept()
                with connection:
                    line = connection.recv(65536).split(b"\r\n")[0]
                    connection.sendall(
                        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(line), line)
                    )

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield path
        thread.join(5)


def test_a_unix_socket_is_spoken_to_by_a_pool_of_an_adapters_own(s, unix_socket):
    s.mount("http+unix://", SocketAdapter())
    address = f"http+unix://{str(unix_socket).replace('/', '%2F')}/info?a=b"

    assert s.get(address).text == "GET /info?a=b HTTP/1.1"
    assert s.post(address, json={}).text == "POST /info?a=b HTTP/1.1"


class Bare(Response):
    """As the responses of a cache: no `__init__` of the parent is called."""

    def __init__(self, status: int, request: Any) -> None:
        self.status_code, self.request, self.url, self.raw = status, request, request.url, None
        self._content, self._content_consumed = b"cached", True
        self.headers = callbox.structures.CaseInsensitiveDict({"X": "1"})
        self.history, self.reason, self.encoding = [], "OK", "utf-8"
        self.cookies = CookieJar()


@pytest.mark.parametrize("is_streamed", [False, True])
def test_a_response_whose_init_was_not_called_is_used_as_it_is(s, is_streamed):
    class Cached(HTTPAdapter):
        def send(self, request: Any, **_: Any) -> Any:
            return Bare(200, request)

    s.mount("http://", Cached())

    r = s.get("http://a.test/", stream=is_streamed)

    assert (type(r), r.text, r.ok, r.notes, r.connection_info) == (Bare, "cached", True, [], None)
    assert r.raise_for_status() is r


class RefusingSet(CookieJar):
    def set_cookie(self, cookie: Any, *_: Any, **__: Any) -> None:
        pass


class RefusingExtract(CookieJar):
    def extract_cookies(self, response: Any, request: Any) -> None:
        pass


class RefusingStandardSet(http.cookiejar.CookieJar):
    def set_cookie(self, cookie: Any) -> None:
        pass


class RefusingStandardExtract(http.cookiejar.CookieJar):
    def extract_cookies(self, response: Any, request: Any) -> None:
        pass


class RefusingStandardMake(http.cookiejar.CookieJar):
    def make_cookies(self, response: Any, request: Any) -> list[Any]:
        return []


def blocking() -> Any:
    return http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))


REFUSING = [RefusingSet, RefusingExtract, RefusingStandardSet, RefusingStandardExtract, RefusingStandardMake, blocking]
SETTING = b"HTTP/1.1 200 OK\r\nSet-Cookie: sid=1\r\nContent-Length: 2\r\n\r\nok"
LEADING = b"HTTP/1.1 302 X\r\nLocation: /b\r\nSet-Cookie: sid=1\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("jar", REFUSING)
def test_a_jar_that_refuses_keeps_nothing(s, recorder, jar, is_streamed):
    server = recorder(LEADING, SETTING)
    s.cookies = jar()

    r = s.get(server.url + "/a", stream=is_streamed)
    s.get(server.url + "/c", stream=is_streamed)

    assert list(s.cookies) == []
    assert [seen.value("Cookie") for seen in server.seen] == [None, None, None]
    assert r.cookies["sid"] == "1"


@pytest.mark.parametrize("parent", [CookieJar, http.cookiejar.CookieJar])
@pytest.mark.parametrize("step", ["set_cookie", "extract_cookies"])
def test_a_jar_that_stores_by_its_parent_keeps_all(s, recorder, parent, step):
    asked = []

    def store(self: Any, *args: Any) -> None:
        asked.append(step)
        getattr(parent, step)(self, *args)

    server = recorder(LEADING, SETTING)
    s.cookies = type("Asked", (parent,), {step: store})()

    s.get(server.url + "/a")

    assert [(c.name, c.value) for c in s.cookies] == [("sid", "1")]
    assert [seen.value("Cookie") for seen in server.seen] == [None, "sid=1"]
    assert asked


MOVED = [
    ("mock://api.test/x/y", "/next", "mock://api.test/next"),
    ("mock://api.test/x/y", "next?a=b", "mock://api.test/x/next?a=b"),
    ("mock://api.test/x/y", "//b.test/z", "mock://b.test/z"),
    ("mock://api.test/x", "mock://b.test/z", "mock://b.test/z"),
    ("http+unix://%2Frun%2Fx.sock/info", "/v1.2/info", "http+unix://%2Frun%2Fx.sock/v1.2/info"),
    ("http+unix://%2Frun%2Fx.sock/a/b", "../c", "http+unix://%2Frun%2Fx.sock/c"),
]


@pytest.mark.parametrize(("address", "location", "target"), MOVED)
def test_a_redirect_of_another_scheme_stays_with_its_adapter(s, address, location, target):
    adapter = Canned((302, {"Location": location}))
    s.mount(address.partition(":")[0], adapter)

    r = s.get(address)

    assert (r.status_code, r.url, [hop.url for hop in r.history]) == (200, target, [address])
    assert [url for url, _ in adapter.seen] == [address, target]


@pytest.mark.parametrize("location", ["file:///etc/passwd", "other://api.test/", "mailto:a@b"])
def test_a_redirect_leads_to_no_third_scheme(s, location):
    for scheme in ("mock://", "file://", "other://", "mailto:"):
        s.mount(scheme, adapter := Canned((302, {"Location": location})))
        if scheme == "mock://":
            first = adapter

    with pytest.raises(callbox.exceptions.InvalidSchema):
        s.get("mock://api.test/")

    assert len(first.seen) == 1
    assert adapter.seen == []


@pytest.mark.parametrize("location", ["mock://b.test/", "mock://api.test:81/", "http://127.0.0.1:{port}/"])
@pytest.mark.parametrize("form", ["auth", "header"])
def test_credentials_stay_at_the_address_of_another_scheme(s, recorder, location, form):
    server = recorder()
    seen: list[Any] = []

    class Watched(Canned):
        def send(self, request: Any, **kwargs: Any) -> Any:
            seen.append(request.headers.get("Authorization"))
            return super().send(request, **kwargs)

    s.mount("mock://", Watched((302, {"Location": location.format(port=server.port)})))
    address = "mock://127.0.0.1/" if "http" in location else "mock://api.test/"
    said = {"auth": ("u", "p")} if form == "auth" else {"headers": {"Authorization": "Basic dTpw"}}

    s.get(address, **said)

    seen += [one.value("Authorization") for one in server.seen]
    assert seen == ["Basic dTpw", None]


def test_credentials_go_on_at_the_same_address_of_another_scheme(s):
    seen: list[Any] = []

    class Watched(Canned):
        def send(self, request: Any, **kwargs: Any) -> Any:
            seen.append(request.headers.get("Authorization"))
            return super().send(request, **kwargs)

    s.mount("mock://", Watched((302, {"Location": "/next"})))
    s.get("mock://api.test/", auth=("u", "p"))

    assert seen == ["Basic dTpw", "Basic dTpw"]


def test_the_next_request_of_another_scheme_is_prepared(s):
    s.mount("mock://", Canned((302, {"Location": "/next"})))

    r = s.get("mock://api.test/", allow_redirects=False)

    assert r.next is not None
    assert r.next.url == "mock://api.test/next"
