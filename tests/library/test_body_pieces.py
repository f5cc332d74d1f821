"""Pieces cut anew: whatever the cuts of the network were, the lines and pieces are those of the whole."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from callbox._library.raw_response import resize, split_lines
from callbox.exchange.media_types_and_charsets import decode_pieces

TEXTS = st.lists(st.sampled_from([b"a", b"b", b"\r", b"\n", b"\r\n", b"ab", b"<>", b"<"]), max_size=30).map(b"".join)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """The data in pieces, cut at these places."""
    ends = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return [data[a:b] for a, b in pairwise(ends)]


@given(TEXTS, st.lists(st.integers(0, 100)))
def test_lines_do_not_depend_on_the_cuts(data, places):
    assert list(split_lines(cut(data, places))) == data.splitlines()


@given(TEXTS, st.lists(st.integers(0, 100)))
def test_a_delimiter_does_not_depend_on_the_cuts(data, places):
    expected = data.split(b"<>")

    assert list(split_lines(cut(data, places), b"<>")) == expected[: None if expected[-1] else -1]


@given(st.binary(max_size=200), st.lists(st.integers(0, 200)), st.integers(1, 50))
def test_pieces_have_one_size_but_for_the_last(data, places, size):
    pieces = list(resize(cut(data, places), size))

    assert b"".join(pieces) == data
    assert {len(piece) for piece in pieces[:-1]} <= {size}
    assert all(0 < len(piece) <= size for piece in pieces)


@given(st.text(max_size=50), st.lists(st.integers(0, 200)))
def test_text_does_not_depend_on_the_cuts(text, places):
    data = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace").encode()

    assert "".join(decode_pieces(cut(data, places), "utf-8")) == data.decode()
