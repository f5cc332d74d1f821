"""The line of progress of a replay."""

from __future__ import annotations

from io import BytesIO
from threading import Thread

import pytest

from callbox.cli.telling import Teller, progress_line
from callbox.render.cells import width
from callbox.replay.course import Progress
from callbox.report.result import Result
from callbox.script.parse import parse
from callbox.terminal.screen import Screen
from callbox.terminal.streams import Stream

STEP = parse("### log in\nGET http://h/", "a.http").steps[0]


def told(jobs: int) -> tuple[Teller, BytesIO]:
    """A teller on a terminal, and what it has written."""
    file = BytesIO()
    stream = Stream(file, is_terminal=True)
    screen = Screen(stream, stream, lambda: 40, now=lambda: 0.0)
    return Teller(screen, has_files=False, verbosity=0, part="", jobs=jobs), file


@pytest.mark.parametrize("columns", [4, 12, 39, 79, 200])
@pytest.mark.parametrize("label", ["log in", "漢字" * 40, "x" * 300, "tab\tand \x1b[31m"])
def test_progress_never_takes_more_than_a_line(label: str, columns: int) -> None:
    text = "".join(text for _, text in progress_line(Progress(label, 7, 12, 2), columns))

    assert width(text) <= max(columns, len(" 7/12  2 bad"))
    assert text.isprintable()


def test_bar_is_full_only_when_all_is_done() -> None:
    bars = [progress_line(Progress("x", number, 10, 0), 80, is_unicode=False)[0][1] for number in (1, 5, 10)]

    assert bars == ["", "#" * 8, "#" * 18]


@pytest.mark.parametrize(("jobs", "is_there"), [(1, False), (2, True)])
def test_progress_stays_below_results_where_others_are_under_way(jobs: int, is_there: bool) -> None:
    teller, file = told(jobs)
    teller.watch(Progress("log in", 1, 2, 0))
    teller.tell(Result("a.http", "ok", STEP))

    assert file.getvalue().endswith(b" 1/2  log in") is is_there


def test_nothing_is_drawn_over_a_question() -> None:
    teller, file = told(2)
    teller.watch(Progress("log in", 1, 2, 0))
    with teller.silence():
        before = file.getvalue()
        other = Thread(target=teller.watch, args=(Progress("log in", 1, 2, 0),))
        other.start()
        other.join(5)

        assert not other.is_alive()
    assert file.getvalue() == before
    assert before.endswith(b"\x1b[K")
