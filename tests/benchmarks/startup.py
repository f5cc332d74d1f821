"""How long it takes to start: whole processes, interleaved, medians.

    python tests/benchmarks/startup.py [ROUNDS]

Each round runs every case once, in turn, so that a busy moment of the machine falls on all of them. A process counts
from its start to its end; where a prompt is meant, from its start to the prompt standing on a terminal.
"""

from __future__ import annotations

import os
import pty
import select
import statistics
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

from callbox.practice import Practice

ROUNDS = 15
LIMIT_S = 10.0
BARE_PROMPT = "from prompt_toolkit import PromptSession; PromptSession().prompt('ready> ')"


class Case(NamedTuple):
    """What is measured: its name, its arguments after `python`, and the prompt to wait for (`""`: until the end)."""

    name: str
    arguments: tuple[str, ...]
    prompt: str = ""


def cases(url: str) -> list[Case]:
    """Each start-up path beside what Python, or prompt_toolkit alone, needs for the same."""
    host = url.partition("://")[2]
    return [
        Case("python -c pass", ("-c", "pass")),
        Case("callbox --version", ("-m", "callbox", "--version")),
        Case("callbox --help", ("-m", "callbox", "--help")),
        Case("callbox -c 'get URL'", ("-m", "callbox", "-c", f"get {url}/")),
        Case("from callbox import Session", ("-c", "from callbox import Session")),
        Case("import urllib3", ("-c", "import urllib3")),
        Case("prompt visible: callbox", ("-m", "callbox", url), f"{host}>"),
        Case("prompt visible: prompt_toolkit alone", ("-c", BARE_PROMPT), "ready>"),
    ]


def time_to_end(arguments: tuple[str, ...]) -> float:
    """Seconds from the start of a process to its end."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdin=subprocess.DEVNULL, capture_output=True)
    return time.perf_counter() - start


def time_to_prompt(arguments: tuple[str, ...], prompt: str) -> float:
    """Seconds from the start of a process to this text on its terminal."""
    main, other = pty.openpty()
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, *arguments], stdin=other, stdout=other, stderr=other)
    os.close(other)
    try:
        return read_until(main, prompt.encode(), start)
    finally:
        process.kill()
        process.wait()
        os.close(main)


def read_until(terminal: int, wanted: bytes, start: float) -> float:
    """Seconds since `start` when the wanted bytes had come, escapes between them or not."""
    seen = b""
    while wanted not in seen:
        ready, _, _ = select.select([terminal], [], [], LIMIT_S)
        piece = os.read(terminal, 65536) if ready else b""
        if not piece:
            raise RuntimeError(f"no prompt: {seen[-300:]!r}")
        seen += piece
    return time.perf_counter() - start


def measure(case: Case) -> float:
    """One run of a case, in seconds."""
    return time_to_prompt(case.arguments, case.prompt) if case.prompt else time_to_end(case.arguments)


def show(name: str, times: list[float]) -> None:
    """One line: the median and the fastest, in milliseconds."""
    print(f"{name:<40} {statistics.median(times) * 1000:7.0f} ms   (fastest {min(times) * 1000:.0f})")


def main(rounds: int) -> None:
    """Runs all cases in turn, `rounds` times after one to warm the disk's cache, and prints the medians."""
    with tempfile.TemporaryDirectory() as home, Practice() as api:
        os.environ.update(HOME=home, TERM="xterm-256color")
        chosen = cases(api.url)
        times: dict[str, list[float]] = {case.name: [] for case in chosen}
        for turn in range(rounds + 1):
            for case in chosen:
                taken = measure(case)
                if turn:
                    times[case.name].append(taken)
    for name, taken_all in times.items():
        show(name, taken_all)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
