"""`ls`."""

from __future__ import annotations

from pathlib import Path

from callbox.shell.knowing import know


def test_what_was_asked_for_is_listed(shell) -> None:
    shell.run("get /books/1", "get /ping", "get /status/404")

    said = shell.say("ls")

    assert [line.split() for line in said.splitlines()[1:]] == [["books/"], ["ping", "GET", "200"], ["status/"]]


def test_a_path_is_listed(shell) -> None:
    shell.run("get /books/1", "delete /status/204", "get /status/204")

    assert "204   DELETE 204, GET 204" in shell.say("ls /status")


def test_what_answers_named_is_listed(shell) -> None:
    shell.run("get /")
    shell.world.known = know(shell.world)

    assert "books" in shell.say("ls")


def test_nothing_known_is_said(shell) -> None:
    assert shell.say("ls /nowhere").startswith("nothing is known below /nowhere yet")


def test_the_requests_of_a_script_are_listed(shell, tmp_path: Path) -> None:
    (tmp_path / "flow.http").write_text("### first\nGET /ping\n\n### second\nPOST /echo\n")

    said = shell.say("ls flow.http")

    assert "first" in said
    assert "POST" in said


def test_a_script_that_is_not_there_is_one_line(shell) -> None:
    assert shell.fail("ls nope.http") == "No such file: nope.http"
