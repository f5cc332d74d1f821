"""`--format json` of every listing."""

from __future__ import annotations

import json

import pytest

from callbox.render.ansi_and_sanitiser import plain
from callbox.shell.outputs import BodyOutput, Status
from callbox.shell.registry import COMMANDS

NOUNS = (
    *("session", "headers", "query", "cookies", "auth", "vars", "options", "base", "connection", "history"),
    *("sessions", "requests", "api", "ls"),
)
"""What can be listed as JSON, by the last word of its command."""


def rows(shell, noun: str) -> list[dict]:
    command = noun if noun == "ls" or " " in noun else f"show {noun}"
    (output,) = (output for output in shell.run(f"{command} --format json") if not isinstance(output, Status))
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


@pytest.fixture
def filled(shell):
    """A shell whose session holds something of each kind, after one request."""
    shell.say("set header X-A 1", "set cookie sid 'a b' path=/x secure", "set query q 2", "set option timeout 5s")
    shell.run("get /ping")
    return shell


def test_a_header_is_a_row(filled) -> None:
    assert {"name": "X-A", "value": "1", "origin": None, "built_in": False} in rows(filled, "headers")


def test_a_cookie_is_a_row(filled) -> None:
    (row,) = rows(filled, "cookies")
    (revealed,) = rows(filled, "show cookies --reveal")

    assert (row["value"], revealed["value"], row["secure"]) == ("...", "a b", True)


def test_a_parameter_is_a_row(filled) -> None:
    assert rows(filled, "query") == [{"name": "q", "value": "2", "origin": None}]


def test_an_option_is_a_row(filled) -> None:
    assert next(row for row in rows(filled, "options") if row["name"] == "timeout")["value"] == 5.0


def test_a_request_that_was_sent_is_a_row(filled) -> None:
    assert rows(filled, "history")[0]["status"] == 200


def test_a_connection_is_a_row(filled) -> None:
    assert rows(filled, "connection")[0]["requests"] == 1


def test_secrets_stay_masked(shell) -> None:
    shell.say("set auth bearer letmeinplease", "set header X-Api-Key abcdefgh", "set var api_key ijklmnop")

    for noun in ("auth", "headers", "vars"):
        text = json.dumps(rows(shell, noun))
        assert not any(secret in text for secret in ("letmeinplease", "abcdefgh", "ijklmnop"))


def test_rows_go_to_a_file_as_they_are(shell, tmp_path) -> None:
    shell.say("set var a 1", "show vars --format json > vars.json")

    assert json.loads((tmp_path / "vars.json").read_text())[0]["name"] == "a"


ENVIRONMENTS = '{"dev": {"host": "h", "both": "of the environment"}}'


def test_variables_are_the_same_in_both_forms(shell, tmp_path) -> None:
    (tmp_path / "http-client.env.json").write_text(ENVIRONMENTS)
    shell.say("set option env dev", "set var both own", "set var a 1")
    shell.context.captures["id"] = "7"

    text = [line.split() for line in shell.say("show vars").splitlines()[1:]]
    found = rows(shell, "vars")

    assert text == [["both", "own"], ["a", "1"], ["id", "7", "captured"], ["host", "h", "dev"]]
    assert [(row["name"], row["value"], row["captured"], row["environment"]) for row in found] == [
        ("both", "own", False, None),
        ("a", "1", False, None),
        ("id", "7", True, None),
        ("host", "h", False, "dev"),
    ]


def test_the_session_has_no_variables_but_its_own(shell) -> None:
    shell.context.captures["id"] = "7"
    shell.say("set var a 1")

    assert [row["name"] for row in rows(shell, "session")["vars"]] == ["a"]


def test_a_removed_built_in_header_is_null_in_the_session(shell) -> None:
    shell.say("unset header user-agent")

    found = {row["name"]: row["value"] for row in rows(shell, "session")["headers"]}

    assert "unset header User-Agent" in shell.say("show session")
    assert found["User-Agent"] is None
    assert "User-Agent" not in {row["name"] for row in rows(shell, "headers")}


def test_rows_of_options_say_where_the_value_comes_from(shell) -> None:
    shell.context.session.option_defaults["retries"] = 2
    shell.say("set option timeout 5s")

    found = {row["name"]: row for row in rows(shell, "options")}

    assert {name: found[name]["source"] for name in ("timeout", "retries", "follow")} == {
        "timeout": "session",
        "retries": "configuration",
        "follow": "default",
    }
    assert found["follow"]["help"] == "follow redirects"
    shell.context.width = lambda: 200
    shown = {line.split()[0]: line.split()[2] for line in shell.say("show options").splitlines()[1:]}
    assert (shown["timeout"], shown["retries"]) == ("set:", "configured:")


@pytest.mark.parametrize("noun", ["requests", "sessions"])
def test_a_saved_file_that_cannot_be_read_is_an_error_of_its_row(shell, noun: str) -> None:
    shell.run("get /ping")
    shell.say("save request one --force", "save session one --force")
    path = shell.context.ports.open_store(noun).path("one")
    path.write_text("= no TOML")

    (row,) = rows(shell, noun)

    assert row["name"] == "one"
    assert row["error"]
    assert "cannot be read" not in json.dumps({**row, "error": ""})
    assert f"cannot be read: {row['error']}"[:40] in shell.say(f"show {noun}")


def test_secret_parameters_of_the_history_are_redacted_in_both_forms(shell) -> None:
    shell.answers = ["hunter2hunter2"]
    shell.say("set query q ?")
    shell.run("get /ping?token=letmein")

    url = rows(shell, "history")[0]["url"]

    assert "letmein" not in url
    assert "hunter2hunter2" not in url
    assert url in shell.say("show history")


SCRIPT_WITH_SECRETS = """\
### login token=letmein1
# @tag smoke
GET http://h/?api_key=letmein1

### two
curl -u ann:letmein1 http://h/x
"""


def test_a_listed_script_has_the_same_rows_in_both_forms(shell, tmp_path) -> None:
    (tmp_path / "flow.http").write_text(SCRIPT_WITH_SECRETS)

    text = shell.say("ls flow.http")
    found = rows(shell, "ls flow.http")

    assert "letmein1" not in text + json.dumps(found)
    assert [(row["file"], row["line"], row["tags"]) for row in found] == [
        ("flow.http", 3, ["smoke"]),
        ("flow.http", 6, []),
    ]
    assert found[1]["command"].removeprefix("curl ") in text
    assert found[1]["command"].startswith("curl -u ")


def test_errors_of_a_listed_script_are_told_in_both_forms(shell, tmp_path) -> None:
    (tmp_path / "flow.http").write_text("GET http://ann:letmein1@h/{{\n# @retry x token=letmein1\n")

    told = [
        [plain(output.fragments) for output in shell.run(line) if isinstance(output, Status)]
        for line in ("ls flow.http", "ls flow.http --format json")
    ]

    assert told[0]
    assert told[0] == told[1]
    assert "letmein1" not in "".join(told[0])


@pytest.mark.parametrize("value", ["\ud800", "\x1b[2J\u202e"], ids=ascii)
def test_any_text_is_a_value_in_json(shell, value: str) -> None:
    shell.context.session.vars["a"] = value

    assert rows(shell, "vars")[0]["value"] == value


def test_a_narrow_screen_has_the_names_and_values_of_options_whole(shell) -> None:
    shell.context.width = lambda: 40

    rows = [line.split() for line in shell.say("show options").splitlines()]

    assert ["connect-timeout", "10"] in rows
    assert ["max-body", "64000000"] in rows


def test_listing_of_the_history_tells_the_time_of_the_whole_exchange(shell) -> None:
    shell.run("get /redirect/2")
    row = json.loads(shell.run("show history --format json")[0].data)[-1]

    assert row["seconds"] == shell.context.last.seconds > shell.context.last.response.timings.total
