"""The file of earlier lines."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document

from callbox.terminal.history_file import MAX_LINE, MOST_HISTORY_BYTES, HistorySuggest, Outcome, ShellHistory


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


def test_lines_stay_in_memory_if_saving_is_off(tmp_path: Path) -> None:
    history = ShellHistory(lambda: tmp_path / "history", lambda: False)

    history.append_string("get /x")

    assert history.get_strings() == ["get /x"]
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


def test_the_same_line_twice_is_stored_once(tmp_path: Path) -> None:
    history = ShellHistory(lambda: tmp_path / "history")

    history.append_string("get /x")
    history.append_string("get /x")

    assert (tmp_path / "history").read_text() == "get /x\n"


def test_of_a_huge_file_the_end_is_read(tmp_path: Path) -> None:
    path = tmp_path / "history"
    path.write_bytes(b"get /old\n" + b"x" * MOST_HISTORY_BYTES + b"\nget /new\n")

    assert next(iter(ShellHistory(lambda: path).load_history_strings())) == "get /new"
    assert "get /old" not in ShellHistory(lambda: path).load_history_strings()


def test_without_a_file_no_history_is_saved_and_nothing_fails(tmp_path: Path) -> None:
    for place in (None, tmp_path / "nowhere" / "history", tmp_path):
        history = ShellHistory(lambda place=place: place)
        history.append_string("get /x")

        assert list(history.load_history_strings()) == []


@pytest.mark.parametrize(
    ("typed", "rest"),
    [
        ("get /u", "sers/2"),
        ("get /users/1", " a==b"),
        ("et /u", None),
        ("set var a 'b\nc", "d'"),
        ("", None),
        (" ", None),
        ("get /users/3", None),
    ],
    ids=["latest first", "longer", "not from the middle", "row of a line", "empty", "blank", "none"],
)
def test_a_line_is_suggested_to_go_on_as_an_earlier_one(tmp_path: Path, typed: str, rest: str | None) -> None:
    history = ShellHistory(lambda: tmp_path / "history")
    suggest = HistorySuggest(history)
    for line in ("get /users/1 a==b", "set var a 'b\ncd'", "get /users/2"):
        history.append_string(line)

    found = suggest.get_suggestion(Buffer(), Document(typed))

    assert (found.text if found else None) == rest


def test_what_was_just_entered_is_suggested_next(tmp_path: Path) -> None:
    history = ShellHistory(lambda: tmp_path / "history")
    suggest = HistorySuggest(history)
    history.append_string("get /old")
    assert suggest.get_suggestion(Buffer(), Document("get")) is not None

    history.append_string("get /new")

    found = suggest.get_suggestion(Buffer(), Document("get"))
    assert found is not None
    assert found.text == " /new"


def test_a_file_of_an_earlier_version_is_read() -> None:
    file = Path(__file__).parents[1] / "former_files" / "history"

    assert list(ShellHistory(lambda: file).load_history_strings()) == [
        "! date",
        "post /x name='ü 漢' -a ?",
        "set auth bearer ?",
        "set var a 'b\nc\\n'",
        "get /users page==2",
    ]


def test_a_line_with_a_pasted_body_does_not_push_the_others_out(tmp_path: Path) -> None:
    history = ShellHistory(lambda: tmp_path / "history")
    history.append_string("get /x")
    history.append_string(f"post /x a={'x' * MAX_LINE}")

    assert history.get_strings() == ["get /x"]


def suggested(history: ShellHistory, typed: str, base: str = "http://a") -> str | None:
    found = HistorySuggest(history, lambda: base).get_suggestion(Buffer(), Document(typed))
    return found.text if found is not None else None


def test_a_line_that_failed_is_not_suggested() -> None:
    history = ShellHistory(lambda: None)
    for line, is_good in (("get /good", True), ("get /bad", False)):
        history.append_string(line)
        history.note_outcome(line, Outcome(is_good, "http://a"))

    assert suggested(history, "get /") == "good"
    assert suggested(history, "get /b") is None


def test_a_line_that_went_well_later_is_suggested() -> None:
    history = ShellHistory(lambda: None)
    for is_good in (False, True):
        history.append_string("get /x")
        history.note_outcome("get /x", Outcome(is_good, "http://a"))

    assert suggested(history, "get") == " /x"


def test_a_path_of_another_base_is_not_suggested() -> None:
    history = ShellHistory(lambda: None)
    for line, base in (("get /here", "http://a"), ("get /there", "http://b"), ("get http://c/x", "")):
        history.append_string(line)
        history.note_outcome(line, Outcome(True, base))

    assert suggested(history, "get /") == "here"
    assert suggested(history, "get /", "http://b") == "there"
    assert suggested(history, "get h") == "ttp://c/x"


def test_the_outcome_of_a_line_that_is_not_kept_marks_no_other() -> None:
    history = ShellHistory(lambda: None)
    history.append_string("get /x")
    history.append_string(" get /secret")
    history.note_outcome(" get /secret", Outcome(False))

    assert suggested(history, "get") == " /x"


def test_lines_of_earlier_shells_are_suggested(tmp_path: Path) -> None:
    ShellHistory(lambda: tmp_path / "history").append_string("get /x")
    history = ShellHistory(lambda: tmp_path / "history")
    history._loaded_strings = list(history.load_history_strings())

    assert suggested(history, "get") == " /x"


def reopened(path: Path) -> ShellHistory:
    history = ShellHistory(lambda: path)
    history._loaded_strings = list(history.load_history_strings())
    return history


def test_a_line_that_failed_in_an_earlier_shell_is_not_suggested(tmp_path: Path) -> None:
    earlier = ShellHistory(lambda: tmp_path / "history")
    earlier.append_string("get /bad")
    earlier.note_outcome("get /bad", Outcome(False, "http://a"))

    assert suggested(reopened(tmp_path / "history"), "get") is None


def test_a_line_that_went_well_in_a_later_shell_is_suggested(tmp_path: Path) -> None:
    for is_good in (False, True):
        history = reopened(tmp_path / "history")
        history.append_string("get http://c/x")
        history.note_outcome("get http://c/x", Outcome(is_good))

    assert suggested(reopened(tmp_path / "history"), "get") == " http://c/x"


def test_a_path_that_an_earlier_shell_sent_to_another_base_is_not_suggested(tmp_path: Path) -> None:
    earlier = ShellHistory(lambda: tmp_path / "history")
    earlier.append_string("get /there")
    earlier.note_outcome("get /there", Outcome(True, "http://b"))

    assert suggested(reopened(tmp_path / "history"), "get") is None
    assert suggested(reopened(tmp_path / "history"), "get", "http://b") == " /there"


def test_lines_about_a_deleted_thing_are_not_suggested_in_this_and_later_shells(tmp_path: Path) -> None:
    history = reopened(tmp_path / "history")
    for base, *lines in (
        (
            "http://a",
            "get /books/2",
            "get /books/20",
            "put /books/20/cover x=1",
            "get /books/20?all",
            "delete /books/20",
        ),
        ("http://b", "head /books/20"),
    ):
        for line in lines:
            history.append_string(line)
            history.note_outcome(line, Outcome(True, base))

    history.note_deletion("/books/20", "http://a")

    for one in (history, reopened(tmp_path / "history")):
        assert suggested(one, "get /b") == "ooks/2"
        assert suggested(one, "put") is None
        assert suggested(one, "del") is None
        assert suggested(one, "head", "http://b") == " /books/20"


def test_a_thing_that_was_made_again_is_suggested() -> None:
    history = ShellHistory(lambda: None)
    history.append_string("get /books/20")
    history.note_deletion("/books/20", "http://a")
    history.append_string("get /books/20")
    history.note_outcome("get /books/20", Outcome(True, "http://a"))

    assert suggested(history, "get") == " /books/20"


def test_the_file_of_outcomes_is_private_and_has_no_base_in_clear(tmp_path: Path) -> None:
    history = ShellHistory(lambda: tmp_path / "history")
    history.append_string("get /x")
    history.note_outcome("get /x", Outcome(True, "http://h/secret-path"))

    file = tmp_path / "history.outcomes"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "secret-path" not in file.read_text("utf-8")


def test_outcomes_are_not_written_if_saving_is_off(tmp_path: Path) -> None:
    history = ShellHistory(lambda: tmp_path / "history", lambda: False)
    history.append_string("get /x")
    history.note_outcome("get /x", Outcome(False))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["\n", "bad\n", "bad\tx\n", "\t\t\n", "odd\t-\tget /x\n", "\x00\xff"])
def test_a_damaged_file_of_outcomes_costs_nothing_else(tmp_path: Path, text: str) -> None:
    (tmp_path / "history").write_text("get /x\n", "utf-8")
    (tmp_path / "history.outcomes").write_text(text, "utf-8")

    assert suggested(reopened(tmp_path / "history"), "get") == " /x"


def test_a_secret_of_a_failed_line_is_no_obstacle() -> None:
    history = ShellHistory(lambda: None)
    history.append_string("post /login password=hunter2")
    history.note_outcome("post /login password=hunter2", Outcome(False))

    assert suggested(history, "post") is None


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("get /search q==s3cr3t-key-1", ["get /search q==?"]),
        ("get /search?q=s3cr3t-key-1 a=1", ["get /search?q=? a=1"]),
        ("post /owners full_name=s3cr3t-key-1", ["post /owners full_name=?"]),
        ("get /verify/s3cr3t-key-1", []),
        ("get /search q==s3cr3t", ["get /search q==s3cr3t"]),
    ],
    ids=["query", "url", "field", "path", "other"],
)
def test_a_copy_of_a_sent_credential_is_not_saved(tmp_path: Path, line: str, kept: list[str]) -> None:
    history = ShellHistory(lambda: tmp_path / "history", credentials=lambda: ["s3cr3t-key-1"])

    history.append_string(line)

    assert history.get_strings() == kept
