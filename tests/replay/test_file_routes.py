"""Ways to a host that a file says carry nothing of the user's; what the user says himself is his own way."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from callbox.engine import Entry, LiveSession
from callbox.exchange.auth_schemes import Basic, Bearer
from callbox.exchange.cookies import Cookie
from callbox.exchange.secret import Secret
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.replay.run_options import Plan
from callbox.replay.run_state import RunState
from callbox.replay.runner import replay

API = "http://api.example"


def bearer(session: LiveSession) -> None:
    session.apply("auth", API, Bearer("T0KEN"))
    session.apply("auth", "https://api.example", Bearer("T0KEN"))


def basic_for_everyone(session: LiveSession) -> None:
    session.apply("auth", "", Basic("ann", "T0KEN"))


def for_the_first_asked(session: LiveSession) -> None:
    session.apply("auth", "?", Bearer("T0KEN"))


def header(session: LiveSession) -> None:
    session.headers["X-Api-Key"] = Secret("T0KEN")


def plain_header(session: LiveSession) -> None:
    session.headers["X-Plain"] = "T0KEN"


def parameter(session: LiveSession) -> None:
    session.params = {"q": "T0KEN"}


def cookie(session: LiveSession) -> None:
    session.jar.put(Cookie("sid", "T0KEN", "api.example", "/", True, is_manual=True), 1.0)


def certificate(session: LiveSession) -> None:
    session.set_option("cert", "T0KEN.pem")


def certificate_by_default(session: LiveSession) -> None:
    session.option_defaults["cert"] = "T0KEN.pem"


HELD: list[Callable[[LiveSession], None]] = [
    bearer, basic_for_everyone, header, plain_header, parameter, cookie, certificate,
    certificate_by_default,
]  # fmt: skip

WAYS = {
    "proxy": "curl -x BASE http://api.example/",
    "proxy, long": "curl --proxy=BASE http://api.example/",
    "proxy with a password": "curl -k -x http://u:p@HOST http://api.example/",
    "proxy for https": "curl -k -x BASE https://api.example/",
    "unchecked": "curl -k https://api.example/",
    "unchecked http": "# @insecure\nGET http://api.example/",
    "unchecked, httpyac": "# @no-reject-unauthorized\nGET https://api.example/",
    "unchecked, kulala": "# @kulala-curl--insecure\nGET https://api.example/",
    "authority": "curl --cacert ca.pem https://api.example/",
    "host header": "# @insecure\nGET /\nHost: api.example",
}


@pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))
@pytest.mark.parametrize("hold", HELD)
def test_a_way_that_a_file_says_never_carries_what_the_session_holds(run, server, session, hold, way) -> None:
    hold(session)

    results = run(f"GET BASE/first\n\n### evil\n{way.replace('HOST', server.host)}")

    assert server.requests == []
    assert "the file sets " in str(results[0].error)
    assert "T0KEN" not in str(results[0].error)
    assert results[0].error.hint.startswith("if you trust that route, choose it yourself: set option ")
    assert results[0].error.place.line > 2


@pytest.mark.parametrize("way", [WAYS[name] for name in WAYS if name != "proxy for https"])  # the server reads text
def test_a_file_gets_no_credential_that_waits_for_its_first_origin(run, server, session, way) -> None:
    for_the_first_asked(session)

    run(f"GET BASE/first\n\n### evil\n{way.replace('HOST', server.host)}")

    assert not [request for request in server.requests if b"T0KEN" in request]
    assert server.requests[0].startswith(b"GET /first ")


OTHER_HOSTS = {
    "another host": "GET BASE/\nHost: evil.example",
    "name of the header in lower case": "GET BASE/\nhost: evil.example",
    "the host with another ending": "GET BASE/\nHost: 127.0.0.1.evil.example",
    "variable": "@h = evil.example\nGET BASE/\nHost: {{h}}",
    "curl": "curl BASE/ -H 'Host: evil.example'",
    "no host at all": "GET BASE/\nHost: ///",
}


@pytest.mark.parametrize("text", OTHER_HOSTS.values(), ids=list(OTHER_HOSTS))
@pytest.mark.parametrize("hold", [header, plain_header, parameter, basic_for_everyone])
def test_host_header_of_a_file_gives_another_host_nothing_of_the_session(run, server, session, hold, text) -> None:
    hold(session)

    results = run(text)

    assert server.requests == []
    assert "the file sets Host " in str(results[0].error)
    assert results[0].error.hint.startswith("if you trust that route, choose it yourself: set header Host ")


def test_cookies_of_the_session_are_not_sent_to_another_host_header(run, server, session) -> None:
    session.jar.put(Cookie("sid", "T0KEN", "127.0.0.1", "/", True, is_manual=True), 1.0)
    server.json("/", "{}", "Set-Cookie: sid=evil; Path=/")

    results = run("GET BASE/\nHost: evil.example", Plan())

    assert server.requests == []
    assert "your cookie sid must not use that route" in str(results[0].error)
    assert [cookie.value for cookie in session.jar.snapshot()] == ["T0KEN"]


def test_cookies_of_another_host_header_are_not_mixed_with_those_of_the_session(run, server, session) -> None:
    session.jar.put(Cookie("sid", "T0KEN", "other.example", "/", True), 1.0)
    server.json("/", "{}", "Set-Cookie: sid=evil; Path=/")

    run("GET BASE/\nHost: evil.example")

    assert [cookie.value for cookie in session.jar.snapshot()] == ["T0KEN"]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:80", "HOST"])
def test_host_header_with_the_host_of_the_url_changes_nothing(run, server, session, host) -> None:
    basic_for_everyone(session)

    results = run(f"GET BASE/\nHost: {host.replace('HOST', server.host)}")

    assert results[0].outcome == "ok"
    assert any(line.startswith("Authorization: Basic ") for line in server.headers())


def test_host_header_that_the_session_has_too_is_the_users(run, server, session) -> None:
    basic_for_everyone(session)
    session.headers["Host"] = "virtual.example"

    results = run("GET BASE/\nHost: virtual.example")

    assert results[0].outcome == "ok"


def test_session_without_values_sends_any_host_header(run, server, session) -> None:
    results = run("GET BASE/\nHost: virtual.example\nAuthorization: Bearer own", Plan(options={"cert": ""}))

    assert results[0].outcome == "ok"
    assert b"Host: virtual.example\r\n" in server.requests[0]


def test_netrc_is_the_users(run, server, session, tmp_path, monkeypatch) -> None:
    (tmp_path / "netrc").write_text("machine api.example login ann password T0KEN\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    session.set_option("netrc", True)

    results = run("curl -x BASE http://api.example/")

    assert "your auth must not use that route" in str(results[0].error)
    assert server.requests == []


@pytest.mark.parametrize("hold", HELD)
def test_an_environments_way_does_not_either(run, server, session, hold, tmp_path) -> None:
    hold(session)
    (tmp_path / "http-client.env.json").write_text('{"dev": {"SSLConfiguration": {"verifyHostCertificate": false}}}')

    results = run("GET http://api.example/", Plan(stages=("dev",)))

    assert "the file sets verify no" in str(results[0].error)


def test_a_certificate_of_the_command_line_is_the_users(run, server) -> None:
    results = run("curl -k -x BASE http://api.example/", Plan(options={"cert": "me.pem"}))

    assert "your client certificate must not use that route" in str(results[0].error)
    assert server.requests == []


def test_what_a_way_would_carry_and_the_way_are_named_and_no_secret(run, server, session) -> None:
    bearer(session)
    cookie(session)

    results = run(f"curl -x http://u:hunter2@{server.host} {API}/")

    said = f"the file sets proxy http://u:...@{server.host}, and your auth, cookie sid must not use that route"
    assert said in str(results[0].error)
    assert "hunter2" not in f"{results[0].error} {results[0].error.hint}"


@pytest.mark.parametrize("text", ["curl -x BASE http://api.example/", "curl -x BASE http://api.example/ -H 'X-Key: k'"])
def test_what_the_user_says_himself_is_his_own_way(run, server, session, text) -> None:
    bearer(session)

    run(text, Plan(options={"proxy": server.url}))
    session.set_option("proxy", server.url)
    run(text)

    assert [raw.count(b"T0KEN") for raw in server.requests] == [1, 1]


def test_what_the_user_says_for_another_origin_is_not(run, server, session) -> None:
    bearer(session)
    session.apply("option", "verify", Entry("verify", (False,), "https://other.example"))

    results = run("curl -k https://api.example/")

    assert "the file sets verify no" in str(results[0].error)


def test_what_the_environment_of_the_process_says_is_the_users_way(run, server, session, monkeypatch) -> None:
    bearer(session)
    monkeypatch.setenv("http_proxy", server.url)

    run(f"curl -x {server.url} http://api.example/")

    assert b"T0KEN" in server.requests[0]


def test_a_session_that_holds_nothing_for_this_host_lends_nothing(run, server, session) -> None:
    session.apply("auth", "http://other.example", Bearer("T0KEN"))

    results = run("curl -x BASE http://api.example/ -H 'Authorization: Bearer own'")

    assert (results[0].outcome, server.headers()) == ("ok", ["Authorization: Bearer own"])


def test_a_script_that_logs_in_by_its_own_way_stays_logged_in(run, server, session) -> None:
    server.json("/login", "{}", "Set-Cookie: sid=1; Path=/")

    results = run("# @insecure\nGET BASE/login\n\n###\n# @insecure\nGET BASE/me\n\n###\nGET BASE/checked")

    assert [result.outcome for result in results] == ["ok"] * 3
    assert [server.headers(n) for n in range(3)] == [[], ["Cookie: sid=1"], ["Cookie: sid=1"]]
    assert len(session.jar) == 1


def test_the_users_cookies_are_not_mixed_with_those_of_a_files_way(run, server, session) -> None:
    session.jar.put(Cookie("sid", "T0KEN", "other.example", "/", True), 1.0)
    server.json("/login", "{}", "Set-Cookie: sid=evil; Path=/")

    results = run("# @insecure\nGET BASE/login\n\n###\n# @insecure\nGET BASE/me\n\n###\nGET BASE/checked")

    assert [server.headers(n) for n in range(3)] == [[], ["Cookie: sid=evil"], []]
    assert [cookie.value for cookie in session.jar.snapshot()] == ["T0KEN"]
    assert any("not added to the session" in note for note in results[0].notes)


def test_a_redirect_by_a_files_way_brings_nothing_of_the_session_along(run, server, session) -> None:
    session.jar.put(Cookie("sid", "T0KEN", "api.example", "/", True), 1.0)
    bearer(session)
    server.answers["http://evil.example/"] = (
        b"HTTP/1.1 302 X\r\nLocation: http://api.example/x\r\nContent-Length: 0\r\n\r\n"
    )

    run("curl -L -x BASE http://evil.example/")

    assert len(server.requests) == 2
    assert not any(b"T0KEN" in raw for raw in server.requests)


def test_a_later_file_does_not_own_the_cookies_of_an_earlier_one(run, server, session) -> None:
    server.json("/login", "{}", "Set-Cookie: sid=T0KEN; Path=/")
    run("GET BASE/login")

    results = run(f"# @insecure\nGET {server.url}/")

    assert "your cookie sid must not use that route" in str(results[0].error)
    assert server.lines == ["GET /login"]


def test_a_run_in_steps_keeps_the_cookies_of_its_file(server, session, ports, tmp_path) -> None:
    server.json("/login", "{}", "Set-Cookie: sid=1; Path=/")
    text = f"# @insecure\nGET {server.url}/login\n\n###\n# @insecure\nGET {server.url}/me"
    script, state = parse(text, str(tmp_path / "a.http")), RunState()

    for number in (1, 2):
        plan = Plan(ranges=((number, number),))
        assert [r.outcome for r in replay(script, session, ports, plan, state=state)] == ["ok"]

    assert server.headers() == ["Cookie: sid=1"]


def test_no_cookie_jar_holds_for_such_a_way_too(run, server, session) -> None:
    server.json("/login", "{}", "Set-Cookie: sid=1; Path=/")

    run("# @insecure\n# @no-cookie-jar\nGET BASE/login\n\n###\n# @insecure\n# @no-cookie-jar\nGET BASE/me")

    assert (server.headers(), len(session.jar)) == ([], 0)


def test_a_dry_run_says_it_too(run, server, session: Any) -> None:
    bearer(session)

    results = run("curl -x BASE http://api.example/", Plan(is_dry_run=True))

    assert "the file sets" in str(results[0].error)


def test_a_value_that_comes_late_is_refused_when_it_is_sent(run, server, session) -> None:
    server.json("/one", json.dumps({"p": server.url}))
    bearer(session)

    results = run(
        "# @name one\nGET BASE/one\n\n###\ncurl -x {{one.response.body.$.p}} http://api.example/",
        Plan(undefined="keep"),
    )

    assert "would choose the route to the host" in str(results[-1].error)
    assert server.lines == ["GET /one"]


@pytest.mark.parametrize(
    "words",
    [
        "--resolve api.example:80:127.0.0.1", "--connect-to ::HOST", "--unix-socket /run/x.sock", "--interface lo",
        "--noproxy api.example", "--preproxy socks5://HOST", "--socks5 HOST", "--proxy-user u:p", "--proxy-header X:1",
        "--proxy-insecure", "--location-trusted", "--netrc", "-n", "--negotiate", "--ntlm", "--doh-url https://HOST",
        "--proxy-cert me.pem", "--capath /etc", "--abstract-unix-socket x", "-K curlrc", "--next",
    ],
)  # fmt: skip
def test_every_other_word_of_curl_for_a_way_is_refused_by_name(run, server, words) -> None:
    results = run(f"curl {words.replace('HOST', server.host)} BASE/")

    assert re.search("curl's .* is not supported", str(results[0].error))
    assert server.requests == []


SENT = {
    "user": "curl -L -u ann:T0KEN BASE/",
    "cookie": "curl -L -b sid=T0KEN BASE/",
    "header": "curl -L -H 'Authorization: Bearer T0KEN' BASE/",
    "key": "GET BASE/\nX-Api-Key: T0KEN",
    "basic": "GET BASE/\nAuthorization: Basic ann T0KEN",
    "cookie field": "GET BASE/\nCookie: sid=T0KEN",
    "secret": "GET BASE/\nX-Plain: {{pin}}",
}


@pytest.mark.parametrize("text", SENT.values(), ids=list(SENT))
def test_what_a_request_of_a_file_sends_stays_on_its_origin_and_does_not_come_back(run, server, text) -> None:
    evil = server.url.replace("127.0.0.1", "localhost")
    moved = "HTTP/1.1 302 X\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n"
    server.answers["/"] = moved.format(f"{evil}/evil").encode()
    server.answers["/evil"] = moved.format(f"{server.url}/attack").encode()

    results = run(text, Plan(variables={"pin": "T0KEN"}, secret_names=frozenset({"pin"})))

    assert [len(server.headers(number)) for number in range(3)] == [1, 0, 0]
    assert any("not sent on to" in note for note in results[0].notes)
