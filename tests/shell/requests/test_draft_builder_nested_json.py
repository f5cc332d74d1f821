"""Body fields become JSON text, and nothing of what was typed is lost."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.errors import UsageError
from callbox.shell.line.targets_and_items import validate_json
from callbox.shell.requests.draft_builder import build_json, json_string


@check_rows(
    ("fields", "expected"),
    [
        ([(("a",), '"x"')], '{"a": "x"}'),
        ([(("a", "b"), "1"), (("a", "c"), "2")], '{"a": {"b": 1, "c": 2}}'),
        ([(("a", None), "1"), (("a", None), "2")], '{"a": [1, 2]}'),
        ([(("a", 2), "1")], '{"a": [null, null, 1]}'),
        ([((None,), "1")], "[1]"),
        ([((0, "a"), "1"), ((0, "b"), "2")], '[{"a": 1, "b": 2}]'),
        ([(("n",), "1.10"), (("big",), "12345678901234567890.5")], '{"n": 1.10, "big": 12345678901234567890.5}'),
        ([(("a",), "1"), (("a",), "2")], '{"a": 2}'),
        ([], "{}"),
    ],
    ids=["one", "nested", "append", "index", "top list", "list of objects", "number text", "last wins", "none"],
)
def test_fields_compose(fields: list[tuple[tuple[str | int | None, ...], str]], expected: str) -> None:
    assert build_json(fields) == expected


def test_fields_go_into_an_older_body_and_keep_its_numbers() -> None:
    assert build_json([(("b",), "2")], '{"a": 1.10, "c": {"d": [1e5]}}') == '{"a": 1.10, "c": {"d": [1e5]}, "b": 2}'


def test_keys_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(UsageError, match="contradict each other"):
        build_json([(("a",), "1"), (("a", "b"), "2")])


def test_an_index_without_bounds_is_refused() -> None:
    with pytest.raises(UsageError, match="not a position in a list"):
        build_json([(("a", 10**9), "1")])


def test_invalid_json_is_reported_with_its_place() -> None:
    with pytest.raises(UsageError, match=r"Not JSON.*'oops"):
        validate_json('{"a": oops}'[6:-1])


@given(st.dictionaries(st.text(min_size=1), st.text(), min_size=1))
def test_any_text_survives(values: dict[str, str]) -> None:
    text = build_json(((name,), json_string(value)) for name, value in values.items())

    assert json.loads(text) == values


@check_rows(
    "fields",
    [
        [(("a", "b"), "1"), (("a",), "2")], [(("a",), "2"), (("a", "b"), "1")], [(("a", "b", "c"), "1"), (("a", "b"), "2")],
        [(("a", None), "1"), (("a",), "2")], [(("a", 0), "1"), (("a",), "2")],
    ],
)  # fmt: skip
def test_a_value_does_not_take_the_place_of_members_of_the_same_line(fields):
    with pytest.raises(UsageError, match="contradict each other"):
        build_json(fields)


def test_a_value_takes_the_place_of_members_of_an_earlier_request():
    assert build_json([(("a",), "2")], '{"a": {"b": 1}}') == '{"a": 2}'


def test_each_append_is_a_place_of_its_own():
    assert build_json([(("a", None, "x"), "1"), (("a", None), "2")]) == '{"a": [{"x": 1}, 2]}'


@check_rows("text", ["NaN", "[Infinity]", '{"a": -Infinity}'])
def test_numbers_that_json_does_not_know_are_refused(text):
    with pytest.raises(UsageError, match="is not a JSON number"):
        validate_json(text)


def test_a_number_with_a_leading_zero_is_a_name(shell):
    assert shell.record("post /echo u[007]=x").outgoing.content.data == b'{"u": {"007": "x"}}'
