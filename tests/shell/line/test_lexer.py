from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.shell.line.lexer import split

LINES = st.text(alphabet=st.sampled_from("ab:=@;`{}[]'\"\\ |>#!-.?/\n\t$é"), max_size=40) | st.text(max_size=40)


def texts(line):
    return [word.text for word in split(line).words]


@check_rows(
    ("line", "words"),
    [
        pytest.param("get /x", ["get", "/x"], id="blanks"),
        pytest.param("  get\t/x  ", ["get", "/x"], id="blanks around"),
        pytest.param("a 'b c' d", ["a", "b c", "d"], id="single quotes"),
        pytest.param('a "b \\" c"', ["a", 'b " c'], id="an escape in double quotes"),
        pytest.param('a "b\\n"', ["a", "b\\n"], id="other backslashes in double quotes stay"),
        pytest.param("a b\\ c", ["a", "b c"], id="an escaped blank"),
        pytest.param("a'b'\"c\"d", ["abcd"], id="quotes within a word"),
        pytest.param("''", [""], id="an empty word"),
        pytest.param("x {{ last.json.a b }}", ["x", "{{ last.json.a b }}"], id="a variable is one piece"),
        pytest.param("x {{a['b c']}}d e", ["x", "{{a['b c']}}d", "e"], id="quotes in a variable do not count"),
        pytest.param("x '{{a b}} c'", ["x", "{{a b}} c"], id="a variable in quotes"),
        pytest.param("x \\{\\{a\\}\\}", ["x", "{{a}}"], id="escaped braces are text"),
        pytest.param('x a:={"b": [1, "} x"]} c', ["x", 'a:={"b": [1, "} x"]}', "c"], id="JSON keeps its quotes"),
        pytest.param('x a:=["\\"]"] b', ["x", 'a:=["\\"]"]', "b"], id="escapes in JSON strings"),
        pytest.param("x a={b c", ["x", "a={b", "c"], id="a brace elsewhere is text"),
        pytest.param("curl a \\\n  -H b", ["curl", "a", "-H", "b"], id="a backslash at the end of a row"),
        pytest.param("get /x#y", ["get", "/x#y"], id="a hash within a line is text"),
    ],
)
def test_a_line_splits_into_words(line, words):
    assert texts(line) == words


@check_rows(
    ("line", "operator", "text"),
    [
        pytest.param("get /x > out", ">", "out", id="file"),
        pytest.param("get /x >out", ">", "out", id="no blank"),
        pytest.param("get /x >> 'a b'", ">>", "a b", id="append to a quoted name"),
        pytest.param("get /x | jq '.a' > b", "|", "jq '.a' > b", id="the rest is the shell's own"),
    ],
)
def test_an_operator_at_the_start_of_a_word_redirects(line, operator, text):
    redirect = split(line).redirect

    assert (redirect.operator, redirect.text) == (operator, text)


@check_rows("line", ["get /x a=b|c", "get /x a>b", "get /x '|' a", "get /x \\> a"])
def test_an_operator_elsewhere_is_text(line):
    assert split(line).redirect is None


@check_rows(
    ("line", "opened"),
    [
        ("get 'x", "'"),
        ('get "x', '"'),
        ("get /x a:={", "{"),
        ('get /x a:=["b",', "["),
        ("get /x \\", "\\"),
        ('get /x a:={"b":"}', "{"),
        ("get > 'x", "'"),
    ],
)
def test_what_is_open_asks_for_another_row(line, opened):
    parsed = split(line)

    assert (parsed.open, parsed.needs_more) == (opened, True)


@check_rows("line", ["get /x", "get {{x", "get 'x'", "post /x a:={}", "# it's", "! echo 'x"])
def test_what_is_closed_asks_for_nothing(line):
    assert not split(line).needs_more


@check_rows("line", ["// then", " //", "//\tit's"])
def test_comment_of_a_script_is_one(line):
    assert (split(line).words, split(line).needs_more) == ((), False)


def test_target_that_begins_with_two_slashes_is_none():
    assert [word.text for word in split("//api.x/v2").words] == ["//api.x/v2"]


def test_comments_and_bangs_are_not_split():
    assert (split("  # a 'b").comment, split("  # a 'b").words) == (2, ())
    assert (split("! a 'b").bang, split("! a 'b").words) == (0, ())


@given(LINES)
@example("a:={{{'\"}")
@example("\\")
def test_spans_are_in_order_and_lead_to_the_text(line):
    position = 0
    for word in split(line).words:
        assert position <= word.start < word.end <= len(line)
        assert len(word.text) == len(word.marks) == len(word.offsets)
        assert all(line[offset] == character for offset, character in zip(word.offsets, word.text, strict=True))
        assert not line[position : word.start].strip().replace("\\", "")
        position = word.end


@given(LINES, st.text(max_size=9))
def test_filling_changes_variables_alone(line, value):
    for word in split(line).words:
        filled = word.fill(lambda name: value)

        assert len(filled.text) == len(filled.marks)
        assert filled.text.replace(value, "") == word.text.replace(value, "") or {"v", "c"} & set(word.marks)


def test_a_filled_value_is_never_split():
    (_, word) = split("get a={{x}}").words

    filled = word.fill(lambda name: "b c=d | e")

    assert (filled.text, filled.marks) == ("a=b c=d | e", "bb" + "f" * 9)


@check_rows(
    ("typed", "text"),
    [
        pytest.param(r"$'a\r\n\tb'", "a\r\n\tb", id="named"),
        pytest.param(r"$'it\'s'", "it's", id="a quote"),
        pytest.param(r"$'\u0021\x41\101\U0001F600'", "!AA\U0001f600", id="numbers"),
        pytest.param(r"$'\xc3\xa9'", "\xe9", id="bytes of UTF-8"),
        pytest.param(r"a$'\n'b", "a\nb", id="within a word"),
        pytest.param("a$b", "a$b", id="a dollar alone"),
        pytest.param("\"$'a'\"", "$'a'", id="in double quotes"),
    ],
)
def test_dollar_quotes_are_read_as_a_shell_does(typed: str, text: str) -> None:
    assert [word.text for word in split(typed).words] == [text]
