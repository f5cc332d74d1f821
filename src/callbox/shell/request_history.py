"""The request history of a shell: the last 100 requests, numbered from 1, with at most 64 MB of bodies.

Failed requests are included. `answered` raises UsageError with the reason if a request has no response, and `with_body`
does so if the body is missing. `select_from_history` does both. `read_ranges` parses the numbers of requests in a line.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from callbox.errors import UsageError
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.response import ResponseHead, Timings
from callbox.render.sizes_and_durations import size

if TYPE_CHECKING:
    from callbox.exchange.jsonpath_xpath_and_header_selection import Value

MOST_RECORDS = 100
MAX_BYTES = 64_000_000
MAX_REMEMBERED_BODY = 1_000_000
"""The most bytes of a body that is saved for later shells."""
READER_STOPPED = "the rest was not read"
"""The reason in the history for a response that was not read to its end because the command after `|` had exited."""


class EarlierId(int):
    """The id of a request of an earlier shell, typed as `h1042`.

    >>> f"{EarlierId(1042)}", EarlierId(1042) + 1
    ('h1042', 1043)
    """

    def __str__(self) -> str:
        return f"h{int(self)}"

    __repr__ = __str__


def no_earlier(number: EarlierId) -> Record:
    """Stands for `find_earlier` in a history without earlier shells: always raises UsageError."""
    raise UsageError(
        f"No request {number}: this shell does not keep requests",
        hint="to list the requests of this shell: show history",
    )


def empty_response(seconds: float) -> ResponseHead:
    """Stands for the response of a request that failed after this many seconds."""
    return ResponseHead(0, "", Headers(), timings=Timings(total=seconds))


_RANGE = r"(?:h?\d{1,9}-h?\d{1,9}|[h-]?\d{1,9}(?:\.\.(?:[h-]?\d{1,9})?)?|\.\.[h-]?\d{1,9})"
_RANGES = re.compile(rf"{_RANGE}(?:,{_RANGE})*\Z", re.ASCII)
_HYPHEN_RANGE = re.compile(r"\A(h?\d++)-(h?\d++)\Z", re.ASCII)
_LAST_EARLIER = EarlierId(999_999_999)


def read_ranges(text: str) -> tuple[tuple[int, int], ...]:
    """The first and last of each range, as typed; a negative number counts back from the last.

    A number such as `h7` means a request of an earlier shell. `3..` means 3 and all later requests, and `3-5` means
    `3..5`.

    >>> read_ranges("3,5..7,-1,h2..h4")
    ((3, 3), (5, 7), (-1, -1), (h2, h4))
    """
    if not _RANGES.match(text):
        raise UsageError(
            f"'{text}' is not a range",
            hint="write a number, 2..5 or 3.., or several with commas; -1 is the last request",
        )
    pairs = []
    for part in text.split(","):
        first, dots, last = _HYPHEN_RANGE.sub(r"\1..\2", part).partition("..")
        pair = _range_of(first, last if dots else first)
        if isinstance(pair[0], EarlierId) != isinstance(pair[1], EarlierId):
            raise UsageError(
                f"'{part}' is not a range",
                hint="both ends must be requests of this shell, or both of earlier shells: h2..h5",
            )
        pairs.append(pair)
    if any(0 in pair for pair in pairs):
        hint = "the first request is 1, the last one is -1"
        raise UsageError(f"'{text}' names request 0, which does not exist", hint=hint)
    return tuple(pairs)


def _range_of(first: str, last: str) -> tuple[int, int]:
    """The range between two numbers, of which one may be left out."""
    if not first:
        return (EarlierId(1) if last.startswith("h") else 1), _number_of(last)
    if not last:
        return _number_of(first), (_LAST_EARLIER if first.startswith("h") else -1)
    return _number_of(first), _number_of(last)


def _number_of(text: str) -> int:
    return EarlierId(text[1:]) if text.startswith("h") else int(text)


class History:
    """Records of requests by number; the oldest are dropped first.

    >>> History().last is None
    True
    """

    __slots__ = (
        "_bytes", "_count", "_credentials", "_find_earlier", "_lock", "_most_bytes", "_records", "_replayed",
        "_searched",
    )  # fmt: skip

    def __init__(self, most_bytes: int = MAX_BYTES, find_earlier: Callable[[EarlierId], Record] = no_earlier) -> None:
        """`find_earlier` returns the request of an earlier shell by its id, or raises UsageError if it does not
        exist.
        """
        self._records: OrderedDict[int, Record] = OrderedDict()
        self._count = 0
        self._bytes = 0
        self._most_bytes = most_bytes
        self._replayed: set[int] = set()
        self._find_earlier = find_earlier
        self._credentials: Mapping[str, str] = {}
        self._searched = 0
        """The number of the last request that was searched for credentials."""
        self._lock = threading.Lock()

    @property
    def last(self) -> Record | None:
        """The last request that was tried, with or without a response; None if there is none."""
        return self._records[self._count] if self._records else None

    def add(self, record: Record, *, is_replayed: bool = False) -> int:
        """Add a request, and return its number.

        `is_replayed` says that a script sent the request, so nobody typed it.
        """
        self._count += 1
        if is_replayed:
            self._replayed.add(self._count)
        self._records[self._count] = record
        self._bytes += len(record.body)
        while len(self._records) > MOST_RECORDS:
            _, old = self._records.popitem(last=False)
            self._bytes -= len(old.body)
        self._shed()
        return self._count

    def _shed(self) -> None:
        """Drop the oldest bodies until the rest fit; the latest body always stays."""
        for number, record in list(self._records.items())[:-1]:
            if self._bytes <= self._most_bytes:
                return
            self._bytes -= len(record.body)
            self._records[number] = record._replace(body=b"", is_complete=False)

    def get(self, number: int) -> Record:
        """The request of this number, with or without a response; a negative number counts back from the last.

        Raises `UsageError` that lists the existing numbers.
        """
        return self._find(number)[1]

    def answered(self, number: int) -> Record:
        """The request of this number, which has a response.

        Raises UsageError with the reason if there is no response.
        """
        found, record = self._find(number)
        if not record.is_answered:
            raise self._unanswered(found, record)
        return record

    def with_body(self, number: int) -> Record:
        """The request of this number with its response body. Raises UsageError with the reason if it was dropped."""
        found, record = self._find(number)
        if not record.is_answered:
            raise self._unanswered(found, record)
        if record.size and not record.body:
            if isinstance(found, EarlierId):
                raise _earlier_without_body(found, record)
            raise self._without_body(found, record)
        return record

    def position(self, number: int) -> int:
        """The number of a request that exists, counted from 1."""
        return self._find(number)[0]

    def _find(self, number: int) -> tuple[int, Record]:
        if isinstance(number, EarlierId):
            return number, self._find_earlier(number)
        if not self._records:
            raise UsageError("No request was sent yet", hint="try get /")
        wanted = self._count + 1 + number if number < 0 else number
        record = self._records.get(wanted)
        if record is None:
            first = next(iter(self._records))
            raise UsageError(f"No request {number} in the history", hint=f"the history has {first} to {self._count}")
        return wanted, record

    def _unanswered(self, number: int, record: Record) -> UsageError:
        found = next((n for n in sorted(self._records, reverse=True) if self._records[n].is_answered), 0)
        earlier = f"; the latest response is that of request {found}: show last {found}" if found else ""
        return UsageError(
            f"Request {number} has no response: {record.fault}", hint=f"to send it again: again {number}{earlier}"
        )

    def _without_body(self, number: int, record: Record) -> UsageError:
        if record.size > self._most_bytes:
            why = f"it has {size(record.size)}, and the limit is {_round(self._most_bytes)}"
        elif record.fault:
            why = record.fault
        else:
            why = f"callbox keeps {_round(self._most_bytes)} of bodies, and later bodies replaced this one"
        return UsageError(
            f"The body of response {number} was not kept: {why}", hint=f"to write it to a file: again {number} > FILE"
        )

    def items(self) -> list[tuple[int, Record]]:
        """Numbers and requests, oldest first."""
        return list(self._records.items())

    def items_after(self, number: int) -> list[tuple[int, Record]]:
        """The requests after this number, oldest first."""
        return [(n, self._records[n]) for n in range(number + 1, self._count + 1) if n in self._records]

    def credentials(self) -> Mapping[str, str]:
        """The values that requests of this shell sent as credentials, with a name for each. A copy of such a value is
        not saved, whatever the name beside it. Several threads may call this.
        """
        with self._lock:
            if self._searched < self._count:
                # this import takes 20 ms, and a line without a prompt seldom saves its requests
                from callbox.report.run_redaction import sent_credentials

                found = dict(self._credentials)
                for number, record in self.items_after(self._searched):
                    self._searched = number
                    found |= {value: name for value, name in sent_credentials(record).items() if value not in found}
                self._searched = self._count
                self._credentials = found
            return self._credentials

    def is_replayed(self, number: int) -> bool:
        """Whether a script sent this request."""
        return number in self._replayed

    def clear(self) -> None:
        """Forget all requests. The numbers continue."""
        self._records.clear()
        self._bytes = 0


def _earlier_without_body(number: int, record: Record) -> UsageError:
    if record.size > MAX_REMEMBERED_BODY:
        why = f"it has {size(record.size)}, and the limit is {_round(MAX_REMEMBERED_BODY)}"
    else:
        why = "it is binary, or it was written to a file"
    return UsageError(
        f"The body of response {number} was not kept: {why}", hint=f"to write it to a file: again {number} > FILE"
    )


def _round(count: int) -> str:
    return size(count).replace(".0 ", " ")


_REQUEST_PARTS = frozenset(("request", "url"))
_HEAD_PARTS = frozenset(("status", "statusCode", "reason", "time", "headers", "header", "cookies", "cookie"))


def select_from_history(history: History, number: int, path: str) -> list[Value]:
    """The values at `path` in a request or in its response: one value, or every match of a JSONPath.

    Raises UsageError with the reason if the request has no response, or if its body was not saved. It is also raised if
    a response that was cut off has nothing at the path.
    """
    # this import takes 4 ms, and few lines refer to a response
    from callbox.exchange.jsonpath_xpath_and_header_selection import NothingFound, select, select_every

    head = path.strip().removeprefix("response.").partition(".")[0].partition("[")[0]
    if head in _REQUEST_PARTS:
        return [select(history.get(number), path)]
    record = history.answered(number) if head in _HEAD_PARTS else history.with_body(number)
    try:
        return select_every(record, path)
    except NothingFound as error:
        if head not in _HEAD_PARTS and not record.is_complete and record.fault:
            what = f"Response {history.position(number)} was cut off ({record.fault})"
            raise UsageError(f"{what}: {error.message}", hint=error.hint) from None
        raise
