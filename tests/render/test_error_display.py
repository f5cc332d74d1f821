from hypothesis import example, given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.errors import CallboxError, Place, ScriptError, UsageError
from callbox.render.ansi_and_sanitiser import plain
from callbox.render.error_display import problem, unexpected_error
from callbox.render.tables_and_text_width import width_of as columns_of


def lines(error: BaseException, **how: object) -> list[str]:
    return plain(problem(error, **how)).splitlines()  # type: ignore[arg-type]


def test_a_message_is_one_line() -> None:
    assert lines(CallboxError("Connection refused:\n127.0.0.1:9")) == ["Connection refused:\\n127.0.0.1:9"]


def test_the_program_says_its_name() -> None:
    assert lines(UsageError("no"), prog="callbox") == ["callbox: error: no"]


def test_the_password_of_a_url_is_redacted() -> None:
    error = UsageError("No such file: http://u:S3CRET@h/a", hint="try http://u:{{p}}@h or http://u:S3CRET@h")

    assert lines(error) == ["No such file: http://u:...@h/a", "  try http://u:{{p}}@h or http://u:...@h"]


def test_a_word_is_underlined_and_the_hint_stands_below() -> None:
    error = UsageError("No command 'gte'", hint="did you mean 'get'?", place=Place(column=1, length=3, source="gte /x"))

    assert lines(error) == ["No command 'gte'", "  gte /x", "  ^^^", "  did you mean 'get'?"]


def test_a_file_comes_with_line_and_column() -> None:
    error = ScriptError("Undefined variable 'x'", place=Place("a.http", 3, 5, 5, "GET {{x}}"))

    assert lines(error, prog="callbox") == [
        "callbox: error: a.http:3:5: Undefined variable 'x'",
        "  GET {{x}}",
        "      ^^^^^",
    ]


def test_a_place_in_a_file_without_its_text_has_no_caret() -> None:
    assert lines(ScriptError("bad", place=Place("a.http", 3, 5))) == ["a.http:3:5: bad"]


@check_rows(
    ("source", "column", "length", "caret"),
    [
        ("a\tb", 3, 1, "    ^"),
        ("日本 x", 4, 1, "       ^"),
        ("x 日本", 3, 2, "    ^^^^"),
        ("get", 4, 1, "     ^"),
        ("get", 99, 1, "     ^"),
        ("get", 0, 0, "  ^"),
        ("a\x1bb", 3, 1, "       ^"),
    ],
    ids=["tab", "wide before", "wide under", "end", "past the end", "before the start", "escape"],
)
def test_the_caret_stands_under_its_word(source: str, column: int, length: int, caret: str) -> None:
    assert lines(UsageError("x", place=Place(column=column, length=length, source=source)))[2] == caret


def test_of_a_long_line_the_stretch_around_the_place_is_shown() -> None:
    source = "a" * 200 + "{{x}}" + "b" * 200

    shown = lines(UsageError("x", place=Place(column=201, length=5, source=source)), width=40)

    assert shown[1] == "  .." + "a" * 22 + "{{x}}" + "b" * 7 + ".."
    assert shown[2] == " " * 26 + "^^^^^"


@given(st.text(max_size=120), st.integers(-5, 130), st.integers(-5, 130), st.integers(1, 100))
@example("0\u0e5c\u0e5c\u0e5c🎠\u200d🏸00", 0, 0, 1)
@example("00🎠\u200d🏸0000000000", 20, 1, 1)
def test_any_place_is_shown_within_the_width(source: str, column: int, length: int, width: int) -> None:
    shown = plain(problem(UsageError("x", place=Place("", 1, column, length, source)), width=width)).split("\n")

    assert all(columns_of(line) <= max(width, 14) for line in shown)


def test_an_error_of_python_is_told_too() -> None:
    assert lines(ValueError("what\x1b")) == ["what\\x1b"]


def test_a_call_that_the_system_refuses_is_no_bug() -> None:
    error = unexpected_error(OSError(5, "Input/output error"))

    assert (error.message, error.exit_code) == ("The system reports: input/output error", 3)


def test_a_lack_of_memory_is_no_bug() -> None:
    error = unexpected_error(MemoryError())

    assert (error.message, error.exit_code) == ("There is not enough memory", 3)
