"""`callbox convert` as a process sees it: files, folders, streams, what it says, and that its files are sendable."""

from __future__ import annotations

import json
import os
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from tests.convert.descriptions import document
from tests.support import processes
from tests.support.server import Recorder, Request

PATHS: dict[str, Any] = {
    "/books": {
        "get": {"operationId": "list", "tags": ["Books"], "parameters": [{"name": "page", "in": "query"}]},
        "post": {
            "operationId": "add",
            "tags": ["Books"],
            "requestBody": {"content": {"application/json": {"example": {"title": "Emma"}}}},
        },
    },
    "/shops/{id}": {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
        "get": {"operationId": "shop", "tags": ["Shops"]},
    },
}
TWO = [{"url": "https://a.test", "description": "live"}, {"url": "https://b.test", "description": "test"}]


SENT = "callbox replay sends all requests, also {}; to leave a request out, write # @disabled above it"


@pytest.fixture
def callbox(tmp_path: Path):
    describe(tmp_path, PATHS)

    def run(*words: str, text: str = "") -> subprocess.CompletedProcess[str]:
        environ = os.environ | {"XDG_CACHE_HOME": str(tmp_path.parent / "cache")}
        return processes.run(*words, env=environ, cwd=tmp_path, given=text)

    return run


def describe(folder: Path, paths: dict[str, Any], **more: Any) -> None:
    write_description(folder, json.dumps(document(paths, **more)))


def write_description(folder: Path, text: str) -> None:
    """Write `books.json`, as a link to one file for all tests with this text, so that the text is compiled only once."""
    shared = folder.parent / "descriptions" / f"{sha256(text.encode()).hexdigest()}.json"
    shared.parent.mkdir(exist_ok=True)
    shared.write_text(text)
    (folder / "books.json").unlink(missing_ok=True)
    (folder / "books.json").symlink_to(shared)


def test_file_is_clean_and_sendable(callbox, tmp_path: Path) -> None:
    done = callbox("convert", "books.json", "api.http")

    assert (done.returncode, done.stderr) == (0, f"wrote api.http: 3 requests\n{SENT.format('1 POST')}\n")
    assert callbox("check", "--strict", "api.http").returncode == 0
    assert callbox("replay", "--dry-run", "api.http").returncode == 0
    assert (tmp_path / "api.http").stat().st_mode & 0o777 == 0o600


def test_base_that_the_description_does_not_say_is_told(callbox, tmp_path: Path) -> None:
    describe(tmp_path, PATHS, servers=[])

    done = callbox("convert", "books.json", "api.http")

    assert done.stderr.split("\n")[1:] == [
        "the description has no host, so the requests go to this machine: @base = http://localhost",
        SENT.format("1 POST"),
        "",
    ]


def test_second_run_changes_nothing(callbox, tmp_path: Path) -> None:
    callbox("convert", "books.json", "api.http")
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir() if path.is_file()}

    done = callbox("convert", "books.json", "api.http")

    assert done.stderr == "api.http is up to date: nothing to write\n"
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir() if path.is_file()} == before


def test_requests_that_change_data_are_told_where_new_ones_are_written(callbox, tmp_path: Path) -> None:
    paths = {"/a": {method: {} for method in ("get", "delete", "put", "post", "patch")}, "/b": {"delete": {}}}
    describe(tmp_path, paths)

    assert SENT.format("1 POST, 1 PUT, 1 PATCH, 2 DELETE") in callbox("convert", "books.json", "api.http").stderr
    paths["/a"]["get"] = {"summary": "Other"}
    describe(tmp_path, paths)
    assert "callbox replay sends" not in callbox("convert", "books.json", "api.http").stderr


def test_nothing_is_told_of_requests_that_only_read(callbox, tmp_path: Path) -> None:
    describe(tmp_path, {"/a": {"get": {}, "head": {}, "options": {}}})

    assert "callbox replay sends" not in callbox("convert", "books.json", "api.http").stderr


def test_second_run_keeps_edits_and_names_what_changed(callbox, tmp_path: Path) -> None:
    callbox("convert", "books.json", "api.http")
    file = tmp_path / "api.http"
    file.write_text(file.read_text().replace("#   ?page=string", "    ?page=3"))
    paths = json.loads(json.dumps(PATHS))
    paths["/books"]["get"]["summary"] = "All books"
    paths["/books"]["put"] = {"operationId": "replace"}
    del paths["/shops/{id}"]
    describe(tmp_path, paths)

    done = callbox("convert", "books.json", "api.http")

    assert done.stderr == (
        "wrote api.http: 3 requests\nnew: PUT /books\nchanged: GET /books\nremoved: GET /shops/{id}\n"
        f"{SENT.format('1 POST, 1 PUT')}\n"
    )
    assert "### All books\n" in file.read_text()
    assert "    ?page=3\n" in file.read_text()


def test_conflict_is_named_with_its_line_and_the_exit_code(callbox, tmp_path: Path) -> None:
    callbox("convert", "books.json", "api.http")
    file = tmp_path / "api.http"
    file.write_text(file.read_text().replace("Emma", "Mine"))
    paths = json.loads(json.dumps(PATHS).replace("Emma", "Persuasion"))
    describe(tmp_path, paths)

    done = callbox("convert", "books.json", "api.http")

    line = file.read_text().split("\n").index('  "title": "Mine"') + 1
    assert done.returncode == 1
    assert (
        f'api.http:{line}: conflict in POST /books: the description now has "title": "Persuasion"; '
        'your "title": "Mine" stays\n' in done.stderr
    )


TEXT = {"/t": {"post": {"requestBody": {"content": {"text/plain": {"example": "one"}}}}}}
KEYED = {"/t": {"get": {"parameters": [{"name": "X-Key", "in": "header", "required": True, "example": "one"}]}}}
NEW_BODY = "the description has another body now; yours stays, and the new one is above the request"


@pytest.mark.parametrize(
    ("paths", "mine", "change", "note"),
    [
        (TEXT, ("one", "mine"), ("one", "two"), f"conflict in POST /t: {NEW_BODY}"),
        (TEXT, ("one", "mine"), ('"requestBody"', '"x-b"'), "conflict in POST /t: the description no longer has a body; yours stays"),
        (KEYED, ("one", "mine"), ('"parameters"', '"x-p"'), "conflict in GET /t: the description no longer has this line; your X-Key: ... stays"),
        (KEYED, ("one", "mine"), ("one", "two"), "conflict in GET /t: the description now has X-Key: ...; your X-Key: ... stays"),
        (KEYED, ("https://books.test/v1", "http://localhost"), ("books.test", "b.test"), "conflict: the description now has @base = https://b.test/v1; your @base = http://localhost stays"),
    ],
    ids=["body", "no body", "no header", "header", "base"],
)  # fmt: skip
def test_conflict_says_what_the_description_has(
    callbox, tmp_path: Path, paths: dict[str, Any], mine: tuple[str, str], change: tuple[str, str], note: str
) -> None:
    describe(tmp_path, paths)
    callbox("convert", "books.json", "api.http")
    file, described = tmp_path / "api.http", tmp_path / "books.json"
    file.write_text(file.read_text().replace(*mine))
    write_description(tmp_path, described.read_text().replace(*change))

    done = callbox("convert", "books.json", "api.http")

    (line,) = (line for line in done.stderr.split("\n") if "conflict" in line)
    _, number, told = line.split(":", 2)
    assert told == f" {note}"
    assert file.read_text().split("\n")[int(number) - 2].startswith("#| ")


@pytest.mark.parametrize(
    ("paths", "mine", "change"),
    [
        (PATHS, ("Emma", "Mine"), ("Emma", "Persuasion")),
        (TEXT, ("one", "mine"), ("one", "two")),
        (KEYED, ("X-Key: one", "X-Key: mine"), ("one", "two")),
        (KEYED, ("https://books.test/v1", "http://localhost"), ("books.test", "b.test")),
    ],
    ids=["member", "body", "header", "base"],
)
def test_check_names_the_conflicts_that_a_conversion_has_left(
    callbox, tmp_path: Path, paths: dict[str, Any], mine: tuple[str, str], change: tuple[str, str]
) -> None:
    describe(tmp_path, paths)
    callbox("convert", "books.json", "api.http")
    file, described = tmp_path / "api.http", tmp_path / "books.json"
    file.write_text(file.read_text().replace(*mine))
    write_description(tmp_path, described.read_text().replace(*change))
    callbox("convert", "books.json", "api.http")

    done = callbox("check", "--strict", "api.http")
    line = next(at for at, text in enumerate(file.read_text().split("\n"), 1) if text.lstrip().startswith("#| "))
    callbox("convert", "books.json", "api.http")

    assert done.returncode == 2
    assert f"api.http:{line}:" in done.stdout
    assert "callbox convert has left a conflict here" in done.stdout
    assert done.stderr == "0 errors, 1 lint, which --strict counts as errors\n"
    assert callbox("check", "--strict", "api.http").returncode == 0


def test_folder_has_a_file_for_each_tag_and_the_environments(callbox, tmp_path: Path) -> None:
    describe(tmp_path, PATHS, servers=TWO)

    done = callbox("convert", "books.json", "out/")

    assert done.returncode == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "books.http", "books.http.base", "http-client.env.json", "shops.http", "shops.http.base",
    ]  # fmt: skip
    assert json.loads((tmp_path / "out" / "http-client.env.json").read_text()) == {
        "$shared": {"base": "https://a.test"}, "live": {"base": "https://a.test"}, "test": {"base": "https://b.test"},
    }  # fmt: skip
    assert callbox("check", "--strict", "-e", "test", "out").returncode == 0
    assert "Host: b.test\n" in callbox("replay", "--dry-run", "-e", "test", "out").stdout


def test_keys_are_added_to_environments_and_nothing_else(callbox, tmp_path: Path) -> None:
    describe(tmp_path, PATHS, servers=TWO)
    own = '{\n  // mine\n  "live": {"base": "https://a.test", "user": "ann"}\n}\n'
    (tmp_path / "http-client.env.json").write_text(own)

    callbox("convert", "books.json", "api.http")

    text = (tmp_path / "http-client.env.json").read_text()
    assert '  // mine\n  "live": {"base": "https://a.test", "user": "ann"}' in text
    assert '"test": {' in text
    assert callbox("check", "--strict", "-e", "test", "api.http").returncode == 0


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("http-client.env.json", '{"$shared": {"base": "https://other.test"}}'),
        ("http-client.env.json", '{"live": {"base": "https://other.test"}}'),
        ("http-client.env.json", '{"dev": {"base": "https://other.test"}}'),
        ("http-client.private.env.json", '{"live": {"base": "https://other.test"}}'),
        (".env", "base = https://other.test\n"),
        ("live.env", "export base=https://other.test\n"),
    ],
)
def test_base_of_another_api_in_the_environments_is_not_used(callbox, tmp_path: Path, name: str, own: str) -> None:
    describe(tmp_path, PATHS, servers=TWO)
    (tmp_path / name).write_text(own)

    done = callbox("convert", "books.json", "api.http")

    assert (tmp_path / name).read_text() == own
    assert "@base = https://a.test\n" in (tmp_path / "api.http").read_text()
    assert "has the base of another API, so the script has its own @base" in done.stderr


def test_another_server_of_the_description_is_told(callbox, tmp_path: Path) -> None:
    callbox("convert", "books.json", "api.http")
    describe(tmp_path, PATHS, servers=[{"url": "https://other.test"}])

    done = callbox("convert", "books.json", "api.http")

    assert "api.http: the description has another server: @base = https://other.test (was @base =" in done.stderr


def test_two_descriptions_in_one_folder_leave_each_other_alone(callbox, tmp_path: Path) -> None:
    callbox("convert", "books.json", "out/")
    before = (tmp_path / "out" / "books.http").read_text()
    other = document({"/books": {"get": {"tags": ["other"]}}}, servers=[{"url": "https://other.test"}])
    (tmp_path / "other.json").write_text(json.dumps(other))

    callbox("convert", "other.json", "out/")

    assert (tmp_path / "out" / "books.http").read_text() == before
    assert "@base = https://other.test\n" in (tmp_path / "out" / "other.http").read_text()


def test_folder_of_a_renamed_description_keeps_edits(callbox, tmp_path: Path) -> None:
    callbox("convert", "books.json", "api")
    books = tmp_path / "api" / "books.http"
    books.write_text(books.read_text() + "\n### mine\nGET {{base}}/mine\n")
    (tmp_path / "books.json").rename(tmp_path / "library.json")

    done = callbox("convert", "library.json", "api")

    assert (done.returncode, "GET {{base}}/mine" in books.read_text()) == (0, True)
    assert "api was made from books.json; library.json has the same operations and takes its place" in done.stderr
    assert "made of library.json" in (tmp_path / "api" / "books.http.base").read_text()


@pytest.mark.parametrize("is_known", [False, True], ids=["new-in-the-folder", "known-in-the-folder"])
def test_file_of_another_description_is_not_overwritten(callbox, tmp_path: Path, is_known: bool) -> None:
    callbox("convert", "books.json", "api")
    books = tmp_path / "api" / "books.http"
    before = books.read_text(), (tmp_path / "api" / "books.http.base").read_text()
    other = {"/pens": {"get": {"tags": ["Pens"]}}}
    if is_known:
        (tmp_path / "other.json").write_text(json.dumps(document(other)))
        callbox("convert", "other.json", "api")
    (tmp_path / "other.json").write_text(json.dumps(document(other | {"/tomes": {"get": {"tags": ["Books"]}}})))

    done = callbox("convert", "other.json", "api")

    assert (books.read_text(), (tmp_path / "api" / "books.http.base").read_text()) == before
    assert (done.returncode, done.stderr) == (
        2,
        "callbox: error: Nothing is written, because api/books.http was made from books.json\n"
        "  choose another folder for other.json\n",
    )


def test_standard_streams(callbox, tmp_path: Path) -> None:
    text = (tmp_path / "books.json").read_text()

    piped = callbox("convert", "-", text=text)

    assert piped.stdout == callbox("convert", "books.json", "-").stdout
    assert piped.stdout.startswith("# Books 1\n@base = https://books.test/v1\n\n### ")


def test_assumed_base_is_told_for_standard_output(callbox, tmp_path: Path) -> None:
    describe(tmp_path, PATHS, servers=[])

    done = callbox("convert", "books.json")

    assert done.stderr == "the description has no host, so the requests go to this machine: @base = http://localhost\n"


def test_yaml_is_recognised_by_its_text(callbox, tmp_path: Path) -> None:
    (tmp_path / "api").write_text(
        "openapi: 3.1.0\ninfo: {title: A, version: '1'}\nservers: [{url: https://a.test}]\npaths:\n  /a:\n    get: {}\n"
    )

    done = callbox("convert", "api", "api.http")

    assert done.stderr == "wrote api.http: 1 request\n"


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (("x.txt", "a.http"), "x.txt is not in a known format", "OpenAPI 3.x and Swagger 2.0"),
        (
            ("books.json", "a.txt"),
            "a.txt has no suffix of a known format",
            ".http, .rest, or a folder; --to http writes",
        ),
        (("books.json", "a.http", "--from", "openap"), "--from openap: there is no such format", "Did you mean"),
        (("books.json", "a.http", "--to", "x"), "--to x: there is no such format", "one of http"),
        (("none.json", "a.http"), "No such file: none.json", ""),
        ((), "Nothing to convert", "callbox convert openapi.json api.http"),
        (("books.json", "a.http", "b.http"), "More than one target: 'b.http'", ""),
        (("cut.json", "a.http"), "cut.json", ""),
    ],
    ids=["unknown text", "unknown suffix", "unknown source", "unknown target", "no file", "nothing", "three", "cut"],
)
def test_bad_words_are_one_error(callbox, tmp_path: Path, words: tuple[str, ...], message: str, hint: str) -> None:
    (tmp_path / "x.txt").write_text("hello")
    (tmp_path / "cut.json").write_text('{"openapi": "3.1.0", "paths"')

    done = callbox("convert", *words)

    assert done.returncode == 2
    assert message in done.stderr
    assert hint in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "a.http").exists()


@pytest.mark.parametrize("name", ["api.http.base", "http-client.env.json"])
@pytest.mark.parametrize("is_dangling", [False, True], ids=["to a file", "to nothing"])
def test_files_beside_a_file_are_not_written_through_links(
    callbox, tmp_path: Path, name: str, is_dangling: bool
) -> None:
    describe(tmp_path, PATHS, servers=TWO)
    victim = tmp_path / "victim"
    if not is_dangling:
        victim.write_text("{}")
    (tmp_path / name).symlink_to(victim)

    done = callbox("convert", "books.json", "api.http")

    assert done.returncode in (2, 3)
    assert f"{name}: it is a symbolic link" in done.stderr
    assert not (tmp_path / "api.http").exists()
    assert not victim.exists() if is_dangling else victim.read_text() == "{}"


@pytest.mark.parametrize("name", ["api.http", "api.http.base", "http-client.env.json"])
def test_pipe_in_the_place_of_a_file_is_not_waited_for(callbox, tmp_path: Path, name: str) -> None:
    (tmp_path / "api.http").touch()
    (tmp_path / name).unlink(missing_ok=True)
    os.mkfifo(tmp_path / name)

    done = callbox("convert", "books.json", "api.http")

    assert done.returncode in (2, 3)
    assert "a pipe" in done.stderr


@pytest.mark.parametrize("name", ["api.http", "api.http.base", "http-client.env.json"])
def test_device_in_the_place_of_a_file_is_not_read(callbox, tmp_path: Path, name: str) -> None:
    (tmp_path / "api.http").touch()
    (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / name).symlink_to("/dev/zero")

    done = callbox("convert", "books.json", "api.http")

    assert done.returncode in (2, 3)
    assert name in done.stderr


def test_file_that_the_user_names_is_written_through_its_link(callbox, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "mine.http").touch()
    (tmp_path / "api.http").symlink_to(tmp_path / "own" / "mine.http")

    callbox("convert", "books.json", "api.http")

    assert "GET {{base}}/books" in (tmp_path / "own" / "mine.http").read_text()


def test_links_in_a_folder_are_not_written_through(callbox, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "victim").write_text("mine")
    (tmp_path / "out" / "books.http").symlink_to(tmp_path / "victim")

    done = callbox("convert", "books.json", "out")

    assert done.returncode != 0
    assert (tmp_path / "victim").read_text() == "mine"


def test_check_compares_with_the_description(callbox, tmp_path: Path) -> None:
    (tmp_path / "own.json").write_text(json.dumps(document(PATHS)))  # check follows no link out of the folder
    callbox("convert", "own.json", "api.http")
    right = callbox("check", "--strict", "--openapi", "own.json", "api.http")
    file = tmp_path / "api.http"
    file.write_text(file.read_text().replace("{{base}}/books\nContent", "{{base}}/bokks\nContent"))

    wrong = callbox("check", "--openapi", "own.json", "api.http")
    rows = callbox("check", "--openapi", "own.json", "--format", "json", "api.http").stdout

    assert (right.returncode, right.stderr) == (0, "0 errors, 0 lints\n")
    assert wrong.returncode == 1
    assert "No operation is described for POST /bokks" in wrong.stdout
    assert [(row["code"], row["severity"]) for row in json.loads(rows)] == [("openapi", "error")]


@pytest.mark.parametrize(
    ("own", "code"),
    [("", 1), ("GET http://localhost/a?x={{undefined_name}}", 2), ("# @nocookiejars\nGET http://h/", 2)],
)
def test_deprecated_operation_fails_a_strict_check_as_the_description_does(
    callbox, tmp_path: Path, own: str, code: int
) -> None:
    described = document({"/a": {"get": {"deprecated": True, "responses": {}}}}, servers=[{"url": "http://localhost"}])
    (tmp_path / "old.json").write_text(json.dumps(described))
    (tmp_path / "old.http").write_text("GET http://localhost/a\n" + (f"###\n{own}\n" if own else ""))

    strict = callbox("check", "--strict", "--openapi", "old.json", "old.http")

    assert strict.returncode == code
    assert "which --strict counts as errors" in strict.stderr


def test_deprecated_operations_of_a_new_file_pass_a_strict_check(callbox, tmp_path: Path) -> None:
    described = document({"/a": {"get": {"deprecated": True, "responses": {}}}}, servers=[{"url": "http://localhost"}])
    (tmp_path / "old.json").write_text(json.dumps(described))
    callbox("convert", "old.json", "old.http")

    strict = callbox("check", "--strict", "--openapi", "old.json", "old.http")

    assert (strict.returncode, strict.stderr) == (0, "0 errors, 0 lints\n")


@pytest.fixture
def described_url(tmp_path: Path):
    """A server of the description whose servers are relative; /private asks for a login."""

    def answer(request: Request) -> bytes:
        if not request.path.startswith("/v1/books.json"):
            return b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
        body = json.dumps(document(PATHS, servers=[{"url": "api"}])).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)

    with Recorder(answer) as server:
        yield server.url


@pytest.mark.parametrize("server", ["api", "/v1/api", "/v1/api/"])
def test_file_without_a_host_keeps_the_host_of_the_last_conversion(
    callbox, tmp_path: Path, described_url: str, server: str
) -> None:
    callbox("convert", f"{described_url}/v1/books.json", "api.http")
    text = (tmp_path / "api.http").read_text()
    describe(tmp_path, PATHS, servers=[{"url": server}])

    done = callbox("convert", "books.json", "api.http")

    assert (tmp_path / "api.http").read_text() == text
    assert "another server" not in done.stderr


def test_description_at_a_url(callbox, tmp_path: Path, described_url: str) -> None:
    done = callbox("convert", f"{described_url}/v1/books.json?token=HIDDEN", "api.http")

    assert (done.returncode, done.stderr) == (0, f"wrote api.http: 3 requests\n{SENT.format('1 POST')}\n")
    assert f"@base = {described_url}/v1/api\n" in (tmp_path / "api.http").read_text()
    assert "HIDDEN" not in (tmp_path / "api.http").read_text() + (tmp_path / "api.http.base").read_text()
    again = callbox("convert", f"{described_url}/v1/books.json", "api.http", "--from", "openapi")
    assert again.stderr.endswith("nothing to write\n")
    checked = callbox("check", "--strict", "--openapi", f"{described_url}/v1/books.json", "api.http")
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("convert", "URL/private", "api.http"), "No description at URL/private: the server responded with 401"),
        (
            ("convert", "http://127.0.0.1:1/x.json?token=HIDDEN", "api.http"),
            "No description at http://127.0.0.1:1/x.json",
        ),
        (("convert", "ftp://h/x.json", "api.http"), "ftp"),
        (("convert", "URL/v1/books.json", "api.http", "--from", "postman"), "--from postman: there is no such format"),
        (("convert", "books.json", "URL/api.http"), "The target must be a file or a folder"),
        (
            ("check", "--openapi", "URL/private", "books.json"),
            "No description at URL/private: the server responded with 401",
        ),
    ],
)
def test_url_that_gives_no_description_is_one_line(
    callbox, described_url: str, words: tuple[str, ...], said: str
) -> None:
    done = callbox(*(word.replace("URL", described_url) for word in words))

    first = done.stderr.splitlines()[0]
    assert done.returncode == 2
    assert said.replace("URL", described_url) in first
    assert "HIDDEN" not in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
