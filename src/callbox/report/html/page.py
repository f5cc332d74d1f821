"""The HTML report: one self-contained file, without scripts or external resources."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from callbox.exchange.response import PHASES
from callbox.render.units import duration
from callbox.report.collector import MAX_SHOWN_BYTES, RunReport
from callbox.report.html.markup import line
from callbox.report.html.request_section import request
from callbox.report.html.stylesheet import STYLE
from callbox.report.html.summary import ResultRow, count, entries_of, header, headline, problems
from callbox.report.html.waterfall import Scale, axis, grid_step, scale_of

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""Nothing is loaded and nothing runs, even if something of a response should ever be taken for markup."""
_MAX_TOTAL = 6_000_000
"""Bytes of bodies: markup makes several times as much of them, and a browser has to open it."""
_MIN_SHOWN = 1_000
_MAX_OPEN = 20
"""Requests that are unfolded from the start: with more of them nobody finds the next."""


def write(run: RunReport) -> str:
    """Write the page. Bodies are shown up to 64 kB, less if there are very many requests."""
    return "".join(_page(run))


def _page(run: RunReport) -> Iterator[str]:
    entries = entries_of(run)
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield '<meta name="referrer" content="no-referrer">\n<meta name="color-scheme" content="light dark">\n'
    yield f"<title>{line(headline(run))} \u00b7 callbox</title>\n<style>{STYLE}</style>\n</head>\n"
    is_timed = any(result.time for result in run.results)
    yield f'<body class="{run.verdict}{"" if is_timed else " untimed"}">\n'
    yield header(run, entries)
    yield problems(entries)
    yield _controls(run)
    yield "<main>\n"
    yield from _files(run, entries)
    yield "</main>\n</body>\n</html>\n"


def _files(run: RunReport, entries: list[ResultRow]) -> Iterator[str]:
    scale = scale_of(run)
    tally = run.tally
    most = _bytes_per_body(tally.requests)
    failed = tally.failed + tally.errors
    opened = 0
    for name, group in groupby(entries, lambda entry: entry.file):
        found = list(group)
        yield _file_head(name, found, scale)
        for entry in found:
            has_failed = entry.result.outcome in ("failed", "error")
            opened += has_failed
            is_open = has_failed and opened <= _MAX_OPEN
            yield request(
                run,
                entry.result,
                entry.label,
                entry.anchor,
                scale,
                _bytes_per_body(failed) if has_failed else most,
                is_open=is_open,
            )
        yield "</section>\n"


def _bytes_per_body(count: int) -> int:
    """The bytes of each body to show, for this many requests."""
    return max(_MIN_SHOWN, min(MAX_SHOWN_BYTES, _MAX_TOTAL // max(count, 1)))


def _controls(run: RunReport) -> str:
    legend = "".join(f'<li class="{phase}">{phase}</li>' for phase in PHASES)
    tally = run.tally
    is_mixed = 0 < tally.failed + tally.errors < tally.requests
    box = (
        '<label class="only"><input type="checkbox" id="only"> Only requests that did not pass</label>'
        if is_mixed
        else ""
    )
    return f'<div class="tools">{box}<ul class="phases" aria-label="Parts of the time">{legend}</ul></div>\n'


def _file_head(name: str, entries: list[ResultRow], scale: Scale) -> str:
    spent = sum(entry.result.seconds for entry in entries)
    response_line = f"{count(len(entries))}, {duration(spent)}" if spent else count(len(entries))
    return (
        f'<section class="file" style="--step:{grid_step(scale)}%">'
        f'<div class="row"><h2>{line(name)} <small>{response_line}</small></h2>'
        f"{axis(scale)}</div>\n"
    )
