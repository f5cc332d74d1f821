"""`import openapi`, `show api`, `unset api`, and help on described operations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from callbox.api import get
from callbox.openapi.description_checks_and_compiler import compile_text
from callbox.openapi.operation_lookup import DescribedBase
from callbox.openapi.operations_parameters_and_security import Api
from callbox.practice import Practice
from callbox.shell.known_openapi_descriptions import KnownApi
from callbox.storage.platform_directories import make_subdirectory


@pytest.fixture(scope="module")
def described(api: Practice) -> Api:
    """The description of the practice API, read once for the tests of this module."""
    url = f"{api.url}/openapi.json"
    return Api(compile_text(get(url).text, url))


@pytest.fixture
def known(shell, described: Api):
    base = shell.context.session.base_url
    url = f"{base}/openapi.json"
    shell.context.apis.add(KnownApi(base, url, DescribedBase(described, base, url)))
    return shell


def test_description_at_the_base_is_found(shell) -> None:
    assert shell.say("import openapi").startswith("imported callbox practice 1, ")


def test_description_of_a_path_is_a_request_of_the_session_but_not_in_the_history(shell) -> None:
    shell.say("import openapi /openapi.json")

    assert shell.context.history.last is None
    assert shell.context.apis.at(shell.context.session.base_url) is not None


def test_description_of_a_file(shell, tmp_path: Path) -> None:
    document = {"openapi": "3.0.0", "info": {"title": "Mine", "version": "2"}, "paths": {"/a": {"get": {}}}}
    (tmp_path / "mine.json").write_text(json.dumps(document))

    assert shell.say("import openapi mine.json").startswith("imported Mine 2, 1 operation, for http://")


def test_base_is_taken_from_the_description_where_there_is_none(shell, tmp_path: Path) -> None:
    document = {
        "openapi": "3.0.0",
        "info": {"title": "Mine", "version": "2"},
        "servers": [{"url": "https://api.x/v1"}],
        "paths": {},
    }
    (tmp_path / "mine.json").write_text(json.dumps(document))
    shell.say("unset base")

    assert "set base https://api.x/v1" in shell.say("import openapi mine.json")
    assert shell.context.session.base_url == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The description is empty"),
        ("<html></html>", "This is HTML or XML, not a description of an API"),
        ('{"openapi": ', "JSON"),
        ('{"a": 1}', "openapi"),
        ('{"openapi": "4.0.0", "paths": {}}', "4.0"),
        ("[1]", ""),
    ],
)
def test_what_is_no_description_has_one_line_and_its_place(shell, tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "x.json").write_text(text)
    failure = shell.failure("import openapi x.json")

    assert message in failure.error.message
    assert "\n" not in failure.error.message
    assert shell.context.apis.all() == []


def test_missing_file_is_named(shell) -> None:
    assert "nowhere.json" in shell.fail("import openapi nowhere.json")


def test_path_without_a_description_tells_its_status(shell) -> None:
    assert "/nothing responded with 404, but not with a description" in shell.fail("import openapi /nothing")


def test_search_without_a_base_says_what_to_do(shell) -> None:
    shell.say("unset base")

    assert (
        shell.fail("import openapi")
        == "No base URL is set, so there is nowhere to search set base URL, or: import openapi FILE"
    )


def test_show_api_tells_title_servers_and_schemes(known) -> None:
    shown = known.say("show api")

    assert "callbox practice 1" in shown
    assert "bearer: set auth bearer TOKEN, a token" in shown


@pytest.mark.parametrize("info", [{"title": "", "version": "0.0.0"}, {"version": "0.0.0"}, {"title": " "}])
def test_api_without_a_title_is_called_so(shell, tmp_path: Path, info: dict[str, str]) -> None:
    (tmp_path / "x.json").write_text(json.dumps({"openapi": "3.0.0", "info": info, "paths": {"/a": {"get": {}}}}))

    assert shell.say("import openapi x.json").startswith("imported an API without a title, 1 operation, for ")
    assert any(row.split()[:2] in (["title", "none"], ["title", "none,"]) for row in shell.say("show api").splitlines())


def test_show_api_without_a_description_says_what_to_do(shell) -> None:
    assert shell.say("show api").startswith("no description is known for this base: import openapi")


def test_sources_are_what_was_tried(shell) -> None:
    shell.say("import openapi")
    rows = [row.split(maxsplit=1) for row in shell.say("show api --sources").splitlines()]

    assert [f"{shell.context.session.base_url}/openapi.json", "a description"] in [
        [one.strip() for one in row] for row in rows
    ]


def test_unset_api_forgets(shell) -> None:
    shell.say("import openapi")

    assert shell.say("unset api").rstrip().endswith(", and its description")
    assert shell.context.apis.at(shell.context.session.base_url) is None


def test_ls_lists_described_paths(known) -> None:
    rows = known.say("ls /books").splitlines()

    assert any(row.split()[:2] == ["{id}", "GET,"] for row in rows)


def test_ls_marks_deprecated_operations(shell) -> None:
    paths = {"/old": {"get": {"deprecated": True, "summary": "Gone soon"}, "put": {}}}
    shell.describe({"openapi": "3.0.0", "paths": paths})

    assert any(row.split() == "old GET (deprecated), PUT".split() for row in shell.say("ls /").splitlines())


def test_help_on_an_operation_by_its_template(known) -> None:
    assert known.say("help GET /books/{id}").startswith("GET /books/{id}\n")


def test_help_on_an_operation_by_a_path(known) -> None:
    assert known.say("help get /books/7").startswith("GET /books/{id}\n")


def test_help_on_a_path_has_all_its_methods(known) -> None:
    shown = known.say("help /books")

    assert "GET /books\n" in shown
    assert "POST /books\n" in shown


def test_help_shows_the_fields_of_the_body(known) -> None:
    (row,) = [row for row in known.say("help POST /books").splitlines() if row.strip().startswith("copies")]

    assert row.split(maxsplit=2) == ["copies", "?", "integer 0..1000 = 1"]


def test_help_on_an_unknown_operation(known) -> None:
    assert known.fail("help GET /nothing") == "The description has no operation GET /nothing to list the paths: ls"


@pytest.mark.parametrize("path", ["/api/v1/tasks/{id}", "/tasks/{id}", "/api/v1/tasks/7", "/api/v1/tasks", "/tasks"])
def test_help_on_a_path_with_and_without_that_of_the_server(shell, path: str) -> None:
    paths: dict[str, Any] = {"/tasks": {"get": {}}, "/tasks/{id}": {"get": {}}}
    shell.describe({"openapi": "3.1.0", "servers": [{"url": "/api/v1"}], "paths": paths})

    assert shell.say(f"help GET {path}").startswith("GET /tasks")


def test_help_on_a_misspelt_path_names_the_described_one(known) -> None:
    assert known.fail("help GET /bokks").endswith("Did you mean /books?")


@pytest.mark.parametrize(
    ("topic", "row"),
    [("POST /books copies", "copies integer 0..1000 = 1"), ("GET /books per_page", "per_page ? integer 1..100 = 10")],
)
def test_help_on_one_member_of_an_operation(known, topic: str, row: str) -> None:
    first, second, *others = known.say(f"help {topic}").splitlines()

    assert (first, others) == (topic.rpartition(" ")[0], [])
    assert " ".join(second.split()).startswith(row)


def test_help_on_an_operation_without_a_description(shell) -> None:
    assert "No description of this API is known" in shell.fail("help GET /books")


def test_description_changes_nothing_of_the_session(shell) -> None:
    before = shell.say("show session")
    shell.say("import openapi")

    assert shell.say("show session") == before


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("get /books sotr==id", "the description has no parameter 'sotr'; did you mean 'sort'?"),
        ("preview post /books titel=x author=y", "the description has no field 'titel'; did you mean 'title'?"),
    ],
)
def test_name_that_is_not_described_has_a_hint_and_is_sent(known, line: str, hint: str) -> None:
    assert hint in known.say(line)


def test_name_that_is_near_to_nothing_has_no_hint(known) -> None:
    assert "did you mean" not in known.say("get /books zzzz==1")


@pytest.mark.parametrize("line", ["show api", "show api --sources", "import openapi", "import openapi /openapi.json"])
def test_secrets_of_the_base_are_not_shown(api, shell, line: str) -> None:
    shell.say("set var token HIDDENTOK")
    shell.say(f"set base {api.url.replace('//', '//ann:HIDDENPW@')}/?api_key={{{{token}}}}")
    shell.say("import openapi")

    assert "HIDDEN" not in shell.say(line)


@pytest.fixture
def filled(api, shell):
    """A shell with the description of a URL into which a secret was filled."""
    shell.say("set var token HIDDENTOK")
    shell.say("import openapi /openapi.json?k={{token}}")
    return shell


def test_secret_filled_into_the_url_of_a_description_is_not_shown(filled) -> None:
    assert "k=..." in filled.say("show api")


def test_description_of_a_url_with_a_filled_secret_is_not_cached(filled) -> None:
    folder = make_subdirectory("cache", "descriptions")
    assert not [path for path in folder.iterdir() if b"HIDDENTOK" in path.read_bytes()]


@pytest.mark.parametrize("line", ["import openapi books.json", "get /books --validate=books.json"])
@pytest.mark.parametrize(("history", "is_cached"), [("yes", True), ("no", False)])
def test_description_in_a_file_is_cached_unless_nothing_is_kept(
    api, shell, tmp_path, line: str, history: str, is_cached: bool
) -> None:
    (tmp_path / "books.json").write_text(json.dumps({"openapi": "3.1.0", "info": {}, "paths": {"/books": {"get": {}}}}))
    shell.run(f"set option history {history}", line)

    assert any(make_subdirectory("cache", "descriptions").iterdir()) == is_cached


def test_secret_filled_into_a_url_is_not_in_the_place_of_an_error(shell) -> None:
    shell.say("set var token HIDDENTOK")
    error = shell.failure("import openapi /books/1?k={{token}}").error

    assert "HIDDENTOK" not in f"{error.message} {error.place}"


def test_search_by_hand_sends_nothing_of_the_base_but_its_path(api, shell) -> None:
    shell.say(f"set base {api.url.replace('//', '//ann:HIDDENPW@')}/?api_key=HIDDENKEY")
    shell.say("import openapi")

    attempts = shell.context.apis.attempts[shell.context.session.base_url]
    assert not [one for one in attempts if "HIDDEN" in one.url]


def body(shell, line: str) -> dict:
    shell.run(line)
    return json.loads(shell.context.last.outgoing.content.data)


def test_example_of_a_body_is_accepted(known) -> None:
    known.run("post /books --example")

    assert known.context.last.response.status == 201


def test_typed_fields_win_over_the_example(known) -> None:
    sent = body(known, "post /books --example title=Mine")

    assert sent["title"] == "Mine"
    assert "author" in sent


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("post /nothing --example", "The description has no operation for this POST"),
        ("get /books --example", "GET /books has no body in the description"),
        ("post /books --example=zzz", "The description has no example 'zzz' of this body"),
    ],
)
def test_example_that_is_not_there_is_one_line(known, line: str, said: str) -> None:
    assert known.fail(line).startswith(said)


def test_example_without_a_description_says_what_to_do(shell) -> None:
    assert shell.fail("post /books --example").startswith("No description of this API is known: import openapi")
