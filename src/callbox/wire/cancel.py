"""Cancel a request from another thread or a signal handler, by shutting down its socket.

No exception is injected into running code: the reader sees the end of the stream, checks the flag, and raises
`Interrupted`.
"""

from __future__ import annotations

import contextlib
import socket
import threading


class Cancel:
    """A flag that one side sets and the wire obeys. Safe to set from a signal handler or another thread."""

    __slots__ = ("_event", "phase", "second", "socket")

    def __init__(self, second: Cancel | None = None) -> None:
        self._event = threading.Event()
        self.second = second
        """The flag for work that begins after this one was set, such as clean-up. A second cancel sets it."""
        self.socket: socket.socket | None = None
        """The socket that the wire waits on now; the wire keeps it up to date."""
        self.phase = "connection"
        """The phase being waited for: `connection`, `request`, `response` or `body`."""

    @property
    def is_cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._event.is_set()

    def cancel(self) -> None:
        """End the request that uses this flag, and every later one that is given it."""
        if self._event.is_set() and self.second is not None:
            self.second.cancel()
        self._event.set()
        sock = self.socket  # read once: the wire may set it to None at any moment
        if sock is not None:
            # Already closed, or not connected yet (macOS): then no thread waits on it for long.
            with contextlib.suppress(OSError):
                # Not the TLS socket's own shutdown: it would go on reading in the clear what was encrypted.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
