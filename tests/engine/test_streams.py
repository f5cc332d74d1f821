"""Streams of events may be silent for as long as they like, unless the request says otherwise."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from callbox.engine import LiveSession, collect
from callbox.errors import Fault
from callbox.exchange.request import Draft
from callbox.practice import Practice


@pytest.fixture
def session() -> Iterator[LiveSession]:
    with Practice() as api, LiveSession() as made:
        made.base_url = api.url
        made.set_option("timeout", 0.3)
        yield made


def test_a_stream_of_events_has_no_longest_silence(session: LiveSession) -> None:
    record = collect(session.stream(Draft("GET", "/events?n=2&s=0.6")))

    assert record.body.count(b"id: ") == 2


def test_a_request_may_say_how_long_it_waits_for_the_next_event(session: LiveSession) -> None:
    with pytest.raises(Fault, match="no response for"):
        collect(session.stream(Draft("GET", "/events?n=2&s=0.9", options={"timeout": 0.3})))


def test_other_answers_do(session: LiveSession) -> None:
    with pytest.raises(Fault, match="no response for"):
        collect(session.stream(Draft("GET", "/lines?n=2&s=0.9")))
