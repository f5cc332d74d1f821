"""How far a replay is: one line at the foot of a terminal, painted ten times a second whatever the run does."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from threading import Event, RLock, Thread

from callbox.render.cells import fit, width_of
from callbox.render.sanitise import visible_line
from callbox.render.style import Fragments
from callbox.replay.batch import uninterrupted
from callbox.replay.control import Progress
from callbox.terminal.screen import ERASE_LINE, Screen
from callbox.terminal.streams import Stream

_PATIENCE_S = 0.4
"""What is over sooner needs no progress but for its first request, which may be a slow one."""
_EVERY_S = 0.1
_MOST_HELD = 1 << 16
"""Bytes that are kept back for one write."""
_BAR = 20
"""Columns of the bar, less on a narrow screen."""


class ProgressLine:
    """The line; a thread of its own paints it, lest each request pays for that."""

    def __init__(self, screen: Screen, lock: RLock, *, is_joined: bool = False) -> None:
        """The `lock` is held by whoever writes to the screen; `is_joined` where both ways out are one terminal."""
        self._screen = screen
        self._is_joined = is_joined
        self._lock = lock
        self._begun = screen.now()
        self._wanted: Progress | None = None
        self._painted: Progress | None = None
        self._shown = b""
        """What stands on the screen, or is to stand there again."""
        self._is_there = False
        self._is_over = Event()

    def watch(self, progress: Progress) -> None:
        """This is under way now. Called from the threads that send."""
        is_first, self._wanted = self._wanted is None, progress
        if is_first and self._screen.err.is_terminal:
            self._start()

    def _start(self) -> None:
        if self._lock.acquire(blocking=False):  # a request need not wait until a question is answered
            try:
                self._paint()
            finally:
                self._lock.release()
        with uninterrupted():  # Ctrl-C is for the thread that sends
            Thread(target=self._repeat, name="progress", daemon=True).start()

    def _repeat(self) -> None:
        while not self._is_over.wait(_EVERY_S):
            if self._screen.now() - self._begun >= _PATIENCE_S and self._wanted is not self._painted:
                with self._lock:
                    self._paint()

    def _paint(self) -> None:
        if self._wanted is None or self._is_over.is_set():
            return
        self._painted, err = self._wanted, self._screen.err
        is_unicode = err.encoding.lower().replace("-", "").startswith("utf")
        line = progress_line(self._painted, self._screen.columns() - 1, is_unicode=is_unicode)
        self._shown = ERASE_LINE.encode() + err.encoded(line)
        self.again()

    @contextlib.contextmanager
    def above(self) -> Iterator[None]:
        """What is written meanwhile stands above it."""
        if not (self._is_joined and self._is_there):
            self.erase()
            yield
            self.again()
            return
        out, err = self._screen.out, self._screen.err
        held = _Held(err, ERASE_LINE.encode())  # one write for all three: a terminal is slow to be told of each
        self._screen.out, self._screen.err = out._replace(file=held), err._replace(file=held)
        try:
            yield
        finally:
            self._screen.out, self._screen.err = out, err
            held.end(self._shown)

    def erase(self) -> None:
        """Take it away, for something else is to be written."""
        if self._is_there:
            self._screen.err.bytes(ERASE_LINE.encode())
            self._is_there = False

    def again(self) -> None:
        """Put it back."""
        if self._shown and not self._is_over.is_set():
            self._screen.err.bytes(self._shown)
            self._is_there = True

    def end(self) -> None:
        """Take it away for good."""
        self._is_over.set()
        self.erase()


class _Held:
    """What is written, until there is enough of it."""

    def __init__(self, stream: Stream, data: bytes) -> None:
        self._stream = stream
        self._data = bytearray(data)

    def write(self, data: bytes, /) -> None:
        self._data += data
        if len(self._data) > _MOST_HELD:
            self.end(b"")

    def flush(self) -> None:
        """Later."""

    def end(self, data: bytes) -> None:
        self._stream.bytes(bytes(self._data) + data)
        self._data.clear()


def progress_line(progress: Progress, columns: int, *, is_unicode: bool = True) -> Fragments:
    """A bar, how many of how many, how many of these did not go well, and what was begun last; no wider than that.

    >>> "".join(text for _, text in progress_line(Progress("log in", 3, 4, 1), 40, is_unicode=False))
    '#####----- 3/4  1 bad  log in'
    """
    counts = f" {progress.number}/{progress.total}"
    bad = f"  {progress.bad} bad" if progress.bad else ""
    cells = max(min(_BAR, columns // 4, columns - width_of(counts + bad)), 0)
    done = (progress.number - 1) * cells // max(progress.total, 1)
    marks = "\u2501\u2500" if is_unicode else "#-"
    full, empty = marks[0] * done, marks[1] * (cells - done)
    left = columns - cells - width_of(counts + bad) - 2
    label = f"  {fit(visible_line(progress.label), left)}" if left > 0 else ""
    return [("fail" if bad else "ok", full), ("dim", empty), ("", counts), ("fail", bad), ("dim", label)]
