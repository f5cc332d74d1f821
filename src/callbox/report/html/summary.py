"""The top of the HTML report: verdict, counts, durations, and the failures with links."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from statistics import median
from typing import NamedTuple

from callbox.render.sizes_and_durations import duration, size
from callbox.report.coverage import Coverage, CoverageRow
from callbox.report.html.request_section import MARKS, line
from callbox.report.result import Result, Tally
from callbox.report.run_report import RunReport, request_names

_MAX_ROWS = 100
_MAX_LENGTH = 200
_OUTCOMES = ("ok", "failed", "error", "skipped", "planned")
_WORDS = {"error": "in error", "planned": "not sent"}


class ResultRow(NamedTuple):
    """A result with its anchor on the page."""

    file: str
    result: Result
    label: str
    anchor: str


def entries_of(run: RunReport) -> list[ResultRow]:
    """Every result in the order of the page."""
    found: list[ResultRow] = []
    for file, results in run.files():
        for result, label in zip(results, request_names(results), strict=True):
            found.append(ResultRow(file=file, result=result, label=label, anchor=f"r{len(found) + 1}"))
    return found


def headline(run: RunReport) -> str:
    """The verdict as a sentence."""
    tally = run.tally
    failed = tally.failed + tally.errors
    if run.is_interrupted:
        return f"Interrupted after {count(tally.requests)}"
    if failed:
        return f"{failed} of {count(tally.requests)} did not pass"
    if tally.planned:
        return f"{count(tally.planned)} resolved, none sent"
    if tally.requests > tally.skipped:
        return f"{count(tally.ok)} passed"
    return "Nothing was sent"


def header(run: RunReport, entries: list[ResultRow]) -> str:
    """Verdict, start, duration, counts of outcomes, and facts."""
    began = datetime.fromtimestamp(run.started, UTC)
    mark = {"ok": "ok", "failed": "failed"}.get(run.verdict, "error")
    format_time = f'<time datetime="{began:%Y-%m-%dT%H:%M:%SZ}">{began:%-d %B %Y, %H:%M:%S} UTC</time>'
    return (
        f'<header><p class="brand">callbox replay</p>'
        f'<h1><span class="badge" aria-hidden="true">{MARKS[mark]}</span>{line(headline(run))}</h1>'
        f'<p class="meta">{format_time} \u00b7 {duration(run.seconds)} \u00b7 callbox {line(run.version)}</p>'
        f"{_counts(run.tally)}{_facts(run, entries)}</header>\n"
    )


def _counts(tally: Tally) -> str:
    numbers = zip(_OUTCOMES, (tally.ok, tally.failed, tally.errors, tally.skipped, tally.planned), strict=True)
    counts = [(name, number) for name, number in numbers if number]
    share = "".join(f'<i class="{name}" style="flex-grow:{number}"></i>' for name, number in counts)
    words = "".join(f'<li class="{name}"><b>{number}</b> {_WORDS.get(name, name)}</li>' for name, number in counts)
    return f'<div class="share" aria-hidden="true">{share}</div><ul class="counts">{words}</ul>'


def _facts(run: RunReport, entries: list[ResultRow]) -> str:
    """Checks, bytes and request times, with a link to the slowest request."""
    sent = [entry for entry in entries if entry.result.time]
    checks = [checked for entry in entries for checked in entry.result.checks]
    facts = []
    if checks:
        held = sum(checked.is_ok for checked in checks)
        facts.append(f"<b>{held}</b> of <b>{len(checks)}</b> checks hold" if held < len(checks) else _all_hold(held))
    records = [exchange.record for entry in sent for exchange in run.exchanges(entry.result)]
    if records:
        facts.append(f"<b>{size(sum(record.size for record in records))}</b> received")
    if len(sent) > 1:
        slowest = max(sent, key=lambda entry: entry.result.seconds)
        facts.append(f"median <b>{duration(median(entry.result.seconds for entry in sent))}</b>")
        link = f'<a href="#{slowest.anchor}">{line(_short(slowest.label))}</a>'
        facts.append(f"slowest <b>{duration(slowest.result.seconds)}</b>: {link}")
    items = "".join(f"<li>{fact}</li>" for fact in facts)
    return f'<ul class="counts facts">{items}</ul>' if items else ""


def _all_hold(number: int) -> str:
    return f"<b>{number}</b> {'check holds' if number == 1 else 'checks hold'}"


def problems(entries: list[ResultRow]) -> str:
    """The failed requests, each with its first error and a link, and with its file if there are several files."""
    found = [entry for entry in entries if entry.result.outcome in ("failed", "error")]
    if not found:
        return ""
    has_files = len({entry.file for entry in entries}) > 1
    items = "".join(_items(found[:_MAX_ROWS], has_files=has_files))
    more = f"<li>and {len(found) - _MAX_ROWS} more</li>" if len(found) > _MAX_ROWS else ""
    return f'<nav class="problems" aria-label="Requests that did not pass"><ul>{items}{more}</ul></nav>\n'


def _items(found: Iterable[ResultRow], *, has_files: bool) -> Iterator[str]:
    for entry in found:
        file = f"<small>{line(_short(entry.file))}</small> " if has_files else ""
        response_line = line(_short(first_problem(entry.result)))
        yield f'<li>{file}<a href="#{entry.anchor}">{line(entry.label)}</a> <span>{response_line}</span></li>'


def first_problem(result: Result) -> str:
    """The first error or failed check of the result."""
    if result.error is not None:
        return result.error.message
    first = next(iter(result.failures), None)
    return f"{first.text}: expected {first.expected}, actual {first.actual}" if first is not None else ""


def _short(text: str) -> str:
    return text if len(text) <= _MAX_LENGTH else f"{text[:_MAX_LENGTH]}\u2026"


def count(number: int) -> str:
    """A number of requests as text."""
    return f"{number} request" if number == 1 else f"{number} requests"


MAX_COVERAGE_ROWS = 2_000
"""Described responses that the page lists."""


def coverage_section(coverage: Coverage) -> str:
    """The section on the description: the numbers and, folded, every described response with how often it came."""
    rows = "".join(map(_coverage_row, coverage.rows[:MAX_COVERAGE_ROWS]))
    others = "".join(
        f"<tr class='failed'><td>{line(what)}</td><td colspan='2'>not described</td><td>{times}</td><td></td></tr>"
        for what, times in coverage.undescribed
    )
    heads = "<th>Operation</th><th>Status</th><th>Media type</th><th>Came</th><th>Differed</th>"
    return (
        f'<details class="coverage"><summary>{line(coverage.title)}: {line(coverage.summary)}</summary>'
        f'<table class="checks"><thead><tr>{heads}</tr></thead><tbody>{rows}{others}</tbody></table></details>\n'
    )


def _coverage_row(row: CoverageRow) -> str:
    name = "ok" if row.called else "skipped"
    if row.failed:
        name = "failed"
    cells = (row.operation, row.status, row.media_type, f"{row.called:,}" if row.called else "never", f"{row.failed:,}")
    return f'<tr class="{name}">{"".join(f"<td>{line(cell)}</td>" for cell in cells)}</tr>'
