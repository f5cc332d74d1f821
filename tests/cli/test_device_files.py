"""A device that a command line names as a file is refused in one line, and not read for ever."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from tests.support import processes


@pytest.mark.parametrize(
    "words",
    [
        ["convert", "link"],
        ["check", "ok.http", "--openapi", "link"],
        ["replay", "link"],
        ["replay", "ok.http", "--openapi", "link"],
        ["replay", "ok.http", "--env-file", "link"],
        ["replay", "ok.http", "--ca", "link"],
        ["replay", "ok.http", "--cert", "link"],
        ["-f", "link"],
        ["--ca", "link", "-c", "get https://127.0.0.1:1"],
        ["--cert", "link", "-c", "get https://127.0.0.1:1"],
        ["127.0.0.1:1", "-c", "source link"],
        ["127.0.0.1:1", "-c", "replay link"],
        ["127.0.0.1:1", "-c", "import openapi link"],
        ["127.0.0.1:1", "-c", "import cookies link"],
        ["replay", "ok.http", "--vars-file", "link"],
        ["replay", "ok.http", "--secrets-file", "link"],
        ["127.0.0.1:1", "-c", "get / X-A:@link"],
        ["127.0.0.1:1", "-c", "post / a:=@link"],
        ["127.0.0.1:1", "-c", "curl / -d @link"],
    ],
    ids=" ".join,
)
def test_device_is_refused(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "link").symlink_to("/dev/ptmx")
    (tmp_path / "ok.http").write_text("GET https://127.0.0.1:1/\n")

    done = processes.run(*words, cwd=tmp_path, env=dict(os.environ), given="")

    said = done.stdout + done.stderr
    assert done.returncode == 2, said
    assert re.search("link is (a device, not a|not a regular file)|link is a link that leads out of", said)
