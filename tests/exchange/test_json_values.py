"""A large JSON text is read until a signal comes, and not at all if it has too many values."""

from __future__ import annotations

import json
import signal

import pytest

from callbox.errors import UsageError
from callbox.exchange import json_values
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.json_values import MAX_CONTAINERS, MAX_MEMBERS, TooManyValuesError, load_json
from callbox.exchange.jsonpath_xpath_and_header_selection import select
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.response import ResponseHead
from callbox.exchange.url import parse

RECORDS = "[" + ",".join(['{"id": 1, "at": "12:00:00"}'] * 40_000) + "]"
LONG_ENOUGH_FOR_A_TIMER = "[" + ",".join([RECORDS] * 20) + "]"
"""The reading of this text takes at least 50 times as long as the timer, on a fast machine too."""


class _StoppedError(Exception):
    pass


def _stop(*_: object) -> None:
    raise _StoppedError


def test_value_of_a_large_text_is_that_of_json() -> None:
    assert load_json(RECORDS) == json.loads(RECORDS)


def test_signal_ends_the_reading_after_an_object(monkeypatch: pytest.MonkeyPatch) -> None:
    def start_timer(_: str) -> None:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.005)

    monkeypatch.setattr(json_values, "_refuse_too_many", start_timer)
    before = signal.signal(signal.SIGVTALRM, _stop)
    try:
        with pytest.raises(_StoppedError) as stopped:
            load_json(LONG_ENOUGH_FOR_A_TIMER)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)

    assert stopped.traceback[-2].name == "_check_signals"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" + "[]," * MAX_CONTAINERS, id="lists"),
        pytest.param("[" + "{}," * MAX_CONTAINERS, id="objects"),
        pytest.param("{" + '"":0,' * (MAX_MEMBERS + 1), id="members of one object"),
    ],
)
def test_text_with_too_many_values_is_not_read(text: str) -> None:
    with pytest.raises(TooManyValuesError, match="the limit is"):
        load_json(text)


def test_colons_in_texts_are_no_members() -> None:
    assert load_json(json.dumps([":" * (MAX_MEMBERS + 1)]))[0][0] == ":"


def test_error_of_a_path_says_why_the_body_is_not_read() -> None:
    body = b"[" + b"{}," * MAX_CONTAINERS + b"{}]"
    response = ResponseHead(200, "OK", Headers([("Content-Type", "application/json")]))
    record = Record(Draft("GET", ""), Outgoing("GET", parse("http://a/")), response, body, len(body))

    with pytest.raises(UsageError, match=r"the response's body has about 5,000,002 lists and objects"):
        select(record, "$.x")
