"""`?` in a recalled line: within the shell that typed the secret, for the same origin, also where the line was edited."""

from __future__ import annotations

import json

import pytest

from callbox.practice import Practice
from callbox.shell.line.redaction import redact_line, restore_secrets


@pytest.fixture(autouse=True)
def typed(shell) -> None:
    shell.context.is_typed = True


@pytest.mark.parametrize(
    ("line", "edited"),
    [
        ("post /echo user=ann password=hunter2", "post /echo user=ann password=? a=1"),
        ("post /echo password=hunter2", "post /echo user=bob password=?"),
        ("post /echo user=ann password=hunter2", "post /echo password=? -v"),
        ("post /echo password=hunter2", "put /echo/other password=?"),
        ("post /echo password=hunter2", "POST http://BASE/echo password=?"),
        ("post http://BASE/echo password=hunter2", "post /echo password=?"),
        ("get /echo X-Api-Key:hunter2", "get /echo X-Api-Key:? a==1"),
        ("get /echo token==hunter2", "get /echo token==? a==1"),
        ("get /echo --auth ann:hunter2", "get /echo a==1 --auth ?"),
        ("get /echo -A bearer -a hunter2", "get /echo a==1 -A bearer -a ?"),
        ("post /echo user[password]='hunter2 x'", "post /echo a=1 user[password]=?"),
        ("get '/echo?token=hunter2'", "get '/echo?token=?' a==1"),
    ],
)
def test_a_word_that_was_not_edited_is_restored(shell, line: str, edited: str) -> None:
    host = shell.context.session.base_url.partition("://")[2]
    line, edited = line.replace("BASE", host), edited.replace("BASE", host)
    assert "hunter2" not in redact_line(line)
    shell.run(line)

    outputs = shell.say(edited)

    assert b"hunter2" in json.dumps(str(shell.context.last.outgoing)).encode() or "hunter2" in restore_secrets(
        edited, shell.context
    )
    assert "callbox sends the secret that you typed before in place of '?'" in outputs
    assert shell.asked == []


@pytest.mark.parametrize(
    "edited",
    [
        "post http://localhost:9/echo password=?",
        "post {{elsewhere}}/echo password=?",
        "post /echo old_password=?",
        "again password=?",
        "send saved password=?",
        "set auth basic password=?",
    ],
)
def test_a_secret_is_not_restored_elsewhere(shell, edited: str) -> None:
    shell.run("post /echo password=hunter2")

    assert restore_secrets(edited, shell.context) == edited


def test_a_secret_of_another_base_is_not_restored(shell) -> None:
    shell.run("post /echo password=hunter2")
    with Practice() as other:
        shell.say(f"set base {other.url}")

        assert restore_secrets("post /echo a=1 password=?", shell.context) == "post /echo a=1 password=?"


def test_the_secret_that_was_typed_last_is_meant(shell) -> None:
    shell.run("post /echo password=first", "post /echo a=1 password=second")

    assert restore_secrets("post /echo b=1 password=?", shell.context) == "post /echo b=1 password=second"


@pytest.mark.parametrize(
    ("line", "edited"),
    [
        ("post /echo username=ann password=hunter2", "post /echo username=bob password=?"),
        ("post /echo user[email]=a@b.x user[password]=hunter2", "post /echo user[email]=c@b.x user[password]=?"),
        ("get /echo client_id==1 client_secret==hunter2", "get /echo client_id==2 client_secret==?"),
        ("post /echo login=ann pin:=1234", "put /echo/1 login=bob pin:=? --json"),
    ],
)
def test_a_secret_of_one_user_is_not_restored_for_another(shell, line: str, edited: str) -> None:
    shell.run(line)

    assert restore_secrets(edited, shell.context) == edited


def test_each_user_has_a_secret_in_an_edited_line(shell) -> None:
    shell.run("post /echo user=ann password=first", "post /echo user=bob password=second")

    assert restore_secrets("post /echo user=ann password=? a=1", shell.context).endswith("password=first a=1")


def test_a_file_gets_no_secret(shell) -> None:
    shell.run("post /echo password=hunter2")
    shell.context.is_typed = False

    shell.answers.append("asked")
    shell.run("post /echo a=1 password=?")

    assert [question for question, _ in shell.asked] == ["password"]


@pytest.mark.parametrize(("answer", "sent"), [("12345", 12345), ("pw9", "pw9"), ('"pw9"', "pw9"), ("[1]", [1])])
def test_secret_in_a_json_field_is_asked_for(shell, answer: str, sent: object) -> None:
    shell.answers.append(answer)
    shell.run("post /echo secret:=? a=1")

    assert json.loads(shell.context.last.body)["json"] == {"secret": sent, "a": "1"}
    assert shell.asked == [("secret", True)]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("post /echo X-T:ghp_0123456789abcdefghij0123456789abcdef", "X-T"),
        ("post /echo note=ghp_0123456789abcdefghij0123456789abcdef", "note"),
        ("post /echo q==ghp_0123456789abcdefghij0123456789abcdef", "q"),
        ("post /echo -f note=ghp_0123456789abcdefghij0123456789abcdef", "note"),
        ("set header X-T ghp_0123456789abcdefghij0123456789abcdef", "X-T"),
        ("set query q ghp_0123456789abcdefghij0123456789abcdef", "q"),
        ("set var t ghp_0123456789abcdefghij0123456789abcdef", "t"),
    ],
)
def test_a_recalled_secret_with_a_harmless_name_is_asked_for(shell, line: str, name: str) -> None:
    shell.answers.append("hunter2")

    shown = shell.say(redact_line(line), "post /echo")

    assert shell.asked == [(name, True)]
    assert "hunter2" not in shown
    assert "?" not in str(shell.context.last.outgoing.content)


def test_a_recalled_repetition_of_a_secret_is_asked_for(shell) -> None:
    shell.answers += ["hunter22", "hunter22"]

    shell.say(redact_line("post /echo password=hunter22 X-Again:hunter22"))

    assert shell.asked == [("X-Again", True), ("password", True)]
    assert json.loads(shell.context.last.body)["headers"]["X-Again"] == "hunter22"


@pytest.mark.parametrize("item", ["q=='?'", 'X-T:"?"', "note='?'"])
def test_a_question_mark_in_quotes_is_sent(shell, item: str) -> None:
    shell.say(f"post /echo {item}")

    assert shell.asked == []


@pytest.mark.parametrize("item", ["q==?", "X-T:?", "note=?"])
def test_a_question_mark_under_a_harmless_name_in_a_file_is_sent(shell, item: str) -> None:
    shell.context.is_typed = False

    shell.say(f"post /echo {item}")

    assert shell.asked == []


def test_a_recalled_secret_beside_its_scheme_is_refused(shell) -> None:
    line = redact_line("get /echo X-D:'Bearer abcdef123456'")

    assert line == "get /echo X-D:'Bearer ?'"
    assert shell.fail(line) == "A secret in this value is not kept in the history type the secret in place of ?"


def test_a_recalled_variable_of_a_replay_is_asked_for(shell, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "f.http").write_text(f"POST {shell.context.session.base_url}/echo\nX-T: {{{{t}}}}\n")
    shell.answers.append("hunter2")

    shell.run("replay f.http --var t=?")

    assert shell.asked == [("t", True)]
