"""Bytes from one connection during one exchange: counted, bounded by silence, deadline and cancel.

The limits stand here because here the bytes arrive: 64 kB for a line, 256 kB and 500 fields for a head or for
trailers. Nothing of http.client's own limits is touched.
"""

from __future__ import annotations

from time import perf_counter

from callbox.errors import Fault, Interrupted
from callbox.wire.cancel import Cancel
from callbox.wire.connection import RECEIVE_BYTES, Line, out_of_time

MAX_LINE = 65_536
MAX_HEAD = 262_144
MAX_FIELDS = 500
_SLICE_BYTES = 131_072


class Stream:
    """What can be read of an answer: `buffer` has come and waits; `receive` brings more."""

    __slots__ = ("buffer", "cancel", "deadline", "line", "silence")

    def __init__(self, line: Line, silence: float | None, deadline: float | None, cancel: Cancel | None) -> None:
        self.line = line
        self.buffer = line.buffer
        self.silence = silence
        self.deadline = deadline
        self.cancel = cancel

    def receive(self) -> bytes:
        """The bytes that come next; none where the other end has closed.

        Raises `Fault` on too long a silence or at the deadline, `Interrupted` when cancelled; OSErrors pass through.
        """
        self._bound()
        try:
            data = self.line.sock.recv(RECEIVE_BYTES)
        except TimeoutError:
            raise self._timeout() from None
        except OSError:
            self.check_cancel()
            raise
        if not data:
            self.check_cancel()
        return data

    def send(self, data: bytes) -> None:
        """Write all of this. Raises as `receive` does; each slice of a large one may take as long as a silence."""
        self._bound()
        if len(data) <= _SLICE_BYTES:
            self._send(data)
            return
        view = memoryview(data)
        for start in range(0, len(view), _SLICE_BYTES):
            self.check_cancel()
            self._bound()
            self._send(view[start : start + _SLICE_BYTES])

    def _send(self, data: bytes | memoryview) -> None:
        try:
            self.line.sock.sendall(data)
        except TimeoutError:
            raise self._timeout("Nothing could be sent") from None

    def _bound(self) -> None:
        if self.deadline is None:
            self.line.set_silence(self.silence)
            return
        left = self.deadline - perf_counter()
        if left <= 0:
            raise self._timeout()
        self.line.set_silence(left if self.silence is None else min(left, self.silence))

    def check(self) -> None:
        """Raise `Interrupted` if this exchange was cancelled, `Fault` at its deadline."""
        self.check_cancel()
        self._bound()

    def check_cancel(self) -> None:
        """Raise `Interrupted` if this exchange was cancelled."""
        if self.cancel is not None and self.cancel.is_cancelled:
            raise Interrupted()

    def _timeout(self, what: str = "No answer") -> Fault:
        if self.deadline is not None and perf_counter() >= self.deadline - 0.001:
            return out_of_time()
        return Fault(f"{what} for {self.silence:g} s", kind="timeout", hint="set option timeout SECONDS")

    def read_line(self, limit: int, what: str) -> bytes:
        """The next line without its end. Raises `Fault` for one of more than `limit` bytes, EOFError at the end."""
        start = 0
        while (end := self.buffer.find(b"\n", start)) < 0:
            start = len(self.buffer)
            if start > limit:
                raise Fault(f"{what} too long (over {limit:,} bytes)", kind="limit")
            data = self.receive()
            if not data:
                raise EOFError
            self.buffer += data
        line = self.buffer[:end]
        self.buffer = self.buffer[end + 1 :]
        if len(line) > limit:
            raise Fault(f"{what} too long (over {limit:,} bytes)", kind="limit")
        return line.removesuffix(b"\r")
