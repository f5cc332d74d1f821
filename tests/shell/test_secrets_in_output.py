"""What is a secret by the place where it stands is shown nowhere: URLs, options, bodies, variables, errors."""

from __future__ import annotations

import pytest
from tests.support.closed_port import CLOSED

from callbox.shell.interpreter import run
from callbox.shell.session_as_commands import read_session, session_text

SECRET = "S3cretWord"


@pytest.mark.parametrize(
    "lines",
    [
        (f"set base http://ann:{SECRET}@127.0.0.1:9",),
        (f"set base http://ann:{SECRET}@127.0.0.1:9", "show base", "show session"),
        (f"cd http://ann:{SECRET}@127.0.0.1:9", "cd /x", "cd -"),
        (f"set base http://ann:{SECRET}@127.0.0.1:9", "set base http://127.0.0.1:8", "undo", "undo", "redo"),
        (f"set base http://127.0.0.1:9/?api_key={SECRET}", "show base", "show session"),
        (f"set option proxy http://u:{SECRET}@127.0.0.1:9", "show options", "show session", "undo", "redo"),
    ],
    ids=["set base", "show base", "cd", "undo base", "parameter", "proxy"],
)
def test_a_password_in_a_url_is_never_shown(shell, lines) -> None:
    assert SECRET not in shell.say(*lines)


@pytest.mark.parametrize(
    "line",
    [
        f"get http://u:{SECRET}@127.0.0.1:99999/",
        f"get http://u:{SECRET}@/x",
        f"get http://u:{SECRET}@bad..name/",
        f"get http://u:a/{SECRET}@h/x",
        f"get ftp://u:{SECRET}@h/",
        f"set base http://u:{SECRET}@127.0.0.1:99999",
        f"get http://127.0.0.1:99999/?access_token={SECRET}",
        f"set option proxy foo://u:{SECRET}@h:1",
        f"set option proxy http://u:{SECRET}@h:99999",
    ],
)
def test_an_error_about_a_url_does_not_repeat_its_secrets(shell, line: str) -> None:
    failure = shell.failure(line)
    place = failure.error.place

    assert SECRET not in f"{failure.error.message} {failure.error.hint} {place.source if place else ''}"


def test_an_error_of_a_proxy_does_not_tell_its_password(shell) -> None:
    shell.say(f"set option proxy http://u:{SECRET}@{CLOSED}")

    assert SECRET not in shell.fail("get http://h.test/")


def test_the_history_masks_parameters(shell) -> None:
    shell.record(f"get /echo?access_token={SECRET}")

    assert SECRET not in shell.say("show history")


def test_what_is_shown_of_a_password_cannot_be_sent_by_mistake(shell) -> None:
    shell.say(f"set base http://ann:{SECRET}@127.0.0.1:9")
    made = next((one for one in shell.say("show session").splitlines() if one.startswith("set base")), "")

    assert made == "set base http://ann:?@127.0.0.1:9"
    assert "not kept" in shell.fail(made)


def test_the_session_as_lines_keeps_the_password_that_it_does_not_show(shell) -> None:
    shell.say(f"set base http://ann:{SECRET}@127.0.0.1:9", "set header X-Test 1")
    text = session_text(shell.context.session)

    made = read_session(text.replace("X-Test 1", "X-Test 2"), shell.context.session, shell.context, run)

    assert SECRET not in text
    assert made.base_url == f"http://ann:{SECRET}@127.0.0.1:9"


@pytest.mark.parametrize("form", ["", "--as http", "--as curl", "--as httpie", "--as python"])
@pytest.mark.parametrize(
    "line",
    [
        f"post http://h/x password={SECRET} name=Ann",
        f"post http://h/x password={SECRET} name=Ann --form",
        f"post http://h/x password={SECRET} name=Ann --multipart",
        f"""post http://h/x --body '{{"a": {{"api_key": "{SECRET}"}}, "name": "Ann"}}'""",
        f"get http://h/x?api_key={SECRET} name==Ann",
    ],
    ids=["json", "form", "multipart", "text", "query"],
)
def test_a_preview_masks_credentials_in_body_and_query_unless_revealed(shell, form: str, line: str) -> None:
    masked, revealed = shell.say(f"preview {form} {line}"), shell.say(f"preview {form} {line} --reveal")

    assert SECRET not in masked
    assert "Ann" in masked
    assert SECRET in revealed


@pytest.mark.parametrize("form", ["--as curl", "--as httpie"])
def test_a_client_command_masks_the_password_of_its_proxy(shell, form: str) -> None:
    shell.say(f"set option proxy http://u:{SECRET}@127.0.0.1:9")

    assert SECRET not in shell.say(f"preview {form} get http://h/x")
    assert SECRET in shell.say(f"preview {form} get http://h/x --reveal")


def test_the_last_request_is_shown_with_its_password_masked(shell) -> None:
    shell.record(f"post /echo password={SECRET}")

    assert SECRET not in shell.say("show last request")
    assert SECRET in shell.say("show last request --reveal")


@pytest.mark.parametrize("name", ["last.json.json.token", "$env.API_TOKEN", "password"])
def test_a_variable_filled_from_a_secret_is_one(shell, monkeypatch, name: str) -> None:
    monkeypatch.setenv("API_TOKEN", SECRET)
    shell.record(f"set var password {SECRET}", f"post /echo token={SECRET}")
    shell.say("set var other {{last.json.method}}")

    said = shell.say(f"set var tok {{{{{name}}}}}", "show vars", "show session", "undo", "redo")

    assert SECRET not in said
    assert "set var tok ?" in said
    assert "set var other POST" in said
    assert SECRET in shell.say("preview get http://h/{{tok}} --reveal")


def test_a_secret_variable_of_a_shown_session_is_asked_for_and_stays_one(shell) -> None:
    shell.answers = [SECRET]

    assert SECRET not in shell.say("set var tok ?", "show vars", "show session")
    assert shell.asked == [("tok", True)]
    assert SECRET in shell.say("preview get http://h/{{tok}} --reveal")


def test_a_quoted_question_mark_is_the_value_of_a_variable(shell) -> None:
    assert "set var q '?'" in shell.say("set var q '?'", "show session")


def test_a_saved_request_and_a_script_hold_no_secret_of_a_body_at_any_depth(shell, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    body = '{"pin": 31337, "newPassword": "hunter2", "password": {"old": "hunter3", "new": ["hunter4"]}}'
    shell.record(f"post /mirror --body '{body}'")
    shell.say("save request login", "save history h.http")
    written = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]

    assert len([text for text in written if "newpassword" in text.lower()]) == 2
    assert not [text for text in written if "hunter" in text or "31337" in text]

    shell.answers = ["hunter2", "31337", "hunter3", "hunter4"]
    asked = shell.record("send login")
    by_name = dict(
        zip([question for question, _ in shell.asked], ["hunter2", "31337", "hunter3", "hunter4"], strict=True)
    )

    assert list(by_name)[:2] == ["newPassword", "pin"]
    assert asked.outgoing.content.data.decode() == body


@pytest.mark.parametrize("form", ["", "--as curl", "--as httpie"])
@pytest.mark.parametrize("referer", [f"http://u:{SECRET}@h/", f"http://h/?q=1&token={SECRET}"])
def test_a_preview_redacts_credentials_of_a_referer(shell, form: str, referer: str) -> None:
    masked = shell.say(f"preview {form} get http://h/x Referer:'{referer}'")

    assert "Referer" in masked
    assert SECRET not in masked


@pytest.mark.parametrize("cookie", [SECRET, f"a=1; {SECRET}"])
def test_a_cookie_without_a_name_is_redacted_in_the_history(shell, cookie: str) -> None:
    shell.record(f"get /echo Cookie:'{cookie}'")

    assert SECRET not in shell.say("show last request", "show history", "show history --format json")
