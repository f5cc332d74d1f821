"""Lines of the prompt on one screen: what is left of a line when it has ended."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.rows import check_rows
from tests.support.server import OK, Recorder

from callbox.cli.session_startup import make_context
from callbox.practice import Practice
from callbox.terminal.output_streams_and_pager import OutputStream
from callbox.terminal.prompt_line_runner import LineRunner
from callbox.terminal.screen import Screen


@pytest.fixture
def runner(api: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[LineRunner, Screen]]:
    monkeypatch.chdir(tmp_path)
    context = make_context(lambda: 80)
    context.session.base_url = api.url
    out, err = (OutputStream(io.BytesIO(), True, 0) for _ in range(2))
    screen = Screen(out, err, lambda: 80, now=lambda: 0.0)
    yield LineRunner(context, screen), screen
    context.session.close()


@pytest.mark.parametrize(
    "line",
    [
        "get /books",
        "get /books -d",
        "get /books --download=b.json",
        "get /books > b.txt",
        "get /books | cat > b.txt",
        "get /status/500",
        "get /truncated",
        "get http://127.0.0.1:1/",
        "get /books -d --timeout=5",
    ],
)
def test_no_clock_runs_when_a_line_has_ended(runner: tuple[LineRunner, Screen], line: str) -> None:
    lines, screen = runner

    lines.run(line)

    assert not screen.clock.is_running


@check_rows(
    ("line", "deleted"),
    [("delete /a/20?x=1", "/a/20"), ("delete /a/20/", "/a/20"), ("delete /cart", ""), ("get /a/20", "")],
)
def test_the_item_that_a_line_has_deleted_is_known_until_the_next_line(line: str, deleted: str) -> None:
    context = make_context(lambda: 80)
    out, err = (OutputStream(io.BytesIO(), True, 0) for _ in range(2))
    lines = LineRunner(context, Screen(out, err, lambda: 80, now=lambda: 0.0))
    with Recorder(lambda request: OK) as server:
        context.session.base_url = server.url
        lines.run(line)

    assert lines.deleted == deleted
    lines.run("show base")
    assert lines.deleted == ""
    context.session.close()
