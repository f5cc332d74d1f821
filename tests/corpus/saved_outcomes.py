"""The outcomes of a run over the corpus, saved one by one, so that a run that was ended goes on where it was.

They are in `build/corpus`, in a file whose name has a digest of the sources: after a change all is measured again.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

SOURCES = Path(__file__).parents[2] / "src" / "callbox"
SHOWN = 100
"""Descriptions after which the progress is told."""
Outcome = TypeVar("Outcome", bound=tuple[Any, ...])


def digest_of_sources() -> str:
    """A digest of all Python files of the package."""
    found = sha256()
    for path in sorted(SOURCES.rglob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()[:12]


def measure_all(
    paths: Sequence[Path], measure: Callable[[Path], Outcome], read: Callable[[list[Any]], Outcome], file: Path
) -> list[Outcome]:
    """The outcome of each path: from the file where it is saved, else measured and saved.

    `read` makes an outcome of the list that JSON has of it.
    """
    root = file.parent / "package"
    saved: dict[str, Outcome] = {}
    if file.exists():
        for line in file.read_text().splitlines():
            try:
                name, values = json.loads(line)
            except ValueError:
                continue  # the last line of a run that was killed
            saved[name] = read(values)
    started, outcomes = time.monotonic(), list[Outcome]()
    if saved:
        print(f"{len(saved):,} are taken from {file}", file=sys.stderr, flush=True)
    with file.open("a") as lines:
        for number, path in enumerate(paths, 1):
            name = str(path.relative_to(root))
            if name not in saved:
                saved[name] = measure(path)
                lines.write(json.dumps([name, saved[name]]) + "\n")
                lines.flush()
            outcomes.append(saved[name])
            if number % SHOWN == 0:
                print(f"{number:,} of {len(paths):,}, {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    return outcomes
