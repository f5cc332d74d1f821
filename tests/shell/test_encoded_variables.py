"""`{{%name}}` in a typed line, and the note for a value that reaches beyond its place in a URL."""

from __future__ import annotations

import pytest

from callbox.shell.completion.completer import complete
from callbox.shell.completion.completion_context_builder import build_context


def target(shell, line: str) -> str:
    url = shell.record(line).outgoing.url
    return f"{url.path}?{url.query}" if url.query is not None else url.path


@pytest.mark.parametrize(
    ("value", "line", "sent"),
    [
        ("'a&z=1 #f'", "get /echo?x={{%v}}&y=1", "/echo?x=a%26z%3D1%20%23f&y=1"),
        ("../../etc", "get /echo/{{%v}}", "/echo/..%2F..%2Fetc"),
        ("a/b", "get /echo/{{ %v }}", "/echo/a%2Fb"),
        ("'a b'", "get /echo q=={{%v}}", "/echo?q=a%2520b"),
    ],
)
def test_percent_sign_encodes_a_value(shell, value: str, line: str, sent: str) -> None:
    shell.say(f"set var v {value}")
    assert target(shell, line) == sent


@pytest.mark.parametrize("value", [".", ".."])
def test_segment_of_dots_has_no_encoding(shell, value: str) -> None:
    shell.say(f"set var v {value}")
    assert shell.fail("get /echo/{{%v}}").startswith(f"The value of 'v' is '{value}', which cannot be percent-encoded")


def test_encoded_secret_is_redacted(shell) -> None:
    shell.say("set var token SECRET/TOK")
    assert "SECRET" not in shell.say("preview get /echo/{{%token}}", "get /echo/{{%token}}", "show history")


def test_encoded_value_of_a_response_changes_no_host(shell) -> None:
    shell.run("post /echo host=.evil.test")
    assert "would change the host" in shell.fail("get http://api.test{{%last.json.json.host}}/x")


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("'1&b=2'", "get /echo?a={{v}}"),
        ("'1#x'", "get /echo?a={{v}}"),
        ("1?x", "get /echo/{{v}}"),
        ("../books", "preview get /echo/{{v}}"),
    ],
)
def test_value_that_reaches_beyond_its_place_is_noted(shell, value: str, line: str) -> None:
    shell.say(f"set var v {value}")
    assert "the value of {{v}} has signs with a meaning in a URL; {{%name}} percent-encodes the value" in shell.say(
        line
    )


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("1", "get /echo?a={{v}}"),
        ("/echo?a=1", "get {{v}}"),
        ("'a=1&b=2'", "get /echo?{{v}}"),
        ("books/2", "get /{{v}}"),
        ("1.2", "get /echo/{{v}}"),
    ],
)
def test_usual_values_are_not_noted(shell, value: str, line: str) -> None:
    shell.say(f"set var v {value}")
    assert "has signs with a meaning" not in shell.say(line)


def test_names_are_completed_after_the_percent_sign(shell) -> None:
    shell.say("set var verse 1")
    shell.context.completion = build_context(shell.context)
    assert complete("get /{{%ver", 11, shell.context.completion)[0].text == "verse}}"
