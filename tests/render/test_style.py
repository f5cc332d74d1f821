"""Every style can be read on a black background and on a white one."""

from __future__ import annotations

import re

from tests.support.rows import check_rows

from callbox.render.ansi_and_sanitiser import sgr
from callbox.render.style import STYLES

_LEVELS = (0, 95, 135, 175, 215, 255)
COLOURED = {name: look for name, look in STYLES.items() if "#" in look or "ansi" in look or "dim" in look}


def luminance(red: int, green: int, blue: int) -> float:
    """Relative luminance, WCAG 2.2."""
    linear = [
        part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4
        for part in (red, green, blue)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrasts(red: int, green: int, blue: int) -> tuple[float, float]:
    """The contrast on black and on white."""
    own = luminance(red, green, blue)
    return (own + 0.05) / 0.05, 1.05 / (own + 0.05)


def of_256(number: int) -> tuple[int, int, int]:
    """The colour of this number in xterm's cube or among its grays."""
    if number >= 232:
        level = 8 + 10 * (number - 232)
        return level, level, level
    cube = number - 16
    return _LEVELS[cube // 36], _LEVELS[cube // 6 % 6], _LEVELS[cube % 6]


@check_rows("name", COLOURED)
def test_a_style_has_a_contrast_of_4_5_on_black_and_on_white(name: str) -> None:
    found = re.search(r"38;2;(\d+);(\d+);(\d+)", sgr(COLOURED[name], 1 << 24))

    assert found is not None, "a named colour is whatever the terminal has"
    assert min(contrasts(*map(int, found.groups()))) >= 4.5


@check_rows("name", COLOURED)
def test_among_256_colours_it_stays_near_that(name: str) -> None:
    found = re.search(r"38;5;(\d+)", sgr(COLOURED[name], 256))

    assert found is not None
    assert min(contrasts(*of_256(int(found[1])))) >= 4.0
