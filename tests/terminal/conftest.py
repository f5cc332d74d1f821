"""A real terminal around a real callbox: keys in, a screen of rows out (pexpect and pyte)."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pyte
import pytest
from tests.support import processes

DEADLINE_S = 60.0


class Screen(pyte.HistoryScreen):
    """A screen that remembers what has left it and is never scrolled back, without what it takes to allow for that."""

    __getattribute__ = object.__getattribute__


class Terminal:
    """One callbox on a terminal of its own."""

    def __init__(
        self, home: Path, *words: str, columns: int = 100, rows: int = 40, module: str = "callbox", **environ: str
    ) -> None:
        self.screen = Screen(columns, rows, history=5000)
        self.stream = pyte.ByteStream(self.screen)
        self._rows = [""] * rows
        self.raw = b""
        self.answers_where = True
        """Whether the program is told where the cursor is when it asks."""
        whole = {**os.environ, "HOME": str(home), "TERM": "xterm-256color", **environ}
        options: dict[str, Any] = {
            "dimensions": (rows, columns),
            "env": whole,
            "cwd": str(home),
            "timeout": DEADLINE_S,
        }
        if processes.can_be_forked(whole):
            self.child = processes.Terminal(*words, module=module, **options)
        else:
            self.child = pexpect.spawn(sys.executable, ["-m", module, *words], **options)
            self.child.delaybeforesend = None  # nobody waits for an echo to be turned off here

    @property
    def rows(self) -> list[str]:
        """The rows of the screen. Only those that have changed are read anew, since that takes most of a test's time."""
        buffer, dirty, columns = self.screen.buffer, self.screen.dirty, self.screen.columns
        for y in dirty:
            if y < len(self._rows):
                row = buffer[y]
                self._rows[y] = "".join([row[x].data for x in range(columns)]).rstrip()
        dirty.clear()
        return self._rows

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return "\n".join(self.rows).rstrip()

    @property
    def whole_text(self) -> str:
        """What stands on the screen, below what has left it at the top."""
        gone = ("".join(row[x].data for x in range(self.screen.columns)) for row in self.screen.history.top)
        return "\n".join([*(line.rstrip() for line in gone), self.text])

    def read(self) -> bool:
        """Take in what has been written, and answer where the program asks the terminal something.

        Returns whether something was written.
        """
        try:
            data = self.child.read_nonblocking(65536, timeout=0.05)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return False
        self.raw += data
        *before, last = data.split(b"\x1b[6n")
        for piece in before:
            self.stream.feed(piece)
            if self.answers_where:
                self.child.send(f"\x1b[{self.screen.cursor.y + 1};{self.screen.cursor.x + 1}R")
        self.stream.feed(last)
        return True

    def until(self, holds: Callable[[str], bool], what: str) -> str:
        """Wait for a screen of which this holds."""
        end, is_new = time.monotonic() + DEADLINE_S, True
        while time.monotonic() < end:
            is_new |= self.read()
            if is_new and holds(self.text):
                return self.text
            is_new = False
        raise AssertionError(f"never came: {what}\n{self.text}")

    def see(self, text: str) -> str:
        """Wait until this stands on the screen."""
        return self.until(lambda shown: text in shown, text)

    def interrupt(self, text: str) -> str:
        """Press Ctrl-C until this stands on the screen: one that comes just before a read or a start is lost."""
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            self.send("\x03")
            again = time.monotonic() + 2
            while time.monotonic() < again:
                self.read()
                if text in self.text:
                    return self.text
        raise AssertionError(f"never came: {text}\n{self.text}")

    def prompted(self) -> str:
        """Wait until the cursor stands behind an empty prompt."""

        def is_prompt(_: str) -> bool:
            row = self.rows[self.screen.cursor.y]
            return row.endswith(">") and self.screen.cursor.x == len(row) + 1

        return self.until(is_prompt, "a prompt")

    def type(self, line: str) -> str:
        """Type a line at the prompt, and wait for the next prompt."""
        self.prompted()
        self.send(line)
        self.see(line[-20:])
        self.send("\r")
        self.until(lambda shown: f"> {line}" in shown or "clear" in line, line)
        return self.prompted()

    def send(self, keys: str) -> None:
        """Press keys."""
        self.child.send(keys)

    def close(self) -> None:
        """End it, however it stands."""
        self.child.close(force=True)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def open_terminal(*words: str, **more: object) -> Terminal:
        opened.append(Terminal(tmp_path, *words, **more))  # type: ignore[arg-type]
        return opened[-1]

    yield open_terminal
    for each in opened:
        each.close()
