"""The requests of a `.http` file as rows."""

from __future__ import annotations

from callbox.httpfile.parser.file_and_blocks import parse
from callbox.render.ansi import plain
from callbox.shell.script_request_rows import step_lines, step_rows

SCRIPT = parse(b"# @name login\nPOST {{base}}/login\n\n###\nGET {{base}}/x\n", "a.http")


def test_a_line_has_position_request_name_and_place() -> None:
    assert plain(step_lines(step_rows(SCRIPT, SCRIPT.steps))) == (
        "  1  POST   {{base}}/login  login  a.http:2\n  2  GET    {{base}}/x  a.http:5\n"
    )


def test_a_curl_command_is_a_command_without_its_secrets() -> None:
    script = parse(b"curl -u ann:hunter2 https://api.example.com/x\n", "a.http")

    (row,) = step_rows(script, script.steps)

    assert (row.method, row.target, row.command) == ("", "", "curl -u ? https://api.example.com/x")
    assert plain(step_lines([row])) == "  1  curl   -u ? https://api.example.com/x  a.http:1\n"
