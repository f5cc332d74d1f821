"""Differences from Requests: precedence of settings and credentials."""

from __future__ import annotations

from typing import Any

import pytest


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


def test_a_proxy_of_none_means_a_direct_connection(s, recorder, monkeypatch, hooks):
    server = recorder()
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    assert s.get(server.url, proxies={"http": None}, hooks=hooks).ok
    s.proxies["http"] = None
    assert s.get(server.url, hooks=hooks).ok


def test_no_proxies_for_one_request_fills_in_from_the_session(s, recorder):
    proxy = recorder()
    s.proxies["all"] = proxy.url

    s.get("http://far.example/", proxies={})

    assert len(proxy.seen) == 1


def test_no_proxy_of_the_environment_spares_the_environments_own(s, recorder, monkeypatch, hooks):
    server, proxy = recorder(), recorder()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    s.get(server.url, hooks=hooks)
    s.get(server.url, proxies={"http": proxy.url}, hooks=hooks)
    s.proxies = {"http": proxy.url}
    s.get(server.url, hooks=hooks)
    s.get(server.url, proxies={"no_proxy": "127.0.0.1"}, hooks=hooks)

    assert (len(server.seen), len(proxy.seen)) == (2, 2)


def test_a_proxy_of_the_environment_is_no_word_for_the_next_hop(s, recorder, monkeypatch):
    server = recorder()
    proxy = recorder(moved(f"{server.url}/spared"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HTTP_PROXY", proxy.url)

    s.get("http://far.example/", hooks={"response": lambda r, **_: None})

    assert [seen.line for seen in server.seen] == ["GET /spared HTTP/1.1"]


def test_no_proxies_at_all_are_none(s, recorder):
    server = recorder()
    s.proxies = None

    assert s.get(server.url).ok
    assert s.get(server.url, hooks={"response": lambda r, **_: None}).ok


def test_a_proxy_changed_later_is_obeyed(s, recorder):
    server, proxy = recorder(), recorder()
    s.get(server.url)
    s.proxies["http"] = proxy.url

    s.get(server.url)

    assert (len(server.seen), len(proxy.seen)) == (1, 1)


def test_a_change_of_the_environment_is_obeyed_by_the_next_request(s, recorder, monkeypatch):
    server, proxy = recorder(), recorder()
    s.get(server.url)
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    s.get(server.url)
    monkeypatch.delenv("HTTP_PROXY")
    s.get(server.url)

    assert (len(server.seen), len(proxy.seen)) == (2, 1)


def test_netrc_is_read_again_when_it_was_changed(s, recorder, netrc, tmp_path):
    server = recorder()
    s.get(server.url)
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login u password p\n")
    s.get(server.url)

    assert [seen.value("Authorization") for seen in server.seen] == [NET, USER]


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


@pytest.mark.parametrize("said", ["mine", None], ids=["a header", "none"])
def test_a_request_header_wins_over_a_callable_of_the_session(s, recorder, said, hooks):
    def sign(request: Any) -> Any:
        request.headers["Authorization"] = "the session's"
        return request

    server = recorder()
    s.auth = sign

    s.get(server.url, headers={"authorization": said}, hooks=hooks)
    s.get(server.url, hooks=hooks)

    assert [seen.value("Authorization") for seen in server.seen] == [said, "the session's"]


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
