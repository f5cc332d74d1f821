"""Threads: start a thread with a stack of a chosen size, and the queue in which other threads pass work to the main
thread and wait for its result.

Python keeps the size of the stack for the whole process, so two starts at once could each get the size of the other,
and a thread with too small a stack ends the process.

`re` holds the interpreter's lock during a match, and checks for signals only in the main thread. So an exponential
pattern in another thread could be ended only by SIGKILL.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import TypeVar

from callbox.system.cpu_limit import OutOfTime, hurried

_lock = threading.Lock()


def start_with_stack(thread: threading.Thread, stack_bytes: int) -> None:
    """Start a thread with a stack of this size (bytes). Threads that start later have the usual size."""
    with _lock:
        before = threading.stack_size(stack_bytes)
        try:
            thread.start()
        finally:
            threading.stack_size(before)


T = TypeVar("T")


class MainThread:
    """The queue of work for the main thread. The main thread calls `serve` after each call of `wake`."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._waiting: deque[_Work] = deque()
        self._is_closed = self._is_interrupted = False
        self._is_ending = False
        """Whether an interruption is ending the waiting work. Another interruption may come meanwhile."""

    def call(self, work: Callable[[], None]) -> None:
        """Run the work in the main thread. Returns its result when it is done.

        Raises the errors of the work, and `KeyboardInterrupt` if the main thread was interrupted.
        """
        found = _Work(work)
        self._waiting.append(found)
        self._wake()
        if self._is_closed:
            raise KeyboardInterrupt
        found.is_done.wait()
        if found.error is not None:
            raise found.error

    def serve(self) -> None:
        """Run the waiting work.

        An interruption ends all waiting work and is raised again. Later work then gets only a short time.
        """
        if self._is_ending:
            self._end_waiting()
        try:
            while self._waiting:
                with hurried() if self._is_interrupted else contextlib.nullcontext():
                    self._waiting[0].run()
                # this comes last, because an interruption may come after any call and must not lose the work
                self._waiting.popleft()
        except KeyboardInterrupt:
            self._is_interrupted = self._is_ending = True
            self._end_waiting()
            raise

    def hurry(self) -> None:
        """Give the waiting work, and all later work, a short time, because the main thread was interrupted outside
        of `serve`.
        """
        self._is_interrupted = True

    def close(self) -> None:
        """Interrupt the waiting work and all later work."""
        self._is_closed = True
        self._end_waiting()

    def _end_waiting(self) -> None:
        while self._waiting:
            self._waiting[0].is_done.set()
            self._waiting.popleft()
        self._is_ending = False


class _Work:
    """A call and its result."""

    def __init__(self, work: Callable[[], None]) -> None:
        self.is_done = threading.Event()
        self.error: BaseException | None = KeyboardInterrupt()
        """The exception that ended the call. Until the call has ended, an interruption."""
        self._work = work

    def run(self) -> None:
        """Run the call. Raises only `KeyboardInterrupt`."""
        try:
            self._work()
            self.error = None
        except OutOfTime:
            pass  # the call was interrupted
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # the thread that waits raises the error
            self.error = error
        self.is_done.set()


_server: list[MainThread] = []
"""The queue that is served now, in a list with at most one element."""


@contextlib.contextmanager
def served(server: MainThread) -> Iterator[None]:
    """A block in the main thread during which other threads pass their work to this queue."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _server.append(server)
    try:
        yield
    finally:
        _server.remove(server)
        server.close()


def in_main_thread(work: Callable[[], T]) -> T:
    """The result of the work. It runs in the main thread if that serves a queue, else in this thread."""
    if not _server or threading.current_thread() is threading.main_thread():
        return work()
    results: list[T] = []
    _server[-1].call(lambda: results.append(work()))
    return results[0]
