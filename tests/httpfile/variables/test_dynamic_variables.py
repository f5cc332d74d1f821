from __future__ import annotations

import random
import re

import pytest
from tests.support.rows import check_rows

from callbox.errors import UsageError
from callbox.httpfile.variables.dynamic_variables import DynamicSources, Question, expand_dynamic, is_constant

MOMENT = 1_709_210_096.789  # 2024-02-29T12:34:56.789Z


def source(**changes: object) -> DynamicSources:
    return DynamicSources(lambda: MOMENT, random.Random(7))._replace(**changes)


@check_rows(
    ("expression", "pattern"),
    [
        pytest.param("$uuid", r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", id="uuid"),
        pytest.param("$guid", r"[0-9a-f-]{36}", id="guid"),
        pytest.param("$random.uuid", r"[0-9a-f-]{36}", id="random-uuid"),
        pytest.param("$timestamp", "1709210096", id="timestamp"),
        pytest.param("$timestamp -1 d", "1709123696", id="timestamp-offset"),
        pytest.param("$timestampMs", "1709210096789", id="milliseconds"),
        pytest.param("$isoTimestamp", r"2024-02-29T12:34:56\.789Z", id="iso-timestamp"),
        pytest.param("$datetime", r"2024-02-29T12:34:56\.789Z", id="datetime-bare"),
        pytest.param("$datetime iso8601 1 y", r"2025-02-28T12:34:56\.789Z", id="leap-day-plus-a-year"),
        pytest.param("$datetime iso8601 -1 Q", r"2023-11-29T12:34:56\.789Z", id="quarter"),
        pytest.param("$datetime 1 d", r"2024-03-01T12:34:56\.789Z", id="datetime-offset-alone"),
        pytest.param("$localDatetime -1 h", r"2024-02-29T13:34:56\.789\+02:00", id="local-offset-alone"),
        pytest.param("$dateTime rfc1123", "Thu, 29 Feb 2024 12:34:56 GMT", id="datetime-in-another-case"),
        pytest.param("$timeStamp -1 d", "1709123696", id="timestamp-in-another-case"),
        pytest.param("$GUID", r"[0-9a-f-]{36}", id="guid-in-another-case"),
        pytest.param("$dotEnv KEY", "from .env", id="dotenv-in-another-case"),
        pytest.param("$processenv HOME", "/home/ann", id="process-env-in-another-case"),
        pytest.param("$RandomInt 5 6", "5", id="int-in-another-case"),
        pytest.param("$datetime rfc1123", "Thu, 29 Feb 2024 12:34:56 GMT", id="rfc1123"),
        pytest.param("$datetime 'YYYY-MM-DD' 1 d", "2024-03-01", id="dayjs"),
        pytest.param('$datetime "DD/MM/YY [at] h:mm A"', "29/02/24 at 12:34 PM", id="dayjs-words"),
        pytest.param("$datetime 'yyyy-MM-dd'", "2024-02-29", id="dotnet"),
        pytest.param("$datetime 'dddd'", "Thursday", id="day-name-in-both"),
        pytest.param("$datetime YYYY-MM-DDTHH:mm", "2024-02-29T12:34", id="pattern-without-quotes"),
        pytest.param("$localDatetime iso8601", r"2024-02-29T14:34:56\.789\+02:00", id="local-iso"),
        pytest.param("$localDatetime rfc1123", r"Thu, 29 Feb 2024 14:34:56 \+0200", id="local-rfc1123"),
        pytest.param("$localDatetime 'HH:mm Z'", r"14:34 \+02:00", id="local-pattern"),
        pytest.param("$randomInt", r"\d{1,3}", id="int-bare"),
        pytest.param("$randomInt 5 6", "5", id="int-bounds"),
        pytest.param("$random.integer(-3, -2)", "-3", id="integer-negative"),
        pytest.param("$random.integer(1)", "0", id="integer-upper-alone"),
        pytest.param("$random.float(1, 2)", r"1\.\d+", id="float"),
        pytest.param("$random.float(1.5, 1.6)", r"1\.5\d+", id="float-bounds"),
        pytest.param("$uuid()", r"[0-9a-f-]{36}", id="no-arguments"),
        pytest.param("$random.alphabetic(5)", "[A-Za-z]{5}", id="alphabetic"),
        pytest.param("$random.alphanumeric(0)", "", id="alphanumeric-none"),
        pytest.param("$random.hexadecimal(8)", "[0-9a-f]{8}", id="hexadecimal"),
        pytest.param("$random.email", r"[a-z]{8}@example\.com", id="email"),
        pytest.param("$env.HOME", "/home/ann", id="env-dot"),
        pytest.param("$processEnv HOME", "/home/ann", id="process-env"),
        pytest.param("$processEnv %which", "/home/ann", id="process-env-indirect"),
        pytest.param("$dotenv KEY", "from .env", id="dotenv"),
        pytest.param("$projectRoot", "/project", id="project-root"),
    ],
)
def test_dynamic_variable_gives(expression: str, pattern: str) -> None:
    world = source(
        env={"HOME": "/home/ann"}.get,
        dotenv={"KEY": "from .env"}.get,
        offset_s=lambda _: 7200,
        folder="/project",
    )

    assert re.fullmatch(pattern, expand_dynamic(expression, world, {"which": "HOME"}.__getitem__))


@check_rows(
    ("expression", "message", "hint"),
    [
        pytest.param("$uid", "No dynamic variable '$uid'", "Did you mean '$uuid'?", id="near"),
        pytest.param("$nothing_like_it", "No dynamic variable '$nothing_like_it'", "$uuid", id="far"),
        pytest.param('$auth.token("x")', "'$auth.token' is not supported here", "get the token", id="oauth"),
        pytest.param("$aadToken", "'$aadToken' is not supported here", "get the token", id="aad"),
        pytest.param("$historyFolder", "'$historyFolder' is not supported here", "write the path", id="folder"),
        pytest.param("$timestamp 1", "'1' is not an offset of time", "-1 d", id="offset-without-unit"),
        pytest.param("$timestamp 1 x", "No unit of time 'x'", "units: y", id="unit"),
        pytest.param("$timestamp 999999 y", "outside the calendar", "", id="beyond-the-calendar"),
        pytest.param("$randomInt 5 5", "There is no whole number n with 5 <= n < 5", "", id="empty-bounds"),
        pytest.param("$randomInt a b", "'a b' are not two bounds", "two whole numbers", id="no-bounds"),
        pytest.param("$random.alphabetic(99999999)", "is not a length", "1000000", id="length"),
        pytest.param("$env.NOPE", "No environment variable 'NOPE'", "export NOPE", id="env"),
        pytest.param("$dotenv NOPE", "No 'NOPE' in a .env file", "in the folders above", id="dotenv"),
        pytest.param("$uuid 3", "'$uuid' does not take '3'", "{{$uuid}}", id="uuid-with-words"),
        pytest.param("$uuid|upper", "'$uuid' does not take '|upper'", "{{$uuid}}", id="filter"),
        pytest.param("$projectRoot/x", "'$projectRoot' does not take '/x'", "{{$projectRoot}}", id="path-behind"),
        pytest.param("$env.HOME-DIR", "'$env.HOME' does not take '-DIR'", "{{$env.HOME}}", id="env-with-a-dash"),
        pytest.param("$processEnv HOME DIR", "'$processEnv' does not take 'DIR'", "{{$processEnv", id="two-names"),
        pytest.param("$random.hexadecimal(8, 9)", "'$random.hexadecimal' does not take '9'", "", id="two-lengths"),
        pytest.param("$datetime 'YYYY", "A quote in '$datetime 'YYYY' is not closed", "", id="quote"),
        *(
            pytest.param(
                f"${name} {word}", f"'{shown}' is not a format of a date", "rfc1123, iso8601, or", id=f"{name}-{word}"
            )
            for name in ("datetime", "localDatetime")
            for word, shown in (
                *((word, word) for word in ("unix", "ISO8601", "RFC1123", "timestamp")),
                ("-1", "-1"),
                ("'1' d", "1"),
                ("''", ""),
                ("'[at]'", "[at]"),
                ("'ISO8601'", "ISO8601"),
                ("foo 1 d", "foo"),
            )
        ),
        pytest.param("$processEnv", "A name is missing after this", "{{$env.NAME}}", id="entry-without-a-name"),
        pytest.param("$dotenv", "A name is missing after this", "{{$dotenv NAME}}", id="dotenv-without-a-name"),
        pytest.param("$pick color", "'$pick' has nothing to choose from", "$value: red", id="pick-without-choices"),
        pytest.param("$timestampMs x", "'x' is not an offset of time", "-1 d", id="timestamp-ms"),
        pytest.param("$isoTimestamp 1 2 3", "'1 2 3' is not an offset of time", "-1 d", id="iso-timestamp"),
        pytest.param("$random.integer(1, 2, 3)", "'1 2 3' are not two bounds", "two whole numbers", id="three-bounds"),
        pytest.param("$random.email(1)", "'$random.email' does not take '1'", "{{$random.email}}", id="email"),
        pytest.param("$random.float(a)", "'a' are not two bounds", "two numbers", id="float-without-bounds"),
        pytest.param("$input name", "There is no terminal to ask for 'name'", "--var", id="input"),
    ],
)
def test_wrong_dynamic_variable_says(expression: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as raised:
        expand_dynamic(expression, source())

    assert message in raised.value.message
    assert hint in raised.value.hint


def test_pick_asks_with_its_choices() -> None:
    asked: list[Question] = []

    def ask(question: Question) -> str:
        asked.append(question)
        return "b"

    assert expand_dynamic("$pick which one? $value: a,b", source(ask=ask)) == "b"
    assert asked == [Question("which one", "which one?", "", ("a", "b"))]


def test_password_is_asked_as_a_secret() -> None:
    asked: list[Question] = []
    expand_dynamic("$password-askonce pin", source(ask=lambda question: asked.append(question) or ""))

    assert asked == [Question("pin", "pin", is_secret=True)]


@check_rows(("expression", "expected"), [("$env.X", True), ("$uuid", False), ("$timestamp", False)])
def test_steady_is_what_never_changes(expression: str, expected: bool) -> None:
    assert is_constant(expression) is expected


@check_rows("length", ["1000001", "00000000199999999999", "0" * 9 + "1" * 5_000, "9" * 5_000])
def test_text_of_too_many_letters_is_refused(length: str) -> None:
    with pytest.raises(UsageError, match="is not a length"):
        expand_dynamic(f"$random.alphabetic {length}", source())
