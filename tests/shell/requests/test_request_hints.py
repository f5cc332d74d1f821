"""What a request is asked about before it goes: fields of a GET, a missing path, a redirect inside a target."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.server import Recorder, make_context, make_response

from callbox.shell.completion.completion_context_builder import build_context


@pytest.mark.parametrize(
    "line", ["get /echo limit=2", "delete /echo limit=2", "preview get /echo limit=2", "get /echo limit:=2"]
)
def test_a_field_of_a_request_without_a_body_gets_a_hint(shell, line: str) -> None:
    assert "limit=VALUE is a field of a body; for the query: limit==2" in shell.say(line)


@pytest.mark.parametrize(
    ("items", "query"),
    [("ids:=[1,2]", "ids==1 ids==2"), ("t:='[\"a b\"]'", "t=='a b'"), ("ids:=[]", "ids=='[]'")],
)
def test_list_gets_a_hint_with_a_parameter_for_each_item(shell, items: str, query: str) -> None:
    assert f"; for the query: {query}" in shell.say(f"get /echo {items}")


@pytest.mark.parametrize("line", ["get /echo limit==2", "post /echo limit=2", "get /echo", "get /echo {}"])
def test_other_requests_get_none(shell, line: str) -> None:
    assert "is a field of a body" not in shell.say(line)


def test_a_secret_in_it_is_not_shown(shell) -> None:
    assert "hunter2" not in shell.say("get /echo password=hunter2")


@pytest.mark.parametrize("line", ["post title=x", 'post {"a":1}', "preview post title=x"])
def test_a_body_without_a_path_gets_a_hint(shell, line: str) -> None:
    assert "no path was given: this goes to http" in shell.say(line)


def test_below_a_folder_the_base_was_meant(shell) -> None:
    shell.run("cd /echo")

    assert "no path was given" not in shell.say("post title=x")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("get /x>o.out", "'>' is inside the target get /x > o.out writes to a file"),
        ("get /x|cat", "'|' is inside the target get /x | cat gives it to a command"),
        ("get /x?q=1>o.out -b", "'>' is inside the target"),
        ("cd /x>o.out", "'>' is inside the target"),
    ],
)
def test_a_redirect_inside_a_target_is_refused(shell, line: str, said: str) -> None:
    assert said in shell.fail(line)


@pytest.mark.parametrize("line", ["get '/echo?q=a>b'", "get /echo q==a>5", "get /echo?q=a\\|b"])
def test_a_quoted_one_and_one_in_an_item_are_text(shell, line: str) -> None:
    shell.say(line)


def test_a_blank_after_the_colon_does_not_leave_the_header_out(shell) -> None:
    assert "write X-Foo:bar, without the blank" in shell.fail("get /echo X-Foo: bar")


def test_the_hint_on_a_blank_before_a_secret_redacts_only_the_secret(shell) -> None:
    shown = shell.fail("get /echo Authorization: xyz")

    assert "without the blank; Authorization: leaves it out" in shown
    assert "xyz" not in shown


def test_the_hint_of_digest_names_both_ways(shell) -> None:
    assert "--auth-type digest" in shell.say("get /digest-auth --auth u:p")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("get /bearer", "the server asks for a token: set auth bearer TOKEN"),
        ("get /bearer -A bearer -a wrong", "the server refuses this token: set auth bearer TOKEN"),
        ("get /bearer Authorization:'Bearer wrong'", "the server refuses this token: set auth bearer TOKEN"),
        ("get /bearer Authorization:'bearer wrong'", "the server refuses this token: set auth bearer TOKEN"),
        (
            "get /bearer Authorization:wrong",
            "the server asks for bearer, and the header Authorization has another scheme: set auth bearer TOKEN",
        ),
        (
            "get /basic-auth Authorization:'Basic eDp5'",
            "the server refuses this user and password: set auth basic USER",
        ),
        (
            "get /basic-auth Authorization:'Bearer x'",
            "the server asks for basic, and the header Authorization has another scheme: set auth basic USER",
        ),
        ("get /basic-auth", "the server asks who you are: set auth basic USER"),
        ("get /basic-auth -a ann:wrong", "the server refuses this user and password: set auth basic USER"),
        ("get /digest-auth -A digest -a ann:wrong", "the server refuses this user and password"),
        (
            "get /digest-auth -a ann:secret",
            "the server asks for digest: --auth-type digest sends --auth in this scheme",
        ),
    ],
)
def test_a_401_says_whether_a_credential_was_sent(shell, line: str, said: str) -> None:
    assert said in shell.say(line)


SCHEMES = {
    "oauth": {"type": "oauth2", "flows": {"password": {"tokenUrl": "/login", "scopes": {}}}},
    "key": {"type": "apiKey", "in": "header", "name": "X-Admin-Key"},
    "who": {"type": "http", "scheme": "basic"},
    "query": {"type": "apiKey", "in": "query", "name": "k"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "tls": {"type": "mutualTLS"},
    "kerberos": {"type": "http", "scheme": "Negotiate"},
}


@pytest.mark.parametrize(
    ("needs", "line", "hint"),
    [
        (
            ["oauth"],
            "get /status/401",
            "the server asks for a token of OAuth 2, from POST /login with username and password: set auth bearer TOKEN",
        ),
        (["key"], "get /status/403", "the API describes a key for this: set auth apikey X-Admin-Key"),
        (["key", "oauth"], "get /status/403 X-Admin-Key:1", "the server asks for a token of OAuth 2, from POST /login"),
        (["query"], "get /status/401", "the API describes a key for this: set query k KEY"),
        (["query", "who"], "get /status/401 k==1", "the server asks who you are: set auth basic USER"),
        (["cookie"], "get /status/401", "the API describes a key for this: set cookie sid KEY"),
        (["tls"], "get /status/403", "the server asks for a certificate of the client: set option cert FILE"),
        (["kerberos"], "get /status/401", "the server asks for 'kerberos': Negotiate, which callbox does not support"),
        (["who"], "get /status/401", "the server asks who you are: set auth basic USER"),
    ],
)
def test_refused_request_says_which_described_credential_is_missing(shell, needs, line, hint):
    operation = {"security": [{name: [] for name in needs}], "responses": {}}
    paths = {"/status/{code}": {"get": operation, "parameters": [{"name": "code", "in": "path", "required": True}]}}
    shell.describe({"openapi": "3.1.0", "info": {}, "paths": paths, "components": {"securitySchemes": SCHEMES}})

    assert hint in shell.say(line)


@pytest.mark.parametrize(
    ("challenge", "hint"),
    [
        ("Token", "the server asks for the scheme Token: set header Authorization 'Token ...'"),
        ('ApiKey realm="x"', "the server asks for the scheme ApiKey: set header Authorization 'ApiKey ...'"),
        ("Bearer", "the server asks for a token: set auth bearer TOKEN"),
        ("Negotiate", ""),
    ],
)
def test_another_scheme_is_named_with_the_header_to_set(shell, challenge: str, hint: str) -> None:
    answer = f"HTTP/1.1 401 X\r\nWWW-Authenticate: {challenge}\r\nContent-Length: 0\r\n\r\n".encode()
    with Recorder(lambda request: answer) as server:
        shell.run(f"set base {server.url}")
        said = shell.say("get /x")

    assert hint in said if hint else "it asks" not in said


def test_a_header_of_an_unknown_scheme_is_refused_and_not_asked_for(shell) -> None:
    answer = b"HTTP/1.1 401 X\r\nWWW-Authenticate: Token\r\nContent-Length: 0\r\n\r\n"
    with Recorder(lambda request: answer) as server:
        said = shell.say(f"get {server.url}/x Authorization:'Token abc'")

    assert "the server refuses this header Authorization" in said


@pytest.mark.parametrize(
    ("challenge", "hint"),
    [
        ("Token", "the server asks for the scheme Token: Authorization:'Token ...' behind the URL"),
        ("Bearer", "the server asks for a token: --auth-type bearer --auth TOKEN"),
        ("Basic", "the server asks who you are: --auth USER"),
        ("Digest", "the server asks who you are: --auth-type digest --auth USER"),
    ],
)
def test_the_hint_does_not_replace_the_credential_of_another_origin(shell, api, challenge: str, hint: str) -> None:
    answer = f"HTTP/1.1 401 X\r\nWWW-Authenticate: {challenge}\r\nContent-Length: 0\r\n\r\n".encode()
    with Recorder(lambda request: answer) as server:
        shell.run("set auth bearer good")
        said = shell.say(f"get {server.url}/x")

    assert f"{hint}; set auth is for the origin of the base, {api.url}" in said


def test_a_placeholder_of_a_manual_is_explained_where_it_fails(shell) -> None:
    assert "{book_id} is a placeholder: type a value instead" in shell.say("get /books/{book_id}")


@pytest.mark.parametrize("head", ["1", "h7"])
def test_a_variable_of_an_earlier_response_gets_a_hint_that_holds(shell, head: str) -> None:
    shell.record("get /books/2")

    assert f"an earlier value: show last {head} json.title" in shell.fail(f"get /x q=={{{{{head}.json.title}}}}")


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("get /x && get /y", "one command a line"),
        ("get /x ; get /y", "one command a line"),
        ("get /x/1; get /y", "one command a line"),
        ("get /x 2>&1", "only the content goes into a file or a pipe"),
        ("get /x 2>&1 | cat", "only the content goes into a file or a pipe"),
        ("get /x # why", "write the comment on its own line"),
    ],
)
def test_signs_of_the_systems_shell_are_explained(shell, line: str, hint: str) -> None:
    assert hint in shell.fail(line)


def test_etag_without_its_quotes_gets_a_hint(shell) -> None:
    assert """an ETag needs its quotes: If-Match:'"d08a"'""" in shell.say('get /ping If-Match:"d08a"')
    for value in ("""'"d08a"'""", "*", """'W/"d08a"'"""):
        assert "ETag" not in shell.say(f"get /ping If-None-Match:{value}")


def test_path_that_is_nearly_a_described_one_is_named(shell) -> None:
    paths = {"/status/{code}/lines": {"get": {}}, "/items": {"get": {}}, "/items/{id}": {"get": {}}}
    shell.describe({"openapi": "3.1.0", "info": {}, "paths": paths})

    assert "did you mean /items?" in shell.say("get /itms")
    assert "did you mean /items/3?" in shell.say("get /item/3")
    assert "did you mean /status/7/lines?" in shell.say("get /status/7/line")
    assert "did you mean" not in shell.say("get /items/3")
    assert "did you mean" not in shell.say("get /quite/other")


def test_described_path_below_the_base_is_named(shell) -> None:
    shell.run(f"set base {shell.context.session.base_url}/api")
    shell.describe(
        {"openapi": "3.1.0", "info": {}, "paths": {"/api/things": {"get": {}}, "/api/things/{id}": {"get": {}}}}
    )

    assert "did you mean /api/things?" in shell.say("get /things")
    assert "did you mean /api/things/3?" in shell.say("get /things/3")
    assert "Did you mean /api/things?" in shell.fail("get /things --validate")
    assert "Did you mean /api/things?" in shell.fail("help get /things")


def test_path_that_is_nearly_a_seen_one_is_named(shell) -> None:
    shell.run("get /books/1", "get /books")
    shell.context.completion = build_context(shell.context)

    assert "did you mean /books?" in shell.say("get /boks")
    assert "did you mean" not in shell.say("get /other/1")


def test_the_whole_url_is_told_only_where_the_base_may_be_wrong(shell) -> None:
    assert "is 'nope' joined to the base" in shell.say("cd /nothing", "get nope")

    shell.run("cd /books", "get 1")
    shell.context.completion = build_context(shell.context)

    assert "below" not in shell.say("cd /", "get books/99999", "cd /books", "get 1/99999")


def test_id_that_does_not_exist_is_no_misspelt_one(shell) -> None:
    shell.run("get /books/1", "get /books/2", "get /members/1")
    shell.context.completion = build_context(shell.context)

    assert "did you mean" not in shell.say("get /books/99")
    assert "did you mean /books/99?" in shell.say("get /boks/99")
    assert "did you mean" not in shell.say("get /other/99")


def test_certificate_of_another_origin_gets_a_hint_for_this_line(shell, tmp_path: Path) -> None:
    with Recorder(lambda request: make_response(b"ok"), make_context(tmp_path / "ca.pem", "localhost")) as other:
        url = f"https://localhost:{other.port}/"

        assert "add --ca=FILE to the line, or --verify=no if you trust" in shell.fail(f"get {url}")
        assert shell.body(f"get {url} --verify=no") == b"ok"


def test_certificate_of_the_base_gets_a_hint_for_the_option(shell, tmp_path: Path) -> None:
    with Recorder(lambda request: make_response(b"ok"), make_context(tmp_path / "ca.pem", "localhost")) as other:
        shell.say(f"set base https://localhost:{other.port}")

        assert "set option ca FILE, or set option verify no" in shell.fail("get /")


def test_tls_option_for_an_origin_without_tls_gets_a_hint(shell) -> None:
    assert "this origin uses no certificate; to set one for another origin, first: cd https://HOST" in shell.say(
        "set option verify no"
    )
