"""A request of a changing method with neither a path nor a body, and `-h` behind a command alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.server import OK, Recorder

from callbox.shell.registry import COMMANDS, VERBS

BARE = ["post", "put", "patch", "delete", "DELETE", "send POST", "send PURGE", "send delete", "delete -v", "post X-A:1"]
SAFE = ["get", "head", "options", "send OPTIONS", "send PROPFIND", "send QUERY", "get X-A:1"]
WITH_BODY = ["post title=x", 'put {"a":1}', "patch --body x", "post --json", "send PURGE a=1"]


@pytest.fixture
def base(shell) -> Iterator[Recorder]:
    with Recorder(lambda request: OK) as server:
        shell.context.session.base_url = f"{server.url}/items/7"
        yield server


@pytest.mark.parametrize("line", [*BARE, "delete a=1", "delete {{empty}}", "delete ''", "delete id==7"])
def test_a_script_sends_none(shell, base, line: str) -> None:
    shell.run("set var empty ''")

    said = shell.fail(line)

    assert "A path is missing after" in said
    assert "as in: " in said
    assert base.seen == []


@pytest.mark.parametrize("line", BARE)
def test_a_prompt_asks_first(shell, base, line: str) -> None:
    shell.context.is_typed, shell.answers = True, ["y"]

    shell.record(line)

    question, is_secret = shell.asked[0]
    assert f" {base.url}/items/7 " in f" {question} "
    assert not is_secret
    assert len(base.seen) == 1


@pytest.mark.parametrize("reply", ["n", "no", "x", "/other"])
def test_only_a_yes_sends_it(shell, base, reply: str) -> None:
    shell.context.is_typed, shell.answers = True, [reply]

    assert "Nothing was sent" in shell.fail("delete")
    assert base.seen == []


def test_a_sourced_file_is_a_script(shell, base, tmp_path: Path) -> None:
    shell.context.is_typed = True
    (tmp_path / "lines").write_text("delete\n")

    assert "A path is missing" in shell.fail("source lines")


def test_the_question_shows_no_secret(shell, base) -> None:
    shell.context.is_typed, shell.answers = True, ["n"]
    shell.context.session.base_url = f"{base.url}/x?token=hunter2"

    shell.fail("delete")

    assert "hunter2" not in shell.asked[0][0]


@pytest.mark.parametrize("line", [*SAFE, *WITH_BODY, "delete /x", "delete .", "delete ?a=1"])
def test_others_are_sent_at_once(shell, base, line: str) -> None:
    shell.record(line)

    assert len(base.seen) == 1


def test_a_preview_asks_nothing(shell, base) -> None:
    assert "DELETE" in shell.say("preview delete")


def test_a_saved_request_for_the_base_is_sent(shell, base) -> None:
    shell.context.is_typed, shell.answers = True, ["y"]
    shell.run("delete", "save request gone", "send gone")

    assert len(base.seen) == 2
    assert len(shell.asked) == 1


@pytest.mark.parametrize("flag", ["-h", "--help"])
@pytest.mark.parametrize("words", [c.name for c in COMMANDS if c.words not in (("!",), ("help",))])
def test_a_command_and_h_is_help(shell, base, words: str, flag: str) -> None:
    assert shell.say(f"{words} {flag}") == f"help {words}\n" + shell.say(f"help {words}")
    assert base.seen == []


@pytest.mark.parametrize("verb", [verb for verb, nouns in VERBS.items() if nouns])
def test_so_it_is_behind_a_verb_without_its_noun(shell, verb: str) -> None:
    assert shell.say(f"{verb} -h") == f"help {verb}\n" + shell.say(f"help {verb}")


def test_an_alias_and_other_letters(shell) -> None:
    assert shell.say("Delete -h").endswith(shell.say("help delete"))
    assert shell.say("quit -h").endswith(shell.say("help exit"))


def test_it_may_be_redirected(shell, base, tmp_path: Path) -> None:
    shell.run("delete -h > out")

    assert "delete" in (tmp_path / "out").read_text()
    assert base.seen == []


@pytest.mark.parametrize("line", ["get . -h", "get -h X-A:1", "get --headers", "delete /x -h"])
def test_with_other_words_it_prints_headers(shell, base, line: str) -> None:
    shell.record(line)
