"""What a pasted curl command sends at the prompt is what curl sends."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.curl_cases import CASES, Case
from tests.support.curl_recorder import ENVIRONMENT, Request, request_of_ours, write_files
from tests.support.rows import check_rows

from callbox.shell.curl_command_translator import CurlFiles
from callbox.shell.line.binder import bind
from callbox.shell.line.lexer import split
from callbox.shell.line.parser import analyse
from callbox.shell.line_variables import fill
from callbox.shell.lines_of_other_tools import rewrite
from callbox.shell.requests.draft_builder import build_draft


@pytest.mark.parametrize("case", [case for case in CASES if case.only != "file"], ids=lambda case: case.name)
def test_a_pasted_command_means_the_request_of_curl(shell, tmp_path: Path, case: Case) -> None:
    write_files(tmp_path)
    context = shell.context
    context.ports = context.ports._replace(environ=ENVIRONMENT)
    files = CurlFiles(context.ports.read_file, lambda: "boundary", lambda: 0.0)

    line = rewrite(case.command, files)
    draft = build_draft(bind(analyse(line), lambda name: fill(name, context)), context)

    expected = Request(case.line, tuple(case.headers), case.body)
    assert request_of_ours(context.session.preview(draft)) == expected


@check_rows("case", CASES, ids=lambda case: case.name)
def test_its_rows_are_one_line(case: Case) -> None:
    rows = case.command.split("\n")

    assert [split("\n".join(rows[:count])).needs_more for count in range(1, len(rows) + 1)] == [
        *[True] * (len(rows) - 1),
        False,
    ]
