"""`import` and `export`: files of other programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from callbox.engine.session_state_and_edit_log import Entry


@pytest.mark.parametrize(
    ("headers", "cookies", "auth"),
    [
        pytest.param(
            [{"name": "X-A", "value": "1"}],
            [{"name": "sid", "value": "7", "domain": "", "path": "/", "secure": False, "expires": None}],
            {"type": "basic", "raw_auth": "ann:secret"},
            id="as it is now",
        ),
        pytest.param(
            {"X-A": "1"},
            {"sid": {"value": "7", "path": "/", "secure": False, "expires": None}},
            {"type": "basic", "username": "ann", "password": "secret"},
            id="as it was",
        ),
    ],
)
def test_a_session_of_httpie_is_taken_over(shell, headers, cookies, auth) -> None:
    Path("ann.json").write_text(json.dumps({"__meta__": {}, "headers": headers, "cookies": cookies, "auth": auth}))

    assert shell.say("import httpie ann.json") == "1 header, 1 cookie, auth basic ann from ann.json\n"
    record = shell.record("get /basic-auth")
    assert record.response.status == 200
    assert record.outgoing.cookies[0].name == "sid"
    shell.say("undo")
    assert dict(shell.context.session.credentials) == {}
    assert "X-A" not in shell.context.session.headers


def test_the_history_becomes_an_archive_without_secrets(shell) -> None:
    shell.say("set auth bearer letmeinplease", "set header X-Api-Key abcdefgh12")
    shell.run("post /login user=ann password=secret", "get /redirect/1")

    assert shell.say("export har run.har") == "wrote 3 requests to run.har, secrets redacted\n"

    text = Path("run.har").read_text()
    entries = json.loads(text)["log"]["entries"]
    assert [entry["response"]["status"] for entry in entries] == [200, 302, 200]
    assert "letmeinplease" not in text
    assert "abcdefgh12" not in text


def test_import_curl_shows_the_request_and_sends_nothing(shell) -> None:
    base = shell.context.session.base_url
    shown = shell.say(f"import curl {base}/echo -H 'X-A: 1' -d a=1")

    assert f"preview post {base}/echo X-A:1" in shown
    assert "X-A: 1" in shown
    assert shell.context.last is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("import httpie x.json", "No such file: x.json"),
        ("import har x.har", "Cannot import 'har' copy a request as cURL in the browser"),
        ("import openapi x.yaml", "No such file: x.yaml"),
        ("import", "import what? cookies, httpie, openapi"),
        ("export x", "Cannot export 'x' export cookies, har"),
    ],
)
def test_what_is_not_there_is_said(shell, line: str, said: str) -> None:
    assert shell.fail(line).startswith(said)


def test_a_file_that_is_none_is_refused(shell) -> None:
    Path("bad.txt").write_text("not a cookie\n")
    Path("bad.json").write_text("[1]")

    assert shell.fail("import cookies bad.txt").startswith("This is not a line of a cookies.txt")
    assert shell.fail("import httpie bad.json").startswith("bad.json is not a session of HTTPie")
    assert len(shell.context.session.jar) == 0


def test_repeated_headers_of_httpie_are_all_taken_over(shell, tmp_path) -> None:
    pairs = [{"name": "X-A", "value": "1"}, {"name": "x-a", "value": "2"}]
    (tmp_path / "a.json").write_text(json.dumps({"headers": pairs}))

    shell.say("import httpie a.json")

    assert shell.context.session.entries("header")["x-a"] == Entry("X-A", ("1", "2"))


def test_a_cookie_header_of_httpie_goes_into_the_jar(shell, tmp_path) -> None:
    text = json.dumps({"headers": {"Cookie": "a=1; b=2"}, "cookies": {"c": {"value": "3"}}})
    (tmp_path / "a.json").write_text(text)

    shell.say("import httpie a.json")

    cookies = {field.name: field.value for field in shell.record("get /echo").outgoing.cookies}
    assert cookies == {"a": "1", "b": "2", "c": "3"}


def test_saved_history_replays_to_the_same_requests(shell, tmp_path: Path) -> None:
    shell.say("set header X-Test 'a b'")
    shell.run("post /echo?x=1 name=Ann age:=4.50", "get /echo q==2", "put /echo a=1 b=2 --form")

    assert shell.say("save history flow.http") == "wrote 3 requests to flow.http\n"
    before = [record for _, record in shell.context.history.items()]
    shell.say("reset header", "replay flow.http")
    after = [record for _, record in shell.context.history.items()][3:]

    for sent, replayed in zip(before, after, strict=True):
        assert replayed.outgoing.method == sent.outgoing.method
        assert replayed.outgoing.url == sent.outgoing.url
        assert (replayed.outgoing.content and replayed.outgoing.content.data) == (
            sent.outgoing.content and sent.outgoing.content.data
        )
        wanted = {f.name: f.value for f in sent.outgoing.headers}
        assert {f.name: f.value for f in replayed.outgoing.headers} == wanted


def test_saved_page_behind_a_redirect_replays(shell, tmp_path: Path) -> None:
    shell.run("get /redirect-to?url=/html", "get /html")

    shell.say("save history flow.http")

    assert (tmp_path / "flow.http").read_text().count("# @no-redirect\n") == 1
    assert "2 requests: 2 ok" in shell.say("replay flow.http")


def test_saved_upload_behind_a_redirect_replays(shell, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.bin").write_bytes(b"1")
    shell.run("post /redirect-to?url=/html @a.bin")

    shell.say("save history sub/flow.http")

    assert "# @no-redirect\n" not in (tmp_path / "sub" / "flow.http").read_text()
    assert "1 request: 1 ok" in shell.say("replay sub/flow.http")


def test_saved_history_replays_without_the_parameters_that_it_replaced(shell, tmp_path: Path) -> None:
    shell.say(
        "set query q 1", "get /echo q==2", f"save history {tmp_path / 'flow.http'}", f"replay {tmp_path / 'flow.http'}"
    )

    assert shell.context.last.outgoing.url.query == "q=2"


def test_saved_history_holds_no_secret(shell, tmp_path: Path) -> None:
    shell.say("set auth basic ann hunter2", "set query api_key abcdefgh")
    shell.run("post /login user=ann password=secret", "get /echo X-Auth-Token:sesame")

    shell.say("save history flow.http")

    text = (tmp_path / "flow.http").read_text()
    for secret in ("hunter2", "abcdefgh", "secret", "sesame", "YW5uOmh1bnRlcjI="):
        assert secret not in text, text
    assert "# @prompt password" in text


@pytest.mark.parametrize("item", ["X-Other:{{mine.token}}", "other=={{mine.token}}"])
def test_saved_history_holds_no_secret_under_a_plain_name(shell, tmp_path: Path, item: str) -> None:
    shell.run("set var mine.token hunter2", f"get /echo {item}")

    shell.say("save history flow.http")

    text = (tmp_path / "flow.http").read_text()
    assert "hunter2" not in text
    assert "# @secret other\n" in text or "# @secret x_other\n" in text


def test_saved_files_are_those_that_were_sent(shell, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"\xff1")
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "a.bin").write_bytes(b"another")
    shell.run("post /upload @a.bin", "post /upload f@a.bin")

    shell.say("save history kept/flow.http")
    shell.run("replay kept/flow.http")

    records = [record for _, record in shell.context.history.items()]
    assert (tmp_path / "kept" / "flow.http").read_text().count("< ../a.bin") == 2
    assert [record.body for record in records[2:]] == [record.body for record in records[:2]]


def test_save_says_what_a_script_cannot(shell) -> None:
    shell.run("get /ping User-Agent: X-Other:", "get /ping accept:")

    assert shell.say("save history flow.http").splitlines()[1:] == [
        "a replay will also send accept, User-Agent, although the requests did not"
    ]


@pytest.mark.parametrize(
    ("lines", "flags"),
    [
        (["get /ping --ca c.pem"], "--ca c.pem"),
        (["set option verify no --everywhere", "get /ping"], "--verify no"),
        (
            ["set option follow no", "get /ping", "get /ping --resolve h:80:127.0.0.1"],
            "--follow no --resolve h:80:127.0.0.1",
        ),
        (
            ["set option proxy http://ann:hunter2@127.0.0.1:1", "get /ping --no-proxy *"],
            "--proxy http://ann:...@127.0.0.1:1 --no-proxy *",
        ),
        (["set option trust-localhost yes", "get /ping"], "--trust-localhost yes"),
        (["set option timeout 7", "get /ping --insecure"], ""),
        (["set option follow no", "get /ping --follow"], ""),
    ],
)
def test_save_names_the_options_that_a_script_does_not_have(
    shell, tmp_path: Path, lines: list[str], flags: str
) -> None:
    (tmp_path / "c.pem").write_text("")
    shell.run(*lines)

    said = shell.say("save history flow.http").splitlines()[1:]

    assert said == ([f"the file has no options of the session; a replay also needs {flags}"] if flags else [])


def test_the_last_request_is_saved(shell, tmp_path: Path) -> None:
    shell.run("get /ping", "post /echo a=1")

    assert shell.say("save last flow.http") == "wrote 1 request to flow.http\n"
    assert "POST {{base}}/echo" in (tmp_path / "flow.http").read_text()
    assert shell.fail("save last flow.http").startswith("flow.http exists already")
    assert shell.say("save last flow.http --force") == "wrote 1 request to flow.http\n"


def test_saved_digest_is_user_and_password(shell, tmp_path: Path) -> None:
    shell.say("set auth digest ann secret")
    shell.run("get /digest-auth", "get /digest-auth")

    shell.say("save history flow.http")

    text = (tmp_path / "flow.http").read_text()
    assert text.count("Authorization: Digest ann:{{password}}\n") == 2
    assert "secret" not in text


def test_save_does_not_overwrite_without_force(shell, tmp_path: Path) -> None:
    (tmp_path / "flow.http").write_text("mine")
    shell.run("get /ping")

    assert shell.fail("save history flow.http").startswith("flow.http exists already")
    shell.say("save history -1 flow.http --force")
    assert "GET {{base}}/ping" in (tmp_path / "flow.http").read_text()


_SENT_AS_CREDENTIAL = {
    "item": "get /echo X-Lab-Key:lab-key-77",
    "session header": "set header X-Lab-Key lab-key-77",
    "apikey": "set auth apikey X-Lab-Key lab-key-77",
    "bearer": "set auth bearer lab-key-77",
    "basic": "set auth basic ann lab-key-77",
    "login": "post /echo password=lab-key-77",
}


@pytest.mark.parametrize("line", _SENT_AS_CREDENTIAL.values(), ids=_SENT_AS_CREDENTIAL)
@pytest.mark.parametrize("command", ["save history", "save last", "export har"])
def test_a_copy_of_a_sent_credential_is_in_no_file(shell, tmp_path: Path, line: str, command: str) -> None:
    shell.run(line, "get /echo", "reset header", "reset auth", "post /echo?q=lab-key-77 full_name=lab-key-77")

    shell.say(f"{command} out.http")

    assert "lab-key-77" not in (tmp_path / "out.http").read_text()
