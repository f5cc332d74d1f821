"""Two starts of a real shell: the second one knows what the first one saw."""

from __future__ import annotations

from pathlib import Path

from callbox.memory.history_and_facts_database import NAME
from callbox.practice import Practice


def test_the_next_start_knows_the_api_and_the_requests(api: Practice, terminal, tmp_path: Path) -> None:
    first = terminal(api.url)
    first.type("get /books/2 -h")
    first.send("exit\r")
    first.child.wait()
    file = tmp_path / ".local/state/callbox" / NAME
    assert file.stat().st_mode & 0o777 == 0o600

    second = terminal(api.url)
    second.type("show history --earlier")
    second.see("h1 GET")
    second.send("get /boo")
    second.see("seen earlier")
    second.send("\x15")
    second.type("again h1 -h")
    second.see(f"again: GET {api.url}/books/2")
