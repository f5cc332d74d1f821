from __future__ import annotations

import hashlib
from base64 import b64encode

import pytest
from tests.support.rows import check_rows

from callbox.errors import UsageError
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.jsonpath_xpath_and_header_selection import NothingFound, format_value
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.response import ResponseHead, Timings
from callbox.exchange.url import parse as parse_url
from callbox.httpfile.assertion_evaluator import CheckResult, capture, check, expectation_error, is_status_in, path_of
from callbox.httpfile.model import Expectation
from callbox.httpfile.parser.file_and_blocks import parse

BODY = b'{"id": 7, "pi": 3.5, "name": "Ann", "ok": true, "none": null, "tags": ["a", "b"], "sub": {"k": 1}, "s": "7"}'
FIELDS = [
    ("Content-Type", "application/json; charset=utf-8"),
    ("Set-Cookie", "sid=abc; Path=/"),
    ("X-Token", "t" * 20),
    ("Content-Length", "8"),
]


def answer(status: int = 201, body: bytes = BODY) -> Record:
    response = ResponseHead(status, "Created", Headers(FIELDS), timings=Timings(total=0.25))
    return Record(Draft("GET", "http://h/"), Outgoing("GET", parse_url("http://h/")), response, body, len(body))


def expectation(words: str) -> Expectation:
    script = parse(f"GET http://h/\n\n?? {words}\n", "a.http")
    assert not script.errors, script.errors
    return script.steps[0].expectations[0]


def hold(words: str, record: Record | None = None) -> CheckResult:
    wanted = expectation(words)
    return check(wanted, record or answer(), wanted.value.text if wanted.value else "")


SHA = hashlib.sha256(BODY)


@check_rows(
    ("words", "is_ok"),
    [
        ("status == 201", True),
        ("status == 200", False),
        ("status 2xx", True),
        ("status 200..299", True),
        ("status 200,201", True),
        ("status 404", False),
        ("status < 300", True),
        ("status >= 300", False),
        ("reason == Created", True),
        ("time < 500ms", True),
        ("time < 200ms", False),
        ("duration < 500", True),
        ("duration < 200", False),
        ("header content-type ~ json", True),
        ("header Content-Type contains charset", True),
        ("header content-type == text/html", False),
        ("header Content-Length > 7", True),
        ("header X-Nope exists", False),
        ("header X-Nope == x", False),
        ("header X-Nope not exists", True),
        ("body $.id exists", True),
        ("body $.nope exists", False),
        ("body $.id == 7", True),
        ("body $.id == 7.0", True),
        ('body $.id == "7"', False),
        ("body $.s == 7", True),
        ('body $.s == "7"', True),
        ("body id == 7", True),
        ("body $.id != 8", True),
        ("body $.nope != 8", False),
        ("body $.pi > 3", True),
        ("body $.name > 3", False),
        ("body $.s > 3", False),
        ("body $.s not > 8", False),
        ("body s < 8", False),
        ("body $.name == Ann", True),
        ('body $.name == "Ann"', True),
        ("body $.name startsWith A", True),
        ("body $.name endsWith nn", True),
        ("body $.name matches ^A.n$", True),
        ("body $.name !~ x", True),
        ("body $.ok isTrue", True),
        ("body $.ok == true", True),
        ("body $.ok == 1", False),
        ("body $.ok isFalse", False),
        ("body $.ok isBoolean", True),
        ("body $.id isNumber", True),
        ("body $.ok isNumber", False),
        ("body $.name isString", True),
        ("body $.tags isArray", True),
        ("body $.none == null", True),
        ('body $.tags == ["a", "b"]', True),
        ("body $.tags contains b", True),
        ("body $.tags contains c", False),
        ("body $.sub contains k", True),
        ("body $.name in Bob,Ann", True),
        ("body $.id in 6,7", True),
        ("body $.id in 1,2", False),
        ("body $.id not in 1,2", True),
        ("body $.name not > 3", False),
        ("body $.id not > 8", True),
        ("body $.name matches /^a/i", True),
        ("body $.name !~ /ANN/i", False),
        ("body $.name matches /^A/", True),
        ("header X-Token matches /T{20}/i", True),
        ("body contains Ann", True),
        ("body not contains Bob", True),
        (f"body sha256 {SHA.hexdigest()}", True),
        (f"body sha256 {b64encode(SHA.digest()).decode()}", True),
        ("body md5 00", False),
        ("body sha512 00", False),
    ],
)
def test_expectation_holds(words: str, is_ok: bool) -> None:
    assert hold(words).is_ok is is_ok


@check_rows("operator", ["contains", "startsWith", "endsWith", "matches"])
def test_a_comparison_that_every_answer_passes_does_not_hold(operator: str) -> None:
    wanted = expectation(f"body {operator} {{{{token}}}}")

    assert not check(wanted, answer(), "").is_ok


@check_rows("operator", ["contains", "startsWith", "endsWith", "matches"])
def test_a_comparison_that_every_answer_passes_is_known_before_sending(operator: str) -> None:
    problem = expectation_error(expectation(f"body {operator} {{{{token}}}}"), "")

    assert problem is not None
    assert problem.message == f"'body {operator} {{{{token}}}}' is true for every response: the text to find is empty"


def test_the_hash_of_a_body_is_of_its_bytes() -> None:
    body = bytes(range(256))

    assert hold(f"body sha256 {hashlib.sha256(body).hexdigest()}", answer(body=body)).is_ok


def test_time_includes_the_redirects() -> None:
    assert hold("time < 500ms", answer()._replace(history=(answer(),))).actual == "500 ms"


def test_time_is_shown_so_that_the_failure_can_be_seen() -> None:
    late = answer()
    late = late._replace(response=late.response._replace(timings=late.response.timings._replace(total=0.00537)))

    assert hold("time < 5", late).actual == "5.37 ms"


def test_failed_check_says_expected_and_actual_and_where() -> None:
    assert hold("status == 200") == CheckResult("status == 200", False, "200", "201", 3, 1)


@check_rows(
    ("words", "expected", "actual"),
    [
        ("body $.nope == 1", "1", "nothing"),
        ("body $.none == 1", "1", "null"),
        ("body $.id > 9", "> 9", "7"),
        ("body $.s isNumber", "isNumber", '"7"'),
        ("body s isTrue", "isTrue", '"7"'),
        ("body $.s > 3", "> 3", '"7"'),
        ("body $.s == 8", "8", '"7"'),
        ("body $.s == [7]", "[7]", '"7"'),
        ("body $.s in 1,2", "1,2", '"7"'),
        ("body $.name == Bob", "Bob", "Ann"),
        ("body $.name not isString", "not isString", '"Ann"'),
        ("body $.id isString", "isString", "7"),
        ("header Content-Length > 9", "> 9", "8"),
        ("time < 1ms", "< 1ms", "250 ms"),
        ("body not contains Ann", "not contains Ann", BODY.decode()),
        ("header X-Token == x", "...", "..."),
        ("header X-Token == null", "null", "..."),
        ("header X-Token > 5", "> 5", "..."),
        ("header X-Token isNumber", "isNumber", "..."),
    ],
)
def test_failed_check_shows(words: str, expected: str, actual: str) -> None:
    found = hold(words)

    assert (found.expected, found.actual) == (expected, actual)


@check_rows(
    ("body", "actual"),
    [(b"<html>", "nothing: the response's body is not JSON"), (b" \n", "nothing: the response's body is empty")],
)
@check_rows("words", ["body $.a exists", "body $.a isNumber", "body a == 1", "body $.a != 1", "body a > 1"])
def test_failed_check_of_a_body_that_has_no_paths_says_why(words: str, body: bytes, actual: str) -> None:
    found = hold(words, answer(body=body))

    assert (found.is_ok, found.actual) == (False, actual)


@pytest.mark.parametrize("words", ["body //a exists", "xpath //a exists", "body //a == 1"])
def test_so_does_one_of_xml(words: str) -> None:
    pytest.importorskip("lxml")

    assert hold(words, answer(body=b"no xml")).actual == "nothing: the response's body is not XML"
    assert hold(words, answer(body=b"")).actual == "nothing: the response's body is empty"
    assert hold(words, answer(body=b"<b/>")).actual == "nothing"


@check_rows(
    "words",
    [
        'body $.password == "hunter2"',
        "body $.password != hunter2",
        "body $.password not == hunter2",
        "body $.password contains hunter2",
        "body $.users[0].token startsWith hunter2",
        "body $['new_password'] endsWith hunter2",
        'body $.clientSecret in ["hunter2","b"]',
        "header X-Api-Key matches hunter2",
        "header Authorization == Bearer hunter2",
        "header Set-Cookie == sid=hunter2",
        "header Set-Cookie contains hunter2",
        "xpath //user/password == hunter2",
    ],
)
def test_check_shows_no_expected_secret(words: str) -> None:
    found = hold(words)

    assert "hunter2" not in found.text + found.expected


def test_text_of_a_check_shows_all_but_the_expected_secret() -> None:
    assert hold("body $.password not contains hunter2").text == "body $.password not contains ..."


def test_text_of_a_check_keeps_the_variable_of_a_secret() -> None:
    assert hold("body $.password == {{pw}}").text == "body $.password == {{pw}}"


def test_long_actual_is_cut() -> None:
    assert hold("body == x", answer(body=b"y" * 1000)).actual == "y" * 1000


@check_rows(
    ("words", "message"),
    [
        pytest.param("header x matches (", "is not a pattern", id="pattern"),
        pytest.param("body $.a[ == 1", "is not a JSONPath", id="path"),
        pytest.param("status > many", "'many' is not a number", id="number"),
        pytest.param("status in 20", "'20' is not a status", id="status"),
        pytest.param("time < soon", "'soon' is not a time", id="time"),
        pytest.param("js response.body.length == 3", "cannot be checked here", id="javascript"),
    ],
)
def test_expectation_that_cannot_be_judged_is_known_before_sending(words: str, message: str) -> None:
    wanted = expectation(words)
    problem = expectation_error(wanted, wanted.value.text if wanted.value else "")

    assert problem is not None
    assert message in problem.message


@check_rows("words", ["status == 200", "body $.a == {{x}}", "time < 1s", "header a ~ b", "body $.a exists"])
def test_right_expectation_has_no_problem(words: str) -> None:
    wanted = expectation(words)

    assert expectation_error(wanted, wanted.value.text if wanted.value else "") is None


@check_rows(
    ("words", "value"),
    [
        ("body $.name", "Ann"),
        ("body name", "Ann"),
        ("$.id", "7"),
        ("body $.none", ""),
        ("body $.sub", '{"k":1}'),
        ("json tags[0]", "a"),
        ("header content-type", "application/json; charset=utf-8"),
        ("cookie sid", "abc"),
        ("status", "201"),
        ("response.body.$.id", "7"),
    ],
)
def test_capture_takes(words: str, value: str) -> None:
    assert format_value(capture(answer(), words)) == value


def test_capture_of_nothing_says_so() -> None:
    with pytest.raises(NothingFound, match="Nothing at"):
        capture(answer(), "body $.nope")


def test_path_of_words_is_a_path_of_select() -> None:
    assert path_of("header X-Y") == "header.X-Y"


@check_rows("ranges", ["abc", "2", "20..30", "200,,x", "2x"])
def test_wrong_status_range_is_an_error(ranges: str) -> None:
    with pytest.raises(UsageError, match="is not a status"):
        is_status_in(200, ranges)


@check_rows(
    ("body", "words", "is_ok"),
    [
        (b'{"a": [true]}', "body $.a == [1]", False),
        (b'{"a": [1]}', "body $.a == [true]", False),
        (b'{"a": {"x": true}}', 'body $.a == {"x": 1.0}', False),
        (b'{"a": [[{"x": 0}]]}', 'body $.a == [[{"x": false}]]', False),
        (b'{"a": [[{"x": 0}]]}', 'body $.a == [[{"x": 0.0}]]', True),
        (b'{"a": [true, null]}', "body $.a == [true, null]", True),
        (b'{"a": [1, 2]}', "body $.a == [1]", False),
        (b'{"a": [[true]]}', "body $.a contains [1]", False),
        (b'{"a": [[1]]}', "body $.a contains [1]", True),
        (b'{"a": []}', "body $.a == {}", False),
        (b'{"a": NaN}', "body $.a not < 5", False),
        (b'{"a": NaN}', "body $.a != 5", False),
        (b'{"a": NaN}', "body $.a not in 5", False),
        (b'{"a": NaN}', "body $.a == NaN", False),
        (b'{"a": NaN}', "body $.a exists", True),
    ],
)
def test_json_values_are_the_same_only_where_json_says_so(body: bytes, words: str, is_ok: bool) -> None:
    assert hold(words, answer(body=body)).is_ok is is_ok
