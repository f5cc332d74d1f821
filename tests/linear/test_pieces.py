"""Pieces of a body cut anew take time by the size of the body, however small the pieces of the network are."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

import pytest
from tests.support.linear import assert_linear

from callbox._library.raw_response import resize, split_lines
from callbox.exchange.redaction.secrets_by_name import redact_named
from callbox.report.run_redaction import RunSecrets

MOST = 35


@pytest.mark.parametrize(
    "cut",
    [
        pytest.param(lambda pieces: split_lines(pieces, b"|"), id="by a delimiter that never comes"),
        pytest.param(lambda pieces: split_lines(pieces, b"abc"), id="by a delimiter of which parts come"),
        pytest.param(split_lines, id="lines"),
        pytest.param(lambda pieces: resize(pieces, 1 << 30), id="one size"),
    ],
)
def test_small_pieces_are_cut_in_linear_time(cut: Callable[[Iterable[bytes]], Iterable[bytes]]) -> None:
    def work(count: int) -> None:
        deque(cut([b"abab ab"] * count), maxlen=0)

    assert_linear(work, 6_000, 60_000, most=MOST)


@pytest.mark.parametrize("unit", ["\\token_type: ", "\\max_tokens: ", "<![CDATA[\\u0074okenauth: "])
def test_names_that_hold_no_credential_are_passed_over_in_linear_time(unit: str) -> None:
    assert_linear(lambda count: redact_named(unit * count), 500, 5_000, most=MOST)


def test_a_very_long_secret_takes_no_more_than_its_own_forms() -> None:
    def work(count: int) -> None:
        RunSecrets(["-" * count]).redact_values("%" + "-" * 20 * count)

    assert_linear(work, 1_000, 10_000, most=MOST)
