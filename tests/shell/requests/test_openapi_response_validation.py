"""`--validate` and the option `validate`: what a response differs in is told below it, and the line has failed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from callbox.exchange.exchange_record_and_events import Done
from callbox.shell.outputs import ExchangeEvent, Failure


def write_description(path: str, base: str, **fields: Any) -> None:
    schema = {"type": "object", "properties": fields}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Book"}}}
    operation = {"responses": {"200": {"description": "", "content": content}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Books", "version": "1"},
        "servers": [{"url": base}],
        "paths": {"/books/{id}": {"get": operation}},
        "components": {"schemas": {"Book": schema}},
    }
    Path(path).write_text(json.dumps(document))


@pytest.fixture(autouse=True)
def described(shell, tmp_path: Path) -> None:
    base = shell.context.session.base_url
    write_description("good.json", base, year={"type": "integer"})
    write_description("bad.json", base, year={"type": "string"})
    write_description("worse.json", base, year={"type": "string"}, title={"type": "integer"})


def test_response_as_described_is_told(shell) -> None:
    assert "matches the description: GET /books/{id} 200" in shell.say("get /books/1 --validate=good.json")


def test_difference_is_the_failure_of_the_line(shell) -> None:
    failure = shell.failure("get /books/1 --validate=bad.json")

    expected = "GET /books/{id} 200 differs from the description: $.year: expected string, got 1813 (Book.year)"
    assert (failure.error.message, failure.exit_code) == (expected, 1)


def test_each_of_several_differences_is_told(shell) -> None:
    outputs = shell.run("get /books/1 --validate=worse.json")

    assert [output.error.message for output in outputs if isinstance(output, Failure)] == [
        '$.title: expected integer, got "Pride and Prejudice" (Book.title)',
        "$.year: expected string, got 1813 (Book.year)",
        "GET /books/{id} 200 differs from the description in 2 places",
    ]


def test_differences_are_told_where_notes_are_not(shell) -> None:
    shell.context.is_quiet = True

    outputs = shell.run("get /books/1 --validate=worse.json")

    assert len([output for output in outputs if isinstance(output, Failure)]) == 3


def test_response_is_shown_and_in_the_history(shell) -> None:
    outputs = shell.run("get /books/1 --validate=bad.json")

    assert any(isinstance(output, ExchangeEvent) and isinstance(output.event, Done) for output in outputs)
    assert shell.context.history.last is not None


def test_imported_description_counts(shell) -> None:
    shell.say("import openapi bad.json")

    assert "differs from the description" in shell.fail("get /books/1 --validate")


def test_without_a_description_nothing_is_sent(shell) -> None:
    message = shell.fail("get /books/1 --validate")

    assert message == "No description of this API is known --validate=FILE, or: import openapi [FILE | URL]"
    assert shell.context.history.last is None


def test_operation_that_is_not_described_fails(shell) -> None:
    assert shell.fail("get /authors --validate=good.json").startswith(
        "The description has no operation for GET /authors"
    )


def test_option_validates_each_request(shell) -> None:
    shell.say("import openapi bad.json", "set option validate yes")

    assert "differs from the description" in shell.fail("get /books/1")


def test_option_without_a_description_is_noted(shell) -> None:
    shell.say("set option validate yes")

    assert "not validated: no description of this API is known" in shell.say("get /books/1")


@pytest.mark.parametrize("where", ["nothing.json", "{base}/nothing.json"])
def test_description_that_is_not_there_is_an_error(shell, where: str) -> None:
    place = where.format(base=shell.context.session.base_url)
    shell.fail(f"get /books/1 --validate={place}")

    assert shell.context.history.last is None


def test_description_is_fetched_without_the_session(shell) -> None:
    shell.say("set auth bearer HIDDEN")
    base = shell.context.session.base_url

    assert "matches the description: GET /books/{id} 200" in shell.say(f"get /books/1 --validate={base}/openapi.json")


def test_times_and_validate_contradict(shell) -> None:
    shell.say("get /books/1")

    assert shell.fail("again --times 3 --validate") == "--validate checks one response leave --times out"
