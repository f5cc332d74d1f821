"""What had annoyed people about Requests for years, one test for each line of docs/library.md."""

from __future__ import annotations

import gzip
import io
import threading
from typing import Any

import pytest
from urllib3 import Timeout

import callbox
from callbox import Session

GONE = b"HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n"


def answer(body: bytes, *fields: str) -> bytes:
    head = "".join(f"{field}\r\n" for field in (*fields, f"Content-Length: {len(body)}"))
    return f"HTTP/1.1 200 OK\r\n{head}\r\n".encode("latin-1") + body


def moved(where: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} X\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode()


def elsewhere(server: Any) -> str:
    """The same server by another name: another origin."""
    return f"http://localhost:{server.port}"


@pytest.fixture
def netrc(tmp_path, monkeypatch) -> None:
    path = tmp_path / "netrc"
    path.write_text("machine 127.0.0.1 login net password rc\nmachine localhost login other password rc\n")
    path.chmod(0o600)
    monkeypatch.setenv("NETRC", str(path))


NET, USER, URL = "Basic bmV0OnJj", "Basic dTpw", "Basic YTpi"


# Settings of the environment only fill in


def test_the_sessions_ca_file_wins_over_the_environments(s, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/environment.pem")
    told = [s.merge_environment_settings("https://a.example/", {}, None, None, None)["verify"]]
    s.verify = "/session.pem"
    told.append(s.merge_environment_settings("https://a.example/", {}, None, None, None)["verify"])
    told.append(s.merge_environment_settings("https://a.example/", {}, None, "/request.pem", None)["verify"])
    s.verify = False
    told.append(s.merge_environment_settings("https://a.example/", {}, None, None, None)["verify"])

    assert told == ["/environment.pem", "/session.pem", "/request.pem", False]


def test_the_sessions_proxy_wins_over_the_environments(s, recorder, monkeypatch):
    proxy = recorder()
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    s.proxies["http"] = proxy.url

    s.get("http://far.example/x")

    assert proxy.seen[0].line == "GET http://far.example/x HTTP/1.1"


@pytest.mark.parametrize("hooked", [False, True], ids=["plain", "with a hook"])
def test_a_proxy_of_none_means_a_direct_connection(s, recorder, monkeypatch, hooked):
    server = recorder()
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    hooks = {"response": lambda r, **_: None} if hooked else None

    assert s.get(server.url, proxies={"http": None}, hooks=hooks).ok
    s.proxies["http"] = None
    assert s.get(server.url, hooks=hooks).ok


def test_no_proxies_for_one_request_fills_in_from_the_session(s, recorder):
    proxy = recorder()
    s.proxies["all"] = proxy.url

    s.get("http://far.example/", proxies={})

    assert len(proxy.seen) == 1


def test_a_proxy_changed_later_is_obeyed(s, recorder):
    server, proxy = recorder(), recorder()
    s.get(server.url)
    s.proxies["http"] = proxy.url

    s.get(server.url)

    assert (len(server.seen), len(proxy.seen)) == (1, 1)


def test_the_environment_may_be_left_out(s, recorder, monkeypatch, netrc):
    server = recorder()
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    s.trust_env = False

    s.get(server.url)

    assert server.seen[0].value("Authorization") is None


# Who signs


@pytest.mark.parametrize(
    ("held", "said", "expected"),
    [
        pytest.param({}, {}, NET, id="netrc"),
        pytest.param({}, {"headers": {"Authorization": "mine"}}, "mine", id="the request's header over netrc"),
        pytest.param({"Authorization": "held"}, {}, "held", id="the session's header over netrc"),
        pytest.param({}, {"auth": ("u", "p")}, USER, id="auth over netrc"),
        pytest.param({}, {"auth": ("u", "p"), "headers": {"Authorization": "mine"}}, USER, id="auth over the header"),
        pytest.param({}, {"headers": {"Authorization": None}}, None, id="none at all"),
    ],
)
def test_netrc_never_replaces_what_was_said(s, recorder, netrc, held, said, expected):
    server = recorder()
    s.headers.update(held)

    s.get(server.url, **said)

    assert server.seen[0].value("Authorization") == expected


def test_a_request_header_wins_over_the_sessions_auth(s, recorder):
    server = recorder()
    s.auth = ("u", "p")

    s.get(server.url, headers={"Authorization": "mine"})

    assert server.seen[0].value("Authorization") == "mine"


def test_userinfo_with_a_password_wins_over_netrc(s, recorder, netrc):
    server = recorder()

    s.get(server.url.replace("://", "://a:b@"))

    assert server.seen[0].value("Authorization") == URL


def test_netrc_is_not_asked_on_a_redirect(s, recorder, netrc):
    server = recorder()
    server.answers.append(moved(elsewhere(server)))

    s.get(server.url)

    assert [seen.value("Authorization") for seen in server.seen] == [NET, None]


def test_basic_credentials_are_utf_8(s, recorder):
    server = recorder()

    s.get(server.url, auth=("ü", "€"))
    s.get(server.url, auth=(b"\xfc", b"x"))

    assert [seen.value("Authorization") for seen in server.seen] == ["Basic w7w64oKs", "Basic /Dp4"]


# What goes to another origin


@pytest.mark.parametrize("hooked", [False, True], ids=["plain", "with a hook"])
def test_credentials_stay_on_their_origin_and_it_is_said(s, recorder, hooked):
    server = recorder()
    server.answers.append(moved(elsewhere(server)))
    headers = {"X-Api-Key": "k", "Cookie": "c=1", "Host": "mine.example", "X-Plain": "p", "Auth-Token": "t"}
    hooks = {"response": lambda r, **_: None} if hooked else None

    r = s.get(server.url, headers=headers, auth=("u", "p"), hooks=hooks)

    second = server.seen[1]
    assert [second.value(n) for n in ("X-Api-Key", "Cookie", "Auth-Token", "Authorization", "X-Plain")] == [
        None
    ] * 4 + ["p"]
    assert second.value("Host") == f"localhost:{server.port}"
    assert any("X-Api-Key" in note and "not sent on" in note for note in r.notes)


@pytest.mark.parametrize("hooked", [False, True], ids=["plain", "with a hook"])
def test_cookies_of_one_request_stay_on_its_host(s, recorder, hooked):
    server = recorder()
    server.answers += [moved("/here"), moved(elsewhere(server))]
    hooks = {"response": lambda r, **_: None} if hooked else None

    s.get(server.url, cookies={"mine": "1"}, hooks=hooks)

    assert [seen.value("Cookie") for seen in server.seen] == ["mine=1", "mine=1", None]


def test_a_cookie_without_a_domain_goes_where_the_user_goes_and_no_redirect_does(s, recorder):
    server = recorder()
    s.cookies.set("any", "1")
    server.answers.append(moved(elsewhere(server)))

    s.get(server.url)
    s.get(elsewhere(server))

    assert [seen.value("Cookie") for seen in server.seen] == ["any=1", None, "any=1"]


def test_a_cookie_header_is_kept_on_its_origin(s, recorder):
    server = recorder(moved("/next"))

    s.get(server.url, headers={"Cookie": "by=hand"})

    assert [seen.value("Cookie") for seen in server.seen] == ["by=hand", "by=hand"]


def test_a_cookie_header_stands_for_the_whole_jar(s, recorder):
    server = recorder()
    s.cookies.set("held", "1")

    s.get(server.url, headers={"Cookie": "by=hand"})

    assert server.seen[0].value("Cookie") == "by=hand"


def test_a_cookie_of_none_leaves_the_sessions_out(s, recorder):
    server = recorder()
    s.cookies.update({"a": "1", "b": "2"})

    s.get(server.url, cookies={"a": None})

    assert server.seen[0].value("Cookie") == "b=2"


def test_quotes_in_a_cookie_are_kept(s, recorder):
    server = recorder(answer(b"", r'Set-Cookie: q="a\"b"'))

    s.get(server.url)
    s.get(server.url)

    assert server.seen[1].value("Cookie") == r'q="a\"b"'


# Redirects


@pytest.mark.parametrize("status", [301, 302])
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_only_post_becomes_get(s, recorder, method, status):
    server = recorder(moved("/next", status))

    s.request(method, server.url, data=b"body")

    assert (server.seen[1].line, server.seen[1].body) == (f"{method} /next HTTP/1.1", b"body")


@pytest.mark.parametrize("hooked", [False, True], ids=["plain", "with a hook"])
def test_a_file_is_read_again_for_a_redirect(s, recorder, hooked):
    server = recorder(moved("/next", 307))
    hooks = {"response": lambda r, **_: None} if hooked else None

    s.post(server.url, data=io.BytesIO(b"file"), hooks=hooks)
    server.answers.append(moved("/next", 308))
    s.post(server.url, files={"f": ("n", io.BytesIO(b"part"))}, hooks=hooks)

    assert [seen.body for seen in server.seen[:2]] == [b"file", b"file"]
    assert server.seen[2].body == server.seen[3].body != b""


def test_a_generator_cannot_be_sent_again(s, recorder):
    server = recorder(moved("/next", 307))

    with pytest.raises(callbox.UnrewindableBodyError):
        s.post(server.url, data=iter([b"once"]))


# Time


def test_the_session_has_times_of_its_own(s):
    s.timeout = None
    forever = s.timeout
    s.timeout = (1, 2)

    assert (Session().timeout, forever, s.timeout) == ((10.0, 60.0), (None, None), (1, 2))


def test_a_stream_may_be_silent_where_nobody_said_a_time(s, api):
    s.option_defaults["timeout"] = 0.3

    with s.get(api + "/lines?n=2&s=0.6", stream=True) as r:
        assert len(list(r.iter_lines())) == 2
    with s.get(api + "/lines?n=2&s=0.6", stream=True, timeout=0.3) as r, pytest.raises(callbox.ReadTimeout):
        list(r.iter_lines())


@pytest.mark.parametrize("hooked", [False, True], ids=["plain", "with a hook"])
def test_the_whole_exchange_may_have_a_limit(s, api, hooked):
    hooks = {"response": lambda r, **_: None} if hooked else None

    with pytest.raises(callbox.ReadTimeout, match="Not finished"):
        s.get(api + "/lines?n=100&s=0.05", timeout=Timeout(total=0.3), hooks=hooks)


def test_silence_in_the_body_is_both_errors(s, recorder):
    server = recorder(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")

    with pytest.raises(callbox.ReadTimeout) as caught:
        s.get(server.url, timeout=0.2)

    assert isinstance(caught.value, callbox.ConnectionError)
    assert caught.value.partial == b"half"


@pytest.mark.parametrize("timeout", [0, -1, "soon", (1,), True], ids=repr)
def test_a_timeout_that_is_none_is_a_value_error(s, api, timeout):
    with pytest.raises(ValueError, match="Invalid timeout"):
        s.get(api + "/ping", timeout=timeout)


# Headers


def test_none_really_removes(s, recorder):
    server = recorder()

    s.get(server.url, headers={"User-Agent": None, "Accept-Encoding": None, "Accept": None, "Connection": None})

    assert [name for name, _ in server.seen[0].fields] == ["Host"]


@pytest.mark.parametrize("hooked", [False, True], ids=["plain", "with a hook"])
def test_a_list_makes_several_lines(s, recorder, hooked):
    server = recorder()
    hooks = {"response": lambda r, **_: None} if hooked else None

    s.get(server.url, headers={"X-A": ["1", "2"]}, hooks=hooks)

    assert [value for name, value in server.seen[0].fields if name == "X-A"] == ["1", "2"]


def test_repeated_answer_headers_are_given_unfolded(s, recorder):
    server = recorder(answer(b"", "Set-Cookie: a=1", "Set-Cookie: b=2", "X: 1"))

    headers = s.get(server.url).headers

    assert headers.getlist("set-cookie") == ["a=1", "b=2"]
    assert headers["Set-Cookie"] == "a=1, b=2"
    assert headers.multi_items()[2] == ("X", "1")


def test_headers_go_out_in_the_sessions_order(s, recorder):
    server = recorder()
    s.headers = callbox.CaseInsensitiveDict({"B": "1", "A": "2"})

    s.get(server.url, headers={"C": "3", "b": "4"})

    assert server.seen[0].fields[1:] == [("b", "4"), ("A", "2"), ("C", "3")]


# Params, URLs, base


@pytest.mark.parametrize("params", [[("r", "2")], "r=2", b"r=2", {"r": "2"}], ids=["pairs", "text", "bytes", "mapping"])
def test_params_of_any_shape_are_added_to_the_sessions(s, recorder, params):
    server = recorder()
    s.params = {"s": "1"}

    s.get(server.url, params=params)

    assert sorted(server.seen[0].line.split()[1].removeprefix("/?").split("&")) == ["r=2", "s=1"]


def test_what_is_valid_in_a_url_is_left_alone(s, recorder):
    server = recorder()

    s.get(server.url + "/%7Eann/%2E%2e/a%2Fb?sig=%7e%2B")

    assert server.seen[0].line.split()[1] == "/%7Eann/%2E%2e/a%2Fb?sig=%7e%2B"


@pytest.mark.parametrize("hooked", [False, True], ids=["plain", "with a hook"])
def test_a_raw_url_keeps_its_dots(s, recorder, hooked):
    server = recorder()
    hooks = {"response": lambda r, **_: None} if hooked else None

    s.get(server.url + "/a/../b", raw_url=True, hooks=hooks)

    assert server.seen[0].line.split()[1] == "/a/../b"


# Connections


def test_a_connection_that_died_is_tried_once_more(s, recorder):
    server = recorder(answer(b"1"), None, answer(b"2"))

    answers = [s.get(server.url).text, s.get(server.url).text]

    assert (answers, server.connections) == (["1", "2"], 2)


def test_a_post_is_not_tried_again(s, recorder):
    server = recorder(answer(b"1"), None)
    s.get(server.url)

    with pytest.raises(callbox.ConnectionError):
        s.post(server.url, data=b"x")


def test_threads_share_a_session(s, api):
    got: list[str] = []

    def work(number: int) -> None:
        for turn in range(5):
            s.cookies.set(f"c{number}", str(turn))
            got.append(s.get(f"{api}/echo", params={"n": f"{number}.{turn}"}).json()["query"][0][1])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(got) == sorted(f"{number}.{turn}" for number in range(8) for turn in range(5))


def test_a_closed_session_works_again(s, api):
    s.get(api + "/ping")
    s.close()

    assert s.get(api + "/ping").ok


# Hooks


def test_a_hook_of_the_request_keeps_the_sessions(s, recorder):
    server = recorder()
    seen: list[str] = []
    s.hooks["response"].append(lambda r, **_: seen.append("session"))

    s.get(server.url, hooks={"response": lambda r, **_: seen.append("request")})

    assert seen == ["session", "request"]


# Bodies


def test_multipart_is_streamed_with_its_length(s, recorder):
    server = recorder()
    read: list[int] = []

    class File(io.BytesIO):
        name = "big.bin"

        def read(self, size: int | None = -1) -> bytes:
            read.append(size or 0)
            return super().read(size)

    s.post(server.url, files={"f": File(b"x" * 1_000_000)})

    assert int(server.seen[0].value("Content-Length") or 0) == len(server.seen[0].body) > 1_000_000
    assert max(read) < 1_000_000


@pytest.mark.parametrize("hooked", [False, True], ids=["plain", "with a hook"])
def test_a_body_that_is_cut_off_keeps_what_came(s, recorder, hooked):
    server = recorder(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nhalf", None)
    server.answers[0] = server.answers[0] or b""
    hooks = {"response": lambda r, **_: None} if hooked else None

    class Cut(Exception):
        pass

    threading.Timer(0.2, lambda: [line.shutdown(2) for line in server._lines]).start()
    with pytest.raises(callbox.IncompleteBody) as caught:
        s.get(server.url, hooks=hooks)

    assert isinstance(caught.value, callbox.ChunkedEncodingError)
    assert caught.value.partial == b"half"


@pytest.mark.parametrize("hooked", [False, True], ids=["plain", "with a hook"])
def test_a_body_may_have_a_limit(s, recorder, hooked):
    server = recorder(answer(gzip.compress(b"x" * 1_000_000), "Content-Encoding: gzip"))
    s.max_body = 1000
    hooks = {"response": lambda r, **_: None} if hooked else None

    with pytest.raises(callbox.exceptions.BodyTooLarge) as caught:
        s.get(server.url, hooks=hooks)

    assert len(caught.value.partial) == 1000


def test_a_damaged_coding_is_also_urllib3s_error(s, recorder):
    from urllib3.exceptions import HTTPError

    server = recorder(answer(b"not gzip", "Content-Encoding: gzip"))

    with pytest.raises(callbox.exceptions.ContentDecodingError) as caught:
        s.get(server.url)

    assert isinstance(caught.value, HTTPError)


@pytest.mark.parametrize(
    ("body", "content_type", "encoding", "text"),
    [
        pytest.param("grüße".encode(), "text/plain", "utf-8", "grüße", id="UTF-8 without a charset"),
        pytest.param("grüße".encode("latin-1"), "text/plain", "iso-8859-1", "grüße", id="Latin-1 without a charset"),
        pytest.param(
            "grüße".encode("latin-1"), "text/plain; charset=ISO-8859-1", "ISO-8859-1", "grüße", id="as it says"
        ),
        pytest.param("\ufeffa".encode(), "text/plain", "utf-8-sig", "a", id="byte order mark"),
        pytest.param("\ufeffa".encode("utf-16"), "", "utf-16", "\ufeffa", id="UTF-16 mark"),
    ],
)
def test_text_without_a_charset_is_tried_as_utf_8(s, recorder, body, content_type, encoding, text):
    server = recorder(answer(body, f"Content-Type: {content_type}"))

    r = s.get(server.url)

    assert (r.encoding, r.text) == (encoding, text)


def test_a_line_end_between_two_pieces_is_one(s, recorder):
    chunks = [b"ab\r", b"\ncd\r\n", b"\r", b"\nef"]
    body = b"".join(b"%x\r\n%b\r\n" % (len(c), c) for c in chunks) + b"0\r\n\r\n"
    server = recorder(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body)

    with s.get(server.url, stream=True) as r:
        assert list(r.iter_lines()) == [b"ab", b"cd", b"", b"ef"]


def test_a_delimiter_between_two_pieces_is_found(s, recorder):
    body = b"2\r\na<\r\n3\r\n>b<\r\n1\r\n>\r\n0\r\n\r\n"
    server = recorder(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body)

    with s.get(server.url, stream=True) as r:
        assert list(r.iter_lines(delimiter="<>")) == [b"a", b"b"]


def test_an_answer_says_how_it_travelled(s, api):
    s.get(api + "/ping")

    r = s.get(api + "/ping")

    assert r.connection_info.is_reused
    assert r.timings.total > 0
    assert r.raise_for_status() is r


def test_stream_is_both_a_truth_and_a_way_to_send(s, api):
    s.stream = True
    events = list(s.stream(callbox.Draft("GET", api + "/ping")))

    assert (bool(s.stream), s.stream == True, repr(s.stream)) == (True, True, "True")  # noqa: E712 - as programs write
    assert type(events[-1]).__name__ == "Done"
