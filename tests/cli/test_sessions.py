"""`--session` as processes see it: many at once, one that is killed, and nothing loaded where there is none."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.support import processes

from callbox.formats.session_toml import read_session

WRITERS = 24


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return tmp_path / "callbox" / "sessions"


def start(*words: str, **more: int) -> processes.Callbox:
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more
    return processes.Callbox(*words, **streams, text=True)


def test_many_shells_at_once_lose_nothing(home: Path) -> None:
    shells = [start("--session", "work", "-c", f"set header X-{number} 1") for number in range(WRITERS)]
    said = [shell.communicate(timeout=60)[1] for shell in shells]

    saved = read_session((home / "work.toml").read_bytes(), "work")

    assert [shell.returncode for shell in shells] == [0] * WRITERS, said
    assert {str(key[1]) for key in saved.things} == {f"x-{number}" for number in range(WRITERS)}
    assert sorted(os.listdir(home)) == ["work.toml", "work.toml.bak", "work.toml.lock"]


def test_a_shell_that_is_killed_leaves_a_whole_session(home: Path) -> None:
    chance = random.Random(7)
    for turn in range(4):
        shell = start("--session", "work", "-", stdin=subprocess.PIPE)
        assert shell.stdin is not None
        for number in range(100):
            shell.stdin.write(f"set var v{turn}_{number} x\n")
        shell.stdin.flush()
        while not (home / "work.toml").exists() or f"v{turn}_0" not in (home / "work.toml").read_text():
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.1))
        shell.send_signal(signal.SIGKILL)
        shell.communicate()

        assert ("var", f"v{turn}_0") in read_session((home / "work.toml").read_bytes(), "work").things

    done = start("--session", "work", "-c", "set var after 1")
    assert done.communicate(timeout=60)[1].endswith("var after: 1\n")
    assert sorted(os.listdir(home)) == ["work.toml", "work.toml.bak", "work.toml.lock"]


def test_a_new_session_is_reported(home: Path) -> None:
    done = start("api.x", "--session", "work", "-c", "set var a 1", "-c", "show session")
    out, err = done.communicate(timeout=60)

    assert out == "set base https://api.x\nset var a 1\n"
    assert err == "new session 'work'\nvar a: 1\n"


def test_a_damaged_session_is_one_line_and_exit_code_2(home: Path) -> None:
    home.mkdir(parents=True)
    (home / "work.toml").write_text("damaged")

    done = start("--session", "work", "-c", "show session")
    _, err = done.communicate(timeout=60)

    assert done.returncode == 2
    assert err.startswith(f"callbox: error: {home / 'work.toml'}:1:1: This is not TOML")
    assert "Traceback" not in err
    assert (home / "work.toml").read_text() == "damaged"


def test_without_a_session_no_toml_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    command = [sys.executable, "-X", "importtime", "-m", "callbox", "-c", "set var a 1"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)

    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time")}

    assert not loaded & {
        "tomllib",
        "tomli_w",
        "callbox.storage.locked_file_store",
        "callbox.formats.session_toml",
        "keyring",
    }
