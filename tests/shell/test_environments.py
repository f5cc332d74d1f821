"""`set option env NAME`: the variables of the same files that a replay reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from callbox.cli.fast_argument_parser import Arguments
from callbox.cli.session_startup import open_session
from callbox.errors import UsageError
from callbox.exchange.secret import reveal
from callbox.shell.completion.completion_context_builder import build_context


@pytest.fixture(autouse=True)
def files(shell) -> Path:
    Path("http-client.env.json").write_text('{"dev": {"id": "7", "who": "ann"}, "prod": {"id": "8"}}')
    Path("http-client.private.env.json").write_text('{"dev": {"pin": "hunter2hunter2hu"}}')
    return Path()


def test_its_variables_are_filled_in(shell) -> None:
    shell.say("set option env dev")

    assert shell.record("get /echo a=={{id}} b=={{pin}}").outgoing.url.query == "a=7&b=hunter2hunter2hu"


def test_what_was_set_wins(shell) -> None:
    shell.say("set option env dev", "set var id 9")

    assert shell.record("get /echo a=={{id}}").outgoing.url.query == "a=9"


def test_they_are_shown_with_where_they_come_from(shell) -> None:
    shell.say("set option env dev", "set var id 9")

    assert [line.split() for line in shell.say("show vars").splitlines()[1:]] == [
        ["id", "9"],
        ["who", "ann", "dev"],
        ["pin", "...", "dev"],
    ]
    assert dict(build_context(shell.context).vars) == {"id": "9", "pin": "...", "who": "ann"}


def test_another_environment_has_others(shell) -> None:
    shell.say("set option env dev", "set option env prod")

    assert shell.record("get /echo a=={{id}}").outgoing.url.query == "a=8"
    assert shell.fail("get /echo a=={{who}}").startswith("Undefined variable 'who'")


def test_one_that_is_not_there_is_refused(shell) -> None:
    assert shell.fail("set option env dve") == "No environment 'dve' Did you mean 'dev'?"
    with pytest.raises(UsageError, match="No environment 'dve'"):
        open_session(shell.context, Arguments(options=(("env", "dve"),)))


def test_a_missing_environment_file_is_reported_when_a_variable_is_used(shell) -> None:
    shell.say("set option env dev")
    Path("http-client.env.json").unlink()
    Path("http-client.private.env.json").unlink()

    assert shell.fail("get /echo a=={{id}}").startswith("No environment 'dev'")
    assert build_context(shell.context).vars == ()
    assert shell.say("show headers")


@pytest.fixture
def lab(files: Path) -> None:
    tls = '{"verifyHostCertificate": false, "clientCertificate": "c.pem"}'
    Path("http-client.env.json").write_text(f'{{"lab": {{"SSLConfiguration": {tls}}}, "dev": {{}}}}')


def test_tls_options_of_an_environment_are_reported_and_applied(shell, lab) -> None:
    said = shell.say("set option env lab")

    assert "option verify no (as lab says)" in said
    assert shell.context.session.option("verify") is False
    assert shell.context.session.option("cert") == "c.pem"
    assert "as lab says" in next(row for row in shell.say("show options").splitlines() if row.startswith("verify "))


def test_what_it_asks_of_tls_ends_with_it(shell, lab) -> None:
    shell.say("set option env lab")

    assert "option verify yes (no environment sets it)" in shell.say("undo")
    assert shell.context.session.option("verify") is True
    assert shell.context.session.option("cert") == ""
    shell.say("set option env lab", "set option env dev")
    assert shell.context.session.option("verify") is True


def test_what_was_set_wins_over_what_it_asks_of_tls(shell, lab) -> None:
    shell.say("set option verify yes --everywhere", "set option env lab")

    assert shell.context.session.option("verify") is True


def test_what_it_asks_of_tls_holds_from_the_start(shell, lab) -> None:
    said = open_session(shell.context, Arguments(options=(("env", "lab"),)))

    assert shell.context.session.option("verify") is False
    assert len(said) == 2


def test_a_replay_uses_it_too(shell) -> None:
    Path("a.http").write_text(f"GET {shell.context.session.base_url}/echo?a={{{{id}}}}\n")
    shell.say("set option env dev")

    shell.run("replay a.http")

    assert shell.context.last.outgoing.url.query == "a=7"


TEMPLATES = """{"dev": {
    "who": "ann", "path": "of-{{who}}", "deep": "{{path}}-x", "day": "{{$datetime 'YYYY'}}", "part": "{{%slash}}",
    "slash": "a/b", "from-var": "{{mine}}", "a": "{{b}}", "b": "{{a}}", "run": "{{`id`}}", "read": "{{last.body}}",
    "key": "k-{{pin}}", "none": "{{nope}}"
}}"""


@pytest.fixture
def templates(shell) -> None:
    Path("http-client.env.json").write_text(TEMPLATES)
    shell.say("set option env dev", "set var mine M")


@pytest.mark.parametrize(
    ("name", "value"),
    [("path", "of-ann"), ("deep", "of-ann-x"), ("part", "a%2Fb"), ("from-var", "M")],
)
def test_variables_in_their_values_are_filled(shell, templates, name, value) -> None:
    assert shell.record(f"get /echo X-A:{{{{{name}}}}}").outgoing.headers[-1].value == value


def test_dynamic_variables_in_their_values_are_filled(shell, templates) -> None:
    assert shell.record("get /echo a=={{day}}").outgoing.url.query.startswith("a=2")


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("a", "'a' is defined by itself: a -> b -> a"),
        ("run", "'run' of the environment uses '`id`', which works only in a typed line"),
        ("read", "'read' of the environment uses 'last.body', which works only in a typed line"),
        ("none", "Undefined variable 'nope'"),
    ],
)
def test_what_a_value_cannot_use_is_an_error(shell, templates, name, error) -> None:
    assert shell.fail(f"get /echo a=={{{{{name}}}}}").startswith(error)


def test_value_that_is_filled_with_a_secret_is_one(shell, templates) -> None:
    assert reveal(shell.record("get /echo X-A:{{key}}").outgoing.headers[-1].value) == "k-hunter2hunter2hu"
    assert "hunter2hunter2hu" not in shell.say("show history")
    assert "hunter2hunter2hu" not in shell.say("preview get /echo X-A:{{key}}")


def test_what_was_set_is_no_template(shell, templates) -> None:
    shell.say("set var path '\\{\\{who}}'")

    assert "of-ann" not in shell.record("get /echo a=={{path}}").outgoing.url.query


def test_file_that_another_user_may_have_put_above_is_named_and_not_used(shell, tmp_path, monkeypatch) -> None:
    own = tmp_path / "shared" / "own"
    own.mkdir(parents=True)
    own.parent.chmod(0o1777)
    (own.parent / "http-client.private.env.json").write_text('{"dev": {"id": "8"}}')
    (own / "http-client.env.json").write_text('{"dev": {"id": "7"}}')
    monkeypatch.chdir(own)

    said = shell.say("set option env dev")

    assert "warning: ../http-client.private.env.json:1:1: This file is not used: every user can write" in said
    assert shell.record("get /echo a=={{id}}").outgoing.url.query == "a=7"
    (message,) = open_session(shell.context, Arguments(options=(("env", "dev"),)))
    assert "../http-client.private.env.json:1:1: This file is not used" in "".join(
        text for _, text in message.fragments
    )


@pytest.fixture
def two_servers(shell) -> None:
    Path("http-client.env.json").write_text(
        '{"dev": {"base": "http://dev.test/v1", "id": "7"}, "staging": {"base": "http://staging.test/v1", "id": "7"}}'
    )
    shell.run("set option env dev")


def test_a_note_says_that_the_base_is_still_that_of_the_environment_before(shell, two_servers: None) -> None:
    shell.say("set base {{base}}")

    assert shell.say("set option env staging") == (
        "option env staging\nthe base is still http://dev.test/v1; to go to the server of staging: set base {{base}}\n"
    )


@pytest.mark.parametrize(
    ("base", "chosen"),
    [("http://other.test", "staging"), ("{{base}}", "dev")],
    ids=["base of no environment", "same environment"],
)
def test_no_note_is_shown_about_a_base_that_the_environment_does_not_change(
    shell, two_servers: None, base: str, chosen: str
) -> None:
    shell.say(f"set base {base}")

    assert "the base is still" not in shell.say(f"set option env {chosen}")
