"""What programs put in between: raw bodies, jars of other kinds, adapters, steps put on at run time, TLS settings."""

from __future__ import annotations

import io
import json
import pickle
import shutil
import urllib.request
from typing import Any

import pytest
import trustme
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


# The body as a file


def test_raw_is_read_as_text(s, api):
    with s.get(api + "/lines?n=3&s=0", stream=True) as r:
        assert len(list(io.TextIOWrapper(r.raw, "utf-8"))) == 3


def test_raw_is_copied_to_a_file(s, api):
    file = io.BytesIO()

    with s.get(api + "/big?mb=1&type=bin", stream=True) as r:
        shutil.copyfileobj(r.raw, file)

    assert len(file.getvalue()) == r.raw.tell() == 1_000_000


def test_raw_gives_a_line_and_json(s, api):
    with s.get(api + "/lines?n=3&s=0", stream=True) as r:
        assert json.loads(r.raw.readline())["number"] == 1
    with s.get(api + "/echo", stream=True) as r:
        assert json.load(r.raw)["method"] == "GET"


def test_raw_tells_status_and_repeated_fields(s, recorder):
    server = recorder(b"HTTP/1.1 200 Fine\r\nX: 1\r\nX: 2\r\nContent-Length: 0\r\n\r\n")

    raw = s.get(server.url).raw

    assert (raw.status, raw.reason, raw.headers.getlist("x"), raw.version, raw.read()) == (
        200,
        "Fine",
        ["1", "2"],
        11,
        b"",
    )


def test_a_streamed_body_that_was_read_gives_its_connection_back(s, api):
    numbers = []
    for _ in range(3):
        with s.get(api + "/echo", stream=True) as r:
            _ = r.content
            numbers.append(r.connection_info.number)

    assert len(set(numbers)) == 1


def test_a_streamed_body_that_was_left_does_not(s, api):
    with s.get(api + "/big?mb=5&type=bin", stream=True) as r:
        left = r.connection_info.number

    assert s.get(api + "/ping").connection_info.number != left


def test_a_redirect_may_lead_to_a_stream(s, api):
    with s.get(api + "/redirect/2", stream=True) as r:
        assert (len(r.history), r.raw.read(1)) == (2, b"{")


def test_pieces_have_the_size_that_was_asked_for(s, api):
    with s.get(api + "/big?mb=1&type=bin", stream=True) as r:
        sizes = {len(piece) for piece in r.iter_content(30_000)}

    assert sizes == {30_000, 1_000_000 % 30_000}


def test_a_hook_that_raises_costs_only_its_request(s, api):
    def boom(r: Any, **_: Any) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        s.get(api + "/ping", hooks={"response": boom})

    assert s.get(api + "/ping").ok


# Jars


def test_a_cookie_is_changed_in_place(s):
    s.cookies.set("a", "1", domain="x.example", expires=2e9)

    for cookie in s.cookies:
        cookie.value, cookie.expires = "2", None

    assert s.cookies.get_dict() == {"a": "2"}
    assert [c.discard for c in s.cookies] == [True]


def test_the_jar_serves_urllib(api):
    jar = callbox.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))  # type: ignore[arg-type]

    opener.open(api + "/cookies/set/a/1").close()
    with opener.open(api + "/cookies") as answer:
        assert json.load(answer)["cookies"] == {"a": "1"}


def test_a_morsel_becomes_a_cookie():
    from http.cookies import SimpleCookie

    morsel = SimpleCookie("a=1; Path=/p; Domain=.x.example; Secure; Max-Age=60")["a"]
    cookie = callbox.cookies.morsel_to_cookie(morsel)

    assert (cookie.name, cookie.value, cookie.path, cookie.domain, cookie.secure) == (
        "a",
        "1",
        "/p",
        ".x.example",
        True,
    )
    assert cookie.expires > 0


def test_a_jar_of_files_is_saved_with_what_came(s, api, tmp_path):
    from http.cookiejar import MozillaCookieJar

    s.cookies = MozillaCookieJar(tmp_path / "cookies.txt")
    s.get(api + "/cookies/set/a/1")
    s.cookies.save(ignore_discard=True)

    again = MozillaCookieJar(tmp_path / "cookies.txt")
    again.load(ignore_discard=True)
    assert s.get(api + "/cookies", cookies=again).json()["cookies"] == {"a": "1"}


def test_cookies_of_a_jar_go_only_where_they_belong(s, recorder):
    server = recorder()
    jar = callbox.CookieJar()
    jar.set("here", "1", domain="127.0.0.1")
    jar.set("there", "2", domain="other.example")

    s.get(server.url, cookies=jar)

    assert server.seen[0].value("Cookie") == "here=1"


# Steps and adapters


def test_a_step_put_on_the_object_is_taken(s, api):
    s.send = lambda prepared, **_: ("taken", prepared.url)

    assert s.get(api + "/ping") == ("taken", api + "/ping")


def test_a_scheme_of_an_adapters_own(s):
    s.mount("http+unix://", Canned())
    s.params, s.headers["X-S"] = {"s": "1"}, "2"

    r = s.get("http+unix://%2Frun%2Fdocker.sock/info", params={"a": "1 2"})

    assert (r.text, r.url, r.request.headers["x-s"]) == ("hi", "http+unix://%2Frun%2Fdocker.sock/info?s=1&a=1+2", "2")


def test_the_longest_prefix_counts(s, api):
    s.mount(api + "/pi", Canned())

    assert (s.get(api + "/ping").text, s.get(api + "/echo").status_code) == ("hi", 200)
    assert s.get(api.upper().replace("HTTP", "http") + "/PING").text == "hi"


def test_a_mounted_adapter_is_pickled_with_its_session(s, api):
    s.mount("http://x", HTTPAdapter(max_retries=Retry(3, backoff_factor=1), pool_maxsize=3))

    with pickle.loads(pickle.dumps(s)) as t:
        adapter = t.adapters["http://x"]
        assert (adapter.max_retries.total, adapter._pool_maxsize, t.get(api + "/ping").ok) == (3, 3, True)


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


# TLS


@pytest.fixture
def tls(tmp_path) -> Any:
    """A server that speaks TLS, and its authority's file."""
    import ssl
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = HTTPServer(("127.0.0.1", 0), Answering)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    yield f"https://127.0.0.1:{server.server_port}", str(file)
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.mark.parametrize("way", ["plain", "hook", "pools"])
def test_certificates_are_checked_with_the_file_that_was_named(s, tls, way):
    url, ca = tls
    hooks = {"response": lambda r, **_: None} if way == "hook" else None
    if way == "pools":
        s.mount("https://", HTTPAdapter(pool_block=True))

    with pytest.raises(callbox.SSLError):
        s.get(url, hooks=hooks)
    assert s.get(url, verify=ca, hooks=hooks).text == "ok"
    s.verify = ca
    assert s.get(url, hooks=hooks).text == "ok"


def test_a_missing_file_is_an_os_error(s):
    with pytest.raises(OSError, match="CA file not found"):
        s.get("https://127.0.0.1:9/", verify="/nowhere.pem")


# Errors


def test_a_hint_is_in_a_programs_words(s, api):
    with pytest.raises(callbox.ReadTimeout) as caught:
        s.get(api + "/slow?s=5", timeout=0.1)

    assert caught.value.hint == "timeout=SECONDS"


def test_every_name_of_requests_exceptions_has_its_parents():
    import requests.exceptions as theirs

    for name, kind in vars(theirs).items():
        if isinstance(kind, type) and kind.__module__ == theirs.__name__:
            ours = {parent.__name__ for parent in getattr(callbox.exceptions, name).__mro__}
            assert {parent.__name__ for parent in kind.__mro__} <= ours, name


@pytest.mark.parametrize(
    "module", ["adapters", "api", "auth", "cookies", "exceptions", "hooks", "models", "sessions", "structures"]
)
def test_documented_names_are_where_requests_has_them(module):
    import requests

    theirs = vars(getattr(requests, module))
    documented = [
        n for n, v in theirs.items() if getattr(v, "__module__", "") == f"requests.{module}" and n[0].isalpha()
    ]
    internal = {
        "MockRequest", "MockResponse", "merge_setting", "merge_hooks", "SessionRedirectMixin", "RequestEncodingMixin",
        "RequestHooksMixin", "build_response", "SOCKSProxyManager", "LookupDict", "_urllib3_request_context",
    }  # fmt: skip

    missing = [name for name in documented if name not in internal and not hasattr(getattr(callbox, module), name)]

    assert missing == []


def test_methods_of_the_classes_are_all_there():
    import requests

    pairs = [
        (requests.Session, Session),
        (requests.Request, Request),
        (requests.PreparedRequest, callbox.PreparedRequest),
        (requests.Response, Response),
        (requests.adapters.HTTPAdapter, HTTPAdapter),
        (requests.cookies.RequestsCookieJar, callbox.CookieJar),
        (requests.structures.CaseInsensitiveDict, callbox.CaseInsensitiveDict),
    ]
    others = {
        "get_connection", "build_connection_pool_key_attributes", "get_policy", "set_policy", "set_cookie_if_ok",
        "make_cookies", "magic_re", "quote_re", "domain_re", "dots_re", "strict_domain_re", "non_word_re",
    }  # fmt: skip

    missing = [
        f"{ours.__name__}.{name}"
        for theirs, ours in pairs
        for name in dir(theirs)
        if name[0] != "_" and name not in others and not hasattr(ours, name)
    ]

    assert missing == []


def parameters(function: Any) -> list[str]:
    """The names of a function's parameters, but for its catch-alls."""
    import inspect

    found = inspect.signature(function).parameters.values()
    return [p.name for p in found if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


@pytest.mark.parametrize(
    "place",
    ["Session", "Request", "PreparedRequest", "Response", "adapters.HTTPAdapter", "adapters.BaseAdapter", "api", "cookies",
     "auth.HTTPBasicAuth", "auth.HTTPDigestAuth", "structures.CaseInsensitiveDict", "cookies.RequestsCookieJar"],
)  # fmt: skip
def test_parameters_have_the_names_and_places_that_requests_gives_them(place):
    from operator import attrgetter

    import requests

    theirs, ours = attrgetter(place)(requests), attrgetter(place)(callbox)
    different = {}
    for name, function in vars(theirs).items():
        mine = getattr(ours, name, None)
        if (
            not callable(function)
            or isinstance(function, type)
            or mine is None
            or (name.startswith("_") and name != "__init__")
        ):
            continue
        wanted, got = parameters(function), parameters(mine)
        if got[: len(wanted)] != wanted and set(wanted) - set(got):
            different[name] = (wanted, got)

    assert different == {}


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
        def merge_environment_settings(self, *args: Any) -> dict[str, Any]:
            return {**super().merge_environment_settings(*args), "proxies": {}}

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


def test_threads_share_a_session_with_hooks(s, api):
    import threading

    seen: list[str] = []
    s.hooks["response"].append(lambda r, **_: seen.append(r.json()["query"][0][1]))
    threads = [
        threading.Thread(target=lambda n=n: [s.get(f"{api}/echo?n={n}.{turn}") for turn in range(5)]) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(seen) == sorted(f"{n}.{turn}" for n in range(8) for turn in range(5))
