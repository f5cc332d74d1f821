import re

from hypothesis import given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.render.ansi_and_sanitiser import plain, sgr, to_ansi
from callbox.render.style import STYLES

SGR = re.compile(r"\x1b\[[0-9;]*m")
STYLE_NAMES = st.sampled_from(["", "ok", "error", "unheard-of", "key", "escape"])
FRAGMENTS = st.lists(st.tuples(STYLE_NAMES, st.text(st.characters(categories=None), max_size=8)), max_size=12)


@given(FRAGMENTS, st.sampled_from([0, 16, 256, 1 << 24]))
def test_our_escapes_are_the_only_ones(fragments: list[tuple[str, str]], colors: int) -> None:
    shown = to_ansi(fragments, colors)

    assert "\x1b" not in SGR.sub("", shown)
    assert SGR.sub("", shown) == plain(fragments) or any("\r" in text for _, text in fragments)


@given(FRAGMENTS)
def test_every_line_ends_without_a_style(fragments: list[tuple[str, str]]) -> None:
    for line in to_ansi(fragments, 256).split("\n"):
        codes = SGR.findall(line)
        assert not codes or codes[-1] == "\x1b[0m"
        assert codes.count("\x1b[0m") * 2 == len(codes)


@given(FRAGMENTS)
def test_no_colours_is_no_escape_at_all(fragments: list[tuple[str, str]]) -> None:
    assert "\x1b" not in to_ansi(fragments, 0)


def test_neighbours_of_one_style_share_their_escapes() -> None:
    assert to_ansi([("ok", "a"), ("ok", "b"), ("", "c")], 16) == "\x1b[32mab\x1b[0mc"


def test_a_style_does_not_cross_a_newline() -> None:
    assert to_ansi([("ok", "a\n\nb")], 16) == "\x1b[32ma\x1b[0m\n\n\x1b[32mb\x1b[0m"


def test_an_escape_that_nobody_sanitised_is_made_visible() -> None:
    assert to_ansi([("", "a\x1b[2Jb")], 256) == "a\\x1b[2Jb"


@check_rows(
    ("look", "colors", "code"),
    [
        ("bold ansired", 16, "\x1b[1;31m"),
        ("ansibrightblack", 256, "\x1b[90m"),
        ("#ff8700", 1 << 24, "\x1b[38;2;255;135;0m"),
        ("#ff8700", 256, "\x1b[38;5;208m"),
        ("#808080", 256, "\x1b[38;5;244m"),
        ("#66d9ef", 16, "\x1b[96m"),
        ("#000000", 16, "\x1b[30m"),
        ("#f92672", 16, "\x1b[91m"),
        ("underline nonsense", 16, "\x1b[4m"),
        ("", 16, ""),
    ],
)
def test_looks_at_each_depth(look: str, colors: int, code: str) -> None:
    assert sgr(look, colors) == code


@check_rows("name", [name for name, look in STYLES.items() if look])
def test_every_look_of_ours_can_be_shown(name: str) -> None:
    assert sgr(STYLES[name], 16).count(";") == len(STYLES[name].split()) - 1
