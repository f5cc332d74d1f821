"""Whom a credential is for: said when it is set, kept to where it goes, taken back by `undo`."""

from __future__ import annotations

import pytest

from callbox.exchange.secret import reveal

SECRET = "abcdefghijklmnopqrst"


@pytest.mark.parametrize(
    "line",
    [
        f"set auth bearer {SECRET}",
        f"set header X-Api-Key {SECRET}",
        f"set query api_key {SECRET}",
        "set option verify no",
    ],
    ids=["auth", "header", "query", "option"],
)
def test_what_was_bound_to_its_first_origin_can_be_undone(shell, api, line: str) -> None:
    shell.run("unset base", line, f"get {api.url}/ping")

    assert shell.say("undo").startswith("undid: set ")
    assert line.split(" ")[2] not in shell.say("show session")


def test_what_was_undone_comes_back_bound(shell, api) -> None:
    shell.run("unset base", f"set auth bearer {SECRET}", f"get {api.url}/ping", "undo", "redo")

    assert shell.say("show auth") == f"bearer ... ({api.url})\n"


def test_the_spelling_of_a_bound_header_is_kept(shell, api) -> None:
    outputs = shell.run("unset base", f"set header X-Api-Key {SECRET}", f"get {api.url}/ping")

    notes = [o.event.text for o in outputs if type(getattr(o, "event", None)).__name__ == "Note"]
    assert notes == [f"header X-Api-Key is now bound to {api.url}"]


@pytest.mark.parametrize("line", [f"set header X-Api-Key {SECRET}", f"set query api_key {SECRET}"])
def test_a_credential_for_every_origin_is_reported_so(shell, line: str) -> None:
    assert shell.say(f"{line} --everywhere").endswith("...  (sent to every origin)\n")


def test_a_cookie_without_a_base_wants_a_host(shell) -> None:
    shell.run("unset base")

    assert (
        shell.fail("set cookie sid 1")
        == "The cookie has no domain, and no base URL is set set base URL, or add domain=api.example.com"
    )
    assert shell.say("set cookie sid 1 domain=a.example").startswith("cookie sid=...; domain=a.example")


@pytest.mark.parametrize("noun", ["header X-Other", "query other"])
@pytest.mark.parametrize("name", ["token", "last.json.access_token"])
def test_what_is_filled_from_a_secret_stays_one(shell, api, noun: str, name: str) -> None:
    shell.run(f"set var token {SECRET}", f"post /echo access_token={SECRET}")
    if name != "token":
        name = "last.request.body.access_token"

    said = shell.say(f"set {noun} {{{{{name}}}}}")

    assert SECRET not in said
    assert said.endswith(f"...  (only sent to {api.url})\n")
    assert "?" in shell.say("show session").split("\n")[1]


FILLED_ITEMS = pytest.mark.parametrize("item", ["X-Other:{{token}}", "other=={{token}}"])


@FILLED_ITEMS
def test_an_item_that_is_filled_from_a_secret_is_redacted_before_it_is_sent(shell, item: str) -> None:
    shell.run(f"set var token {SECRET}")

    shown = shell.say(f"preview get /echo {item}")

    assert SECRET not in shown
    assert "..." in shown


@FILLED_ITEMS
def test_an_item_that_is_filled_from_a_secret_is_sent(shell, item: str) -> None:
    shell.run(f"set var token {SECRET}")

    assert SECRET.encode() in shell.body(f"get /echo {item}")


@FILLED_ITEMS
def test_an_item_that_is_filled_from_a_secret_is_redacted_afterwards(shell, item: str) -> None:
    shell.run(f"set var token {SECRET}", f"get /echo {item}")

    assert SECRET not in shell.say("show last request", "show history", "preview again")


@FILLED_ITEMS
def test_an_item_that_is_filled_from_a_secret_is_shown_on_demand(shell, item: str) -> None:
    shell.run(f"set var token {SECRET}", f"get /echo {item}")

    assert SECRET in shell.say("preview again --reveal")


def test_what_stays_behind_is_named(shell) -> None:
    shell.run(f"set auth bearer {SECRET}", f"set query api_key {SECRET}", "set option verify no")

    assert "(auth and 1 query parameter and 1 option stay with http://" in shell.say("cd https://b.example")


@pytest.mark.parametrize(
    "typed",
    [
        f"get /echo Authorization:{SECRET}",
        f"get /echo --auth ann:{SECRET}",
        f"get echo?a=1 api_key=={SECRET}",
        f"post /echo password={SECRET}",
    ],
)
@pytest.mark.parametrize("moves", ["cd http://localhost:{}", "cd /books", "unset base"])
def test_again_goes_to_the_url_of_the_request(shell, api, typed: str, moves: str) -> None:
    shell.run(typed, moves.format(api.port))
    first = shell.context.history.get(-1).outgoing

    shell.say("again")

    sent = shell.context.history.get(-1).outgoing
    assert (sent.url, sent.method, sent.content) == (first.url, first.method, first.content)
    assert [(field.name, reveal(field.value)) for field in sent.headers] == [
        (field.name, reveal(field.value)) for field in first.headers
    ]


def test_again_says_the_url_of_the_request(shell, api) -> None:
    shell.run("post /echo a=1", f"cd http://localhost:{api.port}")

    assert shell.say("again").splitlines()[0] == f"again: POST {api.url}/echo"
    assert f"Host: {api.url.removeprefix('http://')} " in shell.say("preview again 1")


def test_again_sends_credentials_of_the_session_to_their_origin(shell, api) -> None:
    shell.run(f"set auth bearer {SECRET}", "get /echo", f"cd http://localhost:{api.port}", "again")

    assert f"Bearer {SECRET}" in [reveal(field.value) for field in shell.context.history.get(-1).outgoing.headers]


def test_again_at_home_sends_all_of_it(shell) -> None:
    shell.run(f"get /echo Authorization:{SECRET}", "cd books", "again")

    assert SECRET in [reveal(f.value) for f in shell.context.history.get(-1).outgoing.headers]


@pytest.mark.parametrize(
    "held", ["set auth bearer hunter22", "set header X-Api-Key hunter22", "set query token hunter22"]
)
@pytest.mark.parametrize("said", ["GET {url}/echo", "curl {url}/echo", "### a\n# @no-log\nGET {url}/echo\nAccept: */*"])
def test_file_does_not_choose_for_whom_a_waiting_credential_is(shell, api, tmp_path, held, said) -> None:
    shell.say("unset base")
    (tmp_path / "evil.http").write_text(said.format(url=api.other_url))
    shell.say(held)
    said = shell.say(f"replay {tmp_path / 'evil.http'}")

    assert b"hunter22" not in shell.context.last.body
    assert "a file cannot bind credentials to an origin" in said
    assert b"hunter22" in shell.body(f"get {api.url}/echo")
    assert b"hunter22" not in shell.body(f"get {api.other_url}/echo")


def test_again_of_a_file_does_not_choose_for_whom_a_waiting_credential_is(shell, api, tmp_path) -> None:
    shell.say("unset base")
    (tmp_path / "evil.http").write_text(f"GET {api.other_url}/echo")
    shell.run("set auth bearer hunter22", f"replay {tmp_path / 'evil.http'}", "again")

    assert b"hunter22" not in shell.context.last.body


def test_file_whose_url_is_joined_to_the_base_gets_a_waiting_credential(shell, api, tmp_path) -> None:
    (tmp_path / "mine.http").write_text("GET /echo")
    shell.run("unset base", "set auth bearer hunter22", f"set base {api.url}", f"replay {tmp_path / 'mine.http'}")

    assert b"hunter22" in shell.context.last.body


def test_a_credential_that_takes_the_place_of_another_is_named(shell) -> None:
    shell.say("set auth bearer letmein")

    assert shell.say("set auth apikey X-Key k-123").rstrip().endswith(", in place of bearer")
    assert "in place of" not in shell.say("set auth apikey X-Key k-456")
