"""Torture: each call of the system that a script of the shell makes fails once, in each way; see `make torture`.

    python -m tests.torture.run [EVERY] [ERROR..]

EVERY takes only each so-manieth call (1: all). After each run it is checked that nothing but one line an error was
said, that the exit code is a documented one, that the session file can still be read, that no temporary file is left,
that no socket stays open and that the commands behind the failure did their work.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.support.server import Recorder, Request
from tests.torture.child import ERRORS

CODES = {0, 1, 2, 3, 130, 141}
"""The exit codes that docs/ci.md lists; 4 is a bug in callbox."""
MAX_ERRORS = 3
"""One failure may be the reason of a second and a third: a file that was not written is missed later."""
MAX_SECONDS = 20.0
FLOW = 'GET {{base}}/flow/1\n\n###\nPOST {{base}}/flow/2\nContent-Type: application/json\n\n{"a": 1}\n'
DESCRIPTION = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "servers": [{"url": "http://127.0.0.1:9/"}],
    "paths": {
        "/flow/{n}": {
            "parameters": [{"name": "n", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "get": {"responses": {"200": {"description": "ok"}}},
            "post": {"responses": {"200": {"description": "ok"}}},
        }
    },
}
LINES = (
    "set header X-A one",
    "set query page 1",
    "get /json",
    "post /echo a=1 b:=2",
    "put /echo < body.json",
    "post /form file@body.json --form",
    "get /cookie",
    "get /redirect",
    "get /json > copy.json",
    "get /file --download",
    "get /gzip | cat",
    "save session torture",
    "set header X-B two",
    "unset header X-A",
    "replay flow.http",
    "save history 1..2 kept.http",
    "get /almost",
    "get /last",
)


REPORTS = {"junit": "xml", "html": "html", "json": "json", "har": "har", "tap": "tap"}


def programs(base: str) -> dict[str, list[str]]:
    """The command lines that are tortured, by a name for each."""
    reports = [f"--report-{kind}=out.{suffix}" for kind, suffix in REPORTS.items()]
    return {
        "shell": [base, "--keep-going", *(word for line in (f"set var base {base}", *LINES) for word in ("-c", line))],
        "replay": [
            "replay",
            "flow.http",
            "--var",
            f"base={base}",
            "--cookie-jar=jar.txt",
            "--record=cassette",
            *reports,
        ],
        "convert": ["convert", "openapi.json", "api.http"],
        "check": ["check", "flow.http", "--var", f"base={base}", "--openapi", "openapi.json"],
    }


def answer(request: Request) -> bytes:
    """The response of the server to a request."""
    path = request.path.split("?")[0]
    body, fields = b'{"id": 7, "name": "pen"}', "Content-Type: application/json\r\n"
    status = "200 OK"
    if path == "/cookie":
        fields += "Set-Cookie: sid=abc; Path=/\r\n"
    elif path == "/redirect":
        status, fields = "302 Found", "Location: /json\r\n"
    elif path == "/gzip":
        body, fields = gzip.compress(body * 50), fields + "Content-Encoding: gzip\r\n"
    elif path == "/file":
        body, fields = bytes(200_000), "Content-Type: application/octet-stream\r\n"
    return f"HTTP/1.1 {status}\r\n{fields}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _text(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""


class Child:
    """The process that runs callbox in forks of itself."""

    def __init__(self, home: Path) -> None:
        environment = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "dumb"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def run(self, arguments: Sequence[str], folder: Path, error: str = "EIO", number: int = 0) -> dict[str, Any]:
        """What came of one run: code, calls, where, sockets, seconds."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([list(arguments), str(folder), error, number]) + "\n")
        self._process.stdin.flush()
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def new_folder(root: Path) -> Path:
    """An empty home with a folder of work in it."""
    shutil.rmtree(root, ignore_errors=True)
    work = root / "work"
    work.mkdir(parents=True)
    (work / "body.json").write_text('{"a": 1}')
    (work / "flow.http").write_text(FLOW)
    (work / "openapi.json").write_text(json.dumps(DESCRIPTION))
    return work


def complaints(
    found: dict[str, Any], root: Path, error: str, seen: Sequence[Request], usual_sockets: int
) -> Iterator[str]:
    """What went wrong in a run, in words. `error` is the one that a call failed with; empty if none did."""
    yield from _wrong_ending(found, error, usual_sockets)
    yield from _wrong_output(root)
    yield from _wrong_files(root, error)
    paths = {request.path.split("?")[0] for request in seen}
    if error != "KeyboardInterrupt" and "/json" in paths and not paths & {"/almost", "/last"}:
        yield "the commands behind the failure did nothing"


def _wrong_ending(found: dict[str, Any], error: str, usual_sockets: int) -> Iterator[str]:
    if found["code"] not in (CODES if error else {0}):
        yield f"exit code {found['code']}"
    if error == "KeyboardInterrupt" and found["code"] not in (130, 0):
        yield f"interrupted, and the exit code is {found['code']}"
    if found["sockets"] > usual_sockets:
        yield f"{found['sockets']} sockets are open, usually {usual_sockets}"
    if found["seconds"] > MAX_SECONDS:
        yield f"took {found['seconds']:.0f} s"


def _wrong_output(root: Path) -> Iterator[str]:
    lines = (_text(root / "err") + _text(root / "out")).splitlines()
    for word in ("Traceback", "a bug in callbox", "Exception ignored"):
        yield from (f"says: {line[:160]}" for line in lines[:1000] if word in line)
    if sum("error:" in line for line in lines) > MAX_ERRORS:
        yield f"more than {MAX_ERRORS} errors"


def _wrong_files(root: Path, error: str) -> Iterator[str]:
    said = _text(root / "err")
    for path in root.rglob("*"):
        if path.suffix == ".toml" and path.is_file():
            try:
                tomllib.loads(path.read_text())
            except ValueError as reason:
                yield f"{path.name} cannot be read: {reason}"
        # what came of a download stays; a message says where, unless there is no memory for one
        is_unnamed = (
            path.suffix == ".part" and path.name not in said and error not in ("MemoryError", "KeyboardInterrupt")
        )
        if ".tmp" in path.name or is_unnamed:
            yield f"left {path.relative_to(root)}"


def main(every: int = 1, errors: Sequence[str] = tuple(ERRORS)) -> int:
    """Run all; returns 1 where something is wrong."""
    wrong: Counter[str] = Counter()
    shown: dict[str, str] = {}
    runs = 0
    with Recorder(answer) as server, tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary) / "home"
        child = Child(root)
        for program, arguments in programs(server.url).items():
            server.seen.clear()
            usual = child.run(arguments, new_folder(root))
            for problem in complaints(usual, root, "", server.seen, usual["sockets"]):
                print(f"{program}, without any failure: {problem}\n{_text(root / 'err')}")
                return 1
            for error in errors:
                before = sum(wrong.values())
                for number in range(1, usual["calls"] + 1, every):
                    work = new_folder(root)
                    server.seen.clear()
                    found = child.run(arguments, work, error, number)
                    runs += 1
                    for problem in complaints(found, root, error, server.seen, usual["sockets"]):
                        key = f"{program}: {error} in {_text(root / 'where')}: {problem}"
                        wrong[key] += 1
                        shown.setdefault(key, f"call {number}")
                print(f"{program}: {error} in {usual['calls']} calls, {sum(wrong.values()) - before} wrong", flush=True)
        child.close()
    for key, count in sorted(wrong.items()):
        print(f"{count:4} {key} ({shown[key]})")
    print(f"{runs} runs, {sum(wrong.values())} wrong")
    return bool(wrong)


if __name__ == "__main__":
    words = sys.argv[1:]
    sys.exit(main(int(words[0]) if words else 1, words[1:] or tuple(ERRORS)))
