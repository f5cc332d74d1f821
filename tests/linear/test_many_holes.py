"""Lines of a script with thousands of variables take time by their length."""

from __future__ import annotations

import pytest
from tests.support.linear import assert_linear

from callbox.exchange.url import TextPart, host_changing_part
from callbox.httpfile.source_and_diagnostics import Position, Text

MOST = 35


@pytest.mark.parametrize("unit", ["{{a}}", "{{\u00e9}}", "{{a}}\n"])
def test_places_asked_for_in_order_take_time_by_the_text(unit: str) -> None:
    def work(count: int) -> None:
        text = Text(unit * count, Position(3, 5, 40))
        for number in range(count):
            text.position_at(number * len(unit))

    assert_linear(work, 2_000, 20_000, most=MOST)


@pytest.mark.parametrize("text", ["a", "", "é.", "a/"])
@pytest.mark.parametrize("foreign", [(), (0,), (-1,), (0, -1)])
def test_parts_of_a_url_take_time_by_their_number(text: str, foreign: tuple[int, ...]) -> None:
    def work(count: int) -> None:
        parts = [TextPart(text)] * count
        for number in foreign:
            parts[number] = TextPart("x", is_foreign=True)
        host_changing_part(parts)

    assert_linear(work, 5_000, 50_000, most=MOST)


def test_foreign_parts_of_a_url_take_time_by_their_number() -> None:
    assert_linear(lambda count: host_changing_part([TextPart("", is_foreign=True)] * count), 5_000, 50_000, most=MOST)
