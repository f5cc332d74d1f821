from __future__ import annotations

import re

import pytest
from tests.support.rows import check_rows

from callbox.errors import Interrupted
from callbox.report import tap
from callbox.report.result import Result
from callbox.report.run_report_and_collector import RunCollector, RunReport

POINT = re.compile(r"(not )?ok (\d+) - (?:[^#\\]|\\[#\\])*( # SKIP .*)?\Z")


@check_rows("name", ["run", "attack", "calm", "empty"])
def test_is_tap_14(name: str, request: pytest.FixtureRequest) -> None:
    lines = tap.write(request.getfixturevalue(name)).splitlines()
    points = [line for line in lines[2:] if not line.startswith("  ")]

    assert lines[0] == "TAP version 14"
    assert lines[1] == f"1..{len(points)}"
    assert [POINT.match(point) is not None for point in points] == [True] * len(points)
    assert [int(re.findall(r"\d+", point)[0]) for point in points] == list(range(1, len(points) + 1))


def test_details_are_an_indented_block_of_yaml(run: RunReport) -> None:
    text = tap.write(run)

    assert (
        "not ok 2 - a.http: GET http://h/x (line 6)\n  ---\n  duration_ms: 21.000\n"
        '  at: {file: "a.http", line: 6}\n  severity: fail\n  checks:\n'
        '    - check: "body $.a == 1"\n      line: 4\n      expected: "1"\n      actual: "2"\n'
    ) in text
    assert text.count("  ---\n") == text.count("  ...\n")


def test_skipped_says_why(run: RunReport) -> None:
    assert "ok 5 - a.http: GET http://h/x (line 6) \\#4 # SKIP needs 'login', which failed\n" in tap.write(run)


def test_a_mark_in_a_name_starts_no_directive(attack: RunReport) -> None:
    assert "\\# SKIP" in tap.write(attack)
    assert " # SKIP" not in tap.write(attack)


def test_an_interrupted_run_bails_out() -> None:
    gathering = RunCollector(0.0, "1")
    gathering.add(Result("a.http", "error", error=Interrupted()))

    assert tap.write(gathering.run(0.0)).endswith("\nBail out! interrupted\n")
