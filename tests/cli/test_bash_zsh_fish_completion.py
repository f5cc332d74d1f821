"""Completion scripts and the manual page: made from the tables, and they work."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable

import pytest
from tests.support.rows import check_rows

from callbox.cli.bash_zsh_fish_completion import (
    PROGRAMS,
    options_of,
    run_completion,
    run_names,
    write_bash,
    write_fish,
    write_zsh,
)
from callbox.cli.manpage import write_man
from callbox.engine.options import OPTIONS
from callbox.errors import UsageError
from callbox.shell.help_pages import usage
from callbox.shell.registry import COMMANDS

FORMS = [form for program in PROGRAMS for word in options_of(program) for form in word.forms]


def complete(*words: str) -> list[str]:
    """What bash offers for these words, the last of them half typed."""
    quoted = " ".join(f"'{word}'" for word in words)
    # Files are readline's, which tests/attack asks in a terminal.
    script = f"{write_bash()}\ncompopt() {{ :; }}\nCOMP_WORDS=({quoted}) COMP_CWORD={len(words) - 1}\n_callbox\nprintf '%s\\n' \"${{COMPREPLY[@]}}\""
    found = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert found.stderr == ""
    return [line for line in found.stdout.splitlines() if line]


def complete_in_fish(line: str) -> list[str]:
    """What fish offers at the end of this line, descriptions left out."""
    script = f"function callbox; echo dev; echo prod; end\n{write_fish()}\ncomplete -C '{line}'"
    found = subprocess.run(["fish", "--no-config", "-c", script], capture_output=True, text=True, check=True)
    assert found.stderr == ""
    return [row.partition("\t")[0] for row in found.stdout.splitlines()]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        pytest.param(("callbox", "rep"), ["replay"], id="a program"),
        pytest.param(("callbox", "--time"), ["--timeout"], id="an option"),
        pytest.param(("callbox", "--color", "al"), ["always"], id="a choice"),
        pytest.param(("callbox", "--verify", ""), ["yes", "no"], id="yes or no"),
        pytest.param(("callbox", "--completion", "f"), ["fish"], id="a shell"),
        pytest.param(("callbox", "practice", "--po"), ["--port"], id="an option of another program"),
        pytest.param(("callbox", "--color", "=", "nev"), ["never"], id="behind an equals sign"),
        pytest.param(("callbox", "--timeout", ""), [], id="a number"),
        pytest.param(
            ("callbox", "practice", "--shell", "--timeo"), ["--timeout"], id="an option of the shell on practice"
        ),
        pytest.param(("callbox", "practice", "--timeo"), [], id="no option of practice alone"),
        pytest.param(("callbox", "https://a.x", "rep"), [], id="no program behind a URL"),
        pytest.param(("callbox", "pu"), ["put"], id="a method"),
        pytest.param(("callbox", "get", ":8000/x", "--all"), ["--all", "--all-pages"], id="a flag of a request"),
        pytest.param(("callbox", "get", ":8000/x", "--check"), ["--check-status"], id="an option behind a request"),
        pytest.param(("callbox", "post", "--as", ""), ["json", "xml", "html", "text"], id="a choice of a request"),
    ],
)
def test_bash_offers(words: tuple[str, ...], wanted: list[str]) -> None:
    assert complete(*words) == wanted


def test_bash_asks_callbox_for_the_names_of_environments(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "callbox").write_text('#!/bin/sh\n[ "$*" = "--names environments" ] && printf "dev\\nprod\\n"\n')
    (tmp_path / "callbox").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    assert complete("callbox", "-e", "") == ["dev", "prod"]
    assert complete("callbox", "replay", "--env", "p") == ["prod"]


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not here")
@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        pytest.param("callbox rep", ["replay"], id="a program"),
        pytest.param("callbox https://a.x rep", [], id="no program behind a URL"),
        pytest.param("callbox --timeo", ["--timeout"], id="an option"),
        pytest.param("callbox practice --timeo", [], id="no option of practice alone"),
        pytest.param("callbox practice --shell --timeo", ["--timeout"], id="an option of the shell on practice"),
        pytest.param("callbox replay --env p", ["prod"], id="an environment"),
        pytest.param("callbox pu", ["put"], id="a method"),
        pytest.param("callbox get :8000/x --all-", ["--all-pages"], id="a flag of a request"),
    ],
)
def test_fish_offers(line: str, wanted: list[str]) -> None:
    assert complete_in_fish(line) == wanted


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not here")
def test_zsh_takes_the_script_by_eval(tmp_path) -> None:
    (tmp_path / "script").write_text(write_zsh())
    script = f'autoload -Uz compinit; compinit -u -D; eval "$(<{tmp_path}/script)"; print -r -- ${{_comps[callbox]}}'
    found = subprocess.run(["zsh", "-f", "-c", script], capture_output=True, text=True, check=True)

    assert (found.stdout, found.stderr) == ("_callbox\n", "")


def test_names_of_environments_are_listed(tmp_path, monkeypatch: pytest.MonkeyPatch, capfdbinary) -> None:
    (tmp_path / "http-client.env.json").write_text('{"dev": {}, "$shared": {}}')
    (tmp_path / "http-client.private.env.json").write_text('{"dev": {}, "prod": {}}')
    monkeypatch.chdir(tmp_path)

    assert run_names(["environments"]) == 0
    assert capfdbinary.readouterr().out == b"dev\nprod\n"


@pytest.mark.parametrize("name", ["$(touch PWNED)", "`x`", "a b", "-rf", "", "a\nb", "x;y", "..", "\x1b[31m"])
def test_a_hostile_name_of_an_environment_is_not_listed(
    name: str, tmp_path, monkeypatch: pytest.MonkeyPatch, capfdbinary
) -> None:
    (tmp_path / "http-client.env.json").write_text(json.dumps({name: {}, "größe.1-a": {}}))
    monkeypatch.chdir(tmp_path)

    assert run_names(["environments"]) == 0
    assert capfdbinary.readouterr().out.decode() == "größe.1-a\n"


def test_names_of_something_else_are_one_line() -> None:
    with pytest.raises(UsageError, match="--names does not know 'stages'"):
        run_names(["stages"])


def test_every_option_is_in_every_script() -> None:
    bash, zsh, fish = write_bash(), write_zsh(), write_fish()
    for form in FORMS:
        assert f" {form}" in bash or f'"{form}' in bash
        assert f"*{form}" in zsh
        assert (f"-l {form[2:]}" if form.startswith("--") else f"-s {form[1:]}") in fish


@check_rows("write", [write_zsh, write_fish, write_man])
def test_an_option_that_the_help_hides_has_a_description(write: Callable[[], str]) -> None:
    text = write().replace("\\-", "-")

    assert "==SUPPRESS==" not in text
    assert "--verify no" in text


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_a_script_is_well_formed(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not here")
    text = write_zsh() if shell == "zsh" else write_fish()

    subprocess.run([shell, "-n", "/dev/stdin"], input=text, text=True, check=True)


def test_another_shell_is_one_line() -> None:
    with pytest.raises(UsageError, match="No completion for 'tcsh'"):
        run_completion(["tcsh"])


def test_the_manual_page_names_every_command_option_and_flag() -> None:
    page = " ".join(write_man().replace("\\-", "-").replace("\\e", "\\").split())

    for command in COMMANDS:
        assert usage(command) in page
        assert command.summary in page
    for option in OPTIONS.values():
        assert option.help in page


def test_filled_lines_of_the_manual_page_fit_a_terminal() -> None:
    filled = re.sub(r"\n\.nf\n.*?\n\.fi", "", write_man(), flags=re.DOTALL).splitlines()

    assert [line for line in filled if len(line) > 80 and not line.startswith(".")] == []


def test_no_line_of_the_manual_page_is_taken_for_a_request() -> None:
    known = (".TH", ".SH", ".TP", ".B", ".br", ".PP", ".nf", ".fi")

    assert [line for line in write_man().splitlines() if line[:1] in (".", "'") and line.split()[0] not in known] == []


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not here")
def test_the_manual_page_can_be_set() -> None:
    found = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww"], input=write_man(), text=True, capture_output=True, check=True
    )

    assert "an interactive HTTP shell" in found.stdout
    assert found.stderr == ""


@pytest.mark.skipif(shutil.which("mandoc") is None, reason="mandoc is not here")
def test_the_manual_page_has_nothing_to_complain_of() -> None:
    found = subprocess.run(["mandoc", "-Tlint"], input=write_man(), text=True, capture_output=True)

    assert found.stdout + found.stderr == ""
