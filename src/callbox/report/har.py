"""The HAR 1.2 report: a page for each file, an entry for each exchange, redirects included."""

from __future__ import annotations

import json
from collections.abc import Iterator

from callbox.formats.har import Object, archive, entry, failed_entry, page
from callbox.report.coverage import coverage_lines
from callbox.report.result import Result
from callbox.report.run_report import MAX_BODY_BYTES, RunReport, is_unlogged, request_names


def write(run: RunReport) -> str:
    """Write the archive as indented ASCII JSON, without requests that were not sent or have `# @no-log`."""
    pages: list[Object] = []
    entries: list[Object] = []
    for name, results in run.files():
        found = list(_entries(run, results, f"file_{len(pages) + 1}"))
        if found:
            starts = [exchange.record.time for result in results for exchange in run.exchanges(result)]
            pages.append(page(f"file_{len(pages) + 1}", name, min(starts, default=run.started)))
            entries += found
    made = archive(entries, run.version, pages)
    if run.coverage is not None:
        log = made["log"]
        assert isinstance(log, dict)
        log["comment"] = "\n".join(coverage_lines(run.coverage))
    return json.dumps(made, indent=1) + "\n"


def _entries(run: RunReport, results: tuple[Result, ...], group: str) -> Iterator[Object]:
    for label, result in zip(request_names(results), results, strict=True):
        comment = f"{label}, line {result.line}: {result.outcome}"
        exchanges = run.exchanges(result)
        for exchange in exchanges:
            yield {"pageref": group, **entry(exchange.record, MAX_BODY_BYTES), "comment": comment}
        if not exchanges and result.error is not None and result.outgoing is not None and not is_unlogged(result):
            started = result.time or run.started
            problem = result.error.message
            lost = failed_entry(result.outgoing, started, result.seconds, problem)
            yield {"pageref": group, **lost, "comment": comment}
