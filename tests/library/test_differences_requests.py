"""Differences from Requests: timeouts, headers, parameters, URLs, connections, hooks."""

from __future__ import annotations

import io
import threading

import pytest
from urllib3 import Timeout

import callbox
from callbox import Session


def answer(body: bytes, *fields: str) -> bytes:
    head = "".join(f"{field}\r\n" for field in (*fields, f"Content-Length: {len(body)}"))
    return f"HTTP/1.1 200 OK\r\n{head}\r\n".encode("latin-1") + body


# Time


def test_the_session_has_times_of_its_own(s):
    s.timeout = None
    forever = s.timeout
    s.timeout = (1, 2)

    assert (Session().timeout, forever, s.timeout) == ((10.0, 60.0), (None, None), (1, 2))


def test_a_stream_may_be_silent_where_nobody_said_a_time(s, practice_url):
    s._callbox.option_defaults["timeout"] = 0.3

    with s.get(practice_url + "/lines?n=2&s=0.6", stream=True) as r:
        assert len(list(r.iter_lines())) == 2
    with pytest.raises(callbox.ReadTimeout), s.get(practice_url + "/lines?n=2&s=9", stream=True, timeout=0.3) as r:
        list(r.iter_lines())


def test_the_whole_exchange_may_have_a_limit(s, practice_url, hooks):

    with pytest.raises(callbox.ReadTimeout, match="Not finished"):
        s.get(practice_url + "/lines?n=100&s=0.05", timeout=Timeout(total=0.3), hooks=hooks)


@pytest.mark.parametrize(
    "first", ["302 X\r\nLocation: /next", '401 X\r\nWWW-Authenticate: Digest realm="r", nonce="n"']
)
@pytest.mark.parametrize("said", [{}, {"timeout": Timeout(total=0.4)}, {"timeout": (5, 5, 0.4)}], ids=repr)
def test_the_limit_counts_over_redirects_and_challenges(s, recorder, first, hooks, said):
    server = recorder(f"HTTP/1.1 {first}\r\nContent-Length: 0\r\n\r\n".encode())
    server.delay_s = 0.25
    s.timeout = (5, 5, 0.4)

    with pytest.raises(callbox.ReadTimeout, match="Not finished"):
        s.get(server.url, auth=callbox.HTTPDigestAuth("u", "p"), hooks=hooks, **said)


@pytest.mark.parametrize("timeout", [None, 5], ids=repr)
def test_what_one_request_says_of_time_replaces_all_that_the_session_says(s, recorder, timeout, hooks):
    server = recorder()
    server.delay_s = 0.2
    s.timeout = (0.1, 0.1, 0.1)

    assert s.get(server.url, timeout=timeout, hooks=hooks).ok


def test_a_request_that_was_prepared_elsewhere_is_sent_as_the_session_is_set(s, recorder):
    server = recorder(answer(b"long"))
    s.max_body = 3

    with pytest.raises(callbox.BodyTooLarge):
        s.send(callbox.Request("GET", server.url).prepare())
    server.delay_s = 0.3
    s.timeout = (5, 5, 0.1)
    with pytest.raises(callbox.ReadTimeout, match="Not finished"):
        s.send(Session().prepare_request(callbox.Request("GET", server.url)))


def test_silence_in_the_body_is_both_errors(s, recorder):
    server = recorder(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")

    with pytest.raises(callbox.ReadTimeout) as caught:
        s.get(server.url, timeout=0.5)

    assert isinstance(caught.value, callbox.ConnectionError)
    assert caught.value.partial == b"half"


@pytest.mark.parametrize("timeout", [0, -1, "soon", (1,), True], ids=repr)
def test_a_timeout_that_is_none_is_a_value_error(s, practice_url, timeout):
    with pytest.raises(ValueError, match="Invalid timeout"):
        s.get(practice_url + "/ping", timeout=timeout)


# Headers


def test_none_really_removes(s, recorder):
    server = recorder()

    s.get(server.url, headers={"User-Agent": None, "Accept-Encoding": None, "Accept": None, "Connection": None})

    assert [name for name, _ in server.seen[0].fields] == ["Host"]


def test_a_list_makes_several_lines(s, recorder, hooks):
    server = recorder()

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


def test_a_raw_url_keeps_its_dots(s, recorder, hooks):
    server = recorder()

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

    with pytest.raises(callbox.ConnectionError) as caught:
        s.post(server.url, data=b"x")

    assert caught.value.hint == "send it again"


def test_a_head_that_is_cut_off_is_no_cut_off_body(s, recorder):
    server = recorder(b"HTTP/1.1 200 OK\r\nX: ", None)
    server.closes = True

    with pytest.raises(callbox.ConnectionError, match="middle of the headers"):
        s.get(server.url, timeout=5)


def test_threads_share_a_session(s, practice_url):
    got: list[str] = []

    def work(number: int) -> None:
        for turn in range(5):
            s.cookies.set(f"c{number}", str(turn))
            got.append(s.get(f"{practice_url}/echo", params={"n": f"{number}.{turn}"}).json()["query"][0][1])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(got) == sorted(f"{number}.{turn}" for number in range(8) for turn in range(5))


def test_a_closed_session_works_again(s, practice_url):
    s.get(practice_url + "/ping")
    s.close()

    assert s.get(practice_url + "/ping").ok


# Hooks


def test_a_hook_of_the_request_keeps_the_sessions(s, recorder):
    server = recorder()
    seen: list[str] = []
    s.hooks["response"].append(lambda r, **_: seen.append("session"))

    s.get(server.url, hooks={"response": lambda r, **_: seen.append("request")})

    assert seen == ["session", "request"]


# What is sent, and what comes


def test_the_scheme_s_own_port_is_left_out():
    assert callbox.Request("GET", "http://a.x:80/").prepare().url == "http://a.x/"


def test_an_empty_file_has_a_length(s, recorder):
    server = recorder()

    s.post(server.url, data=io.BytesIO())

    assert (server.seen[0].value("Content-Length"), server.seen[0].value("Transfer-Encoding")) == ("0", None)


def test_a_cookie_s_value_may_be_a_number(s, recorder):
    server = recorder()

    s.get(server.url, cookies={"a": 1})

    assert server.seen[0].value("Cookie") == "a=1"


def test_bytes_of_a_header_are_text_in_a_prepared_request(s, recorder):
    server = recorder()
    prepared = s.prepare_request(callbox.Request("GET", server.url, headers={"X-A": b"\xe4"}))

    s.send(prepared)

    assert (prepared.headers["X-A"], server.seen[0].value("X-A")) == ("\xe4", "\xe4")


def test_qop_of_digest_has_no_quotes(s, recorder):
    challenge = (
        'HTTP/1.1 401 X\r\nWWW-Authenticate: Digest realm="r", nonce="n", qop="auth"\r\nContent-Length: 0\r\n\r\n'
    )
    server = recorder(challenge.encode())

    s.get(server.url, auth=callbox.HTTPDigestAuth("u", "p"))

    assert "qop=auth, nc=00000001" in (server.seen[1].value("Authorization") or "")


def test_a_digest_is_signed_beforehand_over_a_redirect(s, recorder):
    challenge = b'HTTP/1.1 401 X\r\nWWW-Authenticate: Digest realm="r", nonce="n"\r\nContent-Length: 0\r\n\r\n'
    server = recorder(challenge, b"HTTP/1.1 302 X\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")

    s.get(server.url, auth=callbox.HTTPDigestAuth("u", "p"))

    assert ["Digest" in (seen.value("Authorization") or "") for seen in server.seen] == [False, True, True]


def test_rebuilding_proxies_leaves_headers_alone(s):
    prepared = callbox.Request("GET", "http://a.x/").prepare()

    proxies = s.rebuild_proxies(prepared, {"http": "http://u:p@proxy:1"})

    assert (proxies["http"], "Proxy-Authorization" in prepared.headers) == ("http://u:p@proxy:1", False)


@pytest.mark.parametrize(
    ("head", "error"),
    [
        pytest.param("Content-Length: 2\r\nContent-Length: 3\r\n\r\nok", callbox.InvalidHeader, id="two lengths"),
        pytest.param("Content-Length: x\r\n\r\nok", callbox.InvalidHeader, id="no length"),
        pytest.param("Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", callbox.ConnectionError, id="coding"),
        pytest.param("no colon\r\nContent-Length: 0\r\n\r\n", callbox.ConnectionError, id="no colon"),
        pytest.param("Content-Type: a/b\r\n", callbox.ConnectionError, id="cut off"),
    ],
)
def test_a_head_that_cannot_be_trusted_is_an_error_of_one_line(s, recorder, head, error):
    server = recorder(f"HTTP/1.1 200 OK\r\n{head}".encode())
    server.closes = True

    with pytest.raises(error) as caught:
        s.get(server.url)

    assert all(isinstance(arg, str) and "\n" not in arg for arg in caught.value.args)


@pytest.mark.parametrize(
    ("no_proxy", "is_spared"), [("a.x:80", True), ("a.x:81", False), ("[::1]", False), ("a.x", True)]
)
def test_a_port_in_no_proxy_is_the_scheme_s_own_too(s, no_proxy, is_spared):
    settings = s.merge_environment_settings(
        "http://a.x/", {"http": "http://p:1", "no_proxy": no_proxy}, None, None, None
    )

    assert ("http" not in settings["proxies"]) is is_spared
