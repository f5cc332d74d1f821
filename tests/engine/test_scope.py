"""What goes to one origin only, and what the environment may say."""

from __future__ import annotations

from tests.support.rows import check_rows

from callbox import Session
from callbox.engine import Entry, LiveSession
from callbox.engine.session_state_and_edit_log import FIRST_ORIGIN
from callbox.exchange.auth_schemes import Basic, Bearer
from callbox.exchange.exchange_record_and_events import Note
from callbox.exchange.request import Draft
from callbox.exchange.secret import reveal
from callbox.exchange.url import parse
from callbox.sessions import client_of
from callbox.system.proxy_environment import choose_proxy


def header(session: LiveSession, url: str, name: str) -> str | None:
    found = {f.name.lower(): reveal(f.value) for f in session.preview(Draft("GET", url)).headers}
    return found.get(name)


def test_a_bound_credential_goes_to_its_origin_only():
    session = LiveSession()
    session.apply("auth", "http://a.x", Bearer("t"))

    seen = [header(session, url, "authorization") for url in ("http://a.x/", "http://a.x:81/", "https://a.x/")]

    assert seen == ["Bearer t", None, None]


def test_a_bound_header_goes_to_its_origin_only():
    session = LiveSession()
    session.apply("header", "x-key", Entry("X-Key", ("k",), "http://a.x"))

    assert [header(session, url, "x-key") for url in ("http://a.x/", "http://b.x/")] == ["k", None]


def test_a_credential_without_a_base_is_bound_to_the_first_origin(practice_url):
    session = LiveSession()
    session.apply("auth", FIRST_ORIGIN, Basic("ann", "secret"))

    notes = [e.text for e in session.stream(Draft("GET", practice_url + "/ping")) if isinstance(e, Note)]
    session.close()

    assert notes == [f"auth basic ann is now bound to {practice_url}"]
    assert list(session.entries("auth")) == [practice_url]


def test_a_credential_without_a_base_is_bound_by_a_streamed_request_too(practice_url):
    with Session() as session:
        client_of(session).apply("auth", FIRST_ORIGIN, Basic("ann", "secret"))
        session.get(practice_url + "/ping", stream=True).close()

        assert list(client_of(session).entries("auth")) == [practice_url]


def test_an_option_can_hold_for_one_origin():
    session = LiveSession()
    session.apply("option", "verify", Entry("verify", (False,), "https://a.x"))

    assert [session.route(parse(u)).verify for u in ("https://a.x/", "https://b.x/")] == [False, True]


def test_a_changed_option_counts_for_the_next_request():
    session = LiveSession()
    before = session.route(parse("http://a.x/")).timeout
    session.set_option("timeout", 1.0)

    assert (before, session.route(parse("http://a.x/")).timeout) == (60.0, 1.0)


def test_the_sessions_verify_wins_over_the_environments_bundle(monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/env/ca.pem")
    session = Session()
    from_environment = client_of(session).route(parse("https://a.x/")).ca
    session.verify = "/mine/ca.pem"

    assert (from_environment, client_of(session).route(parse("https://a.x/")).ca) == ("/env/ca.pem", "/mine/ca.pem")


def test_the_sessions_proxies_win_over_the_environments(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://env:1")
    session = Session()
    session.proxies["http"] = "http://mine:2"

    assert client_of(session).route(parse("http://a.x/")).proxy == "http://mine:2"


def test_netrc_is_asked_last(monkeypatch, tmp_path):
    path = tmp_path / "netrc"
    path.write_text("machine a.x login net password rc\n")
    monkeypatch.setenv("NETRC", str(path))
    session = Session()
    plain = header(client_of(session), "http://a.x/", "authorization")
    session.headers["Authorization"] = "Token t"

    assert plain == "Basic bmV0OnJj"
    assert header(client_of(session), "http://a.x/", "authorization") == "Token t"


@check_rows(
    ("no_proxy", "url", "is_direct"),
    [
        ("a.x", "http://a.x/", True), ("a.x", "http://b.a.x/", True), (".a.x", "http://a.x/", True),
        ("a.x", "http://ba.x/", False), ("*", "http://q/", True), ("10.0.0.0/8", "http://10.1.2.3/", True),
        ("10.0.0.0/8", "http://11.1.2.3/", False), ("a.x:81", "http://a.x:81/", True), ("", "http://a.x/", False),
        ("a.x:81", "http://a.x/", False), ("a.x:81", "http://b.a.x:81/", True), ("a.x:80", "http://a.x/", True),
        ("127.0.0.1:1", "http://127.0.0.1:2/", False), ("127.0.0.1:1", "http://127.0.0.1:1/", True),
        ("127.0.0.1", "http://127.0.0.1:2/", True), ("::1", "http://[::1]:2/", True), ("[::1]", "http://[::1]:2/", True),
        ("[::1]:2", "http://[::1]:2/", True), ("[::1]:2", "http://[::1]:3/", False), ("0:0::1", "http://[::1]/", True),
        ("fe80::/10", "http://[fe80::1]/", True), ("[fe80::]/10", "http://[fe80::1]/", True),
        ("a.x:", "http://a.x:9/", True), (":81", "http://a.x:81/", False), (".", "http://a.x/", False),
    ],
)  # fmt: skip
def test_no_proxy_names_hosts_domains_and_networks(no_proxy, url, is_direct):
    assert (choose_proxy(parse(url), [{"http": "http://p:1"}], no_proxy) == "") is is_direct


def test_without_the_session_the_defaults_go_as_they_are_spelled():
    session = LiveSession()
    session.headers["X-Mine"] = "1"

    outgoing = session.preview(Draft("GET", "http://a.x/", options={"no-session": True}))

    assert [f.name for f in outgoing.headers] == ["Host", "User-Agent", "Accept-Encoding", "Accept", "Connection"]
