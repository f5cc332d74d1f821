"""An error about the words of a command line shows no secret of these words."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.support import processes

URL = "http://ann:Zq9secret@h"
NAMED = "token=Zq9secret"


@pytest.mark.parametrize(
    "words",
    [
        ["practice", "--port", URL],
        ["practice", "--port", NAMED],
        ["practice", f"--port={URL}"],
        ["practice", NAMED],
        ["practice", "--shell", "--timeout", NAMED],
        ["--timeout", NAMED],
        ["--timeout", URL],
        [f"--max-body={NAMED}"],
        ["--verify", NAMED],
        ["--color", "password: Zq9secret"],
        ["--resolve", NAMED],
        ["--proxy", NAMED],
        ["--theme", NAMED, "-c", "show base"],
        ["--session", NAMED],
        ["--config", NAMED],
        ["-f", NAMED],
        ["ann:Zq9secret@h", "x"],
        ["replay", "x.http", "--timeout", NAMED],
        ["replay", "x.http", "--jobs", NAMED],
        ["replay", "x.http", f"--sandbox={NAMED}"],
        ["replay", "x.http", "--allow-host", URL],
        ["replay", NAMED],
        ["check", URL],
        ["convert", "x.json", NAMED],
        ["--completion", NAMED],
        ["--names", NAMED],
        ["get", "http://a.x", "--timeout", NAMED],
    ],
    ids=" ".join,
)
def test_no_secret_of_the_command_line_is_shown(tmp_path: Path, words: list[str]) -> None:
    done = processes.run(*words, cwd=tmp_path, env=dict(os.environ), given="")

    assert done.returncode == 2
    assert "error" in done.stderr
    assert "Zq9secret" not in done.stdout + done.stderr


@pytest.mark.parametrize("port", ["65536", "-1", "x", "1_0", "٣"])
def test_a_port_of_the_practice_api_is_a_number_in_one_line(port: str) -> None:
    done = processes.run("practice", f"--port={port}", env=dict(os.environ), given="")

    assert (done.returncode, done.stderr) == (
        2,
        f"callbox: error: '{port}' is not a port\n  use a port from 0 to 65535\n",
    )
