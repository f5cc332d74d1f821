"""`again` and `send NAME` with another form: the form changes, the fields stay, items are added."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


def sent(shell) -> tuple[str, str]:
    """The type and the text of the last body."""
    outgoing = shell.context.last.outgoing
    media_type = next((str(f.value) for f in outgoing.headers if f.name == "Content-Type"), "")
    return media_type.partition(";")[0], b"".join(outgoing.content.chunks()).decode()


def parts(shell) -> dict[str, bytes]:
    return {part.name: part.data for part in shell.context.last.outgoing.content.parts}


@pytest.mark.parametrize(
    ("first", "second", "media_type", "body"),
    [
        ("a=1 b:=1.10", "--form", FORM, "a=1&b=1.10"),
        ("a=1 b:=1.10", "--form c=3", FORM, "a=1&b=1.10&c=3"),
        ("a=1 b:=true", "--form a=2", FORM, "b=true&a=2"),
        ("a:='[1, \"x\"]'", "--form", FORM, "a=%5B1%2C+%22x%22%5D"),
        ("--form a=1 b=x+y", "--json", JSON, '{"a": "1", "b": "x+y"}'),
        ("--form a=1", "--json b:=2", JSON, '{"a": "1", "b": 2}'),
        ("--form a=1 a=2 b=3", "--json", JSON, '{"a": ["1", "2"], "b": "3"}'),
        ("--form a=1", "b=2", FORM, "a=1&b=2"),
        ("--form a=1", "--form b=2", FORM, "a=1&b=2"),
        ("a=1", "b=2", JSON, '{"a": "1", "b": "2"}'),
        ("a=1", "--json", JSON, '{"a": "1"}'),
        ("--multipart a=1 b:=2", "--json c=3", JSON, '{"a": "1", "b": 2, "c": "3"}'),
        ("--multipart a=1 b=2", "--form", FORM, "a=1&b=2"),
        ("", "--form a=1", FORM, "a=1"),
        ("", "--json", JSON, "{}"),
        ("--body a=1", "--form", FORM, "a=1"),
        ("--body 1", "--json", JSON, "1"),
        ("--body text", "--json a=1", JSON, '{"a": "1"}'),
        ("a=1 Content-Type:application/x-own", "--form", FORM, "a=1"),
        ("a=1 Content-Type:application/x-own", "b=2", "application/x-own", '{"a": "1", "b": "2"}'),
        ("--form a=1", "--json Content-Type:application/x-own", "application/x-own", '{"a": "1"}'),
    ],
)
def test_the_form_changes_and_the_fields_stay(shell, first: str, second: str, media_type: str, body: str) -> None:
    shell.run(f"post /echo {first}")

    shell.run(f"again {second}")

    assert len(shell.context.history.items()) == 2
    assert sent(shell) == (media_type, body)


def test_fields_become_parts_and_parts_are_added_to(shell) -> None:
    Path("f.txt").write_text("file")
    shell.run("post /echo a=1 b:=2", "again --multipart")
    assert parts(shell) == {"a": b"1", "b": b"2"}

    shell.run("again f@f.txt b=3")
    assert list(parts(shell)) == ["a", "f", "b"]
    shell.run("again c=4")
    assert list(parts(shell)) == ["a", "f", "b", "c"]
    assert b"\r\nfile\r\n" in b"".join(shell.context.last.outgoing.content.chunks())


def test_a_file_added_to_fields_keeps_them(shell) -> None:
    Path("f.txt").write_text("file")
    shell.run("post /echo --form a=1", "again f@f.txt")

    assert list(parts(shell)) == ["a", "f"]


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ("f@f.txt a=1", "--json", "'f' is a file, which only --multipart sends"),
        ("f@f.txt a=1", "--form b=2", "'f' is a file, which only --multipart sends"),
        ("--body text", "a=1", "The body of that request is a text, and has no fields"),
        ("@f.txt", "a=1", "The body of that request is the file f.txt, and has no fields"),
        ("@f.txt", "--form", "The body of that request is the file f.txt, and has no fields"),
        ("--body text", "--multipart", "The body of that request is a text, and has no fields"),
        ("--body text", "--json", "Not JSON: expecting value at 'text'"),
        ("--body [1]", "--form", "The body of that request is not a JSON object, and has no fields"),
    ],
)
def test_a_body_without_fields_is_an_error_and_nothing_is_sent(shell, first: str, second: str, message: str) -> None:
    Path("f.txt").write_text("file")
    shell.run(f"post /echo {first}")

    assert shell.fail(f"again {second}").startswith(message)
    assert len(shell.context.history.items()) == 1


def test_a_saved_request_changes_its_form(shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    shell.run("post /echo a=1", "save request one", "send one --form b=2")

    assert sent(shell) == (FORM, "a=1&b=2")


def test_the_body_of_a_script_changes_its_form(shell) -> None:
    Path("a.http").write_text("POST /echo\nContent-Type: application/x-www-form-urlencoded\n\na=1&b=2\n")
    shell.run("replay a.http", "again c=3")
    assert sent(shell) == (FORM, "a=1&b=2&c=3")

    shell.run("again --json")
    assert json.loads(sent(shell)[1]) == {"a": "1", "b": "2", "c": "3"}
    assert sent(shell)[0] == JSON


def test_preview_shows_the_other_form(shell) -> None:
    shell.run("post /echo a=1")

    assert "\na=1&b=2\n" in shell.say("preview again --form b=2")


@pytest.mark.parametrize("line", ["a=1", "--form a=1", "--body text", "@./f.json"])
def test_a_content_type_that_is_left_out_is_not_sent(shell, line):
    Path("f.json").write_text("{}")
    outgoing = shell.record(f"post /echo Content-Type: {line}").outgoing
    assert "content-type" not in {field.name.lower() for field in outgoing.headers}


@pytest.mark.parametrize(
    "line", ["get /echo Content-Length:5", "post /echo content-length:1 a=1", "get /echo Content-Length;"]
)
def test_a_length_that_the_body_does_not_have_is_refused(shell, line):
    assert "leave Content-Length out: callbox computes it from the body" in shell.fail(line)


@pytest.mark.parametrize(
    "line", ["get /echo Host:", "post /echo a=1 content-length:", "http post /echo a=1 Content-Length:"]
)
def test_a_header_that_every_request_has_is_not_left_out(shell, line):
    assert "is not supported" in shell.fail(line)


@pytest.mark.parametrize("lines", [["set header Host a", "get /echo Host:"], ["get /echo Host:a", "again Host:"]])
def test_a_host_that_was_given_is_left_out(shell, lines):
    shell.run(lines[0])
    outgoing = shell.record(lines[1]).outgoing

    assert [field.source for field in outgoing.headers if field.name == "Host"] == ["default"]


def test_the_length_that_the_body_has_may_be_typed(shell):
    assert shell.record("post /echo Content-Length:4 --body text").response.status == 200


@pytest.mark.parametrize("line", ["--body name=a", "--body=name=a", "--body age:=3", "--body a[b]=c"])
def test_field_as_the_text_of_a_body_is_said(shell, line: str) -> None:
    assert "to send a field, leave --body out" in shell.say(f"post /echo {line}")


@pytest.mark.parametrize(
    "line",
    ["--body 'a name=a'", "--body name=a Content-Type:text/x", "--body name=a --form", "--body a=1&b=2", "--body =x"],
)
def test_text_of_a_body_may_have_the_sign_of_a_field(shell, line: str) -> None:
    assert "looks like a field" not in shell.say(f"post /echo {line}")
