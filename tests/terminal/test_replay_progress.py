"""The line that tells on a terminal which request of a replay is under way."""

from __future__ import annotations

from pathlib import Path

import pexpect
from tests.support import processes

from callbox.practice import Practice


def test_the_running_request_is_shown_and_erased(tmp_path: Path) -> None:
    with Practice() as api:
        (tmp_path / "a.http").write_text(f"### first one\nGET {api.url}/ping\n### other\nGET {api.url}/ping")
        child = processes.Terminal("replay", tmp_path / "a.http", timeout=30, encoding="utf-8")
        child.expect("1/2.*first one")
        child.expect("\r\x1b\\[K.*ok")
        child.expect(pexpect.EOF)
        child.close()

    assert child.exitstatus == 0
