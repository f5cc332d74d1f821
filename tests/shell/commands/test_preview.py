"""`preview` and `show last`: what would be sent, what was sent."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from callbox.shell.outputs import BodyOutput, ExchangeEvent


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


def test_form_is_shown_as_it_is_sent(shell) -> None:
    assert shell.say("preview post /echo a=1 a='2 3' --form").endswith("\n\na=1&a=2+3\n")


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
    command = shell.content(f"preview --as curl --reveal {line}").replace("curl", "curl --silent", 1)

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


def test_show_last_prints_every_match(shell) -> None:
    shell.record('post /echo items:=\'[{"t": 1}, {"t": 2}]\'')

    output = shell.run("show last json.json.items[*].t")[-1]

    assert isinstance(output, BodyOutput)
    assert (output.data, output.media_type) == (b"[1,2]\n", "application/json")


def test_a_line_takes_one_match_and_no_more(shell) -> None:
    shell.record('post /echo items:=\'[{"t": 1}, {"t": 2}]\' one:=\'[{"t": 5}]\'')

    assert shell.fail("get /echo q=={{last.json.json.items[*].t}}").startswith(
        "'json.json.items[*].t' matches 2 values, and exactly one is needed to list the values: show last json.json.items[*].t"
    )
    assert "q=5" in shell.record("get /echo q=={{last.json.json.one[*].t}}").outgoing.url.text


def test_show_history_counts_the_requests(shell, api) -> None:
    shell.run("get /ping", "get /status/404")

    lines = shell.say("show history").splitlines()

    assert lines[0].startswith(f"1 GET {api.url}/ping       200 ")
    assert lines[1].startswith(f"2 GET {api.url}/status/404 404 ")


def test_a_long_url_is_cut_and_takes_the_base_from_all(shell) -> None:
    shell.run("get /ping", f"delete /status/404?x={'a' * 80}")

    lines = shell.say("show history").splitlines()

    assert lines[0].startswith("1 GET    /ping ")
    assert lines[0].index(" 200 ") == lines[1].index(" 404 ")
    assert "aa.. 404 " in lines[1]


@pytest.mark.parametrize("line", ["get /ping --as xml", "show last --as xml", "show last body --as xml"])
def test_a_body_is_shown_as_another_type(line: str, shell) -> None:
    shell.run("get /ping")

    views = [output.view for output in shell.run(line) if isinstance(output, (BodyOutput, ExchangeEvent))]

    assert {view.form for view in views} == {"xml"}


@pytest.mark.parametrize("line", ["preview --as curl get /x", "preview get /x --as curl"])
def test_the_form_of_a_preview_is_that_of_the_request(line: str, shell) -> None:
    assert shell.say(line).startswith("curl ")


def test_a_form_that_there_is_not_is_refused(shell) -> None:
    assert shell.fail("get /x --as curl").startswith("No form 'curl'")


def test_show_last_timing_names_every_part(shell) -> None:
    shell.run("get /ping")

    said = shell.say("show last timing")

    for part in ("dns", "connect", "wait", "transfer", "total"):
        assert part in said


def test_a_preview_names_what_the_line_leaves_out(shell) -> None:
    shell.run("set header X-Test 1")

    assert "left out here: X-Test:" in shell.say("preview get /x X-Test:")
    assert "left out" not in shell.say("preview get /x X-Other:")


def test_a_cookie_header_in_the_place_of_the_jar_is_told(shell) -> None:
    shell.run("set cookie theme plain", "set header Cookie a=1")

    said = "the header Cookie replaces the cookies of the jar: theme"
    assert said in shell.say("preview get /echo")
    assert said in shell.say("get /echo")
    assert said in shell.say("preview get /echo Cookie:b=2")
    assert said not in shell.say("get /echo Cookie:b=2")


def test_the_cookies_of_the_jar_are_told_of_no_other_path(shell) -> None:
    shell.run("set cookie theme plain path=/loans", "set header Cookie a=1")

    assert "takes the place" not in shell.say("preview get /echo")


JSON_LINE = """post /echo '{"title": "multi",  "tags": ["q" ]}'"""
BODY = '{"title": "multi",  "tags": ["q" ]}'


@pytest.mark.parametrize("line", [f"preview --as http {JSON_LINE}", "show last request --as text"])
def test_body_is_printed_as_it_is_sent(shell, line: str) -> None:
    shell.run(JSON_LINE)

    assert f"\n\n{BODY}\n" in shell.say(line)


@pytest.mark.parametrize("line", [f"preview {JSON_LINE}", "show last request"])
def test_file_gets_the_body_as_it_is_sent(shell, line: str, tmp_path: Path) -> None:
    shell.run(JSON_LINE)
    shell.say(f"{line} > {tmp_path}/sent.txt")

    assert f"\n\n{BODY}\n" in (tmp_path / "sent.txt").read_text()


@pytest.mark.parametrize(
    ("line", "is_told"),
    [
        (f"preview {JSON_LINE}", True),
        (f"preview --as http {JSON_LINE}", False),
        ("preview post /echo a=1 --form", False),
        ("preview get /echo", False),
        ("show last request", True),
        ("show last request --as text", False),
    ],
)
def test_layout_of_the_body_is_told_at_a_prompt(shell, line: str, is_told: bool) -> None:
    shell.run(JSON_LINE)
    assert "laid out" not in shell.say(line)

    shell.context.is_typed = True

    assert ("the body is formatted" in shell.say(line)) is is_told
