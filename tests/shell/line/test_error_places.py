"""An error about a word of the line shows that word, also where it was found long after the line was read."""

from __future__ import annotations

import pytest
from tests.support.closed_port import CLOSED


@pytest.mark.parametrize(
    ("line", "underlined"),
    [
        ("get http://a:99999/", "99999"),
        ("get 'http://a b:99999/'", "99999"),
        ("unset header Nope", "Nope"),
        ("unset var a Nope", "Nope"),
        ("replay nope.http", "nope.http"),
        ("set cookie a b max-age=x", "max-age=x"),
        ("set option theme x", "x"),
        ("save history 5..1 f.http", "5..1"),
        ("post /echo a[b]=1 a[]=2", "a[]=2"),
        ("cd -", "-"),
        ("get 'http://[::1/'", "[:"),
        ("show last headers.nope", "nope"),
    ],
)
def test_an_error_stands_under_the_word_that_it_names(shell, line: str, underlined: str) -> None:
    shell.run("set var a 1", "get /ping")

    place = shell.failure(line).error.place

    assert place.source[place.column - 1 :][: place.length] == underlined


@pytest.mark.parametrize("line", ["undo", "get http://{closed}/"])
def test_an_error_that_names_no_word_has_no_place(shell, line: str) -> None:
    assert shell.failure(line.format(closed=CLOSED)).error.place is None


def test_an_error_beside_a_secret_shows_dots_in_its_place(shell) -> None:
    place = shell.failure("post /echo password=hunter2 a[b]=1 a[]=2").error.place

    assert place.source == "    post /echo password=... a[b]=1 a[]=2"
    assert place.source[place.column - 1 :][: place.length] == "a[]=2"
