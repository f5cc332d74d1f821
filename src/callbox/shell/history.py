"""The exchanges of this shell, counted from 1: a ring of 100, with at most 64 MB of bodies between them."""

from __future__ import annotations

from collections import OrderedDict

from callbox.errors import UsageError
from callbox.exchange.record import Record

MOST_RECORDS = 100
MOST_BYTES = 64_000_000


class History:
    """What took place, by number. The oldest leave first; of a body that is too large, nothing is kept twice.

    >>> History().last is None
    True
    """

    __slots__ = ("_bytes", "_count", "_most_bytes", "_records")

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._records: OrderedDict[int, Record] = OrderedDict()
        self._count = 0
        self._bytes = 0
        self._most_bytes = most_bytes

    @property
    def last(self) -> Record | None:
        """The latest exchange, if there was one."""
        return self._records[self._count] if self._records else None

    def add(self, record: Record) -> int:
        """Keep an exchange; returns its number."""
        self._count += 1
        self._records[self._count] = record
        self._bytes += len(record.body)
        while len(self._records) > MOST_RECORDS:
            _, old = self._records.popitem(last=False)
            self._bytes -= len(old.body)
        self._shed()
        return self._count

    def _shed(self) -> None:
        """Let go of the oldest bodies until they fit; the latest stays whole."""
        for number, record in list(self._records.items())[:-1]:
            if self._bytes <= self._most_bytes:
                return
            self._bytes -= len(record.body)
            self._records[number] = record._replace(body=b"", is_complete=False)

    def get(self, number: int) -> Record:
        """The exchange of this number; a negative one counts back from the last.

        Raises UsageError, which says what numbers there are.
        """
        if not self._records:
            raise UsageError("No request was made yet", hint="try get /")
        wanted = self._count + 1 + number if number < 0 else number
        record = self._records.get(wanted)
        if record is None:
            first = next(iter(self._records))
            raise UsageError(f"No request {number} in the history", hint=f"there are {first} to {self._count}")
        return record

    def items(self) -> list[tuple[int, Record]]:
        """Numbers and exchanges, oldest first."""
        return list(self._records.items())

    def clear(self) -> None:
        """Forget all of it; counting goes on."""
        self._records.clear()
        self._bytes = 0
