"""`callbox replay --report-..`: what is written where, however the run ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from tests.support import processes
from tests.support.closed_port import CLOSED
from tests.support.rows import check_rows

from callbox.cli.replay.interruption import Interruption
from callbox.cli.replay.reports_and_exports import Reports
from callbox.errors import UsageError
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.practice import Practice
from callbox.replay.file_and_system_access import real_ports
from callbox.replay.run_option_table import REPORTS
from callbox.replay.run_options import Plan
from callbox.replay.run_progress_and_deadline import RunControl
from callbox.report.result import Result
from callbox.report.run_redaction import RunSecrets

STEP = parse("GET http://h/", "a.http").steps[0]


@pytest.fixture
def script(api: Practice, tmp_path: Path) -> Path:
    path = tmp_path / "a.http"
    path.write_text(f"GET {api.url}/ping\n\n###\n# @expect status 201\nGET {api.url}/ping\n")
    return path


def replay(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return processes.run("replay", *words)


def test_several_reports_at_once_and_the_screen_stays_as_it_is(script: Path, tmp_path: Path) -> None:
    formats = ("junit", "json", "tap", "html", "har")
    files = {name: tmp_path / "new" / "folder" / name for name in formats}
    plain = replay(script)
    done = replay(script, *(word for name in formats for word in (f"--report-{name}", files[name])))

    assert (done.returncode, plain.returncode) == (1, 1)
    assert [line.split()[:3] for line in done.stdout.splitlines()] == [
        line.split()[:3] for line in plain.stdout.splitlines()
    ]
    assert fromstring(files["junit"].read_text()).attrib["failures"] == "1"
    assert json.loads(files["json"].read_text())["verdict"] == "failed"
    assert files["tap"].read_text().startswith("TAP version 14\n1..2\nok 1 - ")
    assert files["html"].read_text().startswith("<!doctype html>")
    assert len(json.loads(files["har"].read_text())["log"]["entries"]) == 2


def test_annotations_end_the_standard_output(script: Path) -> None:
    done = replay(script, "--github")

    assert done.stdout.splitlines()[-1].startswith(f"::error file={script},line=4,col=1,")


def test_nothing_that_a_server_sent_is_a_command_to_the_workflow(api: Practice, tmp_path: Path) -> None:
    script, body = tmp_path / "a.http", "::stop-commands::x\n  ::error::no\n##[error]no"
    script.write_text(f"# @expect status 201\nPOST {api.url}/echo\nContent-Type: text/plain\n\n{body}\n")
    first, *told = replay(script, "--github").stdout.splitlines()
    token = first.removeprefix("::stop-commands::")

    assert len(token) >= 32
    assert token != first
    assert told.index(f"::{token}::") == len(told) - 2
    assert told[-1].startswith("::error file=")
    assert token not in replay(script, "--github").stdout


def test_commands_are_stopped_before_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.http").write_text(
        "POST http://127.0.0.1:9/\nContent-Type: multipart/form-data; boundary=b\n\n"
        "--b\nContent-Disposition: form-data; name=a\n\n::stop-commands::pwned\n"
    )
    done = processes.run("replay", "a.http", "--github", cwd=tmp_path, stderr=subprocess.STDOUT)
    lines = [line.strip() for line in done.stdout.splitlines()]

    assert "::stop-commands::pwned" in lines
    assert lines[0].startswith("::stop-commands::")
    assert lines[0] != "::stop-commands::pwned"


@pytest.mark.parametrize("option", ["--openapi", "--vars-file"])
def test_error_before_the_run_shows_github_no_line_of_a_file(tmp_path: Path, option: str) -> None:
    (tmp_path / "a.http").write_text("GET http://127.0.0.1:9/")
    (tmp_path / "x.json").write_text('{"openapi": "3.1.0",\n::error::INJECTED\n')
    done = processes.run("replay", "a.http", "--github", option, "x.json", cwd=tmp_path, stderr=subprocess.STDOUT)

    assert "x.json:2:1" in done.stdout
    assert not [line for line in done.stdout.splitlines() if line.lstrip().startswith("::")]


@pytest.mark.parametrize(
    ("workspace", "file"), [("..", "deep/api/a.http"), (".", "api/a.http"), ("api", "a.http"), ("other", "api/a.http")]
)
def test_annotations_name_files_as_the_repository_does(
    api: Practice, tmp_path: Path, monkeypatch, workspace: str, file: str
) -> None:
    folder = tmp_path / "deep"
    (folder / "api").mkdir(parents=True)
    (folder / "api" / "a.http").write_text(f"GET {api.url}/status/404\n")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GITHUB_WORKSPACE", str((folder / workspace).resolve()))

    assert replay("api/a.http", "--github").stdout.splitlines()[-1].startswith(f"::error file={file},line=1,")


def test_summary_of_a_job_is_appended_to_where_there_is_one(script: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    (tmp_path / "summary.md").write_text("before\n")
    replay(script)
    replay(script, "--github")

    assert (tmp_path / "summary.md").read_text().startswith("before\n### 1 of 2 requests did not pass\n")


def test_one_that_cannot_be_written_does_not_keep_the_others(script: Path, tmp_path: Path) -> None:
    done = replay(script, "--report-junit", tmp_path, "--report-json", tmp_path / "a.json")

    assert done.returncode == 3
    assert f"callbox: error: {tmp_path} is a folder, not a file\n" in done.stderr
    assert json.loads((tmp_path / "a.json").read_text())["counts"]["requests"] == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_is_reported(api: Practice, tmp_path: Path, number: signal.Signals) -> None:
    script, report = tmp_path / "a.http", tmp_path / "a.json"
    script.write_text(f"GET {api.url}/ping\n\n###\nGET {api.url}/slow?seconds=20\n")
    words = ("replay", script, "--report-json", report)
    with processes.Callbox(*words, stdout=subprocess.PIPE, env=os.environ | {"PYTHONUNBUFFERED": "1"}) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(number)
        process.stdout.read()

    assert process.returncode == 130
    assert json.loads(report.read_text())["verdict"] == "interrupted"
    assert json.loads(report.read_text())["files"][0]["results"][0]["outcome"] == "ok"


@pytest.mark.parametrize("seen", [1, 40, 90])
def test_what_an_interrupted_run_has_not_sent_is_reported(api: Practice, tmp_path: Path, seen: int) -> None:
    script, report = tmp_path / "a.http", tmp_path / "a.json"
    script.write_text(f"GET {api.url}/ping\n\n###\n" * 500)
    words = ("replay", script, "--report-json", report)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "pipesize": 4096}  # the run waits before its end
    with processes.Callbox(*words, **pipes) as process:
        assert process.stdout is not None
        for _ in range(seen):
            process.stdout.readline()
        process.send_signal(signal.SIGINT)
        told, _ = process.communicate()
    counts = json.loads(report.read_text())["counts"]

    assert process.returncode == 130
    assert counts["ok"] + counts["error"] + counts["skipped"] in (500, 501)
    assert counts["error"] == 1
    assert counts["skipped"] > 0
    assert b"skipped" not in told


@pytest.mark.parametrize("words", [(), ("--jobs", "2"), ("--share-session",)], ids=str)
def test_a_file_that_an_interrupted_run_did_not_come_to_is_left_for_the_next(
    api: Practice, tmp_path: Path, monkeypatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("a", "b"):
        (tmp_path / f"{name}.http").write_text(f"GET {api.url}/ping\n\n###\nGET {api.url}/slow?seconds=20\n")
    (tmp_path / "c.http").write_text(f"GET {api.url}/status/404\n\n###\nGET {api.url}/status/404\n")
    words = ("a.http", "b.http", "c.http", *words, "--report-json", "r.json")
    with processes.Callbox(
        "replay", *words, stdout=subprocess.PIPE, env=os.environ | {"PYTHONUNBUFFERED": "1"}
    ) as process:
        assert process.stdout is not None
        while b"GET /ping" not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        process.stdout.read()
    report = json.loads((tmp_path / "r.json").read_text())

    assert process.returncode == 130
    assert [file["name"] for file in report["files"][:3]] == ["a.http", "b.http", "c.http"]
    assert [result["reason"] for result in report["files"][2]["results"]] == ["interrupted", "interrupted"]
    assert replay("c.http", "--only-failed").returncode == 1


@pytest.mark.parametrize(
    "wrong",
    ["# @prompt token\nGET {{base}}/ping?{{token}}", "GET {{base}}/{{nothing}}", "GET {{base}}/ping\n?? stat 200"],
)
def test_requests_that_an_error_before_sending_kept_back_are_sent_later(
    api: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.chdir(tmp_path)
    script = f"@base = {api.url}\nGET {{{{base}}}}/ping?1\n\n###\n{wrong}\n\n###\nGET {{{{base}}}}/ping?3\n"
    (tmp_path / "a.http").write_text(script)
    first = replay("a.http")
    (tmp_path / "a.http").write_text(script.replace(wrong, "GET {{base}}/ping?2"))

    second, third = replay("a.http", "--only-failed"), replay("a.http", "--only-failed")

    assert first.returncode == 2
    assert [f"/ping?{number}" in second.stdout for number in (1, 3)] == [True, True]
    assert "No request of these files failed" in third.stdout + third.stderr


@check_rows("name", [name for name in REPORTS if name != "github"])
def test_a_report_without_a_file_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=f"--{name} takes the name of a file"):
        Reports({name: [""]}, 0.0, RunSecrets())


def test_every_report_of_the_table_can_be_written(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    reports = Reports({name: [str(tmp_path / name)] for name in REPORTS}, 0.0, RunSecrets())
    reports.add(Result("a.http", "ok", STEP))

    assert reports.write(1.0, Interruption(RunControl(Plan(), real_ports()), Plan())) == []
    assert {path.name for path in tmp_path.iterdir()} == set(REPORTS) - {"github"}


def test_report_to_the_standard_output_has_it_alone(script: Path) -> None:
    done = replay(script, "--report-json", "-")

    assert json.loads(done.stdout)["counts"]["requests"] == 2
    assert done.stderr.startswith("ok      GET /ping")


def test_copy_to_the_standard_output_has_it_alone(script: Path) -> None:
    assert [line.split()[0] for line in replay(script, "--as-curl", "-").stdout.splitlines()[:2]] == ["#", "curl"]


@pytest.mark.parametrize(
    "words",
    [("--report-json", "-", "--as-curl", "-"), ("--report-json", "-", "-o", "body"), ("--as-http", "-", "--github")],
)
def test_two_things_do_not_share_the_standard_output(script: Path, words: tuple[str, ...]) -> None:
    done = replay(script, *words)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("callbox: error: Only one output can go to standard output")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a.http", "--report-junit", "r", "--report-json", "./r"], "Two outputs cannot go to one file: ./r"),
        (["a.http", "--report-json", "r", "--report-json", "r"], "Two outputs cannot go to one file: r"),
        (["a.http", "--as-curl", "r", "--report-har", "r"], "Two outputs cannot go to one file: r"),
        (["a.http:1", "--report-json", "link.http"], "link.http is one of the scripts"),
        ([".", "--as-http", "./a.http"], "./a.http is one of the scripts"),
        (["*.http", "--as-curl", "a.http"], "a.http is one of the scripts"),
    ],
    ids=str,
)
def test_a_file_is_written_by_one_only_and_a_script_by_none(
    script: Path, tmp_path: Path, monkeypatch, words: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link.http").symlink_to(script)
    before = script.read_text()
    done = replay(*words)

    assert (done.returncode, done.stdout, script.read_text()) == (2, "", before)
    assert done.stderr.startswith(f"callbox: error: {message}\n")


def test_devices_take_several(script: Path) -> None:
    assert replay(script, "--report-json", os.devnull, "--report-junit", os.devnull).returncode == 1


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("part", ["body", "exchange"])
def test_reports_are_written_though_the_output_pipe_is_closed(
    api: Practice, tmp_path: Path, unbuffered: str, part: str
) -> None:
    script, report = tmp_path / "a.http", tmp_path / "a.json"
    script.write_text(f"GET {api.url}/big?mb=0.2\n\n###\nGET {api.url}/ping\n")
    words = ("replay", script, "-o", part, "--report-json", report)
    with processes.Callbox(
        *words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | {"PYTHONUNBUFFERED": unbuffered}
    ) as process:
        assert process.stdout is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.wait(60) == 141

    assert json.loads(report.read_text())["verdict"] == "interrupted"
    assert json.loads(report.read_text())["files"][0]["results"][0]["outcome"] == "ok"


def test_output_that_cannot_wait_is_waited_for(script: Path) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    script.write_text("###\nGET http://127.0.0.1:1/x\n" * 300)
    with processes.Callbox("replay", script, "--dry-run", "--report-json", "-", stdout=writer) as process:
        os.close(writer)
        with open(reader, "rb") as pipe:
            told = pipe.read()

    assert process.returncode == 0
    assert json.loads(told)["counts"]["planned"] == 300
    assert len(told) > 65_536  # more than the pipe takes at once


def test_cookies_that_cannot_be_written_do_not_keep_reports_from_it(script: Path, tmp_path: Path) -> None:
    report = tmp_path / "a.json"
    done = replay(script, "--cookie-jar", tmp_path / "a.http" / "jar", "--report-json", report)

    assert done.returncode == 3
    assert json.loads(report.read_text())["counts"] | {"ok": 1, "failed": 1} == json.loads(report.read_text())["counts"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
@pytest.mark.parametrize(
    ("out", "err", "words"),
    [("/dev/full", None, []), (None, "/dev/full", []), (None, None, ["--report-html", "/dev/full"])],
)
def test_no_room_anywhere_is_exit_code_3(
    api: Practice, tmp_path: Path, out: str | None, err: str | None, words: list[str]
) -> None:
    (tmp_path / "a.http").write_text(f"GET {api.url}/ping\n")
    with open(out or os.devnull, "wb") as stdout, open(err or os.devnull, "wb") as stderr:
        done = processes.run("replay", tmp_path / "a.http", *words, stdout=stdout, stderr=stderr)

    assert done.returncode == 3


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
def test_reports_are_written_where_the_standard_output_has_no_room(script: Path, tmp_path: Path) -> None:
    report = tmp_path / "a.json"
    with open("/dev/full", "wb") as stdout:
        done = processes.run("replay", script, "--report-json", report, stdout=stdout, stderr=None)

    assert done.returncode == 3
    assert json.loads(report.read_text())["verdict"] == "interrupted"


SECRETS = """### login
POST BASE/mirror?accessToken=S3CRETq&user[password]=S3CRETr
X-AuthToken: S3CRETh
Cookie: sid=S3CRETc; b=S3CRETd
Content-Type: application/json

{"newPassword": "S3CRETb", "user": {"passwd": "S3C", "pin": 31337, "password": {"a": "S3CRETn"}}}

?? status == 299
?? body $.newPassword == other

### form
POST BASE/mirror
Content-Type: application/x-www-form-urlencoded

user[password]=S3CRETf&newPassword=S3CRETg&a=1

?? status == 299

### parts
POST BASE/mirror
Content-Type: multipart/form-data; boundary=b

--b
Content-Disposition: form-data; name="user[passwd]"

S3CRETp
--b--

?? status == 299

### XML
POST BASE/mirror
Content-Type: application/xml

<login><newPassword>S3CRETx</newPassword><user clientSecret="S3CRETy"/></login>

?? status == 299

### GraphQL
POST BASE/mirror
Content-Type: application/json

{"query": "mutation { login(password: \\"S3CRETm\\") { id } }", "variables": {"clientSecret": "S3CRETv"}}

?? status == 299

### curl
curl -u ann:S3CRETu -H 'X-AuthToken: S3CRETt' -b 'sid=S3CRETs' -d 'newPassword=S3CRETo' BASE/mirror
"""


def test_no_secret_of_any_role_or_spelling_is_in_any_report(api: Practice, tmp_path: Path) -> None:
    script = tmp_path / "a.http"
    script.write_text(SECRETS.replace("BASE", api.url))
    formats = ("junit", "json", "tap", "html", "har")
    words = [word for name in formats for word in (f"--report-{name}", tmp_path / name)]
    done = replay(script, "-v", "--record", tmp_path / "kept", *words)

    assert done.returncode == 1
    written = [path.read_text() for path in tmp_path.rglob("*") if path.is_file() and path != script]
    for text in (done.stdout, done.stderr, *written):
        assert not re.findall(r".{0,40}S3C\w*|31337", text)


def test_fault_of_callbox_leaves_the_reports_of_what_was_sent(script: Path, tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from callbox.cli import main\n"
        "from callbox.cli.replay import replay_command as replay_main\n"
        "class Broken:\n"
        "    def __call__(self, *args): raise ValueError('oops')\n"
        "ports = replay_main.real_ports\n"
        "replay_main.real_ports = lambda ask: ports(ask)._replace(check_write=Broken())\n"
        "sys.exit(main.dispatch(sys.argv[1:]))\n"
    )
    (tmp_path / "b.http").write_text(f"GET http://{CLOSED}/\n\n>> out.txt\n")
    words = ("replay", script, tmp_path / "b.http", "--report-json", tmp_path / "r.json")

    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, words)], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 4
    report = json.loads((tmp_path / "r.json").read_text())
    told = [result["outcome"] for file in report["files"] for result in file["results"]]
    assert told == ["ok", "failed", "error"]


def test_sandboxed_report_follows_no_link_out_of_the_folder(script: Path, tmp_path: Path) -> None:
    folder = tmp_path / "clone"
    folder.mkdir()
    (folder / "a.http").write_text(script.read_text())
    (folder / "out").symlink_to(tmp_path / "victim")
    (tmp_path / "victim").mkdir()

    refused = replay(folder / "a.http", "--sandbox", "--report-json", folder / "out" / "r.json")
    followed = replay(folder / "a.http", "--report-json", folder / "out" / "r.json")

    assert refused.returncode == 2
    assert "through a symbolic link" in refused.stderr
    assert followed.returncode == 1
    assert (tmp_path / "victim" / "r.json").exists()


@pytest.mark.parametrize("option", ["--as-curl", "--as-http", "--report-tap"])
def test_copy_and_report_on_a_terminal_hold_no_control_characters(tmp_path: Path, option: str) -> None:
    path = tmp_path / "a.http"
    path.write_text(f"### a\x1b[2J\nPOST {CLOSED}/x\nX-A: a\x1b]0;PWNED\x07\n\nhey \x1b[2J\n")
    here, there = os.openpty()
    with open(there, "wb", 0) as terminal:
        streams = {"stdin": subprocess.DEVNULL, "stdout": terminal, "stderr": terminal}
        process = processes.Callbox("replay", path, option, "-", "--color", "never", **streams)
    seen = bytearray()
    with open(here, "rb", 0) as screen:
        try:
            while data := screen.read(4096):
                seen += data
        except OSError:
            pass  # the terminal is closed
    process.wait(60)

    assert b"\x1b]0" not in seen
    assert b"\x1b[2J" not in seen
    assert b"\\x1b" in seen
