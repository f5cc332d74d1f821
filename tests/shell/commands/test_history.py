"""`show history`: one line for each request at every width."""

from __future__ import annotations

import pytest
from tests.support.closed_port import CLOSED

from callbox.render.tables_and_text_width import width_of

LINES = (
    "post /login user=ann password=secret",
    "get /books?per_page=2&author=austen",
    f"get http://{CLOSED}/nothing-listens-here",
    "get /status/404",
)


@pytest.mark.parametrize("columns", [40, 60, 100])
def test_each_request_has_one_line(shell, columns: int) -> None:
    shell.run(*LINES)
    shell.context.width = lambda: columns

    rows = shell.say("show history").splitlines()

    assert len(rows) == len(LINES)
    assert max(map(width_of, rows)) <= columns
    assert all(word in row for word, row in zip((" 200 ", " 200 ", "no response", " 404 "), rows, strict=True))


def test_a_narrow_screen_leaves_out_the_base(shell) -> None:
    shell.run(*LINES)
    shell.context.width = lambda: 60

    shown = shell.say("show history")

    assert shell.context.session.base_url not in shown
    assert " /login " in shown
    assert f"http://{CLOSED}" in shown


def test_a_file_gets_whole_urls_and_reasons(shell, tmp_path) -> None:
    shell.run(*LINES)

    shell.say(f"show history > {tmp_path}/f")

    text = (tmp_path / "f").read_text()
    assert f"{shell.context.session.base_url}/login" in text
    assert "(nothing is listening there)" in text
