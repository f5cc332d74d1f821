"""`.ci/environment` says in one line what is missing, and leaves alone what is in order."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OLD = "exit 1"
WITHOUT_VENV = 'case "$2" in *ensurepip*) exit 1 ;; *print*) echo 3.12.4 ;; esac'


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder, with a blank in its name, that has what the script looks at; and no Python at all in its PATH."""
    folder = tmp_path / "some place" / "callbox"
    (folder / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "environment", folder / ".ci" / "environment")
    (folder / "pyproject.toml").write_text("")
    tools = folder.parent / "bin"
    tools.mkdir()
    for name in ("sh", "cksum", "cat", "sed", "rm"):
        (tools / name).symlink_to(str(shutil.which(name)))
    return folder


def add_python(clone: Path, name: str, script: str) -> None:
    """A stand-in for an interpreter, as a pyenv shim is one."""
    path = clone.parent / "bin" / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def run(clone: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(clone.parent / "bin"), "HOME": os.environ["HOME"], **more}
    return subprocess.run(
        ["sh", ".ci/environment", "run"], cwd=clone, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("pythons", "more", "said"),
    [
        pytest.param({}, {}, "needs Python 3.11 or newer, and found none", id="no Python"),
        pytest.param({"python3": OLD, "python3.12": OLD}, {}, "found none", id="old ones, and shims that fail"),
        pytest.param({"python3": OLD}, {"PYTHON": "/no/python"}, "found none at '/no/python'", id="a named one"),
        pytest.param(
            {"python3": OLD, "python3.12": WITHOUT_VENV},
            {},
            "python3.12 cannot make virtual environments; try: sudo apt install python3.12-venv",
            id="Debian without python3-venv",
        ),
    ],
)
def test_what_is_missing_is_said_in_one_line(
    clone: Path, pythons: dict[str, str], more: dict[str, str], said: str
) -> None:
    for name, script in pythons.items():
        add_python(clone, name, script)

    done = run(clone, **more)

    assert done.returncode == 1
    assert done.stderr.startswith("callbox: ")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_python_without_venv_is_passed_over_for_one_that_has_it(clone: Path) -> None:
    add_python(clone, "python3", WITHOUT_VENV)
    add_python(clone, "python3.12", 'case "$1" in -m) exit 9 ;; *) case "$2" in *print*) echo 3.12.4 ;; esac ;; esac')

    done = run(clone)

    assert done.stderr.splitlines() == [
        "callbox: making .venv with Python 3.12.4",
        "callbox: python3.12 could not make .venv",
    ]
