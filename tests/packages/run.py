"""`make packages`: packages that are built upon Requests, each with callbox in the place of it.

    python tests/packages/run.py [NAME ...]

Makes `.venv/packages` once, installs the packages there from `packages.txt`, and drives each in a process of its own
against a server on loopback (`drives.py`). Prints a table with the versions; the exit code says whether all work.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
VENV = ROOT / ".venv" / "packages"
PYTHON = VENV / "bin" / "python"
LIST = HERE / "packages.txt"


def install() -> None:
    """Make the environment, unless it has just these packages."""
    stamp = VENV / "stamp"
    if stamp.exists() and stamp.read_text() == LIST.read_text():
        return
    print("making the environment: some minutes", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
    subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", "-r", LIST, ROOT], check=True)
    subprocess.run([PYTHON, "-m", "pip", "uninstall", "--quiet", "--yes", "callbox"], check=True)
    stamp.write_text(LIST.read_text())


def drive(name: str) -> str:
    """Empty where it works, else the last line of what went wrong."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(
        [PYTHON, HERE / "drives.py", name], capture_output=True, text=True, check=False, env=environment, timeout=120
    )
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["no reason given"])[-1]


def main(names: list[str]) -> int:
    install()
    pinned = dict(line.split("==") for line in LIST.read_text().split() if "==" in line)
    failed = 0
    for name in names or [name for name in pinned if name not in ("requests", "filelock")]:
        reason = drive(name)
        failed += bool(reason)
        print(f"{name:24} {pinned.get(name, ''):10} {reason or 'works'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
