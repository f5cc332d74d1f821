"""What is secret by its name, wherever it comes from, is known to every result of the run."""

from __future__ import annotations

import pytest

from callbox.exchange.secret import Secret
from callbox.replay.run_options import Plan

PIN = Secret("hunter22")


def knows(results) -> list[bool]:
    return [PIN in result.secrets for result in results]


@pytest.mark.parametrize("expression", ["$env.API_TOKEN", "$processEnv API_TOKEN", "$processEnv %where"])
def test_environment_variable_with_a_name_of_credentials(run, server, expression) -> None:
    text = "@where = API_TOKEN\nGET BASE/\nX: {{" + expression + "}}\n"
    results = run(text, env={"API_TOKEN": "hunter22"}.get)

    assert server.headers() == ["X: hunter22"]
    assert knows(results) == [True]


def test_entry_of_a_dotenv_file_with_a_name_of_credentials(run, tmp_path) -> None:
    (tmp_path / ".env").write_text("API_TOKEN=hunter22\n")

    assert knows(run("GET BASE/\nX: {{$dotenv API_TOKEN}}\n")) == [True]


def test_shared_part_of_a_private_file(run, tmp_path) -> None:
    (tmp_path / "http-client.private.env.json").write_text('{"$shared": {"pin": "hunter22"}, "dev": {}}')

    assert knows(run("GET BASE/{{pin}}\n", Plan(stages=("dev",)))) == [True]


def test_member_of_an_environment_with_a_name_of_credentials(run, tmp_path) -> None:
    (tmp_path / "http-client.env.json").write_text('{"dev": {"user": {"password": "hunter22"}}}')

    assert knows(run("GET BASE/\n", Plan(stages=("dev",)))) == [True]


PASSWORD = "@my_password = hunter22\n"


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        pytest.param("GET BASE/{{my_password}}\n", Plan(is_dry_run=True), id="dry run"),
        pytest.param("GET http://{{my_password}} x/\n", Plan(), id="error"),
        pytest.param("GET BASE/echo\n###\nGET BASE/{{my_password}}\n", Plan(), id="used by another"),
    ],
)
def test_variable_of_the_file_with_a_name_of_credentials(run, text, plan) -> None:
    assert set(knows(run(PASSWORD + text, plan))) == {True}


@pytest.mark.parametrize(
    "script",
    [
        pytest.param('< {% request.variables.set("t", $env.API_TOKEN) %}\nGET BASE/{{t}}\n', id="env above"),
        pytest.param("GET BASE/\n\n> {% client.log($env.API_TOKEN) %}\n", id="env below"),
        pytest.param(
            '@my_password = hunter22\n< {% request.variables.set("t", request.variables.get("my_password")) %}\n'
            "GET BASE/{{t}}\n",
            id="variable above",
        ),
    ],
)
def test_credentials_that_a_script_reads(run, script) -> None:
    assert knows(run(script, env={"API_TOKEN": "hunter22"}.get)) == [True]


def test_environment_variable_that_a_script_reads_by_a_name_that_was_said_to_be_secret(run) -> None:
    script = "GET BASE/\n\n> {% client.log($env.PIN) %}\n"

    assert knows(run(script, Plan(secret_names=frozenset({"PIN"})), env={"PIN": "hunter22"}.get)) == [True]
