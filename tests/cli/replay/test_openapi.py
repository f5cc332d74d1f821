"""`callbox replay --openapi`: differences with the script's line, coverage in every report, `--fail-under`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from tests.support import processes

from callbox.practice import Practice

SCRIPT = "### a\nGET {base}/books/1\n\n### b\nGET {base}/books/2\n"


@pytest.fixture(scope="module")
def api() -> Iterator[Practice]:
    with Practice() as started:
        yield started


def describe(path: Path, **fields: Any) -> None:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Book"}}}
    responses = {"200": {"description": "", "content": content}, "404": {"description": ""}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Books", "version": "1"},
        "paths": {"/books/{id}": {"get": {"responses": responses}}, "/books": {"get": {"responses": responses}}},
        "components": {"schemas": {"Book": {"type": "object", "properties": fields}}},
    }
    path.write_text(json.dumps(document))


@pytest.fixture
def folder(api: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("a.http", "b.http"):
        (tmp_path / name).write_text(SCRIPT.format(base=api.url))
    describe(tmp_path / "good.json", year={"type": "integer"})
    describe(tmp_path / "bad.json", year={"type": "string"})
    return tmp_path


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return processes.run("replay", *words)


def test_difference_has_the_line_of_the_script_and_the_place_in_the_body(folder: Path) -> None:
    done = run("a.http", "--openapi", "bad.json")

    assert done.returncode == 1
    assert "a.http:2:1: openapi GET /books/{id} 200 $.year\n" in done.stdout
    assert "expected string (Book.year)\n        actual   1813\n" in done.stdout


def test_coverage_is_told_on_the_screen(folder: Path) -> None:
    done = run("a.http", "--openapi", "good.json")

    assert done.returncode == 0
    assert "openapi Books 1: 1 of 2 operations called, 1 of 4 responses seen (25 %)\n" in done.stderr
    assert "never called: GET /books\n" in done.stderr


def test_coverage_is_that_of_all_files_at_once(folder: Path) -> None:
    done = run("a.http", "b.http", "--openapi", "good.json", "--jobs", "2", "--report-json", "r.json")

    rows = json.loads(Path("r.json").read_text())["coverage"]["rows"]
    assert done.returncode == 0
    assert [row["called"] for row in rows if row["operation"] == "GET /books/{id}"] == [4, 0]


def test_every_report_has_the_coverage(folder: Path) -> None:
    reports = {name: f"report.{name}" for name in ("json", "junit", "tap", "html", "har")}
    run("a.http", "--openapi", "good.json", *(f"--report-{name}={path}" for name, path in reports.items()))

    texts = {name: Path(path).read_text() for name, path in reports.items()}
    assert json.loads(texts["json"])["coverage"]["never_called"] == ["GET /books"]
    properties = {one.get("name"): one.get("value") for one in ElementTree.fromstring(texts["junit"]).iter("property")}
    assert properties["openapi.percent"] == "25"
    assert "\n# never called: GET /books\n" in texts["tap"]
    assert "1 of 4 responses seen (25 %)" in texts["html"]
    assert "never called: GET /books" in json.loads(texts["har"])["log"]["comment"]


@pytest.mark.parametrize(("least", "code"), [("25", 0), ("26%", 1)])
def test_fail_under(folder: Path, least: str, code: int) -> None:
    done = run("a.http", "--openapi", "good.json", "--fail-under", least)

    assert done.returncode == code
    assert ("--fail-under asks for 26 %" in done.stderr + done.stdout) == bool(code)


def test_description_of_a_url_is_fetched_without_the_session(folder: Path, api: Practice) -> None:
    done = run("a.http", "--openapi", f"{api.url}/openapi.json")

    assert done.returncode == 0
    assert "openapi callbox practice 1: 1 of " in done.stderr


@pytest.mark.parametrize("where", ["nothing.json", "{url}/nothing.json"])
def test_description_that_is_not_there_sends_nothing(folder: Path, api: Practice, where: str) -> None:
    done = run("a.http", "--openapi", where.format(url=api.url))

    assert (done.returncode, done.stdout) == (2, "")
    assert "nothing.json" in done.stderr


def test_sandbox_may_be_given_a_description_from_anywhere(folder: Path, api: Practice) -> None:
    inner = folder / "inner"
    inner.mkdir()
    (inner / "a.http").write_text(SCRIPT.format(base=api.url))
    done = run("inner/a.http", "--sandbox", "--openapi", "bad.json")

    assert (done.returncode, "inner/a.http:2:1: openapi GET /books/{id} 200 $.year" in done.stdout) == (1, True)


def test_dry_run_tells_no_coverage(folder: Path) -> None:
    assert "operations called" not in run("a.http", "--openapi", "good.json", "--dry-run").stderr
