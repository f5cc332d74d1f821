"""`preview` and `show last`: what would be sent, what was sent."""

from __future__ import annotations

import json
import subprocess

import pytest


def test_preview_sends_nothing_and_shows_where_things_come_from(shell) -> None:
    shell.say("set header X-Test 1", "set auth bearer letmein", "set cookie sid 1")

    said = shell.say("preview post /echo a=1")

    assert not shell.context.history.items()
    assert said.startswith("POST /echo HTTP/1.1\n")
    assert '{"a": "1"}' in said.replace("\n", "").replace("  ", "") or '"a": "1"' in said
    for name, source in (("X-Test", "session"), ("Authorization", "auth"), ("Cookie", "jar"), ("Accept", "default")):
        line = next(line for line in said.splitlines() if line.startswith(f"{name}:"))
        assert line.endswith(source), line


def test_preview_masks_secrets_unless_revealed(shell) -> None:
    shell.say("set auth bearer letmein")

    assert "letmein" not in shell.say("preview get /echo")
    assert "letmein" in shell.say("preview get /echo --reveal")


def test_preview_again_is_the_last_request(shell) -> None:
    shell.record("post /echo a=1")

    assert shell.say("preview again b=2").startswith("POST /echo")
    assert len(shell.context.history.items()) == 1


@pytest.mark.parametrize(
    "line",
    [
        "get /echo?a=1 q=='x y' X-Test:\"it's\"",
        "post /echo name=Ann age:=42",
        "post /echo a='x&y' --form",
        "post /echo --body 'line\nline'",
        "delete /echo",
        "get /echo Accept: User-Agent:",
        "put /echo X-Empty;",
    ],
    ids=["get", "json", "form", "text", "delete", "left out", "empty"],
)
def test_the_curl_command_sends_the_same(shell, line: str) -> None:
    pytest.importorskip("shutil").which("curl") or pytest.skip("curl is not here")
    shell.say("set cookie sid 1", "set auth bearer letmein")
    command = shell.say(f"preview --as curl --reveal {line}").replace("curl", "curl --silent", 1)

    theirs = json.loads(subprocess.run(["bash", "-c", command], capture_output=True, check=True).stdout)
    ours = json.loads(shell.body(line))

    for echoed in (theirs, ours):
        echoed.pop("connection", None)
        headers = echoed["headers"]
        pairs = headers.items() if isinstance(headers, dict) else [tuple(pair) for pair in headers]
        echoed["headers"] = sorted((str(name), str(value)) for name, value in pairs if name.lower() != "connection")
    assert theirs == ours


def test_show_last_request_is_what_was_sent(shell) -> None:
    shell.record("post /echo a=1 X-Item:1")

    line = next(line for line in shell.say("show last request").splitlines() if line.startswith("X-Item"))

    assert line.endswith("item")


def test_show_last_takes_a_path_and_a_number(shell) -> None:
    shell.record("post /login user=ann password=secret")
    shell.record("get /ping")

    assert shell.say("show last -2 json.user.name") == "ann\n"
    assert shell.say("show last status") == "200\n"


def test_show_history_counts_the_requests(shell, api) -> None:
    shell.run("get /ping", "get /status/404")

    lines = shell.say("show history").splitlines()

    assert lines[0].startswith(f"1 GET {api.url}/ping 200 ")
    assert lines[1].startswith(f"2 GET {api.url}/status/404 404 ")


def test_show_last_timing_names_every_part(shell) -> None:
    shell.run("get /ping")

    said = shell.say("show last timing")

    for part in ("dns", "connect", "wait", "transfer", "total"):
        assert part in said
