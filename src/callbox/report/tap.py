"""The TAP 14 report: a test point for each request, with details as YAML after it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from callbox.render.ansi_and_sanitiser import visible_line
from callbox.report.openapi_coverage import coverage_lines
from callbox.report.result import Result
from callbox.report.run_report_and_collector import RunReport, place_line, request_names

_SPECIAL = re.compile(r"([\\#])")


def write(run: RunReport) -> str:
    """Write the whole stream, with the plan first. If the run was interrupted, the stream ends with `Bail out!`."""
    lines = ["TAP version 14", f"1..{len(run.results)}"]
    number = 0
    for file, results in run.files():
        for label, result in zip(request_names(results), results, strict=True):
            number += 1
            lines += _point(number, f"{file}: {label}", result)
    if run.coverage is not None:
        lines += [f"# {visible_line(text)}" for text in coverage_lines(run.coverage)]
    if run.is_interrupted:
        lines.append("Bail out! interrupted")
    return "\n".join(lines) + "\n"


def _point(number: int, description: str, result: Result) -> Iterator[str]:
    is_bad = result.outcome in ("failed", "error")
    # A `#` or a backslash in a description would begin a directive or an escape.
    description_text = _SPECIAL.sub(r"\\\1", visible_line(description))
    directive = ""
    if result.outcome in ("skipped", "planned"):
        directive = f" # SKIP {visible_line(result.reason or 'not sent: a dry run')}"
    yield f"{'not ok' if is_bad else 'ok'} {number} - {description_text}{directive}"
    yield from (f"  {line}" for line in _details(result))


def _details(result: Result) -> Iterator[str]:
    if result.outcome == "skipped":
        return
    yield "---"
    yield f"duration_ms: {result.seconds * 1000:.3f}"
    if line := place_line(result):
        yield f"at: {{file: {_quoted(result.file)}, line: {line}}}"
    if result.error is not None:
        yield "severity: error"
        yield f"message: {_quoted(result.error.message)}"
        if result.error.hint:
            yield f"hint: {_quoted(result.error.hint)}"
    if result.failures:
        yield "severity: fail"
        yield "checks:"
        for checked in result.failures:
            yield f"  - check: {_quoted(checked.text)}"
            yield f"    line: {checked.line}"
            yield f"    expected: {_quoted(checked.expected)}"
            yield f"    actual: {_quoted(checked.actual)}"
    yield "..."


def _quoted(text: str) -> str:
    """A double-quoted YAML scalar. It is written as a JSON string, since each JSON string is such a scalar."""
    return json.dumps(visible_line(text))
