"""The HTML report: one file with its style sheet, without scripts or external resources.

The module has three sections. The first writes a request: a line that unfolds to its checks, errors, exchanges and
waterfall. The second writes the top of the page, with the verdict and the failures. The third writes the page with its
style sheet. The waterfall shows each phase of each exchange on one time scale, with positions in percent. No other
module escapes text for HTML.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from html import escape
from itertools import groupby
from statistics import median
from typing import NamedTuple

from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import HeaderError
from callbox.exchange.request import Outgoing
from callbox.exchange.response import PHASES, Connection, Timings
from callbox.formats.curl_httpie_and_python_snippets import write_curl
from callbox.httpfile.assertion_evaluator import CheckResult
from callbox.render.ansi_and_sanitiser import visible, visible_line
from callbox.render.error_display import problem
from callbox.render.http_messages import head
from callbox.render.sizes_and_durations import duration, size
from callbox.render.style import STYLES, Fragment, status_style
from callbox.report.openapi_coverage import Coverage, CoverageRow
from callbox.report.result import Result, Tally
from callbox.report.result_console_text import draft_text, request_body, request_head, response_body
from callbox.report.run_report_and_collector import MAX_SHOWN_BYTES, RunReport, is_unlogged, request_names


def line(text: str) -> str:
    r"""Escape one line of text for an element or a quoted attribute.

    >>> line('<a href="x">\n')
    '&lt;a href=&quot;x&quot;&gt;\\n'
    """
    return escape(visible_line(text))


def spans(fragments: Iterable[Fragment]) -> str:
    """Styled text, with a span for each piece of text of the same style. The class of the span is the style.

    >>> spans([("header.name", "A"), ("", ": <"), ("", "b")])
    '<span class="header-name">A</span>: &lt;b'
    """
    out: list[str] = []
    last, texts = "", list[str]()
    for style, text in [*fragments, ("\0", "")]:
        if style != last and texts:
            out.append(_span(last, escape(visible("".join(texts)), quote=False)))
            texts = []
        last = style
        if text:
            texts.append(text)
    return "".join(out)


def _span(style: str, text: str) -> str:
    name = style.replace(".", "-")
    return f'<span class="{name}">{text}</span>' if style in STYLES else text


def block(fragments: Iterable[Fragment], label: str, name: str = "") -> str:
    """Preformatted text that can be focused and scrolled with the keyboard; empty for an empty text."""
    text = spans(fragments)
    if not text.strip():
        return ""
    # HTML drops a line break directly after the tag, so an additional one is written there.
    response_line = f'tabindex="0" role="region" aria-label="{line(label)}"'
    return f'<pre class="{name}" {response_line}>\n{text}</pre>'


"""The phases in the order in which they happen. Each is a field of `Timings` and a class of the page."""
_TICKS = 5
_MIN_SCALE_S = 1e-6


class Span(NamedTuple):
    """A phase of an exchange: its start and end in seconds since the run began."""

    phase: str
    begun: float
    ended: float


class Scale(NamedTuple):
    """The time scale of the page, in seconds since the run began."""

    begun: float
    ended: float

    @property
    def length(self) -> float:
        """The seconds from one end to the other."""
        return max(self.ended - self.begun, _MIN_SCALE_S)

    @property
    def step(self) -> float:
        """The seconds between two marks: 1, 2 or 5 times a power of ten, so that there are about five marks.

        >>> Scale(0, 0.9).step, Scale(0, 12).step, Scale(0, 70).step
        (0.2, 5.0, 20.0)
        """
        rough = self.length / _TICKS
        power = float(f"1e{f'{rough:e}'.partition('e')[2]}")
        return next(size * power for size in (1.0, 2.0, 5.0, 10.0) if size * power >= rough * 0.999)

    def place(self, seconds: float) -> float:
        """The position of a time, in percent from the left."""
        return round(min(max((seconds - self.begun) / self.length, 0.0), 1.0) * 100, 3)


def scale_of(run: RunReport) -> Scale:
    """The scale, from the start of the first request of the run to the end of the last."""
    found = [span for result in run.results for span in spans_of(run, result)]
    return Scale(min((span.begun for span in found), default=0.0), max((span.ended for span in found), default=0.0))


def spans_of(run: RunReport, result: Result) -> tuple[Span, ...]:
    """The phases of every exchange of a result. A request without a response has one phase, `lost`."""
    record = result.exchange
    if record is None:
        begun = result.time - run.started
        return (Span("lost", begun, begun + result.seconds),) if result.time else ()
    spans: list[Span] = []
    end = 0.0
    for each in (*record.history, record):
        begun = max(each.time - run.started, end)
        spans += parts(each.response.timings, begun)
        end = spans[-1].ended if spans else begun
    return tuple(spans)


def parts(timings: Timings, begun: float = 0.0) -> list[Span]:
    """The phases of one exchange that took time, one after another."""
    out = []
    for phase in PHASES:
        spent = max(float(getattr(timings, phase)), 0.0)
        if spent:
            out.append(Span(phase, begun, begun + spent))
        begun += spent
    return out


def bar(spans: tuple[Span, ...] | list[Span], scale: Scale) -> str:
    """The phases as marks in a row, with a text for screen readers."""
    if not spans:
        return '<span class="fall"></span>'
    text = line(", ".join(f"{span.phase} {duration(span.ended - span.begun)}" for span in spans))
    marks = "".join(_mark(span, scale) for span in spans)
    return f'<span class="fall" role="img" aria-label="{text}" title="{text}">{marks}</span>'


def _mark(span: Span, scale: Scale) -> str:
    left = scale.place(span.begun)
    width = round(scale.place(span.ended) - left, 3)
    return f'<i class="{span.phase}" style="left:{left}%;width:{width}%"></i>'


def axis(scale: Scale) -> str:
    """The marks of the scale, with their labels."""
    ticks = "".join(f'<i style="left:{place}%">{line(text)}</i>' for place, text in _ticks(scale))
    return f'<span class="fall axis">{ticks}</span>'


def grid_step(scale: Scale) -> float:
    """The distance between two marks, in percent."""
    return round(scale.step / scale.length * 100, 4)


def _ticks(scale: Scale) -> Iterator[tuple[float, str]]:
    number = 0
    while number * scale.step <= scale.length * 0.92:
        seconds = number * scale.step
        yield scale.place(scale.begun + seconds), duration(seconds) if number else "0"
        number += 1


MARKS = {"ok": "\u2713", "failed": "\u2717", "error": "!", "skipped": "\u2013", "planned": "\u00b7"}
"""A sign for each outcome, so that a reader who does not see the colours can tell outcomes apart."""


_MAX_CURL_BYTES = 4_000
"""The most bytes of a body in a curl command, since nobody would paste a longer command."""


def request(
    run: RunReport, result: Result, label: str, anchor: str, scale: Scale, most: int, *, is_open: bool = False
) -> str:
    """The request as an element that unfolds. Each body is cut to `most` bytes."""
    opened = " open" if is_open else ""
    inside = "".join(_details(run, result, most))
    return (
        f'<details class="req {result.outcome}" id="{anchor}"{opened}>'
        f"<summary>{_summary(run, result, label, scale)}</summary>"
        f'<div class="inside">{inside}</div></details>\n'
    )


def _summary(run: RunReport, result: Result, label: str, scale: Scale) -> str:
    return (
        f'<span class="outcome"><b aria-hidden="true">{MARKS[result.outcome]}</b> {result.outcome}</span>'
        f"{_what(result, label)}{_status(result)}"
        f'<span class="time">{duration(result.seconds) if result.time else ""}</span>'
        f"{bar(spans_of(run, result), scale)}"
    )


def _what(result: Result, label: str) -> str:
    outgoing = None if is_unlogged(result) else result.first_outgoing
    step = result.step
    method, target = (step.method, step.target) if step is not None else ("", "")
    if outgoing is not None:
        method, target = outgoing.method, outgoing.url.target
    name = "" if step is not None and not (step.name or step.title) else f'<span class="label">{line(label)}</span>'
    return (
        f'<span class="what">{name}<span class="target" title="{line(target)}">'
        f'<b class="method">{line(method)}</b> {line(target)}</span></span>'
    )


def _status(result: Result) -> str:
    record = result.exchange
    if record is None:
        return '<span class="status"></span>'
    status = record.response.status
    return f'<span class="status {status_style(status).replace(".", "-")}">{status}</span>'


def _details(run: RunReport, result: Result, most: int) -> Iterator[str]:
    if result.error is not None:
        yield block(problem(result.error), "The problem", "problem")
    if result.reason:
        yield f'<p class="aside">{line(result.outcome)}: {line(result.reason)}</p>'
    if result.checks:
        yield _checks(result.checks)
    yield _request_facts(result)
    if is_unlogged(result):
        yield '<p class="aside">The exchange is not shown: the script says <code># @no-log</code>.</p>'
        return
    exchanges = [exchange.record for exchange in run.exchanges(result)]
    for number, record in enumerate(exchanges[:-1], 1):
        yield _hop(record, number, exchanges[number].outgoing, most)
    for record in exchanges[-1:]:
        yield _exchange(record, most)
    if not exchanges and result.outgoing is not None:
        yield f'<div class="pair">{_request_pane(result.outgoing, most)}</div>'
    elif not exchanges and result.draft is not None:
        yield '<p class="aside">This request needs the response of another request.</p>'
        yield block(draft_text(result.draft), "The request as written", "head")


def _request_facts(result: Result) -> str:
    facts = [f"{line(result.file)}:{result.line}"] if result.line else []
    facts += [f"captured {line(', '.join(name for name, _ in result.captures))}"] if result.captures else []
    facts += ["sent because another request needs its response"] if result.is_dependency else []
    facts += [line(note) for note in result.notes]
    return "".join(f'<p class="aside">{fact}</p>' for fact in facts)


def _checks(checks: tuple[CheckResult, ...]) -> str:
    rows = "".join(_check(checked) for checked in checks)
    heads = "<th></th><th>Check</th><th>Expected</th><th>Actual</th>"
    return f'<table class="checks"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _check(checked: CheckResult) -> str:
    name, word = ("ok", "passed") if checked.is_ok else ("failed", "failed")
    return (
        f'<tr class="{name}"><td class="mark" title="{word}">{MARKS[name]}</td>'
        f'<td data-label="Check">{line(checked.text)} <span class="at">line {checked.line}</span></td>'
        f'<td data-label="Expected">{line(checked.expected)}</td>'
        f'<td data-label="Actual">{line(checked.actual)}</td></tr>'
    )


def _hop(record: Record, number: int, following: Outgoing, most: int) -> str:
    status = record.response.status
    reason = line(record.response.reason)
    return (
        f'<details class="hop"><summary><span class="{status_style(status).replace(".", "-")}">{status}</span> '
        f'{reason} \u2192 <b class="method">{line(following.method)}</b> {line(following.url.text)}'
        f' <span class="at">hop {number}</span></summary>{_exchange(record, most)}</details>'
    )


def _exchange(record: Record, most: int) -> str:
    return (
        f'<div class="pair">{_request_pane(record.outgoing, most)}'
        f'<section class="pane"><h3>Response <span>{_response_line(record)}</span></h3>{_timings(record)}'
        f"{block(head(record.response), 'Headers of the response', 'head')}"
        f"{block(response_body(record, most), 'Body of the response', 'body')}</section></div>"
    )


def _request_pane(outgoing: Outgoing, most: int) -> str:
    return (
        f'<section class="pane"><h3>Request <span>{line(outgoing.url.origin)}</span></h3>'
        f"{block(request_head(outgoing), 'Headers of the request', 'head')}"
        f"{block(request_body(outgoing, most), 'Body of the request', 'body')}{_as_curl(outgoing)}</section>"
    )


def _as_curl(outgoing: Outgoing) -> str:
    """The redacted request as a curl command to try by hand. If its body is large, there is no command."""
    content = outgoing.content
    if (
        content is not None
        and len(content.data or b"") + sum(len(part.data) for part in content.parts) > _MAX_CURL_BYTES
    ):
        return ""
    try:
        text = write_curl(outgoing, reveal=True)
    except HeaderError:  # of a request that could not be sent
        return ""
    command = block([("", text)], "The request as a curl command", "command")
    return f'<details class="curl"><summary>as curl</summary>{command}</details>'


def _response_line(record: Record) -> str:
    response_line = f"{size(record.size)} in {duration(record.response.timings.total)}"
    cut = "" if record.is_complete else ", cut off"
    connection = record.response.connection
    return f"{response_line}{cut}{_connection(connection) if connection is not None else ''}"


def _connection(connection: Connection) -> str:
    state = "reused" if connection.is_reused else "new"
    tls = f", {line(connection.tls)}" if connection.tls else ""
    doubt = ", <b>not verified</b>" if connection.tls and not connection.is_verified else ""
    return f" \u00b7 connection {connection.number} {state}, {line(connection.peer)}{tls}{doubt}"


def _timings(record: Record) -> str:
    """The phases of this exchange with their durations, on a time scale of their own."""
    spans = parts(record.response.timings)
    if not spans:
        return ""
    scale = Scale(0.0, spans[-1].ended)
    words = [f'<li class="{span.phase}">{span.phase} <b>{duration(span.ended - span.begun)}</b></li>' for span in spans]
    return f'{bar(spans, scale)}<ul class="phases">{"".join(words)}</ul>'


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
    others = tally.loose + tally.repeated
    failed, requests = tally.failed + tally.errors - others, tally.requests - others
    if run.is_interrupted:
        return f"Interrupted after {count(tally.requests)}"
    errors = f"{tally.loose} error{'s' * (tally.loose != 1)}" if tally.loose else ""
    found = [f"{failed} of {count(requests)} did not pass"] if failed else []
    if errors and tally.ok and not failed:
        found.append(f"{count(tally.ok)} passed")
    if found or errors:
        return ", and ".join([*found, *filter(None, [errors])])
    if tally.planned:
        return f"{count(tally.planned)} resolved, none sent"
    if tally.requests > tally.skipped:
        return f"{count(tally.ok)} passed"
    return "Nothing was sent"


def header(run: RunReport, entries: list[ResultRow]) -> str:
    """The verdict, the start, the duration, the counts of outcomes, and other numbers of the run."""
    began = datetime.fromtimestamp(run.started, UTC)
    mark = {"ok": "ok", "failed": "failed"}.get(run.verdict, "error")
    format_time = f'<time datetime="{began:%Y-%m-%dT%H:%M:%SZ}">{began:%-d %B %Y, %H:%M:%S} UTC</time>'
    return (
        f'<header><p class="brand">callbox replay</p>'
        f'<h1><span class="badge" aria-hidden="true">{MARKS[mark]}</span>{line(headline(run))}</h1>'
        f'<p class="meta">{format_time} \u00b7 {duration(run.seconds)} \u00b7 callbox {line(run.version)}</p>'
        f"{_counts(run.tally)}{_run_facts(run, entries)}</header>\n"
    )


def _counts(tally: Tally) -> str:
    numbers = zip(_OUTCOMES, (tally.ok, tally.failed, tally.errors, tally.skipped, tally.planned), strict=True)
    counts = [(name, number) for name, number in numbers if number]
    share = "".join(f'<i class="{name}" style="flex-grow:{number}"></i>' for name, number in counts)
    words = "".join(f'<li class="{name}"><b>{number}</b> {_WORDS.get(name, name)}</li>' for name, number in counts)
    return f'<div class="share" aria-hidden="true">{share}</div><ul class="counts">{words}</ul>'


def _run_facts(run: RunReport, entries: list[ResultRow]) -> str:
    """The numbers of checks and bytes, and the times of requests, with a link to the slowest one."""
    sent = [entry for entry in entries if entry.result.time]
    checks = [checked for entry in entries for checked in entry.result.checks]
    facts = []
    if checks:
        held = sum(checked.is_ok for checked in checks)
        facts.append(f"<b>{held}</b> of <b>{len(checks)}</b> checks passed" if held < len(checks) else _all_hold(held))
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
    return f"<b>{number}</b> {'check' if number == 1 else 'checks'} passed"


def problems(entries: list[ResultRow]) -> str:
    """The failed requests, each with its first error and a link.

    If there are several files, each request is shown with its file.
    """
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
"""The most described responses that the page lists."""


def coverage_section(coverage: Coverage) -> str:
    """The section about the description: the numbers, and a folded list of the described responses.

    Each row says how often the response was received.
    """
    rows = "".join(map(_coverage_row, coverage.rows[:MAX_COVERAGE_ROWS]))
    others = "".join(
        f"<tr class='failed'><td>{line(what)}</td><td colspan='2'>not described</td><td>{times}</td><td></td></tr>"
        for what, times in coverage.undescribed
    )
    heads = "<th>Operation</th><th>Status</th><th>Media type</th><th>Received</th><th>Differed</th>"
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


STYLE = """
:root {
  color-scheme: light dark;
  --back: #f6f7f8; --card: #ffffff; --sunk: #f7f8fa; --ink: #1c2127; --soft: #5b6571; --line: #e1e4e8;
  --grid: #e2e5e9; --link: #1f5fbf;
  --ok: #17804a; --failed: #c5303a; --skipped: #8a6100; --planned: #5b6571;
  --ok-back: #e5f4eb; --failed-back: #fdeceb; --skipped-back: #faf1dc; --planned-back: #eceef1;
  --key: #1c5fa8; --string: #17744a; --number: #9a3fa0; --tag: #1c5fa8; --attribute: #8a6100;
  --dns: #2a9d96; --connect: #e08a2e; --tls: #9a63d0; --send: #d0568f; --wait: #7cb98f; --transfer: #3f83dd;
  --mono: ui-monospace, "SF Mono", SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #0f1216; --card: #171b21; --sunk: #12161b; --ink: #e3e6ea; --soft: #98a2ae; --line: #2a313a;
    --grid: #2b323b; --link: #7db1ff;
    --ok: #4fca8c; --failed: #ff7f7a; --skipped: #e2b455; --planned: #98a2ae;
    --ok-back: #14301f; --failed-back: #3a1a1c; --skipped-back: #352a12; --planned-back: #242a32;
    --key: #82b7ff; --string: #7ed3a4; --number: #d9a0e6; --tag: #82b7ff; --attribute: #e2b455;
    --dns: #3fb8b0; --connect: #e89b4a; --tls: #ae7fe0; --send: #de6fa3; --wait: #5f9f74; --transfer: #5a9bf0;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem clamp(.8rem, 3vw, 2.5rem) 4rem; max-width: 96rem;
  background: var(--back); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
h1, h2, h3, p, ul { margin: 0; padding: 0; }
ul { list-style: none; }
a { color: var(--link); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 4px; }

header { margin-bottom: 1.5rem; }
.brand { color: var(--soft); font-size: .85rem; letter-spacing: .02em; }
h1 { font-size: clamp(1.4rem, 1.1rem + 1.6vw, 2.1rem); font-weight: 650; letter-spacing: -.015em; line-height: 1.2;
  display: flex; gap: .6rem; align-items: center; margin: .35rem 0 .3rem; text-wrap: balance; }
.badge { flex: none; display: inline-grid; place-items: center; width: 1.35em; height: 1.35em; border-radius: 50%;
  font-size: .8em; color: var(--card); background: var(--failed); }
.ok .badge { background: var(--ok); }
.meta { color: var(--soft); font-variant-numeric: tabular-nums; }
.share { display: flex; gap: 3px; height: 8px; margin: 1rem 0 .6rem; }
.share i { min-width: 8px; border-radius: 4px; }
i.ok { background: var(--ok); } i.failed, i.error { background: var(--failed); }
i.error { background: repeating-linear-gradient(135deg, var(--failed) 0 4px, transparent 4px 6px); }
i.skipped { background: var(--skipped); } i.planned { background: var(--planned); }
.counts { display: flex; flex-wrap: wrap; gap: .3rem 1.3rem; color: var(--soft); }
.counts b { font-variant-numeric: tabular-nums; }
.counts .ok b { color: var(--ok); } .counts .failed b, .counts .error b { color: var(--failed); }
.counts .skipped b { color: var(--skipped); }
.facts { margin-top: .35rem; font-size: .92rem; }
.facts b { font-weight: 600; color: var(--ink); }
.facts li { overflow-wrap: anywhere; }

.problems { border: 1px solid var(--line); border-left: 3px solid var(--failed); border-radius: 8px;
  background: var(--card); padding: .7rem 1rem; margin-bottom: 1.5rem; }
.problems li { padding: .15rem 0; overflow-wrap: anywhere; }
.problems span { color: var(--soft); margin-left: .4rem; }
.problems small { color: var(--soft); font-size: .87rem; margin-right: .2rem; }

.tools { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; justify-content: space-between; align-items: center;
  margin-bottom: .8rem; color: var(--soft); font-size: .85rem; }
.tools .phases { margin-left: auto; }
.only { display: inline-flex; gap: .45rem; align-items: center; cursor: pointer; }
.only input { accent-color: var(--link); margin: 0; }
body:has(#only:checked) .req:is(.ok, .skipped, .planned) { display: none; }
.phases { display: flex; flex-wrap: wrap; gap: .2rem .9rem; }
.phases li::before { content: ""; display: inline-block; width: .65em; height: .65em; border-radius: 2px;
  margin-right: .4em; background: var(--phase); }
.dns { --phase: var(--dns); } .connect { --phase: var(--connect); } .tls { --phase: var(--tls); }
.send { --phase: var(--send); } .wait { --phase: var(--wait); } .transfer { --phase: var(--transfer); }

.file { border: 1px solid var(--line); border-radius: 10px; background: var(--card); margin-bottom: 1.5rem; }
.row, .req > summary { display: grid; gap: .2rem .9rem; align-items: center; padding: .5rem 1rem;
  grid-template-columns: .7rem 5.4rem minmax(0, 1fr) 2.4rem 4.2rem minmax(0, 42%); }
.req > summary::before { content: ""; justify-self: center; border: .28rem solid transparent; border-right: 0;
  border-left: .4rem solid var(--soft); opacity: .6; }
.req[open] > summary::before { transform: rotate(90deg); }
.row { position: sticky; top: 0; z-index: 1; background: var(--card); border-radius: 10px 10px 0 0;
  border-bottom: 1px solid var(--line); }
h2 { grid-column: 1 / 6; font-size: 1rem; font-weight: 650; overflow-wrap: anywhere; }
h2 small { font-weight: 400; color: var(--soft); margin-left: .4rem; white-space: nowrap; }
.fall { position: relative; display: block; height: 1.5rem; border-radius: 3px;
  background-image: repeating-linear-gradient(to right, var(--grid) 0 1px, transparent 1px var(--step, 100%)); }
.fall i { position: absolute; top: .4rem; height: .7rem; min-width: 2px; background: var(--phase); }
.fall i:first-child { border-radius: 3px 0 0 3px; } .fall i:last-child { border-radius: 0 3px 3px 0; }
.fall i:only-child { border-radius: 3px; }
.fall i.lost { background: repeating-linear-gradient(135deg, var(--failed) 0 3px, transparent 3px 5px);
  outline: 1px solid var(--failed); }
.axis i { top: 0; height: 1.5rem; min-width: 0; padding-left: .3rem; background: none; color: var(--soft);
  font: .75rem/1.5rem system-ui, sans-serif; font-variant-numeric: tabular-nums; white-space: nowrap; }

.req { border-bottom: 1px solid var(--line); scroll-margin-top: 3rem; content-visibility: auto;
  contain-intrinsic-size: auto 2.3rem; } /* thousands of them open in half the time */
.req:last-child { border-bottom: 0; }
summary { cursor: pointer; list-style: none; }
summary::-webkit-details-marker { display: none; }
.req > summary:hover { background: var(--sunk); }
.req:last-child > summary { border-radius: 0 0 10px 10px; }
.req:target { box-shadow: inset 3px 0 0 var(--link); }
.outcome { justify-self: start; font-size: .8rem; font-weight: 600; line-height: 1.4; padding: .08rem .55rem;
  border-radius: 1rem; white-space: nowrap; color: var(--planned); background: var(--planned-back); }
.ok > summary .outcome { color: var(--ok); background: var(--ok-back); }
.failed > summary .outcome, .error > summary .outcome { color: var(--failed); background: var(--failed-back); }
.skipped > summary .outcome { color: var(--skipped); background: var(--skipped-back); }
.what { min-width: 0; display: flex; flex-wrap: wrap; gap: 0 .8rem; align-items: baseline; }
.label { font-weight: 600; overflow-wrap: anywhere; }
.target { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--soft);
  font: .82rem/1.6 var(--mono); }
.target:only-child { color: var(--ink); }
.method { font-weight: 650; }
.status, .time { font-variant-numeric: tabular-nums; text-align: right; font-size: .9rem; white-space: nowrap; }
.time { color: var(--soft); }
.ok > summary .status-error { color: var(--skipped); }

.inside { padding: .3rem 1rem 1.2rem; display: grid; gap: .8rem; }
.inside > * { min-width: 0; }
.aside { color: var(--soft); font-size: .87rem; overflow-wrap: anywhere; }
.aside + .aside { margin-top: -.6rem; }
.at { color: var(--soft); font-size: .8rem; white-space: nowrap; }
code { font-family: var(--mono); font-size: .9em; }
table { border-collapse: collapse; font-size: .87rem; justify-self: start; max-width: 100%; }
th { text-align: left; font-weight: 500; color: var(--soft); padding: .1rem 1.2rem .3rem 0; }
td { vertical-align: top; padding: .22rem 1.2rem .22rem 0; font-family: var(--mono); font-size: .82rem;
  overflow-wrap: anywhere; border-top: 1px solid var(--line); white-space: pre-wrap; }
td .at { font-family: system-ui, sans-serif; margin-left: .3rem; }
.mark { font-weight: 700; padding-right: .6rem; }
tr.ok .mark { color: var(--ok); } tr.failed .mark { color: var(--failed); }
tr.ok td { color: var(--soft); }
tr.failed td:last-child { color: var(--failed); }

.pair { display: grid; gap: .8rem 1.2rem; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); align-items: start; }
.pane { min-width: 0; }
h3 { font-size: .87rem; font-weight: 650; margin-bottom: .35rem; overflow-wrap: anywhere; }
h3 span { font-weight: 400; color: var(--soft); margin-left: .4rem; }
.pane > .fall { height: .55rem; margin-bottom: .3rem; background: none; }
.pane > .fall i { top: 0; height: .55rem; }
.pane > .phases { font-size: .8rem; color: var(--soft); margin-bottom: .5rem; font-variant-numeric: tabular-nums; }
.pane > .phases b { font-weight: 500; color: var(--ink); }
pre { margin: 0; padding: .65rem .8rem; background: var(--sunk); border: 1px solid var(--line); overflow: auto;
  max-height: 30rem; font: .8rem/1.55 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 4;
  border-radius: 6px; }
pre.head:has(+ pre.body) { border-radius: 6px 6px 0 0; }
pre.head + pre.body { border-top: 0; border-radius: 0 0 6px 6px; }
pre.problem { border-left: 3px solid var(--failed); }
.hop { border: 1px solid var(--line); border-radius: 6px; }
.hop > summary { padding: .3rem .8rem; font-size: .87rem; overflow-wrap: anywhere; }
.hop > summary::before { content: "\\25b8"; color: var(--soft); margin-right: .5rem; }
.hop[open] > summary::before { content: "\\25be"; }
.curl { margin-top: .45rem; }
.curl > summary { display: inline-block; color: var(--link); font-size: .82rem; }
.curl > summary::before { content: "\\25b8"; margin-right: .35rem; }
.curl[open] > summary::before { content: "\\25be"; }
.curl > pre { margin-top: .3rem; user-select: all; }
.hop > .pair { padding: .3rem .8rem .8rem; }

.header-name, .key, .tag { color: var(--key); } .string { color: var(--string); }
.number, .keyword, .variable { color: var(--number); } .attribute { color: var(--attribute); }
.protocol, .dim, .comment, .escape, .note, .connection, .source { color: var(--soft); }
.comment, .note { font-style: italic; }
.escape { background: var(--planned-back); border-radius: 2px; }
.status-ok { color: var(--ok); font-weight: 600; } .status-error { color: var(--failed); font-weight: 600; }
.status-redirect, .status-info { color: var(--skipped); font-weight: 600; }
pre .error, pre .caret, .insecure { color: var(--failed); font-weight: 600; } pre .hint { color: var(--key); }
pre .url, pre .title { font-weight: 600; } pre .warning { color: var(--skipped); }

.untimed .fall, .untimed .tools .phases { display: none; }
.untimed .row, .untimed .req > summary { grid-template-columns: .7rem 5.4rem minmax(0, 1fr); }

@media (max-width: 60rem) {
  .pair { grid-template-columns: minmax(0, 1fr); }
}
@media (max-width: 46rem) {
  body { padding-top: 1.2rem; }
  .row, .req > summary { padding: .5rem .7rem; grid-template-columns: .7rem auto minmax(0, 1fr) auto auto; }
  .row .axis, .req > summary > .fall { grid-column: 1 / -1; }
  .req > summary > .what { grid-column: 1 / -1; order: 1; }
  .req > summary > .status { grid-column: 4; } .req > summary > .time { grid-column: 5; }
  .req > summary > .fall { order: 2; height: .9rem; }
  .req > summary > .fall i { top: .15rem; height: .6rem; }
  .inside { padding: .3rem .7rem 1rem; }
  .tools .phases { margin-left: 0; }
  thead { display: none; }
  .checks, .checks tbody { display: block; justify-self: stretch; }
  .checks tr { display: grid; grid-template-columns: 1.4rem minmax(0, 1fr); padding: .3rem 0;
    border-top: 1px solid var(--line); }
  .checks td { border: 0; padding: 0; grid-column: 2; }
  .checks .mark { grid-column: 1; grid-row: 1; }
  .checks td:nth-child(n + 3)::before { content: attr(data-label) " "; color: var(--soft);
    font-family: system-ui, sans-serif; }
}
@media print {
  :root { --back: #fff; --sunk: #fff; }
  body { max-width: none; padding: 0; font-size: 1rem; }
  .tools .only, .curl:not([open]) { display: none; }
  .row { position: static; }
  html { font-size: 10.5px; }
  .req > summary::before { visibility: hidden; }
  .pair { grid-template-columns: minmax(0, 1fr); }
  pre { max-height: none; }
  .share, .fall, .phases, .badge, .outcome { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .req > summary, tr, h3 { break-inside: avoid; break-after: avoid; }
}
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
"""


POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""The content security policy.

Nothing is loaded and nothing runs, even if a browser read text of a response as markup.
"""
_MAX_TOTAL = 6_000_000
"""The most bytes of all bodies together, because markup multiplies them and a browser has to open the page."""
_MIN_SHOWN = 1_000
_MAX_OPEN = 20
"""The most requests that are unfolded at the start. With more, a reader would not find any of them."""


def write(run: RunReport) -> str:
    """Write the page. Each body is shown up to 64 kB, or less if there are very many requests."""
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
    if run.coverage is not None:
        yield coverage_section(run.coverage)
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
    """The number of bytes of each body to show, for this many requests."""
    return max(_MIN_SHOWN, min(MAX_SHOWN_BYTES, _MAX_TOTAL // max(count, 1)))


def _controls(run: RunReport) -> str:
    legend = "".join(f'<li class="{phase}">{phase}</li>' for phase in PHASES)
    tally = run.tally
    box = ""
    if 0 < tally.failed + tally.errors < tally.requests:
        box = '<label class="only"><input type="checkbox" id="only"> Only requests that did not pass</label>'
    return f'<div class="tools">{box}<ul class="phases" aria-label="Parts of the time">{legend}</ul></div>\n'


def _file_head(name: str, entries: list[ResultRow], scale: Scale) -> str:
    spent = sum(entry.result.seconds for entry in entries)
    response_line = f"{count(len(entries))}, {duration(spent)}" if spent else count(len(entries))
    return (
        f'<section class="file" style="--step:{grid_step(scale)}%">'
        f'<div class="row"><h2>{line(name)} <small>{response_line}</small></h2>'
        f"{axis(scale)}</div>\n"
    )
