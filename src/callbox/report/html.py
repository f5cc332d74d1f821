"""The report to look at: one HTML file that needs nothing else. No script runs in it, and nothing is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from callbox.render.sizes import duration
from callbox.report.page.markup import line
from callbox.report.page.request import MARKS, problems, request
from callbox.report.page.style import STYLE
from callbox.report.page.waterfall import PHASES, Scale, axis, grid_step, scale_of
from callbox.report.plainly import MOST_SHOWN
from callbox.report.result import Result, Tally
from callbox.report.run import Run, names_of

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""Nothing is loaded and nothing runs, even if something of an answer should ever be taken for markup."""
_MOST_IN_ALL = 6_000_000
"""Bytes of bodies: markup makes several times as much of them, and a browser has to open it."""
_LEAST_SHOWN = 1_000
_MOST_TOLD = 100
_LONGEST = 200
_OUTCOMES = ("ok", "failed", "error", "skipped", "planned")
_WORDS = {"error": "in error", "planned": "not sent"}


def write(run: Run) -> str:
    """The page. Bodies are shown up to 64 kB, less where there are very many requests."""
    return "".join(_page(run))


def _page(run: Run) -> Iterator[str]:
    headline = _headline(run)
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield '<meta name="referrer" content="no-referrer">\n<meta name="color-scheme" content="light dark">\n'
    yield f"<title>{line(headline)} \u00b7 callbox</title>\n<style>{STYLE}</style>\n</head>\n"
    is_timed = any(result.time for result in run.results)
    yield f'<body class="{run.verdict}{"" if is_timed else " untimed"}">\n'
    yield _header(run, headline)
    named = [(name, results, names_of(results)) for name, results in run.files()]
    yield _problems(named)
    yield _tools(run)
    yield "<main>\n"
    scale = scale_of(run)
    tally = run.tally
    most = _share(tally.requests)
    most_of = {"failed": _share(tally.failed + tally.errors), "error": _share(tally.failed + tally.errors)}
    number = 0
    for name, results, labels in named:
        yield _file_head(name, results, scale)
        for result, label in zip(results, labels, strict=True):
            number += 1
            yield request(run, result, label, f"r{number}", scale, most_of.get(result.outcome, most))
        yield "</section>\n"
    yield "</main>\n</body>\n</html>\n"


def _share(count: int) -> int:
    """Bytes of each body where there are so many requests."""
    return max(_LEAST_SHOWN, min(MOST_SHOWN, _MOST_IN_ALL // max(count, 1)))


def _headline(run: Run) -> str:
    tally = run.tally
    bad = tally.failed + tally.errors
    if run.is_interrupted:
        return f"Interrupted after {_count(tally.requests)}"
    if bad:
        return f"{bad} of {_count(tally.requests)} did not go well"
    if tally.planned:
        return f"{_count(tally.planned)} resolved, none sent"
    if tally.requests > tally.skipped:
        return f"{_count(tally.ok)} went well"
    return "Nothing was sent"


def _header(run: Run, headline: str) -> str:
    began = datetime.fromtimestamp(run.started, UTC)
    mark = {"ok": "ok", "failed": "failed"}.get(run.verdict, "error")
    moment = f'<time datetime="{began:%Y-%m-%dT%H:%M:%SZ}">{began:%-d %B %Y, %H:%M:%S} UTC</time>'
    return (
        f'<header><p class="brand">callbox replay</p>'
        f'<h1><span class="badge" aria-hidden="true">{MARKS[mark]}</span>{line(headline)}</h1>'
        f'<p class="meta">{moment} \u00b7 {duration(run.seconds)} \u00b7 callbox {line(run.version)}</p>'
        f"{_counts(run.tally)}</header>\n"
    )


def _counts(tally: Tally) -> str:
    numbers = zip(_OUTCOMES, (tally.ok, tally.failed, tally.errors, tally.skipped, tally.planned), strict=True)
    counts = [(name, number) for name, number in numbers if number]
    share = "".join(f'<i class="{name}" style="flex-grow:{number}"></i>' for name, number in counts)
    words = "".join(f'<li class="{name}"><b>{number}</b> {_WORDS.get(name, name)}</li>' for name, number in counts)
    return f'<div class="share" aria-hidden="true">{share}</div><ul class="counts">{words}</ul>'


def _problems(named: list[tuple[str, tuple[Result, ...], list[str]]]) -> str:
    anchors = iter(range(1, sum(len(results) for _, results, _ in named) + 1))
    found = [
        each
        for _, results, labels in named
        for each in problems(results, labels, [f"r{next(anchors)}" for _ in results])
    ]
    if not found:
        return ""
    items = "".join(
        f'<li><a href="#{anchor}">{line(label)}</a> <span>{line(_short(told))}</span></li>'
        for anchor, label, told in found[:_MOST_TOLD]
    )
    more = f"<li>and {len(found) - _MOST_TOLD} more</li>" if len(found) > _MOST_TOLD else ""
    return f'<nav class="problems" aria-label="What did not go well"><ul>{items}{more}</ul></nav>\n'


def _tools(run: Run) -> str:
    legend = "".join(f'<li class="{phase}">{phase}</li>' for phase in PHASES)
    tally = run.tally
    is_mixed = 0 < tally.failed + tally.errors < tally.requests
    box = '<label class="only"><input type="checkbox" id="only"> Only what did not go well</label>' if is_mixed else ""
    return f'<div class="tools">{box}<ul class="phases" aria-label="Parts of the time">{legend}</ul></div>\n'


def _file_head(name: str, results: tuple[Result, ...], scale: Scale) -> str:
    spent = sum(result.seconds for result in results)
    told = f"{_count(len(results))}, {duration(spent)}" if spent else _count(len(results))
    return (
        f'<section class="file" style="--step:{grid_step(scale)}%">'
        f'<div class="row"><h2>{line(name)} <small>{told}</small></h2>'
        f"{axis(scale)}</div>\n"
    )


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}\u2026"


def _count(number: int) -> str:
    return f"{number} request" if number == 1 else f"{number} requests"
