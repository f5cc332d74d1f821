"""Answers of JSON lines (NDJSON): a list, with an element for each line. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from callbox.exchange.record import Record

_TYPES = frozenset(
    {
        "application/x-ndjson",
        "application/ndjson",
        "application/jsonl",
        "application/jsonlines",
        "application/x-jsonlines",
        "application/x-json-stream",
        "application/stream+json",
    }
)


def has_rows(record: Record) -> bool:
    """Whether the answer says that each of its lines is JSON."""
    return record.incoming.headers.get("Content-Type", "").partition(";")[0].strip().lower() in _TYPES


def rows_of(text: str, *, is_complete: bool = True) -> Iterator[str]:
    r"""The lines that are not blank; of a text that was cut off, only those that have come to their end.

    >>> list(rows_of('{"a": 1}\n\n{"a": 2}\n{"a"', is_complete=False))
    ['{"a": 1}', '{"a": 2}']
    """
    lines = text.split("\n")
    return (line.strip() for line in (lines if is_complete else lines[:-1]) if line.strip())
