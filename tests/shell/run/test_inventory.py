"""`--format json` of every listing."""

from __future__ import annotations

import json

import pytest

from callbox.shell.inventory import NOUNS
from callbox.shell.outputs import Body
from callbox.shell.table import COMMANDS


def rows(shell, noun: str) -> list[dict]:
    (output,) = shell.run(f"show {noun} --format json")
    assert isinstance(output, Body)
    return json.loads(output.data)


@pytest.mark.parametrize("noun", NOUNS)
def test_a_listing_is_json(shell, noun: str) -> None:
    assert isinstance(rows(shell, noun), list)


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
