"""The user's editor."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from callbox.system.child_processes_and_editor import edit_file


@pytest.mark.parametrize("name", ["+:!touch made", "-x", "--version", "a.http"])
def test_editor_takes_no_file_name_for_an_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    script = tmp_path / "editor.py"
    script.write_text("import sys; open('seen', 'w').write(sys.argv[1])")
    monkeypatch.setenv("VISUAL", f"{shlex.quote(sys.executable)} -IS {shlex.quote(str(script))}")

    edit_file(name)

    assert (tmp_path / "seen").read_text() == f"./{name}"
