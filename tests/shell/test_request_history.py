"""The ring of past exchanges."""

from __future__ import annotations

import pytest
from tests.memory.records import exchange
from tests.support.rows import check_rows

from callbox.errors import UsageError
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.response import ResponseHead
from callbox.exchange.secret import Secret
from callbox.exchange.url import parse
from callbox.shell.request_history import MOST_RECORDS, History, read_ranges


def make_record(body: bytes = b"") -> Record:
    url = "http://a/x"
    return Record(Draft("GET", url), Outgoing("GET", parse(url)), ResponseHead(200, "OK", Headers()), body, len(body))


def test_numbers_count_from_one_and_negative_ones_from_the_last() -> None:
    history = History()
    first, second = make_record(b"1"), make_record(b"2")

    numbers = [history.add(first), history.add(second)]

    assert numbers == [1, 2]
    assert history.get(1) is first
    assert history.get(-1) is second


def test_the_oldest_leave_and_numbers_stay() -> None:
    history = History()
    for _ in range(MOST_RECORDS + 5):
        history.add(make_record())

    assert [number for number, _ in history.items()] == list(range(6, MOST_RECORDS + 6))
    with pytest.raises(UsageError, match="No request 3"):
        history.get(3)


def test_old_bodies_are_shed_before_records() -> None:
    history = History(most_bytes=10)

    history.add(make_record(b"a" * 8))
    history.add(make_record(b"b" * 8))

    assert history.get(1).body == b""
    assert history.get(1).size == 8
    assert history.get(2).body == b"b" * 8


def test_a_body_over_the_limit_is_stored_while_it_is_the_last() -> None:
    history = History(most_bytes=10)

    history.add(make_record(b"a" * 50))

    assert len(history.get(-1).body) == 50


def test_without_requests_the_error_says_so() -> None:
    with pytest.raises(UsageError, match="No request was sent yet"):
        History().get(-1)


@check_rows("text", ["", "a", "1,,2", "0", "#3", "1..0"])
def test_what_is_no_range_is_refused(text):
    with pytest.raises(UsageError):
        read_ranges(text)


@check_rows(
    ("text", "ranges"),
    [
        ("3..", ((3, -1),)),
        ("..3", ((1, 3),)),
        ("3-5", ((3, 5),)),
        ("-2..", ((-2, -1),)),
        ("1,4..,..2", ((1, 1), (4, -1), (1, 2))),
        ("h3-h5", ((3, 5),)),
        ("h7..", ((7, 999_999_999),)),
        ("..h2", ((1, 2),)),
        ("-3", ((-3, -3),)),
    ],
)
def test_a_range_may_have_one_open_end_or_a_hyphen(text: str, ranges: tuple[tuple[int, int], ...]) -> None:
    assert read_ranges(text) == ranges


@check_rows("text", ["..", "3-", "-3-5", "3..4..5", "3-4-5", "..3..", "h2..4"])
def test_a_range_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a range"):
        read_ranges(text)


def test_credentials_are_known_after_their_requests_are_forgotten() -> None:
    history = History()
    history.add(exchange("GET", "/x", headers=(("X-Lab-Key", Secret("lab-key-77")),)))
    assert history.credentials() == {"lab-key-77": "X-Lab-Key"}

    history.clear()

    assert history.credentials() == {"lab-key-77": "X-Lab-Key"}


@pytest.mark.parametrize("value", ["password", "abc12", "{{key}}"], ids=["a word", "short", "a variable"])
def test_a_value_that_may_occur_by_chance_is_no_credential(value: str) -> None:
    history = History()

    history.add(exchange("GET", "/x", headers=(("X-Lab-Key", value),)))

    assert history.credentials() == {}
