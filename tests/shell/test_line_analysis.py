"""A typed line is split into words once, and analysed once, on its way to its command."""

from __future__ import annotations

import sys
from collections import Counter
from types import FrameType

import pytest

from callbox.shell.line import lexer, parser

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


@pytest.mark.parametrize("line", ["get /ping", "set header X-A 1", "show headers", "get /ping > f"])
def test_a_line_is_split_and_analysed_once(shell, line: str) -> None:
    shell.run(line)  # what is imported and cached on first use

    assert count(lambda: shell.run(line)) == {"split": 1, "analyse": 1}


@pytest.mark.parametrize("line", ["set option nope 1", "set headers X-A 1", "get http://[bad"])
def test_a_line_in_error_is_split_and_analysed_once(shell, line: str) -> None:
    shell.run(line)

    assert count(lambda: shell.run(line)) == {"split": 1, "analyse": 1}
