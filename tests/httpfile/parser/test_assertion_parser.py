from __future__ import annotations

from tests.support.rows import check_rows

from callbox.httpfile.model import Expectation
from callbox.httpfile.parser.file_and_blocks import parse


def read(line: str) -> Expectation:
    script = parse(f"{line}\nGET http://a/" if line.startswith("#") else f"GET http://a/\n\n{line}")
    assert script.errors == ()
    return script.steps[0].expectations[0]


def words(found: Expectation) -> tuple[str, str, str, str]:
    path, value = found.path.text if found.path else "", found.value.text if found.value else ""
    return found.subject, path, ("not " if found.is_negated else "") + found.operator, value


@check_rows(
    ("said", "expected"),
    [
        ("status 200", ("status", "", "in", "200")),
        ("status 200..299", ("status", "", "in", "200..299")),
        ("status 2xx", ("status", "", "in", "2xx")),
        ("status 200,201", ("status", "", "in", "200,201")),
        ("status == 200", ("status", "", "==", "200")),
        ("status != 500", ("status", "", "!=", "500")),
        ("statusCode < 400", ("status", "", "<", "400")),
        ("status in 200, 204", ("status", "", "in", "200, 204")),
        ("body $.id exists", ("body", "$.id", "exists", "")),
        ("body $.id", ("body", "$.id", "exists", "")),
        ("body $.id not exists", ("body", "$.id", "not exists", "")),
        ("body $.id !exists", ("body", "$.id", "not exists", "")),
        ("body $.a[?(@.b == 1)].c >= 2", ("body", "$.a[?(@.b == 1)].c", ">=", "2")),
        ("body $['a b'] == x", ("body", "$['a b']", "==", "x")),
        ("body contains a b", ("body", "", "contains", "a b")),
        ("body == {{expected}}", ("body", "", "==", "{{expected}}")),
        ("body $.name = Ann", ("body", "$.name", "==", "Ann")),
        ("body $.name === Ann", ("body", "$.name", "==", "Ann")),
        ("body $.name !== Ann", ("body", "$.name", "!=", "Ann")),
        ("header content-type ~ json", ("header", "content-type", "matches", "json")),
        ("header content-type !~ json", ("header", "content-type", "not matches", "json")),
        ("header ETag", ("header", "ETag", "exists", "")),
        ("header a STARTSWITH b", ("header", "a", "startsWith", "b")),
        ("header a includes b", ("header", "a", "contains", "b")),
        ("body $.n isnumber", ("body", "$.n", "isNumber", "")),
        ("body sha256 abc", ("body", "", "sha256", "abc")),
        ("time < 500ms", ("time", "", "<", "500ms")),
        ("duration <= 2 s", ("time", "", "<=", "2 s")),
        ("duration total < 200", ("time", "", "<", "200")),
        ("reason == OK", ("reason", "", "==", "OK")),
        ("xpath //a/@b == c", ("xpath", "//a/@b", "==", "c")),
    ],
)
@check_rows("mark", ["# @expect ", "?? "])
def test_expectations_read_the_same_in_both_forms(mark: str, said: str, expected: tuple[str, str, str, str]) -> None:
    assert words(read(mark + said)) == expected


@check_rows(
    ("line", "expected"),
    [
        ("# @kulala-expect-status-code 200,201", ("status", "", "in", "200,201")),
        ("EXPECTED_RESPONSE_STATUS 200", ("status", "", "in", "200")),
        ('EXPECTED_RESPONSE_BODY "a b"', ("body", "", "contains", '"a b"')),
        ('EXPECTED_RESPONSE_HEADERS "Content-Type: json"', ("header", "Content-Type", "contains", "json")),
        ("?? js response.statusCode == 200", ("other", "js response.statusCode == 200", "exists", "")),
    ],
)
def test_expectations_of_other_tools(line: str, expected: tuple[str, str, str, str]) -> None:
    assert words(read(line)) == expected


@check_rows(
    "line",
    [
        "# @expect",
        "# @expect stauts 200",
        "# @expect status",
        "# @expect status twohundred",
        "# @expect status ==",
        "# @expect body",
        "# @expect body $.a exists 1",
        "# @expect header a b",
        "# @expect time fast",
        "# @kulala-expect-status-code",
    ],
)
def test_a_check_that_cannot_be_read_is_an_error_and_never_passed_over(line: str) -> None:
    errors = parse(f"{line}\nGET http://a/").errors

    assert [error.code for error in errors] == ["bad-expectation"]


@check_rows("word", ["length", "count", "size", "Length"])
def test_a_count_is_refused_with_the_checks_that_count(word: str) -> None:
    (found,) = parse(f"# @expect body $.items {word} == 10\nGET http://a/").diagnostics

    assert found.hint == (
        "A list of 10 items has an item $[9] and no item $[10]: body $[9] exists, body $[10] not exists"
    )


def test_an_expectation_knows_its_place_and_its_words() -> None:
    found = read("# @expect body $.é == {{b}}")

    assert found.text == "body $.é == {{b}}"
    assert found.at == (1, 1, 0)
    assert found.value is not None
    assert found.value.at == (1, 23, 23)


@check_rows("phase", ["firstByte", "firstbyte", "dns", "download", "tcp", "tls", "request", "wait"])
def test_the_time_of_a_phase_is_refused_by_its_name(phase: str) -> None:
    (found,) = parse(f"GET http://a/\n\n?? duration {phase} < 200").errors

    assert found.message == f"{phase} of httpyac is not supported: only the whole time can be checked"
    assert found.hint == "Write duration < 200 ms"
