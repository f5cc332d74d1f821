"""What one result gives away is redacted in all that is written of a run, on the screen as well."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.server import Recorder

from callbox.cli.replay.replay_command import run_replay

TOKEN = "S3CRET-4711-token"
SCRIPT = """### first
GET {{base}}/a
### second
GET {{base}}/S3CRET-4711-token/b
"""


@pytest.fixture
def server():
    body = f'{{"token": "{TOKEN}"}}'.encode()
    with Recorder(lambda _: b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)) as made:
        yield made


def test_secret_of_an_earlier_result_is_redacted_on_the_screen_and_in_files(server, tmp_path: Path, capsys) -> None:
    script, report, copy = (tmp_path / name for name in ("a.http", "report.json", "copy.sh"))
    script.write_text(SCRIPT)
    base = f"base=http://127.0.0.1:{server.port}"

    code = run_replay([str(script), "-v", "--var", base, "--report-json", str(report), "--as-curl", str(copy)])

    shown = capsys.readouterr()
    assert code == 0
    assert f"/{TOKEN}/b" in server.seen[1].line
    assert TOKEN not in shown.out + shown.err + report.read_text() + copy.read_text()
