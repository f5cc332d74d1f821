"""`--format json` of every listing."""

from __future__ import annotations

import json

import pytest

from callbox.shell.outputs import BodyOutput
from callbox.shell.registry import COMMANDS

NOUNS = (
    *("session", "headers", "query", "cookies", "auth", "vars", "options", "base", "connection", "history"),
    *("sessions", "requests", "ls"),
)
"""What can be listed as JSON, by the last word of its command."""


def rows(shell, noun: str) -> list[dict]:
    command = noun if noun == "ls" or " " in noun else f"show {noun}"
    (output,) = shell.run(f"{command} --format json")
    assert isinstance(output, BodyOutput)
    return json.loads(output.data)


@pytest.mark.parametrize("noun", NOUNS)
def test_a_listing_is_json(shell, noun: str) -> None:
    assert isinstance(rows(shell, noun), dict if noun == "session" else list)


def test_the_session_is_an_object_of_its_nouns(shell) -> None:
    shell.say("set header X-A 1", "set option timeout 5s", "set var a 1")

    session = rows(shell, "session")

    assert session["base"] == shell.context.session.base_url
    assert [row["name"] for row in session["options"]] == ["timeout"]
    assert [row["value"] for row in session["vars"]] == ["1"]
    assert {row["name"] for row in session["headers"] if not row["built_in"]} == {"X-A"}


def test_what_was_changed_is_a_row_for_each_line(shell) -> None:
    shell.say("set header X-A 1", "set var a 1")

    found = rows(shell, "show session --changed")

    assert {"noun": "header", "line": "set header X-A 1"} in found
    assert {"noun": "var", "line": "set var a 1"} in found


def test_paths_that_are_known_are_rows(shell) -> None:
    shell.run("get /ping")

    assert rows(shell, "ls") == [{"path": "ping", "asked": [{"method": "GET", "status": 200}], "about": ""}]
    assert rows(shell, "base") == [{"url": shell.context.session.base_url}]


def test_requests_of_a_script_are_rows(shell, tmp_path) -> None:
    (tmp_path / "flow.http").write_text("### first\nGET /ping\n\n###\n# @name two\nPOST /echo\n")

    found = rows(shell, "ls flow.http")

    assert [(row["number"], row["name"], row["method"], row["target"]) for row in found] == [
        (1, "", "GET", "/ping"),
        (2, "two", "POST", "/echo"),
    ]


def test_every_listing_that_takes_a_format_has_rows() -> None:
    listings = {command.words[-1] for command in COMMANDS if any(flag.name == "format" for flag in command.flags)}

    assert listings == set(NOUNS)


def test_rows_hold_what_is_there(shell) -> None:
    shell.say("set header X-A 1", "set cookie sid 'a b' path=/x secure", "set query q 2", "set option timeout 5s")
    shell.run("get /ping")

    assert {"name": "X-A", "value": "1", "origin": None, "built_in": False} in rows(shell, "headers")
    assert rows(shell, "cookies")[0]["value"] == "a b"
    assert rows(shell, "cookies")[0]["secure"] is True
    assert rows(shell, "query") == [{"name": "q", "value": "2", "origin": None}]
    assert next(row for row in rows(shell, "options") if row["name"] == "timeout")["value"] == 5.0
    assert rows(shell, "history")[0]["status"] == 200
    assert rows(shell, "connection")[0]["requests"] == 1


def test_secrets_stay_masked(shell) -> None:
    shell.say("set auth bearer letmeinplease", "set header X-Api-Key abcdefgh", "set var api_key ijklmnop")

    for noun in ("auth", "headers", "vars"):
        text = json.dumps(rows(shell, noun))
        assert not any(secret in text for secret in ("letmeinplease", "abcdefgh", "ijklmnop"))


def test_rows_go_to_a_file_as_they_are(shell, tmp_path) -> None:
    shell.say("set var a 1", "show vars --format json > vars.json")

    assert json.loads((tmp_path / "vars.json").read_text())[0]["name"] == "a"


def test_a_narrow_screen_has_the_names_and_values_of_options_whole(shell) -> None:
    shell.context.width = lambda: 40

    rows = [line.split() for line in shell.say("show options").splitlines()]

    assert ["connect-timeout", "10"] in rows
    assert ["max-body", "64000000"] in rows
