import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.linear import assert_brief
from tests.support.rows import check_rows

from callbox.errors import UsageError
from callbox.render.ansi_and_sanitiser import sgr
from callbox.render.body import LANGUAGES, MAX_COLOURED, MOST, Highlighter, highlight
from callbox.render.style import STYLES, theme, theme_names


@settings(deadline=None)
@given(st.text() | st.text(st.sampled_from("<>/!-'\"{}:; ab\n=")), st.sampled_from(sorted(LANGUAGES)))
def test_colouring_changes_no_text(text: str, language: str) -> None:
    assert "".join(piece for _, piece in highlight(text, language)) == text


@check_rows("language", sorted(LANGUAGES))
def test_every_style_is_one_of_ours(language: str) -> None:
    text = "<a b='c'>&amp;</a><!-- x --> a: 1 # c\n- true\n.b { color: #fff } var x = 1 + /r/; function f() {}"

    assert {style for style, _ in highlight(text, language)} <= {*STYLES, ""}


def test_long_text_is_coloured_beyond_the_first_stretch() -> None:
    styles = [style for style, text in highlight("<b>x</b>\n" * 5000, "html") if text == "b"]

    assert set(styles) == {"tag"}


# The worst inputs that were found for each lexer: seconds to minutes at this size without the bounds.
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("html", "<!--" * MOST),
        ("html", "&" * 4 * MOST),
        ("html", "<![CDATA[" * 7000),
        ("html", "<!--\n" * MOST),
        ("css", "a{" + "a" * 4 * MOST),
        ("javascript", "a" * 99 + "\\" + ',\\"' * MOST),
        ("javascript", "'\\" * 2 * MOST),
        ("yaml", "%" * 4 * MOST),
    ],
    ids=[
        *("html comments", "html entities", "html sections", "html lines", "css word", "javascript quotes"),
        *("javascript string", "yaml directive"),
    ],
)
def test_bad_input_takes_no_more_than_seconds(language: str, text: str) -> None:
    assert_brief(lambda: highlight(text[: 4 * MOST], language))


def test_the_rest_of_a_long_body_is_plain_in_whatever_pieces_it_comes() -> None:
    color = Highlighter("html")
    styles = [{style for style, _ in color("<b>x</b>\n" * 5000)} for _ in range(MAX_COLOURED // 45_000 + 2)]

    assert "tag" in styles[0]
    assert styles[-1] == {""}


def test_a_long_line_is_coloured_to_its_end() -> None:
    styles = [style for style, text in highlight("<b>x</b> " * 5000, "html") if text == "b"]

    assert styles.count("tag") > 9_000


def test_a_theme_gives_looks_that_can_be_shown() -> None:
    looks = theme("monokai")

    assert looks["string"].startswith("#")
    assert sgr(looks["string"], 256).startswith("\x1b[38;5;")
    assert set(looks) == set(STYLES)


def test_the_default_theme_is_the_terminals_own() -> None:
    assert theme("default") is STYLES


def test_an_unknown_theme_is_refused_with_a_near_one() -> None:
    with pytest.raises(UsageError, match="No theme 'monkai'") as caught:
        theme("monkai")

    assert caught.value.hint == "Did you mean 'monokai'?"


@check_rows("name", theme_names())
def test_every_theme_loads(name: str) -> None:
    assert set(theme(name)) >= set(STYLES)
