"""Lines broken at blanks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from callbox.render.ansi_and_sanitiser import plain
from callbox.render.tables_and_text_width import wrap

WORDS = st.lists(st.tuples(st.just(""), st.text("ab \n", max_size=12)), max_size=20)


def test_what_fits_is_left_as_it_is() -> None:
    fragments = [("title", "one "), ("", "  two\n")]

    assert plain(wrap(fragments, 20)) == "one   two\n"


def test_styles_stay_with_their_words() -> None:
    assert wrap([("a", "one two"), ("b", " three")], 7, hang=1)[-1] == ("b", "three")


@given(WORDS, st.integers(14, 40))
def test_no_word_is_lost_and_no_line_too_long(fragments: list[tuple[str, str]], width: int) -> None:
    wrapped = plain(wrap(fragments, width, hang=2))
    longest = max((len(word) for word in plain(fragments).split()), default=0)

    assert wrapped.split() == plain(fragments).split() or longest > width - 2
    assert all(len(line) <= max(width, longest + 2) for line in wrapped.split("\n"))
