"""The line of progress of a replay."""

from __future__ import annotations

import time
from io import BytesIO
from threading import Thread

import pytest
from tests.support.rows import check_rows

from callbox.cli.replay.console_and_progress_line import ReplayConsole, progress_line
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.render.tables_and_text_width import width_of
from callbox.replay.run_progress_and_deadline import Progress
from callbox.report.result import Result
from callbox.terminal.output_streams_and_pager import OutputStream
from callbox.terminal.screen import Screen

STEP = parse("### log in\nGET http://h/", "a.http").steps[0]


def told(**changes: bool) -> tuple[ReplayConsole, BytesIO, list[float]]:
    """A teller on a terminal, what it has written, and the clock that it looks at."""
    file, clock = BytesIO(), [0.0]
    stream = OutputStream(file, is_terminal=True)
    screen = Screen(stream, stream, lambda: 40, now=lambda: clock[0])
    return ReplayConsole(screen, has_files=False, verbosity=0, part="", **changes), file, clock


@check_rows("columns", [4, 12, 39, 79, 200])
@check_rows("label", ["log in", "漢字" * 40, "x" * 300, "tab\tand \x1b[31m"])
def test_progress_never_takes_more_than_a_line(label: str, columns: int) -> None:
    text = "".join(text for _, text in progress_line(Progress(label, 7, 12, 2), columns))

    assert width_of(text) <= max(columns, len(" 7/12  2 bad"))
    assert text.isprintable()


def test_bar_is_full_only_when_all_is_done() -> None:
    bars = [progress_line(Progress("x", number, 10, 0), 80, is_unicode=False)[0][1] for number in (1, 5, 10)]

    assert bars == ["", "#" * 8, "#" * 18]


@pytest.mark.parametrize("is_joined", [True, False], ids=["one terminal", "two"])
def test_progress_stays_below_results(is_joined: bool) -> None:
    teller, file, _ = told(is_joined=is_joined)
    teller.watch(Progress("log in", 1, 2, 0))
    teller.show_result(Result("a.http", "ok", STEP))
    before = file.getvalue()
    teller.clear()

    assert b"\r\x1b[Kok      " in before
    assert before.endswith(b" 1/2  log in")
    assert file.getvalue() == before + b"\r\x1b[K"


def test_what_takes_long_is_said_though_nothing_else_happens() -> None:
    teller, file, clock = told()
    clock[0] = 1.0
    teller.watch(Progress("log in", 1, 2, 0))
    teller.watch(Progress("slow", 2, 2, 0))
    until = time.monotonic() + 10
    while b"slow" not in file.getvalue() and time.monotonic() < until:
        time.sleep(0.01)
    teller.clear()

    assert file.getvalue().endswith(b" 2/2  slow\r\x1b[K")


def test_fast_requests_are_not_each_painted() -> None:
    teller, file, clock = told()
    clock[0] = 1.0
    for number in range(1, 1001):
        teller.watch(Progress("ping", number, 1000, 0))
    teller.clear()

    assert file.getvalue().count(b"ping") < 100


def test_nothing_is_drawn_over_a_question() -> None:
    teller, file, _ = told()
    teller.watch(Progress("log in", 1, 2, 0))
    with teller.paused():
        before = file.getvalue()
        other = Thread(target=teller.watch, args=(Progress("log in", 1, 2, 0),))
        other.start()
        other.join(20)

        assert not other.is_alive()
    teller.clear()
    assert file.getvalue() == before
    assert before.endswith(b"\x1b[K")
