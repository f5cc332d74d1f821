"""Short flags in one word: `-vS` is `-v -S`, `-pHB` is `-p HB`."""

from __future__ import annotations

import pytest
from tests.support.rows import check_rows

from callbox.errors import UsageError
from callbox.shell.completion.completer import complete
from callbox.shell.line.binder import bind
from callbox.shell.line.highlighter import fragments
from callbox.shell.line.parser import analyse
from callbox.shell.line.redaction import redact_line


@check_rows(
    ("words", "flags"),
    [
        ("-vS", {"verbose": True, "stream": True}),
        ("-bh", {"content": True, "headers": True}),
        ("-pHB", {"print": "HB"}),
        ("-vp HB", {"verbose": True, "print": "HB"}),
        ("-fb", {"form": True, "content": True}),
        ("-aann:pw", {"auth": "ann:pw"}),
    ],
)
def test_a_cluster_is_its_flags(words: str, flags: dict[str, object]) -> None:
    assert bind(analyse(f"post /x {words} a=1")).flags == flags


@check_rows("words", ["-bz", "-zb", "--bh", "-p"])
def test_what_is_no_cluster_is_refused(words: str) -> None:
    with pytest.raises(UsageError):
        bind(analyse(f"get /x {words}"))


def test_a_password_in_a_cluster_is_redacted() -> None:
    assert redact_line("get /x -baann:hunter2") == "get /x -ba?"


def test_a_cluster_is_coloured() -> None:
    assert ("flag", "-vS") in fragments("get /x -vS")


def texts(line: str) -> list[str]:
    return [candidate.text for candidate in complete(line, len(line))]


def test_tab_on_a_short_flag_keeps_it_and_offers_clusters() -> None:
    assert texts("get /x -b")[0] == "-b"
    assert "-bh" in texts("get /x -b")
    assert not any(text.startswith("--") for text in texts("get /x -b"))


def test_the_menu_of_a_dash_has_both() -> None:
    assert {"-b", "--content"} <= set(texts("get /x -"))


def test_nothing_is_offered_behind_a_flag_with_a_value() -> None:
    assert texts("get /x -pH") == []
