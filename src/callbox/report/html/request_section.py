"""One request of the HTML report: a line that unfolds to its checks, errors, exchanges and their waterfall.

The waterfall shows each phase of each exchange on one time scale, with positions in percent. All escaping of text to
HTML is done here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import NamedTuple

from callbox.exchange.events import Record
from callbox.exchange.request import Outgoing
from callbox.exchange.response import PHASES, Connection, Timings
from callbox.formats.curl_writer import write_curl
from callbox.httpfile.assertion_evaluator import CheckResult
from callbox.render.error_display import problem
from callbox.render.messages import head
from callbox.render.sanitise import visible, visible_line
from callbox.render.sizes_and_durations import duration, size
from callbox.render.style import STYLES, Fragment, status_style
from callbox.report.exchange_text import answer_body, draft_text, request_body, request_head
from callbox.report.result import Result
from callbox.report.run_report import RunReport, is_unlogged


def line(text: str) -> str:
    r"""Escape one line of text for an element or a quoted attribute.

    >>> line('<a href="x">\n')
    '&lt;a href=&quot;x&quot;&gt;\\n'
    """
    return escape(visible_line(text))


def spans(fragments: Iterable[Fragment]) -> str:
    """Styled text as one span with a class for each run of one style.

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
    """Preformatted text that the keyboard can focus and scroll; empty for an empty text."""
    text = spans(fragments)
    if not text.strip():
        return ""
    # A newline right after the tag is not part of the text, so one is put there that may be lost.
    response_line = f'tabindex="0" role="region" aria-label="{line(label)}"'
    return f'<pre class="{name}" {response_line}>\n{text}</pre>'


"""In the order in which they happen; each is a field of `Timings` and a class of the page."""
_TICKS = 5
_MIN_SCALE_S = 1e-6


class Span(NamedTuple):
    """One part of an exchange: its start and end in seconds since the run began."""

    phase: str
    begun: float
    ended: float


class Scale(NamedTuple):
    """The time scale of the page, in seconds since the run began."""

    begun: float
    ended: float

    @property
    def length(self) -> float:
        """Seconds from end to end."""
        return max(self.ended - self.begun, _MIN_SCALE_S)

    @property
    def step(self) -> float:
        """Seconds between two marks: 1, 2 or 5 of a power of ten, so that there are about five.

        >>> Scale(0, 0.9).step, Scale(0, 12).step, Scale(0, 70).step
        (0.2, 5.0, 20.0)
        """
        rough = self.length / _TICKS
        power = float(f"1e{f'{rough:e}'.partition('e')[2]}")
        return next(size * power for size in (1.0, 2.0, 5.0, 10.0) if size * power >= rough * 0.999)

    def place(self, seconds: float) -> float:
        """Percent from the left."""
        return round(min(max((seconds - self.begun) / self.length, 0.0), 1.0) * 100, 3)


def scale_of(run: RunReport) -> Scale:
    """The scale from the first request of the run to the end of the last."""
    found = [span for result in run.results for span in spans_of(run, result)]
    return Scale(min((span.begun for span in found), default=0.0), max((span.ended for span in found), default=0.0))


def spans_of(run: RunReport, result: Result) -> tuple[Span, ...]:
    """The parts of every exchange of a result; one part `lost` for a request without a response."""
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
    """The parts of one exchange that took time, one after another."""
    out = []
    for phase in PHASES:
        spent = max(float(getattr(timings, phase)), 0.0)
        if spent:
            out.append(Span(phase, begun, begun + spent))
        begun += spent
    return out


def bar(spans: tuple[Span, ...] | list[Span], scale: Scale) -> str:
    """The parts as marks in a row, with a text for screen readers."""
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
    """The marks of the scale with their labels."""
    ticks = "".join(f'<i style="left:{place}%">{line(text)}</i>' for place, text in _ticks(scale))
    return f'<span class="fall axis">{ticks}</span>'


def grid_step(scale: Scale) -> float:
    """Percent between two marks."""
    return round(scale.step / scale.length * 100, 4)


def _ticks(scale: Scale) -> Iterator[tuple[float, str]]:
    number = 0
    while number * scale.step <= scale.length * 0.92:
        seconds = number * scale.step
        yield scale.place(scale.begun + seconds), duration(seconds) if number else "0"
        number += 1


MARKS = {"ok": "\u2713", "failed": "\u2717", "error": "!", "skipped": "\u2013", "planned": "\u00b7"}
"""A shape for each outcome, so that it is not only the colour that distinguishes them."""


_MAX_CURL_BYTES = 4_000
"""Bytes of a body that anybody would paste."""


def request(
    run: RunReport, result: Result, label: str, anchor: str, scale: Scale, most: int, *, is_open: bool = False
) -> str:
    """The request as an element that unfolds. `most` bytes of each body."""
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
    yield _facts(result)
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
        yield '<p class="aside">It needs the response of another request.</p>'
        yield block(draft_text(result.draft), "The request as written", "head")


def _facts(result: Result) -> str:
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
    name, word = ("ok", "holds") if checked.is_ok else ("failed", "does not hold")
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
        f"{block(answer_body(record, most), 'Body of the response', 'body')}</section></div>"
    )


def _request_pane(outgoing: Outgoing, most: int) -> str:
    return (
        f'<section class="pane"><h3>Request <span>{line(outgoing.url.origin)}</span></h3>'
        f"{block(request_head(outgoing), 'Headers of the request', 'head')}"
        f"{block(request_body(outgoing, most), 'Body of the request', 'body')}{_as_curl(outgoing)}</section>"
    )


def _as_curl(outgoing: Outgoing) -> str:
    """The already redacted request as a curl command to try by hand; none for a large body."""
    content = outgoing.content
    if (
        content is not None
        and len(content.data or b"") + sum(len(part.data) for part in content.parts) > _MAX_CURL_BYTES
    ):
        return ""
    command = block([("", write_curl(outgoing, reveal=True))], "The request as a curl command", "command")
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
    """The phases of this exchange with their lengths, on their own time scale."""
    spans = parts(record.response.timings)
    if not spans:
        return ""
    scale = Scale(0.0, spans[-1].ended)
    words = [f'<li class="{span.phase}">{span.phase} <b>{duration(span.ended - span.begun)}</b></li>' for span in spans]
    return f'{bar(spans, scale)}<ul class="phases">{"".join(words)}</ul>'
