from tests.support.rows import check_rows

from callbox.render.sizes_and_durations import duration, size


@check_rows(
    ("count", "shown"),
    [
        (0, "0 B"),
        (512, "512 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (3100, "3.1 kB"),
        (99_949, "99.9 kB"),
        (99_950, "100 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (49_900_000, "49.9 MB"),
        (2_000_000_000, "2.0 GB"),
        (10**30, "1,000,000,000,000 EB"),
    ],
)
def test_size(count: int, shown: str) -> None:
    assert size(count) == shown


@check_rows(
    ("seconds", "shown"),
    [
        (0.0, "0.0 ms"),
        (-1.0, "0.0 ms"),
        (0.00123, "1.2 ms"),
        (0.00999, "10 ms"),
        (0.142, "142 ms"),
        (0.9996, "1.0 s"),
        (2.1, "2.1 s"),
        (99.96, "1 min 40 s"),
        (3599.6, "1 h 0 min"),
        (7260, "2 h 1 min"),
    ],
)
def test_duration(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown
