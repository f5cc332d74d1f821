"""A secret that a value of a harmless name tells of is shown nowhere either."""

from __future__ import annotations

import json

import pytest
from tests.support.rows import check_rows

from callbox.shell.line.redaction import redact_line
from callbox.shell.outputs import BodyOutput

NOTE = "got password: hunter2"


@pytest.mark.parametrize("form", ["", "--as http", "--as curl", "--as httpie", "--as python"])
@pytest.mark.parametrize(
    "line",
    [
        f'post http://h/x X-Debug:"{NOTE}" name=Ann',
        f'get http://h/x note=="{NOTE}" name==Ann',
        "get http://h/x?note=got+password%3A+hunter2&name=Ann",
        "get 'http://h/x?note=got password: hunter2' X-Name:Ann",
        'get http://h/x X-Debug:\'{"token": "hunter2"}\' X-Name:Ann',
        "get http://h/x X-Debug:user=x&password=hunter2 X-Name:Ann",
        f'post http://h/x note="{NOTE}" name=Ann --form',
        f'post http://h/x note="{NOTE}" name=Ann',
    ],
)
def test_a_preview_redacts_what_a_value_tells_unless_revealed(shell, form: str, line: str) -> None:
    redacted, revealed = shell.say(f"preview {form} {line}"), shell.say(f"preview {form} {line} --reveal")

    assert "hunter2" not in redacted
    assert "Ann" in redacted
    assert "hunter2" in revealed


@pytest.mark.parametrize(
    "lines",
    [
        (f'set header X-Debug "{NOTE}"', "show headers", "show session", "undo", "redo"),
        (f'set query note "{NOTE}"', "show query", "show session", "undo", "redo"),
        (f'set var note "{NOTE}"', "show vars", "show session", "show session --changed", "undo", "redo"),
        ("set base 'http://127.0.0.1:9/?note=got password: hunter2'", "show base", "show session"),
    ],
)
def test_what_the_session_holds_is_listed_without_it(shell, lines) -> None:
    assert "hunter2" not in shell.say(*lines)


@pytest.mark.parametrize(
    "line", ["show headers", "show query", "show vars", "show history", "show session", "show session --changed"]
)
def test_rows_of_json_do_not_hold_it(shell, line: str) -> None:
    shell.say(f'set header X-Debug "{NOTE}"', f'set query note "{NOTE}"', f'set var note "{NOTE}"')
    shell.record("get /mirror")

    (data,) = (output.data for output in shell.run(f"{line} --format json") if isinstance(output, BodyOutput))

    assert json.loads(data)
    assert b"hunter2" not in data


def test_the_last_request_and_the_history_are_shown_without_it(shell) -> None:
    shell.record(f'post /mirror X-Debug:"{NOTE}" note=="{NOTE}" -v')

    assert "hunter2" not in shell.say("show last request", "show history")
    assert "hunter2" in shell.say("show last request --reveal")


def test_a_saved_script_a_saved_request_and_an_archive_do_not_hold_it(shell, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    shell.record(f'post /mirror X-Debug:"{NOTE}" note=="{NOTE}" text="{NOTE}"')
    shell.say("save request it", "save history h.http", "export har h.har")
    written = {path.name: path.read_text() for path in tmp_path.rglob("*") if path.is_file()}

    assert len(written) >= 3
    assert [name for name, text in written.items() if "hunter2" in text] == []


@pytest.mark.parametrize(
    "line",
    [
        'set header X-Debug "got password: ?"',
        'set query note "got password: ?"',
        'set var note "got password: ?"',
        'get /echo X-Debug:"got password: ?"',
        'post /echo note="got password: ?"',
    ],
)
def test_what_is_shown_of_it_cannot_be_sent_by_mistake(shell, line: str) -> None:
    assert "not kept" in shell.fail(line)


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ('post /x X-Debug:"got password: correct horse" a=1', "post /x X-Debug:'got password: ?' a=1"),
        ("set var note 'got password: correct horse'", "set var note 'got password: ?'"),
    ],
)
def test_the_history_of_the_prompt_keeps_nothing_of_a_quoted_text(line: str, kept: str) -> None:
    assert redact_line(line) == kept


@pytest.mark.parametrize("form", ["curl", "httpie", "python"])
def test_a_program_says_in_a_comment_that_it_is_not_whole(shell, form: str) -> None:
    shell.context.is_typed = True

    assert shell.say(f"preview --as {form} get /x Authorization:abc").count("--reveal") == 1


@pytest.mark.parametrize(
    "line",
    ["preview get /x Authorization:abc", "preview --as http get /x Authorization:abc", "show last request"],
)
def test_at_the_prompt_a_note_says_how_what_is_redacted_is_revealed(shell, line: str) -> None:
    shell.record("get /echo Authorization:abc")
    shell.context.is_typed = True

    assert shell.say(line).splitlines()[-1] == "redacted; to print the secrets: --reveal"
    assert "--reveal" not in shell.say(f"{line} --reveal")
    assert "--reveal" not in shell.say("preview get /x")

    shell.context.is_typed = False
    assert "--reveal" not in shell.say(line)


@check_rows(
    ("line", "kept"),
    [
        ("set query key hunter2", "set query key ?"),
        ("set header Key hunter2", "set header Key ?"),
        ("get /x key==hunter2", "get /x key==?"),
        ("get /x Key:hunter2", "get /x Key:?"),
        ("get /x?key=hunter2", "get /x?key=?"),
        ("post /x key=A-1", "post /x key=A-1"),
        ("set var key A-1", "set var key A-1"),
        ("post /x card_number=4111hunter2 cvc=123 pan=4111", "post /x card_number=? cvc=? pan=?"),
    ],
)
def test_a_key_of_a_query_or_header_and_the_data_of_a_card_are_not_kept(line: str, kept: str) -> None:
    assert redact_line(line) == kept


@pytest.mark.parametrize("line", ["get /mirror key==hunter2", "get /mirror Key:hunter2", "get /mirror?key=hunter2"])
def test_a_key_is_redacted_where_a_request_is_shown_or_saved(shell, tmp_path, line: str) -> None:
    shell.record(line)
    har, script = tmp_path / "x.har", tmp_path / "x.http"
    shown = shell.say(
        "show history", f"export har {har}", f"save history {script}", "save request one", f"preview {line}"
    )

    assert "hunter2" not in shown + har.read_text() + script.read_text() + shell.say("show session")
    assert "key" in script.read_text().lower()


@pytest.mark.parametrize("line", ["set query key hunter2", "set header Key hunter2"])
def test_a_key_of_the_session_is_redacted_and_bound_to_its_origin(shell, line: str) -> None:
    shown = shell.say(line, "show query", "show headers", "show session", "preview get /x")

    assert "hunter2" not in shown
    assert shell.context.session.base_url in shown
    assert "hunter2" not in shell.say("preview --reveal get http://other.example/x")
    assert "hunter2" in shell.say("preview --reveal get /x")


def test_a_key_that_was_left_out_is_asked_for(shell) -> None:
    shell.answers = ["hunter2"]

    assert shell.record("get /mirror key==?").outgoing.url.text.endswith("key=hunter2")
