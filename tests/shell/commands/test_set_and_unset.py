"""`set`, `unset` and `show` of every noun: what they say and what they hold."""

from __future__ import annotations

import pytest

from callbox.practice import Practice


def test_set_header_is_repeated_and_goes_along(shell) -> None:
    said = shell.say("set header X-Test true")

    assert said == "header X-Test: true\n"
    assert b'"X-Test"' in shell.body("get /echo")


def test_set_header_replaces_all_values_unless_added(shell) -> None:
    shell.say("set header X-A one", "set header x-a two", "set header X-A three --add")

    assert shell.context.session.entries("header")["x-a"].values == ("two", "three")


def test_words_of_a_header_value_are_joined(shell) -> None:
    assert shell.say("set header Accept-Language en, de") == "header Accept-Language: en, de\n"


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("set header X-A 'Note: x'", "Note: x"),
        ("set header X-A: Note: x", "Note: x"),
        ("set header X-A a:b", "a:b"),
        ("set header X-A one two: x", "one two: x"),
    ],
)
def test_value_of_a_header_may_have_a_colon(shell, line: str, value: str) -> None:
    assert shell.say(line).endswith(f"header X-A: {value}\n")


@pytest.mark.parametrize("lines", [("unset header Accept",), ("set header Accept text/csv", "unset header accept")])
def test_removed_built_in_header_is_said_with_the_way_back(shell, lines: tuple[str, ...]) -> None:
    said = shell.say(*lines)

    assert (
        "the built-in Accept is not sent, either; to send it: set header Accept 'application/json, */*;q=0.5'" in said
    )
    assert b'"Accept"' not in shell.body("get /echo")
    shell.say(said.partition("to send it: ")[2].strip())
    assert b"q=0.5" in shell.body("get /echo")


def test_name_of_two_words_sets_no_header(shell) -> None:
    assert "A header name has no space: 'Bad Name'" in shell.fail("set header Bad Name: x")
    assert "bad" not in shell.context.session.entries("header")


def test_a_credential_header_is_masked_and_bound_to_the_base(shell, api: Practice) -> None:
    said = shell.say("set header Authorization Bearer eyJhbGciOiJIUzI1NiJ9A")

    assert said == f"header Authorization: Bearer ...  (only sent to {api.url})\n"
    assert b"eyJhbGci" not in shell.body(f"get {api.other_url}/echo")
    assert b"eyJhbGci" in shell.body("get /echo")


def test_everywhere_widens_a_credential_header(shell, api: Practice) -> None:
    shell.say("set header X-Api-Key abcdef --everywhere")

    assert b"abcdef" in shell.body(f"get {api.other_url}/echo")


def test_unset_header_ignores_case(shell) -> None:
    assert shell.say("set header X-Test 1", "unset header x-TEST").endswith("removed header X-Test\n")
    assert "x-test" not in shell.context.session.entries("header")


def test_unset_all_headers_leaves_the_built_in_ones(shell) -> None:
    shell.say("set header X-A 1", "set header X-B 2", "unset header *")

    assert set(shell.context.session.entries("header")) == {"user-agent", "accept-encoding", "accept", "connection"}


@pytest.mark.parametrize(
    ("setup", "line", "expected"),
    [
        ("set cookie sid 1", "unset cookie sdi", "No cookie 'sdi' Did you mean 'sid'?"),
        ("set header X-Test 1", "unset header X-Tset", "No header 'X-Tset' Did you mean 'X-Test'?"),
        ("set header X-Test 1", "unset header Accpt-Nothing", "No header 'Accpt-Nothing' existing names: X-Test"),
        ("set var token 1", "unset var tokn", "No var 'tokn' Did you mean 'token'?"),
        ("set query page 1", "unset query pgae", "No query 'pgae' Did you mean 'page'?"),
        ("set option timeout 5", "unset option verify", "Option 'verify' is not set"),
    ],
    ids=["cookie", "header", "unlike header", "var", "query", "option"],
)
def test_unset_of_what_is_not_there_names_the_nearest(shell, setup: str, line: str, expected: str) -> None:
    shell.say(setup)

    assert shell.fail(line).startswith(expected)


def test_set_cookie_defaults_to_the_host_of_the_base(shell) -> None:
    said = shell.say("set cookie sid 1")

    assert said == "cookie sid=...; domain=127.0.0.1; path=/; session; host-only\n"
    assert b"sid" in shell.body("get /cookies")


def test_set_cookie_with_its_attributes(shell) -> None:
    said = shell.say("set cookie sid 1 domain=api.x path=/v2 secure")

    assert said == "cookie sid=...; domain=api.x; path=/v2; session; Secure\n"


def test_unset_cookie_says_where_it_was(shell) -> None:
    shell.say("set cookie sid 1 domain=api.x path=/")

    assert shell.say("unset cookie sid") == "removed cookie sid (api.x /)\n"


def test_several_cookies_of_one_name_are_told_apart_by_domain(shell) -> None:
    shell.say("set cookie sid 1 domain=a.x", "set cookie sid 2 domain=b.x")

    assert "2 cookies are named 'sid'" in shell.fail("unset cookie sid")
    assert shell.say("unset cookie sid domain=b.x") == "removed cookie sid (b.x /)\n"


def test_a_cookie_of_a_login_is_seen_unset_and_missed(shell) -> None:
    shell.run("post /login user=ann password=secret")
    assert shell.record("get /me").response.status == 200
    assert "sid" in shell.say("show cookies")

    shell.say("unset cookie sid")

    assert shell.record("get /me").response.status == 401


def test_set_auth_is_masked_and_bound(shell, api: Practice) -> None:
    said = shell.say("set auth bearer letmein")

    assert said == f"auth bearer ... ({api.url})\n"
    assert shell.record("get /bearer").response.status == 200
    assert b"letmein" not in shell.body(f"get {api.other_url}/echo")


def test_a_password_that_was_not_typed_is_asked_for(shell, api: Practice) -> None:
    shell.answers = ["secret"]

    assert shell.say("set auth basic ann") == f"auth basic ann ({api.url})\n"
    assert shell.asked == [("password of ann", True)]
    assert shell.record("get /basic-auth").response.status == 200


def test_auth_without_a_base_belongs_to_the_first_origin(shell, api: Practice) -> None:
    shell.say("unset base")

    assert "first origin" in shell.say("set auth bearer letmein")
    assert shell.record(f"get {api.url}/bearer").response.status == 200
    assert b"letmein" not in shell.body(f"get {api.other_url}/echo")


def test_unset_auth_forgets_that_of_the_base(shell, api: Practice) -> None:
    shell.say("set auth bearer letmein")

    assert shell.say("unset auth") == f"removed auth bearer ... ({api.url})\n"
    assert shell.fail("unset auth").startswith("No auth")


def test_set_query_goes_along(shell) -> None:
    assert shell.say("set query page 2") == "query page==2\n"
    assert shell.record("get /echo?a=1").outgoing.url.query == "a=1&page=2"


def test_set_option_verify_is_for_the_origin_of_the_base(shell, api: Practice) -> None:
    assert shell.say("set option verify no").startswith(f"option verify no for {api.url}\n")
    assert shell.context.session.option("verify", api.url) is False
    assert shell.context.session.option("verify", api.other_url) is True


def test_a_variable_fills_a_later_line(shell) -> None:
    assert shell.say("set var id 7") == "var id: 7\n"
    assert shell.record("get /books/{{id}}").outgoing.url.path == "/books/7"


def test_undo_says_what_it_undoes(shell) -> None:
    shell.say("set header X-Test true")

    assert shell.say("undo") == "undid: set header X-Test true\n"
    assert "x-test" not in shell.context.session.entries("header")


def test_redo_says_what_it_does_again(shell) -> None:
    shell.say("set header X-Test true", "undo")

    assert shell.say("redo") == "redid: set header X-Test true\n"
    assert "x-test" in shell.context.session.entries("header")


def test_undo_of_an_unset_puts_the_header_back(shell) -> None:
    shell.say("set header X-Test true", "unset header X-Test")

    assert shell.say("undo") == "undid: unset header X-Test\n"
    assert "x-test" in shell.context.session.entries("header")


@pytest.mark.parametrize(
    "line", ["set header X-Test true", "set query a 1", "set var n 1", "set option timeout 5", "set auth bearer abc"]
)
def test_edit_that_changes_nothing_is_not_undone(shell, line: str) -> None:
    shell.say(line, "set header X-Other 1", line)

    assert shell.say("undo") == "undid: set header X-Other 1\n"


def test_edit_that_changes_nothing_leaves_what_redo_repeats(shell) -> None:
    shell.say("set var n 1", "set header X-Test true", "undo", "set var n 1")

    assert shell.say("redo") == "redid: set header X-Test true\n"


@pytest.mark.parametrize(
    ("lines", "is_told"),
    [
        (("delete /status/204",), True),
        (("post /echo a=1", "get /ping"), False),
        (("delete /status/204", "set var n 1"), False),
        (("get /ping",), False),
        ((), False),
    ],
)
def test_undo_says_that_it_does_not_take_back_the_request_before_it(shell, lines, is_told: bool) -> None:
    shell.run("set header X-Test true", *lines)

    said = shell.say("undo")

    assert said.startswith("undid: ")
    assert ("not the request that was sent (DELETE /status/204)" in said) is is_told


def test_undo_without_an_edit_says_so(shell) -> None:
    assert shell.fail("undo") == "Nothing to undo"


def test_cd_says_what_stays_behind(shell, api: Practice) -> None:
    shell.say("set auth bearer abc", "set header X-Api-Key 1", "set header X-Auth-Token 2")

    said = shell.say(f"cd {api.other_url}")

    assert said == f"base {api.other_url}  (auth and 2 headers stay with {api.url})\n"
    assert shell.say("cd -") == f"base {api.url}\n"


def test_cd_goes_down_and_up(shell, api: Practice) -> None:
    assert shell.say("cd books") == f"base {api.url}/books\n"
    assert shell.record("get 1").outgoing.url.path == "/books/1"
    assert shell.say("cd ..") == f"base {api.url}\n"


def test_reset_empties_one_noun_or_all(shell) -> None:
    shell.say("set header X-A 1", "set var a 1", "set cookie sid 1")

    shell.say("reset header")
    assert "x-a" not in shell.context.session.entries("header")
    shell.say("reset")

    assert not shell.context.session.vars
    assert len(shell.context.session.jar) == 0


@pytest.mark.parametrize("line", ["reset", "reset header"])
@pytest.mark.parametrize("before", ["unset header Accept", "set header Accept text/csv"])
def test_reset_brings_built_in_headers_back(shell, before: str, line: str) -> None:
    fresh = dict(shell.context.session.entries("header"))

    shell.run(before, line)

    assert dict(shell.context.session.entries("header")) == fresh
    assert "header" not in shell.say("show session")


def test_show_session_can_be_sourced_back(shell, tmp_path) -> None:
    shell.say("set header X-Test 'a b'", "set query page 2", "set var id 7", "set cookie c 'x y' path=/v2")
    shell.say("set option timeout 5s", "set auth basic ann secret")
    first = shell.say("show session")
    assert "secret" not in first
    assert "set auth basic ann ?" in first
    assert "set cookie c ? " in first

    shell.say("show session > setup", "reset")
    shell.answers = ["secret", "x y"]
    shell.say("source setup")

    assert shell.say("show session") == first
    assert shell.record("get /basic-auth").response.status == 200


def test_what_waits_for_its_first_origin_takes_part_in_the_first_request(shell, api: Practice) -> None:
    shell.say("unset base")

    assert "(only sent to the first origin that gets a request)" in shell.say("set header X-Api-Key abcdef")
    shell.say("set option max-redirects 1", "set option verify no")

    assert b"abcdef" in shell.body(f"get {api.url}/echo")
    assert b"abcdef" not in shell.body(f"get {api.other_url}/echo")
    assert shell.context.last.outgoing.route.verify is True
    assert shell.context.history.get(-2).outgoing.route.verify is False


@pytest.mark.parametrize("noun", ["header", "query"])
def test_undo_and_redo_of_an_added_value_name_that_value(shell, noun: str) -> None:
    shell.say(f"set {noun} Y 2", f"set {noun} Y 3 --add")

    assert shell.say("undo") == f"undid: set {noun} Y 3 --add\n"
    assert shell.say("redo") == f"redid: set {noun} Y 3 --add\n"


@pytest.mark.parametrize("line", ["set base $'http://h/a\\x1b[2J'", "cd $'/a\\nb'", "cd $'http://h/\\x7f'"])
def test_a_base_with_control_characters_is_refused(shell, line: str) -> None:
    base = shell.context.session.base_url

    assert "holds a control character" in shell.fail(line)
    assert shell.context.session.base_url == base


@pytest.mark.parametrize(
    ("lines", "hint"),
    [
        (
            ["set auth bearer a1", "set header Authorization 'Bearer b2'"],
            "not sent while auth bearer is set; to send the header: unset auth",
        ),
        (
            ["set auth apikey X-Key a1", "set header X-Key b2"],
            "not sent while auth apikey is set; to send the header: unset auth",
        ),
        (["set header Authorization 'Bearer b2'", "set auth bearer a1"], "is not sent while this auth is set"),
    ],
)
def test_header_that_auth_replaces_gets_a_hint(shell, lines: list[str], hint: str) -> None:
    assert hint in shell.say(*lines)


def test_header_beside_auth_gets_no_hint(shell) -> None:
    assert "not sent" not in shell.say("set auth apikey X-Key a1", "set header Authorization 'Bearer b2'")


@pytest.mark.parametrize("word", ["none", "off", "no", "null"])
def test_a_base_that_says_none_is_refused(shell, word: str) -> None:
    hint = f"to use no base: unset base; to use a host with this name: http://{word}"

    assert shell.fail(f"set base {word}") == f"'{word}' is not a URL {hint}"
    assert shell.say(f"set base http://{word}", "show base").endswith(f"http://{word}\n")


@pytest.mark.parametrize(
    "line", ["set option ca none", "set option cert off", "get /ping --ca none", "get --cert none"]
)
def test_a_file_of_an_option_that_says_none_is_refused(shell, line: str) -> None:
    name, word = line.removeprefix("get ").removeprefix("/ping ").removeprefix("set option ").strip("-").split()

    hint = f"to use no file: unset option {name}; to use a file with this name: ./{word}"
    assert shell.fail(line) == f"'{word}' is not a file for {name} {hint}"


@pytest.mark.parametrize(("words", "missing"), [("ca nofile.pem", "nofile.pem"), ("cert here.pem,b.pem", "b.pem")])
def test_a_missing_file_of_an_option_is_named(shell, tmp_path, monkeypatch, words: str, missing: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here.pem").touch()

    said = shell.say(f"set option {words}")

    assert said.count("there is no file") == 1
    assert f"there is no file {missing}\n" in said


def test_ca_file_may_have_a_comma_in_its_name(shell, tmp_path):
    (tmp_path / "a,b.pem").touch()

    assert "there is no file" not in shell.say(f"set option ca '{tmp_path}/a,b.pem'")
