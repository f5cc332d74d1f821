"""The coverage of a description by a run: each described operation with its statuses and media types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple


class CoverageRow(NamedTuple):
    """A described response."""

    operation: str
    """The operation: `GET /books/{id}`."""
    status: str
    """The status: `200`, `4XX` or `default`; empty for an operation without described responses."""
    media_type: str
    """The media type; empty for a response without a body."""
    called: int = 0
    """How often the response was received."""
    failed: int = 0
    """How often the response was received and did not match the description."""


class Coverage(NamedTuple):
    """The operations of a description that were called, and those that were never called."""

    title: str
    """The title of the API and its version."""
    rows: tuple[CoverageRow, ...] = ()
    undescribed: tuple[tuple[str, int], ...] = ()
    """The undescribed requests and responses, each with its count: `GET /x`, `GET /books/{id} 418`."""
    called_operations: frozenset[str] = frozenset()
    """The operations with a response, described or not."""
    is_cut: bool = False
    """Whether the description has more responses than `rows` lists. The others are not counted."""

    @property
    def covered(self) -> int:
        """The number of described responses that were received."""
        return sum(row.called > 0 for row in self.rows)

    @property
    def percent(self) -> int:
        """The percentage of described responses that were received, rounded down.

        >>> Coverage("Books", (CoverageRow("GET /a", "200", "", 1), CoverageRow("GET /a", "404", ""))).percent
        50
        """
        return 100 * self.covered // len(self.rows) if self.rows else 100

    @property
    def operations(self) -> dict[str, bool]:
        """Maps the key of each operation to True if the operation was called."""
        found: dict[str, bool] = {}
        for row in self.rows:
            is_called = row.called > 0 or row.operation in self.called_operations
            found[row.operation] = found.get(row.operation, False) or is_called
        return found

    @property
    def never_called(self) -> tuple[str, ...]:
        """The operations that were not called at all."""
        return tuple(name for name, is_called in self.operations.items() if not is_called)

    @property
    def summary(self) -> str:
        """The numbers in a line: `3 of 5 operations called, 4 of 12 responses seen (33 %)`."""
        operations = self.operations
        return (
            f"{sum(operations.values()):,} of {len(operations):,} operations called, "
            f"{self.covered:,} of {len(self.rows):,} responses seen ({self.percent} %)"
            f"{'; further described responses are not counted' if self.is_cut else ''}"
        )


MAX_NAMED = 20
"""The most operations and undescribed responses that a text for people lists."""


def coverage_lines(coverage: Coverage) -> Iterator[str]:
    """The coverage for people: a line of numbers, the operations that were never called, and the undescribed
    responses.
    """
    yield f"openapi {coverage.title}: {coverage.summary}"
    never = coverage.never_called
    if never:
        yield f"never called: {_several(never)}"
    if coverage.undescribed:
        yield f"not described: {_several([f'{what} ({count:,})' for what, count in coverage.undescribed])}"


def _several(names: Sequence[str]) -> str:
    more = f" .. {len(names) - MAX_NAMED:,} more" if len(names) > MAX_NAMED else ""
    return ", ".join(names[:MAX_NAMED]) + more
