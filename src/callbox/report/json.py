"""The JSON report: one document with a version. `docs/report.schema.json` describes it."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import TypeAlias

from callbox.errors import CallboxError
from callbox.exchange.exchange_record_and_events import Record, format_timestamp
from callbox.exchange.media_types_and_charsets import find_encoding, is_binary
from callbox.exchange.request import Outgoing
from callbox.exchange.request_content import Content
from callbox.exchange.response import Connection, Timings
from callbox.httpfile.assertion_evaluator import CheckResult
from callbox.report.openapi_coverage import Coverage
from callbox.report.result import Result, Tally
from callbox.report.run_report_and_collector import MAX_SHOWN_BYTES, Exchange, RunReport, is_unlogged, request_names

VERSION = 1
"""The version of the format. It increases if a field is removed or changes its meaning, but not for a new field."""

Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | None"


def write(run: RunReport) -> str:
    """Write the document as indented ASCII, so that no text in it can control a terminal."""
    return json.dumps(_run(run), indent=1) + "\n"


def _run(run: RunReport) -> dict[str, Value]:
    files: list[Value] = []
    for name, results in run.files():
        named = zip(request_names(results), results, strict=True)
        files.append({"name": name, "results": [_result(run, label, result) for label, result in named]})
    return {
        "version": VERSION,
        "callbox": run.version,
        "started": format_timestamp(run.started),
        "seconds": _seconds(run.seconds),
        "verdict": run.verdict,
        "exit_code": run.tally.exit_code,
        "counts": _counts(run.tally),
        "files": files,
        "coverage": _coverage(run.coverage) if run.coverage is not None else None,
    }


def _coverage(coverage: Coverage) -> Value:
    return {
        "api": coverage.title,
        "percent": coverage.percent,
        "responses": len(coverage.rows),
        "seen": coverage.covered,
        "operations": len(coverage.operations),
        "never_called": list(coverage.never_called),
        "rows": [dict(row._asdict()) for row in coverage.rows],
        "undescribed": [{"what": what, "count": count} for what, count in coverage.undescribed],
    }


def _counts(tally: Tally) -> dict[str, Value]:
    return {
        "requests": tally.requests,
        "ok": tally.ok,
        "failed": tally.failed,
        "error": tally.errors,
        "skipped": tally.skipped,
        "planned": tally.planned,
    }


def _result(run: RunReport, label: str, result: Result) -> Value:
    return {
        "name": label,
        "line": result.line or None,
        "outcome": result.outcome,
        "reason": result.reason,
        "is_dependency": result.is_dependency,
        "seconds": _seconds(result.seconds),
        "checks": [_checked(checked) for checked in result.checks],
        "captured": [name for name, _ in result.captures],
        "notes": list(result.notes),
        "error": _error(result.error) if result.error is not None else None,
        "request": _request(result.outgoing) if _is_unanswered(result) and result.outgoing is not None else None,
        "exchanges": [_exchange(exchange) for exchange in run.exchanges(result)],
    }


def _is_unanswered(result: Result) -> bool:
    return result.record is None and result.partial is None and not is_unlogged(result)


def _checked(checked: CheckResult) -> Value:
    return {
        "text": checked.text,
        "ok": checked.is_ok,
        "expected": checked.expected,
        "actual": checked.actual,
        "line": checked.line,
        "column": checked.column,
    }


def _error(error: CallboxError) -> Value:
    place = error.place
    return {
        "message": error.message,
        "hint": error.hint,
        "kind": getattr(error, "kind", "usage"),
        "exit_code": error.exit_code,
        "place": {"file": place.file, "line": place.line, "column": place.column} if place is not None else None,
    }


def _exchange(exchange: Exchange) -> Value:
    response = exchange.record.response
    return {
        "begun": _seconds(exchange.begun),
        "request": _request(exchange.record.outgoing),
        "response": {
            "status": response.status,
            "reason": response.reason,
            "http_version": response.version,
            "headers": [{"name": name, "value": value} for name, value in response.headers.decoded()],
            "is_complete": exchange.record.is_complete,
            "body": _response_body(exchange.record),
        },
        "timings": _timings(response.timings),
        "connection": _connection(response.connection) if response.connection is not None else None,
    }


def _request(outgoing: Outgoing) -> Value:
    return {
        "method": outgoing.method,
        "url": outgoing.url.text,
        "headers": [{"name": field.name, "value": str(field.value)} for field in outgoing.headers],
        "body": _request_body(outgoing.content),
    }


def _request_body(content: Content | None) -> Value:
    if content is None:
        return None
    if content.data is None:
        return {"size": content.size, "is_cut": True, "file": content.path}
    return _body(content.data, content.media_type or "", len(content.data))


def _response_body(record: Record) -> Value:
    return _body(record.body, record.response.headers.get("Content-Type", ""), max(record.size, len(record.body)))


def _body(data: bytes, media_type: str, size: int) -> Value:
    """A body as text, or as base64 if it is binary; at most `MAX_SHOWN_BYTES` bytes."""
    shown: Mapping[str, Value]
    shown_part = data[:MAX_SHOWN_BYTES]
    if is_binary(shown_part):
        shown = {"base64": b64encode(shown_part).decode("ascii")}
    else:
        shown = {"text": shown_part.decode(find_encoding(shown_part, media_type), "replace")}
    return {"size": size, "is_cut": size > len(shown_part), **shown}


def _timings(timings: Timings) -> Value:
    return {name: _seconds(float(getattr(timings, name))) for name in Timings._fields}


def _connection(connection: Connection) -> Value:
    return {
        "number": connection.number,
        "is_reused": connection.is_reused,
        "peer": connection.peer,
        "tls": connection.tls,
        "is_verified": connection.is_verified,
    }


def _seconds(seconds: float) -> float:
    return round(max(seconds, 0.0), 6)
