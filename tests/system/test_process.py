"""Commands of the system's shell."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from callbox.errors import CallboxError
from callbox.system.process import PipedCommand, capture_line, edit_file, run_line


def test_ctrl_c_loses_no_exit_code() -> None:
    # What interrupts us and ends at once: the signal and the end of the program come together.
    codes = [run_line("sleep 0.05; kill -INT $PPID; exit 3") for _ in range(20)]

    assert codes == [3] * 20


@pytest.mark.parametrize("name", ["+:!touch made", "-x", "--version", "a.http"])
def test_editor_takes_no_file_name_for_an_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    script = tmp_path / "editor.py"
    script.write_text("import sys; open('seen', 'w').write(sys.argv[1])")
    monkeypatch.setenv("VISUAL", f"{shlex.quote(sys.executable)} -IS {shlex.quote(str(script))}")

    edit_file(name)

    assert (tmp_path / "seen").read_text() == f"./{name}"


def _enter(line: str) -> object:
    return PipedCommand(line).__enter__()


@pytest.mark.parametrize("start", [run_line, capture_line, _enter])
def test_a_command_that_cannot_be_started_is_named(
    start: Callable[[str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", refused)
    with pytest.raises(CallboxError, match="Cannot run 'sort -u': resource temporarily unavailable"):
        start("sort -u")
