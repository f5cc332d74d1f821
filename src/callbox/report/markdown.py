"""A run in a few lines of Markdown, for the summary that GitHub shows of a job. Pure."""

from __future__ import annotations

import re

from callbox.render.sanitise import visible_line
from callbox.render.sizes import duration
from callbox.report.page.request import MARKS
from callbox.report.page.summary import Entry, complaint, entries_of, headline
from callbox.report.run import Run, place_line

_MOST_TOLD = 100
"""Rows: a summary may have 1 MiB."""
_LONGEST = 300
_MEANT = re.compile(r"[^A-Za-z0-9 \-,/]")
"""Whatever may mean something in Markdown or HTML: it is written as a character reference."""


def write(run: Run) -> str:
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


def _row(entry: Entry) -> str:
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
