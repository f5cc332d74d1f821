"""`# @expect openapi`, `# @expect schema` and `--openapi`: responses of scripts against a description and schemas."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.rows import check_rows

from callbox.engine import LiveSession
from callbox.errors import UsageError
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.replay.file_and_system_access import real_ports
from callbox.replay.openapi_response_checks import ResponseChecks, open_checks
from callbox.replay.run_options import Plan, check_contradictions, read_plan
from callbox.replay.run_progress_and_deadline import RunControl
from callbox.replay.runner import replay
from callbox.report.result import Result

BOOK = {"type": "object", "properties": {"year": {"type": "integer"}}}
CONTENT = {"application/json": {"schema": {"$ref": "#/components/schemas/Book"}}}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Books", "version": "1"},
    "paths": {"/books/{id}": {"get": {"responses": {"200": {"description": "", "content": CONTENT}}}}},
    "components": {"schemas": {"Book": BOOK}},
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("api.json").write_text(json.dumps(DOCUMENT))
    return tmp_path


@pytest.fixture
def checks(folder: Path) -> Iterator[ResponseChecks]:
    made = open_checks("api.json", {})
    yield made
    made.close()


def run(text: str, checks: ResponseChecks | None, plan: Plan = Plan(), name: str = "a.http") -> list[Result]:
    ports = real_ports()
    control = RunControl(plan, ports, checks=checks)
    with LiveSession() as session:
        results = list(replay(parse(text, name), session, ports, plan, control=control))
    if checks is None and control.checks is not None:
        control.checks.close()
    return results


def failures(result: Result) -> list[tuple[str, str, str, int]]:
    return [(one.text, one.expected, one.actual, one.line) for one in result.failures]


def test_each_response_is_compared_with_the_description_of_the_command_line(server, checks) -> None:
    server.json("/books/1", '{"year": "1815"}')
    (result,) = run(f"\nGET {server.url}/books/1\n", checks)

    where = "openapi GET /books/{id} 200 $.year"
    assert failures(result) == [(where, "integer (Book.year)", '"1815"', 2)]


def test_response_as_described_counts_as_a_check(server, checks) -> None:
    server.json("/books/1", '{"year": 1815}')
    (result,) = run(f"GET {server.url}/books/1\n", checks)

    assert [(one.text, one.is_ok) for one in result.checks] == [("openapi GET /books/{id} 200", True)]


def test_directive_takes_the_place_of_the_request_line(server, checks) -> None:
    server.json("/books/1", '{"year": "1815"}')
    (result,) = run(f"# @expect openapi\n\nGET {server.url}/books/1\n", checks)

    assert [line for *_, line in failures(result)] == [1]


@pytest.mark.parametrize("directives", ["# @no-openapi", "# @no-openapi\n# @expect schema true"])
def test_request_that_is_left_out_is_neither_checked_nor_counted(server, checks, directives) -> None:
    server.json("/books/1", '{"year": "1815"}')
    (result,) = run(f"{directives}\n\nGET {server.url}/books/1\n", checks)

    assert (result.outcome, result.notes) == ("ok", ())
    assert checks.coverage().percent == 0


def test_directive_that_is_switched_off_leaves_nothing_out(server, checks) -> None:
    server.json("/books/1", '{"year": "1815"}')
    (result,) = run(f"# @no-openapi false\n\nGET {server.url}/books/1\n", checks)

    assert result.outcome == "failed"


def test_request_without_an_operation_is_noted_and_listed(server, checks) -> None:
    (result,) = run(f"GET {server.url}/others\n", checks)

    assert (result.outcome, result.notes) == ("ok", ("the description has no operation for this request",))
    assert checks.coverage().undescribed == ((f"GET {server.url}/others", 1),)


def test_request_without_an_operation_fails_where_a_directive_asks(server, checks) -> None:
    (result,) = run(f"# @expect openapi\nGET {server.url}/others\n", checks)

    assert failures(result) == [("openapi", "an operation of the description", "no operation for this request", 1)]


def test_secret_of_a_request_that_is_not_described_is_redacted(server, checks) -> None:
    plan = Plan(variables={"id": "HIDDENID"}, secret_names=frozenset({"id"}))
    run(f"GET {server.url}/users/{{{{id}}}}\n", checks, plan)

    assert checks.coverage().undescribed == ((f"GET {server.url}/users/...", 1),)


@pytest.mark.parametrize("directive", ["openapi", "schema", "schema #/components/schemas/Book"])
def test_without_a_description_nothing_is_sent(server, folder, directive: str) -> None:
    (result,) = run(f"# @expect {directive}\nGET {server.url}/books/1\n", None)

    assert (result.outcome, result.error.message) == ("error", "No description of the API is known")
    assert (result.error.place.line, server.lines) == (1, [])


@pytest.mark.parametrize(
    ("directive", "expected"),
    [
        ("schema", ["schema GET /books/{id} 200 $.year"]),
        ("schema #/components/schemas/Book", ["schema #/components/schemas/Book $.year"]),
        ("schema api.json#/components/schemas/Book", ["schema api.json#/components/schemas/Book $.year"]),
        ("schema book.json", ["schema book.json $.year"]),
        ("schema 'book.json'", ["schema 'book.json' $.year"]),
        ("schema book.json#/$defs/old", []),
        ("schema {{file}}", ["schema {{file}} $.year"]),
        (
            'schema {"properties": {"year": {"type": "number"}}}',
            ['schema {"properties": {"year": {"type": "number"}}} $.year'],
        ),
        ("schema {}", []),
    ],
    ids=["described", "pointer", "description", "file", "quoted", "definition", "variable", "inline", "any"],
)
def test_schema_is_taken_from(server, folder, directive: str, expected: list[str]) -> None:
    Path("book.json").write_text(json.dumps({**BOOK, "$defs": {"old": {"properties": {"year": {"type": "string"}}}}}))
    server.json("/books/1", '{"year": "1815"}')
    checks = ResponseChecks(open_checks("api.json", {}).contract)
    (result,) = run(f"@file = book.json\n# @expect {directive}\nGET {server.url}/books/1\n", checks)
    checks.close()

    assert [text for text, *_ in failures(result)] == expected


def test_schema_file_is_looked_for_beside_the_script(server, folder) -> None:
    Path("sub").mkdir()
    Path("sub/book.json").write_text(json.dumps(BOOK))
    server.json("/books/1", '{"year": 1}')
    (result,) = run(f"# @expect schema book.json\nGET {server.url}/books/1\n", None, name="sub/a.http")

    assert result.outcome == "ok"


@pytest.mark.parametrize(
    ("directive", "message"),
    [
        ("schema nothing.json", "No such file: nothing.json"),
        ("schema http://a.test/b.json", "callbox does not fetch a schema from a URL"),
        ("schema {", "The schema is not JSON"),
        ("schema list.json", "list.json is not a schema"),
        ("schema api.json", "api.json is a description of an API"),
        ("schema api.json#/components/schemas/Nothing", "api.json has no schema at #/components/schemas/Nothing"),
        ("schema far.json", "far.json: other.json#/a leads to no schema"),
        ("schema dynamic.json", "dynamic.json: the schema: $dynamicRef is not checked"),
        ("openapi strictly", "openapi takes no words after it, but it is followed by 'strictly'"),
    ],
    ids=["missing", "url", "no-json", "list", "description", "pointer", "far", "dynamic", "openapi"],
)
def test_schema_that_cannot_be_used_keeps_the_file_from_being_sent(
    server, folder, directive: str, message: str
) -> None:
    Path("list.json").write_text("[1]")
    Path("far.json").write_text('{"$ref": "other.json#/a"}')
    Path("dynamic.json").write_text('{"$dynamicRef": "#x"}')
    (result,) = run(f"# @expect {directive}\nGET {server.url}/books/1\n", None)

    assert result.outcome == "error"
    assert result.error.message.startswith(message)
    assert server.lines == []


def test_sandbox_reads_no_schema_outside_of_its_folder(server, folder) -> None:
    Path("sub").mkdir()
    Path("book.json").write_text(json.dumps(BOOK))
    plan = Plan(is_sandboxed=True)
    (result,) = run(f"# @expect schema ../book.json\nGET {server.url}/books/1\n", None, plan, "sub/a.http")

    assert (result.outcome, server.lines) == ("error", [])
    assert "outside" in result.error.message


def test_body_that_is_no_json_fails(server, folder) -> None:
    (result,) = run(f"# @expect schema {{}}\nGET {server.url}/books/1\n", None)

    assert failures(result)[0][:2] == ("schema {} $", "JSON")


@check_rows(
    ("given", "message"),
    [
        ({"fail-under": ["50"]}, "--fail-under works only with --openapi"),
        ({"fail-under": ["101"]}, "--fail-under takes a percentage from 0 to 100, not '101'"),
        ({"openapi": [""]}, "--openapi takes the file or the URL of a description"),
    ],
    ids=["alone", "too-much", "empty"],
)
def test_options_are_checked(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_contradictions(read_plan(given))

    assert caught.value.message == message


def test_description_that_cannot_be_read_is_an_error(folder) -> None:
    with pytest.raises(UsageError):
        open_checks("nothing.json", {})


@pytest.mark.parametrize("pointer", ["0000000009999", "9" * 5_000, "2"])
def test_position_that_a_list_has_not_is_an_error_of_its_request(folder: Path, pointer: str) -> None:
    Path("t.json").write_text('{"prefixItems": [true, true]}')
    (result,) = run(f"# @expect schema t.json#/prefixItems/{pointer}\nGET http://127.0.0.1:9/", None)

    assert result.error is not None
    assert "t.json has no schema at #/prefixItems/" in result.error.message


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: Path(path).symlink_to("/dev/zero")], ids=["pipe", "device"])
def test_schema_is_read_from_no_pipe_and_no_device(folder: Path, make: Callable[[str], None]) -> None:
    make("s.json")
    (result,) = run("# @expect schema s.json\nGET http://127.0.0.1:9/", None)

    assert result.error is not None
    assert result.error.message == "s.json is a pipe or a device, not a file"
