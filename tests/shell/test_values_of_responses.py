"""A variable that was set from a response is one of that response: it changes no host and chooses no file."""

from __future__ import annotations

import json
from contextlib import nullcontext

import pytest


def respond(shell, **members: str) -> None:
    """Make these members the last response."""
    shell.run("post /echo " + " ".join(f"{name}:={json.dumps(json.dumps(text))}" for name, text in members.items()))


@pytest.mark.parametrize(
    ("lines", "last"),
    [
        (["set var x {{last.json.json.at}}"], "get http://own.test{{x}}"),
        (["set var x {{last.json.json.at}}"], "get http://own.test{{%x}}"),
        (["set var x own.test:80{{last.json.json.at}}"], "get http://{{x}}"),
        (["set var x {{last.json.json.at}}", "set var y own.test{{x}}"], "get http://{{y}}/a"),
        (["set var x own.test {{last.json.json.at}}"], "get 'http://{{x}}'"),
        (["set var token {{last.json.json.at}}"], "get http://own.test{{token}}"),
        (["set var x a", "set var x {{last.json.json.at}}", "undo", "redo"], "get http://own.test{{x}}"),
        (["set var x {{last.json.json.at}}"], "set base http://own.test{{x}}"),
    ],
)
def test_variable_of_a_response_changes_no_host(shell, lines: list[str], last: str) -> None:
    respond(shell, at="@evil.test/steal")
    shell.say(*lines)

    assert "would change the host" in shell.fail(last)


@pytest.mark.parametrize("line", ["post /echo f@{{x}}", "get /ping > {{x}}", "source {{x}}", "get /ping --ca {{x}}"])
def test_variable_of_a_response_chooses_no_file(shell, line: str) -> None:
    respond(shell, path="/etc/hostname")
    shell.say("set var x {{last.json.json.path}}")

    assert "would choose which file is used" in shell.fail(line)


def test_variable_of_a_response_is_a_segment_and_a_part_of_a_name(shell, tmp_path) -> None:
    respond(shell, id="7")
    shell.say("set var x {{last.json.json.id}}", "set var name out-{{last.json.json.id}}.json")

    assert shell.record("get /echo/{{x}}").outgoing.url.path == "/echo/7"
    shell.run("get /ping > {{name}}", "get /ping > new-{{x}}.json")
    assert sorted(path.name for path in tmp_path.glob("*-7.json")) == ["new-7.json", "out-7.json"]


def test_environment_uses_a_variable_of_a_response(shell, tmp_path) -> None:
    (tmp_path / "http-client.env.json").write_text('{"dev": {"url": "http://own.test{{x}}", "own": "{{x}}"}}')
    respond(shell, at="@evil.test/steal")
    shell.say("set option env dev", "set var x {{last.json.json.at}}")

    assert "would change the host" in shell.fail("get {{url}}")
    assert "would change the host" in shell.fail("get http://own.test{{own}}")


def test_variable_that_is_typed_again_is_the_users(shell) -> None:
    respond(shell, at="@127.0.0.1:9/steal")
    shell.say("set var x {{last.json.json.at}}", "set var x @127.0.0.1:9/mine")

    assert "127.0.0.1:9" in shell.say("preview get http://own.test{{x}}")


@pytest.mark.parametrize("line", ["get /{{x}}", "get /{{last.json.json.path}}", "preview get '/{{x}}'"])
def test_target_that_begins_with_a_slash_is_below_the_base(shell, line: str) -> None:
    respond(shell, path="/evil.test/steal")
    shell.say("set var x {{last.json.json.path}}")

    said = shell.say(line)
    assert "evil.test/steal" in said or shell.context.last.outgoing.url.path == "//evil.test/steal"


def test_cd_stays_at_the_base(shell) -> None:
    respond(shell, path="/evil.test/steal")
    base = shell.context.session.base_url
    shell.say("cd /{{last.json.json.path}}")

    assert shell.context.session.base_url == f"{base.rstrip('/')}//evil.test/steal"


def add_in_editor(shell, line: str) -> None:
    """Make the editor one that adds a line."""
    ports = shell.context.ports
    shell.context.ports = ports._replace(edit=lambda text, suffix, must_save: nullcontext(f"{text}{line}\n"))


@pytest.mark.parametrize(
    ("lines", "edited"),
    [
        ([], "set var y {{last.json.json.at}}"),
        ([], "set var y own.test:80{{last.json.json.at}}"),
        (["set var x {{last.json.json.at}}"], "set var y own.test:80{{x}}"),
        (["set var y a"], "set var y {{last.json.json.at}}"),
    ],
)
def test_variable_that_the_edited_session_sets_from_a_response_changes_no_host(shell, lines, edited: str) -> None:
    respond(shell, at="@evil.test/steal")
    shell.say(*lines)
    add_in_editor(shell, edited)
    shell.say("edit session")

    assert "y" in shell.context.session.vars
    assert "would change the host" in shell.fail("get http://own.test:80{{y}}")


def test_edit_of_another_line_of_the_session_leaves_a_variable_one_of_a_response(shell) -> None:
    respond(shell, at="@evil.test/steal")
    shell.say("set var x {{last.json.json.at}}")
    add_in_editor(shell, "set header X-A b")
    shell.say("edit session", "undo", "redo")

    assert "would change the host" in shell.fail("get http://own.test{{x}}")


def test_variable_of_a_sourced_file_is_one_of_the_response(shell, tmp_path) -> None:
    (tmp_path / "lines.txt").write_text("set var x {{last.json.json.at}}\nset var y {{x}}\n")
    respond(shell, at="@evil.test/steal")
    shell.say("source lines.txt")

    assert "would change the host" in shell.fail("get http://own.test{{y}}")


WHOLE = "set var w {{last.json.json.whole}}"
JOINED = "set var b http://own.test{{last.json.json.end}}"


@pytest.mark.parametrize(
    "lines",
    [
        [JOINED, WHOLE],
        [WHOLE, JOINED],
        [JOINED, "set var w a", WHOLE],
        [WHOLE.replace(" w ", " b "), JOINED],
        [JOINED, "set var w {{last.json.json.whole}} {{last.json.json.whole}}"],
        ["set var b 'http://own.test{{last.json.json.end}}' {{last.json.json.whole}}"],
    ],
)
def test_server_that_makes_two_values_equal_does_not_change_what_is_known_of_one(shell, lines) -> None:
    respond(shell, end=".evil.test", whole="http://own.test.evil.test")
    shell.say(*lines)

    assert "would change the host" in shell.fail("get '{{b}}'")


def test_server_that_sends_the_text_of_a_typed_variable_does_not_make_it_its_own(shell) -> None:
    shell.say("set var own .test")
    respond(shell, at=".test")
    shell.say("set var x {{last.json.json.at}}")

    assert "own.test" in shell.say("preview get http://own{{own}}/")
