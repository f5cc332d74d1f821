"""While nothing comes for a second, a line says how long it has been and what is waited for."""

from __future__ import annotations

import pytest

from callbox.terminal.screen import WaitClock


class Times:
    """A clock that is moved by hand, and the lines that were shown."""

    def __init__(self) -> None:
        self.now = 100.0
        self.lines: list[str] = []
        self.clock = WaitClock(self.lines.append, lambda: self.now)


@pytest.fixture
def times():
    made = Times()
    made.clock.start("a.example:81")
    yield made
    made.clock.stop()


def test_nothing_is_shown_within_the_first_second(times):
    times.now += 0.9
    times.clock.tick()
    assert times.lines == []


def test_line_says_seconds_and_peer(times):
    times.now += 3
    times.clock.tick()
    assert times.lines[-1] == "3 s  waiting for the response of a.example:81, Ctrl-C ends it"


@pytest.mark.parametrize(
    ("phase", "words"),
    [
        ("connection", "connecting to a.example:81"),
        ("request", "sending to a.example:81"),
        ("body", "waiting for more from a.example:81"),
    ],
)
def test_line_names_what_is_waited_for(times, phase, words):
    times.clock.phase = lambda: phase
    times.now += 2
    times.clock.tick()
    assert words in times.lines[-1]


def test_output_erases_the_line(times):
    times.now += 2
    times.clock.tick()
    times.clock.restart()
    assert times.lines[-1] == ""


def test_silence_counts_from_the_last_output(times):
    times.now += 0.9
    times.clock.restart()
    times.now += 0.9
    times.clock.tick()
    assert times.lines == []


def test_stop_erases_the_line(times):
    times.now += 2
    times.clock.tick()
    times.clock.stop()
    assert times.lines[-1] == ""


def test_control_characters_of_a_host_are_not_shown():
    made = Times()
    made.clock.start("a\x1b[2J")
    made.now += 2
    made.clock.tick()
    made.clock.stop()
    assert "\x1b" not in made.lines[0]
