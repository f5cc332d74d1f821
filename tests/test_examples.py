"""The examples run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from callbox.practice import Practice

EXAMPLES = Path(__file__).parent.parent / "examples"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def test_the_tour_replays_in_the_shell() -> None:
    with Practice() as api:
        done = run("-m", "callbox", api.url, "-c", f"replay '{EXAMPLES / 'tour.http'}'")

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_tour_replays_in_ci() -> None:
    with Practice() as api:
        done = run("-m", "callbox", "replay", str(EXAMPLES / "tour.http"), "--var", f"base={api.url}")

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_tour_replays_on_the_practice_api_of_the_command() -> None:
    done = run("-m", "callbox", "practice", "--shell", "-c", f"replay '{EXAMPLES / 'tour.http'}'")

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_library_example_runs() -> None:
    done = run(str(EXAMPLES / "library.py"))

    assert done.stdout.splitlines() == [
        "200 ['Pride and Prejudice', 'Emma']",
        "False False",
        "['desk', 'sid', 'theme', 'visited'] ann",
        "404",
    ], done.stderr
