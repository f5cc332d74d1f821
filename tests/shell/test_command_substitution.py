"""Commands in backquotes: what is typed at the prompt may hold some; a file, a variable and an answer may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from callbox.shell.line.redaction import redact_line


@pytest.fixture
def typed(shell):
    shell.context.is_typed = True
    return shell


def test_what_a_command_prints_takes_its_place(typed) -> None:
    typed.say("set header X-A v`echo 1 2`w", 'set var b "in `echo quotes`"')

    assert typed.context.session.headers["X-A"] == "v1 2w"
    assert typed.context.session.vars["b"] == "in quotes"


def test_it_is_one_word_with_blanks_pipes_and_quotes(typed) -> None:
    typed.say("set var a `printf 'x y\\nz' | tail -1`")

    assert typed.context.session.vars["a"] == "z"


def test_it_may_be_a_target_and_an_item(typed) -> None:
    record = typed.record("post `echo /echo` a=`echo 'b=c'` n:=`echo 42`")

    assert record.outgoing.url.path == "/echo"
    assert record.outgoing.content.data == b'{"a": "b=c", "n": 42}'


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("set var a '`touch ran`'", id="single quotes"),
        pytest.param("set var a \\`touch ran\\`", id="backslashes"),
        pytest.param('set var a "\\`touch ran\\`"', id="backslashes in double quotes"),
    ],
)
def test_quoted_backquotes_are_text(typed, line: str) -> None:
    typed.say(line)

    assert "touch" in typed.context.session.vars["a"]
    assert not Path("ran").exists()


def test_what_a_variable_holds_is_not_run(typed) -> None:
    typed.say("set var a '`touch ran`'", "set var b {{a}}", "set header X-B x{{a}}")

    assert typed.context.session.vars["b"] == "`touch ran`"
    assert not Path("ran").exists()


def test_a_name_in_backquotes_is_no_command(typed) -> None:
    assert typed.fail("set var b {{`touch ran`}}").startswith("Undefined variable")
    assert not Path("ran").exists()


def test_lines_of_a_file_run_none(typed) -> None:
    Path("lines.callbox").write_text("set var a `touch ran`\n")

    failure = typed.failure("source lines.callbox")

    assert failure.error.message == "A command in backquotes runs only where it is typed at the prompt"
    assert (failure.error.place.line, failure.error.place.column) == (1, 11)
    assert not Path("ran").exists()


def test_lines_that_were_not_typed_run_no_command(shell) -> None:
    assert "only where it is typed" in shell.fail("set var a `touch ran`")
    assert not Path("ran").exists()


def test_a_command_that_fails_does_nothing(typed) -> None:
    assert typed.fail("set var a `exit 3`") == "`exit 3` ended with exit code 3; nothing was done"
    assert "a" not in typed.context.session.vars


def test_an_unclosed_backquote_is_reported(typed) -> None:
    assert typed.fail("set var a `echo").startswith("The backquote is not closed")


def test_the_history_keeps_the_command_of_a_secret() -> None:
    assert redact_line("set auth bearer `pass show api`") == "set auth bearer `pass show api`"
    assert redact_line("set auth bearer x`pass show api`") == "set auth bearer ?"
