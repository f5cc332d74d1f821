"""One exchange as a value."""

from __future__ import annotations

from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.response import ResponseHead, Timings
from callbox.exchange.url import parse
from callbox.render.http_messages import summary

OUTGOING = Outgoing("GET", parse("http://a/x"))


def record_of(seconds: float, *hops: Record) -> Record:
    head = ResponseHead(200, "OK", Headers(), timings=Timings(total=seconds))
    return Record(Draft("GET", "http://a/x"), OUTGOING, head, history=hops)


def test_time_of_an_exchange_has_that_of_its_redirects() -> None:
    assert record_of(0.25, record_of(1.0), record_of(0.5)).seconds == 1.75


def test_summary_tells_the_time_of_the_whole_exchange() -> None:
    assert summary(record_of(0.25, record_of(1.0))) == "0 B in 1.2 s"
