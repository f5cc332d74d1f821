"""Numbers of any size in a file or a response: each is a value, a check that fails, or an error in words."""

from __future__ import annotations

import pytest
from tests.support.rows import check_rows

from callbox.errors import UsageError
from callbox.httpfile.requests.options_conditions_and_loops import parse_duration
from callbox.replay.run_options import Plan

SIZES = [pytest.param("9" * 30, id="30 digits"), pytest.param("9" * 5_000, id="5,000 digits")]
NUMBERS = b'{"n": 1e400, "big": ' + b"9" * 400 + b"}"


def answered(server, body: bytes, head: str = "") -> None:
    server.answers["/"] = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n%b\r\nContent-Length: %d\r\n\r\n"
        % (head.encode() or b"X-A: b", len(body))
        + body
    )


@pytest.mark.parametrize("number", SIZES)
@pytest.mark.parametrize(
    "line",
    [
        "# @sleep {}", "# @timeout {}", "# @connection-timeout {}", "# @retry {}", "# @retry 3 {}s", "# @loop for {}",
    ],
)  # fmt: skip
def test_number_above_a_request_is_refused_beyond_its_range(line: str, number: str, server, run) -> None:
    results = run(f"{line.format(number)}\nGET {server.url}/\n")

    assert results
    assert all(isinstance(result.error, UsageError) for result in results)
    assert server.requests == []


@pytest.mark.parametrize("number", SIZES)
@pytest.mark.parametrize(
    "hole",
    [
        "$randomInt 0 {}", "$random.float(0, {})", "$timestamp {} y", "$timestamp -{} ms", "$datetime iso8601 {} M",
        "$random.alphabetic({})", "$localDatetime rfc1123 {} Q",
    ],
)  # fmt: skip
def test_number_in_braces_is_refused_beyond_its_range(hole: str, number: str, server, run) -> None:
    (result,) = run(f"GET {server.url}/?a={{{{{hole.format(number)}}}}}\n")

    assert isinstance(result.error, UsageError)


@pytest.mark.parametrize(
    "check",
    [
        "body $.big > 5",
        "body $.n > 5",
        "body $.big == 5",
        f"body $.n < {'9' * 5_000}",
        "header X-A > 5",
        "time < 1e400",
    ],
)
def test_number_of_a_response_is_compared_whatever_its_size(check: str, server, run) -> None:
    answered(server, NUMBERS, f"X-A: {'9' * 400}")

    results = run(f"GET {server.url}/\n?? {check}\n")

    assert all(result.error is None or isinstance(result.error, UsageError) for result in results)


@pytest.mark.parametrize(
    "head",
    [
        f"Set-Cookie: a=b; Max-Age={'9' * 5_000}",
        f"Set-Cookie: a=b; Max-Age=-{'9' * 5_000}",
        "Set-Cookie: a=b; Expires=Wed, 01 Jan 99999 00:00:00 GMT",
        f"Age: {'9' * 5_000}",
        f"Retry-After: {'9' * 5_000}",
    ],
)
def test_number_in_a_head_of_a_response_is_taken_whatever_its_size(head: str, server, run) -> None:
    answered(server, b"{}", head)

    (result,) = run(f"GET {server.url}/\n")

    assert result.outcome == "ok"


@pytest.mark.parametrize("pause", ["1e308", "Infinity", "9e99"])
def test_script_that_would_sleep_for_ever_fails(pause: str, server, run) -> None:
    pytest.importorskip("quickjs")

    (result,) = run(f"GET {server.url}/\n\n> {{%\nsleep({pause})\n%}}\n", Plan(deadline_s=20))

    assert "sleep of more than 30 days" in repr(result)


@check_rows("text", ["9" * 400, f"{'9' * 5_000} s", f"0.{'9' * 5_000}m", "2592001"])
def test_duration_of_any_length_is_a_time_or_an_error(text: str) -> None:
    try:
        assert 0 <= parse_duration(text) <= 30 * 86_400
    except UsageError as error:
        assert "not a timeout" in error.message
