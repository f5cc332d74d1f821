"""Answers that were cut off: what had come is kept, and said to be a part."""

from __future__ import annotations

import tracemalloc

from callbox.exchange.exchange_record_and_events import Chunk
from callbox.render.ansi_and_sanitiser import plain
from callbox.shell.interpreter import run
from callbox.shell.outputs import BodyOutput, ExchangeEvent, Status


def test_content_before_a_fault_is_the_last_response(shell) -> None:
    failure = shell.failure("get /truncated")

    record = shell.context.last
    assert failure.exit_code == 3
    assert record.outgoing.url.path == "/truncated"
    assert record.body
    assert not record.is_complete


def test_show_last_says_that_it_was_cut_off(shell) -> None:
    shell.run("get /truncated")

    outputs = shell.run("show last body")

    assert isinstance(outputs[0], BodyOutput)
    assert not outputs[0].is_complete
    assert isinstance(outputs[1], Status)
    assert plain(outputs[1].fragments).startswith("cut off after ")


def test_a_body_is_stopped_at_the_limit_and_kept_so_far(shell) -> None:
    shell.say("set option max-body 100k")

    failure = shell.failure("get '/big?mb=1'")

    assert failure.error.message == "stopped at 100 kB: > FILE or set option max-body"
    assert len(shell.context.last.body) == 100_000
    assert shell.record("get /ping").response.status == 200


def test_content_before_an_interruption_is_stored(shell) -> None:
    outputs = run("get '/lines?n=0&s=0.01'", shell.context)
    for output in outputs:
        if isinstance(output, ExchangeEvent) and isinstance(output.event, Chunk):
            shell.context.interrupt()

    assert not shell.context.last.is_complete
    assert shell.context.last.body.startswith(b'{"number": 1') or shell.context.last.body.startswith(b'{"number":1')


def test_a_body_is_held_once(shell) -> None:
    shell.run("get /ping")
    tracemalloc.start()

    for _ in run("get '/big?mb=8&type=bin'", shell.context):
        pass

    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 14_000_000
