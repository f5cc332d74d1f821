"""The one maker of "Did you mean": what is a slip of the finger, and what is another word."""

from __future__ import annotations

from tests.support.linear import assert_brief
from tests.support.rows import check_rows

from callbox.spelling import closest, hint, is_slip, nearest_first

WORDS = ("get", "post", "put", "patch", "show", "set", "header", "options", "history", "session", "exit", "again", "ls")


@check_rows(
    ("word", "found"),
    [
        ("gte", "get"),
        ("GTE", "get"),
        ("pst", "post"),
        ("heder", "header"),
        ("sohw", "show"),
        ("optoins", "options"),
        ("optins", "options"),
        ("sl", "ls"),
        ("hist", "history"),
        ("sessions", "session"),
        ("headerlist", ""),
        ("next", ""),
        ("login", ""),
        ("nope", ""),
        ("lx", ""),
        ("p", ""),
        ("zzzz", ""),
        ("", ""),
        ("x" * 10_000, ""),
    ],
)
def test_the_nearest_name_is_suggested(word: str, found: str) -> None:
    assert closest(word, WORDS) == found


def test_the_candidate_is_given_as_it_is_spelled() -> None:
    assert closest("content-tpye", ["Content-Type"]) == "Content-Type"


@check_rows(
    ("word", "candidates", "found"),
    [
        ("bdoy", ["boy", "body"], "body"),
        ("fast", ["last", "fist"], "fist"),
        ("-x", ["-y"], ""),
        ("-x", ["-y", "-X"], "-X"),
    ],
    ids=["swapped letters first", "same first letter first", "short flags are not alike", "but for their case"],
)
def test_among_several_the_likeliest_is_suggested(word: str, candidates: list[str], found: str) -> None:
    assert closest(word, candidates) == found


def test_several_names_come_nearest_first() -> None:
    assert nearest_first("/book", ["/looks", "/books", "/loans"]) == ["/books"]
    assert nearest_first("/books", ["/boots", "/books/"]) == ["/books/", "/boots"]


def test_a_hint_asks_or_says_something_else() -> None:
    assert hint("gte", ("get",), "help") == "Did you mean 'get'?"
    assert hint("zz", ("get",), "help") == "help"
    assert hint("uid", ("uuid",), prefix="$") == "Did you mean '$uuid'?"


def test_a_slip_is_one_letter_in_four() -> None:
    assert is_slip("expct", "expect")
    assert not is_slip("return", "retry")
    assert not is_slip("exp", "expect")


def test_many_long_names_take_little_time() -> None:
    names = ["ab" * 40 + f"{number:03}" for number in range(1000)]

    assert_brief(lambda: closest("ba" * 40, names))
