"""Results as styled text for a terminal and as plain text: requests and responses, a line for each request, failures.

All shown text is already redacted. This module prints nothing. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from callbox.errors import CallboxError
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.request_content import Content
from callbox.exchange.response import ResponseHead
from callbox.httpfile.assertion_evaluator import CheckResult
from callbox.httpfile.model import Step
from callbox.httpfile.source_and_diagnostics import joined
from callbox.render.ansi_and_sanitiser import plain, visible, visible_line
from callbox.render.body import body
from callbox.render.error_display import problem
from callbox.render.http_messages import head, hop, request
from callbox.render.sizes_and_durations import duration
from callbox.render.style import Fragments, status_style
from callbox.render.tables_and_text_width import wrap_rows
from callbox.report.result import Result, Tally
from callbox.report.run_redaction import Redactor, RunSecrets, redact_line, secrets_of
from callbox.report.run_report_and_collector import MAX_BODY_BYTES, MAX_SHOWN_BYTES, SLACK, cut_bodies, is_unlogged

_WIDTH = 110


def exchange_text(result: Result, most: int = 16_000) -> str:
    """The redacted request and response, if there are any, with at most `most` bytes of each body."""
    if is_unlogged(result):
        return ""
    record = result.exchange
    outgoing = record.outgoing if record is not None else result.outgoing
    out: Fragments = []
    if outgoing is not None:
        content = request_body(outgoing, most)
        out += [*request_head(outgoing), *([("", "\n"), *content] if content else []), ("", "\n")]
    if record is not None:
        out += [*head(record.response), ("", "\n"), *response_body(record, most)]
    return plain(out)


def draft_text(draft: Draft) -> Fragments:
    """A request as it was written. It is shown if the request depends on a response that does not exist."""
    out: Fragments = [("method", visible_line(draft.method)), ("", " "), ("url", visible_line(draft.url)), ("", "\n")]
    for name, value in draft.headers:
        out += [("header.name", visible_line(name)), ("", f": {visible_line(str(value or ''))}\n")]
    if draft.content is not None and draft.content.data:
        out += [("", "\n"), ("", visible(draft.content.data.decode("utf-8", "replace")))]
    return out


def request_head(outgoing: Outgoing) -> Fragments:
    """The request line and the headers, already redacted."""
    return request(outgoing, with_sources=False, reveal=True, body=False)


def request_body(outgoing: Outgoing, most: int = MAX_SHOWN_BYTES) -> Fragments:
    """The body as it was sent, or the items and files from which it was built."""
    content = outgoing.content
    if content is None or content == Content():
        return []
    if content.data is None or content.parts:
        return request(outgoing, with_sources=False, reveal=True, head=False)
    content_types = [str(field.value) for field in outgoing.headers if field.name.lower() == "content-type"]
    return _cut_body(
        content.data, content_types[-1] if content_types else content.media_type or "", most, len(content.data), True
    )


def response_body(record: Record, most: int = MAX_SHOWN_BYTES) -> Fragments:
    """The formatted body of the response; empty if there is no response."""
    media_type = record.response.headers.get("Content-Type", "")
    total = max(record.size, len(record.body))
    return _cut_body(record.body, media_type, most, total, record.is_complete)


def _cut_body(data: bytes, media_type: str, most: int, total: int, is_complete: bool) -> Fragments:
    is_whole = is_complete and len(data) <= most and len(data) >= total
    known = total if is_complete else None
    return body(data[:most], media_type, width=_WIDTH, is_whole=is_whole, total=known, more="not in this report")


_STYLES: Mapping[str, str] = {"ok": "ok", "failed": "fail", "error": "error", "skipped": "skip", "planned": "dim"}
_INDENT = "    "
_TARGET = 60


def result(
    shown: Result,
    *,
    width: int = 80,
    is_verbose: bool = False,
    max_lines: int = 40,
    secrets: RunSecrets | None = None,
    is_for_terminal: bool = False,
) -> Fragments:
    """Show one result: its line and, unless it is ok, the details.

    With `is_verbose`, request and response are also shown for ok results. `max_lines` limits a body. `secrets` has the
    secrets of the run; without it, the secrets of this result are redacted. For a terminal, long errors are wrapped
    between words.
    """
    is_detailed = is_verbose or shown.outcome in ("failed", "error")
    shown = cut_bodies(shown, MAX_BODY_BYTES + SLACK if is_detailed else 0)
    if secrets is None:
        secrets = secrets_of([shown])
    if shown.outcome in ("ok", "skipped") and not is_verbose:
        shown = redact_line(shown, secrets)
    else:
        shown = Redactor(secrets).result(shown)
    if shown.outcome == "planned":
        return _planned(shown)
    was_made = shown.partial is not None or shown.outgoing is not None
    if shown.step is None or (shown.error is not None and not was_made):
        return [*_error_line(shown), *_problem(shown, width if is_for_terminal else None)]
    out = [*_line(shown), *_indented(_redirects(shown))]
    out += [("note", f"{_INDENT}{visible_line(note)}\n") for note in shown.notes]
    out += [fragment for checked in shown.failures for fragment in _failure(checked, shown)]
    out += _problem(shown, width if is_for_terminal else None)
    if is_detailed and not is_unlogged(shown):
        out += _indented(_exchange(shown, width, max_lines))
    return out


def warning(error: CallboxError) -> Fragments:
    """Show a warning, which does not stop the run."""
    return [("note", "warning: "), *problem(Redactor(RunSecrets()).error(error))]


def summary(tally: Tally, seconds: float) -> Fragments:
    """The counts and the time of a run: `4 requests: 3 ok, 1 failed in 120 ms`.

    >>> "".join(text for _, text in summary(Tally(ok=3, failed=1), 0.12))
    '4 requests: 3 ok, 1 failed in 120 ms\\n'
    """
    counts = (
        ("ok", tally.ok, "ok"),
        ("fail", tally.failed, "failed"),
        ("error", tally.errors - tally.other_errors, "in error"),
        ("skip", tally.skipped, "skipped"),
        ("dim", tally.planned, "not sent"),
    )
    out: Fragments = [("title", _count(tally.requests - tally.other_errors, "request"))]
    separator = ": "
    for style, number, word in counts:
        if number:
            out += [("", separator), (style, f"{number} {word}")]
            separator = ", "
    if tally.loose:
        out += [("", f"{separator.strip(': ')} and "), ("error", _count(tally.loose, "error"))]
    end = "; nothing was sent\n" if tally.has_sent_nothing else "\n"
    return [*out, ("dim", f" in {duration(seconds)}"), ("", end)]


def file_line(name: str) -> Fragments:
    """The line above the results of a file."""
    return [("title", f"{visible_line(name)}\n")]


def _line(shown: Result) -> Fragments:
    out = [*_outcome(shown), *_request(shown)]
    if shown.record is not None:
        status = shown.record.response.status
        out += [("", "  "), (status_style(status), str(status)), ("dim", f"  {duration(shown.seconds)}")]
    if shown.checks:
        failed_count = len(shown.failures)
        text = _count(len(shown.checks), "check")
        if failed_count:
            text = f"{failed_count} of {text} failed"
        out.append(("fail" if failed_count else "dim", f"  {text}"))
    if shown.captures:
        out.append(("dim", f"  captured {visible_line(', '.join(name for name, _ in shown.captures))}"))
    if shown.reason:
        out.append(("dim", f"  {visible_line(shown.reason)}"))
    if shown.is_dependency:
        out.append(("dim", "  (needed by another request)"))
    if shown.step is not None and (title := shown.step.name or shown.step.title):
        out.append(("dim", f"  # {visible_line(title)}"))
    return [*out, ("", "\n")]


def _outcome(shown: Result) -> Fragments:
    return [(_STYLES[shown.outcome], f"{shown.outcome:<7}"), ("", " ")]


def _request(shown: Result) -> Fragments:
    outgoing = shown.first_outgoing
    step = shown.step
    if outgoing is not None:
        method, target = outgoing.method, outgoing.url.target
    else:
        method, target = _method_and_target(step) if step is not None else ("", "")
    if step is not None and not (method or target):
        method, target = "run", step.label  # the block only runs other steps
    target = target if len(target) <= _TARGET else f"{target[: _TARGET - 2]}.."
    return [("method", visible_line(method)), ("", " "), ("url", visible_line(target))]


def _method_and_target(step: Step) -> tuple[str, str]:
    """The method and the target as written. For a curl command, the first word and the rest of the command."""
    if not step.command:
        return step.method, step.target
    first, _, others = joined(step.command).partition(" ")
    return first, others


def _redirects(shown: Result) -> Fragments:
    """A line for each redirect that was followed, since the next request may differ from the first."""
    record = shown.exchange
    if record is None:
        return []
    out: Fragments = []
    for response, following in pairwise((*record.history, record)):
        out += _with_newline(hop(response, following.outgoing))
    return out


def _error_line(shown: Result) -> Fragments:
    if shown.step is None:
        return []
    return [*_outcome(shown), *_request(shown), ("", "\n")]


def _problem(shown: Result, width: int | None) -> Fragments:
    """The error of a result. With a width, its lines are wrapped between words."""
    if shown.error is None:
        return []
    found = problem(shown.error)
    if shown.step is not None:
        is_placed = shown.error.place is not None
        where = "" if is_placed else f"{visible_line(shown.file)}:{shown.line}: "
        found = _indented([*([("dim", where)] if where else []), *found])
    return found if width is None else wrap_rows(found, width)


def _failure(checked: CheckResult, shown: Result) -> Fragments:
    return [
        ("dim", f"{_INDENT}{visible_line(shown.file)}:{checked.line}:{checked.column}: "),
        ("fail", visible_line(checked.text)),
        ("", "\n"),
        ("dim", f"{_INDENT}{_INDENT}expected "),
        ("", f"{visible_line(checked.expected)}\n"),
        ("dim", f"{_INDENT}{_INDENT}actual   "),
        ("", f"{visible_line(checked.actual)}\n"),
    ]


def _exchange(shown: Result, width: int, max_lines: int) -> Fragments:
    record = shown.exchange
    outgoing = record.outgoing if record is not None else shown.outgoing
    out = _with_newline(request(outgoing, with_sources=False, reveal=True)) if outgoing is not None else []
    if record is not None:
        out += [("", "\n"), *_response(record, width, max_lines)]
    return out


def _response(record: Record, width: int, max_lines: int) -> Fragments:
    out = _with_newline(head(record.response))
    if record.body:
        whole = record.is_complete
        text = body(
            record.body,
            _media_type(record.response),
            width=width - len(_INDENT),
            max_lines=max_lines,
            is_whole=whole,
            total=record.size if whole else None,
            more="the rest is not shown",
        )
        out += [("", "\n"), *_with_newline(text)]
    return out


def _media_type(response: ResponseHead) -> str:
    return response.headers.get("Content-Type", "")


def _planned(shown: Result) -> Fragments:
    """A request of a dry run as it would be sent, or the part that is known without other responses."""
    place = f"{visible_line(shown.file)}:{shown.line}"
    label = visible_line(shown.step.label) if shown.step is not None else ""
    out: Fragments = [("comment", f"### {label}  {place}"), ("", "\n")]
    if shown.outgoing is not None:
        out += _with_newline(request(shown.outgoing, with_sources=False, reveal=True))
        return [*out, *(("note", f"({visible_line(note)})\n") for note in shown.notes), ("", "\n")]
    if shown.draft is None:
        return out
    out += _with_newline(draft_text(shown.draft))
    return [*out, ("dim", "(needs the response of another request)\n"), ("", "\n")]


def _with_newline(fragments: Fragments) -> Fragments:
    """The fragments, with a line break at the end."""
    last = next((text for _, text in reversed(fragments) if text), "\n")
    return fragments if last.endswith("\n") else [*fragments, ("", "\n")]


def _indented(fragments: Fragments) -> Fragments:
    """The fragments, with every line indented."""
    out: Fragments = []
    is_start = True
    for style, text in fragments:
        lines = text.split("\n")
        for number, line in enumerate(lines):
            if number:
                out.append(("", "\n"))
                is_start = True
            if line:
                out += [("", _INDENT)] if is_start else []
                out.append((style, line))
                is_start = False
    return out


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
