"""What a program said wrongly is told, as Requests tells it, and never passed over."""

from __future__ import annotations

import os
from typing import Any

import pytest
from tests.support.closed_port import CLOSED

import callbox
from callbox import Session


@pytest.mark.parametrize("value", [("u", "p", "x"), ("u",), "u:p", ["u", "p"], 5], ids=str)
def test_what_cannot_sign_is_no_auth_of_a_session(s, recorder, value):
    server = recorder()
    s.auth = value

    with pytest.raises(TypeError):
        s.get(server.url)
    assert server.seen == []


@pytest.mark.parametrize("nobody", [(), False, ""], ids=str)
def test_an_empty_auth_of_one_request_means_nobody(s, recorder, nobody):
    server = recorder()
    s.auth = ("u", "p")

    s.get(server.url, auth=nobody)
    s.auth = lambda r: r.headers.__setitem__("Authorization", "x") or r
    s.get(server.url, auth=nobody)

    assert [seen.value("Authorization") for seen in server.seen] == [None, None]


def test_a_hook_for_an_unknown_event_is_refused(s, recorder):
    with pytest.raises(ValueError, match='"nope"'):
        s.get(recorder().url, hooks={"nope": print})


@pytest.mark.parametrize("data", [5, True, object()], ids=["number", "truth", "object"])
def test_what_is_no_body_is_refused(s, recorder, data):
    server = recorder()

    with pytest.raises(TypeError):
        s.post(server.url, data=data)
    assert server.seen == []


def test_an_iterator_that_gives_no_bytes_is_refused(s, recorder):
    with pytest.raises(TypeError):
        s.post(recorder().url, data=iter([1, 2]))


def test_a_netrc_entry_without_user_and_password_is_none(s, recorder, monkeypatch, tmp_path):
    path = tmp_path / "netrc"
    path.write_text('machine 127.0.0.1 login ""\n')
    monkeypatch.setenv("NETRC", os.fspath(path))
    server = recorder()

    s.get(server.url)

    assert server.seen[0].value("Authorization") is None


@pytest.mark.parametrize("where", ["myapp://callback?code=1", "mailto:ann@a.example"])
def test_a_redirect_to_a_scheme_that_nobody_speaks(s, recorder, where, hooks):
    server = recorder(f"HTTP/1.1 302 X\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode())

    with pytest.raises(callbox.exceptions.InvalidSchema, match=where.partition(":")[0]):
        s.get(server.url, hooks=hooks)


def test_an_empty_location_is_not_followed(s, recorder, hooks):
    server = recorder(b"HTTP/1.1 302 X\r\nLocation:\r\nContent-Length: 0\r\n\r\n")

    assert s.get(server.url, hooks=hooks).status_code == 302


def test_too_many_redirects_show_the_way_there(s, recorder, hooks):
    server = recorder(*[b"HTTP/1.1 302 X\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n"] * 3)
    s.max_redirects = 2

    with pytest.raises(callbox.TooManyRedirects) as caught:
        s.get(server.url, hooks=hooks)

    assert [[h.status_code for h in r.history] for r in caught.value.response.history] == [[], [302]]


@pytest.mark.parametrize("proxy", ["http://", "http:///", "http:/proxy.example:3128"])
def test_a_proxy_without_a_host_is_an_invalid_proxy_url(s, proxy, hooks):

    with pytest.raises(callbox.exceptions.InvalidProxyURL):
        s.get("http://a.example/", proxies={"http": proxy}, hooks=hooks)


@pytest.mark.parametrize("url", ["http://a.example/", "https://a.example/"])
def test_a_proxy_that_nobody_answers_at_is_a_proxy_error(s, url):
    with pytest.raises(callbox.exceptions.ProxyError) as caught:
        s.get(url, proxies={"all": f"http://{CLOSED}"})

    assert isinstance(caught.value, callbox.ConnectionError)


def test_headers_of_none_are_no_headers(recorder):
    server = recorder()
    with Session() as session:
        session.headers = None
        session.get(server.url, headers={"X-A": "1"})

    assert server.seen[0].fields == [("Host", server.url[7:]), ("X-A", "1")]


def test_verify_true_asks_for_the_usual_files(s):
    s.verify = "/mine.pem"
    found: list[Any] = [
        s.merge_environment_settings("https://a.example/", None, None, verify, None)["verify"]
        for verify in (None, True, False, "/other.pem")
    ]

    assert found == ["/mine.pem", True, False, "/other.pem"]


def test_the_error_of_a_body_that_is_no_json_is_told_as_in_requests():
    import pickle

    import requests

    told = []
    for library in (requests, callbox):
        answer: Any = library.Response()
        answer._content, answer.status_code = b"{bad", 200
        with pytest.raises(library.exceptions.JSONDecodeError) as caught:
            answer.json()
        error = pickle.loads(pickle.dumps(caught.value))
        told.append((caught.value.args, str(error), error.msg, error.doc, error.pos, error.lineno))

    assert told[1] == told[0]


@pytest.mark.parametrize("way", ["asked for", "redirected to"])
def test_a_scheme_whose_adapter_was_taken_away_is_not_spoken(s, recorder, way, hooks):
    server, moved = recorder(), Moved(recorder)
    if way == "redirected to":
        s.mount(moved.url, s.adapters["http://"])
    del s.adapters["http://"]

    with pytest.raises(callbox.exceptions.InvalidSchema):
        s.get(server.url if way == "asked for" else moved.to(server.url), hooks=hooks)
    assert server.seen == []


class Moved:
    """A server that sends everyone elsewhere."""

    def __init__(self, recorder: Any) -> None:
        self.server = recorder()
        self.url = self.server.url

    def to(self, url: str) -> str:
        """Its own URL, once it leads there."""
        self.server.answers.append(f"HTTP/1.1 302 X\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n".encode())
        return str(self.url)


@pytest.mark.parametrize("forgotten", [None, ""], ids=repr)
def test_what_was_forgotten_does_not_switch_the_checking_of_certificates_off(s, forgotten):
    s.verify = forgotten
    from_session = s.merge_environment_settings("https://a.example/", {}, None, None, None)["verify"]
    from_request = s.merge_environment_settings("https://a.example/", {}, None, forgotten, None)["verify"]
    request = callbox.Request("GET", "https://a.example/").prepare()
    _, of_pool = callbox.HTTPAdapter().build_connection_pool_key_attributes(request, forgotten)

    assert (from_session, from_request, of_pool["cert_reqs"]) == (True, True, "CERT_REQUIRED")


@pytest.mark.parametrize("reason", ["ei löydy".encode(), "ei löydy".encode("latin-1")], ids=["utf-8", "latin-1"])
def test_a_reason_of_bytes_is_read(reason):
    answer: Any = callbox.Response()
    answer.status_code, answer.reason = 404, reason

    with pytest.raises(callbox.HTTPError, match="ei löydy"):
        answer.raise_for_status()
