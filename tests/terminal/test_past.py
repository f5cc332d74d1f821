"""The file of earlier lines."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from callbox.terminal.past import MOST_HISTORY_BYTES, ShellHistory


def test_lines_come_back_latest_first_with_their_rows(tmp_path: Path) -> None:
    first = ShellHistory(lambda: tmp_path / "history")
    for line in ("get /x", "set var a 'b\nc\\n'", "get /y"):
        first.append_string(line)

    again = ShellHistory(lambda: tmp_path / "history")

    assert list(again.load_history_strings()) == ["get /y", "set var a 'b\nc\\n'", "get /x"]


@pytest.mark.parametrize("line", [" get /x", "\tget /x", "   "], ids=["blank", "tab", "empty"])
def test_a_leading_blank_keeps_a_line_out(tmp_path: Path, line: str) -> None:
    ShellHistory(lambda: tmp_path / "history").append_string(line)

    assert not (tmp_path / "history").exists()


def test_a_secret_is_neither_in_the_file_nor_in_memory(tmp_path: Path) -> None:
    history = ShellHistory(lambda: tmp_path / "history")

    history.append_string("set auth bearer abcdefgh")

    assert history.get_strings() == ["set auth bearer ?"]
    assert (tmp_path / "history").read_text() == "set auth bearer ?\n"


def test_the_file_is_private_even_where_it_was_not(tmp_path: Path) -> None:
    path = tmp_path / "history"
    path.write_text("")
    path.chmod(0o644)

    ShellHistory(lambda: path).append_string("get /x")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_same_line_twice_is_kept_once(tmp_path: Path) -> None:
    history = ShellHistory(lambda: tmp_path / "history")

    history.append_string("get /x")
    history.append_string("get /x")

    assert (tmp_path / "history").read_text() == "get /x\n"


def test_of_a_huge_file_the_end_is_read(tmp_path: Path) -> None:
    path = tmp_path / "history"
    path.write_bytes(b"get /old\n" + b"x" * MOST_HISTORY_BYTES + b"\nget /new\n")

    assert next(iter(ShellHistory(lambda: path).load_history_strings())) == "get /new"
    assert "get /old" not in ShellHistory(lambda: path).load_history_strings()


def test_without_a_place_nothing_is_kept_and_nothing_fails(tmp_path: Path) -> None:
    for place in (None, tmp_path / "nowhere" / "history", tmp_path):
        history = ShellHistory(lambda place=place: place)
        history.append_string("get /x")

        assert list(history.load_history_strings()) == []
