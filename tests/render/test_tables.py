import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.linear import assert_linear
from tests.support.rows import check_rows

from callbox.render.ansi_and_sanitiser import plain
from callbox.render.tables_and_text_width import Column, CsvLines, pairs, table
from callbox.render.tables_and_text_width import width_of as columns_of

COOKIES = ["name", "value", "domain", "path"]
LONG = [["sid", "x" * 60, "api.example.com", "/"], ["theme", "dark", "api.example.com", "/v2"]]


def lines(fragments: list[tuple[str, str]]) -> list[str]:
    return plain(fragments).splitlines()


def test_columns_are_as_wide_as_their_cells() -> None:
    assert lines(table(["name", "n"], [["sid", "1"], ["theme", "22"]])) == ["name   n", "sid    1", "theme  22"]


def test_the_widest_column_gives_way_first() -> None:
    assert lines(table(COOKIES, LONG, 50)) == [
        "name   value                 domain           path",
        "sid    xxxxxxxxxxxxxxxxxx..  api.example.com  /",
        "theme  dark                  api.example.com  /v2",
    ]


@given(st.lists(st.lists(st.text(max_size=30), min_size=3, max_size=3), max_size=5), st.integers(40, 120))
def test_no_line_is_wider_than_the_terminal(rows: list[list[str]], width: int) -> None:
    assert all(columns_of(line) <= width for line in plain(table(["a", "b", "c"], rows, width)).split("\n"))


@given(st.lists(st.lists(st.text(max_size=9), max_size=5), max_size=4), st.integers(-1, 50))
def test_any_cells_at_any_width_are_shown(rows: list[list[str]], width: int) -> None:
    assert plain(table(["a", "b", "c"], rows, width)).endswith("\n") or width < 40


def test_wide_characters_keep_the_columns_straight() -> None:
    rows = [["日本", "x"], ["e\u0301a", "y"]]

    assert lines(table(["n", "v"], rows)) == ["n     v", "日本  x", "e\u0301a    y"]


def test_where_columns_say_nothing_any_more_rows_become_blocks() -> None:
    columns = ["name", "value", "domain", "path", "expires", "flags"]
    rows = [
        ["sid", "x" * 60, "api.example.com", "/", "session", "HttpOnly Secure"],
        ["a", "1", "b.example.com", "", "", ""],
    ]

    assert lines(table(columns, rows, 40)) == [
        "name     sid",
        "value    " + "x" * 29 + "..",
        "domain   api.example.com",
        "path     /",
        "expires  session",
        "flags    HttpOnly Secure",
        "",
        "name     a",
        "value    1",
        "domain   b.example.com",
    ]


def test_numbers_may_stand_on_the_right() -> None:
    assert lines(table([Column("n", "right"), "x"], [["1", "a"], ["100", "b"]])) == ["  n  x", "  1  a", "100  b"]


def test_a_cell_may_have_a_style_of_its_own() -> None:
    assert ("error", "500") in table(["status"], [[("error", "500")]])


@check_rows("cell", ["a\x1b[2J", "a\nb", "\u202ex"])
def test_cells_cannot_drive_the_terminal(cell: str) -> None:
    text = plain(table(["x"], [[cell]]))

    assert text.count("\n") == 2
    assert "\\" in text


def test_a_table_without_rows_is_its_heading() -> None:
    assert lines(table(["a", "b"], [])) == ["a  b"]


def test_lines_end_without_blanks() -> None:
    assert lines(table(["a", "b", "c"], [["1", "", ""]])) == ["a  b  c", "1"]


def test_pairs_stand_under_one_another() -> None:
    assert lines(pairs([("base", "https://a"), ("auth", ("dim", "none"))])) == ["base  https://a", "auth  none"]


def test_no_pairs_are_no_lines() -> None:
    assert pairs([]) == []


def test_the_last_column_wraps_where_it_may() -> None:
    heads = ("name", Column("about", wraps=True))

    shown = plain(table(heads, [["a-long-name", "one two three four five six seven"], ["b", "x"]], 35))

    assert shown.splitlines() == [
        "name         about",
        "a-long-name  one two three four",
        "             five six seven",
        "b            x",
    ]


@check_rows("width", [30, 40, 60, 100])
def test_a_wrapped_column_fits_every_width(width: int) -> None:
    heads = ("name", Column("about", wraps=True))

    shown = plain(table(heads, [["a-name-that-is-long", "one two three four five six seven eight"], ["b", ""]], width))

    assert max(map(len, shown.splitlines())) <= width
    assert width < 40 or "eight" in shown


@pytest.mark.parametrize("is_first", [True, False])
def test_csv_with_one_long_row_takes_time_by_its_size(is_first: bool) -> None:
    def show(count: int) -> None:
        lines = CsvLines(80)
        if not is_first:
            lines.show("a," * count, True)
        lines.show("a," * (count if is_first else 1) + "\n" + "x\n" * count, is_first)

    assert_linear(show, 400, 4_000, most=35)


def test_csv_with_one_long_row_is_shown_as_it_is() -> None:
    text = "a," * 1_000 + "\n" + "x\n" * 1_000

    assert plain(CsvLines(80).show(text, True)) == text
