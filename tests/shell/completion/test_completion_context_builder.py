"""What is offered comes from what was seen: by the session, by requests, by answers, by the disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.server import OK, Recorder, Request, make_response

from callbox.shell.completion.completer import complete
from callbox.shell.completion.completion_context import Candidate, CompletionContext
from callbox.shell.completion.completion_context_builder import ContextBuilder, build_context


def offered(shell, line: str) -> list[str]:
    return [candidate.text for candidate in complete(line, len(line), shell.context.completion)]


def run(shell, *lines: str) -> None:
    for line in lines:
        shell.run(line)
        shell.context.completion = build_context(shell.context)


def test_body_fields_are_those_of_the_last_response_for_that_path(shell) -> None:
    run(shell, "get /books per_page==1", "get /ping")

    assert offered(shell, "post /books ti")[0] == "title="
    assert "pong:=" not in offered(shell, "post /books p")
    assert "pong:=" not in offered(shell, "post /elsewhere po")


def test_fields_of_the_last_response_are_offered_for_an_unknown_server(shell) -> None:
    run(shell, "get /ping")

    assert offered(shell, "post http://localhost:9/elsewhere po")[0] == "pong:="


def test_body_fields_are_known_below_another_base_too(shell, api) -> None:
    run(shell, "get /books per_page==1", "cd books", "get /ping")

    assert offered(shell, "post ti")[0] == "title="
    assert offered(shell, f"preview post {api.url}/books ti")[0] == "title="


def test_query_parameters_that_were_seen_are_offered(shell) -> None:
    run(shell, "get /echo?deep=1 wide==2")

    assert {"deep==", "wide=="} <= set(offered(shell, "get /echo e"))
    assert "deep" in offered(shell, "set query de")


def test_cookies_of_the_last_response_are_offered(shell) -> None:
    run(shell, "post /login user=ann password=secret")

    assert offered(shell, "get /{{last.cookies.si")[0] == "last.cookies.sid}}"


def test_themes_are_offered(shell) -> None:
    run(shell, "set var a 1")

    assert offered(shell, "set option theme mono")[0] == "monokai"
    assert offered(shell, "set option theme d")[0] == "default"


def test_environments_are_offered(shell, tmp_path: Path) -> None:
    (tmp_path / "http-client.env.json").write_text('{"dev": {"a": "1"}, "prod": {}}')
    run(shell, "set var a 1")

    assert offered(shell, "set option env ") == ["dev", "prod"]


@pytest.mark.parametrize("line", ["replay ", "edit ", "save history "])
def test_scripts_are_offered_before_other_files(shell, tmp_path: Path, line: str) -> None:
    for name in ("a.txt", "flow.http"):
        (tmp_path / name).write_text("")
    run(shell, "set var a 1")

    files = [text for text in offered(shell, line) if "." in text]

    assert files == ["flow.http", "a.txt"]


SCRIPT = "### log in\n# @name login\nPOST /login\n\n### what is there\nGET http://ann:hunter2@h/\n\n###\nGET /x\n"


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("replay flow.http ", ["login", "'what is there'", "3"]),
        ("replay flow.http th", ["'what is there'"]),
        ("replay nope.http ", []),
        ("replay notes.txt ", []),
    ],
)
def test_requests_of_a_script_are_offered(shell, tmp_path: Path, line: str, names: list[str]) -> None:
    (tmp_path / "flow.http").write_text(SCRIPT)
    (tmp_path / "notes.txt").write_text(SCRIPT)
    run(shell, "set var a 1")

    assert [text for text in offered(shell, line) if not text.startswith("-")] == names


def test_requests_of_a_script_are_listed_without_their_secrets(shell, tmp_path: Path) -> None:
    (tmp_path / "flow.http").write_text(SCRIPT)

    assert [about for _, about in build_context(shell.context).steps_in("flow.http")] == [
        "POST /login",
        "GET http://ann:...@h/",
        "GET /x",
    ]


def test_saved_requests_can_be_edited(shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    run(shell, "get /ping", "save request morning")

    assert offered(shell, "edit mor") == ["morning"]


def test_fields_of_a_response_have_their_types_and_what_they_are_now(shell) -> None:
    run(shell, "get /books/2")

    assert {"title=", "copies:="} <= set(offered(shell, "patch /books/2 "))
    assert offered(shell, "patch /books/2 title=") == ["Emma"]
    assert offered(shell, "patch /books/2 copies:=")[0].isdecimal()
    assert offered(shell, "patch /books/3 title=") == []


def test_a_condition_offers_the_etag_of_the_last_response(shell) -> None:
    etag = shell.record("get /books/2").response.headers["ETag"]
    run(shell, "get /books/2")

    for name in ("If-Match", "if-match", "If-None-Match"):
        assert offered(shell, f"patch /books/2 {name}:")[0] == f"'{etag}'"
        line = f"preview patch /books/2 {name}:'{etag}' title=x"
        assert f": {etag}" in shell.say(line)


def test_no_secret_of_a_response_is_offered_as_what_a_field_is_now(shell) -> None:
    run(shell, "post /login user=ann password=secret")

    assert offered(shell, "post /login token=") == []


def test_requests_of_the_history_are_offered_newest_first(shell) -> None:
    run(shell, "get /ping", "get /books/2")

    assert offered(shell, "again ")[:2] == ["2", "1"]


LINES = [
    "set header X-A 1",
    "set header Authorization 'Bearer abc'",
    "set var token hunter2",
    "set option timeout 3",
    "get /books per_page==1",
    "get /books/1",
    "set query page 2",
    "get /redirect/1",
    "cd books",
    "get 2",
    "delete {base}/books/3",
    "unset header X-A",
    "set option timeout 4",
    "set base {base}",
    "get /nowhere",
    "set option proxy http://u:{{{{token}}}}@p/",
    "get http://127.0.0.1:9/x",
    "save request again",
    "undo",
    "unset history",
]


def values_of(context: CompletionContext) -> CompletionContext:
    """The context without what is only asked for later."""
    empty = CompletionContext()
    return context._replace(
        files=empty.files, steps_in=empty.steps_in, values_at=empty.values_at, environments=empty.environments
    )


def test_context_after_each_line_is_the_one_that_is_built_anew(shell, api) -> None:
    builder = ContextBuilder(shell.context)

    for line in LINES:
        shell.run(line.format(base=api.url))
        built, anew = builder.build(), build_context(shell.context)
        assert values_of(built) == values_of(anew), line
        for path in ("/books/1", "/books/2", "/nowhere"):
            assert built.values_at(api.url + path) == anew.values_at(api.url + path), line


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("set header X-B 2", {"headers"}),
        ("set var b 2", {"vars"}),
        ("set query b 2", {"query"}),
        ("set option timeout 9", {"options"}),
        ("get /books/2", {"targets", "fields", "steps", "last_headers", "history", "values_at"}),
        ("show session", set()),
    ],
)
def test_parts_whose_source_is_the_same_are_the_same_objects(shell, line: str, parts: set[str]) -> None:
    shell.run("set header X-A 1", "set var a 1", "set query a 1", "set option timeout 8", "get /books/1", "get /books")
    builder = ContextBuilder(shell.context)
    before = builder.build()._asdict()

    shell.run(line)
    after = builder.build()._asdict()

    kept = ("headers", "query", "vars", "options", "targets", "fields", "steps", "last_headers", "history", "values_at")
    assert {name for name in kept if before[name] is not after[name]} == parts


def test_earlier_requests_are_not_redacted_again(shell) -> None:
    shell.run("get /books/1", "get /books/2", "get /ping")
    builder = ContextBuilder(shell.context)
    entries = builder.build().history

    shell.run("get /ping")

    assert all(now is before for now, before in zip(builder.build().history[1:], entries, strict=True))


def test_script_is_parsed_again_once_it_has_changed(shell, tmp_path: Path) -> None:
    script = tmp_path / "flow.http"
    script.write_text(SCRIPT)
    builder = ContextBuilder(shell.context)
    first = builder.build().steps_in("flow.http")

    assert builder.build().steps_in("flow.http") is first
    script.write_text("### other\nGET /y\n")
    assert [step.name for step in builder.build().steps_in("flow.http")] == ["other"]


def test_page_that_next_has_fetched_is_offered_below_the_base(shell) -> None:
    run(shell, "get /books per_page==1", "next")

    assert "/books?per_page=1&page=2" in "".join(offered(shell, "get /books"))
    assert not [one for one in offered(shell, "get ") if "://" in one and "per_page" in one]


def moved(request: Request) -> bytes:
    """Redirects to a path with a slash at its end, as Django does."""
    path = request.path.partition("?")[0]
    if path.endswith("/"):
        return OK
    return f"HTTP/1.1 308 Moved\r\nLocation: {path}/\r\nContent-Length: 0\r\n\r\n".encode()


def test_path_below_a_deleted_one_is_not_offered(shell) -> None:
    with Recorder(lambda request: OK) as server:
        run(shell, f"set base {server.url}", "get /a/4/cover", "get /a/4/", "delete /a/4", "get /a/40")

    assert offered(shell, "get /a/") == ["/a/40"]


def test_deleted_path_is_not_offered_if_it_was_redirected_to_one_with_a_slash(shell) -> None:
    with Recorder(moved) as server:
        run(shell, f"set base {server.url}", "get /a/4", "get /a/5", "delete /a/4/")

    assert offered(shell, "get /a/") == ["/a/5/"]


def test_path_without_the_slash_of_the_deleted_one_is_not_offered(shell) -> None:
    with Recorder(lambda request: OK) as server:
        run(shell, f"set base {server.url}", "patch /a/4 x=1", "delete /a/4/", "get /a/5")

    assert offered(shell, "get /a/") == ["/a/5"]


def not_found_here(request: Request) -> bytes:
    """Finds GET and POST of /books, and POST of /login. The page of an error names the URL, as Django does."""
    line = request.line.rpartition(" ")[0]
    if line in ("GET /books", "POST /books", "POST /login"):
        return make_response(b"{}", "Content-Type: application/json")
    return make_response(f"Request URL: http://{request.value('Host')}{request.path}".encode(), status=404)


@pytest.mark.parametrize(
    ("lines", "typed", "expected"),
    [
        (("get /books", "delete /books"), "get /b", ["/books"]),
        (("post /books a=1", "get /books", "delete /books"), "post /b", ["/books"]),
        (("post /login a=1", "get /login"), "post /l", ["/login"]),
        (("get /bokks",), "get /b", []),
        (("post /bokks a=1",), "get /b", []),
        (("get /books", "get /books/newest/post"), "get /books/n", []),
    ],
)
def test_path_is_offered_if_it_was_found_for_another_method(shell, lines, typed: str, expected: list[str]) -> None:
    with Recorder(not_found_here) as server:
        run(shell, f"set base {server.url}", *lines)

        assert offered(shell, typed) == expected


def test_path_that_was_made_again_is_offered(shell) -> None:
    with Recorder(lambda request: OK) as server:
        run(shell, f"set base {server.url}", "get /a/4/cover", "delete /a/4", "put /a/4 x=1")

    assert offered(shell, "get /a/") == ["/a/4"]


@pytest.mark.parametrize(
    ("line", "header"),
    [("set auth apikey X-Key abc", "X-Key"), ("set auth bearer abc", "Authorization"), ("get /ping", "")],
)
def test_header_of_the_credentials_is_known(shell, line: str, header: str) -> None:
    run(shell, line)

    assert shell.context.completion.auth_header == header


def test_members_of_an_error_are_not_offered_as_fields(shell) -> None:
    run(shell, "post /books title=")

    assert shell.context.last.response.status >= 400
    assert shell.context.completion.fields == ()


def created(request: Request) -> bytes:
    return make_response(
        b'{"id": 7, "name": "Rex", "owner": null}', "Content-Type: application/json", "Location: /pets/7", status=201
    )


def test_created_thing_is_shown_by_its_own_url_and_not_by_that_of_the_list(shell) -> None:
    with Recorder(created) as server:
        run(shell, f"set base {server.url}", "post /pets name=Rex")

    values_at = shell.context.completion.values_at

    assert "name" not in values_at(f"{server.url}/pets")
    assert values_at(f"{server.url}/pets/7")["name"] == '"Rex"'
    assert ("null", "now") not in [(one.text, one.meta) for one in candidates(shell, "post /pets owner:=")]
    assert ("Rex", "now") in [(one.text, one.meta) for one in candidates(shell, "put /pets/7 name=")]


def candidates(shell, line: str) -> list[Candidate]:
    return complete(line, len(line), shell.context.completion)


@pytest.mark.parametrize(
    ("status", "path", "is_offered"),
    [
        (422, "/books/098", False),
        (401, "/books/7", False),
        (405, "/books/p", False),
        (422, "/books/new", True),
        (500, "/books/7", True),
    ],
)
def test_refused_id_is_not_offered_again(shell, status: int, path: str, is_offered: bool) -> None:
    with Recorder(lambda request: make_response(status=status)) as server:
        run(shell, f"set base {server.url}", f"get {path}")

    assert [one.name for one in shell.context.completion.targets] == [path] * is_offered


def test_scheme_that_a_401_asks_for_comes_first(shell) -> None:
    challenge = make_response(b"", "WWW-Authenticate: Bearer realm=x", status=401)
    with Recorder(lambda request: challenge) as server:
        run(shell, f"get {server.url}/")

    assert offered(shell, "set auth ")[:2] == ["bearer", "basic"]


def accepted(request: Request) -> bytes:
    """Accepts every request; a POST to a list creates item 35."""
    fields = ["Content-Type: application/json"]
    if request.line.startswith("POST /owners "):
        return make_response(b'{"id": 35, "full_name": "Zed"}', "Location: /owners/35", *fields, status=201)
    return make_response(b"{}", *fields)


def refused(request: Request) -> bytes:
    """Accepts only numbers as the ids of owners."""
    if request.path == "/owners":
        return make_response(b'[{"id": 1, "name": "Zed"}]', "Content-Type: application/json")
    return make_response(b"{}", "Content-Type: application/json", status=422 if request.path[-1].isalpha() else 200)


def test_refused_path_in_the_place_of_an_id_is_not_offered(shell) -> None:
    with Recorder(refused) as server:
        run(shell, f"set base {server.url}", "get /owners", "get /owners/1Zo", "put /owners/1Zo a=1", "get /me")

    assert offered(shell, "get /owners/") == ["/owners/1"]
    assert offered(shell, "get /m")[0] == "/me"


def test_paths_of_other_methods_below_a_typed_item_are_left_out(shell) -> None:
    with Recorder(accepted) as server:
        run(shell, f"set base {server.url}", "get /owners/35", "get /owners/35/pets")

    assert offered(shell, "patch /owners/35") == ["/owners/35"]
    assert offered(shell, "patch /owners/35/") == ["/owners/35/pets"]
    assert sorted(offered(shell, "get /owners/35")) == ["/owners/35", "/owners/35/pets"]


def test_paths_of_other_methods_say_so_below_a_base_with_a_path(shell) -> None:
    with Recorder(accepted) as server:
        run(shell, f"set base {server.url}/v1", "get me", "post login a=1")

    assert rows(shell, "delete m")[0] == ("me", "GET, seen #1, no DELETE yet")
    assert rows(shell, "get l")[0] == ("login", "POST, seen #2, no GET yet")


def rows(shell, line: str) -> list[tuple[str, str]]:
    return [(candidate.text, candidate.meta) for candidate in complete(line, len(line), shell.context.completion)]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (
            "delete /",
            [
                ("/owners/35", "Zed, seen #1"),
                ("/me", "GET, seen #4, no DELETE yet"),
                ("/login", "POST, seen #3, no DELETE yet"),
                ("/owners", "POST, seen #1, no DELETE yet"),
            ],
        ),
        ("patch /m", [("/me", "GET, seen #4, no PATCH yet")]),
        ("post /", [("/me", "GET, seen #4"), ("/login", "POST, seen #3"), ("/owners", "POST, seen #1")]),
        ("get /lo", [("/login", "POST, seen #3, no GET yet")]),
        ("get lo", [("/login", "POST, seen #3, no GET yet")]),
    ],
)
def test_paths_of_other_methods_come_last_and_say_so(shell, typed: str, expected: list[tuple[str, str]]) -> None:
    with Recorder(accepted) as server:
        run(
            shell,
            f"set base {server.url}",
            "post /owners full_name=Zed",
            "patch /x/1 a=1",
            "post /login a=1",
            "get /me",
        )

        assert [row for row in rows(shell, typed) if row[0] in dict(expected)] == expected
