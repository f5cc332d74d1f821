"""`show history` and `unset history`: the requests of this shell and of earlier ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from callbox.errors import UsageError
from callbox.exchange.url import origin_of
from callbox.render.ansi_and_sanitiser import visible_line
from callbox.render.http_messages import redacted_url
from callbox.render.sizes_and_durations import duration, size
from callbox.render.style import Fragments, status_style
from callbox.render.tables_and_text_width import fit, fit_fragments, fragments_width, pad, width_of
from callbox.shell.command_context import Context
from callbox.shell.confirmation import confirm_removal
from callbox.shell.line.grammar import Call
from callbox.shell.outputs import Output, say
from callbox.shell.request_history import EarlierId
from callbox.shell.text_and_json_listings import Listing, show

MOST_LISTED = 100
"""The most earlier requests that `show history --earlier` lists, if no number is typed."""


def show_history(call: Call, context: Context) -> Iterator[Output]:
    """`show history [--earlier[=N]]`: list each request with its number, status, size and time."""
    if call.has("earlier"):
        most = call.number("earlier") or MOST_LISTED
        return show(
            Listing(lambda _: _earlier_rows(context, most), _earlier_lines, "no earlier request is saved"),
            call,
            context,
        )
    return show(Listing(_history_rows, _history_lines, "no request was sent yet"), call, context)


class HistoryRow(NamedTuple):
    """A request of the history as it was first sent, and the final response or failure."""

    number: int | str
    """The number of the request; text such as `h7` for a request of an earlier shell."""
    method: str
    url: str
    status: int | None
    """The status of the response; None if no response arrived."""
    size: int
    """The size of the body in bytes."""
    seconds: float
    complete: bool
    fault: str | None
    time: float
    """When the request was sent, in seconds of the epoch."""


def _history_rows(context: Context) -> Iterator[HistoryRow]:
    for number, record in context.history.items():
        sent = record.first_outgoing
        yield HistoryRow(
            number=number,
            method=sent.method,
            url=redacted_url(sent),
            status=record.response.status or None,
            size=record.size,
            seconds=record.seconds,
            complete=record.is_complete,
            fault=record.fault or None,
            time=record.time,
        )


def _earlier_rows(context: Context, most: int) -> Iterator[HistoryRow]:
    for one in context.remember().earlier(most):
        yield HistoryRow(
            number=str(EarlierId(one.id)),
            method=one.method,
            url=one.url,
            status=one.status or None,
            size=one.size,
            seconds=one.seconds,
            complete=bool(one.is_complete),
            fault=one.fault or None,
            time=one.time,
        )


def _earlier_lines(rows: Sequence[HistoryRow], context: Context) -> Fragments:
    """The lines of `show history`. A line with the date is above the requests of each day."""
    fragments: Fragments = []
    day = ""
    for row, line in zip(rows, _row_lines(rows, context), strict=True):
        if (begun := f"{datetime.fromtimestamp(row.time):%A %Y-%m-%d}") != day:
            day = begun
            fragments.append(("title", f"{day}\n"))
        fragments += line
    return fragments


def _history_lines(rows: Sequence[HistoryRow], context: Context) -> Fragments:
    return [fragment for line in _row_lines(rows, context) for fragment in line]


def _row_lines(rows: Sequence[HistoryRow], context: Context) -> list[Fragments]:
    """A line for each row, cut to the width of the screen.

    To shorten a URL, first the origin of the base is left out, and then the end is cut off.
    """
    columns, origin = context.columns(), origin_of(context.session.base_url)
    ends = [_history_end(row) for row in rows]
    number_width = max(len(str(row.number)) for row in rows)
    method_width = max(width_of(visible_line(row.method)) for row in rows)
    room = columns - number_width - method_width - 3
    urls = [visible_line(row.url) for row in rows]
    if any(width_of(url) + fragments_width(end) > room for url, end in zip(urls, ends, strict=True)):
        urls = [url.removeprefix(origin) or url for url in urls]
    outcome_width = max(min(fragments_width(end), _OUTCOME_COLUMNS) for end in ends)
    url_width = min(max(map(width_of, urls)), max(room - outcome_width, _MIN_URL_COLUMNS))
    out: list[Fragments] = []
    for row, url, end in zip(rows, urls, ends, strict=True):
        begin: Fragments = [("dim", f"{row.number:>{number_width}} ")]
        begin.append(("method", pad(visible_line(row.method), method_width)))
        begin.append(("", f" {pad(fit(url, url_width), url_width)} "))
        out.append([*begin, *fit_fragments(end, room - url_width), ("", "\n")])
    return out


_OUTCOME_COLUMNS = 24
"""The columns reserved for status, size and time; the reason of a failure gets all columns that are left."""


_MIN_URL_COLUMNS = 12


def _history_end(row: HistoryRow) -> Fragments:
    spent, fault = duration(row.seconds), visible_line(row.fault or "")
    if row.status is None:
        return [("status.error", "no response"), ("dim", f" in {spent}: {fault}")]
    cut = f", cut off: {fault}" if fault else ""
    return [(status_style(row.status), str(row.status)), ("dim", f" {size(row.size)} in {spent}{cut}")]


def unset_history(call: Call, context: Context) -> Iterator[Output]:
    """`unset history [RANGE]`: forget requests of earlier shells; without a range, forget all requests and lines."""
    ranges = call.values.get("range")
    memory = context.remember()
    if isinstance(ranges, tuple):
        with call.at("range"):
            if not all(isinstance(first, EarlierId) for first, _ in ranges):
                raise UsageError(
                    "callbox can only forget all requests of this shell at once",
                    hint="all requests: unset history; some of an earlier shell: unset history h2..h5",
                )
            count = memory.forget_requests(ranges)
            if not count:
                raise UsageError("No such earlier request", hint="to list earlier requests: show history --earlier")
        rest = "; the typed lines are still in the history (all: unset history)"
        yield say(f"forgot {count} earlier request{'s' * (count != 1)}{rest}")
        return
    confirm_removal("all requests of this shell and of earlier ones, and the typed lines", context)
    here = len(context.history.items())
    context.history.clear()
    context.ports.forget_lines()
    kept = memory.forget_requests(())
    yield say(f"forgot {here} request{'s' * (here != 1)} of this shell, {kept} in the file, and the typed lines")
