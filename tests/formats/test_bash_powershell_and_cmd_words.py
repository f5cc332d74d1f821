from __future__ import annotations

import pytest
from tests.support.rows import check_rows

from callbox.formats.bash_powershell_and_cmd_words import QuotingError, needs_more, split_command


def words(text: str) -> list[str]:
    return [word.text for word in split_command(text, lambda name: f"<{name}>").words]


@check_rows(
    ("text", "expected"),
    [
        ("curl a # b 'c", ["a"]),
        ("curl a#b", ["a#b"]),
        ("curl a?b=1&c=2;d", ["a?b=1&c=2;d"]),
        ("curl a;", ["a"]),
        ("curl a &", ["a"]),
        ("curl \"$A\" '$A' \\$A ${B}x $1", ["<A>", "$A", "$A", "<B>x", "$1"]),
        ("curl $'\\x41\\'\\n' \"a\\\"b\\c\"", ["A'\n", 'a"b\\c']),
        ("curl a 2>/dev/null 2>&1", ["a"]),
        ('curl ^"a^%b^"  ^"c^\\^"d^"', ["a%b", 'c"d']),
        ('curl ^"a^\n\nb^"', ["a\nb"]),
        ('curl "a\\\\" ^\n b', ["a\\", "b"]),
        ("curl.exe 'it''s' `\n \"a`\"b\" $env:X", ["it's", 'a"b', "<X>"]),
        ("curl.exe 'it''s' -d '{\\\"a\\\"}'", ["it's", "-d", '{"a"}']),
        (r"""curl.exe 'a\\\"b\c\\'""", [r"""a\"b\c\\"""]),
        ('curl.exe a -d "{\\`"a\\`":1}`n`$x"', ["a", "-d", '{"a":1}\n$x']),
        ('curl.exe a -d "{\\"a\\":\'b c\'}"', ["a", "-d", "{\"a\":'b c'}"]),
    ],
)
def test_words_of_three_shells(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_the_text_below_a_command_is_its_standard_input() -> None:
    plain = split_command("curl -d @- a <<'E'\n$x\nE\n")
    filled = split_command("curl -d @- a <<-E\n\t$x\\$\n\tE", lambda name: f"<{name}>")

    assert (plain.standard_input, filled.standard_input) == ("$x\n", "<x>$\n")
    assert split_command("curl a < f").input_file == "f"


def test_what_follows_a_pipe_is_left() -> None:
    command = split_command("curl a | jq . > b")

    assert (command.rest, command.rest_start) == ("| jq . > b", 7)


@check_rows(
    ("text", "start"),
    [
        ("curl 'a", 5), ('curl "a', 5), ("curl $'a", 5), ("curl `a`", 5), ("curl $(a)", 5), ("curl ${a:-b}", 5),
        ("curl a <<E\nb", 7), ("curl a; b", 6), ("curl a && b", 7), ('curl ^"a', 6), ("curl 'a `\n", 5),
        ("curl $x `\n", 5),
    ],
)  # fmt: skip
def test_an_error_says_where(text: str, start: int) -> None:
    with pytest.raises(QuotingError) as caught:
        split_command(text)

    assert caught.value.start == start


@check_rows(
    ("text", "goes_on"),
    [
        ("curl a", False),
        ("curl a \\", True),
        ("curl 'a", True),
        ("curl $'it\\'s'", False),
        ("curl a # it's", False),
        ("curl a <<E", True),
        ("curl a <<E\nit's", True),
        ("curl a <<E\nit's\nE", False),
        ("curl a ^", True),
        ('curl ^"a^" -H ^"b: it\'s^"', False),
        ("curl a `", True),
    ],
)
def test_rows_that_go_on(text: str, goes_on: bool) -> None:
    assert needs_more(text.split("\n")) == goes_on
