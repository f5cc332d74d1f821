"""A run with one result of every kind, and one whose every text is hostile."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from callbox.errors import Fault, Place, ScriptError
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.request import Draft, Field, Outgoing
from callbox.exchange.request_content import Content, Part
from callbox.exchange.response import Connection, ResponseHead, Timings
from callbox.exchange.secret import Secret
from callbox.exchange.url import parse as parse_url
from callbox.httpfile.assertion_evaluator import CheckResult
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.report.result import Result
from callbox.report.run_report_and_collector import RunCollector, RunReport

STARTED = 1_000.0
SCRIPT = parse(
    "### in\n# @name login\nPOST http://h/login\n\n###\nGET http://h/x\n\n###\n# @no-log\nGET http://h/quiet", "a.http"
)
ATTACK = "</script><img src=x onerror=alert(1)>\"' onload='x' ]]> & \x1b]0;owned\x07 \x00 \u202e \ufffe \r\n::error::x\n# SKIP"


def exchange(at: float = STARTED, status: int = 200, body: bytes = b'{"a": [1, "x"]}') -> Record:
    outgoing = Outgoing(
        "POST",
        parse_url("http://h/login?q=1&q=2"),
        (Field("Host", "h", "default"), Field("Content-Type", "application/json", "body")),
        Content(b'{"user": "ann"}', "application/json", "json"),
    )
    response = ResponseHead(
        status,
        "OK",
        Headers([("Content-Type", "application/json"), ("Set-Cookie", "sid=1; Path=/; HttpOnly")]),
        "HTTP/1.1",
        Connection(1, False, "127.0.0.1:8000", 5000, "TLSv1.3 X", True),
        Timings(dns=0.001, connect=0.002, tls=0.003, send=0.004, wait=0.005, transfer=0.006, total=0.021),
    )
    return Record(Draft("POST", "http://h/login"), outgoing, response, body, len(body), time=at)


def hostile(text: str) -> Result:
    """Whatever can be set by a server, a script or a file name, is an attack."""
    headers = Headers([("Content-Type", "text/html"), (text, text), ("Set-Cookie", f"a={text}; Path={text}")])
    outgoing = Outgoing(
        text,
        parse_url("http://h/").__class__("http", "h", 80, text, text),
        (Field(text, text, text), Field("Cookie", f"{text}={text}", "jar")),
        Content(
            text.encode("utf-8", "surrogatepass"),
            text,
            "raw",
            parts=(Part(text, text.encode("utf-8", "surrogatepass"), text, text, text),),
        ),
        query=(Field(text, text, text),),
        cookies=(Field(text, text, text),),
    )
    response = ResponseHead(500, text, headers, text, Connection(1, False, text, 1, text, False))
    record = Record(Draft(text, text), outgoing, response, text.encode("utf-8", "surrogatepass"), 9, time=STARTED)
    step = SCRIPT.steps[0]._replace(name=text, title=text, method=text)
    return Result(
        text,
        "error",
        step,
        record._replace(history=(record,)),
        ScriptError(text, hint=text, place=Place(text, 1, 1, 4, text)),
        (CheckResult(text, False, text, text, 3, 1), CheckResult(text, True, text, text, 3, 1)),
        ((text, text),),
        reason=text,
        notes=(text,),
        time=STARTED,
    )


def gather(*results: Result, seconds: float = 2.5) -> RunReport:
    gathering = RunCollector(STARTED, "1.2.3")
    for result in results:
        gathering.add(result)
    return gathering.run(seconds)


@pytest.fixture
def every_kind() -> tuple[Result, ...]:
    """ok with a redirect, failed, error without an answer, error of a file, cut off, skipped, planned, not logged."""
    good, other, quiet = SCRIPT.steps
    past = exchange(status=302)._replace(time=STARTED)
    landed = exchange(STARTED + 0.5)._replace(history=(past,))
    bad = CheckResult("body $.a == 1", False, "1", "2", 4, 3)
    failed = exchange(STARTED + 1)
    lost = Fault("Connection refused: h", kind="refused", hint="is it running?")
    return (
        Result("a.http", "ok", good, landed, seconds=0.042, checks=(bad._replace(is_ok=True),), time=STARTED),
        Result("a.http", "failed", other, failed, checks=(bad, bad), seconds=0.021, time=STARTED + 1),
        Result("a.http", "error", other, error=lost, outgoing=failed.outgoing, seconds=0.1, time=STARTED + 2),
        Result("a.http", "error", other, error=Fault("Body ended early"), partial=failed._replace(is_complete=False)),
        Result("a.http", "skipped", other, reason="needs 'login', which failed"),
        Result("a.http", "planned", other, outgoing=failed.outgoing),
        Result("a.http", "failed", quiet, failed, checks=(bad,), time=STARTED + 2, secrets=(Secret("hunter22"),)),
        Result("", "error", error=ScriptError("No such file: b.http")),
    )


@pytest.fixture
def run(every_kind: tuple[Result, ...]) -> RunReport:
    return gather(*every_kind)


@pytest.fixture
def attack() -> RunReport:
    return gather(hostile(ATTACK))


@pytest.fixture
def calm(every_kind: tuple[Result, ...]) -> RunReport:
    """Only what went well."""
    return gather(every_kind[0])


@pytest.fixture
def empty() -> RunReport:
    return gather()


@pytest.fixture(scope="session")
def attack_with() -> Callable[[str], RunReport]:
    """A run whose every text is this one."""
    return lambda text: gather(hostile(text))
