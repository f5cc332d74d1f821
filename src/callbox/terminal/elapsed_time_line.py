"""A line that shows how long and for what a request waits. It appears after a second without output.

A separate thread writes the line, because the thread of the request waits for the server.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from callbox.render.sanitise import visible_line

SILENCE_S = 1.0
"""Seconds without output after which the line is shown."""
_INTERVAL_S = 0.25
_PHASES = {
    "connection": "connecting to {peer}",
    "request": "sending to {peer}",
    "response": "waiting for the response of {peer}",
    "body": "waiting for more from {peer}",
}


class WaitClock:
    """The clock of one screen. `start` begins a wait, `restart` is called before output, and `stop` ends the wait.

    `write` shows a line in place of the one before. An empty line erases it.
    """

    def __init__(self, write: Callable[[str], None], now: Callable[[], float]) -> None:
        self.phase: Callable[[], str] = lambda: "response"
        """Returns what the request waits for: `connection`, `request`, `response` or `body`."""
        self._write = write
        self._now = now
        self._lock = threading.Lock()
        self._stopped: threading.Event | None = None
        self._peer = ""
        self._begun = self._last_output = 0.0
        self._is_shown = False

    @property
    def is_running(self) -> bool:
        """Whether a wait has begun and not ended."""
        return self._stopped is not None

    def start(self, peer: str) -> None:
        """Begin to wait for this peer."""
        self._peer = peer
        self._begun = self._last_output = self._now()
        if self._stopped is None:
            self._stopped = threading.Event()
            threading.Thread(target=self._run, args=(self._stopped,), name="wait clock", daemon=True).start()

    def restart(self) -> None:
        """Erase the line before output, and wait for the next silence."""
        if self._stopped is None:
            return
        with self._lock:
            self._last_output = self._now()
            self._erase()

    def stop(self) -> None:
        """End the wait and erase the line. The clock writes nothing after this returns."""
        if self._stopped is None:
            return
        with self._lock:
            self._stopped.set()
            self._stopped = None
            self._erase()

    def tick(self) -> None:
        """Show the line if there was no output for `SILENCE_S`."""
        now = self._now()
        if now - self._last_output >= SILENCE_S:
            self._is_shown = True
            what = _PHASES.get(self.phase(), _PHASES["response"]).format(peer=visible_line(self._peer))
            self._write(f"{now - self._begun:.0f} s  {what}, Ctrl-C ends it")

    def _erase(self) -> None:
        if self._is_shown:
            self._is_shown = False
            self._write("")

    def _run(self, stopped: threading.Event) -> None:
        while not stopped.wait(_INTERVAL_S):
            with self._lock:
                if not stopped.is_set():
                    self.tick()
