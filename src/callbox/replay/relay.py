"""Results on their way from the threads that make them to the one that shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue

from callbox.report.result import Result

_LONGEST_S = 0.5
"""Ctrl-C is not felt for longer: a thread of another's may have taken the signal, and the one that waits sleeps on."""


class Relay:
    """What the thread of one file tells, in order, for the thread that shows it; None is the end.

    A Ctrl-C is raised behind any call, also behind that which takes from a queue: what was taken would be lost, and an
    end that is lost is waited for in vain. So what is told stays in a list, and the queue only wakes.
    """

    def __init__(self) -> None:
        self._told: list[Result | BaseException | None] = []
        self._next = 0
        self._news: SimpleQueue[None] = SimpleQueue()

    def tell(self, one: Result | BaseException | None) -> None:
        """Hand this on: a result, what ended the thread, or None as the last."""
        self._told.append(one)
        self._news.put(None)

    def __iter__(self) -> Iterator[Result | BaseException]:
        """What has not been shown, and what is still to come."""
        while True:
            while self._next == len(self._told):
                with suppress(Empty):
                    self._news.get(timeout=_LONGEST_S)
            one = self._told[self._next]
            if one is None:
                return
            self._told[self._next] = None  # shown once, and not kept
            self._next += 1
            yield one


def in_order(files: Sequence[Relay]) -> Iterator[Result]:
    """The results of one file after those of the file before it. Raises what ended a thread."""
    for file in files:
        for one in file:
            if isinstance(one, BaseException):
                raise one
            yield one
