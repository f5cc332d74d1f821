"""The JUnit XML report: a test suite for each file, a test case for each request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from callbox.errors import CallboxError
from callbox.exchange.exchange_record_and_events import format_timestamp
from callbox.httpfile.assertion_evaluator import CheckResult
from callbox.render.ansi_and_sanitiser import visible, visible_line
from callbox.report.openapi_coverage import Coverage
from callbox.report.result import Result, Tally, tally_of
from callbox.report.result_console_text import exchange_text
from callbox.report.run_report_and_collector import RunReport, place_line, request_names

_NO_CHARACTER = re.compile("[\ufffe\uffff]")
"""The characters that XML 1.0 section 2.2 does not allow and that the sanitiser does not replace."""


def write(run: RunReport) -> str:
    """The report as an XML document, which is well-formed for every text of a server."""
    root = Element("testsuites", {"name": "callbox", **_counts(run.tally, run.seconds)})
    for name, results in run.files():
        suite = SubElement(root, "testsuite", {"name": _line(name), **_suite_facts(run, results)})
        for label, result in zip(request_names(results), results, strict=True):
            _add_case(suite, name, label, result)
    if run.coverage is not None:
        _add_coverage(root, run.coverage)
    indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(root, encoding="unicode")}\n'


def _add_coverage(root: Element, coverage: Coverage) -> None:
    """Add a suite without cases, whose properties are the coverage of the description."""
    suite = SubElement(root, "testsuite", {"name": _line(f"openapi: {coverage.title}"), **_counts(Tally(), 0.0)})
    properties = SubElement(suite, "properties")
    for name, value in (("openapi.coverage", coverage.summary), ("openapi.percent", str(coverage.percent))):
        SubElement(properties, "property", {"name": name, "value": _line(value)})
    for name in coverage.never_called:
        SubElement(properties, "property", {"name": "openapi.never-called", "value": _line(name)})
    for what, count in coverage.undescribed:
        SubElement(properties, "property", {"name": "openapi.undescribed", "value": _line(f"{what} ({count})")})


def _suite_facts(run: RunReport, results: tuple[Result, ...]) -> dict[str, str]:
    times = [exchange.begun for result in results for exchange in run.exchanges(result)[:1]]
    begun = run.started + min(times, default=0.0)
    facts = _counts(tally_of(results), sum(result.seconds for result in results))
    return {**facts, "timestamp": format_timestamp(begun)[:19]}


def _counts(tally: Tally, seconds: float) -> dict[str, str]:
    return {
        "tests": str(tally.requests),
        "failures": str(tally.failed),
        "errors": str(tally.errors),
        "skipped": str(tally.skipped + tally.planned),
        "time": f"{seconds:.3f}",
    }


def _add_case(suite: Element, file: str, label: str, result: Result) -> None:
    facts = {"classname": _line(file), "name": _line(label), "time": f"{result.seconds:.3f}", "file": _line(file)}
    if line := place_line(result):
        facts["line"] = str(line)
    case = SubElement(suite, "testcase", facts)
    for checked in result.failures:
        _add(case, "failure", _failure_message(checked), "check", _failure_text(checked, file))
    if result.error is not None:
        _add(
            case,
            "error",
            result.error.message,
            getattr(result.error, "kind", "usage"),
            _error_text(result.error, facts),
        )
    if result.outcome in ("skipped", "planned"):
        SubElement(case, "skipped", {"message": _line(result.reason or "not sent: a dry run")})
    if result.outcome in ("failed", "error") and (text := exchange_text(result)):
        SubElement(case, "system-out").text = _text(f"{text}\n" if not text.endswith("\n") else text)


def _add(case: Element, tag: str, message: str, kind: str, text: str) -> None:
    SubElement(case, tag, {"message": _line(message), "type": kind}).text = _text(text) if text else None


def _failure_message(checked: CheckResult) -> str:
    return f"{checked.text}: expected {checked.expected}, actual {checked.actual}"


def _failure_text(checked: CheckResult, file: str) -> str:
    place = f"{file}:{checked.line}:{checked.column}"
    return f"{place}: {checked.text}\nexpected: {checked.expected}\nactual:   {checked.actual}"


def _error_text(error: CallboxError, facts: Mapping[str, str]) -> str:
    place = str(error.place or "") or ":".join(facts[name] for name in ("file", "line") if facts.get(name))
    text = f"{place}: {error.message}" if place else error.message
    return f"{text}\n{error.hint}" if error.hint else text


def _line(text: str) -> str:
    return _NO_CHARACTER.sub("\ufffd", visible_line(text))


def _text(text: str) -> str:
    return _NO_CHARACTER.sub("\ufffd", visible(text))
