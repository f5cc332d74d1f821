"""The line of progress of a replay."""

from __future__ import annotations

import pytest

from callbox.cli.telling import progress_line
from callbox.render.cells import width
from callbox.replay.course import Progress


@pytest.mark.parametrize("columns", [4, 12, 39, 79, 200])
@pytest.mark.parametrize("label", ["log in", "漢字" * 40, "x" * 300, "tab\tand \x1b[31m"])
def test_progress_never_takes_more_than_a_line(label: str, columns: int) -> None:
    text = "".join(text for _, text in progress_line(Progress(label, 7, 12, 2), columns))

    assert width(text) <= max(columns, len(" 7/12  2 bad"))
    assert text.isprintable()


def test_bar_is_full_only_when_all_is_done() -> None:
    bars = [progress_line(Progress("x", number, 10, 0), 80, is_unicode=False)[0][1] for number in (1, 5, 10)]

    assert bars == ["", "#" * 8, "#" * 18]
