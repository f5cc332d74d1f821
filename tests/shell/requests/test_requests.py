"""Requests: what is sent for what was typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support.closed_port import CLOSED

from callbox.practice import Practice


def echo(shell, line: str) -> dict:
    return json.loads(shell.body(line))


def test_items_never_change_the_session(shell) -> None:
    shell.run("get /echo X-A:1 q==2")

    assert "x-a" not in shell.context.session.entries("header")
    assert not shell.context.session.entries("query")


@pytest.mark.parametrize("line", ["get /echo?q=2", "get /echo q==2", "get /echo?%71=2#q=3"])
def test_a_parameter_of_the_request_replaces_that_of_the_session(shell, line: str) -> None:
    shell.run("set query q 1", "set query page 3")

    assert sorted(echo(shell, line)["query"]) == [["page", "3"], ["q", "2"]]


def test_fields_make_json(shell) -> None:
    record = shell.record("post /echo name=Ann age:=42")

    assert record.outgoing.content is not None
    assert record.outgoing.content.data == b'{"name": "Ann", "age": 42}'
    assert record.outgoing.content.media_type == "application/json"


def test_fields_make_a_form_when_asked(shell) -> None:
    record = shell.record("post /echo a='x y' b=2 --form")

    assert record.outgoing.content is not None
    assert record.outgoing.content.data == b"a=x+y&b=2"


def test_an_upload_makes_multipart(shell, tmp_path: Path) -> None:
    (tmp_path / "me.png").write_bytes(b"\x89PNG")

    answer = json.loads(shell.body("post /upload photo@me.png name=Ann"))

    assert "me.png" in json.dumps(answer)
    assert shell.context.last.outgoing.content.kind == "multipart"


def test_a_file_is_the_whole_body_with_its_media_type(shell, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"a": 1.0}')

    record = shell.record("post /echo @x.json")

    assert {f.name: str(f.value) for f in record.outgoing.headers}["Content-Type"] == "application/json"
    assert b"1.0" in record.body


def test_body_text_is_json_where_it_reads_as_json(shell) -> None:
    assert shell.record("post /echo --body '{\"a\": 1}'").outgoing.content.media_type == "application/json"
    assert shell.record("post /echo --body hello").outgoing.content.media_type == "text/plain; charset=utf-8"


def test_a_header_is_left_out_by_a_bare_colon(shell) -> None:
    shell.say("set header X-Test 1")

    names = [field.name for field in shell.record("get /echo X-Test: User-Agent:").outgoing.headers]

    assert "X-Test" not in names
    assert "User-Agent" not in names


def test_a_shell_asks_for_json_first(shell) -> None:
    headers = {f.name: (f.value, f.source) for f in shell.record("get /echo").outgoing.headers}

    assert headers["Accept"] == ("application/json, */*;q=0.5", "default")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("post /echo a:=oops", "Not JSON"),
        ("post /echo @nowhere.json", "No such file: nowhere.json"),
        ("post /echo --body x a=1", "one body"),
        ("get {{nothing}}", "Undefined variable 'nothing'"),
        ("get /x {{last.json.a}}:1", "There is no last response yet"),
        ("gte /x", "No command 'gte' Did you mean 'get'?"),
    ],
    ids=["bad json", "no file", "two bodies", "undefined", "no last", "mistyped"],
)
def test_what_cannot_be_sent_is_refused_with_its_place(shell, line: str, message: str) -> None:
    failure = shell.failure(line)

    assert message in f"{failure.error.message} {failure.error.hint}"
    assert failure.error.place is not None
    assert failure.exit_code == 2


def test_without_a_base_a_path_has_nothing_to_be_below(shell) -> None:
    shell.say("unset base")

    assert shell.fail("get /x").startswith("'/x' is a path, and no base URL is set")


def test_a_token_of_the_last_response_is_read_when_enter_is_pressed(shell) -> None:
    shell.run("post /login user=ann password=secret", "set auth bearer {{last.json.token}}", "reset cookie")

    assert shell.record("get /me").response.status == 200


def test_a_filled_value_is_never_split_or_filled_again(shell) -> None:
    shell.say("set var a 'x y==z'", "set var b '\\{\\{a}}'")

    assert shell.record("get /echo q=={{a}}").outgoing.query[0].value == "x y==z"


def test_a_401_suggests_the_auth_it_asks_for(shell) -> None:
    assert "set auth basic USER" in shell.say("get /basic-auth")
    assert "set auth bearer TOKEN" in shell.say("get /bearer")
    assert "set auth digest USER" in shell.say("get /digest-auth")


@pytest.mark.parametrize(
    "line",
    [
        "set auth digest ann secret",
        "get /digest-auth --auth ann:secret --auth-type digest",
        "curl --digest -u ann:secret {api}/digest-auth",
    ],
    ids=["session", "request", "curl"],
)
def test_a_digest_challenge_is_answered(shell, api: Practice, line: str) -> None:
    shell.run(line.format(api=api.url))

    assert shell.record("get /digest-auth" if line.startswith("set") else "again").response.status == 200


def test_a_wrong_digest_password_is_a_401_and_no_loop(shell) -> None:
    shell.say("set auth digest ann wrong")

    assert shell.record("get /digest-auth").response.status == 401


def test_a_404_on_a_relative_path_shows_where_it_led(shell, api: Practice) -> None:
    shell.say("cd books")

    assert f"{api.url}/books/nowhere/x is 'nowhere/x' joined to the base {api.url}/books" in shell.say("get nowhere/x")


def test_again_sends_the_same_with_items_over_it(shell) -> None:
    shell.record("post /echo?x=1 X-A:1 a=1 b:=2.50 q==1")

    record = shell.record("again X-a:2 b:=3 q==5")

    sent = {f.name.lower(): f.value for f in record.outgoing.headers}
    assert sent["x-a"] == "2"
    assert record.outgoing.content.data == b'{"a": "1", "b": 3}'
    assert record.outgoing.url.query == "x=1&q=5"


def test_again_as_often_as_asked(shell) -> None:
    shell.record("get /ping")

    shell.run("again --times 3")

    assert shell.context.last.response.connection.requests == 4


def test_connections_are_reused_and_shown(shell) -> None:
    shell.run("get /ping", "get /ping")

    assert shell.context.last.response.connection.is_reused
    assert "2 requests" in shell.say("show connection")


def test_send_takes_any_method(shell) -> None:
    assert shell.record("send PATCH /echo a=1").outgoing.method == "PATCH"


def test_no_session_leaves_everything_out(shell) -> None:
    shell.say("set header X-Test 1", "set cookie sid 1", "set query p 1", "set auth bearer letmein")

    answer = shell.body("get /echo --no-session")

    assert b"X-Test" not in answer
    assert b"letmein" not in answer
    assert b"sid" not in answer


def test_a_refused_connection_is_one_line(shell) -> None:
    failure = shell.failure(f"get http://{CLOSED}/")

    assert failure.error.message == f"Connection refused: {CLOSED} (nothing is listening there)"
    assert failure.exit_code == 3


def test_requests_of_the_line_bring_their_options(shell) -> None:
    failure = shell.failure("get /slow?seconds=5 --timeout 200ms")

    assert failure.exit_code == 3
    assert shell.record("get /ping").response.status == 200


def test_digits_of_the_target_rules(shell, api: Practice) -> None:
    port = api.url.rpartition(":")[2]

    assert shell.record(f"get :{port}/ping").outgoing.url.text == f"http://localhost:{port}/ping"
    assert shell.record(f"get 127.0.0.1:{port}/ping").outgoing.url.text == f"{api.url}/ping"
    assert shell.record("get ping").outgoing.url.path == "/ping"


def test_a_file_name_is_below_the_base_though_it_has_a_dot(shell) -> None:
    assert shell.record("get openapi.json").outgoing.url.path == "/openapi.json"


@pytest.mark.parametrize("word", ["--insecure", "-k", "--no-verify"])
def test_curls_word_for_no_checking_is_known(shell, word: str) -> None:
    shell.record(f"get /echo {word}")

    assert shell.context.history.items()[-1][1].draft.options["verify"] is False


@pytest.mark.parametrize(
    "line",
    [
        "get /digest-auth --auth-type digest",
        "get /digest-auth -A digest --retries 0",
        "again --auth-type digest",
    ],
)
def test_auth_type_alone_uses_the_user_and_password_of_the_session(line, shell) -> None:
    shell.run("set auth basic ann secret", "get /digest-auth")

    assert shell.record(line).response.status == 200


def test_auth_type_alone_uses_the_user_and_password_of_netrc(shell, tmp_path, monkeypatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 method x login ann password secret")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    assert shell.record("get /digest-auth --auth-type digest --netrc").response.status == 200


@pytest.mark.parametrize(
    ("before", "line", "message"),
    [
        ("reset auth", "get /x --auth-type digest", "There is no user and password for --auth-type digest"),
        ("set auth bearer t", "get /x --auth-type digest", "There is no user and password for --auth-type digest"),
        ("set auth basic u p", "get /x --auth-type bearer", "There is no credential for --auth-type bearer"),
    ],
)
def test_auth_type_without_a_credential_for_it_is_an_error(before, line, message, shell) -> None:
    shell.run(before)

    assert shell.fail(line).startswith(message)


def test_a_netrc_that_cannot_be_read_is_told_where_it_is_asked_for(shell, tmp_path, monkeypatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login ann method x password")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    assert "netrc:1: no value after 'password'" in shell.fail("get /me --netrc")
    assert shell.record("get /ping").response.status == 200


def test_the_default_entry_of_netrc_is_told_and_not_sent(shell, tmp_path, monkeypatch) -> None:
    (tmp_path / "netrc").write_text("default login ann password secret")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    assert "the default entry of .netrc is not used" in shell.say("get /me --netrc")
