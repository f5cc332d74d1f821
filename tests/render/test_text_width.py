from hypothesis import given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.render.tables_and_text_width import fit, pad, width_of


@check_rows(
    ("text", "columns"),
    [
        ("", 0),
        ("abc", 3),
        ("日本", 4),
        ("e\u0301", 1),
        ("ｆ", 2),
        ("👩\u200d💻", 4),
        ("각", 2),
        ("\u1112\u1161\u11ab", 2),
        ("é", 1),
    ],
    ids=ascii,
)
def test_width(text: str, columns: int) -> None:
    assert width_of(text) == columns


@given(st.text(), st.integers(0, 20))
def test_fit_never_takes_more_than_its_columns(text: str, columns: int) -> None:
    assert width_of(fit(text, columns)) <= columns


@given(st.text(max_size=10))
def test_what_fits_is_unchanged(text: str) -> None:
    assert fit(text, width_of(text)) == text


@check_rows(
    ("text", "columns", "shown"), [("application/json", 8, "applic.."), ("日本語日本語", 7, "日本.."), ("abc", 2, "ab")]
)
def test_what_is_too_long_ends_in_dots(text: str, columns: int, shown: str) -> None:
    assert fit(text, columns) == shown


def test_pad_counts_columns_and_not_characters() -> None:
    assert (pad("日", 4), pad("1", 3, "right")) == ("日  ", "  1")
