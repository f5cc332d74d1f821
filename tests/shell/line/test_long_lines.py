"""Long lines: a pasted body is one word and costs little; a line of very many words is refused."""

from __future__ import annotations

from tests.support.rows import check_rows

from callbox.shell.interpreter import MAX_WORDS
from callbox.shell.line.lexer import split


@check_rows(
    ("before", "piece", "after"),
    [
        ("post /x a=", "x", ""),
        ("post /x 'a=", "x y ", "'"),
        ('post /x "a=', "x y ", '"'),
        ('post /x {"a": "', "x y ", '"}'),
        ('post /x {"a": [', "1, ", "1]}"),
        ("post /x a:=[", "1, ", "1]"),
    ],
)
def test_a_long_value_is_split_as_a_short_one(before: str, piece: str, after: str) -> None:
    short, long = (split(f"{before}{piece * count}{after}") for count in (3, 20_000))

    assert [word.text.replace(piece, "") for word in long.words] == [
        word.text.replace(piece, "") for word in short.words
    ]
    assert [word.open for word in long.words] == [word.open for word in short.words]
    assert len(long.words[-1].marks) == len(long.words[-1].text) == len(long.words[-1].offsets)


def test_a_line_of_very_many_words_is_refused_in_one_line(shell) -> None:
    line = f"get /ping {'a==1 ' * MAX_WORDS}"

    assert shell.fail(line).startswith(f"The line has more than {MAX_WORDS:,} words")


def test_no_more_words_are_read_than_a_line_may_have() -> None:
    assert len(split("a " * 1000, 10).words) == 10


def test_a_text_with_very_many_blanks_is_one_word(shell) -> None:
    text = "x " * MAX_WORDS

    assert shell.record(f"post /echo --body '{text}'").outgoing.content.data == text.encode()
