"""A whole run as every report reads it: results without secrets, bodies of a bounded size, times. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from copy import copy
from datetime import UTC, datetime
from posixpath import normpath
from typing import NamedTuple

from callbox.errors import CallboxError, Interrupted
from callbox.exchange.events import Record
from callbox.report.redact import redact
from callbox.report.result import Result, Tally, tally_of

MOST_KEPT = 1 << 20
"""Bytes of one body that any report may show; the rest is dropped as soon as the result is there."""
MOST_SHOWN = 64_000
"""Bytes of one body that a page or a document shows."""
MOST_IN_ALL = 1 << 28
"""Bytes of all bodies; when they are reached, of what goes well only the beginning is kept."""
LEAST_KEPT = 1_000
"""Bytes of a body that every report may show."""
SLACK = 1 << 13
"""Bytes that are kept beyond, so that a secret at the edge is still whole when it is looked for."""
_STARTLESS = "callbox"
"""What stands for the file where an error has none."""


class Exchange(NamedTuple):
    """One request and its answer, where they lie on the clock of the run."""

    record: Record
    begun: float
    """Seconds since the run began."""

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.record.incoming.timings.total


class Run(NamedTuple):
    """What became of a run. Made by `Gathering`."""

    results: tuple[Result, ...]
    """Masked: show them as they are."""
    started: float = 0.0
    """Seconds of the epoch."""
    seconds: float = 0.0
    version: str = ""
    """Of callbox."""

    @property
    def tally(self) -> Tally:
        """How it went, in numbers."""
        return tally_of(self.results)

    @property
    def is_interrupted(self) -> bool:
        """Whether it was stopped from outside before it was through."""
        return any(isinstance(result.error, Interrupted) for result in self.results)

    @property
    def verdict(self) -> str:
        """`interrupted`, `error`, `failed` or `ok`."""
        tally = self.tally
        if self.is_interrupted:
            return "interrupted"
        return "error" if tally.errors else "failed" if tally.failed else "ok"

    def files(self) -> Iterator[tuple[str, tuple[Result, ...]]]:
        """The results of each file, in their order; `callbox` is the name of errors that belong to none.

        A file has one place, also where requests of others came in between: that of its first.
        """
        found: dict[str, list[Result]] = {}
        for result in self.results:
            found.setdefault(result.file or _STARTLESS, []).append(result)
        return ((name, tuple(results)) for name, results in found.items())

    def exchanges(self, result: Result) -> tuple[Exchange, ...]:
        """The redirects and challenges of a result, then its last exchange; none where it must not be logged."""
        record = result.record or result.partial
        if record is None or is_unlogged(result):
            return ()
        found = []
        end = 0.0
        for each in (*record.history, record):
            begun = max(each.time - self.started, end)
            end = begun + each.incoming.timings.total
            found.append(Exchange(each, begun))
        return tuple(found)


class Gathering:
    """Takes the results as they come, each with as much of its bodies as a report may need."""

    def __init__(self, started: float, version: str, most: int = MOST_KEPT) -> None:
        """`most` is how many bytes of a body the reports show that are wanted."""
        self._started = started
        self._version = version
        self._results: list[Result] = []
        self._most = most
        self._kept = 0
        """Bytes of bodies in all."""

    def add(self, result: Result) -> None:
        """One more result."""
        if ".." in result.file:  # of an import: what reads reports knows the file by another name
            result = result._replace(file=normpath(result.file), error=_with_plain_place(result.error))
        most = self._most if self._kept < MOST_IN_ALL or result.outcome != "ok" else LEAST_KEPT
        result = cut(result, most + SLACK)
        self._kept += sum(len(record.body) for record in (result.record, result.partial) if record is not None)
        self._results.append(result)

    def run(self, seconds: float) -> Run:
        """The run as it may be reported, after so many seconds."""
        return Run(redact(self._results), self._started, seconds, self._version)


def _with_plain_place(error: CallboxError | None) -> CallboxError | None:
    if error is None or error.place is None:
        return error
    plain = copy(error)
    plain.place = error.place._replace(file=normpath(error.place.file) if error.place.file else "")
    return plain


def names_of(results: tuple[Result, ...]) -> list[str]:
    """What each request of a file is called; where two would be the same, with its line, and with a count.

    >>> from callbox.httpfile.parser import parse
    >>> first, second = parse("GET http://a/\\n###\\nGET http://a/", "a.http").steps
    >>> names_of(tuple(Result("a.http", "ok", step) for step in (first, second, second)))
    ['GET http://a/ (line 1)', 'GET http://a/ (line 3)', 'GET http://a/ (line 3) #2']
    """
    labels = [result.step.label if result.step is not None else "the file" for result in results]
    counts = Counter(labels)
    met = Counter[str]()
    names = []
    for label, result in zip(labels, results, strict=True):
        name = label if counts[label] == 1 or not result.line else f"{label} (line {result.line})"
        met[name] += 1
        names.append(name if met[name] == 1 else f"{name} #{met[name]}")
    return names


def is_unlogged(result: Result) -> bool:
    """Whether `# @no-log` keeps its exchange out of reports."""
    return result.step is not None and result.step.directive("no-log") is not None


def moment(seconds: float) -> str:
    """Seconds of the epoch as RFC 3339 has them, in UTC, to the millisecond.

    >>> moment(0.0625)
    '1970-01-01T00:00:00.062Z'
    """
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def place_line(result: Result) -> int:
    """The 1-based line to point at: that of the error, else of the request; 0 where there is none."""
    place = result.error.place if result.error is not None else None
    return place.line if place is not None and place.file else result.line


def cut(result: Result, most: int) -> Result:
    """The result with at most so many bytes of each body."""
    record, partial = result.record, result.partial
    return result._replace(record=record and _cut(record, most), partial=partial and _cut(partial, most))


def _cut(record: Record, most: int) -> Record:
    return record._replace(body=record.body[:most], history=tuple(_cut(past, most) for past in record.history))
