"""Reports for GitHub: the Markdown summary of a job, and `::error` annotations."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from callbox.render.sanitise import visible_line
from callbox.render.units import duration
from callbox.report.collector import Run, names_of, place_line
from callbox.report.html.request import MARKS
from callbox.report.html.summary import ResultRow, complaint, entries_of, headline
from callbox.report.result import Result

_MOST_TOLD = 100
"""Rows: a summary may have 1 MiB."""
_LONGEST = 300
_MEANT = re.compile(r"[^A-Za-z0-9 \-,/]")
"""Whatever may mean something in Markdown or HTML: it is written as a character reference."""


def write_summary(run: Run) -> str:
    """The verdict, and a row for each request that did not go well."""
    entries = entries_of(run)
    bad = [entry for entry in entries if entry.result.outcome in ("failed", "error")]
    tally = run.tally
    counts = {"ok": tally.ok, "failed": tally.failed, "in error": tally.errors, "skipped": tally.skipped}
    told = ", ".join(f"{number} {word}" for word, number in counts.items() if number)
    lines = [f"### {_plain(headline(run))}", "", f"{told or 'no requests'} in {duration(run.seconds)}", ""]
    if bad:
        lines += ["| | request | what |", "|---|---|---|", *map(_row, bad[:_MOST_TOLD])]
    if len(bad) > _MOST_TOLD:
        lines += ["", f"and {len(bad) - _MOST_TOLD} more"]
    return "\n".join(lines) + "\n\n"


def _row(entry: ResultRow) -> str:
    result = entry.result
    line = place_line(result)
    where = f"{entry.file}:{line}" if line else entry.file
    mark = f"{MARKS[result.outcome]} {result.outcome}"
    return f"| {mark} | {_plain(entry.label)}<br><sub>{_plain(where)}</sub> | {_plain(complaint(result))} |"


def _plain(text: str) -> str:
    """The text as it is, whatever it holds.

    >>> _plain("a|<b>")
    'a&#124;&#60;b&#62;'
    """
    shown = visible_line(text)
    shown = shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}.."
    return _MEANT.sub(lambda found: f"&#{ord(found[0])};", shown)


_IN_MESSAGE = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTY = {**_IN_MESSAGE, ":": "%3A", ",": "%2C"}


def write_annotations(run: Run, locate: Callable[[str], str] = str) -> str:
    """A line for each failed check and each error; nothing where all went well.

    `locate` gives a file's name as the repository has it.
    """
    lines = [
        line
        for _, results in run.files()
        for label, result in zip(names_of(results), results, strict=True)
        for line in _annotations(label, result, locate)
    ]
    return "".join(f"{line}\n" for line in lines)


def _annotations(label: str, result: Result, locate: Callable[[str], str]) -> Iterator[str]:
    for checked in result.failures:
        told = [checked.text, f"expected {checked.expected}", f"actual {checked.actual}"]
        yield _annotation(locate(result.file), checked.line, checked.column, label, told)
    if result.error is not None:
        place = result.error.place
        file = place.file if place is not None and place.file else result.file
        column = place.column if place is not None and place.file else 0
        told = [result.error.message, result.error.hint]
        yield _annotation(locate(file), place_line(result), column, label, told)


def _annotation(file: str, line: int, column: int, title: str, told: list[str]) -> str:
    facts = {"file": file, "line": line or "", "col": column or "" if line else "", "title": title}
    words = ",".join(f"{name}={_escaped(str(value), _IN_PROPERTY)}" for name, value in facts.items() if value)
    # Each part is one visible line, and only our own newlines go between them, encoded.
    message = "\n".join(visible_line(text) for text in told if text)
    return f"::error {words}::{_escaped(message, _IN_MESSAGE, is_visible=True)}"


def _escaped(text: str, table: dict[str, str], *, is_visible: bool = False) -> str:
    shown = text if is_visible else visible_line(text)
    return "".join(table.get(character, character) for character in shown)
