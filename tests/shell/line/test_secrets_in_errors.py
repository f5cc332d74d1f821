"""An error says nothing of the secrets that its line holds, and keeps its caret where it belongs."""

from __future__ import annotations

import pytest

LINES = [
    "curl --nope -H 'Authorization: Bearer hunter2' http://a.example",
    "http --nope :8000 Authorization:hunter2",
    "curl -u ann:hunter2 http://a.example --bogus",
    "set headr Authorization hunter2",
    "get /x Authorization:hunter2 bad",
    "get /x Authorization:'Bearer hunter2' bad",
    "get /x --auth ann:hunter2 bad",
    'get /x --body \'{"password":"hunter2"}\' bad',
    'post /x user:=\'{"token":"hunter2"\' bad',
    "Authorization:hunter2 x",
    "set auth baerer hunter2",
    "set auth bearer hunter2 --evrywhere",
    "set cookie token hunter2 domian=x",
    "get /x | false -H 'X-Api-Key: hunter2'",
    "get /x | false -u ann:hunter2",
    "set option proxy ftp://ann:hunter2@h:1",
    "cd http://ann:hunter2@[",
    "replay nope.http --var token=hunter2",
]


@pytest.mark.parametrize("line", LINES)
def test_no_secret_is_repeated(shell, line: str) -> None:
    error = shell.failure(line).error

    assert "hunter2" not in f"{error.message} {error.hint} {error.args} {error.place}"


@pytest.mark.parametrize(
    ("line", "underlined"),
    [(LINES[0], "--nope"), (LINES[3], "headr"), (LINES[4], "bad"), (LINES[7], "bad"), (LINES[11], "--evrywhere")],
)
def test_the_caret_stays_where_it_belongs(shell, line: str, underlined: str) -> None:
    place = shell.failure(line).error.place

    assert place.source[place.column - 1 :][: place.length] == underlined


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("http --session=foo :8000", "HTTPie's --session does not exist here"),
        ("get /x --auth", "--auth needs user:password, user, or none"),
    ],
)
def test_verb_behind_an_option_is_not_redacted(shell, line: str, message: str) -> None:
    assert shell.failure(line).error.message == message
