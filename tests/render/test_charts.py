"""Charts in characters."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.render.ansi_and_sanitiser import plain
from callbox.render.charts import histogram, percentile, progress, sparkline

SECONDS = st.lists(st.floats(0, 1000), min_size=1, max_size=200)


@check_rows(
    ("values", "percent", "found"),
    [([5.0, 1.0, 4.0, 2.0, 3.0], 50, 3.0), ([1.0], 95, 1.0), (list(range(1, 101)), 95, 95), ([2.0, 1.0], 50, 1.0)],
    ids=["median", "one", "p95", "the lower of two"],
)
def test_a_percentile_is_a_value_that_occurred(values: list[float], percent: float, found: float) -> None:
    assert percentile(values, percent) == found


@given(SECONDS, st.integers(20, 200))
def test_a_histogram_fits_its_width(seconds: list[float], width: int) -> None:
    lines = plain(histogram(seconds, width=width, is_unicode=False)).splitlines()

    assert all(len(line) <= max(width, 40) for line in lines)


def test_the_counts_of_a_histogram_add_up() -> None:
    seconds = [0.001 * n for n in range(100)]

    lines = plain(histogram(seconds, is_unicode=False)).splitlines()

    assert sum(int(line.split("#")[0].split()[-1]) for line in lines) == 100


@given(SECONDS, st.integers(1, 100))
def test_a_sparkline_fits_its_width(values: list[float], width: int) -> None:
    assert len(sparkline(values, width=width)) == min(width, len(values))


@given(st.integers(0, 10**15), st.none() | st.integers(0, 10**15), st.floats(0, 10**6), st.integers(1, 200))
def test_a_progress_line_fits_its_width(received: int, total: int | None, seconds: float, width: int) -> None:
    assert len(progress(received, total, seconds, width=width)) <= width


def test_what_was_there_before_does_not_count_for_the_rate() -> None:
    assert "1.0 kB/s, 1.0 s left" in progress(9_000, 10_000, 1.0, begun=8_000)
