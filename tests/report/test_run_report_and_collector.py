"""A run as reports read it."""

from __future__ import annotations

from callbox.errors import Place, ScriptError
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.headers import Headers
from callbox.exchange.request import Draft, Outgoing
from callbox.exchange.response import ResponseHead
from callbox.exchange.url import parse as parse_url
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.report.github import write_annotations as annotate
from callbox.report.result import Result
from callbox.report.run_report_and_collector import MIN_BODY_BYTES, SLACK, RunCollector, RunReport

STEP = parse("GET http://h/", "a.http").steps[0]


def answered(body: bytes) -> Result:
    outgoing = Outgoing("GET", parse_url("http://h/"))
    return Result(
        "a.http", "ok", STEP, Record(Draft("GET", ""), outgoing, ResponseHead(200, "", Headers()), body, len(body))
    )


def gathered(*results: Result) -> RunReport:
    gathering = RunCollector(0.0, "1")
    for result in results:
        gathering.add(result)
    return gathering.run(1.0)


def test_file_has_one_place_whatever_came_in_between() -> None:
    run = gathered(*(Result(name, "ok", STEP) for name in ("a.http", "in/b.http", "a.http", "in/../a.http")))

    assert [(name, len(results)) for name, results in run.files()] == [("a.http", 3), ("in/b.http", 1)]


def test_imported_file_is_told_by_the_name_that_others_know_it_by() -> None:
    place = Place("api/../common.http", 3, 1, 1, "x")
    run = gathered(Result("api/../common.http", "error", STEP, error=ScriptError("wrong", place=place)))

    assert annotate(run).startswith("::error file=common.http,line=3,")


def test_bodies_are_kept_as_far_as_the_wanted_reports_show_them() -> None:
    gathering = RunCollector(0.0, "1", max_bytes=100)
    gathering.add(answered(b"x" * (SLACK + 500)))

    (kept,) = gathering.run(1.0).results

    assert kept.record is not None
    assert (len(kept.record.body), kept.record.size) == (SLACK + 100, SLACK + 500)


def test_bodies_of_a_very_long_run_are_bounded_in_all() -> None:
    most, size, many = 400_000, 100_000, 12
    gathering = RunCollector(0.0, "1", max_total_bytes=most)
    for _ in range(many):
        gathering.add(answered(b"x" * size))

    bodies = [result.record.body for result in gathering.run(1.0).results if result.record is not None]

    assert sum(map(len, bodies)) <= most + many * SLACK
    assert len(bodies[-1]) >= MIN_BODY_BYTES
