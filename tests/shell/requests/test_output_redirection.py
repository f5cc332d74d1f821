"""`>`, `>>`, `|` and `!`: content to files and commands, to the byte."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from callbox.exchange.exchange_record_and_events import Chunk
from callbox.shell.outputs import ExchangeEvent
from callbox.wire.connection_and_byte_stream import Cancel


def test_content_goes_to_a_file_to_the_byte(shell, tmp_path: Path) -> None:
    said = shell.say("get /bytes/16384 > out.bin")

    assert said.endswith("wrote 16,384 bytes to out.bin\n")
    assert (tmp_path / "out.bin").read_bytes() == shell.body("get /bytes/16384")


def test_a_failed_request_leaves_the_file_alone(shell, tmp_path: Path) -> None:
    (tmp_path / "out.bin").write_text("before")

    failure = shell.failure("get /truncated > out.bin")

    assert failure.exit_code == 3
    assert (tmp_path / "out.bin").read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["out.bin"]


def test_content_is_appended(shell, tmp_path: Path) -> None:
    shell.say("get /bytes/10 > out.bin", "get /bytes/10 >> out.bin")

    assert (tmp_path / "out.bin").stat().st_size == 20


def test_what_is_shown_goes_to_a_file_too(shell, tmp_path: Path) -> None:
    shell.say("set var a 1", "show session > session")

    assert "set var a 1\n" in (tmp_path / "session").read_text()


def test_a_body_goes_to_a_file_and_is_kept(shell, tmp_path: Path) -> None:
    shell.say("get '/big?mb=3' > big")

    assert (tmp_path / "big").stat().st_size >= 3_000_000
    assert shell.context.last.body == (tmp_path / "big").read_bytes()
    assert shell.context.last.size == (tmp_path / "big").stat().st_size


def test_content_goes_to_a_command_to_the_byte(shell, tmp_path: Path) -> None:
    shell.say("get /bytes/5000 | sha256sum > sum")

    expected = hashlib.sha256(shell.body("get /bytes/5000")).hexdigest()
    assert (tmp_path / "sum").read_text().startswith(expected)


def test_the_failure_of_a_command_is_reported(shell) -> None:
    failure = shell.failure("get /ping | (cat >/dev/null; exit 5)")

    assert failure.error.message == "'(cat >/dev/null; exit 5)' failed with exit code 5"
    assert failure.exit_code == 1


def test_a_command_that_stops_reading_is_no_failure(shell, tmp_path: Path) -> None:
    shell.say("get '/big?mb=5' | head -c 10 > ten")

    assert (tmp_path / "ten").stat().st_size == 10
    assert shell.record("get /ping").response.status == 200


def test_a_command_of_the_system_runs(shell, tmp_path: Path) -> None:
    shell.say("!echo hello > said")

    assert (tmp_path / "said").read_text() == "hello\n"


def test_a_file_that_cannot_be_written_is_one_line(shell) -> None:
    assert shell.fail("get /ping > nowhere/x").startswith("Cannot write nowhere/x: ")


def test_the_page_of_an_error_does_not_take_the_place_of_a_file(shell, tmp_path: Path) -> None:
    (tmp_path / "out.json").write_text("before")

    outputs = shell.run("get /status/404 > out.json")

    assert (tmp_path / "out.json").read_text() == "before"
    assert outputs[-1].error.message == "out.json not written: the response was 404 Not Found"
    assert outputs[-1].exit_code == 1
    assert any(isinstance(o, ExchangeEvent) and isinstance(o.event, Chunk) for o in outputs), "the page is shown"


def test_the_page_of_an_error_makes_no_file(shell, tmp_path: Path) -> None:
    shell.run("get /status/500 > out.json", "get /status/500 >> log")

    assert list(tmp_path.iterdir()) == []


def test_a_command_gets_the_page_of_an_error(shell, tmp_path: Path) -> None:
    shell.say("get /status/404 | wc -c > count")

    assert int((tmp_path / "count").read_text()) > 10


def test_a_fault_says_that_the_file_was_not_written(shell) -> None:
    said = shell.fail("get /truncated > out.bin")

    assert said.endswith("out.bin not written; to write the 30 B that arrived: show last body > FILE")
    assert shell.say("show last body > out.bin")


def test_a_fault_without_a_body_offers_no_part_of_it(shell) -> None:
    assert "that came" not in shell.fail("get /drop > out.bin")


@pytest.mark.parametrize(
    "line",
    [
        "next > out.bin",
        "again 99 > out.bin",
        "get /x?q={{last.json.none}} > out.bin",
        "get /drop > out.bin",
        "get http://127.0.0.1:1 > out.bin",
    ],
)
def test_a_line_without_a_response_offers_no_part_of_an_earlier_one(shell, line: str) -> None:
    shell.run("get /books/1")

    assert "that came" not in shell.fail(line)


def test_bytes_appended_before_a_fault_are_reported(shell, tmp_path: Path) -> None:
    told = shell.fail("get /truncated >> out.bin")

    assert told.endswith(f"{(tmp_path / 'out.bin').stat().st_size:,} bytes were appended to out.bin")


def test_a_file_takes_more_than_the_screen_does(shell, tmp_path: Path) -> None:
    shell.say("set option max-body 100k", "get '/big?mb=0.5' > big")

    assert (tmp_path / "big").stat().st_size >= 500_000


def test_a_table_in_a_file_is_never_cut(shell, tmp_path: Path) -> None:
    shell.context.width = lambda: 40
    shell.say(f"set cookie long {'x' * 300}", "show cookies --reveal > cookies")

    assert "x" * 300 in (tmp_path / "cookies").read_text()
    assert "x" * 300 not in shell.say("show cookies --reveal")


@pytest.fixture
def unread_fifo(tmp_path: Path) -> Iterator[str]:
    """A named pipe that somebody has opened to read, and does not read."""
    os.mkfifo("fifo")
    reader = os.open("fifo", os.O_RDWR)
    yield "fifo"
    os.close(reader)


@pytest.mark.parametrize("redirect", ["> fifo", ">> fifo", "| exec sleep 1000"])
def test_a_reader_that_does_not_read_ends_with_the_time_of_the_request(shell, unread_fifo: str, redirect: str) -> None:
    failure = shell.failure(f"get '/big?mb=3' --total-timeout 0.3 {redirect}")

    assert failure.error.message == "The response was not read within the total time allowed"
    assert failure.exit_code == 3


def test_a_pipe_that_nobody_opens_is_an_error(shell, tmp_path: Path) -> None:
    os.mkfifo("fifo")

    assert shell.fail("get /bytes/10 > fifo").startswith("Cannot write fifo: no program reads this pipe")


def test_a_second_ctrl_c_is_not_taken_for_the_first(shell) -> None:
    shell.context.cancel = Cancel()

    assert [shell.context.interrupt(), shell.context.interrupt()] == [True, False]


@pytest.mark.parametrize(
    ("flags", "parts"),
    [
        ("", "b"),
        ("-b", "b"),
        ("-h", "h"),
        ("-v", "Hhb"),
        ("--print=H", "H"),
        ("--print=Hb", "Hb"),
    ],
)
@pytest.mark.parametrize("redirect", ["> f", "| cat > f"])
def test_a_redirect_gets_the_parts_that_the_line_names(shell, flags: str, parts: str, redirect: str) -> None:
    shell.say(f"get /ping {flags} {redirect}")

    text = Path("f").read_text()
    marks = {"H": "GET /ping HTTP/1.1\n", "h": "HTTP/1.1 200 OK", "b": '{"pong": true}\n'}
    assert {part for part, mark in marks.items() if mark in text} == set(parts)


def test_a_redirect_gets_only_the_body_of_the_request(shell) -> None:
    shell.say("post /echo one=1 password=hunter2 --print=B > f")

    assert json.loads(Path("f").read_text()) == {"one": "1", "password": "..."}


def test_a_redirect_gets_each_hop_where_all_is_asked_for(shell) -> None:
    shell.say("get /redirect-to?url=/ping -h --all > f")

    assert Path("f").read_text().count("HTTP/1.1 ") == 2


@pytest.mark.parametrize(
    "command", ["grep 'abc", 'grep "abc', "(cat", "cat; )", "cat `echo", "cat $(echo", "if true", "| cat"]
)
@pytest.mark.parametrize("line", ["post /echo a=1", "preview get /ping", "show headers"])
def test_command_that_the_shell_cannot_read_sends_nothing(shell, line: str, command: str) -> None:
    before = len(shell.context.history.items())

    assert "The shell cannot read the command" in shell.fail(f"{line} | {command}")
    assert len(shell.context.history.items()) == before


@pytest.mark.parametrize("command", ["cat > f; # it's", "sed 's/a/b/' > f", "cat <<'E' > f\nE", "{ cat; } > f"])
def test_command_that_the_shell_can_read_is_run(shell, tmp_path, command: str) -> None:
    shell.run(f"get /ping | {command}")

    assert (tmp_path / "f").exists()
