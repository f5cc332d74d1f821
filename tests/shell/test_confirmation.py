"""A changing request for a path of which only longer paths are known for its method: the shell asks at a prompt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from tests.support.server import Recorder, Request, make_response

from callbox.shell.completion.completion_context_builder import ContextBuilder

FINE = {"responses": {"200": {"description": "fine"}}}
PATHS = {
    "/pets/": {"get": FINE, "post": FINE},
    "/pets/{id}": {"get": FINE, "delete": FINE, "put": FINE, "patch": FINE},
    "/pets/{id}/toys": {"get": FINE},
    "/carts": {"delete": FINE, "put": FINE},
    "/carts/{id}": {"delete": FINE, "put": FINE},
    "/auth/token": {"post": FINE},
}
DESCRIPTION = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": PATHS}
BOOKS = [{"id": 7, "title": "Emma"}, {"id": 8, "title": "Dune"}]
ONLY_LONGER = ["delete /pets/", "delete /pets", "put /pets/ name=x", "patch /pets/ name=x", "DELETE /pets/", "delete /"]


def _respond(request: Request) -> bytes:
    method = request.line.partition(" ")[0]
    if "refused" in request.path:
        return make_response(status=405)
    if method == "GET" and request.path.rstrip("/") == "/books":
        return make_response(json.dumps(BOOKS).encode(), "Content-Type: application/json")
    if method == "GET" and request.path == "/me":
        return make_response(b'{"name": "kim", "orders": "/me/orders"}', "Content-Type: application/json")
    return make_response(b"{}", "Content-Type: application/json")


@pytest.fixture
def server(shell) -> Iterator[Recorder]:
    with Recorder(_respond) as server:
        shell.context.session.base_url = server.url
        shell.context.is_typed = True
        shell.answers = ["n"] * 9
        yield server


def _learn(shell) -> None:
    """Let the shell take facts from its requests, as it does before each prompt."""
    shell.context.completion = ContextBuilder(shell.context).build()


def _changes(server: Recorder) -> list[str]:
    lines = [one.line.rpartition(" ")[0] for one in server.seen]
    return [line for line in lines if not line.startswith("GET ")]


@pytest.mark.parametrize("line", [*ONLY_LONGER, "send DELETE /pets/", "delete '/pets/?name=x'", "delete /pets/ X-A:1"])
def test_a_prompt_asks_if_only_longer_paths_are_described(shell, server, line: str) -> None:
    shell.describe(DESCRIPTION)

    assert "Nothing was sent" in shell.fail(line)
    assert " itself? " in shell.asked[0][0]
    assert server.seen == []


@pytest.mark.parametrize(
    "line",
    [
        "curl -X DELETE {base}/pets/",
        "curl -X PATCH {base}/pets/ -d a=1",
        "http DELETE {base}/pets/",
        "delete {base}/pets/",
        "preview delete /other",
    ],
)
def test_lines_of_other_tools_and_whole_urls_are_no_exception(shell, server, line: str) -> None:
    shell.describe(DESCRIPTION)

    shell.run(line.format(base=server.url))

    assert len(shell.asked) == (not line.startswith("preview"))
    assert server.seen == []


def test_the_editor_asks_nothing(shell, server) -> None:
    shell.describe(DESCRIPTION)
    shell.context.ports = shell.context.ports._replace(edit=lambda text, suffix, is_secret: nullcontext(text))

    shell.run("delete /pets/ --edit")

    assert shell.asked == []


def test_a_yes_sends_it(shell, server) -> None:
    shell.describe(DESCRIPTION)
    shell.answers = ["y"]

    shell.record("delete /pets/")

    assert shell.asked[0][0].startswith(f"DELETE {server.url}/pets/ itself? ")
    assert _changes(server) == ["DELETE /pets/"]


@pytest.mark.parametrize(
    "line",
    [
        "delete /pets/35", "delete /pets/35/", "put /pets/35 a=1", "delete /carts", "put /carts a=1", "post /pets/ a=1",
        "delete /pets/35/toys", "delete /other", "get /pets/", "post /auth", "delete /auth/token",
    ],
)  # fmt: skip
def test_other_paths_of_a_description_are_sent_at_once(shell, server, line: str) -> None:
    shell.describe(DESCRIPTION)

    shell.record(line)

    assert shell.asked == []


def test_below_the_base_it_asks_too(shell, server) -> None:
    shell.describe(DESCRIPTION)
    shell.run("cd /pets")

    assert "Nothing was sent" in shell.fail("delete .")
    assert "Nothing was sent" in shell.fail("delete ./")
    assert server.seen == []


@pytest.mark.parametrize(
    "line", ["delete /books", "delete /books/", "put /books a=1", "patch /books/", "delete ./books"]
)
def test_a_prompt_asks_for_a_list_that_was_seen(shell, server, line: str) -> None:
    shell.run("get /books")
    _learn(shell)

    assert "Nothing was sent" in shell.fail(line)
    assert _changes(server) == []


@pytest.mark.parametrize(
    "line", ["delete /books/7", "post /books a=1", "delete /other", "patch /me a=1", "put /me a=1"]
)
def test_other_paths_that_were_seen_are_sent_at_once(shell, server, line: str) -> None:
    shell.run("get /books", "get /books/7", "get /me")
    _learn(shell)

    shell.record(line)

    assert shell.asked == []


def test_a_resource_with_paths_below_it_is_not_deleted_at_once(shell, server) -> None:
    shell.run("get /me")
    _learn(shell)

    assert "Nothing was sent" in shell.fail("delete /me")


@pytest.mark.parametrize("line", ["delete /books", "put /books a=1"])
def test_what_was_seen_to_work_is_sent_at_once(shell, server, line: str) -> None:
    shell.answers = ["y"]
    for one in ("get /books", line, "get /books", line, "again"):
        shell.run(one)
        _learn(shell)

    assert len(shell.asked) == 1
    assert len(_changes(server)) == 3


def test_without_any_knowledge_it_is_sent_at_once(shell, server) -> None:
    _learn(shell)

    shell.record("delete /books")

    assert shell.asked == []


def test_a_repetition_asks_too(shell, server) -> None:
    shell.describe(DESCRIPTION)
    shell.context.is_typed = False
    shell.record("delete /pets/?refused")
    shell.context.is_typed = True

    assert "Nothing was sent" in shell.fail("again")
    assert _changes(server) == ["DELETE /pets/?refused"]


def test_a_script_is_not_asked(shell, server, tmp_path) -> None:
    shell.describe(DESCRIPTION)
    (tmp_path / "lines").write_text("delete /pets/\n")

    shell.record("source lines")
    shell.context.is_typed = False
    shell.record("delete /pets/")

    assert shell.asked == []
    assert _changes(server) == ["DELETE /pets/"] * 2


def test_a_saved_request_is_sent_at_once(shell, server) -> None:
    shell.describe(DESCRIPTION)
    shell.answers = ["y"]
    shell.run("delete /pets/", "save request all", "send all")

    assert len(shell.asked) == 1
    assert len(_changes(server)) == 2


def test_a_preview_asks_nothing(shell, server) -> None:
    shell.describe(DESCRIPTION)

    assert "DELETE" in shell.say("preview delete /pets/")


ALL_OF_A_KIND = {
    "unset history": "all requests of this shell and of earlier ones, and the typed lines",
    "unset session '*'": "all 1 saved sessions",
    "unset request '*'": "all 1 saved requests",
    "unset api '*'": "what is known of all APIs",
}


@pytest.mark.parametrize(("line", "what"), ALL_OF_A_KIND.items(), ids=ALL_OF_A_KIND)
def test_everything_of_one_kind_is_removed_only_after_a_yes(shell, line: str, what: str) -> None:
    shell.run("get /ping", "save request one", "save session work")
    shell.context.is_typed = True
    shell.answers = ["n"]

    refused = shell.run(line)

    assert shell.asked == [(f"Remove {what}? It cannot be undone. y or n", False)]
    assert refused[-1].error.message == "Nothing was removed"
    assert len(shell.context.history.items()) == 1
    shell.answers = ["y"]
    assert "Nothing" not in shell.say(line)


@pytest.mark.parametrize("line", ALL_OF_A_KIND)
def test_a_script_is_not_asked_before_a_removal(shell, line: str) -> None:
    shell.run("get /ping", "save request one", "save session work", line)

    assert shell.asked == []
