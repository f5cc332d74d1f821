"""A typed line is split into words once, and analysed once: for its colours, the history, its command and its error."""

from __future__ import annotations

import sys
from collections import Counter
from types import FrameType

import pytest
from tests.support.rows import check_rows

from callbox.shell.line import lexer, parser
from callbox.shell.line.highlighter import fragments
from callbox.shell.line.parser import MAX_USUAL, analyse, analyse_line
from callbox.shell.line.redaction import redact_line

WATCHED = {lexer.split.__code__: "split", parser.analyse_words.__code__: "analyse"}


def count(run) -> Counter[str]:
    """How often the line was split and analysed meanwhile."""
    seen: Counter[str] = Counter()

    def watch(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code in WATCHED:
            seen[WATCHED[frame.f_code]] += 1

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        run()
    finally:
        sys.setprofile(before)
    return seen


LINES = ["get /ping", "set header X-A 1", "show headers", "get /ping > f"]
WRONG = ["set option nope 1", "set headers X-A 1", "get http://[bad"]


@pytest.mark.parametrize("line", [*LINES, *WRONG])
def test_a_line_is_split_and_analysed_once(shell, line: str) -> None:
    shell.run(line)  # what is imported and cached on first use

    assert count(lambda: shell.run(f"{line} ")) == {"split": 1, "analyse": 1}


@pytest.mark.parametrize("line", [line for line in (*LINES, *WRONG) if ">" not in line])  # behind it is another line
def test_all_that_read_a_typed_line_share_its_analysis(shell, line: str) -> None:
    shell.context.is_typed = True

    def type_line(text: str) -> None:
        fragments(text)
        assert not analyse(text).line.needs_more  # on Enter
        redact_line(text)  # for the history
        shell.run(text)

    type_line(line)

    assert count(lambda: type_line(f"{line} ")) == {"split": 1, "analyse": 1}


@check_rows("text", ["", "a" * MAX_USUAL, "get /x " + "a=1 " * MAX_USUAL])
def test_long_and_short_lines_have_the_analysis_of_their_words(text: str) -> None:
    assert analyse(text) == analyse_line(lexer.split(text)) == parser._analyse(lexer.split(text))
