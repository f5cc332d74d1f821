"""The memory of a shell: facts seen of APIs, and requests that are saved for later shells.

After each line, the shell quickly takes facts from new responses. A thread redacts the requests and writes them to the
file after the prompt is shown again. The thread also reads the facts of earlier shells. If the file cannot be used, the
shell works without its memory, and the user gets one message.
"""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from callbox.errors import UsageError
from callbox.memory.api_facts import Seen
from callbox.memory.fact_extractor import observe
from callbox.memory.history_and_facts_database import MemoryFile, StoredRequest, decode_record, encode_exchange
from callbox.shell.outputs import Output, say
from callbox.shell.request_history import EarlierId, History

if TYPE_CHECKING:
    from callbox.exchange.exchange_record_and_events import Record
    from callbox.memory.api_facts import Observation

PAUSE_S = 0.05
"""Seconds that the thread waits before it works, so that the prompt comes back first."""
SWITCH_S = 0.0005
"""The switch interval of the interpreter while the thread works, in seconds, so that key presses come first."""
USUAL_SWITCH_S = 0.005
"""Python's default switch interval, in seconds.

During the start-up, another interval is set. So the present interval must not be read and restored later.
"""
ASKING_S = 0.2
"""Seconds that the first question about an origin waits for the facts of earlier shells."""
LEAVING_S = 3.0
"""Seconds that the shell waits for unfinished writes when it ends."""
MOST_LATEST = 1_000
"""The most earlier requests whose ids are completed."""


class RequestMemory:
    """The facts that one shell knows of APIs, and its access to the memory file."""

    def __init__(self, file: MemoryFile) -> None:
        self.seen = Seen()
        self.latest: Sequence[StoredRequest] = ()
        """The latest requests of earlier shells for completion, the latest first; empty until they are loaded."""
        self._file = file
        self._learned = 0
        """The number of the last request whose facts were learned."""
        self._own: list[int] = []
        """The ids of the requests of this shell."""
        self._loaded: dict[str, threading.Event] = {}
        """The origins whose facts the thread reads. An event is set when the facts of its origin have been read."""
        self._awaited: set[str] = set()
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._hurry = threading.Event()
        self._thread: threading.Thread | None = None
        self._failure = ""
        self._told = ""

    def learn(self, history: History) -> None:
        """Take facts from new requests of the history, only for this shell."""
        for _ in self._learn(history):
            pass

    def save_new(self, history: History, option: Callable[[str], object]) -> Iterator[Output]:
        """Take facts from new requests of the history, and save these requests: all, or only the typed ones.

        Yields messages for the user.
        """
        keeps_all = option("history-of") == "all"
        for number, record, observations in self._learn(history):
            if keeps_all or not history.is_replayed(number):
                self._set_limits(option)
                self._do(lambda r=record, o=observations: self._write(r, o, history))  # type: ignore[misc]
        yield from self._lines()

    def _learn(self, history: History) -> Iterator[tuple[int, Record, list[Observation]]]:
        for number, record in history.items_after(self._learned):
            self._learned = number
            observations = observe(record)
            for observation in observations:
                self.seen.add(observation, number)
            yield number, record, observations

    def _set_limits(self, option: Callable[[str], object]) -> None:
        size, days = option("history-size"), option("history-days")
        self._file.limits = self._file.limits._replace(
            size=size if isinstance(size, int) else None, days=days if isinstance(days, int) else 90
        )

    def load(self, origin: str) -> None:
        """Let the thread read, once, the facts that earlier shells saw of this origin.

        An empty origin means the names of all origins.
        """
        self.seen.on_question = self._await
        if origin not in self._loaded:
            done = self._loaded[origin] = threading.Event()
            self._do(lambda: self._load(origin, done))

    def _await(self, origin: str) -> None:
        """Load the facts about an origin, and wait a short time for them, once.

        An open menu does not change. So without the wait, the first menu after the start would lack the facts of
        earlier shells.
        """
        self.load(origin)
        done = self._loaded[origin]
        if not done.is_set() and origin not in self._awaited:
            self._awaited.add(origin)
            self._hurry.set()
            done.wait(ASKING_S)
            self._hurry.clear()

    def _load(self, origin: str, done: threading.Event) -> None:
        try:
            self._read(origin)
        finally:
            done.set()

    def _read(self, origin: str) -> None:
        if origin:
            self.seen.add_earlier(origin, self._file.facts(origin))
        if not self.latest:
            self.seen.add_origins(self._file.origins())
            self.latest = self._file.requests(MOST_LATEST, self._own)[::-1]

    def _write(self, record: Record, observations: list[Observation], history: History) -> None:
        row, facts = encode_exchange(record, observations, history.credentials())
        self._own.append(self._file.write(row, facts, record.time))

    def _do(self, job: Callable[[], None]) -> None:
        """Let the thread run this job."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, daemon=True, name="memory")
            self._thread.start()
        self._jobs.put(job)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._hurry.wait(PAUSE_S)
            sys.setswitchinterval(SWITCH_S)
            try:
                job()
            except UsageError as error:
                self._failure = error.message
            except Exception:  # with a bug in callbox, only saved data is lost, and the shell continues
                self._failure = "A bug in callbox"
            finally:
                sys.setswitchinterval(USUAL_SWITCH_S)

    def flush(self) -> None:
        """Wait until all writes are done."""
        if self._thread is not None:
            done = threading.Event()
            self._jobs.put(done.set)
            self._hurry.set()
            done.wait(LEAVING_S)
            self._hurry.clear()

    def close(self) -> Iterator[Output]:
        """Write the remaining data and close the file. Yields messages for the user."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._hurry.set()
            self._jobs.put(None)
            thread.join(LEAVING_S)
            self._hurry.clear()
        self._file.close()
        yield from self._lines()

    def _lines(self) -> Iterator[Output]:
        while self._file.notes:
            yield say(self._file.notes.pop(0), "warning")
        if self._failure and self._failure != self._told:
            self._told = self._failure
            yield say(f"requests are not saved for the next start: {self._failure}", "warning")

    def earlier(self, most: int) -> list[StoredRequest]:
        """The latest requests of earlier shells and of other running shells.

        Raises UsageError if the file cannot be read.
        """
        self.flush()
        return self._file.requests(most, self._own)

    def stored(self, number: EarlierId) -> StoredRequest:
        """An earlier request as it was saved. Raises UsageError for an unknown id."""
        self.flush()
        found = self._file.request(number)
        if found is None:
            first, last = self._file.ids()
            there = (
                f"saved requests: h{first} to h{last}; to list them: show history --earlier"
                if last
                else "no request is saved yet"
            )
            raise UsageError(f"No earlier request {number}", hint=there)
        return found

    def record(self, number: EarlierId) -> Record:
        """An earlier exchange, redacted. Raises UsageError for an unknown id."""
        return decode_record(self.stored(number))

    def forget_requests(self, ranges: Sequence[tuple[int, int]]) -> int:
        """Delete earlier requests from the file; without ranges, delete all. Returns how many were deleted."""
        self.flush()
        if not ranges:
            self.latest = ()
            return self._file.forget_requests()
        self.latest = [one for one in self.latest if not any(first <= one.id <= last for first, last in ranges)]
        return sum(self._file.forget_requests(first, last) for first, last in ranges)

    def forget_seen(self, origin: str) -> int:
        """Forget the facts about an origin, here and in the file; an empty origin means all.

        Returns how many were forgotten.
        """
        self.flush()
        here = self.seen.forget(origin)
        return max(here, self._file.forget_facts(origin))
