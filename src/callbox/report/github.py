"""Reports for GitHub: the Markdown summary of a job, and `::error` annotations."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from callbox.render.ansi_and_sanitiser import visible_line
from callbox.render.sizes_and_durations import duration
from callbox.report.html import MARKS, ResultRow, entries_of, first_problem, headline
from callbox.report.openapi_coverage import coverage_lines
from callbox.report.result import Result
from callbox.report.run_report_and_collector import RunReport, place_line, request_names

_MAX_ROWS = 100
"""The most rows of the summary, since GitHub allows 1 MiB."""
_MAX_LENGTH = 300
_MARKUP = re.compile(r"[^A-Za-z0-9 \-,/]")
"""Characters that may have a meaning in Markdown or HTML. They are written as character references."""


def write_summary(run: RunReport) -> str:
    """Write the verdict, and a row for each request that was not ok."""
    entries = entries_of(run)
    failed = [entry for entry in entries if entry.result.outcome in ("failed", "error")]
    tally = run.tally
    in_error = tally.errors - tally.loose - tally.repeated
    counts = {"ok": tally.ok, "failed": tally.failed, "in error": in_error, "skipped": tally.skipped}
    parts = ", ".join(f"{number} {word}" for word, number in counts.items() if number)
    lines = [f"### {_plain(headline(run))}", "", f"{parts or 'no requests'} in {duration(run.seconds)}", ""]
    if failed:
        lines += ["| | request | what |", "|---|---|---|", *map(_row, failed[:_MAX_ROWS])]
    if len(failed) > _MAX_ROWS:
        lines += ["", f"and {len(failed) - _MAX_ROWS} more"]
    if run.coverage is not None:
        lines += ["", *(f"- {_plain(text)}" for text in coverage_lines(run.coverage))]
    return "\n".join(lines) + "\n\n"


def _row(entry: ResultRow) -> str:
    result = entry.result
    line = place_line(result)
    where = f"{entry.file}:{line}" if line else entry.file
    mark = f"{MARKS[result.outcome]} {result.outcome}"
    return f"| {mark} | {_plain(entry.label)}<br><sub>{_plain(where)}</sub> | {_plain(first_problem(result))} |"


def _plain(text: str) -> str:
    """Escape a text for a cell of a Markdown table.

    >>> _plain("a|<b>")
    'a&#124;&#60;b&#62;'
    """
    shown = visible_line(text)
    shown = shown if len(shown) <= _MAX_LENGTH else f"{shown[:_MAX_LENGTH]}.."
    return _MARKUP.sub(lambda found: f"&#{ord(found[0])};", shown)


_IN_MESSAGE = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTY = {**_IN_MESSAGE, ":": "%3A", ",": "%2C"}


def write_annotations(run: RunReport, locate: Callable[[str], str] = str) -> str:
    """Write a line for each failed check and each error; nothing if everything is ok.

    `locate` returns the path of a file in the repository.
    """
    lines = [
        line
        for _, results in run.files()
        for label, result in zip(request_names(results), results, strict=True)
        for line in _annotations(label, result, locate)
    ]
    return "".join(f"{line}\n" for line in lines)


def _annotations(label: str, result: Result, locate: Callable[[str], str]) -> Iterator[str]:
    for checked in result.failures:
        parts = [checked.text, f"expected {checked.expected}", f"actual {checked.actual}"]
        yield _annotation(locate(result.file), checked.line, checked.column, label, parts)
    if result.error is not None:
        place = result.error.place
        file = place.file if place is not None and place.file else result.file
        column = place.column if place is not None and place.file else 0
        parts = [result.error.message, result.error.hint]
        yield _annotation(locate(file), place_line(result), column, label, parts)


def _annotation(file: str, line: int, column: int, title: str, parts: list[str]) -> str:
    facts = {"file": file, "line": line or "", "col": column or "" if line else "", "title": title}
    words = ",".join(f"{name}={_escaped(str(value), _IN_PROPERTY)}" for name, value in facts.items() if value)
    # Each part is made visible in one line. Only the encoded line breaks between the parts are written here.
    message = "\n".join(visible_line(text) for text in parts if text)
    return f"::error {words}::{_escaped(message, _IN_MESSAGE, is_visible=True)}"


def _escaped(text: str, table: dict[str, str], *, is_visible: bool = False) -> str:
    shown = text if is_visible else visible_line(text)
    return "".join(table.get(character, character) for character in shown)
