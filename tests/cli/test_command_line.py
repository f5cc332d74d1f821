"""The command `callbox` as processes see it: what goes where, and the exit codes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support import processes
from tests.support.closed_port import CLOSED
from tests.support.rows import check_rows
from tests.support.silent_server import SilentServer

from callbox.cli.argparse_parser import parse_arguments
from callbox.cli.shell_command import run_shell
from callbox.errors import UsageError
from callbox.practice import Practice

PONG = '{"pong": true}\n'


def callbox(*words: str, stdin: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    return processes.run(*words, given=stdin, env=os.environ | environ)


def in_bash(line: str) -> subprocess.CompletedProcess[str]:
    """A line of bash in which `callbox` is this one."""
    words = ["bash", "-c", f'callbox() {{ "{sys.executable}" -P -m callbox "$@"; }}; {line}']
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)


def test_content_goes_out_and_the_rest_aside(api: Practice) -> None:
    done = callbox(api.url, "-c", "set header X-A 1", "-c", "get /ping")

    assert done.returncode == 0
    assert done.stdout == PONG
    assert done.stderr == "header X-A: 1\nHTTP/1.1 200 OK  connection 1 new\n"


def test_lines_come_from_standard_input(api: Practice) -> None:
    done = callbox(api.url, stdin="# a comment\nset var a '1\n2'\nshow vars\nget /ping\n")

    assert done.returncode == 0
    assert "1\\n2" in done.stdout
    assert done.stdout.endswith(PONG)


@pytest.mark.parametrize(("words", "code"), [((), 2), (("-",), 0), (("-c", "get /ping"), 0)])
def test_url_without_any_line_is_an_error(api: Practice, words: tuple[str, ...], code: int) -> None:
    done = callbox(api.url, *words, stdin="")

    assert done.returncode == code
    assert ("nothing was sent\n  for one request: callbox get URL" in done.stderr) == bool(code)


def test_lines_come_from_a_file(api: Practice, tmp_path: Path) -> None:
    (tmp_path / "lines").write_text("get /ping\nset heder X 1\nget /ping\n")

    done = callbox(api.url, "-f", str(tmp_path / "lines"))

    assert done.returncode == 2
    assert done.stdout == PONG
    assert f"callbox: error: {tmp_path / 'lines'}:2:5: Cannot set 'heder'\n" in done.stderr


def test_it_stops_at_the_first_error_unless_it_keeps_going(api: Practice) -> None:
    lines = ("-c", "gte /x", "-c", "get /ping")

    stopped, went_on = callbox(api.url, *lines), callbox(api.url, "--keep-going", *lines)

    assert (stopped.returncode, stopped.stdout) == (2, "")
    assert (went_on.returncode, went_on.stdout) == (2, PONG)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("-c", "get /ping"), 0),
        (("-c", "get /status/404"), 0),
        (("--check-status", "-c", "get /status/404"), 1),
        (("--check-status", "-c", "get /status/404 | cat"), 1),
        (("--check-status", "-c", "get /ping | cat"), 0),
        (("--check-status", "-c", "get /status/404", "-c", "again --times 2", "-c", "get /ping"), 1),
        (("-c", "get /ping | false"), 1),
        (("-c", "get {{nothing}}"), 2),
        (("--nope",), 2),
        (("-c", "get http://{closed}/"), 3),
        (("-c", "get /truncated"), 3),
        (("-c", "get /slow --timeout 100ms"), 3),
        (("-c", "exit", "-c", "gte"), 0),
    ],
    ids=[
        "fine",
        "404",
        "checked",
        "checked in a pipe",
        "fine in a pipe",
        "checked before",
        "pipe",
        "undefined",
        "option",
        "refused",
        "cut off",
        "timeout",
        "exit",
    ],
)
def test_exit_codes(api: Practice, words: tuple[str, ...], code: int) -> None:
    done = callbox(api.url, *(word.replace("{closed}", CLOSED) for word in words))

    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


def test_an_error_is_one_line_a_caret_and_a_hint(api: Practice) -> None:
    done = callbox(api.url, "-c", "gte /x")

    assert done.stderr == "callbox: error: No command 'gte'\n  gte /x\n  ^^^\n  Did you mean 'get'?\n"


def test_nobody_reads_any_more(api: Practice) -> None:
    command = f"'{sys.executable}' -m callbox {api.url} -c \"get '/big?mb=20'\" | head -c 5; exit ${{PIPESTATUS[0]}}"

    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)

    assert done.returncode == 141
    assert "Traceback" not in done.stderr
    assert "error" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_no_room_is_one_line(api: Practice) -> None:
    with Path("/dev/full").open("w") as full:
        done = processes.run(api.url, "-c", "get /ping", stdout=full)

    assert done.returncode == 3
    assert done.stderr.endswith("callbox: error: Cannot write output: no space left\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("words", ["--version", "--help", "--man", "--completion bash", "practice", "replay --help"])
def test_what_is_printed_and_has_no_room_is_one_line(words: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = processes.run(*words.split(), stdout=full)

    assert (done.returncode, done.stderr) == (3, "callbox: error: Cannot write output: no space left\n")


@pytest.mark.parametrize("words", ["--version", "--help", "-c help", "-c 'get {url}/ping'"])
def test_a_closed_standard_output_is_one_line(api: Practice, words: str) -> None:
    done = in_bash(f"callbox {words.format(url=api.url)} >&-")

    assert done.returncode == 3
    assert done.stderr.endswith("callbox: error: Cannot write output: it is closed\n")
    assert "Traceback" not in done.stderr


def test_a_closed_standard_error_hides_what_is_said_and_nothing_else(api: Practice) -> None:
    done = in_bash(f"callbox {api.url} -c 'set var a 1' -c 'get /ping' 2>&-")

    assert (done.returncode, done.stdout) == (0, PONG)


@pytest.mark.parametrize("operator", [">", ">>"])
def test_a_folder_that_is_gone_is_one_line(api: Practice, tmp_path: Path, operator: str) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()

    done = in_bash(f"cd {folder}; rmdir {folder}; callbox {api.url} -c 'get /ping {operator} f'")

    assert done.returncode == 3
    assert done.stderr.startswith("callbox: error: Cannot write f: no such file or directory\n")


def test_ctrl_c_cancels_and_ends_with_130(api: Practice) -> None:
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with SilentServer() as silent:
        lines = ("-c", "get /ping", "-c", f"get {silent.url}/", "-c", "get /ping")
        with processes.Callbox(api.url, *lines, **streams) as process:
            silent.wait_for_request()

            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=processes.TIMEOUT_S)

    assert (process.returncode, out) == (130, PONG)
    assert "interrupted after 0 B" in err
    assert "Traceback" not in err


def test_ctrl_c_while_it_starts_is_quiet() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "callbox"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while "callbox.cli" not in process.stderr.readline():
            pass

        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)

    assert process.returncode in (130, -signal.SIGINT)
    assert "Traceback" not in err


def test_a_closed_standard_input_does_not_block() -> None:
    done = subprocess.run(
        ["bash", "-c", f"'{sys.executable}' -m callbox <&-"], capture_output=True, text=True, timeout=20, check=False
    )

    assert "Traceback" not in done.stderr


def test_the_version_names_what_it_stands_on() -> None:
    done = callbox("--version")

    assert done.stdout.startswith("callbox ")
    for name in ("Python 3.", "urllib3 2.", "OpenSSL "):
        assert name in done.stdout


@check_rows("words", [("--help",), ("replay", "--help"), ("practice", "--help")], ids=" ".join)
def test_help_fits_eighty_columns(words: tuple[str, ...]) -> None:
    done = callbox(*words, COLUMNS="200")

    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_a_script_is_not_a_file_of_commands() -> None:
    done = callbox("-f", "x.http")

    assert done.returncode == 2
    assert "callbox replay x.http" in done.stderr


def test_urllib3_future_is_named_and_refused(tmp_path: Path) -> None:
    (tmp_path / "urllib3").mkdir()
    (tmp_path / "urllib3/_version.py").write_text('__version__ = "2.13.905"\n')
    (tmp_path / "urllib3/__init__.py").write_text("")

    done = callbox("-c", "help", PYTHONPATH=str(tmp_path))

    assert done.returncode == 2
    assert "urllib3-future 2.13.905 has taken the place of urllib3" in done.stderr


def test_options_of_the_session_are_options_of_the_command_line(api: Practice) -> None:
    done = callbox(api.url, "--timeout", "5s", "--follow=no", "-c", "get /redirect/1 -h", "-c", "show session")

    assert "302" in done.stdout
    assert "set option timeout 5\n" in done.stdout


def test_a_wrong_value_of_an_option_is_refused() -> None:
    done = callbox("--timeout", "soon", "-c", "help")

    assert done.returncode == 2
    assert "timeout must be a time, not 'soon'" in done.stderr


def test_a_fault_of_ours_is_one_line(api: Practice, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import callbox.shell.commands.help_cd_reset_and_undo as g\ndef boom(call, context):\n    raise ValueError('oops')\ng.show_help = boom\n"
    )

    plain = callbox("-c", "help", PYTHONPATH=str(tmp_path))
    debugged = callbox("--debug", "-c", "help", PYTHONPATH=str(tmp_path))

    assert plain.returncode == 4
    assert plain.stderr.startswith("callbox: error: a bug in callbox: ValueError: oops\n")
    assert "Traceback" in debugged.stderr


def test_a_fault_of_ours_is_that_of_one_line(api: Practice, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import callbox.shell.commands.help_cd_reset_and_undo as g\ndef boom(call, context):\n    raise ValueError('oops')\ng.show_help = boom\n"
    )
    (tmp_path / "lines").write_text("set var a 1\nhelp\nget /ping\n")
    words = (api.url, "-f", str(tmp_path / "lines"))

    stopped, went_on = (callbox(*words, *more, PYTHONPATH=str(tmp_path)) for more in ((), ("--keep-going",)))

    assert (stopped.returncode, stopped.stdout) == (4, "")
    assert f"callbox: error: {tmp_path / 'lines'}:2:1: a bug in callbox: ValueError: oops\n" in stopped.stderr
    assert (went_on.returncode, went_on.stdout) == (4, PONG)


def test_ctrl_c_ends_a_run_of_fast_requests(api: Practice, tmp_path: Path) -> None:
    (tmp_path / "fast").write_text("get /ping -b\n" * 30_000)
    words = (api.url, "-f", tmp_path / "fast")
    with processes.Callbox(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read(200)

        process.send_signal(signal.SIGINT)
        rest, said = process.communicate(timeout=60)

    assert process.returncode == 130
    assert len(rest) < 15 * 15_000
    assert b"interrupted" in said.splitlines()[-1]


@pytest.mark.parametrize("columns", ["1", "40", "80"])
def test_any_width_works(api: Practice, columns: str) -> None:
    done = callbox(api.url, "-c", "set var a 1", "-c", "show vars", "-c", "show options", COLUMNS=columns)

    assert done.returncode == 0


def test_an_ascii_output_has_no_encoding_errors(api: Practice) -> None:
    done = callbox(api.url, "-c", "set var a é", "-c", "show vars", PYTHONIOENCODING="ascii", LC_ALL="C")

    assert done.returncode == 0
    assert "\\xe9" in done.stdout


def test_practice_with_a_shell_runs_lines_on_it() -> None:
    done = callbox("practice", "--shell", "-c", "get /ping")

    assert (done.returncode, done.stdout) == (0, PONG)


def test_replay_gives_a_line_a_request_and_a_verdict(api: Practice, tmp_path: Path) -> None:
    (tmp_path / "ok.http").write_text(f"GET {api.url}/ping\n")
    (tmp_path / "bad.http").write_text(f"GET {api.url}/status/500\n")

    fine, failed = callbox("replay", str(tmp_path / "ok.http")), callbox("replay", str(tmp_path))

    assert fine.returncode == 0
    assert fine.stdout.startswith("ok      GET /ping  200")
    assert "1 request: 1 ok" in fine.stderr
    assert failed.returncode == 1


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("hist.http", "to send its requests: callbox replay hist.http; for a host: http://hist.http"),
        (
            "api.yaml",
            "to load a description of an API: callbox -c 'import openapi api.yaml' -i; for a host: http://api.yaml",
        ),
        ("lines", "to run its lines: callbox -f lines; for a host: http://lines"),
    ],
)
def test_file_in_the_place_of_a_url_is_refused(tmp_path: Path, monkeypatch, name: str, hint: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text("get /\n")

    refused = callbox(name)

    assert refused.returncode == 2
    assert f"'{name}' is a file, not a URL" in refused.stderr
    assert hint in " ".join(refused.stderr.split())


@check_rows(
    ("words", "message", "hint"),
    [
        (["show"], "'show' is a command of the shell, not a URL", "to run it: callbox -c 'show ..'"),
        (["repaly"], "No program 'repaly'", "Did you mean 'replay'? To send to a host of that name: http://repaly"),
        (["convret"], "No program 'convret'", "Did you mean 'convert'? To send to a host of that name: http://convret"),
        (["show", "last"], "More than one URL: 'last'", "to run a line: callbox -c 'show last'"),
        (["gte", "http://a.x"], "More than one URL: 'http://a.x'", "Did you mean 'get'?"),
        (
            ["http://a.x", "a=1", "-b"],
            "No option '-b'",
            "to send one request: callbox post http://a.x ITEM.. -b",
        ),
        (["http://a.x", "--json"], "No option '--json'", "to send one request: callbox get http://a.x --json"),
        (
            ["-X", "POST", "http://a.x"],
            "No option '-X'",
            "for the options of curl: callbox curl -X ..; to send one request: callbox get URL",
        ),
        (
            ["http://a.x", "-H", "A: b"],
            "No option '-H'",
            "for the options of curl: callbox curl -H ..; to send one request: callbox get URL",
        ),
        (
            ["http://a.x", "password=hunter2", "q==1"],
            "The item 'password' needs a method before the URL",
            "to send one request: callbox post http://a.x ITEM..",
        ),
        (
            ["http://a.x", "q==1"],
            "The item 'q' needs a method before the URL",
            "to send one request: callbox get http://a.x ITEM..",
        ),
        (["http", "http://a.x"], "'http' is not a method", "to send one request: callbox get http://a.x"),
        (["http://a.x", "--verfy", "no"], "No option '--verfy'", "Did you mean '--verify'?"),
        (["http://a.x", "--jsn"], "No option '--jsn'", "to list the options: callbox --help"),
        (
            ["http://a.x", "show", "last"],
            "More than one URL: 'show'",
            "to run a line: callbox http://a.x -c 'show last'",
        ),
    ],
)
def test_words_that_are_no_url_are_refused_with_what_would_do(words: list[str], message: str, hint: str) -> None:
    done = callbox(*words)

    assert done.returncode == 2
    assert done.stderr == f"callbox: error: {message}\n  {hint}\n"


def test_a_host_of_one_word_is_a_base() -> None:
    assert callbox("backend", "-c", "show base").stdout == "http://backend\n"


def test_no_verify_is_taken_as_with_a_request() -> None:
    arguments = parse_arguments(["--no-verify", "http://a.x"])

    assert arguments.options == (("verify", "no"),)


def test_lines_before_a_prompt_want_a_terminal() -> None:
    assert parse_arguments(["-i", "-c", "set var x 1"]).prompts
    with pytest.raises(UsageError, match="-i needs a terminal"):
        run_shell(["-i", "-c", "set var x 1"])
