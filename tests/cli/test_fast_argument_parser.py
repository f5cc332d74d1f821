"""The quick reader of arguments gives what argparse gives, or leaves the words to it."""

from __future__ import annotations

from itertools import product

from tests.support.rows import check_rows

from callbox.cli.argparse_parser import parse_arguments
from callbox.cli.fast_argument_parser import read_simple_arguments

WORDS = ("http://h/", "", "-c", "get /x", "-q", "--", "-", "-x y", "show", "--session", "-1", "-cget /x", " ")
QUICK = [words for count in range(4) for words in product(WORDS, repeat=count) if read_simple_arguments(words)]


@check_rows("words", QUICK, ids=repr)
def test_simple_words_are_read_as_argparse_reads_them(words: tuple[str, ...]) -> None:
    assert read_simple_arguments(words) == parse_arguments(words)


def test_simple_words_are_read_without_argparse() -> None:
    assert {(), ("http://h/",), ("-c", "get /x"), ("http://h/", "-c", "get /x")} <= set(QUICK)


@check_rows("words", [("-c", "-q"), ("", "http://h/"), ("http://h/", "show"), ("-c",)])
def test_other_words_are_left_to_argparse(words: tuple[str, ...]) -> None:
    assert read_simple_arguments(words) is None
