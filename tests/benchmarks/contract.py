"""What `--openapi` costs: the same 1,000 requests with and without it, in turn, as whole processes.

    python tests/benchmarks/contract.py [ROUNDS]

Processor time with that of children; medians. The server (the practice API) runs in a process of its own, and the
description is its own, of 91 operations.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import urllib.request
from pathlib import Path

from replay import REPLAY, process, server

ROUNDS = 9
COUNT = 1_000
REQUEST = """### r{n}
# @name r{n}
# @expect status 200
# @expect body $.id == {id}
GET {{{{base}}}}/books/{id}
Accept: application/json

"""


def main() -> None:
    """Print the medians and the overhead."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with server() as base, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with urllib.request.urlopen(f"{base}/openapi.json") as page:
            (folder / "openapi.json").write_bytes(page.read())
        requests = "".join(REQUEST.format(n=n, id=n % 40 + 1) for n in range(COUNT))
        (folder / "a.http").write_text(f"@base = {base}\n\n{requests}")
        commands = {"without": (*REPLAY, "a.http"), "with": (*REPLAY, "a.http", "--openapi", "openapi.json")}
        found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in commands}
        for number in range(rounds + 1):
            for what, words in commands.items():
                spent = process(*words, folder=folder)
                if number:  # the first time, the description is read
                    found[what].append(spent)
        medians = {
            what: [statistics.median(column) for column in zip(*all_, strict=True)] for what, all_ in found.items()
        }
        for what, (wall, cpu, memory) in medians.items():
            print(f"{COUNT} requests {what:<8} {wall:5.2f} s, {cpu:5.2f} s of CPU, {memory:4.0f} MB")
        ratios = [b[1] / a[1] for a, b in zip(found["without"], found["with"], strict=True)]
        print(f"CPU with / without: {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})")


if __name__ == "__main__":
    main()
