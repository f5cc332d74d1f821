"""What is asked for is what can be undone."""

from __future__ import annotations

import subprocess
import sys


def test_an_extra_that_is_installed_is_asked_for(tmp_path) -> None:
    (tmp_path / "brotli.py").write_text("class Decompressor:\n    can_accept_more_data = None\n")
    told = "from callbox import Session; print(Session().headers['Accept-Encoding'])"

    out = subprocess.run(
        [sys.executable, "-c", told], capture_output=True, text=True, check=True, env={"PYTHONPATH": str(tmp_path)}
    ).stdout

    assert out.startswith("gzip, deflate, br")
