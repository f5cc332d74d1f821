"""JSON that stands bare in a line is the body, and keeps its quotes."""

from __future__ import annotations

import json

import pytest
from tests.support.rows import check_rows

from callbox.shell.completion.completer import complete
from callbox.shell.line.highlighter import fragments
from callbox.shell.line.lexer import joined_lines, split
from callbox.shell.line.redaction import redact_line


@pytest.mark.parametrize(
    ("line", "sent"),
    [
        ('post /echo {"id":2}', {"id": 2}),
        ('post /echo {"id": 2, "of": {"a": [1, "b c"]}}', {"id": 2, "of": {"a": [1, "b c"]}}),
        ("post /echo '{\"id\":2}'", {"id": 2}),
        ('post /echo "{\\"id\\":2}"', {"id": 2}),
        ("post /echo [1,2]", [1, 2]),
        ("post /echo [true, null]", [True, None]),
        ('post /echo ["a", "b > c | d"]', ["a", "b > c | d"]),
        ("post /echo {}", {}),
        ("post /echo []", []),
        ('post /echo {\n  "id": 2\n}', {"id": 2}),
        ('post /echo --body {"id":2}', {"id": 2}),
        ('post /echo --body={"id": 2}', {"id": 2}),
        ('post /echo X-A:1 {"id":2} q==1', {"id": 2}),
        ('put /echo {"t": "{{x}}", "n": {{n}}}', {"t": 'a"b', "n": 7}),
        ('put /echo --body {"t": "{{x}}", "n": {{n}}}', {"t": 'a"b', "n": 7}),
    ],
)
def test_json_in_a_line_is_sent_as_it_stands(shell, line: str, sent: object) -> None:
    shell.run("set var x 'a\"b'", "set var n 7")

    record = shell.record(line)

    assert json.loads(record.outgoing.content.data) == sent
    assert ("content-type", "application/json") in [(f.name.lower(), f.value) for f in record.outgoing.headers]


def test_json_without_a_target_goes_to_the_base(shell) -> None:
    record = shell.record('post {"a":1}')

    assert record.outgoing.content.data == b'{"a":1}'
    assert record.outgoing.url.path == "/"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("post /echo {id:2}", "'{id:2}' is not JSON write names in double quotes"),
        ("post {id:2}", "'{id:2}' is neither a path nor JSON write names in double quotes"),
        ("post /echo --body {id:2}", "is not JSON"),
        ('post /echo {"id":2', "The brace is not closed"),
        ('post /echo {"id":}', "Not JSON"),
        ('post /echo {"id":1} a=1', "A request can have only one body"),
        ('post /echo {"id":1} --form', "A JSON body cannot be a form"),
    ],
)
def test_what_is_nearly_json_is_refused(shell, line: str, said: str) -> None:
    assert said in shell.fail(line)


@check_rows(
    ("text", "needs_more"),
    [
        ("post /x {", True),
        ('post /x {"a": 1,', True),
        ("post /x [", True),
        ('post /x {"a": 1}', False),
        ("get [::1]:80/x", False),
        ("post /x [a", False),
        ("post /x {a", False),
    ],
)
def test_an_open_brace_goes_on_to_the_next_row(text: str, needs_more: bool) -> None:
    assert split(text).needs_more is needs_more


def test_json_over_several_rows_is_one_line() -> None:
    pasted = 'post /x {\n  "a": [\n    1\n  ]\n}\nget /y'

    assert [line for _, line in joined_lines(pasted)] == [pasted.removesuffix("\nget /y"), "get /y"]


@check_rows("text", ["[0][a]=1", "[]=1", "[a]=x", "[0]:=1", "[::1]:80/x", "[2001:db8::1]/x"])
def test_brackets_of_keys_and_addresses_are_no_json(text: str) -> None:
    assert "j" not in split(text).words[0].marks


@check_rows(
    ("line", "kept"),
    [
        ('post /x {"password":"hunter2"}', 'post /x {"password":"?"}'),
        ('post {"user": {"newPassword": "hun ter2"}}', 'post {"user": {"newPassword": "?"}}'),
        ('post /x \'{"password":"hunter2"}\'', 'post /x \'{"password":"?"}\''),
        ('post /x --body {"token":"hunter2"}', 'post /x --body {"token":"?"}'),
        ('psot /x {"password":"hunter2"}', 'psot /x {"password":"?"}'),
        ('post /x {"password":"hunter2"', 'post /x {"password":"?"'),
        ("post /x 'password=hun ter2'", "post /x 'password=?'"),
        ("psot /x 'password=hun ter2'", "psot /x 'password=?'"),
        ('post /x "X-Api-Key: hunter2"', "post /x 'X-Api-Key: ?'"),
    ],
)
def test_the_history_has_no_password_of_it(line: str, kept: str) -> None:
    assert redact_line(line) == kept


def test_a_recalled_secret_in_json_is_asked_for_in_words(shell) -> None:
    assert "not kept in the history" in shell.fail('post /echo {"password":"?"}')


@pytest.mark.parametrize("item", ["'password=?'", '"X-Api-Key: ?"'])
def test_a_recalled_secret_in_a_quoted_item_is_asked_for(shell, item: str) -> None:
    shell.answers = ["hunter2"]

    shell.record(f"post /echo {item}")

    assert len(shell.asked) == 1


def test_it_is_coloured_as_a_string_and_has_no_completions() -> None:
    assert ("string", '{"a": "b c"}') in fragments('post /x {"a": "b c"}')
    assert complete('post /x {"a', 11) == []


@pytest.mark.parametrize(
    ("item", "sent"),
    [
        ('"title=x y"', {"title": "x y"}),
        ("'title=x y'", {"title": "x y"}),
        ("'a[b]=x y'", {"a": {"b": "x y"}}),
        ("'n:=[1, 2]'", {"n": [1, 2]}),
        ("$'title=x\\ty'", {"title": "x\ty"}),
        ('"title={{v}} y"', {"title": "a=b y"}),
    ],
)
def test_an_item_that_is_quoted_as_a_whole_is_taken(shell, item: str, sent: object) -> None:
    record = shell.record("set var v a=b", f"post /echo {item}")

    assert json.loads(record.outgoing.content.data) == sent


@pytest.mark.parametrize("line", ['get /echo "X-A: b c"', "get /echo 'X-A:b c'"])
def test_a_quoted_header_is_taken(shell, line: str) -> None:
    assert ("X-A", "b c") in [(f.name, f.value) for f in shell.record(line).outgoing.headers]


def test_a_quoted_query_parameter_is_taken(shell) -> None:
    assert shell.record("get /echo 'q==a b'").outgoing.url.target == "/echo?q=a+b"
