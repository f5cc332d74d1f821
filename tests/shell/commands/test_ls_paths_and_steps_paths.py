"""`ls`."""

from __future__ import annotations

from pathlib import Path

from callbox.shell.completion.completion_context_builder import build_context


def test_what_was_asked_for_is_listed(shell) -> None:
    shell.run("get /books/1", "get /ping", "get /status/404")

    said = shell.say("ls")

    assert [line.split() for line in said.splitlines()[1:]] == [["books/"], ["ping", "GET", "200"], ["status/"]]


def test_a_path_is_listed(shell) -> None:
    shell.run("get /books/1", "delete /status/204", "get /status/204")

    assert "204   DELETE 204, GET 204" in shell.say("ls /status")


def test_urls_in_responses_are_listed(shell) -> None:
    shell.run("get /")
    shell.context.completion = build_context(shell.context)

    assert "books" in shell.say("ls")


def test_what_was_asked_of_another_origin_is_not_listed(shell, api) -> None:
    shell.run("get /books/1", "get /redirect/2 --no-follow", f"cd http://localhost:{api.port}")
    shell.context.completion = build_context(shell.context)

    assert shell.say("ls").startswith("nothing is known below / yet")
    assert f"{api.url}/books/1" in [target.name for target in shell.context.completion.targets]
    assert f"{api.url}/redirect/1" in [target.name for target in shell.context.completion.targets]


def test_a_path_below_a_base_is_offered_as_it_would_be_typed_now(shell) -> None:
    shell.run("cd books", "get 1")
    assert "1" in [target.name for target in build_context(shell.context).targets]

    shell.run("cd /")

    assert "/books/1" in [target.name for target in build_context(shell.context).targets]


def test_an_empty_listing_is_reported(shell) -> None:
    assert shell.say("ls /nowhere").startswith("nothing is known below /nowhere yet")


def test_the_requests_of_a_script_are_listed(shell, tmp_path: Path) -> None:
    (tmp_path / "flow.http").write_text("### first\nGET /ping\n\n### second\nPOST /echo\n")

    said = shell.say("ls flow.http")

    assert "first" in said
    assert "POST" in said


def test_a_script_that_is_not_there_is_one_line(shell) -> None:
    assert shell.fail("ls nope.http") == "No such file: nope.http"


def test_numbers_are_listed_by_their_value(shell) -> None:
    shell.run(*(f"get /books/{number}" for number in (10, 9, 1)), "get /books/all")

    assert [line.split()[0] for line in shell.say("ls /books").splitlines()[1:]] == ["1", "9", "10", "all"]
