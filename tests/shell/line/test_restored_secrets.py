"""Lines of the history, in which secrets stand as `?`, typed back."""

from __future__ import annotations

import pytest

from callbox.shell.line.redaction import redact_line


@pytest.mark.parametrize(
    "line",
    [
        "post /mirror newPassword=hunter2 -b",
        "get /mirror?accessToken=hunter2",
        "get http://ann:hunter2@{host}/mirror",
        """post /mirror --body '{"user": {"password": "hunter2"}}'""",
        "curl -u ann:hunter2 {url}/mirror",
    ],
)
def test_request_of_the_history_is_sent_as_it_was_typed(shell, line: str) -> None:
    url = shell.context.session.base_url
    line = line.replace("{url}", url).replace("{host}", url.partition("://")[2])
    shell.context.is_typed = True
    typed = shell.record(line)
    again = shell.record(redact_line(line))

    assert (again.outgoing.url, again.outgoing.content) == (typed.outgoing.url, typed.outgoing.content)
    assert shell.asked == []


def test_secret_of_a_line_is_asked_for_below_another_base(shell) -> None:
    shell.context.is_typed = True
    shell.record("post /mirror newPassword=hunter2")
    shell.run(f"set base {shell.context.session.base_url.replace('127.0.0.1', 'localhost')}")
    shell.answers = ["another"]

    assert shell.record("post /mirror newPassword=?").outgoing.content.data == b'{"newPassword": "another"}'


def test_secret_of_a_line_is_asked_for_in_another_shell(shell) -> None:
    shell.answers = ["another"]

    assert shell.record("post /mirror newPassword=?").outgoing.content.data == b'{"newPassword": "another"}'


@pytest.mark.parametrize(
    "line", ["""post /mirror --body '{"password": "?"}'""", """post /mirror a:='{"password": "?"}'"""]
)
def test_question_mark_in_a_body_is_never_sent_as_a_secret(shell, line: str) -> None:
    assert "not kept in the history" in shell.fail(line)


def test_value_of_a_cookie_is_asked_for(shell) -> None:
    shell.answers = ["5"]
    shell.run("set cookie sid ?")

    assert [(cookie.name, cookie.value) for cookie in shell.context.session.jar.snapshot()] == [("sid", "5")]
    assert shell.asked == [("value of cookie sid", True)]


def test_password_behind_a_user_name_is_asked_for(shell) -> None:
    shell.answers = ["secret"]
    shell.run("set auth basic ann:?")

    assert shell.record("get /basic-auth").response.status == 200
