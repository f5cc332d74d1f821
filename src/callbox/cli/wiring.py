"""Screen, ports and session put together for one run."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import BinaryIO

from callbox.cli.ends import is_terminal
from callbox.cli.ports import real_ports
from callbox.engine.client import LiveSession
from callbox.shell.context import UNBOUNDED, World, nobody
from callbox.system.clock import monotonic
from callbox.system.process import Piping
from callbox.terminal.screen import Screen
from callbox.terminal.streams import Paging, Stream, count_colors, pager_line

MOST_COLUMNS = 400
ACCEPT = "application/json, */*;q=0.5"
"""What a shell asks for, where nothing else is said."""


def make_screen(color: str = "auto", program: str = "callbox") -> Screen:
    """The screen on this process's standard output and standard error."""
    out, err = _stream(sys.stdout.buffer, 1, color), _stream(sys.stderr.buffer, 2, color)
    screen = Screen(out, err, lambda: _size()[0], lines=lambda: _size()[1], now=monotonic, program=program)
    screen.open_pager = lambda: Paging(Piping, pager_line(os.environ))
    return screen


def make_world(
    columns: Callable[[], int], ask: Callable[[str, bool], str] = nobody, *, is_terminal: bool = True
) -> World:
    """A shell with an empty session. `columns` is how wide the screen is; the option `width` wins over it.

    Where no one looks at the standard output, nothing is cut.
    """
    session = LiveSession()
    session.headers["Accept"] = session.defaults["accept"] = ACCEPT

    def chosen_columns() -> int:
        said = session.option("width")
        return said if isinstance(said, int) and said > 0 else columns() if is_terminal else UNBOUNDED

    world = World(session, real_ports(ask), chosen_columns)
    world.is_unicode = (sys.stdout.encoding or "utf-8").lower().startswith("utf")
    return world


def _stream(file: BinaryIO, number: int, color: str) -> Stream:
    is_person = is_terminal(number)
    encoding = (sys.stdout if number == 1 else sys.stderr).encoding or "utf-8"
    return Stream(file, is_person, count_colors(os.environ, color, is_terminal=is_person), encoding)


def _size() -> tuple[int, int]:
    """Columns and lines: COLUMNS and LINES where they are set, else what the terminal says."""
    columns, lines = _number(os.environ, "COLUMNS"), _number(os.environ, "LINES")
    for number in (1, 2, 0):
        if columns and lines:
            break
        try:
            size = os.get_terminal_size(number)
        except OSError:
            continue
        columns, lines = columns or size.columns, lines or size.lines
    return min(columns or 80, MOST_COLUMNS), lines or 24


def _number(environ: Mapping[str, str], name: str) -> int:
    text = environ.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
