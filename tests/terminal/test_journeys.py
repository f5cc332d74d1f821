"""What a person sees who sits at the prompt."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest
from tests.support.silent_server import SilentServer

from callbox.practice import Practice

IMPATIENT = """
import sys
from prompt_toolkit.renderer import Renderer
from callbox.__main__ import main
Renderer.CPR_TIMEOUT = 0
sys.exit(main())
"""
"""callbox that waits for no answer about the cursor, where prompt_toolkit waits for 2 s."""


def test_the_prompt_names_the_base_and_the_toolbar_what_is_sticky(terminal, api: Practice) -> None:
    shell = terminal(api.url)
    place = api.url.partition("://")[2]
    shell.see(f"{place}>")

    shell.type("set header X-Test true")
    shell.type("set auth bearer letmein")
    shell.type("set option verify no")

    shell.see("verify:NO · 1 header · bearer")


def test_a_login_is_seen_in_the_jar_unset_and_refused(terminal, api: Practice) -> None:
    shell = terminal(api.url)

    shell.type("post /login user=ann password=secret -b")
    assert "sid" in shell.type("show cookies")
    shell.type("unset cookie sid")
    shell.type("clear")

    assert "401 Unauthorized" in shell.type("get /me -h")


def test_ctrl_c_cancels_the_request_and_the_shell_goes_on(terminal, api: Practice) -> None:
    shell = terminal(api.url)
    shell.type("get /ping -h")
    shell.prompted()
    with SilentServer() as silent:
        shell.send(f"get {silent.url}/\r")
        silent.wait_for_request()

        shell.send("\x03")

        assert "session unchanged" in shell.see("interrupted after 0 B")
    shell.type("clear")
    assert '"pong": true' in shell.type("get /ping")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("! echo 'be''gun'; sleep 30", "\ninterrupted"),
        ("show vars | { echo 'be''gun'; sleep 30; }", "interrupted"),
    ],
    ids=["a command", "a command behind a pipe"],
)
def test_the_message_for_ctrl_c_has_its_own_line(terminal, api: Practice, line: str, said: str) -> None:
    shell = terminal(api.url)
    shell.prompted()
    shell.send(f"{line}\r")
    shell.see("begun")

    assert "^C" not in shell.interrupt(said)
    shell.prompted()


def test_the_result_that_ctrl_c_leads_to_has_its_own_line(terminal, api: Practice, tmp_path: Path) -> None:
    shell = terminal(api.url)
    shell.prompted()
    with SilentServer() as silent:
        (tmp_path / "slow.http").write_text(f"GET {api.url}/ping\n\n###\nGET {silent.url}/slow\n")
        shell.send("replay slow.http\r")
        silent.wait_for_request()

        shell.send("\x03")

        assert "^C" not in shell.see("\nerror   GET /slow")
    shell.prompted()


def test_f1_helps_with_the_word_at_the_cursor_in_the_width_of_the_screen(terminal, api: Practice) -> None:
    shell = terminal(api.url, columns=60)
    shell.prompted()
    shell.send("get /x --download a=1")
    shell.see("get /x --download a=1")
    shell.send("\x1b[D" * 6)

    shell.send("\x1bOP")

    shown = shell.until(lambda text: "interrupted" in text and "> get /x --download a=1" in text, "help above the line")
    assert "write the body to a file" in shown
    assert all(len(row) <= 60 for row in shown.splitlines())


def test_ctrl_c_clears_the_line_and_ctrl_d_leaves(terminal, api: Practice) -> None:
    shell = terminal(api.url)
    shell.prompted()
    shell.send("get /nonsense")
    shell.see("get /nonsense")

    shell.send("\x03")
    shell.prompted()
    shell.send("\x04")

    shell.child.expect(pexpect.EOF)
    shell.child.close()
    assert shell.child.exitstatus == 0


def test_enter_takes_the_highlighted_completion_and_sends_nothing(terminal, api: Practice) -> None:
    shell = terminal(api.url)
    shell.prompted()
    shell.send("unset ")
    shell.see("header")
    shell.send("\t")
    shell.until(lambda text: "> unset header" in text, "the completion in the line")

    shell.send("\r")
    shell.send(" X")

    shell.see("> unset header X")
    assert "what?" not in shell.text


def test_an_open_quote_goes_on_in_the_next_row(terminal, api: Practice) -> None:
    shell = terminal(api.url)
    shell.prompted()
    shell.send("set var a 'one\r")
    shell.see("  .")
    shell.send("two'\r")

    shell.see("var a: one\\ntwo")


def test_what_a_server_sends_cannot_drive_the_terminal(terminal, api: Practice) -> None:
    shell = terminal(api.url)

    shown = shell.type("get /escapes")

    assert "\\x1b]0;owned" in shown
    assert b"\x1b]0;owned" not in shell.raw
    assert b"\x1b]8;" not in shell.raw
    assert "\u202e".encode() not in shell.raw


def test_a_large_body_shows_its_beginning_and_how_much_more_there_is(terminal, api: Practice) -> None:
    shell = terminal(api.url)

    shown = shell.type("get '/big?mb=20' -b")

    assert "20.0 MB more; to see all: show last --whole, or > FILE" in shown


def test_history_keeps_no_secret_and_is_private(terminal, api: Practice, tmp_path: Path) -> None:
    shell = terminal(api.url)
    shell.type("set auth basic ann hunter2")
    shell.type("post /login user=ann password=sesame -h")
    shell.prompted()
    shell.send(" set var hidden 1\r")
    shell.see("var hidden: 1")
    shell.prompted()
    shell.send("\x04")
    shell.child.wait()

    path = tmp_path / ".local/state/callbox/history"
    assert path.read_text() == "set auth basic ann ?\npost /login user=ann password=? -h\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_history_is_not_saved_once_the_option_is_off(terminal, api: Practice, tmp_path: Path) -> None:
    shell = terminal(api.url)
    shell.type("set option history no")
    shell.type("set var a 1")
    shell.send("\x04")
    shell.child.wait()

    assert (tmp_path / ".local/state/callbox/history").read_text() == "set option history no\n"


def test_a_recalled_line_asks_for_its_secret(terminal, api: Practice) -> None:
    shell = terminal(api.url)
    shell.type("set auth basic ann wrong")
    shell.send("\x1b[A")
    shell.see("set auth basic ann ?")
    shell.send("\r")
    shell.see("password of ann:")
    shell.send("secret\r")
    shell.prompted()
    shell.type("clear")

    assert "200 OK" in shell.type("get /basic-auth -h")
    assert b"secret" not in shell.raw


def test_a_mistyped_command_suggests_the_nearest(terminal, api: Practice) -> None:
    shell = terminal(api.url)

    shown = shell.type("gte /x")

    assert "No command 'gte'\n  gte /x\n  ^^^\n  Did you mean 'get'?" in shown


def test_output_of_a_command_without_a_newline_stays(terminal, api: Practice) -> None:
    shell = terminal(api.url)

    assert '{"po' in shell.type("get /ping | head -c 4")


def test_no_color_gives_no_colour(terminal, api: Practice) -> None:
    shell = terminal(api.url, NO_COLOR="1")

    shell.type("get /ping")

    assert b"\x1b[32m" not in shell.raw
    assert b"\x1b[1;32m" not in shell.raw


@pytest.mark.parametrize("columns", [40, 20], ids=["narrow", "very narrow"])
def test_it_runs_in_narrow_terminals(terminal: Callable[..., object], api: Practice, columns: int) -> None:
    shell = terminal(columns=columns)
    shell.see("callbox>")

    shell.send("set var a 1\r")
    shell.see("var a: 1")


def test_events_are_seen_as_they_come(terminal, api: Practice) -> None:
    shell = terminal(api.url)
    shell.prompted()
    shell.send("get '/lines?count=50&interval=0.3'\r")
    shell.see("{")

    shell.send("\x03")

    shell.see("interrupted after")
    assert "session unchanged" in shell.prompted()


def test_a_line_is_edited_in_the_users_editor(terminal, api: Practice, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\nprintf 'get /ping' > \"$1\"\n")
    editor.chmod(0o755)
    shell = terminal(api.url, VISUAL=str(editor))
    shell.prompted()

    shell.send("get /x")
    shell.send("\x18\x05")

    shell.see('"pong": true')


def test_an_open_brace_goes_on_in_the_next_row(terminal, api: Practice) -> None:
    shell = terminal(api.url)
    shell.prompted()

    shell.send("post /echo a:={\r")
    shell.see("a:={\n")
    shell.send('"b": 1}\r')

    shell.see('"body": "{\\"a\\": {')


@pytest.mark.skipif(shutil.which("less") is None, reason="less is not here")
def test_a_pager_is_left_with_q(terminal, api: Practice) -> None:
    shell = terminal(api.url, PAGER="less", LESS="")
    shell.prompted()

    shell.send("get '/big?mb=0.1' --pager\r")
    shell.until(lambda shown: shown.endswith(":"), "the pager's own prompt")
    shell.send("q")

    shell.prompted()


def test_an_interrupted_download_keeps_its_part(terminal, api: Practice, tmp_path: Path) -> None:
    shell = terminal(api.url)
    shell.prompted()

    shell.send("get '/drip?n=50&s=20' --download=x.txt\r")
    shell.see("B of 50 B")
    shell.send("\x03")

    shell.see("kept x.txt.part")
    assert (tmp_path / "x.txt.part").stat().st_size > 0


def test_many_requests_tell_how_far_they_are(terminal, api: Practice) -> None:
    shell = terminal(api.url)
    shell.type("get /slow?s=0.3")

    shell.send("again --times 20\r")

    shell.see("of 20 requests")
    shell.send("\x03")
    shell.see("in their order")


def test_a_fault_of_ours_leaves_the_shell_and_its_session(terminal, api: Practice, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import callbox.shell.commands.help_cd_reset_and_undo as g\ndef boom(call, context):\n    raise ValueError('oops')\ng.show_help = boom\n"
    )
    shell = terminal(api.url, PYTHONPATH=str(tmp_path))
    shell.type("set var kept 1")

    shown = shell.type("help")

    assert "a bug in callbox: ValueError: oops\n  --debug shows where" in shown
    assert "kept" in shell.type("show vars")


def test_ctrl_c_ends_a_file_of_fast_requests(terminal, api: Practice, tmp_path: Path) -> None:
    (tmp_path / "fast.txt").write_text("get /ping -b\n" * 30_000)
    shell = terminal(api.url)
    shell.prompted()
    shell.send("source fast.txt\r")
    shell.see("pong")

    shell.send("\x03")

    shell.see("interrupted")
    shell.prompted()


def paste(text: str) -> str:
    return f"\x1b[200~{text}\x1b[201~"


def test_pasted_lines_are_run_one_after_the_other(terminal, api: Practice) -> None:
    shell = terminal(api.url)
    shell.prompted()

    shell.send(paste("set header A 1\nset header B 2\n\nget /headers -b\n"))
    shell.see("get /headers -b")
    assert "header A: 1" not in shell.text
    shell.send("\r")

    shown = shell.see("header B: 2")
    assert "header A: 1\n" in shown
    assert "> get /headers -b" in shell.prompted()


def test_pasted_lines_behind_an_error_wait_for_enter(terminal, api: Practice) -> None:
    shell = terminal(api.url)
    shell.prompted()

    shell.send(paste("set base nope://x\nset header A 1\nset header B 2"))
    shell.see("set header B 2")
    shell.send("\r")
    shell.see("2 pasted lines wait: Enter runs them, Ctrl-C drops them")
    assert "header A: 1" not in shell.text
    shell.send("\r")

    shell.see("header B: 2")


def test_up_moves_in_the_history_while_the_menu_is_open(terminal, api: Practice) -> None:
    shell = terminal(api.url)
    shell.type("set header A 1")
    shell.prompted()

    shell.send("sh")
    shell.see("session")
    shell.send("\x1b[A")

    shell.until(lambda text: text.count("> set header A 1") == 2, "the earlier line")


def test_one_enter_runs_what_ctrl_r_found(terminal, api: Practice) -> None:
    shell = terminal(api.url)
    shell.type("set header A 1")
    shell.type("show base")
    shell.prompted()

    shell.send("\x12header")
    shell.until(lambda text: text.count("> set header A 1") == 2, "what was found")
    shell.send("\r")

    shell.until(lambda text: text.count("header A: 1") == 2, "the line runs")


@pytest.mark.parametrize(("key", "rest"), [("\x03", ""), ("\x07", "get /x")], ids=["ctrl-c", "ctrl-g"])
@pytest.mark.parametrize("search", ["\x12header", "\x12header\x12", "\x12header\x12\x12"])
def test_no_found_line_stays_after_an_ended_search(terminal, api: Practice, key: str, rest: str, search: str) -> None:
    shell = terminal(api.url)
    shell.type("set header A 1")
    shell.type("set header B 2")
    shell.prompted()

    shell.send("get /x")
    shell.see("> get /x")
    shell.send(search)
    shell.see("I-search backward: header")
    shell.send(key)
    shell.until(lambda text: "I-search" not in text, "the end of the search")
    shell.send("#")

    shell.see(f"> {rest}#")


@pytest.mark.parametrize(
    ("search", "line"), [("\x12", "get /x#"), ("\x12header", "set #header B 2")], ids=["nothing", "a word"]
)
def test_escape_takes_the_found_line_and_changes_nothing_without_a_search(
    terminal, api: Practice, search: str, line: str
) -> None:
    shell = terminal(api.url)
    shell.type("set header A 1")
    shell.type("set header B 2")
    shell.prompted()

    shell.send("get /x")
    shell.see("> get /x")
    shell.send(search)
    shell.see(f"I-search backward: {search[1:]}".rstrip())
    shell.send("\x1b")
    shell.until(lambda text: "I-search" not in text, "the end of the search")
    shell.send("#")

    shell.see(f"> {line}")


def test_an_unfinished_last_pasted_line_stays_in_the_editor(terminal, api: Practice) -> None:
    shell = terminal(api.url)
    shell.prompted()

    shell.send(paste("set var a 1\nset var b 'two"))
    shell.see("'two")
    shell.send("\r")
    shell.see("var a: 1")
    assert "var b" not in shell.text.replace("set var b", "")
    shell.see("> set var b 'two")
    shell.send(" three'\r")

    shell.see("var b: two three")


def test_a_terminal_that_does_not_say_where_its_cursor_is_gets_no_warning(terminal, api: Practice, tmp_path) -> None:
    (tmp_path / "impatient.py").write_text(IMPATIENT)
    shell = terminal(api.url, module="impatient")
    shell.answers_where = False
    shell.see(">")

    shell.type("set var a 1")

    assert b"WARNING" not in shell.raw


@pytest.mark.parametrize("key", ["\x04", "\x03"], ids=["ctrl-d", "ctrl-c"])
def test_output_after_an_unanswered_question_has_its_own_line(terminal, api: Practice, key: str) -> None:
    shell = terminal(api.url)
    shell.prompted()
    shell.send("set auth basic ann\r")
    shell.see("password of ann:")

    shell.send(key)

    shell.see("\nNo answer to 'password of ann'")


@pytest.mark.parametrize(
    ("line", "question"),
    [
        ("set auth basic ann", "password of ann"),
        ("post /echo password=?", "password"),
        ("set var token ?", "token"),
    ],
)
@pytest.mark.parametrize(("keys", "what"), [("\x0cabc", "a control key"), ("abc\x1b[A", "an arrow key")])
def test_a_key_that_is_no_character_never_gets_into_a_secret(
    terminal, api: Practice, line: str, question: str, keys: str, what: str
) -> None:
    shell = terminal(api.url)
    shell.prompted()
    shell.send(f"{line}\r")
    shell.see(f"{question}:")

    shell.send(f"{keys}\r")

    shell.see(f"The answer to '{question}' has {what} in it; nothing was changed")
    assert "HTTP/1.1" not in shell.text


def test_a_command_that_was_typed_ahead_never_becomes_a_secret(terminal, api: Practice) -> None:
    shell = terminal(api.url)
    shell.prompted()
    shell.send("post /echo password=?\r")
    shell.see("password:")

    shell.send("show session\r")

    shell.see("The answer to 'password' looks like a command; nothing was changed")
    assert "HTTP/1.1" not in shell.text


def test_the_practice_shell_says_what_to_try(terminal) -> None:
    shell = terminal("practice", "--shell")

    shown = shell.prompted()

    assert "get /books" in shown
    assert "help" in shown


def test_what_is_typed_while_the_shell_is_loaded_gets_its_menu(terminal, api: Practice) -> None:
    shell = terminal(api.url)
    shell.see(">")

    shell.send("sh")

    shell.see("show")


def test_ctrl_c_at_a_question_of_a_replay_leaves_it(api: Practice, terminal, tmp_path: Path) -> None:
    (tmp_path / "a.http").write_text("# @prompt one\n# @prompt password\nGET /echo?a={{one}}&b={{password}}\n")
    shell = terminal(api.url)
    shell.prompted()
    shell.send("replay a.http\r")
    shell.see("one (a.http:3):")
    shell.interrupt("No answer to 'one (a.http:3)'")
    shell.prompted()

    assert "password (" not in shell.text
    assert '"pong": true' in shell.type("get /ping")


def test_lines_run_before_the_prompt(terminal, api: Practice) -> None:
    shell = terminal(api.url, "-i", "-c", "set var x 5", "-c", "set nonsense", "-c", "set var y 6")

    assert "var x: 5" in shell.prompted()
    assert "6" not in shell.type("show vars").partition("show vars")[2].replace(api.url.partition("://")[2], "")
