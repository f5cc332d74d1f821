"""Which runs without a prompt keep their requests for the next start."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.support import processes

from callbox.memory.history_and_facts_database import NAME, MemoryFile
from callbox.practice import Practice


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["-c", "get /ping"], 0),
        (["-c", "get /ping", "--session", "work"], 1),
        (["-c", "get /ping", "--session", "work", "--history", "no"], 0),
        (["-c", "get /ping", "--history-of", "all"], 1),
        (["-c", "set option history-of all", "-c", "get /ping"], 1),
        (["-"], 0),
        (["-", "--history-of", "all"], 1),
    ],
    ids=["line", "session", "session without", "line all", "option", "pipe", "pipe all"],
)
def test_a_run_without_a_prompt_keeps_requests_only_where_it_is_told(
    api: Practice, tmp_path: Path, words: list[str], count: int
) -> None:
    environ = {**os.environ, "HOME": str(tmp_path)}
    done = processes.run(api.url, *words, given=b"get /ping\n", text=False, cwd=tmp_path, env=environ)
    folder = tmp_path / ".local/state/callbox"

    assert done.returncode == 0
    assert b"pong" in done.stdout
    assert len(MemoryFile(lambda: folder).requests(9)) == count if count else not (folder / NAME).exists()
