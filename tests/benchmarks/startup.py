"""How long it takes to start: whole processes, interleaved, medians.

    python tests/benchmarks/startup.py [ROUNDS]

Each round runs every case once, in turn, so that a busy moment of the machine falls on all of them. A process counts
from its start to its end; where a prompt is meant, from its start to the prompt standing on a terminal.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

from peers import CALLBOX, Shell, peer

from callbox.practice import Practice

ROUNDS = 15
BARE_PROMPT = "from prompt_toolkit import PromptSession; PromptSession().prompt('ready> ')"


class Case(NamedTuple):
    """What is measured: its name, its words, and the prompt to wait for (`""`: until the end)."""

    name: str
    words: tuple[str, ...]
    prompt: str = ""


def cases(url: str) -> list[Case]:
    """Each start-up path beside what Python, or prompt_toolkit alone, needs for the same; and the peers that are there.

    `callbox` is the command as it is installed: `python -m callbox` takes 5 ms more, for the module that finds it.
    """
    host = url.partition("://")[2]
    python = sys.executable
    chosen = [
        Case("python -c pass", (python, "-c", "pass")),
        Case("callbox --version", (CALLBOX, "--version")),
        Case("callbox --help", (CALLBOX, "--help")),
        Case("callbox -c 'get URL'", (CALLBOX, "-c", f"get {url}/")),
        Case("from callbox import Session; Session()", (python, "-c", "from callbox import Session; Session()")),
        Case("import urllib3", (python, "-c", "import urllib3")),
        Case("prompt visible: callbox", (CALLBOX, url), f"{host}>"),
        Case("prompt visible: prompt_toolkit alone", (python, "-c", BARE_PROMPT), "ready>"),
        Case("prompt visible: http-prompt", (peer("http-prompt"), url), f"{url}>"),
        Case("HTTPie: http --version", (peer("http"), "--version")),
        Case("HTTPie: http GET URL", (peer("http"), "--ignore-stdin", "GET", f"{url}/")),
    ]
    return [case for case in chosen if case.words[0]]


def time_to_end(words: tuple[str, ...]) -> float:
    """Seconds from the start of a process to its end."""
    start = time.perf_counter()
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    return time.perf_counter() - start


def time_to_prompt(words: tuple[str, ...], prompt: str) -> float:
    """Seconds from the start of a process to this text on its terminal."""
    with Shell(words) as shell:
        return shell.see(prompt) - shell.started


def measure(case: Case) -> float:
    """One run of a case, in seconds."""
    return time_to_prompt(case.words, case.prompt) if case.prompt else time_to_end(case.words)


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
