"""The waterfall of the HTML report: each phase of each exchange on one time scale, positions in percent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from callbox.exchange.response import PHASES, Timings
from callbox.render.units import duration
from callbox.report.collector import RunReport
from callbox.report.html.markup import line
from callbox.report.result import Result

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
    record = result.record or result.partial
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
    response_line = ", ".join(f"{span.phase} {duration(span.ended - span.begun)}" for span in spans)
    marks = "".join(_mark(span, scale) for span in spans)
    return (
        f'<span class="fall" role="img" aria-label="{line(response_line)}" title="{line(response_line)}">{marks}</span>'
        if spans
        else '<span class="fall"></span>'
    )


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
