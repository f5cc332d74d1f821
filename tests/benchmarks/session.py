"""What a request through a session costs, beside urllib3's bare PoolManager, requests and httpx.

    python tests/benchmarks/session.py [ROUNDS]

One process, the peers interleaved round by round, medians of wall and CPU time, as ratios to PoolManager. The server
(the practice API) runs in a process of its own. Memory is measured in a fresh process for each peer.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import requests
import urllib3

from callbox import Session
from callbox.exchange.cookies import Cookie

ROUNDS = 21
HEADERS = {
    "X-Test": "true", "Accept": "*/*", "Accept-Encoding": "gzip, deflate", "User-Agent": "bench/1",
    "Connection": "keep-alive", "Authorization": "Basic YW5uOnNlY3JldA==", "Cookie": "a=1; b=2",
}  # fmt: skip
Call = Callable[[], object]
SERVER = "from callbox.practice import Practice; p = Practice(); print(p.url, flush=True); p.serve_forever()"


@contextmanager
def server() -> Iterator[str]:
    """The practice API in a process of its own."""
    with subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def dressed(session: Any) -> Any:
    """A session of any library with a header, credentials and two cookies in it."""
    session.headers.update({"X-Test": "true"})
    session.auth = ("ann", "secret")
    session.cookies.set("a", "1")
    session.cookies.set("b", "2")
    return session


def pool_manager() -> urllib3.PoolManager:
    return urllib3.PoolManager(maxsize=16)


NIQUESTS = Path(__file__).parents[2] / ".venv" / "niquests" / "bin" / "python"
"""niquests brings a urllib3 of its own that takes urllib3's place: it runs in an environment of its own."""
ELSEWHERE = """
import sys, time, niquests
session = niquests.Session()
session.headers.update({"X-Test": "true"})
session.auth = ("ann", "secret")
session.cookies.set("a", "1")
session.cookies.set("b", "2")
for line in sys.stdin:
    url, count = line.split()
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(int(count)):
        session.get(url).content
    print(time.perf_counter() - wall, time.process_time() - cpu, flush=True)
"""


class Elsewhere:
    """A peer in a process of its own: told how many requests to make, it tells how long they took."""

    def __init__(self, python: Path, url: str) -> None:
        self.url = url
        self.process = subprocess.Popen(
            [python, "-c", ELSEWHERE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, count: int) -> tuple[float, float]:
        """Seconds of wall and of CPU for so many requests, measured in that process."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{self.url} {count}\n")
        self.process.stdin.flush()
        wall, cpu = self.process.stdout.readline().split()
        return float(wall), float(cpu)


def run_here(call: Call, count: int) -> tuple[float, float]:
    """The same, in this process."""
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(count):
        call()
    return time.perf_counter() - wall, time.process_time() - cpu


def gets(url: str) -> dict[str, Call]:
    """A small keep-alive GET by each peer, with the same fields on the wire."""
    pool, ours, theirs, other = pool_manager(), dressed(Session()), dressed(requests.Session()), dressed(httpx.Client())
    return {
        "PoolManager": lambda: pool.request("GET", url, headers=HEADERS).data,
        "callbox": lambda: ours.get(url).content,
        "requests": lambda: theirs.get(url).content,
        "httpx": lambda: other.get(url).content,
    }


def once(url: str, *, is_dressed: bool) -> dict[str, Call]:
    """A session made, used once and closed; with or without a header, credentials and cookies."""
    headers = HEADERS if is_dressed else None

    def bare() -> None:
        with pool_manager() as pool:
            pool.request("GET", url, headers=headers)

    def with_session(make: Callable[[], Any]) -> Call:
        def call() -> None:
            with make() as session:
                (dressed(session) if is_dressed else session).get(url)

        return call

    return {"PoolManager": bare, "callbox": with_session(Session), "requests": with_session(requests.Session)}


def shared_by_threads(url: str) -> dict[str, Call]:
    """16 threads on one session, ten requests each."""
    calls = gets(url)
    del calls["httpx"]

    def spread(call: Call) -> Call:
        def run() -> None:
            threads = [threading.Thread(target=lambda: [call() for _ in range(10)]) for _ in range(16)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        return run

    return {name: spread(call) for name, call in calls.items()}


def with_full_jar(url: str) -> dict[str, Call]:
    """The same session with and without 10,000 cookies in 500 domains."""
    empty, full = dressed(Session()), dressed(Session())
    for number in range(10_000):
        full._callbox.jar.put(Cookie(f"c{number}", "x", f"d{number % 500}.example", is_manual=True), 0.0)
    return {"two cookies": lambda: empty.get(url).content, "10,002 cookies": lambda: full.get(url).content}


def downloads(url: str) -> dict[str, Call]:
    """100 MB streamed to a file."""
    ours, theirs = Session(), requests.Session()

    def save(session: Any) -> Call:
        def call() -> None:
            with tempfile.TemporaryFile() as file, session.get(url, stream=True) as answer:
                for piece in answer.iter_content(65536):
                    file.write(piece)

        return call

    return {"requests": save(theirs), "callbox": save(ours)}


def contents(url: str) -> dict[str, Call]:
    """A large body taken in as a whole."""
    pool, ours, theirs = pool_manager(), Session(), requests.Session()
    return {
        "PoolManager": lambda: pool.request("GET", url).data,
        "callbox": lambda: ours.get(url).content,
        "requests": lambda: theirs.get(url).content,
    }


def uploads(url: str) -> dict[str, Call]:
    """50 MB sent from a file."""

    def send(session: Any) -> Call:
        def call() -> None:
            with tempfile.TemporaryFile() as file:
                file.truncate(50_000_000)
                session.post(url, data=file).raise_for_status()

        return call

    return {"requests": send(requests.Session()), "callbox": send(Session())}


def measure(calls: dict[str, Call | Elsewhere], rounds: int, repeat: int) -> dict[str, tuple[float, float]]:
    """Median microseconds of one call, (wall, CPU), the peers in turn in each round.

    Each round begins with another peer: what runs after a peer in a process of its own finds the cores otherwise.
    """
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in calls}
    order = deque(calls.items())
    for number in range(rounds + 1):
        order.rotate(1)
        for name, call in order:
            took = call.run(repeat) if isinstance(call, Elsewhere) else run_here(call, repeat)
            if number:  # the first round warms up
                seen[name].append(took)
    return {
        name: tuple(statistics.median(column) / repeat * 1e6 for column in zip(*rows, strict=True))  # type: ignore[misc]
        for name, rows in seen.items()
    }


def report(title: str, calls: Mapping[str, Call | Elsewhere], rounds: int, repeat: int) -> None:
    """One table: microseconds and ratios to the first peer."""
    figures = measure(dict(calls), rounds, repeat)
    wall_1, cpu_1 = next(iter(figures.values()))
    print(f"\n{title}")
    for name, (wall, cpu) in figures.items():
        print(f"  {name:16} {wall:12,.0f} us wall  {wall / wall_1:5.2f}    {cpu:12,.0f} us CPU  {cpu / cpu_1:5.2f}")


GROWTH = """
import json, resource, sys
{imports}
session = {make}
session.get({url!r} + "/ping").content
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
{work}
print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before))
"""
PEERS = {"callbox": ("from callbox import Session", "Session()"), "requests": ("import requests", "requests.Session()")}
WORKS = {
    "200 MB to .content": "assert len(session.get({url!r} + '/big?mb=200&type=bin').content) == 200_000_000",
    "200 MB streamed": "for _ in session.get({url!r} + '/big?mb=200&type=bin', stream=True).iter_content(65536): pass",
}


def report_growth(url: str) -> None:
    """Peak memory of a process that takes in 200 MB, beyond what it had before, in MB."""
    unit = 1000 if sys.platform == "darwin" else 1
    for title, work in WORKS.items():
        print(f"\n{title}: growth of the process")
        for name, (imports, make) in PEERS.items():
            code = GROWTH.format(imports=imports, make=make, url=url, work=work.format(url=url))
            out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
            print(f"  {name:16} {json.loads(out) / 1000 / unit * 1.024:8.1f} MB")


def share_one_core() -> None:
    """Keep this process, and what it starts, on one core where the system can be told.

    Which cores a client and its server wake each other on is chosen anew from run to run, weighs as much as the whole
    of a small request, and falls on one peer and not on another.
    """
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def main() -> None:
    """All cases, one after the other."""
    share_one_core()
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    assert resource.RUSAGE_SELF == 0
    with server() as url:
        peers: dict[str, Call | Elsewhere] = dict(gets(url + "/ping"))
        if NIQUESTS.exists():
            peers["niquests"] = Elsewhere(NIQUESTS, url + "/ping")
        report("small keep-alive GET: session headers, auth, two cookies", peers, rounds, 200)
        report("the same, each answer sets two cookies", gets(url + "/headers/repeated"), rounds, 100)
        report("16 threads on one session, 160 GETs", shared_by_threads(url + "/ping"), rounds, 1)
        report("a session made, used once and closed", once(url + "/ping", is_dressed=False), rounds, 20)
        report("the same, dressed", once(url + "/ping", is_dressed=True), rounds, 20)
        report("a jar of 10,000 cookies in 500 domains", with_full_jar(url + "/ping"), rounds, 200)
        report("100 MB streamed to a file", downloads(url + "/big?mb=100&type=bin"), max(rounds // 5, 3), 1)
        report("200 MB to .content", contents(url + "/big?mb=200&type=bin"), rounds, 1)
        report("50 MB uploaded from a file", uploads(url + "/upload"), max(rounds // 5, 3), 1)
        report_growth(url)


if __name__ == "__main__":
    main()
