"""`source` and `replay`."""

from __future__ import annotations

from pathlib import Path

import pytest

from callbox.exchange.secret import reveal
from callbox.render.ansi_and_sanitiser import plain
from callbox.shell.outputs import Exit, Failure, Output, Status, TextOutput


def shown(outputs: list[Output]) -> str:
    """All that these outputs show, failures too."""
    failures = [output.error.message for output in outputs if isinstance(output, Failure)]
    return "".join([plain(o.fragments) for o in outputs if isinstance(o, TextOutput | Status)] + failures)


def test_source_runs_the_lines_of_a_file(shell, tmp_path: Path) -> None:
    (tmp_path / "setup").write_text("# a comment\n\nset header X-A 1\nset var b '2\n3'\n")

    shell.say("source setup")

    assert shell.context.session.vars == {"b": "2\n3"}
    assert "x-a" in shell.context.session.entries("header")


def test_source_stops_at_the_first_error_and_says_where(shell, tmp_path: Path) -> None:
    (tmp_path / "setup").write_text("set var a 1\nset heder X 1\nset var b 2\n")

    failure = shell.failure("source setup")

    assert (failure.error.place.file, failure.error.place.line, failure.error.place.column) == ("setup", 2, 5)
    assert shell.context.session.vars == {"a": "1"}


def test_a_file_that_sources_itself_ends(shell, tmp_path: Path) -> None:
    (tmp_path / "loop").write_text("source loop\n")

    assert "sources itself" in shell.fail("source loop")


def test_exit_leaves(shell) -> None:
    assert isinstance(shell.run("exit")[-1], Exit)


def test_replay_goes_through_the_live_session(shell, tmp_path: Path) -> None:
    (tmp_path / "flow.http").write_text(
        "### in\n# @capture token = body $.token\nPOST /login\nContent-Type: application/json\n\n"
        '{"user": "ann", "password": "secret"}\n\n### me\nGET /me\n'
    )

    said = shell.say("replay flow.http")

    assert "2 requests: 2 ok" in said
    assert shell.record("get /me").response.status == 200
    assert "captured" in shell.say("show vars")
    assert not shell.context.session.vars


def test_a_replay_that_fails_is_a_failure(shell, tmp_path: Path) -> None:
    (tmp_path / "bad.http").write_text("GET /status/500\n")

    outputs = shell.run("replay bad.http")

    assert isinstance(outputs[-1], Failure)
    assert outputs[-1].exit_code == 1


@pytest.mark.parametrize("which", ["nosuch", "9", ":9"])
def test_what_is_not_in_a_script_is_looked_up_by_a_command_that_there_is(shell, tmp_path: Path, which: str) -> None:
    (tmp_path / "one.http").write_text("### here\nGET /ping\n")

    outputs = shell.run(f"replay one.http {which}")

    assert "to list the requests: ls one.http" in "".join(
        plain(output.fragments) for output in outputs if isinstance(output, TextOutput)
    )


@pytest.mark.parametrize(
    "lines",
    [("unset header User-Agent",), ("set var b '2\n3\t4'",), ("set header X-A 1", "unset header accept connection")],
    ids=["a built-in header less", "several lines", "both"],
)
def test_shown_session_that_is_sourced_is_the_same(shell, tmp_path: Path, lines: tuple[str, ...]) -> None:
    session = shell.context.session
    built_in = session.headers.copy()
    shell.say("unset base", *lines)
    headers, variables = dict(session.headers), dict(session.vars)

    shell.say("show session > kept", "reset")
    session.headers = built_in
    shell.say("source kept")

    assert (dict(session.headers), dict(session.vars)) == (headers, variables)


def test_a_replay_knows_the_variables_of_the_shell(shell, tmp_path: Path) -> None:
    (tmp_path / "f.http").write_text("GET /echo?x={{x}}\n")
    shell.run("set var x 5")

    assert "1 request: 1 ok" in shell.say("replay f.http")
    assert shell.context.last.outgoing.url.query == "x=5"


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("@x = 6\nGET /echo?x={{x}}\n", "x=6"),
        ("# @capture x status\nGET /ping\n###\nGET /echo?x={{x}}\n", "x=200"),
    ],
    ids=["of the file", "captured"],
)
def test_a_value_of_the_file_wins_over_that_of_the_shell(text: str, query: str, shell, tmp_path: Path) -> None:
    (tmp_path / "f.http").write_text(text)
    shell.run("set var x 5", "replay f.http")

    assert shell.context.last.outgoing.url.query == query


def test_a_variable_set_after_a_capture_holds(shell, tmp_path: Path) -> None:
    (tmp_path / "f.http").write_text("# @capture x status\nGET /ping\n")
    (tmp_path / "g.http").write_text("GET /echo?x={{x}}\n")
    shell.run("replay f.http", "set var x 5", "replay g.http")

    assert shell.context.last.outgoing.url.query == "x=5"


def test_a_secret_variable_of_the_shell_is_redacted_in_a_replay(shell, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("MINE", "sesame99")
    (tmp_path / "f.http").write_text("# @expect status 201\nGET /echo?x={{x}}\n")

    outputs = shell.run("set var x env:MINE", "set var token sesame98", "replay f.http", "replay f.http --dry-run")

    assert "sesame98" not in str(outputs)


HELD = {
    "asked for": ("token", "set var token ?"),
    "named like a credential": ("mine.token", "set var mine.token sesame98"),
    "from the environment": ("token", "set var token env:MINE"),
    "filled from a secret": ("plain", "set var pw sesame98", "set var plain {{pw}}"),
    "in a text": ("plain", "set var pw sesame98", "set var plain 'a {{pw}} b'"),
}


@pytest.fixture
def secret(shell, monkeypatch) -> str:
    monkeypatch.setenv("MINE", "sesame98")
    shell.answers = ["sesame98"]
    return "sesame98"


@pytest.mark.parametrize(("name", "lines"), [(held[0], held[1:]) for held in HELD.values()], ids=HELD)
@pytest.mark.parametrize(
    "text",
    ["GET /echo?q={{NAME}}\n", "curl -x http://127.0.0.1:9 http://bank.example/x -H 'X-A: {{NAME}}'\n"],
    ids=["a parameter", "a proxy"],
)
def test_a_secret_variable_of_the_shell_is_not_given_to_a_file(text, name, lines, shell, secret, tmp_path) -> None:
    (tmp_path / "f.http").write_text(text.replace("NAME", name))
    told = " ".join(shown(shell.run(*lines, "replay f.http")).split())

    assert (
        f"No variable '{name}' in the file; the shell has a secret of this name, but does not give it to files" in told
    )
    assert f"--var {name}={{{{{name}}}}}" in told
    assert shell.context.last is None
    assert secret not in told


@pytest.mark.parametrize(("name", "lines"), [(held[0], held[1:]) for held in HELD.values()], ids=HELD)
def test_a_secret_variable_that_the_line_names_is_given_and_redacted(name, lines, shell, secret, tmp_path) -> None:
    (tmp_path / "f.http").write_text(f"# @expect status 201\nGET /echo\nX-A: {{{{{name}}}}}\n")
    shell.run(*lines)
    told = shown(shell.run(f"replay f.http --var {name}={{{{{name}}}}}"))

    assert any(secret in reveal(field.value) for field in shell.context.last.outgoing.headers)
    assert secret not in told


def test_a_secret_variable_that_the_file_defines_itself_is_that_of_the_file(shell, tmp_path: Path) -> None:
    (tmp_path / "f.http").write_text(
        "# @capture token status\nGET /ping\n###\n@mine.token = 7\nGET /echo?x={{token}}&y={{mine.token}}\n"
    )
    shell.run("set var token sesame98", "set var mine.token sesame98", "replay f.http")

    assert shell.context.last.outgoing.url.query == "x=200&y=7"


def test_a_value_of_the_environment_in_place_of_a_secret_of_the_shell_is_told(shell, tmp_path: Path) -> None:
    (tmp_path / "http-client.env.json").write_text('{"dev": {"token": "theirs"}}')
    (tmp_path / "f.http").write_text("GET /echo?x={{token}}\n")
    told = shown(shell.run("set var token sesame98", "set option env dev", "replay f.http"))

    assert shell.context.last.outgoing.url.query == "x=theirs"
    assert "'token' is not the secret of the shell; to use the secret of the shell, add --var token={{token}}" in told


def test_a_capture_with_a_name_of_a_credential_is_not_given_to_another_file(shell, tmp_path: Path) -> None:
    (tmp_path / "f.http").write_text("### in\n# @capture token status\nGET /ping\n\n### on\nGET /echo?x={{token}}\n")
    (tmp_path / "g.http").write_text("GET /echo?y={{token}}\n")

    told = shown(shell.run("replay f.http in", "replay g.http"))
    assert "No variable 'token' in the file; the shell has a secret" in told

    shell.run("replay f.http on")
    assert shell.context.last.outgoing.url.query == "x=200"
    shell.run("replay g.http --var token={{token}}")
    assert shell.context.last.outgoing.url.query == "y=200"


def test_the_last_response_is_not_given_to_a_file(shell, tmp_path: Path) -> None:
    (tmp_path / "f.http").write_text("GET /echo?x={{last.status}}\n")

    assert "No variable 'last.status'" in shown(shell.run("get /ping", "replay f.http"))


def test_a_sandboxed_replay_does_not_know_the_variables_of_the_shell(shell, tmp_path: Path) -> None:
    (tmp_path / "f.http").write_text("GET /echo?x={{x}}\n")
    outputs = shell.run("set var x 5", "replay f.http --sandbox")

    assert "No variable 'x'" in shown(outputs)


FLOW = (
    "### in\n# @capture token = body $.path\nGET /echo?a=1\n\n### make\n# @capture id status\nGET /ping\n\n"
    "### use\nGET /echo?id={{id}}&x=1\nX-A: {{token}}\n\n### none\nGET /ping\n"
)


@pytest.fixture
def replayed(shell, tmp_path: Path):
    """A shell that has replayed a file with two captures, one of them a credential by its name."""
    (tmp_path / "f.http").write_text(FLOW)
    assert "earlier replay" not in shell.say("replay f.http")
    return shell


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("replay f.http use", "id, token"),
        ("replay f.http 3..4", "id, token"),
        ("replay f.http 2..3", "token"),
        ("replay f.http use --var id=5", "token"),
    ],
)
def test_a_replay_tells_which_values_it_has_from_an_earlier_one(replayed, line: str, names: str) -> None:
    assert f"uses captures of an earlier replay: {names}; to remove one: unset var NAME" in replayed.say(line)


@pytest.mark.parametrize("line", ["replay f.http", "replay f.http none", "replay f.http 1..4"])
def test_it_tells_nothing_where_it_has_none(replayed, line: str) -> None:
    assert "earlier replay" not in replayed.say(line)


def test_a_captured_variable_can_be_unset(replayed) -> None:
    assert replayed.say("unset var token") == "removed captured var token\n"
    assert "token" not in replayed.say("show vars")
    assert "id" in replayed.say("show vars")
    assert "Undefined" in replayed.fail("get /echo?x={{token}}")


def test_all_are_unset_with_those_of_the_session(replayed) -> None:
    replayed.say("set var mine 1")

    said = replayed.say("unset var *")

    assert sorted(said.splitlines()) == ["removed captured var id", "removed captured var token", "removed var mine"]
    assert "no var" in replayed.say("unset var *")


@pytest.mark.parametrize("line", ["reset var", "reset"])
def test_reset_drops_them(replayed, line: str) -> None:
    assert "removed" in replayed.say(line)
    assert replayed.context.captures == {}


def test_a_misspelt_one_gets_a_hint(replayed) -> None:
    assert "Did you mean 'token'?" in replayed.fail("unset var tokn")


def test_nothing_is_unset_if_one_name_is_unknown(replayed) -> None:
    replayed.fail("unset var token nonsense")

    assert "token" in replayed.context.captures


def test_undo_takes_back_a_whole_sourced_file(shell, tmp_path: Path) -> None:
    (tmp_path / "inner").write_text("set header X-B 2\nset var v 1\n")
    (tmp_path / "setup").write_text("set header X-A 1\nset query q 1\nsource inner\nset cookie c 1\nget /ping\n")
    shell.run("set header X-Z 9", "source setup")

    undone = shell.say("undo")

    assert [line.split()[2] for line in undone.splitlines()] == ["cookie", "var", "header", "query", "header"]
    assert "X-Z" in shell.say("show session")
    shell.say("redo")
    assert "X-B" in shell.say("show session")
    shell.say("undo", "undo")
    assert "X-Z" not in shell.say("show session")


def test_so_it_does_with_the_lines_before_an_error(shell, tmp_path: Path) -> None:
    (tmp_path / "setup").write_text("set header X-A 1\nset query q 1\nnonsense\nset var v 1\n")
    shell.run("source setup", "undo")

    assert "X-A" not in shell.say("show session")
    assert "Nothing to undo" in shell.fail("undo")


def test_an_undo_within_the_file_is_its_own(shell, tmp_path: Path) -> None:
    (tmp_path / "setup").write_text("set header X-A 1\nundo\nset header X-B 1\nset header X-C 1\n")
    shell.run("set header X-Z 9", "source setup", "undo")

    assert [name for name in ("X-A", "X-B", "X-C", "X-Z") if name in shell.say("show session")] == ["X-Z"]


def test_a_session_that_the_file_loads_is_left_by_undo(shell, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    shell.run("set header X-S 1", "save session work", "unset session work", "reset header", "save session other")
    shell.run("set header X-O 1", "save session work", "reset header", "save session other --force")
    (tmp_path / "setup").write_text("set var v 1\nload session work\nset var w 1\n")
    shell.say("source setup")
    assert shell.context.session_file.name == "work"

    shell.say("undo")

    assert shell.context.session_file.name == "other"
    assert shell.context.session.vars == {}
