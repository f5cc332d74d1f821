"""A request runs where the values that it uses are there, whatever failed beside them; `# @always` runs in any case."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.closed_port import CLOSED

from callbox.engine import LiveSession
from callbox.errors import Interrupted
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.replay.file_runs_and_threads import run_files
from callbox.replay.run_options import Plan
from callbox.replay.run_progress_and_deadline import CLEANUP_S, Progress, RunControl
from callbox.replay.runner import replay
from callbox.report.result import Result
from callbox.wire.connection_and_byte_stream import Cancel

CREATE = "### create\n# @name create\n"
FAILING = f"{CREATE}# @expect body $.id == 8\n# @capture id = body $.id\nPOST BASE/books\n"
SKIPPED = "needs 'create', which failed"


@pytest.fixture(autouse=True)
def books(server) -> None:
    server.json("/books", '{"id": 7, "no": null}', "X-Token: t7", "Set-Cookie: sid=s7")
    server.json("/500", '{"id": 9}', "X-Token: t9", status="500 No")


def outcomes(results: list[Result]) -> list[str]:
    return [result.outcome for result in results]


VALUES = [
    ("{{id}}", "7"),
    ("{{create.id}}", "7"),
    ("{{create.response.body.$.id}}", "7"),
    ("{{create.response.headers.X-Token}}", "t7"),
    ("{{create.response.cookies.sid}}", "s7"),
    ("{{create.response.status}}", "200"),
    ("{{create.request.method}}", "POST"),
    ("{{book}}", "7"),
]


@pytest.mark.parametrize(("value", "sent"), VALUES, ids=[value for value, _ in VALUES])
def test_request_runs_where_the_value_is_there(run, server, value, sent) -> None:
    results = run(f"@book = {{{{create.id}}}}\n{FAILING}### delete\nDELETE BASE/books/{value}")

    assert (outcomes(results), server.lines[-1]) == (["failed", "ok"], f"DELETE /books/{sent}")


PLACES = {
    "body": ("POST BASE/x\n\n{{%s}}", "POST /x"),
    "header": ("GET BASE/x\nX-Id: {{%s}}", "GET /x"),
    "run": ("run #other (@at={{%s}})\n\n### other\n# @disabled {{at}} == 0\n@at = 0\nGET BASE/o{{at}}", "GET /o7"),
    "ref": ("# @ref create\nGET BASE/x/{{%s}}", "GET /x/7"),
    "forceRef": ("# @forceRef create\nGET BASE/x/{{%s}}", "GET /x/7"),
    "loop": ("# @loop for x of [{{%s}}]\nGET BASE/x/{{x}}", "GET /x/7"),
    "condition": ("# @if-not create.response.status 404\nGET BASE/x/{{%s}}", "GET /x/7"),
    "check": ("# @expect body == {{%s}}\nGET BASE/x", "GET /x"),
}


@pytest.mark.parametrize(("text", "line"), PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("name", ["id", "create.id"])
def test_value_is_there_at_each_place(run, server, text, line, name) -> None:
    run(f"{FAILING}### next\n{text % name}")

    assert line in server.lines


@pytest.mark.parametrize("text", [text for text, _ in PLACES.values()], ids=list(PLACES))
@pytest.mark.parametrize("name", ["nope", "create.nope", "create.response.body.$.nope", "create.response.headers.X"])
def test_request_is_skipped_where_it_is_not(run, server, text, name) -> None:
    create = f"{CREATE}# @capture nope = body $.nope\nPOST BASE/books\n"
    results = run(f"{create}### next\n{text % name}", Plan(names=("create", "next")))

    assert {result.reason for result in results if result.outcome == "skipped"} == {SKIPPED}
    assert {line for line in server.lines if line != "POST /books"} == set()


def test_response_with_an_error_has_values(run, server) -> None:
    assert outcomes(run(f"{CREATE}POST BASE/500\n### delete\nDELETE BASE/books/{{{{create.id}}}}")) == ["failed", "ok"]
    assert server.lines[-1] == "DELETE /books/9"


@pytest.mark.parametrize("value", ["create.response.body.*", "create.response.body.$", "create.response.body", "all"])
def test_whole_body_of_an_error_is_no_value(run, server, value) -> None:
    create = f"{CREATE}# @capture all = body\nPOST BASE/500\n"
    results = run(f"{create}### put\nPUT BASE/books\n\n{{{{{value}}}}}")

    assert (outcomes(results), results[1].reason) == (["failed", "skipped"], SKIPPED)


def test_whole_body_of_an_expected_error_is_one(run, server) -> None:
    create = f"{CREATE}# @expect status 500\nPOST BASE/500\n"
    run(f"{create}### put\nPUT BASE/books\n\n{{{{create.response.body.*}}}}")

    assert server.bodies[-1] == b'{"id": 9}'


@pytest.mark.parametrize("first", ["# @capture id = body $.id\n", "@id = 7\n"], ids=["captured", "file"])
def test_value_of_another_request_is_not_that_of_the_failed(run, server, first) -> None:
    second = f"{CREATE}# @capture id = body $.id\nPOST BASE/lost\n"
    results = run(f"### a\n{first}POST BASE/books\n{second}### delete\nDELETE BASE/books/{{{{id}}}}")

    # the file's own value wins over captures in any case
    assert results[-1].reason == (SKIPPED if "capture" in first else "")


def test_response_of_an_earlier_sending_is_not_that_of_the_failed(run, server) -> None:
    text = f"@path = books\n{CREATE}POST {{{{to}}}}/books\n### next\nrun #create (@to=http://{CLOSED})\nGET BASE/{{{{create.id}}}}"
    results = run(f"@to = BASE\n{text}")

    assert (outcomes(results), results[-1].reason) == (["ok", "error", "skipped"], SKIPPED)


def test_request_that_is_only_referred_to_must_go_well(run, server) -> None:
    assert run(f"{FAILING}### next\n# @ref create\nGET BASE/x")[1].reason == SKIPPED


def test_value_of_what_was_skipped_is_not_there(run, server) -> None:
    results = run(f"{CREATE}# @disabled\nPOST BASE/books\n### next\nGET BASE/{{{{create.id}}}}")

    assert results[1].reason == "needs 'create', which was skipped"


def test_script_that_sets_a_value_and_fails_then(run, server) -> None:
    pytest.importorskip("quickjs")
    script = '> {%\nclient.global.set("id", response.body.id);\nclient.test("no", () => client.assert(false));\n%}\n'
    results = run(f"{CREATE}POST BASE/books\n\n{script}\n### delete\nDELETE BASE/books/{{{{id}}}}")

    assert (outcomes(results), server.lines[-1]) == (["failed", "ok"], "DELETE /books/7")


def test_global_of_another_script_is_not_that_of_the_failed(run, server) -> None:
    pytest.importorskip("quickjs")
    script = '> {% client.global.set("id", response.body.id.toString()); %}\n'
    texts = [f"### {name}\nPOST BASE/{path}\n\n{script}" for name, path in (("a", "books"), ("create", "lost"))]
    results = run("\n".join([*texts, "### delete\nDELETE BASE/books/{{id}}"]))

    assert (outcomes(results), results[2].reason) == (["ok", "failed", "skipped"], SKIPPED)


ALWAYS = "### delete\n# @always\nDELETE BASE/books/{{create.id}}\n"
SENT = f"{CREATE}POST BASE/books\n\n### wrong\nGET BASE/500\n\n### more\nGET BASE/more\n\n"


def test_bail_does_not_keep_clean_up(run, server) -> None:
    results = run(SENT + ALWAYS, Plan(bail=1))

    assert outcomes(results) == ["ok", "failed", "skipped", "ok"]
    assert results[3].notes == ("sent although the run has ended: stopped after 1 failed",)
    assert server.lines == ["POST /books", "GET /500", "DELETE /books/7"]


def test_clean_up_without_a_failure_is_a_request_as_others(run, server) -> None:
    assert [result.notes for result in run(f"{CREATE}POST BASE/books\n\n{ALWAYS}")] == [(), ()]


KINDS = {
    "run": ("### all\n# @always\nrun #delete\n\n### delete\n# @tag x\nDELETE BASE/books/{{create.id}}", 1),
    "loop": ("### delete\n# @always\n# @loop for 2\nDELETE BASE/books/{{create.id}}", 2),
    "ref": ("### delete\n# @always\n# @ref wrong\nDELETE BASE/books/{{create.id}}", 1),
    "false": ("### delete\n# @always false\nDELETE BASE/books/{{create.id}}", 0),
    "disabled": ("### delete\n# @always\n# @disabled\nDELETE BASE/books/{{create.id}}", 0),
    "no value": ("### delete\n# @always\nDELETE BASE/books/{{create.nope}}", 0),
}


@pytest.mark.parametrize(("text", "count"), KINDS.values(), ids=KINDS)
def test_bail_and_kinds_of_clean_up(run, server, text, count) -> None:
    run(SENT + text, Plan(bail=1))

    assert server.lines.count("DELETE /books/7") == count


def test_nothing_is_cleaned_up_where_nothing_was_sent(run, server) -> None:
    results = run("GET BASE/500\n\n### b\n# @always\nGET BASE/b", Plan(bail=1, repeat=2))

    assert outcomes(results) == ["failed", "ok", "skipped", "skipped"]
    assert results[3].reason == "stopped after 1 failed"


@pytest.fixture
def replayed(server, session, ports, tmp_path) -> Callable[..., list[Result]]:
    """Replay a text, with Ctrl-C pressed when the requests at these places begin."""

    def start(text: str, *pressed: int) -> list[Result]:
        def watch(progress: Progress) -> None:
            if progress.number in pressed:
                raise KeyboardInterrupt

        script = parse(text.replace("BASE", server.url), str(tmp_path / "a.http"))
        control = RunControl(Plan(), ports, watch)
        return list(replay(script, session, ports, Plan(), control=control))

    return start


def test_ctrl_c_does_not_keep_clean_up(replayed, server) -> None:
    results = replayed(SENT + ALWAYS, 2)

    assert outcomes(results) == ["ok", "error", "skipped", "ok"]
    assert server.lines == ["POST /books", "DELETE /books/7"]


def test_second_ctrl_c_ends_clean_up(server, session, ports, tmp_path) -> None:
    text = f"{SENT}{ALWAYS}\n### last\n# @always\nGET BASE/last".replace("BASE", server.url)
    cancel = Cancel(second=Cancel())
    results = []
    for result in replay(parse(text, "a.http"), session, ports, Plan(), cancel=cancel):
        results.append(result)
        if len(results) in (1, 3):
            cancel.cancel()

    assert outcomes(results) == ["ok", "error", "skipped", "error", "skipped"]
    assert [type(result.error) for result in results if result.error] == [Interrupted, Interrupted]


class Clock:
    """A monotonic clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("late_s", "outcome"), [(0.0, "ok"), (CLEANUP_S - 1, "ok"), (CLEANUP_S, "skipped")])
def test_clean_up_has_some_time_after_the_deadline(server, session, ports, late_s, outcome) -> None:
    clock, results = Clock(), []
    script = parse((SENT + ALWAYS).replace("BASE", server.url), "a.http")
    for result in replay(script, session, ports._replace(monotonic=clock), Plan(deadline_s=2)):
        results.append(result)
        clock.now = (0.0, 2.0, 2.0 + late_s, 2.0 + late_s)[len(results) - 1]

    assert outcomes(results) == ["ok", "failed", "error", outcome]


def test_clean_up_of_each_file_with_jobs(server, ports, tmp_path: Path) -> None:
    begun = threading.Barrier(2, timeout=20)
    for name in "ab":
        text = f"{CREATE}POST BASE/books\n\n### wrong\nGET BASE/500\n\n{ALWAYS}"
        (tmp_path / f"{name}.http").write_text(text.replace("BASE", server.url))

    def watch(progress: Progress) -> None:
        if progress.label == "wrong":
            begun.wait()

    plan = Plan(jobs=2, bail=1)
    list(run_files([str(tmp_path)], ports, LiveSession, plan, RunControl(plan, ports, watch)))

    assert server.lines.count("DELETE /books/7") == 2
