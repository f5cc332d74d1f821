"""Tab in real shells, in a folder whose files and names are hostile: nothing runs, and what is offered is one word."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from callbox.cli.bash_zsh_fish_completion import write_bash, write_fish, write_zsh

STUB = """
import json, os, subprocess, sys
if sys.argv[1:2] == ["--names"]:
    sys.exit(subprocess.call([{python!r}, "-m", "callbox", *sys.argv[1:]]))
with open({told!r}, "w") as file:
    json.dump(sys.argv[1:], file)
print("to" + "ld")
"""
"""Lists names as callbox does, and writes down what words the shell has made of a line."""
NAMES = (
    "$(touch${IFS}PWNED)",
    "`touch PWNED`",
    "x;touch PWNED",
    "x\ntouch PWNED\n",
    "$(touch PWNED)\t$(touch PWNED)",
    "(touch PWNED)",
    "{touch,PWNED}",
    "<(touch PWNED)",
    "' $(touch PWNED) '",
    '" $(touch PWNED) "',
    "${x[$(touch PWNED)]}",
    "x[$(touch PWNED)]",
    "*(e:touch\\ PWNED:)",
    "=(touch PWNED)",
    "| touch PWNED",
    "> PWNED",
    "\x1b[31mred",
    "-rf",
    "safe",
    "zeta",
)
FILES = {
    "aa blank.http": "aa",
    "bb$(touch PWNED).http": "bb",
    "cc`touch PWNED`.http": "cc",
    "dd;touch PWNED;.http": "dd",
    "ee'quote.http": "ee",
    'ff"quote.http': "ff",
    "gg\nline.http": "gg",
    "hh*[a]{b,c}?~.http": "hh",
    "jj|touch PWNED.http": "jj",
    "kk>PWNED.http": "kk",
    "ll&touch PWNED.http": "ll",
    "mm=(touch PWNED).http": "mm",
    "nn(touch PWNED).http": "nn",
    "oo#!touch PWNED.http": "oo",
    "pp\\$HOME.http": "pp",
    "qq$HOME.http": "qq",
    "-rf.http": "./-r",
}
"""What is typed of each before Tab."""


class Shell:
    """One interactive shell with the completion script, in a folder of its own."""

    def __init__(self, name: str, tmp_path: Path) -> None:
        self.folder = tmp_path / "hostile"
        self.folder.mkdir()
        self.told = tmp_path / "told"
        (tmp_path / "bin").mkdir()
        program = tmp_path / "stub.py"
        program.write_text(STUB.format(python=sys.executable, told=str(self.told)))
        stub = tmp_path / "bin" / "callbox"
        # The first line of a script cannot hold a path with a blank.
        stub.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(program))} "$@"\n')
        stub.chmod(0o755)
        script = tmp_path / "script"
        script.write_text({"bash": write_bash, "zsh": write_zsh, "fish": write_fish}[name]())
        words, ready = {
            "bash": (["--norc", "--noprofile", "-i"], f"bind 'set enable-bracketed-paste off'; . {script}"),
            "zsh": (["-f", "-i"], f"autoload -Uz compinit; compinit -u -D; eval \"$(<{script})\"; unsetopt zle_bracketed_paste"),
            "fish": (["--no-config", "-i"], f"source {script}; set -g fish_autosuggestion_enabled 0"),
        }[name]  # fmt: skip
        environment = {
            "PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin",
            "HOME": str(tmp_path),
            "TERM": "dumb" if name == "fish" else "xterm",
            "LC_ALL": "C.UTF-8",
            "XDG_DATA_HOME": str(tmp_path),
            "PS1": "> ",
        }
        self.child = pexpect.spawn(
            shutil.which(name) or name, words, cwd=str(self.folder), env=environment, dimensions=(50, 200), timeout=60,
            encoding="utf-8", codec_errors="replace",
        )  # fmt: skip
        self.child.delaybeforesend = None
        self.child.sendline(f"{ready}; echo rea''dy")
        self.child.expect("ready")

    def complete(self, typed: str) -> list[str]:
        """The words that callbox is run with after Tab and Enter."""
        self.told.unlink(missing_ok=True)
        self.child.send(f"callbox {typed}\t")
        self.child.send("\r")
        self.child.expect("told")
        return json.loads(self.told.read_text())

    def list(self, typed: str) -> str:
        """What is on the screen after Tab twice; the line is given up."""
        self.child.send(f"callbox {typed}\t\t")
        self.child.send("\x15echo lis''ted\r")
        self.child.expect("listed")
        return self.child.before or ""

    @property
    def is_clean(self) -> bool:
        """Whether nothing was run and nothing was written."""
        return not list(self.folder.parent.rglob("PWNED"))


@pytest.fixture(scope="module", params=["bash", "zsh", "fish"])
def shell(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not here; make attack installs it")
    shell = Shell(request.param, tmp_path_factory.mktemp(request.param))
    names = {name: {} for name in NAMES}
    (shell.folder / "http-client.env.json").write_text(json.dumps(names))
    sessions = shell.folder.parent / "callbox" / "sessions"
    sessions.mkdir(parents=True)
    for name in (*NAMES, "only"):
        if "\n" not in name and "/" not in name:
            (sessions / f"{name}.toml").touch()
    for name in FILES:
        (shell.folder / name).touch()
    (shell.folder / "$(touch PWNED)").mkdir()
    (shell.folder / "$(touch PWNED)" / "inner one.http").touch()
    (shell.folder / "safe").mkdir()
    yield shell
    shell.child.close(force=True)


@pytest.mark.parametrize("file", FILES, ids=[*FILES.values()])
def test_a_hostile_file_name_is_completed_as_one_word(shell: Shell, file: str) -> None:
    words = shell.complete(f"replay {FILES[file]}")

    assert words == ["replay", f"./{file}" if file.startswith("-") else file]
    assert shell.is_clean


def test_a_hostile_folder_is_gone_into(shell: Shell) -> None:
    assert shell.complete(r"replay ./\$\(touch\ PWNED\)/in") == ["replay", "./$(touch PWNED)/inner one.http"]
    assert shell.is_clean


@pytest.mark.parametrize("option", ["-e", "replay --env", "check -e", "--session"])
def test_hostile_names_run_nothing_and_are_not_offered(shell: Shell, option: str) -> None:
    listed = shell.list(f"{option} ")

    assert "touch" not in listed
    assert shell.is_clean


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("-e sa", ["-e", "safe"]),
        ("replay --env sa", ["replay", "--env", "safe"]),
        ("--session on", ["--session", "only"]),
        ("--color nev", ["--color", "never"]),
        ("rep", ["replay"]),
        ("replay --only-f", ["replay", "--only-failed"]),
        ("--ca=aa", ["--ca=aa blank.http"]),
        ("--ca aa", ["--ca", "aa blank.http"]),
    ],
)
def test_harmless_words_are_completed(shell: Shell, typed: str, words: list[str]) -> None:
    assert shell.complete(typed) == words


@pytest.mark.parametrize("name", [name for name in NAMES if name.isprintable()])
def test_a_hostile_name_that_was_typed_is_not_run(shell: Shell, name: str) -> None:
    shell.list(f"-e {shlex.quote(name)} --colo")

    assert shell.is_clean


def test_a_file_that_looks_like_an_option_is_not_offered_as_one(shell: Shell) -> None:
    assert " -rf.http" not in shell.list("replay ")
    assert shell.is_clean
