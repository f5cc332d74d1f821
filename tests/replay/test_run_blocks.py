"""Blocks that send nothing of their own: `run #name` lines alone, and what may stand above them."""

from __future__ import annotations

import json

import pytest

from callbox.replay.run_options import Plan

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

    assert [str(result.error) for result in results] == ["This block has no request of its own"]
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

    assert [str(result.error) for result in results] == ["'@if' needs a response, and this block sends no request"]
    assert server.requests == []


def test_block_may_be_named_and_wait_for_others(run, server) -> None:
    lines = "# @name all\n# @tag x\n# @ref c\n# @disabled false\n@v = 1"
    results = run(ALL.format(lines=lines) + "### c\nGET BASE/c\n")

    assert [result.outcome for result in results] == ["ok"] * 5
    assert server.lines == ["GET /a", "GET /b", "GET /c", "GET /a", "GET /b"]


STEP = "# @name s\nGET BASE/s\n\n###\n"
VALUE = "{{s.response.body.y}}"
READER = "# @name v\nGET BASE/v?x={{x}}\n\n###\n"


@pytest.mark.parametrize(
    ("text", "last"),
    [
        pytest.param(f"{STEP}{READER}run #v (@x={VALUE})\n", "/v?x=val", id="override"),
        pytest.param(f"{READER}run #v (@x={VALUE})\n\n###\n{STEP}", "/v?x=val", id="of a step below"),
        pytest.param(
            f"{STEP}# @name w\nGET BASE/w?x={{{{x}}}}\n###\n# @name v\nrun #w (@x={{{{q}}}})\n###\nrun #v (@q={VALUE})\n",
            "/w?x=val",
            id="override of an override",
        ),
        pytest.param(f"@z = {VALUE}\n{STEP}{READER}run #v (@x={{{{z}}}})\n", "/v?x=val", id="through a variable"),
        pytest.param(f"{READER}run #v (@x={{{{v.response.body.y}}}})\n", "/v?x=val", id="of its own earlier turn"),
        pytest.param(f"{STEP}GET BASE/t\n?? body $.y == {VALUE}\n", "/t", id="right side of a check"),
        pytest.param(f"{STEP}# @expect body $.y == {VALUE}\nGET BASE/t\n", "/t", id="directive expect"),
        pytest.param(f"{STEP}# @loop for x of s.response.body.l\nGET BASE/t?x={{{{x}}}}\n", "/t?x=b", id="loop"),
        pytest.param(f"{STEP}# @loop {{{{s.response.body.n}}}}\nGET BASE/t\n", "/t", id="count of a loop"),
        pytest.param(f"{STEP}# @if s.response.body.y val\nGET BASE/t\n", "/t", id="condition"),
        pytest.param(f"{STEP}# @retry {{{{s.response.body.n}}}}\nGET BASE/t\n", "/t", id="retry"),
        pytest.param(f"{STEP}POST BASE/t\n\n< {VALUE}.txt\n", "/t", id="name of a file"),
        pytest.param(f"{STEP}POST BASE/t\n\n<@ {VALUE}.txt\n", "/t", id="name of a template"),
        pytest.param(f'{STEP}GRAPHQL BASE/t\n\nquery {{ a }}\n\n{{"v": "{VALUE}"}}\n', "/t", id="GraphQL variables"),
        pytest.param(f"{STEP}GET BASE/t?x={{{{of_environment}}}}\n", "/t?x=val", id="value of an environment"),
        pytest.param(f"import imported.http\n\n###\nGET BASE/t?x={VALUE}\n", "/t?x=val", id="import"),
        pytest.param(f"import imported.http\n###\n{READER}run #v (@x={VALUE})\n", "/v?x=val", id="override, import"),
    ],
)
def test_response_is_known_wherever_a_step_refers_to_it(run, server, tmp_path, text, last) -> None:
    (tmp_path / "imported.http").write_text(STEP.replace("BASE", server.url))
    (tmp_path / "val.txt").write_text("text")
    (tmp_path / "http-client.env.json").write_text(json.dumps({"dev": {"of_environment": VALUE}}))
    for path in ("/s", "/v", "/w", "/t"):
        server.json(path, '{"y": "val", "n": "1", "l": ["a", "b"]}')
    results = run(f"@x = none\n@q = none\n{text}", Plan(stages=("dev",)))

    assert [str(result.error) for result in results if result.error] == []
    assert {result.outcome for result in results} == {"ok"}
    assert any(line.endswith(last) for line in server.lines)


def test_step_is_skipped_whose_override_refers_to_a_request_that_failed(run, server) -> None:
    failing = "# @name s\nGET BASE/s\n?? status == 404\n\n###\n"
    results = run(f"@x = none\n{failing}{READER}run #v (@x={VALUE})\n")

    assert [(result.outcome, result.reason) for result in results] == [
        ("failed", ""),
        ("ok", ""),
        ("skipped", "needs 's', which failed"),
    ]


@pytest.mark.parametrize(
    ("lines", "sent"),
    [
        pytest.param("run #POST BASE/a", ["POST /a", "POST /a"], id="run"),
        pytest.param("run #POST   BASE/a (@x=1)", ["POST /a", "POST /a"], id="run with a value"),
        pytest.param("# @forceRef POST BASE/a\nGET BASE/b", ["POST /a", "POST /a", "GET /b"], id="forceRef"),
    ],
)
def test_a_request_without_a_name_is_named_by_its_request_line(run, server, lines: str, sent: list[str]) -> None:
    run(f"POST BASE/a\n###\n{lines}\n")

    assert server.lines == sent


def test_a_request_line_that_no_request_has_is_an_error(run, server) -> None:
    results = run("# @name a\nPOST BASE/a\n###\nrun #GET BASE/a\n")

    assert results[-1].error is not None
    assert server.lines == []


VARIABLES = "### values\n@a = 1\n###\n"


@pytest.mark.parametrize("line", ["run #values", "# @ref values"])
def test_call_of_a_block_of_variables_sends_nothing_of_its_own(run, server, line: str) -> None:
    run(f"{VARIABLES}{line}\nGET BASE/{{{{a}}}}")

    assert server.lines == ["GET /1"]


def test_call_of_a_block_of_variables_in_another_file(run, server, tmp_path) -> None:
    (tmp_path / "b.http").write_text(f"{VARIABLES}GET http://h.x/\n")
    run("import b.http\nrun #values\nGET BASE/{{a}}")

    assert server.lines == ["GET /1"]


def test_call_of_a_block_of_variables_cannot_pass_values(run, server) -> None:
    (result,) = run(f"{VARIABLES}run #values (@a=2)\nGET BASE/{{{{a}}}}")

    assert result.error.message == "'values' has only variables, and no request takes a"
    assert server.requests == []
