"""What a server sends is used as a pattern, a path or a value: whatever it is, its step has one error with a place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support import processes

from callbox.errors import CallboxError

VALUES = {
    "brackets": "(" * 5_000,
    "repeats": "a{99999999999}",
    "set": "[a-",
    "flags": "(?au)",
    "long": "[0]" * 40_000,
    "dots": "$" + "..a" * 40_000,
    "filters": "$[?" + "(" * 2_000 + "@.a",
    "number": f"$[{'9' * 4_000}]",
    "lists": "[" + " [" * 10_000,
    "objects": '{"a":' * 10_000,
    "xpath": "//a[" * 5_000,
    "null": "\0",
    "half": "\ud800",
}
LINES = (
    "body $.d matches {{l.%s}}",
    "body $.d matches /{{l.%s}}/i",
    "body $.d == {{l.%s}}",
    "body $.d contains {{l.%s}}",
    "body $.d in {{l.%s}}",
    "body $.d < {{l.%s}}",
    "body {{l.%s}} exists",
    "header {{l.%s}} exists",
    "xpath {{l.%s}} exists",
    "status {{l.%s}}",
    "time < {{l.%s}}",
)


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("name", VALUES)
def test_a_step_whatever_the_server_sends(name: str, line: str, run, server) -> None:
    server.json("/l", json.dumps(VALUES))
    server.json("/d", '{"d": [1]}')
    text = f"# @name l\nGET {server.url}/l\n\n###\n# @expect {line % name}\nGET {server.url}/d\n\n###\nGET {server.url}/after\n"

    _, checked, after = run(text)

    assert checked.outcome in ("failed", "error")
    assert checked.error is None or isinstance(checked.error, CallboxError)
    assert after.outcome == "ok"


def test_an_answer_nested_deep(run, server) -> None:
    for depth in range(300, 1_200, 60):
        server.json(f"/{depth}", '{"d":' + "[" * depth + "]" * depth + "}")
    text = "\n###\n".join(
        f"# @name n{depth}\n# @capture c{depth} = body $.d\n# @expect body $.d == [1]\nGET {server.url}/{depth}\n"
        f"\n###\nPOST {server.url}/p\n\n{{{{n{depth}.d}}}}\n"
        for depth in range(300, 1_200, 60)
    )

    results = run(text)

    assert len(results) == 2 * len(range(300, 1_200, 60))
    assert {result.outcome for result in results} <= {"ok", "failed", "error", "skipped"}


@pytest.mark.parametrize(
    "path", ["[0]" * 40_000, "$" + "[0]" * 40_000, "$" + "..a" * 40_000], ids=["bare", "rooted", "deep"]
)
def test_path_that_would_end_the_process(path: str, tmp_path: Path) -> None:
    (tmp_path / "a.http").write_text(f"# @expect body {path} exists\nGET http://127.0.0.1:9/\n")
    (tmp_path / "b.http").write_text("@b = 1\n")

    for words in (["replay", "a.http", "--dry-run"], ["check", "a.http"]):
        done = processes.run(*words, cwd=tmp_path)
        told = done.stdout + done.stderr
        assert done.returncode in (1, 2)
        assert "and the limit is" in told
        assert "a.http:1:" in told
        assert "bug in callbox" not in told


def test_pattern_that_a_server_sends_is_plain_text(run, server) -> None:
    server.json("/l", json.dumps({"p": "(" * 50}))

    _, checked = run(f"# @name l\nGET {server.url}/l\n\n###\n# @expect body matches {{{{l.p}}}}\nGET {server.url}/d\n")

    assert checked.error is None
    assert checked.outcome == "failed"


def test_error_of_a_pattern_in_a_variable_has_its_place(run, server) -> None:
    (checked,) = run(f"@p = {'(' * 50}\n# @expect body matches {{{{p}}}}\nGET {server.url}/d\n")

    assert checked.error is not None
    assert "is not a pattern" in checked.error.message
    assert str(checked.error.place).endswith("a.http:2:24")


def test_a_value_of_run_that_is_missing_is_an_error_of_one_request(run, server) -> None:
    server.json("/h", "{}")
    results = run(
        "### s\n# @name s\nGET BASE/h\n\n### t\nrun #v (@x={{s.response.body.$.nope}})\n\n"
        "### v\n# @name v\n@x = 1\nGET BASE/x?{{x}}\n\n### last\nGET BASE/last\n"
    )

    assert server.lines[-1] == "GET /last"
    assert "error" in [result.outcome for result in results]
