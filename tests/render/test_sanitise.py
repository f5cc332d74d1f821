import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from tests.support.linear import assert_linear
from tests.support.rows import check_rows

from callbox.exchange.invisible_characters import is_suspect
from callbox.render.ansi_and_sanitiser import plain, visible, visible_fragments, visible_line

ANY_TEXT = st.text(st.characters(categories=None, exclude_categories=()), max_size=60)
HOSTILE = st.text(
    st.sampled_from(
        "a\\x[\x1b\x07\x9b\r\n\t\u202e\u200b\ufeff\ud800\x7f日e\u0301\u200c\u200d\ufe0f\u00ad\U000e0041ب❤👩क\u094d"
    ),
    max_size=30,
)
TERMINAL_ACTS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


@check_rows(
    ("text", "shown"),
    [
        ("\x1b[31m", "\\x1b[31m"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("a\x08b", "a\\x08b"),
        ("\x00", "\\x00"),
        ("\x7f", "\\x7f"),
        ("a\rb", "a\\x0db"),
        ("a\r\nb", "a\nb"),
        ("\r\r\n", "\\x0d\n"),
        ("\u202eevil", "\\u202eevil"),
        ("\u2066x\u2069", "\\u2066x\\u2069"),
        ("a\u200bb", "a\\u200bb"),
        ("\ufeff{}", "\\ufeff{}"),
        ("\ud800", "\\ud800"),
        ("\u2028", "\\u2028"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("日本 e\u0301 👩\u200d💻", "日本 e\u0301 👩\u200d💻"),
        ("a\u200db\u200c\u2060\u00ad", "a\\u200db\\u200c\\u2060\\xad"),
        ("x\U000e0041", "x\\U000e0041"),
    ],
    ids=lambda value: ascii(value),
)
def test_what_acts_on_a_terminal_becomes_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(ANY_TEXT | HOSTILE)
def test_nothing_visible_acts_on_a_terminal(text: str) -> None:
    shown = visible(text)

    assert not TERMINAL_ACTS.search(shown)
    assert all(unicodedata.category(c) not in ("Cc", "Cs") or c in "\t\n" for c in shown)


@given(ANY_TEXT | HOSTILE)
def test_visible_twice_is_visible_once(text: str) -> None:
    assert visible(visible(text)) == visible(text)


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")).filter(lambda c: not is_suspect(c))))
def test_clean_text_is_unchanged(text: str) -> None:
    assert visible(text) is text


@given(ANY_TEXT | HOSTILE)
def test_fragments_hold_the_visible_text(text: str) -> None:
    fragments = visible_fragments(text, "string")

    assert "".join(piece for _, piece in fragments) == visible(text)
    assert {style for style, _ in fragments} <= {"string", "escape"}


def test_escapes_are_dimmed_and_text_keeps_its_style() -> None:
    assert visible_fragments("a\x07b", "string") == [("string", "a"), ("escape", "\\x07"), ("string", "b")]


@given(ANY_TEXT | HOSTILE)
def test_a_visible_line_is_one_line(text: str) -> None:
    assert not set(visible_line(text)) & set("\n\t\r")


def test_time_is_linear_in_the_text() -> None:
    def show(text: str) -> None:
        visible(text)
        plain(visible_fragments(text))

    assert_linear(show, "\r\x1b\u202ex" * 4_000, "\r\x1b\u202ex" * 32_000, most=30)
