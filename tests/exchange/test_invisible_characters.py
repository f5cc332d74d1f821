"""Which characters are never shown as they are, and which may stay in their place."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.exchange.invisible_characters import has_unsafe, is_suspect, may_hold_unsafe, replace_unsafe, unsafe_spans

CONTEXT = st.text(
    st.sampled_from(
        "aم\u0647कष\u094d1#❤👩🔥日ᠠ\u200c\u200d\ufe0f\ufe00\U000e0100\U000e0041\u180b\u180e\u00ad\u202e\x1b\t\n "
    ),
    max_size=12,
)


@check_rows(
    "text",
    [
        "tab\tand\nline",
        "نامه\u200cها",
        "می\u200cخواهم",
        "क्\u200dष",
        "क्\u200cष",
        "ന്\u200d ",
        "ශ්\u200dරී",
        "👩\u200d💻",
        "🧑🏽\u200d🚀",
        "❤\ufe0f\u200d🔥",
        "👁\ufe0f\u200d🗨\ufe0f",
        "🏳\ufe0f\u200d🌈",
        "🏴\u200d☠\ufe0f",
        "1\ufe0f\u20e3",
        "☎\ufe0e",
        "葛\U000e0100",
        "\u2229\ufe00",
        "ᠠᠷ\u180b",
        "e\u0301",
    ],
    ids=ascii,
)
def test_what_changes_the_look_of_its_neighbours_stays(text: str) -> None:
    assert not has_unsafe(text)


@check_rows(
    "text",
    [
        "api\u200d.example",
        "api\u200c.example",
        "api\u2060.example",
        "api\u00ad.example",
        "pay\u034fpal",
        "a\u200b",
        "\ufeffa",
        "\u202egnp.exe",
        "\u2066a\u2069",
        "a\u061cb",
        "\u3164",
        "\uffa0",
        "\u115f\u1160",
        "a\ufe0f",
        "😀\ufe0f\ufe01\ufe02",
        "a\U000e0100",
        "日\U000e0100\U000e0101",
        "🏴\U000e0067\U000e0062\U000e007f",
        "x\U000e0041\U000e0042",
        "نامه\u200ca",
        "a\u200d🔥",
        "🔥\u200d",
        "a\ufe0f\u200d🔥",
        "👩\u200d\u200d💻",
        "a\u180eb",
        "a\u2063b",
        "\U0001d173",
        "\ufff9a\ufffb",
        "\x9b31m",
        "\ud800",
    ],
    ids=ascii,
)
def test_what_hides_or_deceives_is_not_shown(text: str) -> None:
    assert has_unsafe(text)


def test_every_ignorable_or_format_character_is_unsafe_between_latin_letters() -> None:
    seen_as_signs = {
        *range(0x600, 0x606),
        0x6DD,
        0x70F,
        0x890,
        0x891,
        0x8E2,
        0x110BD,
        0x110CD,
        *range(0x13430, 0x13440),
    }
    hidden = [c for c in map(chr, range(0x110000)) if unicodedata.category(c) in ("Cf", "Zl", "Zp", "Cc", "Cs")]
    selectors = [chr(c) for c in (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), 0x34F, 0x115F, 0x1160, 0x3164)]

    left = {ord(c) for c in (*hidden, *selectors) if not has_unsafe(f"a{c}b")}
    assert left == seen_as_signs & {ord(c) for c in hidden} | {9, 10}


@given(CONTEXT | st.text(st.characters(categories=None, exclude_categories=()), max_size=30))
def test_what_is_left_after_replacing_is_safe(text: str) -> None:
    shown = replace_unsafe(text, lambda c: f"\\u{{{ord(c):x}}}")

    assert not has_unsafe(shown)
    assert replace_unsafe(shown, lambda c: "?") == shown


@given(CONTEXT)
def test_spans_and_replacing_agree(text: str) -> None:
    spans = list(unsafe_spans(text))
    marked = "".join("?" if any(start <= at < end for start, end in spans) else c for at, c in enumerate(text))

    assert replace_unsafe(text, lambda c: "?") == marked
    assert has_unsafe(text) == bool(spans)
    assert may_hold_unsafe(text) or not spans
    assert all(is_suspect(text[at]) for start, end in spans for at in range(start, end))
