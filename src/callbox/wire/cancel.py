"""Cancel a request from another thread or a signal handler, by shutting down its socket.

The code that reads from the socket then sees the end of the stream, checks the flag, and raises `Interrupted`.
"""

from __future__ import annotations

import contextlib
import socket
import threading


class Cancel:
    """A flag that cancels requests. A signal handler or another thread may set it."""

    __slots__ = ("_event", "phase", "second", "socket")

    def __init__(self, second: Cancel | None = None) -> None:
        self._event = threading.Event()
        self.second = second
        """The flag for work after a cancel, such as clean-up. A second call of `cancel` sets it."""
        self.socket: socket.socket | None = None
        """The socket on which the wire waits now; the wire updates it."""
        self.phase = "connection"
        """What the wire waits for: `connection`, `request`, `response` or `body`."""

    @property
    def is_cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._event.is_set()

    def cancel(self) -> None:
        """End the request that uses this flag, and every later request with the same flag."""
        if self._event.is_set() and self.second is not None:
            self.second.cancel()
        self._event.set()
        sock = self.socket  # Read only once, because the wire may set it to None at any time.
        if sock is not None:
            # The socket is already closed, or not connected yet (macOS). In both cases no thread waits on it for long.
            with contextlib.suppress(OSError):
                # The `shutdown` of a TLS socket would go on to read, and return encrypted bytes.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
