from __future__ import annotations

import re
from html import unescape

from callbox.errors import Fault, UsageError
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.report import github
from callbox.report.result import Result
from callbox.report.run_report_and_collector import RunCollector, RunReport

STEP = parse("GET http://h/", "a.http").steps[0]


def test_verdict_counts_and_a_row_for_each_that_did_not_go_well(run: RunReport) -> None:
    lines = [unescape(line) for line in github.write_summary(run).splitlines()]

    assert lines[0] == "### 4 of 7 requests did not pass, and 1 error"
    assert lines[2].startswith("1 ok, ")
    assert (
        "| \u2717 failed | GET http://h/x (line 6)<br><sub>a.http:6</sub> | body $.a == 1: expected 1, actual 2 |"
        in lines
    )


def test_no_table_where_all_went_well(calm: RunReport) -> None:
    assert "|" not in github.write_summary(calm)


def test_what_others_sent_is_neither_markdown_nor_html(attack: RunReport) -> None:
    rows = github.write_summary(attack).splitlines()[6:-1]
    texts = "".join(re.sub(r"<br><sub>|</sub>|&#\d+;|^\| \S+ \w+ \| | \| | \|$", "", row) for row in rows)

    assert rows
    assert re.fullmatch(r"[A-Za-z0-9 ,/-]*", texts)


def test_very_many_are_counted() -> None:
    gathering = RunCollector(0.0, "1")
    for _ in range(150):
        gathering.add(Result("a.http", "error", STEP, error=Fault("no")))

    assert github.write_summary(gathering.run(1.0)).rstrip().endswith("and 50 more")


def test_error_of_the_run_is_no_request() -> None:
    collector = RunCollector(0.0, "1")
    collector.add(Result("a.http", "ok", STEP))
    collector.add(Result("", "error", error=UsageError("2 of 9 described responses came")))

    lines = [unescape(line) for line in github.write_summary(collector.run(0.0)).splitlines()]

    assert lines[0] == "### 1 request passed, and 1 error"
    assert lines[2].startswith("1 ok in ")
    assert any("error | the run<br>" in line and "2 of 9 described responses came" in line for line in lines)
