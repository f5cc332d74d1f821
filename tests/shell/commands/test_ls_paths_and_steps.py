"""`ls` of the paths that a description has, and of the requests of a `.http` file."""

from __future__ import annotations

from callbox.httpfile.parser.file_and_blocks import parse
from callbox.render.ansi_and_sanitiser import plain
from callbox.shell.commands.ls_paths_and_steps import step_lines, step_rows

SCRIPT = parse(b"# @name login\nPOST {{base}}/login\n\n###\nGET {{base}}/x\n", "a.http")


def test_described_paths_that_end_with_a_slash_have_their_methods(shell) -> None:
    paths = {"/items/": {"get": {}, "post": {}}, "/items/{id}/": {"get": {}}, "/login/": {"post": {}}}
    shell.describe({"openapi": "3.1.0", "paths": paths})
    shell.say("get /items")

    shown = [row.split() for row in shell.say("ls /").splitlines()[1:]]

    assert shown == [["items/", "GET", "404", "GET,", "POST"], ["login/", "POST"]]


def test_a_folder_above_the_described_paths_is_listed(shell) -> None:
    shell.describe({"openapi": "3.1.0", "servers": [{"url": "/api/v1"}], "paths": {"/tasks": {"get": {}}}})

    assert shell.say("ls /").splitlines()[1:] == ["api/"]


def test_a_line_has_position_request_name_and_place() -> None:
    assert plain(step_lines(step_rows(SCRIPT, SCRIPT.steps))) == (
        "  1  POST   {{base}}/login  login  a.http:2\n  2  GET    {{base}}/x  a.http:5\n"
    )


def test_words_after_a_url_are_redacted() -> None:
    script = parse(b"GET http://127.0.0.1/ -a ann:hunter2\n", "a.http")

    (row,) = step_rows(script, script.steps)

    assert row.target == "http://127.0.0.1/ -a ..."


def test_a_curl_command_is_a_command_without_its_secrets() -> None:
    script = parse(b"curl -u ann:hunter2 https://api.example.com/x\n", "a.http")

    (row,) = step_rows(script, script.steps)

    assert (row.method, row.target, row.command) == ("", "", "curl -u ? https://api.example.com/x")
    assert plain(step_lines([row])) == "  1  curl   -u ? https://api.example.com/x  a.http:1\n"
