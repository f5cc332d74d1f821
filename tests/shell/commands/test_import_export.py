"""`import` and `export`: files of other programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from callbox.engine.edit_log import Entry


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
