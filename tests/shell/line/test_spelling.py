import pytest

from callbox.shell.line.spelling import closest, hint


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("gte", "get"),
        ("GTE", "get"),
        ("pst", "post"),
        ("heder", "header"),
        ("sohw", "show"),
        ("optoins", "options"),
        ("zzzz", ""),
        ("", ""),
        ("x" * 10_000, ""),
    ],
)
def test_the_nearest_name_is_suggested(word, found):
    assert closest(word, ("get", "post", "put", "patch", "show", "set", "header", "options")) == found


def test_a_hint_asks_or_says_something_else():
    assert hint("gte", ("get",), "help") == "Did you mean 'get'?"
    assert hint("zz", ("get",), "help") == "help"
