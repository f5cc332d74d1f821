import pytest
from hypothesis import given
from hypothesis import strategies as st

from callbox.exchange.response import Connection, Timings
from callbox.render.ansi_and_sanitiser import plain
from callbox.render.charts import bars

SPANS = st.floats(0, 1e5, allow_nan=False)


def test_bars_follow_one_another_on_one_scale() -> None:
    timings = Timings(dns=0.01, connect=0.01, tls=0.02, wait=0.05, transfer=0.01, total=0.1)

    assert plain(bars(timings, width=40, is_unicode=False)).splitlines() == [
        "dns          10 ms  ##",
        "connect      10 ms    ##",
        "tls          20 ms      ####",
        "wait         50 ms          ##########",
        "transfer     10 ms                    ##",
        "total       100 ms  ####################",
    ]


def test_what_did_not_happen_on_a_reused_connection_has_no_bar() -> None:
    text = plain(bars(Timings(wait=0.1, transfer=0.0, total=0.1), Connection(4, True, "h:80", 5, requests=2)))

    assert [line.split()[0] for line in text.splitlines()] == ["wait", "transfer", "total", "connection"]
    assert text.endswith("connection 4 reused, request 2 on it, to h:80 from port 5\n")


def test_an_unverified_connection_is_marked() -> None:
    connection = Connection(1, False, "h:443", 5, "TLSv1.3 X", is_verified=False)

    shown = bars(Timings(total=1.0), connection)

    assert "".join(text for style, text in shown if style == "insecure") == "not verified"


def test_sending_is_told_where_it_takes_time() -> None:
    assert "send" in plain(bars(Timings(send=1.0, wait=1.0, total=2.0)))


@pytest.mark.parametrize(("is_unicode", "mark"), [(True, "\u2588"), (False, "#")])
def test_bars_suit_the_terminal(is_unicode: bool, mark: str) -> None:
    assert mark in plain(bars(Timings(wait=1.0, total=1.0), is_unicode=is_unicode))


@given(st.builds(Timings, SPANS, SPANS, SPANS, SPANS, SPANS, SPANS, SPANS), st.integers(0, 200))
def test_any_times_fit_the_width(timings: Timings, width: int) -> None:
    assert all(len(line) <= max(width, 30) for line in plain(bars(timings, width=width)).splitlines())
