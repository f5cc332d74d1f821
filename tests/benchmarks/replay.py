"""What a replay costs beside a plain loop over the same session, and how soon a long script begins to send.

    python tests/benchmarks/replay.py [ROUNDS]

The loop and the replay are interleaved round by round in one process; medians. The server (the practice API) runs in
a process of its own.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from callbox.exchange.draft import Draft
from callbox.replay.plan import Plan
from callbox.replay.ports import real_ports
from callbox.replay.run import replay
from callbox.script.parse import parse
from callbox.session import LiveSession
from callbox.session.live import collect

ROUNDS = 7
SMALL = 1_000
LONG = 10_000
SERVER = "from callbox.practice import Practice; p = Practice(); print(p.url, flush=True); p.serve_forever()"
PLAIN = "### r{n}\nGET {base}/ping\n"
USUAL = """### r{n}
# @name r{n}
# @expect status 200
# @expect body $.pong == true
GET {{{{base}}}}/ping?n={n}
Accept: application/json
X-Token: {{{{token}}}}
"""


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


def run(session: LiveSession, text: str) -> None:
    """Read and replay a script; every request has to go well."""
    for result in replay(parse(text, "bench.http"), session, real_ports(), Plan()):
        assert result.outcome == "ok", result.error


def first_result(session: LiveSession, text: str) -> float:
    """Seconds from the text of a script to its first answer."""
    begun = time.perf_counter()
    next(replay(parse(text, "bench.http"), session, real_ports(), Plan()))
    return time.perf_counter() - begun


def timed(call: Callable[[], None]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with server() as base, LiveSession() as session:
        cases: dict[str, Callable[[], None]] = {
            "plain loop": lambda: loop(session, f"{base}/ping"),
            "replay, bare requests": lambda: run(session, script_of(PLAIN, base, SMALL)),
            "replay, variables and two checks": lambda: run(session, script_of(USUAL, base, SMALL)),
        }
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in cases}
        for number in range(rounds + 1):
            for name, call in cases.items():
                spent = timed(call)
                if number:
                    found[name].append(spent)
        medians = {
            name: tuple(statistics.median(column) for column in zip(*spent, strict=True))
            for name, spent in found.items()
        }
        least = medians["plain loop"]
        print(f"{SMALL} small GETs{'':<24}wall   CPU")
        for name, (wall, cpu) in medians.items():
            print(f"{name:<34}{wall / least[0]:6.2f}{cpu / least[1]:6.2f}   {wall / SMALL * 1e6:5.0f} us each")
        for form, name in ((PLAIN, "bare"), (USUAL, "usual")):
            text = script_of(form, base, LONG)
            spent_s = statistics.median(first_result(session, text) for _ in range(3))
            print(f"first answer of {LONG} {name} requests after {spent_s:.2f} s")


if __name__ == "__main__":
    main()
