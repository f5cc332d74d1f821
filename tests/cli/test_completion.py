"""Completion scripts and the manual page: made from the tables, and they work."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from callbox.cli.completion import run_completion, write_bash, write_fish, write_zsh
from callbox.cli.manpage import write_man
from callbox.cli.programs import PROGRAMS, words_of
from callbox.errors import UsageError
from callbox.session.options import OPTIONS
from callbox.shell.manual import usage
from callbox.shell.table import COMMANDS

FORMS = [form for program in PROGRAMS for word in words_of(program) for form in word.forms]


def complete(*words: str) -> list[str]:
    """What bash offers for these words, the last of them half typed."""
    quoted = " ".join(f"'{word}'" for word in words)
    script = f"{write_bash()}\nCOMP_WORDS=({quoted}) COMP_CWORD={len(words) - 1}\n_callbox\nprintf '%s\\n' \"${{COMPREPLY[@]}}\""
    found = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert found.stderr == ""
    return found.stdout.split()


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
    ],
)
def test_bash_offers(words: tuple[str, ...], wanted: list[str]) -> None:
    assert complete(*words) == wanted


def test_bash_offers_files_to_replay(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flow.http").touch()

    assert complete("callbox", "replay", "fl") == ["flow.http"]


def test_every_option_is_in_every_script() -> None:
    fish = write_fish()
    for form in FORMS:
        assert f" {form}" in write_bash() or f'"{form}' in write_bash()
        assert f"*{form}" in write_zsh()
        assert (f"-l {form[2:]}" if form.startswith("--") else f"-s {form[1:]}") in fish


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
    page = write_man().replace("\\-", "-").replace("\\e", "\\")

    for command in COMMANDS:
        assert usage(command) in page
        assert command.summary in page
    for option in OPTIONS.values():
        assert option.help in page


def test_no_line_of_the_manual_page_is_taken_for_a_request() -> None:
    known = (".TH", ".SH", ".TP", ".B", ".br", ".PP", ".nf", ".fi")

    assert [line for line in write_man().splitlines() if line[:1] in (".", "'") and line.split()[0] not in known] == []


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not here")
def test_the_manual_page_can_be_set() -> None:
    found = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww"], input=write_man(), text=True, capture_output=True, check=True
    )

    assert "an interactive HTTP shell" in found.stdout
    assert "macro" not in found.stderr
