"""What a replay costs: beside a plain loop over the same session, before it sends, to show, to report, and beside httpyac.

    python tests/benchmarks/replay.py [ROUNDS] [HTTPYAC]

The loop and the replay are interleaved round by round in one process; medians. Whole processes are `callbox replay`
with the sources compiled beforehand. The server (the practice API) runs in a process of its own. HTTPYAC is the
command of that peer (or say it in the environment variable of that name); without it, it is left out with a line.
"""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from callbox import Session
from callbox.engine import LiveSession
from callbox.engine.client import collect
from callbox.exchange.request import Draft
from callbox.httpfile.parser.file_and_blocks import parse
from callbox.replay.file_and_system_access import real_ports
from callbox.replay.run_options import Plan
from callbox.replay.runner import replay

ROUNDS = 7
SMALL = 1_000
LONG = 10_000
SERVER = "from callbox.practice import Practice; p = Practice(); print(p.url, flush=True); p.serve_forever()"
REPLAY = (sys.executable, "-m", "callbox", "replay")
PLAIN = "### r{n}\nGET {base}/ping\n"
LIGHT = "### r{n}\nGET {{{{base}}}}/ping?n={n}\nAccept: application/json\n"
USUAL = """### r{n}
# @name r{n}
# @expect status 200
# @expect body $.pong == true
GET {{{{base}}}}/ping?n={n}
Accept: application/json
X-Token: {{{{token}}}}
"""
COMMON = """### r{n}
# @name r{n}
GET {{{{base}}}}/ping?n={n}
Accept: application/json
X-Token: {{{{token}}}}
"""
"""What both tools read in the same way."""


@contextmanager
def server() -> Iterator[str]:
    """The practice API in a process of its own."""
    with subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def script_of(form: str, base: str, count: int) -> str:
    """A script of so many requests."""
    requests = "\n".join(form.format(n=n, base=base) for n in range(count))
    return f"@base = {base}\n@token = abc\n\n{requests}"


def loop(session: LiveSession, url: str) -> None:
    """The same requests without a script: draft, stream, collect."""
    draft = Draft("GET", url)
    for _ in range(SMALL):
        collect(session.stream(draft))


def loop_by_name(session: Session, url: str) -> None:
    """The same as a program writes it."""
    for _ in range(SMALL):
        session.get(url).raise_for_status()


def run(session: LiveSession, text: str) -> None:
    """Read and replay a script; every request has to go well."""
    for result in replay(parse(text, "bench.http"), session, real_ports(), Plan()):
        assert result.outcome == "ok", result.error


def timed(call: Callable[[], None]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - wall, time.process_time() - cpu


def report_loop(base: str, rounds: int) -> None:
    """Ratios to the loop."""
    with LiveSession() as session, Session() as named:
        bare, light, usual = (script_of(form, base, SMALL) for form in (PLAIN, LIGHT, USUAL))
        cases: dict[str, Callable[[], None]] = {
            "loop of session.get": lambda: loop_by_name(named, f"{base}/ping"),
            "loop of its stream alone": lambda: loop(session, f"{base}/ping"),
            "replay, bare requests": lambda: run(session, bare),
            "replay, a variable and a header": lambda: run(session, light),
            "replay, variables and two checks": lambda: run(session, usual),
        }
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in cases}
        for number in range(rounds + 1):
            for name, call in cases.items():
                spent = timed(call)
                if number:
                    found[name].append(spent)
    least = medians(found["loop of session.get"])
    print(f"{SMALL} small GETs{'':<24}wall   CPU")
    for name, spent_all in found.items():
        wall, cpu = medians(spent_all)
        each = f"{wall / SMALL * 1e6:5.0f} us each, {cpu / SMALL * 1e6:5.0f} of CPU"
        print(f"{name:<34}{wall / least[0]:6.2f}{cpu / least[1]:6.2f}   {each}", flush=True)


def medians(spent: list[tuple[float, float]]) -> tuple[float, float]:
    wall, cpu = (statistics.median(column) for column in zip(*spent, strict=True))
    return wall, cpu


def process(*words: str | Path, folder: Path | None = None) -> tuple[float, float, float]:
    """Seconds of wall and of CPU, and megabytes, of a whole process."""
    begun = time.perf_counter()
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, words
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return time.perf_counter() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / unit


def until_first(form: str, folder: Path) -> tuple[float, float]:
    """Seconds of wall and of CPU from the start of the process to the first request of a long file."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        file = folder / "long.http"
        file.write_text(script_of(form, f"http://127.0.0.1:{listener.getsockname()[1]}", LONG))
        begun = time.perf_counter()
        child = subprocess.Popen([*REPLAY, file], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        listener.accept()[0].close()
        spent = time.perf_counter() - begun
        child.kill()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        return spent, used.ru_utime + used.ru_stime


def report_start(folder: Path, rounds: int) -> None:
    """How soon a long file begins to be sent."""
    for form, name in ((PLAIN, "bare"), (USUAL, "usual")):
        wall, cpu = medians([until_first(form, folder) for _ in range(rounds)])
        print(f"the first of {LONG} {name} requests leaves after {wall:.2f} s, {cpu:.2f} s of CPU", flush=True)


def report_showing(base: str, folder: Path) -> None:
    """Whole processes: a line for each request into a pipe, and with reports."""
    for count in (SMALL, LONG):
        file = folder / f"{count}.http"
        file.write_text(script_of(COMMON, base, count))
        for words in ((), *((f"--report-{name}", folder / f"r.{name}") for name in ("json", "html", "junit"))):
            wall, cpu, memory = process(*REPLAY, file, *words)
            said = words[0] if words else "into a pipe"
            print(f"{count:6} requests {said:<16}{wall:7.2f} s{cpu:7.2f} s of CPU{memory:6.0f} MB", flush=True)


def report_peer(base: str, folder: Path, httpyac: str, rounds: int) -> None:
    """httpyac and callbox in turn on the same files."""
    if not httpyac:
        print("httpyac is not compared: say where it is by an argument or HTTPYAC (npm install httpyac)")
        return
    version = subprocess.run([httpyac, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    for count in (SMALL // 10, SMALL):
        file = folder / f"peer-{count}.http"
        file.write_text(script_of(COMMON, base, count))
        theirs, ours = [], []
        for _ in range(rounds):
            theirs.append(process(httpyac, "send", file.name, "--all", "--output", "none", folder=folder)[:2])
            ours.append(process(*REPLAY, file.name, folder=folder)[:2])
        (their_wall, their_cpu), (wall, cpu) = medians(theirs), medians(ours)
        print(
            f"{count:6} requests: httpyac {version} {their_wall:.2f} s ({their_cpu:.2f} of CPU), callbox {wall:.2f} s"
            f" ({cpu:.2f}): {their_wall / wall:.1f} and {their_cpu / cpu:.1f} times as long",
            flush=True,
        )


def main() -> None:
    """All of it, one after the other."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    named = sys.argv[2] if len(sys.argv) > 2 else os.environ.get("HTTPYAC", "httpyac")
    with server() as base, tempfile.TemporaryDirectory() as folder:
        report_loop(base, rounds)
        report_start(Path(folder), min(rounds, 5))
        report_showing(base, Path(folder))
        report_peer(base, Path(folder), shutil.which(named) or "", min(rounds, 3))


if __name__ == "__main__":
    main()
