"""`RunReport`: the input of all reports. It is a whole run, redacted, with bodies of limited size. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from copy import copy
from posixpath import normpath
from typing import NamedTuple

from callbox.errors import CallboxError, Interrupted
from callbox.exchange.exchange_record_and_events import Record
from callbox.report.openapi_coverage import Coverage
from callbox.report.result import Result, Tally, tally_of
from callbox.report.run_redaction import Redactor, RunSecrets, omit_texts

MAX_BODY_BYTES = 1 << 20
"""The most bytes of one body that any report may show. Bytes beyond are dropped as soon as the result is there."""
MAX_SHOWN_BYTES = 64_000
"""The most bytes of one body that a page or a document shows."""
MAX_TOTAL_BYTES = 1 << 28
"""The most bytes of all bodies. Beyond the limit, only the start of a successful body is stored."""
MIN_BODY_BYTES = 1_000
"""The bytes of a body that every report may show."""
SLACK = 1 << 13
"""How many bytes are stored beyond a limit, so that a secret at the limit is complete when secrets are searched."""
_NO_FILE = "callbox"
"""The file name for errors that belong to no file."""


class Exchange(NamedTuple):
    """A request and its response, with the time since the run began."""

    record: Record
    begun: float
    """Seconds from the start of the run to the start of the request."""

    @property
    def seconds(self) -> float:
        """Seconds that the exchange took."""
        return self.record.response.timings.total


class RunReport(NamedTuple):
    """The results and times of a run, redacted."""

    results: tuple[Result, ...]
    """The results, already redacted, which are shown unchanged."""
    started: float = 0.0
    """When the run began, in seconds of the epoch."""
    seconds: float = 0.0
    version: str = ""
    """The version of callbox."""
    coverage: Coverage | None = None
    """The coverage of the API description; None if the run has none."""

    @property
    def tally(self) -> Tally:
        """The counts of outcomes."""
        return tally_of(self.results)

    @property
    def is_interrupted(self) -> bool:
        """Whether the run was stopped before its end."""
        return any(isinstance(result.error, Interrupted) for result in self.results)

    @property
    def verdict(self) -> str:
        """The verdict: `interrupted`, `error`, `failed` or `ok`."""
        tally = self.tally
        if self.is_interrupted:
            return "interrupted"
        if tally.errors:
            return "error"
        return "failed" if tally.failed else "ok"

    def files(self) -> Iterator[tuple[str, tuple[Result, ...]]]:
        """The results of each file, in order. Errors without a file have the file name `callbox`.

        Each file occurs once, at its first result, even if results of other files come in between.
        """
        results_by_file: dict[str, list[Result]] = {}
        for result in self.results:
            results_by_file.setdefault(result.file or _NO_FILE, []).append(result)
        return ((name, tuple(results)) for name, results in results_by_file.items())

    def exchanges(self, result: Result) -> tuple[Exchange, ...]:
        """The redirects and challenges of a result, then its last exchange. Empty if they must not be logged."""
        record = result.exchange
        if record is None or is_unlogged(result):
            return ()
        results_by_file = []
        end = 0.0
        for record_of_hop in (*record.history, record):
            begun = max(record_of_hop.time - self.started, end)
            end = begun + record_of_hop.response.timings.total
            results_by_file.append(Exchange(record_of_hop, begun))
        return tuple(results_by_file)


class RunCollector:
    """Collects the results of a run. Bodies are stored as far as the reports need them."""

    def __init__(
        self,
        started: float,
        version: str,
        max_bytes: int = MAX_BODY_BYTES,
        max_total_bytes: int = MAX_TOTAL_BYTES,
        secrets: RunSecrets | None = None,
    ) -> None:
        """`max_bytes` is the largest number of bytes of one body that any wanted report shows.

        When all bodies together have `max_total_bytes`, the bodies of later requests are cut shorter, except of failed
        requests. `secrets` has the secrets of the run, which the caller collects. Without it, this object collects the
        secrets of each added result.
        """
        self._secrets = RunSecrets() if secrets is None else secrets
        self._is_learning = secrets is None
        self._started = started
        self._version = version
        self._results: list[Result] = []
        self._max_bytes = max_bytes
        self._max_total_bytes = max_total_bytes
        self._stored_bytes = 0
        """The number of bytes of all stored bodies."""
        self._redacted: list[Result] = []
        self.coverage: Coverage | None = None
        """The coverage of the API description; None if the run has none."""

    def add(self, result: Result) -> None:
        """Add a result."""
        if ".." in result.file:  # the step is from an imported file, whose name in reports is normalised
            result = result._replace(file=normpath(result.file), error=_with_plain_place(result.error))
        max_bytes = (
            self._max_bytes if self._stored_bytes < self._max_total_bytes or result.outcome != "ok" else MIN_BODY_BYTES
        )
        result = cut_bodies(result, max_bytes + SLACK)
        self._stored_bytes += sum(len(record.body) for record in (result.record, result.partial) if record is not None)
        self._results.append(result)
        if self._is_learning:
            self._secrets.learn(result)

    def run(self, seconds: float) -> RunReport:
        """The redacted run. It took this many seconds."""
        self._redacted.clear()
        redactor = Redactor(self._secrets)
        for result in self._results:
            self._redacted.append(redactor.result(result))
        return self.partial_run(seconds)

    def partial_run(self, seconds: float) -> RunReport:
        """The run, with the texts of the results that were redacted before the interruption.

        All other results have no texts.
        """
        unredacted = self._results[len(self._redacted) :]
        return self._report((*self._redacted, *map(omit_texts, unredacted)), seconds)

    def brief_run(self, seconds: float) -> RunReport:
        """The run without any texts in its results."""
        return self._report(tuple(map(omit_texts, self._results)), seconds)

    def _report(self, results: tuple[Result, ...], seconds: float) -> RunReport:
        return RunReport(
            results=results, started=self._started, seconds=seconds, version=self._version, coverage=self.coverage
        )


def _with_plain_place(error: CallboxError | None) -> CallboxError | None:
    if error is None or error.place is None:
        return error
    renamed = copy(error)
    renamed.place = error.place._replace(file=normpath(error.place.file) if error.place.file else "")
    return renamed


def request_names(results: tuple[Result, ...]) -> list[str]:
    """A unique name for each request of a file.

    If names are equal, the line is added to them. If the lines are also equal, a number is added.

    >>> from callbox.httpfile.parser.file_and_blocks import parse
    >>> first, second = parse("GET http://a/\\n###\\nGET http://a/", "a.http").steps
    >>> request_names(tuple(Result("a.http", "ok", step) for step in (first, second, second)))
    ['GET http://a/ (line 1)', 'GET http://a/ (line 3)', 'GET http://a/ (line 3) #2']
    """
    labels = [_label(result) for result in results]
    counts = Counter(labels)
    seen = Counter[str]()
    names = []
    for label, result in zip(labels, results, strict=True):
        name = label if counts[label] == 1 or not result.line else f"{label} (line {result.line})"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} #{seen[name]}")
    return names


def _label(result: Result) -> str:
    if result.step is not None:
        return result.label or result.step.label
    return "the file" if result.file or (result.error is not None and result.error.place is not None) else "the run"


def is_unlogged(result: Result) -> bool:
    """Whether `# @no-log` excludes the exchange from reports."""
    return result.step is not None and result.step.directive("no-log") is not None


def place_line(result: Result) -> int:
    """The 1-based line of the error, else the line of the request; 0 if there is none."""
    place = result.error.place if result.error is not None else None
    return place.line if place is not None and place.file else result.line


def cut_bodies(result: Result, max_bytes: int) -> Result:
    """The result, with each body cut to a number of bytes."""
    record, partial = result.record, result.partial
    return result._replace(
        record=record and _cut_body(record, max_bytes), partial=partial and _cut_body(partial, max_bytes)
    )


def _cut_body(record: Record, max_bytes: int) -> Record:
    return record._replace(
        body=record.body[:max_bytes], history=tuple(_cut_body(redirect, max_bytes) for redirect in record.history)
    )
