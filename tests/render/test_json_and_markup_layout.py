import json
import re
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.linear import assert_linear
from tests.support.rows import check_rows

from callbox.render.ansi_and_sanitiser import plain, visible
from callbox.render.body import color_json
from callbox.render.json_and_markup_layout import LONGEST, JsonLayout, NotJson
from callbox.render.style import Fragments

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)
OUTSIDE_STRINGS = re.compile(r'("(?:[^"\\]|\\.)*")|[ \t\r\n]+', re.DOTALL)


def squeeze(text: str) -> str:
    """The text without the white space that has no meaning."""
    return OUTSIDE_STRINGS.sub(lambda match: match[1] or "", text)


def lay_out(text: str, width: int = 80, max_rows: int | None = None) -> Fragments:
    return JsonLayout(width, max_rows).feed(text, is_last=True)


def shown(text: str, width: int = 80, max_rows: int | None = None) -> str:
    return plain(lay_out(text, width, max_rows))


@given(VALUES, st.sampled_from([None, 1, 7]), st.integers(1, 120))
def test_tokens_stay_as_they_came(value: object, indent: int | None, width: int) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=indent)

    assert squeeze(shown(text, width)) == visible(squeeze(text))


@given(VALUES)
def test_the_layout_is_the_usual_one(value: object) -> None:
    text = json.dumps(value, ensure_ascii=False)

    assert shown(text, 400) == visible(json.dumps(value, indent=2, ensure_ascii=False))


@given(VALUES, st.lists(st.integers(0, 200), max_size=6))
def test_pieces_lay_out_as_the_whole_does(value: object, cuts: list[int]) -> None:
    text = json.dumps(value)
    layout, out, start = JsonLayout(80, None), [], 0

    for end in sorted({min(cut, len(text)) for cut in cuts}):
        out += layout.feed(text[start:end])
        start = end
    out += layout.feed(text[start:], is_last=True)

    assert plain(out) == shown(text)


@given(st.text() | st.text(st.sampled_from('{}[]",:\\ \nu0a1e-+.truefalsnN\x1b')), st.integers(0, 40))
def test_any_text_is_laid_out_or_refused(text: str, width: int) -> None:
    for max_rows in (None, 3):
        try:
            lay_out(text, width, max_rows)
        except NotJson as error:
            assert 0 <= error.offset <= len(text)


@given(st.text(st.sampled_from('{}[]",:\\ \nu0a1e-+.truefalsn'), max_size=14))
def test_what_python_reads_is_laid_out_and_what_it_refuses_is_not(text: str) -> None:
    try:
        json.loads(text)
        is_json = True
    except ValueError:
        is_json = False
    layout = JsonLayout(80, None)
    try:
        layout.feed(text, is_last=True)
        is_laid_out = True
    except NotJson:
        is_laid_out = False

    assert is_laid_out == is_json or layout.remarks


@check_rows(
    ("text", "reason", "offset"),
    [
        ('{"a": 1', "it ends too early", 7),
        ('{"a', "it ends in the middle of a string", 1),
        ("", "it is empty", 0),
        (")]}',\n{}", "')' is not expected here", 0),
        ("<html>", "'<html>' is not expected here", 0),
        ("[1 2]", "'2' is not expected here", 3),
        ("[1,]", "']' is not expected here", 3),
        ("[01]", "'01' is not expected here", 1),
        ("[1}", "'}' is not expected here", 2),
        ('["\\x"]', "a string holds an escape that JSON does not have", 1),
        ("\x1b[31m", "'\\x1b' is not expected here", 0),
    ],
)
def test_why_and_where_it_is_not_json(text: str, reason: str, offset: int) -> None:
    with pytest.raises(NotJson) as caught:
        lay_out(text)

    assert (caught.value.reason, caught.value.offset) == (reason, offset)


@check_rows(
    ("text", "remark"),
    [
        ("[NaN, -Infinity]", ["NaN", "-Infinity"]),
        ('"a\x1b"', ["a control character in a string"]),
        ("{}\n{}", ["several values"]),
        ("[1]", []),
    ],
)
def test_what_a_strict_reader_refuses_is_shown_and_remarked(text: str, remark: list[str]) -> None:
    layout = JsonLayout(80, None)

    layout.feed(text, is_last=True)

    assert layout.remarks == remark


ESCAPES = r"\u00fc\u202e\ud83d\ude00"
STAYING = [
    r'"\u001b"', r'"\u0000"', r'"\u007f"', r'"\u009b"', r'"\u202e"', r'"\u200b"', r'"\ufeff"', r'"\ud800"', r'"\udc00\ud83d"',
    r'"\udb40\udc41"', r'"\u0022"', r'"\u005c"', r'"\\u00fc"', r'"\n\t\"\\"', r'"\u000a"', r'"\u2028"', r'"\u00a0"',
]  # fmt: skip
"""Escapes of characters that control a terminal, are not seen, or have a meaning in JSON."""
READABLE = [
    (r'"m\u00fcller"', '"müller"'),
    (r'"M\u00FCLLER"', '"MüLLER"'),
    (r'"\ud83d\ude00"', '"😀"'),
    (r'"\\\u00fc"', r'"\\ü"'),
    (r'"a\u0026b=\u003c1\u003e"', '"a&b=<1>"'),
    (r'"http:\/\/a\/b"', '"http://a/b"'),
    (r'"\u0041\u202e\u00fc"', r'"A\u202eü"'),
    (r'"\ud83d\udc69\u200d\ud83d\ude80"', '"👩\u200d🚀"'),
    (r'"\u4e2d\u6587"', '"中文"'),
]


@check_rows(
    "token",
    [
        "9007199254740993",
        "1.0",
        "1e400",
        "-0",
        "1E+2",
        "0.10",
        *STAYING,
    ],
)
def test_number_text_and_unsafe_escapes_stay(token: str) -> None:
    assert shown(f"[{token}]") == f"[\n  {token}\n]"


@check_rows(("token", "text"), READABLE)
def test_other_escapes_are_shown_as_characters(token: str, text: str) -> None:
    assert shown(f"[{token}]") == f"[\n  {text}\n]"
    assert shown(f"{{{token}:1}}") == f"{{\n  {text}: 1\n}}"
    assert plain(color_json(f'{{"a": {token}}}')) == f'{{"a": {text}}}'


@given(VALUES)
def test_what_is_shown_of_escapes_is_the_same_json(value: object) -> None:
    assert json.loads(shown(json.dumps(value))) == value


@given(st.text(st.sampled_from('\\u0fcd8e"/n'), max_size=20))
def test_no_text_is_told_wrong(text: str) -> None:
    try:
        value = json.loads(f'["{text}"]')
    except ValueError:
        return

    assert json.loads(shown(f'["{text}"]')) == value


def test_time_of_escapes_is_linear() -> None:
    assert_linear(lambda text: shown(f'["{text}"]'), ESCAPES * 2_000, ESCAPES * 16_000, most=30)


def test_both_of_two_equal_keys_are_shown() -> None:
    assert shown('{"a":1,"a":2}') == '{\n  "a": 1,\n  "a": 2\n}'


def test_a_newline_in_a_string_does_not_break_the_line() -> None:
    assert shown('["a\nb"]') == '[\n  "a\\nb"\n]'


def test_tokens_have_their_styles() -> None:
    styles = {style for style, _ in lay_out('{"a":[1,"x",true]}')}

    assert styles == {"", "key", "number", "string", "keyword"}


def test_escapes_in_strings_are_dimmed() -> None:
    assert ("escape", "\\x1b") in lay_out('["a\x1bb"]')


@check_rows("rows", [1, 2, 3, 10])
def test_a_window_has_so_many_lines(rows: int) -> None:
    layout = JsonLayout(80, rows)

    text = plain(layout.feed(json.dumps(list(range(100)))))

    assert text.count("\n") + 1 == rows
    assert layout.is_full


def test_a_document_that_just_fits_is_not_cut() -> None:
    layout = JsonLayout(80, 3)

    text = plain(layout.feed("[1]", is_last=True))

    assert (text, layout.is_full) == ("[\n  1\n]", False)


def test_a_line_that_wraps_counts_as_the_rows_it_takes() -> None:
    layout = JsonLayout(40, 6)

    text = plain(layout.feed(json.dumps(["x" * 100] * 9)))

    assert text.count("x" * 100) == 2


def test_a_window_does_not_look_at_what_it_does_not_show() -> None:
    layout = JsonLayout(80, 2)

    layout.feed("[1, 2, this is not JSON", is_last=True)

    assert layout.is_full


def test_a_huge_string_is_cut_in_a_window_and_whole_without() -> None:
    text = json.dumps(["x" * 10_000, 1])

    assert shown(text, 80, 100).count("x") == LONGEST - 1
    assert ".. 8.0 kB more" in shown(text, 80, 100)
    assert shown(text).count("x") == 10_000


def test_a_string_without_end_fills_the_window() -> None:
    layout = JsonLayout(80, 100)

    out = layout.feed('["')
    for _ in range(600):
        out += layout.feed("x" * 1024)

    assert layout.is_full
    assert len(plain(out)) < LONGEST + 10


def test_a_hundred_thousand_levels_are_laid_out() -> None:
    text = shown("[" * 100_000 + "]" * 100_000)

    assert text.count("\n") == 2 * 100_000 - 2
    assert max(map(len, text.split("\n"))) < 80


def feed_in_pieces(text: str) -> None:
    layout = JsonLayout(80, None)
    for at in range(0, len(text), 512):
        layout.feed(text[at : at + 512])
    layout.feed("", is_last=True)


@pytest.mark.parametrize(
    "make",
    [
        lambda n: "[" * n + "]" * n,
        lambda n: '"' + "x" * n * 20 + '"',
        lambda n: "[" + '"\\\\",' * n + "1]",
        lambda n: " " * n * 10 + "1",
    ],
    ids=["deep", "one string", "escapes", "blanks"],
)
def test_time_is_linear_in_the_text(make) -> None:
    assert_linear(feed_in_pieces, make(4_000), make(32_000), most=30)


@given(st.text().filter(lambda text: "\\" not in text) | VALUES.map(partial(json.dumps, ensure_ascii=False)))
def test_colouring_a_line_moves_nothing(line: str) -> None:
    assert "".join(text for _, text in color_json(line)) == visible(line)
