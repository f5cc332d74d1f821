from __future__ import annotations

import pytest
from tests.support.rows import check_rows

from callbox.errors import Fault, Place, ScriptError, UsageError
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.request import Draft, Field, Outgoing
from callbox.exchange.request_content import Content
from callbox.exchange.response import ResponseHead, Timings
from callbox.exchange.secret import Secret
from callbox.exchange.url import parse as parse_url
from callbox.httpfile.assertion_evaluator import CheckResult
from callbox.httpfile.model import Script
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.render.ansi_and_sanitiser import plain
from callbox.report import result_console_text
from callbox.report.result import Result, Tally, tally_of

SCRIPT: Script = parse("### in\n# @name login\nPOST {{base}}/login\n\n###\nGET {{base}}/x", "a.http")
OUTGOING = Outgoing(
    "POST",
    parse_url("http://h/login?q=1"),
    (Field("Host", "h", "default"), Field("Authorization", Secret("tok-en-secret", "Bearer "), "script")),
    Content(b'{"pin": "hunter22"}', "application/json", "json"),
)
INCOMING = ResponseHead(
    200, "OK", Headers([("Content-Type", "application/json"), ("X-Esc", "a\x1b[31mb")]), timings=Timings()
)
RECORD = Record(Draft("POST", "http://h/"), OUTGOING, INCOMING, b'{"pin":"hunter22"}', 18)
OK = Result("a.http", "ok", SCRIPT.steps[0], RECORD, seconds=0.031)
GOOD = CheckResult("status == 200", True, "200", "200", 5, 1)
BAD = CheckResult("body $.x == 1", False, "1", "2\x07", 6, 1)


def text(result: Result, **options: object) -> str:
    return plain(result_console_text.result(result, **options))  # type: ignore[arg-type]


@check_rows(
    ("result", "line"),
    [
        pytest.param(OK, "ok      POST /login?q=1  200  31 ms  # login\n", id="ok"),
        pytest.param(
            OK._replace(checks=(GOOD, GOOD)),
            "ok      POST /login?q=1  200  31 ms  2 checks  # login\n",
            id="ok-with-checks",
        ),
        pytest.param(
            OK._replace(captures=(("t", "secret"),)),
            "ok      POST /login?q=1  200  31 ms  captured t  # login\n",
            id="captured",
        ),
        pytest.param(
            OK._replace(is_dependency=True),
            "ok      POST /login?q=1  200  31 ms  (needed by another request)  # login\n",
            id="dependency",
        ),
        pytest.param(
            Result("a.http", "skipped", SCRIPT.steps[1], reason="needs 'login', which failed"),
            "skipped GET {{base}}/x  needs 'login', which failed\n",
            id="skipped",
        ),
    ],
)
def test_line_of_a_request(result: Result, line: str) -> None:
    assert text(result) == line


def test_failure_is_told_at_length() -> None:
    shown = text(OK._replace(outcome="failed", checks=(GOOD, BAD), notes=("cookie 'a' not stored",)))

    assert shown.startswith(
        "failed  POST /login?q=1  200  31 ms  1 of 2 checks failed  # login\n"
        "    cookie 'a' not stored\n"
        "    a.http:6:1: body $.x == 1\n        expected 1\n        actual   2\\x07\n"
        "    POST /login?q=1 HTTP/1.1\n"
    )
    assert "    HTTP/1.1 200 OK\n" in shown
    assert "\x1b" not in shown
    assert "tok-en-secret" not in shown


def test_secrets_are_masked_wherever_they_stand() -> None:
    shown = text(OK._replace(outcome="failed", checks=(BAD,), secrets=(Secret("hunter22"),)))

    assert "hunter22" not in shown
    assert '"pin": "..."' in shown


def test_secret_is_masked_in_its_encoded_form_too() -> None:
    out = OUTGOING._replace(url=parse_url("http://h/a%20b%2Fc1"))
    shown = text(OK._replace(record=RECORD._replace(outgoing=out), secrets=(Secret("a b/c1"),)))

    assert shown == "ok      POST /...  200  31 ms  # login\n"


def test_every_hop_has_a_line() -> None:
    past = RECORD._replace(response=INCOMING._replace(status=302, reason="Found"))
    landed = RECORD._replace(outgoing=OUTGOING._replace(method="GET", url=parse_url("http://h/b")), history=(past,))

    assert text(OK._replace(record=landed)) == (
        "ok      POST /login?q=1  200  31 ms  # login\n    HTTP/1.1 302 Found  -> GET /b\n"
    )


def test_notes_are_told_of_what_went_well_too() -> None:
    assert text(OK._replace(notes=("Authorization was not sent to b",))).endswith(
        "\n    Authorization was not sent to b\n"
    )


def test_verbose_shows_the_exchange_of_what_went_well() -> None:
    assert "HTTP/1.1 200 OK" in text(OK, is_verbose=True)


def test_no_log_keeps_the_exchange_away() -> None:
    step = parse("# @no-log\nGET http://h/", "a.http").steps[0]

    assert "HTTP/1.1" not in text(OK._replace(step=step, outcome="failed", checks=(BAD,)))


def test_error_of_a_script_shows_the_line_and_the_hint() -> None:
    place = Place("a.http", 3, 6, 8, "POST {{base}}/login")
    error = ScriptError("No variable 'base'", hint="define it", place=place)
    shown = text(Result("a.http", "error", SCRIPT.steps[0], error=error))

    assert "a.http:3:6: No variable 'base'" in shown
    assert "POST {{base}}/login\n" in shown
    assert "^^^^^^^^" in shown
    assert "define it" in shown


def test_error_of_a_file_stands_alone() -> None:
    shown = text(Result("", "error", error=ScriptError("No such file: b.http")))

    assert shown.strip().endswith("No such file: b.http")


def test_fault_shows_the_request_that_met_it() -> None:
    shown = text(Result("a.http", "error", SCRIPT.steps[0], error=Fault("Connection refused: h"), outgoing=OUTGOING))

    assert "Connection refused: h" in shown
    assert "POST /login?q=1 HTTP/1.1" in shown


def test_dry_run_shows_the_request_with_its_body() -> None:
    shown = text(Result("a.http", "planned", SCRIPT.steps[0], outgoing=OUTGOING))

    assert shown.startswith("### login  a.http:3\nPOST /login?q=1 HTTP/1.1\nHost: h\n")
    assert '"pin"' in shown


def test_a_request_of_a_dry_run_has_its_warnings_below_it() -> None:
    result = Result("a.http", "planned", SCRIPT.steps[0], outgoing=OUTGOING, notes=("the body is not JSON",))

    assert text(result).endswith("\n(the body is not JSON)\n\n")


def test_dry_run_shows_what_waits_for_an_answer_as_it_is_written() -> None:
    draft = Draft("GET", "http://h/{{login.id}}", (("Authorization", "Bearer {{login.token}}"),), content=Content(b"x"))
    shown = text(Result("a.http", "planned", SCRIPT.steps[1], draft=draft))

    assert (
        "GET http://h/{{login.id}}\nAuthorization: Bearer {{login.token}}\n\nx\n(needs the response of another" in shown
    )


@check_rows(
    ("tally", "line"),
    [
        (Tally(ok=3, failed=1), "4 requests: 3 ok, 1 failed in 120 ms\n"),
        (Tally(ok=1), "1 request: 1 ok in 120 ms\n"),
        (Tally(errors=1, skipped=2), "3 requests: 1 in error, 2 skipped in 120 ms\n"),
        (Tally(), "0 requests in 120 ms\n"),
        (Tally(errors=1, loose=1), "0 requests and 1 error in 120 ms\n"),
        (Tally(ok=1, errors=3, loose=2), "2 requests: 1 ok, 1 in error, and 2 errors in 120 ms\n"),
    ],
)
def test_summary(tally: Tally, line: str) -> None:
    assert plain(result_console_text.summary(tally, 0.12)) == line


def test_what_is_no_request_is_not_counted_as_one() -> None:
    wrong = Result("a.http", "error", SCRIPT.steps[0], error=UsageError("no"))
    tally = tally_of([Result("b.http", "error", error=UsageError("No such file")), wrong, wrong])

    assert (
        plain(result_console_text.summary(tally, 0.12))
        == "1 request: 1 in error, and 1 error in 120 ms; nothing was sent\n"
    )


def test_run_that_sent_a_request_does_not_say_that_nothing_was_sent() -> None:
    wrong = Result("a.http", "error", SCRIPT.steps[0], error=UsageError("no"))
    refused = Result("b.http", "error", SCRIPT.steps[0], error=UsageError("no"), time=1.0)

    for other in (Result("b.http", "ok"), Result("b.http", "skipped"), refused):
        assert "nothing" not in plain(result_console_text.summary(tally_of([wrong, other]), 0.12))


def test_a_request_that_was_not_answered_is_told_with_its_place() -> None:
    shown = text(
        Result("a.http", "error", SCRIPT.steps[0], error=Fault("Connection refused", kind="connect"), time=1.0)
    )

    assert "    a.http:3: Connection refused\n" in shown


@check_rows(
    ("results", "code"),
    [
        ([], 0),
        ([OK], 0),
        ([OK._replace(outcome="failed")], 1),
        ([OK._replace(outcome="error", error=Fault("x")), OK._replace(outcome="failed")], 3),
        ([OK._replace(outcome="error", error=Fault("x")), OK._replace(outcome="error", error=ScriptError("y"))], 2),
    ],
)
def test_exit_code_of_results(results: list[Result], code: int) -> None:
    assert tally_of(results).exit_code == code


def test_error_is_wrapped_between_words_on_a_terminal() -> None:
    wrong = UsageError(
        "No variable 'nope'", hint="define it: @nope = ..., or give it on the command line: --var nope=..."
    )
    shown = Result("a.http", "error", SCRIPT.steps[0], error=wrong)

    rows = plain(result_console_text.result(shown, width=40, is_for_terminal=True)).splitlines()
    assert rows[-1].split()[-2:] == ["--var", "nope=..."]
    assert all(len(row) <= 40 for row in rows)
    assert f"  {wrong.hint}\n" in plain(result_console_text.result(shown, width=40))
