"""The pytest plugin: `python -m pytest` in forks of a process that has loaded it, and once as its user starts it."""

from __future__ import annotations

import os
import re
import subprocess
import urllib.request
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from tests.support import processes

from callbox.exchange.url import percent_forms
from callbox.practice import Practice
from callbox.pytest_plugin.collector import format_bug

Run = Callable[..., subprocess.CompletedProcess[str]]

INSTALLED = {entry.name: entry.value for entry in entry_points(group="pytest11")}
OTHERS = [f"-pno:{name}" for name, value in INSTALLED.items() if value != "callbox.pytest_plugin"]
"""Plugins of others take most of the time of a start."""

SCRIPT = """@base = BASE
### ping
# @tag quick
GET {{base}}/ping

### who
# @name who
# @capture pong = body $.pong
GET {{base}}/ping

### uses another
GET {{base}}/status/200?x={{who.response.body.$.pong}}&y={{pong}}

### wrong
GET {{base}}/status/404

### never
# @disabled
GET {{base}}/ping

### named
GET {{base}}/status/{{code}}
"""


@pytest.fixture
def run(tmp_path: Path, api: Practice) -> Run:
    (tmp_path / "api.http").write_text(SCRIPT.replace("BASE", api.url))
    (tmp_path / "http-client.env.json").write_text('{"dev": {"code": "200"}}')

    def start(*words: str, ini: str = "") -> subprocess.CompletedProcess[str]:
        (tmp_path / "pytest.ini").write_text(f"[pytest]\naddopts = --strict-markers\nfilterwarnings = error\n{ini}")
        words = ("-p", "callbox.pytest_plugin", "-p", "no:cacheprovider", "-v", *words)
        environ = {**os.environ, "COLUMNS": "200", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        return processes.run(*words, module="pytest", cwd=tmp_path, env=environ)

    return start


@pytest.mark.skipif("callbox.pytest_plugin" not in INSTALLED.values(), reason="callbox is not installed")
def test_pytest_finds_the_plugin_by_itself(run: Run, tmp_path: Path) -> None:
    words = ("-p", "no:cacheprovider", "--http", "-k", "ping", "-c", os.devnull, "--rootdir", tmp_path)
    done = processes.run(*OTHERS, *words, module="pytest", is_fresh=True, cwd=tmp_path)

    assert "1 passed" in done.stdout


def test_nothing_is_collected_unless_asked(run: Run) -> None:
    assert run().returncode == 5


def test_each_request_is_an_item(run: Run) -> None:
    done = run("--http", "--http-env", "dev")

    told = dict(re.findall(r"api\.http::(.+?) (PASSED|FAILED|SKIPPED)", done.stdout))
    assert told == {
        "ping": "PASSED",
        "who": "PASSED",
        "uses another": "PASSED",
        "wrong": "FAILED",
        "never": "SKIPPED",
        "named": "PASSED",
    }


def test_failure_shows_the_exchange_and_no_traceback(run: Run) -> None:
    done = run("--http", "-k", "wrong")

    assert "not 4xx,5xx" in done.stdout
    assert "HTTP/1.1 404 Not Found" in done.stdout
    assert "Traceback" not in done.stdout
    assert "api.http:15" in done.stdout


def test_control_characters_of_a_file_are_shown_as_escapes(run: Run, tmp_path: Path) -> None:
    (tmp_path / "evil.http").write_text(
        "### a\x1b]0;PWNED\x07\x1b[2Jtitle\nGET http://127.0.0.1:9/\n###\n# @nmae x\x1b[8m\nGET {{no\x1b[8m}}\n"
    )

    shown = run("-v", "--http", "evil.http")
    text = shown.stdout + shown.stderr

    assert "\x1b" not in text
    assert "\\x1b]0;PWNED" in text


PASSWORD = "Zq9secretPW"
IN_CLEAR = f"""### Login with password: {PASSWORD}
# @capture x = body $.pong
GET BASE/ping
###
curl -u us:{PASSWORD} BASE/ping
###
GET http://us:{PASSWORD}@HOST/ping?token={PASSWORD}
###
curl -H 'X-Api-Key: {PASSWORD}' BASE/ping
###
curl -d 'password={PASSWORD}' BASE/status/404
###
GET BASE/ping -a us:{PASSWORD}
### skipped with token={PASSWORD}
# @disabled
GET BASE/ping?token={PASSWORD}
### an error
curl -u us:{PASSWORD} --engine x BASE/ping
"""


@pytest.mark.parametrize("option", ["--collect-only", "-rA"])
def test_names_messages_and_junit_contain_no_password_of_a_file(
    run: Run, tmp_path: Path, api: Practice, option: str
) -> None:
    clear = IN_CLEAR.replace("BASE", api.url).replace("HOST", api.url.partition("://")[2])
    (tmp_path / "clear.http").write_text(clear)
    (tmp_path / "none.http").write_text(f"curl -u us:{PASSWORD} --engine\n")

    done = run("--http", option, "--junitxml=j.xml", "-Wdefault", "clear.http", "none.http")
    texts = [done.stdout, done.stderr, *(path.read_text() for path in tmp_path.glob("j.xml"))]

    assert "Login with password: " in done.stdout
    assert not [text for text in texts if PASSWORD in text]


def test_names_that_differ_only_in_a_password_are_numbered(run: Run, tmp_path: Path) -> None:
    (tmp_path / "two.http").write_text("GET http://a/x?token=Zq9secretPW\n###\nGET http://a/x?token=Zq8secretPW\n")

    names = re.findall("<HttpItem (.+)>", run("--http", "--collect-only", "two.http").stdout)

    assert names[1] == f"{names[0]}-2"


def test_one_item_runs_what_it_needs(run: Run) -> None:
    assert "1 passed" in run("--http", "-k", "uses").stdout


ONCE = """@base = BASE
@id = {{$uuid}}
### added
# @name added
POST {{base}}/books
Content-Type: application/json

{"title": "T", "author": "A", "genre": "novel", "copies": 1}

### first
# @capture known = body $.id
GET {{base}}/books/{{added.id}}

### again
# @expect body $.id == {{known}}
GET {{base}}/books/{{added.id}}

### one
# @name one
GET {{base}}/echo?{{id}}

### other
# @expect body $.query_string == {{one.query_string}}
GET {{base}}/echo?{{id}}
"""


@pytest.mark.parametrize("words", [(), ("-k", "again or first or other")])
def test_no_request_is_sent_twice_and_no_variable_made_anew(run: Run, tmp_path: Path, api: Practice, words) -> None:
    (tmp_path / "once.http").write_text(ONCE.replace("BASE", api.url))
    done = run("--http", "once.http", *words)

    assert re.search(r" [35] passed", done.stdout)
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("words", "outcomes"),
    [
        (["-k", "use"], {"use": "FAILED", "use again": "SKIPPED"}),
        (["-k", "again"], {"use again": "FAILED"}),
        ([], {"login": "FAILED", "use": "SKIPPED", "use again": "SKIPPED"}),
    ],
    ids=["two that need it", "one", "it too"],
)
def test_what_is_needed_does_not_fail_unseen(run: Run, tmp_path: Path, api: Practice, words, outcomes) -> None:
    needs = "{{login.response.body.$.x}}"
    (tmp_path / "api.http").write_text(
        f"### login\n# @name login\nPOST {api.url}/status/401\n"
        f"### use\nGET {api.url}/ping?{needs}\n### use again\nGET {api.url}/ping?{needs}\n"
    )
    done = run("--http", *words)

    assert done.returncode == 1
    assert dict(re.findall(r"api\.http::(.+?) (PASSED|FAILED|SKIPPED)", done.stdout)) == outcomes
    assert "POST /status/401" in done.stdout


@pytest.mark.parametrize(
    ("words", "counts"),
    [
        ((), "3 failed"),
        (("-k", "use"), "1 failed, 2 deselected"),
        (("-k", "last"), "1 failed, 2 deselected"),
    ],
    ids=str,
)
def test_request_is_not_passed_if_one_that_it_needs_has_an_error(
    run: Run, tmp_path: Path, api: Practice, words: tuple[str, ...], counts: str
) -> None:
    (tmp_path / "n.http").write_text(
        f"### login\n# @name login\nGET {api.url}/ping?x={{{{nowhere}}}}\n"
        f"### use\n# @name used\nGET {api.url}/ping?y={{{{login.status}}}}\n"
        f"### last\nGET {api.url}/ping?y={{{{used.status}}}}\n"
    )

    done = run("--http", "n.http", *words)

    assert re.search(rf"= {counts} in ", done.stdout), done.stdout
    assert "No variable 'nowhere'" in done.stdout


def test_wrong_words_are_told_without_a_traceback(run: Run) -> None:
    done = run("--http", "--http-env", "dev", "--http-var", "code", "-k", "ping")

    assert done.returncode == 1
    assert "takes NAME=VALUE, not 'code'" in done.stdout
    assert "Error" not in done.stdout


def test_tags_are_marks(run: Run) -> None:
    assert "1 passed, 5 deselected" in run("--http", "-m", "quick").stdout


@pytest.mark.parametrize("tag", ["skip", "xfail", "skipif"])
def test_a_tag_with_the_name_of_a_mark_of_pytest_changes_no_run(
    run: Run, tmp_path: Path, api: Practice, tag: str
) -> None:
    (tmp_path / "tagged.http").write_text(f"### tagged\n# @tag {tag}\nGET {api.url}/status/500\n")

    assert "1 failed" in run("--http", "-m", f"tag_{tag}").stdout


def test_patterns_of_the_ini_collect(run: Run) -> None:
    assert "5 passed" not in run(ini="http_files = other/*.http\n").stdout
    assert "4 passed, 1 skipped" in run("-k", "not wrong", ini="http_files = *.http\nhttp_env = dev\n").stdout


def test_variables_come_from_the_command_line(run: Run) -> None:
    assert "1 passed" in run("--http", "--http-var", "code=201", "-k", "named").stdout


def test_file_without_requests_is_an_error(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.http").write_text("# nothing")
    done = run("--http", "empty.http")

    assert done.returncode == 2
    assert "there is no request in this file" in done.stdout


def test_misspelt_check_of_an_imported_file_is_warned_of(run: Run, tmp_path: Path) -> None:
    (tmp_path / "main.http").write_text("import part.http\nGET http://127.0.0.1:9/")
    (tmp_path / "part.http").write_text("# @expct status 200\nGET http://127.0.0.1:9/")

    done = run("main.http", "--http", "--collect-only", "-W", "default")

    assert "part.http:1:1: No directive is called @expct. Did you mean @expect?" in done.stdout
    assert done.returncode == 0


CLEAN_UP = """### create
# @name create
POST BASE/books
Content-Type: application/json

{"title": "CLEAN", "author": "X"}

### wrong
GET BASE/status/500

### more
GET BASE/ping

### delete
# @always
# @expect status STATUS
DELETE BASE/books/{{create.id}}
"""


@pytest.mark.parametrize(("status", "told"), [("204", "1 failed, 1 passed"), ("418", "1 failed, 1 passed, 1 error")])
def test_clean_up_is_sent_after_the_first_failure(
    run: Run, tmp_path: Path, api: Practice, status: str, told: str
) -> None:
    (tmp_path / "api.http").write_text(CLEAN_UP.replace("BASE", api.url).replace("STATUS", status))
    done = run("--http", "-x")

    assert f"{told} in" in done.stdout
    with urllib.request.urlopen(f"{api.url}/books?per_page=100") as response:
        assert b"CLEAN" not in response.read()


DESCRIPTION = """{"openapi": "3.1.0", "info": {"title": "Ping", "version": "1"}, "paths": {
  "/ping": {"get": {"responses": {"200": {"content": {"application/json": {"schema": SCHEMA}}}}}}}}"""
TRUE = '{"type": "object", "required": ["pong"]}'
WRONG = '{"type": "object", "properties": {"pong": {"type": "string"}}}'


@pytest.mark.parametrize(("words", "ini"), [(("--http-openapi=ping.json",), ""), ((), "http_openapi = ping.json")])
def test_responses_are_compared_with_a_description(run: Run, tmp_path: Path, words: tuple[str, ...], ini: str) -> None:
    pytest.importorskip("jsonschema_rs")
    (tmp_path / "ping.json").write_text(DESCRIPTION.replace("SCHEMA", WRONG))

    done = run("--http", "-k", "ping", *words, ini=ini)

    assert done.returncode == 1
    assert "api.http:4:1: openapi GET /ping 200 $.pong" in done.stdout
    assert "expected string" in done.stdout
    assert "actual   true" in done.stdout


def test_a_response_as_described_passes(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("jsonschema_rs")
    (tmp_path / "ping.json").write_text(DESCRIPTION.replace("SCHEMA", TRUE))

    done = run("--http", "-k", "ping", "--http-openapi", "ping.json")

    assert done.returncode == 0
    assert "1 passed" in done.stdout


def test_a_missing_description_is_one_line(run: Run) -> None:
    done = run("--http", "-k", "ping", "--http-openapi", "nothing.json")

    assert done.returncode == 1
    assert "nothing.json" in done.stdout
    assert "Traceback" not in done.stdout


def test_misspelt_variable_of_the_command_line_is_warned_of(run: Run) -> None:
    done = run("--http", "--http-var", "coed=201", "--collect-only", "-W", "default")

    assert "uses no variable 'coed'. Did you mean 'code'?" in done.stdout


class Argument:
    def __repr__(self) -> str:
        return "hunter2"

    def encode(self, *_: object) -> bytes:
        raise ValueError("password=hunter2")


def test_bug_of_callbox_is_one_line_without_arguments() -> None:
    with pytest.raises(ValueError, match="password") as caught:
        percent_forms(Argument())  # type: ignore[arg-type]

    line = format_bug(caught)

    assert line.startswith("a bug in callbox: ValueError: password=")
    assert "hunter2" not in line
    assert "\n" not in line
