from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.shell.line.lexer import split
from callbox.shell.line.line_writer import quote

LINES = st.text(alphabet=st.sampled_from("ab:=@;`{}[]'\"\\ |>#!-.?/\n\t$é"), max_size=40) | st.text(max_size=40)


@given(st.text(max_size=40) | LINES)
@example("?")
@example("-x")
@example("a:=[1 2")
@example("{{x}}")
def test_what_is_quoted_is_one_word_again(text):
    parsed = split(f"get {quote(text)}")

    assert [word.text for word in parsed.words] == ["get", text]
    assert parsed.redirect is None
    assert parsed.open == ""
    assert "v" not in parsed.words[1].marks


@check_rows("text", ["a\rb", "\x1b[2J", "\u202e", "\udc80", "\x85", "\ufeff", "it's\r{{x}}"])
def test_what_no_terminal_shows_is_quoted_as_escapes(text: str) -> None:
    quoted = quote(text)

    assert quoted.isascii()
    assert quoted.isprintable()
    assert [word.text for word in split(quoted).words] == [text]
    assert "v" not in split(quoted).words[0].marks
