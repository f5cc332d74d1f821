"""A variable that was set from a response is one of that response: it changes no host and chooses no file."""

from __future__ import annotations

import json

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

    assert "would choose which file this is" in shell.fail(line)


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
