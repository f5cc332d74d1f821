from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.rows import MAX_DETAILED, check_rows


def report(test: Callable[..., None], **fixtures: object) -> str:
    """What the test says of the rows that fail."""
    with pytest.raises(pytest.fail.Exception) as raised:
        test(**fixtures)
    return str(raised.value)


def test_every_row_that_fails_is_reported_with_what_is_expected_and_what_is() -> None:
    @check_rows(("text", "number"), [("1", 1), ("2", 3), ("4", 4), ("5", 6)])
    def rows(text: str, number: int) -> None:
        assert int(text) == number

    shown = report(rows)

    assert "rows: 2 of 4 rows fail" in shown
    assert "[2-3]\n    text = '2'\n    number = 3\n" in shown
    assert "assert 2 == 3" in shown
    assert "assert 5 == 6" in shown
    assert "[4-4]" not in shown


def test_an_error_is_reported_with_its_place_and_the_rows_after_it_are_tried() -> None:
    @check_rows("text", ["x", "1", "y"])
    def rows(text: str) -> None:
        int(text)

    shown = report(rows)

    assert "2 of 3 rows fail" in shown
    assert "ValueError: invalid literal for int() with base 10: 'y'" in shown
    assert "tests/support/test_rows.py" in shown
    assert ": int(text)" in shown


def test_a_row_that_raises_nothing_or_is_skipped_fails() -> None:
    @check_rows("text", ["1", "skipped"])
    def rows(text: str) -> None:
        if text == "skipped":
            pytest.skip("not here")
        with pytest.raises(ValueError):
            int(text)

    assert "2 of 2 rows fail" in report(rows)


@check_rows("number", [1, 2])
def test_rows_have_fixtures(number: int, tmp_path: Path) -> None:
    assert tmp_path.is_dir()


def test_two_tables_give_each_pair() -> None:
    tried = []

    @check_rows("first", ["a", "b"])
    @check_rows("second", [1, 2])
    def rows(first: str, second: int) -> None:
        tried.append((first, second))
        assert (first, second) != ("b", 1)

    assert "1 of 4 rows fail\n\n[1-b]" in report(rows)
    assert sorted(tried) == [("a", 1), ("a", 2), ("b", 1), ("b", 2)]


@pytest.mark.parametrize(
    ("rows", "ids"),
    [
        pytest.param([pytest.param(1, id="its name")], None, id="of the row"),
        pytest.param([1], ["its name"], id="of a list"),
        pytest.param([1], lambda value: "its name", id="of a function"),
    ],
)
def test_a_row_is_named_by_its_id(rows: list[object], ids: object) -> None:
    @check_rows("number", rows, ids=ids)
    def wrong(number: int) -> None:
        assert number == 2

    assert "[its name]\n    number = 1\n" in report(wrong)


def test_rows_beyond_the_most_are_reported_by_name() -> None:
    @check_rows("number", range(1, MAX_DETAILED + 2))
    def rows(number: int) -> None:
        assert number == 0

    shown = report(rows)

    assert shown.endswith(f"\n[{MAX_DETAILED + 1}]")
    assert shown.count("assert ") == 2 * MAX_DETAILED


@pytest.mark.parametrize(
    ("rows", "ids"),
    [
        pytest.param([], None, id="no rows"),
        pytest.param([pytest.param(1, marks=pytest.mark.xfail)], None, id="a mark"),
        pytest.param([1, 2], ["one"], id="too few ids"),
        pytest.param([(1, 2)], None, id="too many values"),
    ],
)
def test_a_table_that_would_test_something_else_is_refused(rows: list[object], ids: list[str] | None) -> None:
    with pytest.raises(ValueError):
        check_rows(["number"], rows, ids=ids)
