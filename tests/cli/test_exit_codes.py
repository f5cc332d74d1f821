"""Every way in which a replay can go wrong: its exit code, and a message that says what and where."""

from __future__ import annotations

import os
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.closed_port import CLOSED
from tests.support.server import Server

from callbox.cli.main import dispatch
from callbox.practice import Practice

ANSWERS = {
    b"/cut": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
    b"/gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
    b"/strange": b"NONSENSE\r\n\r\n",
    b"/chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"/gone": b"",
}


@pytest.fixture(scope="module")
def faulty() -> Iterator[str]:
    """A server of answers that are none; `/silent` is never answered. Gives its URL."""
    over = threading.Event()

    def serve(connection: socket.socket) -> None:
        path = connection.recv(65536).partition(b" ")[2].partition(b" ")[0]
        if path == b"/silent":
            over.wait()
        connection.sendall(ANSWERS.get(path, b"no TLS"))

    with Server(serve) as server:
        yield server.url
        over.set()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], api: Practice, faulty: str):
    """Write files, replay; the exit code and everything that was said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("NO_COLOR", "1")

    def go(files: dict[str, str], words: str = "a.http") -> tuple[int, str]:
        for name, text in files.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            encoding = "latin-1" if "\xff" in text else "utf-8"
            Path(name).write_text(text.replace("API", api.url).replace("BAD", faulty), encoding)
        code = dispatch(["replay", *words.split()])
        told = capfd.readouterr()
        return code, told.out + told.err

    return go


FINE = "GET API/ping\n"

USAGE = [
    # what the words say
    ("no-word", {}, "", "No scripts to run"),
    ("no-such-file", {}, "nope.http", "No such file: nope.http"),
    ("no-such-file-among-others", {"a.http": FINE}, "a.http nope.http", "No such file: nope.http"),
    ("name-in-place-of-a-file", {"a.http": FINE}, "a.http by-location", "to choose a request by its name: --name by-location"),
    ("capture-without-a-name", {"a.http": "# @capture = body $.x\n" + FINE}, "a.http", "a.http:1:"),
    ("no-such-folder", {}, "nope/", "No such file: nope/"),
    ("pattern-of-nothing", {}, "z*.http", "No .http or .rest files match z*.http"),
    ("folder-of-nothing", {"in/x.md": ""}, "in", "No .http or .rest files in in"),
    ("unknown-option", {"a.http": FINE}, "a.http --nope", "No option '--nope'"),
    ("option-without-value", {"a.http": FINE}, "a.http --name", "--name takes a value"),
    ("no-such-name", {"a.http": FINE}, "a.http -n x", "No request is called 'x'"),
    ("no-such-pick", {"a.http": FINE}, "a.http#x", "No request is called 'x'"),
    ("no-such-line", {"a.http": FINE}, "a.http:99", "No request at line 99 of a.http"),
    ("no-such-position", {"a.http": FINE}, "a.http --index 2", "No request 2 in a.http"),
    ("no-such-tag", {"a.http": FINE}, "a.http --tag x", "No request has the tag 'x'"),
    ("no-such-start", {"a.http": FINE}, "a.http --from x", "No request is called 'x'"),
    ("end-before-start", {"a.http": FINE + "###\n" + FINE}, "a.http --from 2 --to 1", "'2' is after '1'"),
    ("no-last-run", {"a.http": FINE}, "a.http --only-failed", "No earlier run is recorded"),
    ("no-such-environment", {"a.http": FINE}, "a.http -e dev", "No environment 'dev'"),
    ("environment-file-missing", {"a.http": FINE}, "a.http -e dev --env-file e.json", "No such file: e.json"),
    ("environment-no-json", {"a.http": FINE, "e.json": "{x"}, "a.http -e dev --env-file e.json", "e.json:1:2: "),
    ("variables-file-missing", {"a.http": FINE}, "a.http --vars-file v", "No such file: v"),
    ("variables-file-wrong", {"a.http": FINE, "v": "a=1\nb"}, "a.http --vars-file v", "v:2:1: "),
    ("no-pair", {"a.http": FINE}, "a.http --var x", "--var takes NAME=VALUE"),
    ("no-duration", {"a.http": FINE}, "a.http --timeout soon", "timeout must be a time"),
    ("no-status", {"a.http": FINE}, "a.http --fail-on bad", "'bad' is not a status"),
    ("no-rate", {"a.http": FINE}, "a.http --rate fast", "--rate takes a number of requests per unit of time"),
    ("contradiction", {"a.http": FINE}, "a.http --jobs 2 --share-session", "--jobs and --share-session cannot be used together"),
    ("ca-missing", {"a.http": "GET https://127.0.0.1:1/"}, "a.http --ca nope.pem", "nope.pem"),
    # what the file says
    ("empty", {"a.http": ""}, "a.http", "Nothing to run in a.http"),
    ("remarks-only", {"a.http": "# nothing\n"}, "a.http", "Nothing to run in a.http"),
    ("no-request-line", {"a.http": "hello there\n"}, "a.http", "a.http:1:1: This is not a request line"),
    ("script-left-open", {"a.http": FINE + "\n> {%\nx\n"}, "a.http", "a.http:3:1: This script is not closed"),
    ("no-utf-8", {"a.http": "GET API/\xff"}, "a.http", "a.http:1:"),
    ("undefined", {"a.http": "GET API/{{nope}}\n"}, "a.http", "a.http:1:"),
    ("undefined-in-a-body", {"a.http": "POST API/echo\n\n{{nope}}\n"}, "a.http", "a.http:3:1: No variable 'nope'"),
    ("undefined-in-an-expectation", {"a.http": "# @expect body == {{no}}\n" + FINE}, "a.http", "a.http:1:19: No variable"),
    ("circle", {"a.http": "@a = {{b}}\n@b = {{a}}\nGET API/{{a}}\n"}, "a.http", "a.http:2:6: 'a' is defined by itself"),
    ("bad-url", {"a.http": "GET http://127.0.0.1:99999/\n"}, "a.http", "a.http:1:5: "),
    ("no-host", {"a.http": "GET /ping\n"}, "a.http", "a.http:1:5: No host in '/ping'"),
    ("other-scheme", {"a.http": "GET ftp://h/\n"}, "a.http", "a.http:1:"),
    ("line-break-in-a-header", {"a.http": FINE.strip() + "\nX: {{v}}\n"}, "a.http --vars-file v.json", "a.http:2:4: "),
    ("body-file-missing", {"a.http": "POST API/echo\n\n< nope\n"}, "a.http", "a.http:3:3: No such file: nope"),
    ("filled-file-missing", {"a.http": "POST API/echo\n\n<@ nope\n"}, "a.http", "a.http:3:4: No such file: nope"),
    ("part-file-missing", {"a.http": "POST API/echo\nContent-Type: multipart/form-data; boundary=b\n\n--b\n"
      'Content-Disposition: form-data; name="x"\n\n< nope\n--b--\n'}, "a.http", "a.http:7:3: No such file: nope"),
    ("script-file-missing", {"a.http": FINE + "\n> nope.js\n"}, "a.http", "a.http:3:3: No such file: nope.js"),
    ("import-missing", {"a.http": "import nope.http\n" + FINE}, "a.http", "a.http:1:8: No such file: nope.http"),
    ("import-of-a-folder", {"a.http": "import in\n" + FINE, "in/b.http": FINE}, "a.http", "a.http:1:"),
    ("run-missing", {"a.http": "run #nope\n" + FINE}, "a.http", "a.http:1:6: No request is named 'nope'"),
    ("reference-missing", {"a.http": "GET API/{{nope.response.body.id}}\n"}, "a.http", "a.http:1:"),
    ("ref-missing", {"a.http": "# @ref nope\n" + FINE}, "a.http", "a.http:1:8: No request is named 'nope'"),
    ("circle-of-requests", {"a.http": "### a\nGET API/{{b.id}}\n### b\nGET API/{{a.id}}\n"}, "a.http", "a.http:"),
    ("deps-off", {"a.http": "### a\nGET API/\n### b\nGET API/{{a.x}}\n"}, "a.http#b --no-auto-deps", "a.http:4:1: "),
    ("prompt", {"a.http": "# @prompt pin\nGET API/{{pin}}\n"}, "a.http", "a.http:1:11: There is no terminal to answer"),
    ("input", {"a.http": "GET API/{{$input pin}}\n"}, "a.http", "a.http:1:"),
    ("note", {"a.http": "# @note sure?\n" + FINE}, "a.http", "a.http:1:9: '@note' asks for confirmation"),
    ("environment-variable", {"a.http": "GET API/{{$env.NOPE_4711}}\n"}, "a.http", "a.http:1:"),
    ("unknown-dynamic", {"a.http": "GET API/{{$nope}}\n"}, "a.http", "a.http:1:"),
    ("wrong-path", {"a.http": "# @expect body $.[ == 1\n" + FINE}, "a.http", "a.http:1:16: "),
    ("wrong-capture", {"a.http": "# @capture x = body $[\n" + FINE}, "a.http", "a.http:1:"),
    ("wrong-timeout", {"a.http": "# @timeout soon\n" + FINE}, "a.http", "a.http:1:"),
    ("websocket", {"a.http": "WEBSOCKET ws://127.0.0.1:1/\n"}, "a.http", "a.http:1:1: "),
    ("grpc", {"a.http": "GRPC 127.0.0.1:1/x\n"}, "a.http", "a.http:1:1: "),
    ("auth-token", {"a.http": 'GET API/{{$auth.token("x")}}\n'}, "a.http", "a.http:1:"),
    ("os-credentials", {"a.http": "# @use-os-credentials\n" + FINE}, "a.http", "a.http:1:1: "),
    ("curl-option", {"a.http": "curl --nope http://127.0.0.1:1/\n"}, "a.http", "a.http:1:6: curl has no option --nope"),
    ("sandbox-file", {"in/a.http": "POST API/echo\n\n< ../b\n", "b": ""}, "in/a.http --sandbox", "in/a.http:3:3: "),
    ("sandbox-output", {"in/a.http": FINE + "\n>> ../b\n"}, "in/a.http --sandbox", "in/a.http:3:4: "),
    ("sandbox-script", {"a.http": FINE + "\n> {% 1 %}\n"}, "a.http --sandbox", "a.http:3:1: "),
    ("nothing-at-a-path", {"a.http": "### a\nGET API/ping\n### b\nGET API/{{a.nope}}\n"}, "a.http", "a.http:4:"),
    ("no-snapshot-in-a-file", {"a.http": "### x\n" + FINE, "s/a/x.txt": "?"}, "a.http --compare s", "s/a/x.txt has no"),
]  # fmt: skip

NETWORK = [
    ("refused", {"a.http": f"GET http://{CLOSED}/\n"}, "a.http", f"a.http:1: Connection refused: {CLOSED}"),
    ("no-such-host", {"a.http": "GET http://nope.invalid/\n"}, "a.http", "a.http:1: Cannot resolve host nope.invalid"),
    ("cut-off", {"a.http": "GET BAD/cut\n"}, "a.http", "a.http:1: Body ended early: 5 of 100 bytes"),
    ("no-gzip", {"a.http": "GET BAD/gzip\n"}, "a.http", "a.http:1: The body is not valid gzip"),
    ("no-http", {"a.http": "GET BAD/strange\n"}, "a.http", "a.http:1: "),
    ("wrong-chunk", {"a.http": "GET BAD/chunk\n"}, "a.http", "a.http:1: Bad chunk size"),
    ("closed", {"a.http": "GET BAD/gone\n"}, "a.http", "a.http:1: "),
    ("silence", {"a.http": "GET BAD/silent\n"}, "a.http --timeout 50ms", "a.http:1: "),
    ("too-long-in-all", {"a.http": "GET BAD/silent\n"}, "a.http --total-timeout 50ms", "a.http:1: Not finished after"),
    ("deadline", {"a.http": "GET BAD/silent\n"}, "a.http --deadline 500ms", "a.http:1: Not finished when the deadline"),
    ("no-tls", {"a.http": "GET https://127.0.0.1:PORT/\n"}, "a.http", "a.http:1: "),
    ("proxy-refused", {"a.http": FINE}, f"a.http --proxy http://{CLOSED}", CLOSED),
    ("too-many-redirects", {"a.http": "GET API/redirect/5\n"}, "a.http --max-redirects 2", "a.http:1: "),
    ("output", {"a.http": FINE + "\n>>! in/x/y\n", "in/x": ""}, "a.http", "a.http:1: Cannot write in/x/y"),
    ("report", {"a.http": FINE, "x": ""}, "a.http --report-junit x/y", "Cannot write x/y"),
    ("copy", {"a.http": FINE, "x": ""}, "a.http --as-curl x/y", "Cannot write x/y"),
    ("snapshot", {"a.http": FINE, "x": ""}, "a.http --record x", "a.http:1: Cannot write x/a/"),
    ("cookies", {"a.http": FINE, "x": ""}, "a.http --cookie-jar x/y", "Cannot write x/y"),
]  # fmt: skip

CHECKS = [
    ("status", {"a.http": "GET API/status/404\n"}, "a.http", "a.http:1:1: status"),
    ("expectation", {"a.http": "# @expect status 201\n" + FINE}, "a.http", "a.http:1:1: status 201"),
    ("body", {"a.http": "# @expect body $.pong == no\n" + FINE}, "a.http", "a.http:1:1: body $.pong == no"),
    ("nothing-at-its-path", {"a.http": "# @expect body $.x == no\n" + FINE}, "a.http", "a.http:1:1: body $.x == no"),
    ("time", {"a.http": "# @expect time < 1ms\nGET API/slow?seconds=0.05\n"}, "a.http", "a.http:1:1: time < 1ms"),
    ("capture", {"a.http": "# @capture x = body $.x\n" + FINE}, "a.http", "a.http:1:1: capture x"),
    ("snapshot-missing", {"a.http": FINE}, "a.http --compare s", "a.http:1:1: snapshot"),
    ("dependent", {"a.http": "### a\nGET API/status/500\n### b\nGET API/{{a.x}}\n"}, "a.http", "needs 'a', which failed"),
]  # fmt: skip

LINES = re.compile(r"Traceback|File \"")


def _rows(code: int, rows: list[tuple[str, dict[str, str], str, str]]) -> Iterator[object]:
    return (pytest.param(code, files, words, told, id=name) for name, files, words, told in rows)


@pytest.mark.parametrize(("code", "files", "words", "told"), [*_rows(2, USAGE), *_rows(3, NETWORK), *_rows(1, CHECKS)])
def test_what_is_wrong_has_its_code_and_its_place(run, faulty, code, files, words, told) -> None:
    files = {name: text.replace("127.0.0.1:PORT", faulty.partition("//")[2]) for name, text in files.items()}
    if "v.json" in words:
        files["v.json"] = '{"v": "a\\nX-Other: b"}'
    found, said = run(files, words)

    assert told in said
    assert found == code
    assert not LINES.search(said)


KINDS = {
    1: ("one.http", "GET API/status/500\n"),
    2: ("two.http", "GET API/{{nope}}\n"),
    3: ("three.http", f"GET http://{CLOSED}/\n"),
    0: ("zero.http", FINE),
}


@pytest.mark.parametrize(
    ("kinds", "code"),
    [((1, 0), 1), ((3, 0), 3), ((2, 0), 2), ((1, 3), 3), ((3, 1), 3), ((3, 2), 2), ((1, 2), 2), ((0, 1, 3, 2), 2), ((0,), 0)],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("jobs", ["", " --jobs 3"])
def test_of_several_2_counts_before_3_before_1(run, kinds, code, jobs) -> None:
    files = dict(KINDS[kind] for kind in kinds)

    assert run(files, " ".join(files) + jobs)[0] == code


@pytest.mark.parametrize(
    "words", ["a.http --tag x", "in", "a.http", "a.http --name x", "a.http#x", "none", "none/*.http", ""]
)
def test_nothing_to_run_is_fine_where_that_is_allowed(run, words) -> None:
    files = {"a.http": "" if words == "a.http" else FINE, "in/x.http": "# nothing\n", "none/readme": ""}

    assert (run(files, words)[0], run(files, f"{words} --allow-empty")[0]) == (2, 0)


@pytest.mark.parametrize(
    "words", ["a.http --name x", "a.http --tag x", "empty.http", "none", "a.http#x", "a.http --index 9", "gone.http"]
)
def test_a_list_of_nothing_is_as_wrong_as_a_run_of_nothing(run, words) -> None:
    files = {"a.http": FINE, "empty.http": "# nothing\n", "none/readme": ""}
    ran, listed = run(files, words), run(files, f"{words} --list")

    assert (ran[0], listed[0]) == (2, 2)
    assert ran[1].splitlines()[0].removeprefix("callbox: error: ") in listed[1]


def test_a_hint_names_the_flag_of_the_command_line(run) -> None:
    told = run({"a.http": "GET BAD/silent\n"}, "a.http --timeout 50ms")[1]

    assert "No response for 0.05 s\n      --timeout SECONDS\n" in told


@pytest.mark.parametrize("text", ["GET API/{{nope}}\n", "not a request\n", "# nothing\n"])
def test_a_wrong_file_counts_for_bail(run, text) -> None:
    code, told = run({"a.http": text, "b.http": FINE}, "a.http b.http --bail")

    assert code == 2
    assert "skipped GET" in told
    assert "stopped after 1 failed" in told


def test_nothing_of_a_wrong_file_is_sent(run, tmp_path) -> None:
    files = {"a.http": FINE + "\n>>! sent.txt\n###\nGET API/{{nope}}\n"}

    assert run(files)[0] == 2
    assert not os.path.exists(tmp_path / "sent.txt")
