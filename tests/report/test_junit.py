from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

import pytest

from callbox.report import junit
from callbox.report.run_report_and_collector import RunReport

TESTCASE = {"skipped", "failure", "error", "system-out"}


def read(run: RunReport) -> Element:
    return fromstring(junit.write(run))


def cases(run: RunReport) -> list[Element]:
    return list(read(run).iter("testcase"))


ALL_RUNS = pytest.mark.parametrize("name", ["run", "attack", "calm", "empty"])


@ALL_RUNS
def test_is_a_list_of_suites(name: str, request: pytest.FixtureRequest) -> None:
    root = read(request.getfixturevalue(name))

    assert root.tag == "testsuites"
    assert {suite.tag for suite in root} <= {"testsuite"}


@ALL_RUNS
def test_a_suite_has_what_readers_expect(name: str, request: pytest.FixtureRequest) -> None:
    for suite in read(request.getfixturevalue(name)):
        assert {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"} <= set(suite.attrib)
        assert {case.tag for case in suite} == {"testcase"}
        assert int(suite.attrib["tests"]) == len(suite)


@ALL_RUNS
def test_a_case_has_what_readers_expect(name: str, request: pytest.FixtureRequest) -> None:
    for case in read(request.getfixturevalue(name)).iter("testcase"):
        assert {"classname", "name", "time"} <= set(case.attrib)
        assert {part.tag for part in case} <= TESTCASE
        float(case.attrib["time"])


def test_a_suite_for_each_file_counts_its_cases(run: RunReport) -> None:
    first, second = read(run)

    assert (first.attrib["name"], second.attrib["name"]) == ("a.http", "callbox")
    assert [first.attrib[name] for name in ("tests", "failures", "errors", "skipped")] == ["7", "2", "2", "2"]
    assert first.attrib["timestamp"] == "1970-01-01T00:16:40"


def test_a_case_has_its_file_its_name_and_its_line(run: RunReport) -> None:
    case = cases(run)[0]

    assert case.attrib == {"classname": "a.http", "name": "login", "time": "0.042", "file": "a.http", "line": "3"}
    assert list(case) == []


def test_cases_of_one_name_are_told_apart(every_kind: object, run: RunReport) -> None:
    assert cases(run)[1].attrib["name"] == "GET http://h/x (line 6)"


def test_each_failed_check_is_a_failure_with_expected_and_actual(run: RunReport) -> None:
    failures = cases(run)[1].findall("failure")

    assert len(failures) == 2
    assert failures[0].attrib == {"message": "body $.a == 1: expected 1, actual 2", "type": "check"}
    assert failures[0].text == "a.http:4:3: body $.a == 1\nexpected: 1\nactual:   2"


def test_the_exchange_of_a_failure_is_told(run: RunReport) -> None:
    told = cases(run)[1].findtext("system-out") or ""

    assert told.startswith("POST /login?q=1&q=2 HTTP/1.1\nHost: h\n")
    assert '\n\n{\n  "user": "ann"\n}\n\nHTTP/1.1 200 OK' in told
    assert '{\n  "a": [\n    1,\n    "x"\n  ]\n}\n' in told


def test_an_error_has_its_kind_and_its_hint(run: RunReport) -> None:
    error = cases(run)[2].find("error")

    assert error is not None
    assert error.attrib == {"message": "Connection refused: h", "type": "refused"}
    # Readers such as GitLab's show the text and not the attributes.
    line = cases(run)[2].attrib["line"]
    assert error.text == f"a.http:{line}: Connection refused: h\nis it running?"


def test_what_was_not_sent_is_skipped_with_the_reason(run: RunReport) -> None:
    skipped = [case.find("skipped") for case in cases(run)[4:6]]

    assert [part.attrib["message"] for part in skipped if part is not None] == [
        "needs 'login', which failed",
        "not sent: a dry run",
    ]


def test_no_log_keeps_the_exchange_away(run: RunReport) -> None:
    assert cases(run)[6].find("system-out") is None


def test_controls_and_what_xml_refuses_are_made_visible(attack: RunReport) -> None:
    text = junit.write(attack)

    assert "\\x1b]0;owned\\x07 \\x00 \\u202e \ufffd" in text
    assert not any(ord(character) < 32 and character != "\n" for character in text)
    assert "<img" not in text
