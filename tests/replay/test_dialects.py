"""The same requests as users of three tools write them, replayed through the practice API."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from callbox.engine import LiveSession
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.practice import Practice
from callbox.replay.run_options import Plan
from callbox.replay.runner import replay
from callbox.report.result import Result

FILES = Path(__file__).parent.parent / "httpfile" / "files"
DIALECTS = ("jetbrains", "rest-client", "visual-studio")
PLACES = re.compile(rb"127\.0\.0\.1:\d+")


def _replay(name: str, api: Practice, ports) -> list[Result]:
    path = FILES / f"{name}.http"
    script = parse(path.read_bytes(), str(path))
    with LiveSession() as session:
        return list(replay(script, session, ports, Plan(variables={"host": api.url})))


@pytest.mark.parametrize("name", DIALECTS)
def test_every_request_of_the_dialect_goes_well(name: str, api: Practice, ports) -> None:
    results = _replay(name, api, ports)

    assert [result.outcome for result in results] == ["ok"] * 8, [r.error for r in results]


def told(result: Result) -> tuple[object, ...]:
    """What was sent and what came back, without what differs from one server and run to the next."""
    record = result.record
    assert record is not None
    body = PLACES.sub(b"HOST", record.body)
    answer = {} if b"token" in body else json.loads(body) if body else None
    if isinstance(answer, dict) and "headers" in answer:
        answer = {key: value for key, value in answer.items() if key in ("method", "path", "query", "form", "body")}
    sent = record.outgoing.content.data if record.outgoing.content is not None else None
    is_json = any(f.value == "application/json" for f in record.outgoing.headers if f.name == "Content-Type")
    target = PLACES.sub(b"HOST", record.outgoing.url.text.encode())
    return (
        record.outgoing.method,
        target,
        json.loads(sent) if sent and is_json else sent,
        record.response.status,
        answer,
    )


@pytest.mark.parametrize("name", DIALECTS[1:])
def test_dialects_send_the_same(name: str, ports) -> None:
    with Practice() as one, Practice() as other:
        first = [told(result) for result in _replay(DIALECTS[0], one, ports)]
        second = [told(result) for result in _replay(name, other, ports)]

    assert first == second


@pytest.mark.parametrize("name", DIALECTS)
def test_headers_of_the_dialect_arrive(name: str, api: Practice, ports) -> None:
    echo = _replay(name, api, ports)[4].record
    assert echo is not None
    text = echo.body.decode()

    assert "7f3a" in text
    assert "ann of the library" in text


@pytest.mark.parametrize("typed", ["Digest ann secret", "Digest ann:secret"])
def test_digest_answers_its_challenge(typed: str, api: Practice, ports) -> None:
    script = parse(f"GET {api.url}/digest-auth\nAuthorization: {typed}", "a.http")
    with LiveSession() as session:
        (result,) = replay(script, session, ports, Plan())

    assert (result.outcome, result.record and result.record.response.status) == ("ok", 200)
