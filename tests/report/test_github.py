from __future__ import annotations

from callbox.report import github
from callbox.report.run_report_and_collector import RunReport


def test_a_line_for_each_failed_check_and_each_error(run: RunReport) -> None:
    lines = github.write_annotations(run).splitlines()

    assert lines[0] == (
        "::error file=a.http,line=4,col=3,title=GET http%3A//h/x (line 6)::body $.a == 1%0Aexpected 1%0Aactual 2"
    )
    assert lines[2] == (
        "::error file=a.http,line=6,title=GET http%3A//h/x (line 6) #2::Connection refused: h%0Ais it running?"
    )
    assert lines[-1] == "::error title=the run::No such file: b.http"
    assert len(lines) == 6


def test_nothing_where_all_went_well(calm: RunReport) -> None:
    assert github.write_annotations(calm) == ""


def test_nobody_else_can_write_a_command(attack: RunReport) -> None:
    lines = github.write_annotations(attack).splitlines()

    assert [line.count("::error ") for line in lines] == [1, 1]
    assert not any("\x1b" in line or "\r" in line for line in lines)


def test_percent_signs_are_escaped(run: RunReport) -> None:
    result = run.results[1]
    check = result.checks[0]._replace(actual="100%0A")

    assert github.write_annotations(run._replace(results=(result._replace(checks=(check,)),))).endswith(
        "%0Aactual 100%250A\n"
    )
