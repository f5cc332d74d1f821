"""`edit`: the session, the last request and files, in an editor that is a program."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Makes the editor one that runs these lines of Python on `text`."""

    def make(program: str) -> None:
        script = tmp_path / ".editor.py"
        script.write_text(
            f"import sys\npath = sys.argv[1]\ntext = open(path).read()\n{program}\nopen(path, 'w').write(text)\n"
        )
        monkeypatch.setenv("VISUAL", f"{shlex.quote(sys.executable)} -IS {shlex.quote(str(script))}")

    return make


def test_the_session_is_changed_as_one_edit(shell, editor) -> None:
    shell.say("set header X-A 1", "set var a 1", "set query q 1", "set cookie sid 1")
    editor("text = text.replace('X-A 1', 'X-A 2').replace('set var a 1\\n', '') + 'set var b 2\\n'")

    said = shell.say("edit session")

    assert sorted(said.splitlines()) == ["set header X-A 2", "set var b 2", "unset var a"]
    shell.say("undo")
    assert shell.context.session.vars == {"a": "1"}
    assert shell.context.session.headers["X-A"] == "1"


def test_a_session_that_is_left_alone_is_not_changed(shell, editor) -> None:
    shell.say("set header X-A 1", "set header X-A 2 --add", "set auth bearer letmein", "set header X-Api-Key k")
    shell.say("set cookie sid 1", "set option verify no", "set auth basic ann pw --everywhere")
    before = {noun: dict(shell.context.session.entries(noun)) for noun in ("header", "auth", "cookie", "option")}
    editor("text += '# a comment\\n'")

    assert shell.say("edit session") == "nothing was changed\n"
    assert {noun: dict(shell.context.session.entries(noun)) for noun in before} == before


def test_a_built_in_header_that_was_taken_out_stays_out(shell, editor, tmp_path: Path) -> None:
    shell.say("unset header Accept")
    editor("open('seen', 'w').write(text); text += 'set var a 1\\n'")

    assert shell.say("edit session") == "set var a 1\n"
    assert "\nunset header Accept\n" in Path("seen").read_text()
    assert "Accept" not in shell.context.session.headers


def test_a_built_in_header_comes_back_when_its_line_goes(shell, editor) -> None:
    accept = shell.context.session.headers["Accept"]
    shell.say("unset header Accept")
    editor("text = text.replace('unset header Accept\\n', '')")

    shell.say("edit session")

    assert shell.context.session.headers["Accept"] == accept


def test_a_built_in_header_is_taken_out_by_a_line(shell, editor) -> None:
    editor("text += 'unset header Accept\\n'")

    assert shell.say("edit session") == "unset header Accept\n"
    assert "Accept" not in shell.context.session.headers
    shell.say("undo")
    assert "Accept" in shell.context.session.headers


@pytest.mark.parametrize("value", ["one\ntwo", "one\r\ntwo\r", "\u2028\x85\x1b", "it's\n{{a}}\n"])
def test_values_of_several_lines_and_with_controls_are_kept(shell, editor, value: str) -> None:
    shell.context.session.vars["a"] = value
    editor("text += 'set var b 1\\n'")

    assert shell.say("edit session") == "set var b 1\n"
    assert shell.context.session.vars == {"a": value, "b": "1"}


def test_a_value_of_several_lines_is_changed(shell, editor) -> None:
    shell.say("set var a 'one\ntwo'")
    editor("text = text.replace('two', 'three')")

    shell.say("edit session")

    assert shell.context.session.vars == {"a": "one\nthree"}


def test_an_unchanged_secret_stays_and_a_new_one_is_asked_for(shell, editor) -> None:
    shell.say("set header X-Api-Key abcdef")
    shell.answers = ["letmein"]
    editor("assert 'abcdef' not in text; text += 'set auth bearer ?\\n'")

    assert shell.say("edit session").startswith("set auth bearer ?")
    assert shell.asked == [("token", True)]
    assert shell.record("get /echo X-Api-Key: X-B:1").outgoing.auth is not None


def test_the_session_of_another_origin_stays_with_it(shell, editor) -> None:
    shell.say("set auth bearer letmein", "cd https://elsewhere.example", "set auth bearer other")
    before = dict(shell.context.session.credentials)
    editor("text += 'set var a 1\\n'")

    assert shell.say("edit session") == "set var a 1\n"
    assert dict(shell.context.session.credentials) == before


def test_an_error_changes_nothing_and_keeps_what_was_written(shell, editor) -> None:
    shell.say("set var a 1")
    editor("text = text.replace('set var a 1', 'set vra a 2')")

    failure = shell.failure("edit session")

    assert failure.error.message.endswith("Cannot set 'vra'")
    kept = Path(failure.error.hint.rpartition(" ")[2])
    assert "set vra a 2" in kept.read_text()
    kept.unlink()
    assert shell.context.session.vars == {"a": "1"}


def test_only_lines_that_make_a_session_may_stand_there(shell, editor) -> None:
    editor("text += 'get /ping\\n'")

    failure = shell.failure("edit session")

    assert "'get' does not belong here" in failure.error.message
    Path(failure.error.hint.rpartition(" ")[2]).unlink()


def test_the_last_request_is_sent_as_it_was_changed(shell, editor) -> None:
    shell.say("set header X-Own 1", "set auth bearer letmein")
    shell.run("post /echo name=Ann X-A:1")
    editor("assert 'X-Own' not in text; text = text.replace('Ann', 'Bob')")

    shell.run("edit last")

    record = shell.context.last
    assert json.loads(record.outgoing.content.data) == {"name": "Bob"}
    names = {field.name for field in record.outgoing.headers}
    assert {"X-Own", "X-A", "Authorization"} <= names
    assert len(shell.context.history.items()) == 2


def test_a_last_request_that_is_left_alone_is_not_sent(shell, editor) -> None:
    shell.run("get /ping")
    editor("pass")

    assert shell.say("edit last").startswith("nothing was changed")
    assert len(shell.context.history.items()) == 1


def test_a_script_is_edited_in_place_and_its_errors_are_reported(shell, editor, tmp_path: Path) -> None:
    (tmp_path / "flow.http").write_text("GET /ping\n")
    editor("text = 'GET /ping\\nX A: 1\\n'")

    said = shell.say("edit flow.http")

    assert "flow.http:2" in said
    assert said.endswith("to send its requests: replay flow.http\n")


def test_an_editor_that_fails_changes_nothing(shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "false")

    assert shell.fail("edit session") == "The editor false failed with exit code 1; nothing was changed"


def test_an_editor_that_is_not_there_is_one_line(shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "no-such-editor --wait")

    assert shell.fail("edit session").startswith("Cannot run the editor no-such-editor: no such file")


def test_a_request_is_edited_before_it_is_sent(shell, editor) -> None:
    editor("assert 'POST {{base}}/echo' in text; text = text.replace('one', 'two')")

    shell.run("set header X-Kept 1", "post /echo a=one --edit")

    sent = shell.context.history.get(-1).outgoing
    assert sent.content.data == b'{"a": "two"}'
    assert [field.value for field in sent.headers if field.name == "X-Kept"] == ["1"]


def test_an_unchanged_request_is_sent_as_typed(shell, editor) -> None:
    editor("assert 'sesame' not in text")

    shell.run("set var token sesame", "get /echo X-Other:{{token}} --edit -h")

    assert shell.context.history.get(-1).outgoing.headers[-1].value.reveal() == "sesame"
    assert shell.asked == []


def test_an_earlier_request_is_edited_and_sent_again(shell, editor) -> None:
    shell.run("get /echo?a=1")
    editor("text = text.replace('a=1', 'a=2')")

    shell.run("again 1 --edit")

    assert shell.context.history.get(-1).outgoing.url.text.endswith("/echo?a=2")


def test_where_there_is_no_terminal_the_usual_editor_is_not_begun(shell) -> None:
    assert shell.fail("edit session") == (
        "The editor needs a terminal, and there is none set $VISUAL to an editor that works without one"
    )


REMOVES = "python3 -c 'import os, sys; os.unlink(sys.argv[1])'"
LEAVES_A_FOLDER = "python3 -c 'import os, sys; os.unlink(sys.argv[1]); os.mkdir(sys.argv[1])'"
LEAVES_BYTES = 'python3 -c \'import sys; open(sys.argv[1], "wb").write(b"GET /\\n\\xff")\''
LEAVES_MUCH = "python3 -c 'import sys; open(sys.argv[1], \"wb\").truncate(16_000_001)'"


@pytest.mark.parametrize("line", ["get /echo --edit", "edit session", "edit last"])
@pytest.mark.parametrize(
    ("editor_line", "message"),
    [
        (REMOVES, "The editor has removed the file; nothing was changed"),
        (LEAVES_A_FOLDER, "The edited file cannot be read: is a directory it is in "),
        (LEAVES_BYTES, "The edited file is not UTF-8 text: line 2 it is in "),
        (LEAVES_MUCH, "The edited file has more than 16 MB it is in "),
    ],
    ids=["removed", "folder", "bytes", "much"],
)
def test_what_an_editor_leaves_that_cannot_be_read_is_one_line(
    shell, tmp_path, monkeypatch, line, editor_line, message
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    shell.run("get /ping")
    monkeypatch.setenv("VISUAL", editor_line)
    assert shell.fail(line).startswith(message)


def test_text_that_cannot_be_read_stays_for_its_writer(shell, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("VISUAL", LEAVES_BYTES)
    left = Path(shell.fail("get /echo --edit").rpartition(" it is in ")[2])
    assert left.read_bytes() == b"GET /\n\xff"


@pytest.mark.parametrize(("line", "tip"), [("edit 1", "again 1"), ("edit -1", "again"), ("edit last", "again")])
def test_unchanged_request_names_the_line_that_sends_it(shell, editor, line: str, tip: str) -> None:
    shell.run("get /ping", "get /books")
    editor("text = text")

    assert shell.say(line) == f"nothing was changed and nothing was sent; to send the request unchanged: {tip}\n"
