"""Blocks that send nothing of their own: `run #name` lines alone, and what may stand above them."""

from __future__ import annotations

import pytest

ALL = "### a\nGET BASE/a\n### b\nGET BASE/b\n### all\n{lines}\nrun #a\nrun #b\n"


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("# @expect status 201", id="expect"),
        pytest.param("# @capture who = body $.id", id="capture"),
        pytest.param("# @timeout 5", id="timeout"),
        pytest.param("# @retry 3", id="retry"),
        pytest.param("# @loop for 2", id="loop"),
        pytest.param("# @sleep 100", id="sleep"),
        pytest.param("# @no-log", id="no-log"),
        pytest.param("# @insecure", id="insecure"),
    ],
)
def test_what_would_have_no_effect_is_an_error(run, server, line) -> None:
    results = run(ALL.format(lines=line))

    assert [str(result.error) for result in results] == ["This block sends nothing of its own"]
    assert server.requests == []


@pytest.mark.parametrize("line", ["# @disabled", "# @disabled true", "@off = 1\n# @disabled off", "# @disabled !no"])
def test_block_that_is_left_out_runs_nothing(run, server, line) -> None:
    results = run("@no = 0\n" + ALL.format(lines=line))

    assert server.lines == ["GET /a", "GET /b"]
    assert [result.outcome for result in results] == ["ok", "ok", "skipped"]


@pytest.mark.parametrize("line", ["# @disabled", "# @disabled true"])
@pytest.mark.parametrize("run_line", ["run #a", "# @forceRef a"])
def test_request_that_is_left_out_runs_nothing_before_it(run, server, line, run_line) -> None:
    results = run(f"### a\nGET BASE/a\n### b\n{line}\n{run_line}\nGET BASE/b\n")

    assert server.lines == ["GET /a"]
    assert [result.outcome for result in results] == ["ok", "skipped"]


def test_condition_that_waits_for_an_answer_is_an_error(run, server) -> None:
    results = run(ALL.format(lines="# @if a.response.status 404"))

    assert [str(result.error) for result in results] == ["'@if' waits for an answer, and this block sends nothing"]
    assert server.requests == []


def test_block_may_be_named_and_wait_for_others(run, server) -> None:
    lines = "# @name all\n# @tag x\n# @ref c\n# @disabled false\n@v = 1"
    results = run(ALL.format(lines=lines) + "### c\nGET BASE/c\n")

    assert [result.outcome for result in results] == ["ok"] * 5
    assert server.lines == ["GET /a", "GET /b", "GET /c", "GET /a", "GET /b"]
