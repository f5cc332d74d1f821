"""Write to a pipe whose reader may never read. Ctrl-C ends the wait, and so does the time that a request may take."""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from types import FrameType, TracebackType
from typing import Self

from callbox.errors import Fault, Interrupted

_WAIT_MS = 100


class PipeWriter:
    """Writes to the descriptor of a pipe, within a `with` block in which it notices Ctrl-C.

    The handler of the signal that was there before is called, too: it cancels the request that is running. That alone
    ends no write to a full pipe, which Python begins again after the signal.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._deadline = float("inf")
        self._before: object = None
        self._is_interrupted = False
        self.is_given_up = False
        """Whether the time was over before the reader had read."""

    def __enter__(self) -> Self:
        os.set_blocking(self._descriptor, False)
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)  # type: ignore[arg-type]  # what `signal` itself gave

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self._is_interrupted = True
        if callable(self._before):
            self._before(number, frame)

    def give_up_after(self, seconds: float) -> None:
        """Wait for the reader for this long from now."""
        self._deadline = time.monotonic() + seconds

    def write(self, data: bytes) -> bool:
        """Write all of the data; False if nobody reads any more.

        Raises `Interrupted` and `Fault` where the pipe is full when Ctrl-C comes or the time is over.
        """
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._descriptor, view) :]
            except BlockingIOError:
                self._wait()
            except BrokenPipeError:
                return False
        return True

    def _wait(self) -> None:
        """Wait a moment until the pipe has room."""
        waiting = select.poll()
        waiting.register(self._descriptor, select.POLLOUT)
        if waiting.poll(_WAIT_MS):
            return
        if self._is_interrupted:
            raise Interrupted
        if time.monotonic() >= self._deadline:
            self.is_given_up = True
            message = "The response was not read within the total time allowed"
            raise Fault(message, kind="total-timeout", hint="set option total-timeout SECONDS")
