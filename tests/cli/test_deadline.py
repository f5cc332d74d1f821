"""`--deadline` and SIGTERM end what takes the processor's time, too, and what there is by then is reported."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support import processes
from tests.support.hostile_scripts import HOSTILE_SCRIPTS
from tests.support.server import Recorder, Request, make_response

EXPONENTIAL = "?? body matches /^(a+)+$/"


class Hostile(Recorder):
    """Its responses make the pattern `EXPONENTIAL` run without end."""

    def __init__(self) -> None:
        self.answered = threading.Event()
        super().__init__(self._respond)

    def _respond(self, request: Request) -> bytes:
        text = "a" * 60 + "!"
        self.answered.set()
        return make_response(f'[{{"a": "{text}"}}]'.encode() if request.path.endswith("json") else text.encode())


@pytest.fixture
def server() -> Iterator[Hostile]:
    with Hostile() as server:
        yield server


def begin(folder: Path, server: Hostile, *words: str) -> processes.Callbox:
    text = f"GET {server.url}/\n{EXPONENTIAL}\n\n###\nGET {server.url}/b\n"
    (folder / "a.http").write_text(text, "utf-8")
    command = ("replay", "a.http", "--report-json", "r.json", *words)
    return processes.Callbox(*command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def outcomes(folder: Path) -> list[str]:
    report = json.loads((folder / "r.json").read_text("utf-8"))
    return [result["outcome"] for file in report["files"] for result in file["results"]]


def pass_time_limit(process: processes.Callbox, server: Hostile) -> None:
    """Send the signal of the timer as soon as the process is at the pattern, which is 5 s before the timer does.

    After the response, nothing else takes as much of the processor's time.
    """
    assert server.answered.wait(100)
    begun = user_seconds(process.pid)
    while user_seconds(process.pid) < begun + 0.2:
        time.sleep(0.005)
    process.send_signal(signal.SIGVTALRM)


def user_seconds(pid: int) -> float:
    """The processor's time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return int(fields[11]) / os.sysconf("SC_CLK_TCK")


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc here")


def test_deadline_ends_a_pattern_without_end(tmp_path: Path, server: Hostile) -> None:
    with begin(tmp_path, server, "--deadline", "1") as process:
        output, _ = process.communicate(timeout=100)

    assert "Not finished when the deadline of 1.0 s had passed" in output
    assert process.returncode == 3
    assert outcomes(tmp_path) == ["error", "skipped"]


def test_sigterm_ends_a_pattern_without_end(tmp_path: Path, server: Hostile) -> None:
    with begin(tmp_path, server) as process:
        assert server.answered.wait(100)
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=100)

    assert "interrupted" in output
    assert outcomes(tmp_path) == ["error", "skipped"]


@needs_proc
def test_pattern_without_end_is_an_error_of_its_check(tmp_path: Path, server: Hostile) -> None:
    with begin(tmp_path, server) as process:
        pass_time_limit(process, server)
        output, _ = process.communicate(timeout=100)

    assert "a.http:2:1: 'body matches /^(a+)+$/' took longer than 5 s" in output
    assert outcomes(tmp_path) == ["error", "ok"]


def test_deadline_ends_a_report_that_nobody_reads(tmp_path: Path, server: Hostile) -> None:
    os.mkfifo(tmp_path / "r.json")
    with begin(tmp_path, server, "--deadline", "1", "--report-junit", "r.xml") as process:
        output, _ = process.communicate(timeout=100)

    assert "Not written, because the run ended early: r.json" in output
    assert process.returncode == 3
    assert "<testsuite" in (tmp_path / "r.xml").read_text("utf-8")


def test_deadline_ends_a_console_that_nobody_reads(tmp_path: Path, server: Hostile) -> None:
    url = f"{server.url}/"
    (tmp_path / "many.http").write_text("\n###\n".join([f"GET {url}\n?? status == 201"] * 400), "utf-8")
    words = ("replay", "many.http", "--report-json", "r.json", "--deadline", "1")
    with processes.Callbox(*words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.wait(timeout=100) == 3
        assert process.stdout
        process.stdout.close()

    assert set(outcomes(tmp_path)) >= {"error", "skipped"}


@pytest.mark.parametrize("place", ["above", "below"])
def test_the_deadline_ends_scripts_of_several_files_at_once(tmp_path: Path, server: Hostile, place: str) -> None:
    url, endless = f"{server.url}/", "{% while (true) {} %}"
    text = f"< {endless}\nGET {url}\n" if place == "above" else f"GET {url}\n\n> {endless}\n"
    for name in ("a.http", "b.http"):
        (tmp_path / name).write_text(text, "utf-8")
    done = processes.run("replay", "a.http", "b.http", "--jobs", "2", "--deadline", "1", cwd=tmp_path)

    assert "it took longer than 5 s" not in done.stdout + done.stderr
    assert "Not finished when the deadline of 1.0 s had passed" in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["all at once", "error of the engine", "global of doubled lists"])
def test_deadline_ends_a_hostile_script(tmp_path: Path, server: Hostile, name: str) -> None:
    (tmp_path / "a.http").write_text(f"GET {server.url}/\n\n> {{%\n{HOSTILE_SCRIPTS[name]}\n%}}\n", "utf-8")
    done = processes.run("replay", "a.http", "--report-json", "r.json", "--deadline", "1", cwd=tmp_path)

    assert "Not finished when the deadline of 1.0 s had passed" in done.stdout + done.stderr
    assert "nothing was sent" not in done.stdout + done.stderr
    assert done.returncode == 3
    assert outcomes(tmp_path) == ["error"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_signal_ends_a_hostile_script(tmp_path: Path, server: Hostile, number: int) -> None:
    text = f"GET {server.url}/\n\n> {{%\n{HOSTILE_SCRIPTS['all at once']}\n%}}\n"
    (tmp_path / "a.http").write_text(text, "utf-8")
    command = ("replay", "a.http", "--report-json", "r.json")
    with processes.Callbox(*command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert server.answered.wait(100)
        process.send_signal(number)
        process.communicate(timeout=100)

    assert process.returncode == 130
    assert outcomes(tmp_path) == ["error"]


class Silent(Recorder):
    """Responds at once, but to `/slow` only when the test is over."""

    def __init__(self) -> None:
        self.slow, self.over = threading.Semaphore(0), threading.Event()
        super().__init__(self._respond)

    def _respond(self, request: Request) -> bytes:
        if request.path == "/slow":
            self.slow.release()
            self.over.wait(100)
        return make_response()


@pytest.fixture
def silent() -> Iterator[Silent]:
    with Silent() as server:
        yield server
        server.over.set()


def begin_slow(folder: Path, server: Silent, *words: str, files: int = 1) -> processes.Callbox:
    base = server.url
    text = f"POST {base}/books\n\n###\nGET {base}/slow\n\n###\nGET {base}/more\n\n### clean\n# @always\nDELETE {base}/books\n"
    names = [f"{number}.http" for number in range(files)]
    for name in names:
        (folder / name).write_text(text, "utf-8")
    command = ("replay", *names, "--report-json", "r.json", *words)
    return processes.Callbox(*command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
@pytest.mark.parametrize("jobs", [1, 2])
def test_clean_up_runs_after_a_signal(tmp_path: Path, silent: Silent, number: int, jobs: int) -> None:
    with begin_slow(tmp_path, silent, "--jobs", str(jobs), files=jobs) as process:
        for _ in range(jobs):
            assert silent.slow.acquire(timeout=100)
        process.send_signal(number)
        output, _ = process.communicate(timeout=100)

    assert outcomes(tmp_path) == ["ok", "error", "skipped", "ok"] * jobs, output
    assert [request.line for request in silent.seen].count("DELETE /books HTTP/1.1") == jobs
    assert process.returncode == 130


@pytest.mark.parametrize("jobs", [1, 2])
def test_clean_up_runs_after_the_deadline(tmp_path: Path, silent: Silent, jobs: int) -> None:
    with begin_slow(tmp_path, silent, "--deadline", "1", "--jobs", str(jobs), files=jobs) as process:
        output, _ = process.communicate(timeout=100)

    assert [outcomes(tmp_path)[at::4] for at in (0, 1, 3)] == [["ok"] * jobs, ["error"] * jobs, ["ok"] * jobs], output
    assert "sent although the run has ended: the deadline of 1.0 s has passed" in output
    assert process.returncode == 3


ENDLESS = {
    "check": "GET {url}\n?? body matches /^(a+)+$/\n",
    "filter of a check": "GET {url}json\n?? body $[?match(@.a, '(a+)+b')] exists\n",
    "filter of a capture": "GET {url}json\n# @capture x = $[?search(@.a, '(a+)+$')].a\n",
    "filter of a reference": "# @name one\nGET {url}json\n\n###\n"
    "GET {url}?q={{{{one.response.body.$[?search(@.a, '(a+)+$')].a}}}}\n",
}


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_a_deadline_ends_patterns_without_end_of_several_files_at_once(
    tmp_path: Path, server: Hostile, text: str
) -> None:
    names = [f"{number}.http" for number in range(4)]
    for name in names:
        (tmp_path / name).write_text(text.format(url=f"{server.url}/"), "utf-8")
    command = ("replay", *names, "--jobs", "3", "--deadline", "3", "--report-json", "r.json")
    with processes.Callbox(
        *command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        output, _ = process.communicate(timeout=100)

    assert "Not finished when the deadline of 3.0 s had passed" in output
    assert process.returncode == 3
    assert set(outcomes(tmp_path)) <= {"error", "skipped", "ok"}
    assert "error" in outcomes(tmp_path)


def test_sigterm_ends_patterns_without_end_of_several_files_at_once(tmp_path: Path, server: Hostile) -> None:
    (tmp_path / "b.http").write_text(f"GET {server.url}/\n{EXPONENTIAL}\n", "utf-8")
    with begin(tmp_path, server, "b.http", "--jobs", "2") as process:
        assert server.answered.wait(100)
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=100)

    assert "interrupted" in output
    assert set(outcomes(tmp_path)) <= {"error", "skipped"}


@needs_proc
def test_patterns_without_end_of_several_files_are_errors_of_their_checks(tmp_path: Path, server: Hostile) -> None:
    (tmp_path / "b.http").write_text(f"GET {server.url}/\n?? body matches a+!\n", "utf-8")
    with begin(tmp_path, server, "b.http", "--jobs", "2") as process:
        pass_time_limit(process, server)
        output, _ = process.communicate(timeout=100)

    assert "a.http:2:1: 'body matches /^(a+)+$/' took longer than 5 s" in output
    assert sorted(outcomes(tmp_path)) == ["error", "ok", "ok"]


def begin_unending(folder: Path, *words: str) -> processes.Callbox:
    """A replay of two files in threads. The body of one is a pipe that nobody writes to."""
    os.mkfifo(folder / "pipe")
    (folder / "a.http").write_text("POST http://127.0.0.1:1/\n\n<@ ./pipe\n", "utf-8")
    (folder / "b.http").write_text("POST http://127.0.0.1:1/\n\n<@ ./pipe\n", "utf-8")
    command = ("replay", "a.http", "b.http", "--jobs", "2", "--report-json", "r.json", *words)
    return processes.Callbox(*command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_deadline_leaves_threads_behind_that_do_not_end(tmp_path: Path) -> None:
    with begin_unending(tmp_path, "--deadline", "1") as process:
        output, _ = process.communicate(timeout=100)

    assert "Not finished when the deadline of 1.0 s had passed" in output
    assert process.returncode == 3
    assert outcomes(tmp_path) == ["error", "error"]


def test_sigterm_leaves_threads_behind_that_do_not_end(tmp_path: Path) -> None:
    # the pipe can be opened when a thread has opened it, too
    with begin_unending(tmp_path) as process, (tmp_path / "pipe").open("wb"):
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=100)

    assert "interrupted" in output
    assert set(outcomes(tmp_path)) <= {"error", "skipped"}


def test_deadline_ends_the_expansion_of_a_large_body_in_a_thread(tmp_path: Path) -> None:
    (tmp_path / "a.http").write_text("POST http://127.0.0.1:1/\n\n" + "{{$random.alphabetic 1000000}}" * 90, "utf-8")
    (tmp_path / "b.http").write_text("GET http://127.0.0.1:1/\n", "utf-8")
    command = ("replay", "a.http", "b.http", "--jobs", "2", "--deadline", "1", "--report-json", "r.json")
    done = processes.run(*command, cwd=tmp_path)

    assert "Not finished when the deadline of 1.0 s had passed" in done.stdout + done.stderr
    assert done.returncode == 3


def test_deadline_ends_the_wait_for_a_description(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "openapi.json")
    (tmp_path / "a.http").write_text("GET http://127.0.0.1:1/\n", "utf-8")
    done = processes.run("replay", "a.http", "--openapi", "openapi.json", "--deadline", "1", cwd=tmp_path)

    assert "The run had not started when the deadline of 1.0 s passed" in done.stderr
    assert done.returncode == 3
