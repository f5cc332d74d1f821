"""A run as reports read it."""

from __future__ import annotations

from callbox.errors import Place, ScriptError
from callbox.report.github import write as annotate
from callbox.report.result import Result
from callbox.report.run import Gathering, Run
from callbox.script.parse import parse

STEP = parse("GET http://h/", "a.http").steps[0]


def gathered(*results: Result) -> Run:
    gathering = Gathering(0.0, "1")
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
