"""The HTML report: one self-contained file with its style sheet, without scripts or external resources."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from callbox.exchange.response import PHASES
from callbox.render.sizes_and_durations import duration
from callbox.report.html.request_section import Scale, axis, grid_step, line, request, scale_of
from callbox.report.html.summary import ResultRow, count, coverage_section, entries_of, header, headline, problems
from callbox.report.run_report import MAX_SHOWN_BYTES, RunReport

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
    """The bytes of each body to show, for this many requests."""
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
