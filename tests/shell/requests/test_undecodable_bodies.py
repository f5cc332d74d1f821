"""A body whose content-coding cannot be undone: one clear line, and its bytes can be had."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.server import Recorder

BODY = b'{"plain": "and not gzip at all"}'


@pytest.fixture
def liar() -> Iterator[str]:
    """A server that says gzip and sends plain text."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
    with Recorder(lambda _: head + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY) as server:
        yield server.url


def test_its_bytes_are_stored_and_the_hint_says_how_to_get_them(shell, liar: str) -> None:
    failure = shell.failure(f"get {liar}/x")

    assert failure.error.message == "The body is not valid gzip"
    assert failure.error.hint == "32 B were kept as received; to write them to a file: show last body > FILE"
    shell.say("show last body > raw.bin")
    assert Path("raw.bin").read_bytes() == BODY
    shell.context.session.close()


def test_response_bodies_are_stored_though_the_file_is_not_written(shell, liar: str) -> None:
    failure = shell.failure(f"get {liar}/x > out.json")

    assert (
        failure.error.hint
        == "32 B were kept as received; to write them to a file: show last body > FILE; out.json not written"
    )
    assert not Path("out.json").exists()
    assert shell.context.last.body == BODY
    shell.context.session.close()
