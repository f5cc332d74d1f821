"""Keys in the menu of completions: folders go on with what is in them, and an unfinished path is not sent."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from tests.support.server import Recorder, Request, make_response

from callbox.practice import Practice

OPERATION = {"responses": {"200": {"description": "fine"}}}
PATHS = {path: {"post": OPERATION} for path in ("/auth/token", "/auth/refresh", "/echo")}
DESCRIPTION = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": PATHS}
NAMED = {"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}}}
CREATE = {"requestBody": {"content": {"application/json": {"schema": NAMED}}}} | OPERATION
FIND = {"parameters": [{"name": "q", "in": "query", "required": True, "schema": {"type": "string"}}]} | OPERATION


def test_a_folder_goes_on_with_what_is_in_it(terminal, api: Practice, tmp_path: Path) -> None:
    (tmp_path / "described.json").write_text(json.dumps(DESCRIPTION))
    shell = terminal(api.url)
    shell.type("import openapi described.json")
    shell.send("post ")
    shell.see("2 POST below")

    shell.send("\t")
    shell.see("post /auth/")
    shell.send("\r")
    shell.see("/auth/refresh")  # its menu, without a key
    shell.send("/")
    shell.see("/auth/token")  # and no second slash
    shell.send("\r")
    shell.see("post /auth/token")  # the first row; nothing was sent
    shell.send("\r")
    shell.send("\t")
    shell.see("Accept:")  # one blank, and the menu of the next word

    assert "HTTP/1.1" not in "\n".join(shell.rows)
    assert any(row.endswith("> post /auth/token") for row in shell.rows)


def test_a_row_for_a_parameter_is_shown_and_inserts_nothing(terminal, api: Practice, tmp_path: Path) -> None:
    described = DESCRIPTION | {"paths": {"/status/{code}": {"get": OPERATION | {"summary": "Answer with a status"}}}}
    (tmp_path / "described.json").write_text(json.dumps(described))
    shell = terminal(api.url)
    shell.type("import openapi described.json")
    shell.send("get /status/")
    shell.see("Answer with a status")  # the only row of the menu

    shell.send("\t")
    shell.send("\t")
    shell.send("204")
    shell.send("\r")
    shell.see("HTTP/1.1 204")

    assert any(row.endswith("> get /status/204") for row in shell.rows)


def test_tab_highlights_nothing_in_a_menu_that_inserts_nothing(terminal, api: Practice, tmp_path: Path) -> None:
    described = DESCRIPTION | {"paths": {"/books/": {"get": OPERATION}, "/books/{id}": {"get": OPERATION}}}
    (tmp_path / "described.json").write_text(json.dumps(described))
    shell = terminal(api.url)
    shell.type("import openapi described.json")
    shell.send("get /books/")
    shell.see("to be typed")

    shell.send("\t")
    shell.send("\t")
    shell.send("\r")

    shell.see("HTTP/1.1 ")


@pytest.mark.parametrize(
    ("keys", "line", "asked"),
    [
        ("get /boo\t", "get /books/", False),
        ("get /boo\t\x7f/", "get /books/", False),
        ("delete /boo\t", "delete /books/", True),
        ("patch /boo\t", "patch /books/", True),
    ],
)
def test_enter_without_a_highlighted_row_sends_the_line_as_it_is(
    terminal, api: Practice, tmp_path: Path, keys: str, line: str, asked: bool
) -> None:
    item = {"get": OPERATION, "delete": OPERATION, "patch": OPERATION}
    paths = {"/books/": {"get": OPERATION}, "/books/{id}/": item, "/books/newest/": item}
    (tmp_path / "described.json").write_text(json.dumps(DESCRIPTION | {"paths": paths}))
    shell = terminal(api.url)
    shell.type("import openapi described.json")
    shell.send(keys)
    shell.see("/books/newest/")  # the menu of the folder

    shell.send("\r")
    if asked:
        shell.see(" itself? ")
        shell.send("n\r")
        shell.see("Nothing was sent")
    else:
        shell.see("HTTP/1.1 ")

    assert any(row.endswith(f"> {line}") for row in shell.rows)


def test_tab_after_a_path_with_a_slash_at_its_end_offers_the_fields(terminal, api: Practice, tmp_path: Path) -> None:
    paths = {"/books/{id}/": {"get": OPERATION, "patch": CREATE}, "/books/": {"get": OPERATION}}
    (tmp_path / "described.json").write_text(json.dumps(DESCRIPTION | {"paths": paths}))
    shell = terminal(api.url)
    shell.type("import openapi described.json")

    shell.send("patch /books/7/\t")

    shell.see("title=")
    assert any(row.endswith("> patch /books/7/") for row in shell.rows)


def test_a_path_that_is_accepted_is_whole_although_a_longer_name_begins_like_it(terminal) -> None:
    with Recorder(lambda request: make_response(b"{}")) as server:
        shell = terminal(server.url)
        shell.type("get /a/10")
        shell.type("get /a/1 wide==2")
        shell.send("get /a/")
        shell.see("GET, seen #1")  # the second row of the menu

        shell.send("\t")
        shell.see("> get /a/1")
        shell.send("\r")
        shell.send("\t")

        shell.see("query, seen #2")


def test_a_path_that_is_chosen_again_is_whole(terminal, api: Practice, tmp_path: Path) -> None:
    paths = {"/find": {"get": FIND}, "/find/{id}": {"get": OPERATION}, "/findings": {"get": OPERATION}}
    (tmp_path / "described.json").write_text(json.dumps(DESCRIPTION | {"paths": paths}))
    shell = terminal(api.url)
    shell.type("import openapi described.json")
    shell.send("get /find")
    shell.see("/findings")

    shell.send("\t")  # highlights /find
    shell.see("1 more GET below")
    shell.send("\r")
    shell.send("\t")

    shell.see("q==")
    assert any(row.endswith("> get /find") for row in shell.rows)


def test_slash_behind_the_only_completion_adds_no_second_one(terminal, api: Practice, tmp_path: Path) -> None:
    (tmp_path / "described.json").write_text(json.dumps(DESCRIPTION))
    shell = terminal(api.url)
    shell.type("import openapi described.json")

    shell.send("post /au\t")
    shell.see("/auth/refresh")  # the folder, and its menu
    shell.send("/t\t")

    shell.see("post /auth/token")


def test_tab_before_the_description_is_found_is_made_good(terminal, tmp_path: Path) -> None:
    """The server holds the description back until Tab was pressed."""
    asked, answers = threading.Event(), threading.Event()

    def respond(request: Request) -> bytes:
        asked.set()
        answers.wait(60)
        if request.path != "/openapi.json":
            return make_response(status=404)
        return make_response(json.dumps(DESCRIPTION).encode(), "Content-Type: application/json")

    with Recorder(respond) as server:
        shell = terminal(server.url, CALLBOX_DISCOVER="auto")
        shell.prompted()
        shell.send("post /au\t")
        shell.see("post /au")
        shell.until(lambda _: asked.is_set(), "a request for a description")
        answers.set()

        shell.see("found the description")
        shell.see("2 POST below")  # the row of /auth/


def test_an_open_menu_shows_the_description_that_is_found(terminal, tmp_path: Path) -> None:
    """The server holds the description back until the menu of the seen paths is open."""
    answers = threading.Event()

    def respond(request: Request) -> bytes:
        if request.path == "/auth/seen":
            return make_response(b"{}")
        answers.wait(60)
        if request.path != "/openapi.json":
            return make_response(status=404)
        return make_response(json.dumps(DESCRIPTION).encode(), "Content-Type: application/json")

    with Recorder(respond) as server:
        shell = terminal(server.url, CALLBOX_DISCOVER="auto")
        shell.type("post /auth/seen")
        shell.send("post /au")
        shell.see("seen #1")  # the menu, which opens by itself
        answers.set()

        shell.see("found the description")
        shell.see("2 POST below")  # the row of /auth/


@pytest.mark.parametrize(
    ("typed", "completed", "offered"), [("po", "post", "/books"), ("set", "set", "cookie"), ("PAT", "PATCH", "/books")]
)
def test_tab_takes_the_only_command_that_begins_like_the_word(
    terminal, api: Practice, typed: str, completed: str, offered: str
) -> None:
    shell = terminal(api.url)
    shell.type("get /books")
    shell.send(typed)

    shell.send("\t")
    shell.until(lambda _: any(row.endswith(f"> {completed}") for row in shell.rows), completed)
    if typed != completed:
        shell.send("\t")

    shell.see(offered)


def test_tab_takes_the_only_row_of_an_open_menu_and_goes_on(terminal, api: Practice) -> None:
    shell = terminal(api.url)
    shell.send("set b")
    shell.see("base")  # the menu, which opens by itself

    shell.send("\t")
    shell.send("\t")
    shell.send("http://127.0.0.1:9/")

    shell.see("set base http://127.0.0.1:9/")


def test_enter_behind_a_completed_name_without_a_value_is_sent_at_the_second_time(terminal, api: Practice) -> None:
    shell = terminal(api.url)
    shell.type("get /echo wide==2")
    shell.type("get /ping")
    shell.send("get /echo wi")
    shell.see("query")  # the menu, which opens by itself

    shell.send("\t")
    shell.see("> get /echo wide==")
    shell.send("\r")
    shell.see("seen")  # the menu of the values; nothing was sent
    shell.send("3\r")
    shell.type("show history")

    shell.see("/echo?wide=3 ")
    assert not any(row.rstrip().endswith("/echo?wide= 200") for row in shell.rows)


@pytest.mark.parametrize(
    ("typed", "completed", "offered"),
    [
        ("post /bo\t", "post /books", "title="),
        ("get /fi\t", "get /find", "q=="),
        ("post /bo\t note=1", "", ""),
        ("put /bo\t", "put /books", ""),
    ],
)
def test_enter_behind_a_completed_path_offers_the_fields_that_the_request_needs(
    terminal, api: Practice, tmp_path: Path, typed: str, completed: str, offered: str
) -> None:
    paths = {"/books": {"post": CREATE, "put": OPERATION}, "/find": {"get": FIND}}
    (tmp_path / "described.json").write_text(json.dumps(DESCRIPTION | {"paths": paths}))
    shell = terminal(api.url)
    shell.type("import openapi described.json")

    shell.send(typed)
    shell.see(completed or "post /books note=1")
    shell.send("\r")
    if offered:
        shell.see(offered)
        assert "HTTP/1.1" not in shell.text
        shell.send("\r")

    shell.see("HTTP/1.1 4")
