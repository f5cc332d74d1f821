"""`--edit` and `edit last`: what a line said holds after the editor, unless the text says otherwise."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.shell.conftest import Shell
from tests.support.closed_port import CLOSED

from callbox.cli.session_startup import make_context
from callbox.exchange.exchange_record_and_events import Record
from callbox.exchange.secret import reveal
from callbox.practice import Practice
from callbox.render.ansi_and_sanitiser import plain
from callbox.shell.outputs import ExchangeEvent, Failure, Output, Status, TextOutput
from callbox.shell.registry import REQUEST_FLAGS

EDITED = "text = text.replace('{{base}}/echo', '{{base}}/echo?edited=1')"
PEM = "cert.pem"


class Case(NamedTuple):
    """What is typed to try a flag."""

    words: str
    line: str = "post /echo a=1"


FLAGS = {
    "json": Case("--json"),
    "form": Case("--form"),
    "multipart": Case("--multipart"),
    "body": Case("--body text", "post /echo"),
    "edit": Case(""),
    "auth": Case("--auth bob:pw"),
    "auth-type": Case("--auth bob:pw --auth-type digest"),
    "print": Case("--print=b"),
    "verbose": Case("--verbose"),
    "headers": Case("--headers"),
    "content": Case("--content"),
    "whole": Case("--whole"),
    "all": Case("--all"),
    "stream": Case("--stream"),
    "download": Case("--download=saved"),
    "pager": Case("--pager"),
    "unsafe-terminal": Case("--unsafe-terminal"),
    "all-pages": Case("--all-pages"),
    "as": Case("--as json"),
    "charset": Case("--charset latin-1"),
    "quiet": Case("--quiet"),
    "path-as-is": Case("--path-as-is"),
    "no-session": Case("--no-session"),
    "as-typed": Case("--as-typed"),
    "connect-timeout": Case("--connect-timeout 3"),
    "timeout": Case("--timeout none"),
    "total-timeout": Case("--total-timeout 30"),
    "follow": Case("--follow no"),
    "max-redirects": Case("--max-redirects 2"),
    "keep-method": Case("--keep-method yes"),
    "verify": Case("--verify no"),
    "ca": Case(f"--ca {PEM}"),
    "cert": Case(f"--cert {PEM}"),
    "proxy": Case("--proxy http://127.0.0.1:1 --no-proxy 127.0.0.1"),
    "no-proxy": Case("--no-proxy 127.0.0.1"),
    "resolve": Case("--resolve a.example:80:127.0.0.1"),
    "trust-localhost": Case("--trust-localhost yes"),
    "netrc": Case("--netrc yes"),
    "retries": Case("--retries 1"),
    "compress": Case("--compress no"),
    "max-body": Case("--max-body 5M"),
}
"""For each flag of a request a line that says it: a flag without a row fails the first test."""


def set_editor(folder: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Make the editor one that runs these lines of Python on `text`."""
    script = folder / ".editor.py"
    script.write_text(
        "import sys\npath = sys.argv[1]\ntext = open(path).read()\n"
        f"open('seen', 'w').write(text)\n{program}\nopen(path, 'w').write(text)\n"
    )
    monkeypatch.setenv("VISUAL", f"{shlex.quote(sys.executable)} -IS {shlex.quote(str(script))}")


@pytest.fixture
def edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return partial(set_editor, tmp_path, monkeypatch)


def seen() -> str:
    """The text that the editor was given."""
    return Path("seen").read_text()


def headers_of(outgoing: object) -> dict[str, str]:
    return {field.name: reveal(field.value) for field in outgoing.headers}  # type: ignore[attr-defined]


def prepare(shell) -> None:
    shell.say("set auth basic ann sesame", "set header X-Session 1", "set query s 1")


def test_each_flag_of_a_request_is_tried_here() -> None:
    needs_description = {
        "example",
        "validate",
    }  # tests/shell/commands/test_openapi_import_and_show.py, requests/test_validation.py
    assert {flag.name for flag in REQUEST_FLAGS} - needs_description == FLAGS.keys()


class Sent(NamedTuple):
    """A line that was sent twice: without the editor, and with it, which has changed nothing but the URL."""

    flag: str
    plain: Record
    edited: Record
    plain_views: set[object]
    edited_views: set[object]
    has_saved: bool
    """Whether the second one has saved a file."""
    asked: list[tuple[str, bool]]


def views(outputs: list[Output]) -> set[object]:
    return {output.view for output in outputs if isinstance(output, ExchangeEvent)}


@pytest.fixture(scope="module", params=FLAGS)
def sent(request: pytest.FixtureRequest, api: Practice, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sent]:
    """The same line for each flag, with and without the editor."""
    case, folder = FLAGS[request.param], tmp_path_factory.mktemp("flag")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.chdir(folder)
        shell = Shell(make_context(lambda: 100))
        shell.context.session.base_url = api.url
        prepare(shell)
        plain_outputs = shell.run(f"{case.line} {case.words}")
        expected = shell.context.last
        for saved in Path().glob("saved*"):
            saved.unlink()
        set_editor(folder, monkeypatch, EDITED)
        outputs = shell.run(f"{case.line} {case.words} --edit")
        assert len(shell.context.history.items()) == 2
        yield Sent(
            *(request.param, expected, shell.context.last),
            *(views(plain_outputs), views(outputs), Path("saved").exists(), shell.asked),
        )
        shell.context.session.close()


def test_an_edited_url_is_sent(sent: Sent) -> None:
    assert sent.edited.outgoing.url.query.split("&")[0] == "edited=1"


def test_options_of_a_flag_hold_after_the_editor(sent: Sent) -> None:
    assert sent.edited.draft.options == sent.plain.draft.options


def test_credentials_of_a_flag_hold_after_the_editor(sent: Sent) -> None:
    assert sent.edited.draft.auth == sent.plain.draft.auth


def test_the_route_of_a_flag_holds_after_the_editor(sent: Sent) -> None:
    assert sent.edited.outgoing.route == sent.plain.outgoing.route


def test_the_body_of_a_flag_holds_after_the_editor(sent: Sent) -> None:
    assert sent.edited.draft.content is None or _same_body(sent.edited, sent.plain)


def test_headers_of_a_flag_hold_after_the_editor(sent: Sent) -> None:
    changing = {"multipart": ("Content-Type", "Content-Length"), "auth-type": ("Authorization",)}.get(sent.flag, ())
    found, expected = headers_of(sent.edited.outgoing), headers_of(sent.plain.outgoing)
    for name in changing:
        found.pop(name, "")
        expected.pop(name, "")

    assert found == expected


def test_the_view_of_a_flag_holds_after_the_editor(sent: Sent) -> None:
    assert sent.edited_views == sent.plain_views


def test_only_a_download_is_saved_after_the_editor(sent: Sent) -> None:
    assert sent.has_saved == (sent.flag == "download")


def test_nothing_is_asked_for_after_the_editor(sent: Sent) -> None:
    assert sent.asked == []


def _same_body(record, expected) -> bool:
    if expected.outgoing.content.parts:
        return [(p.name, p.data) for p in record.outgoing.content.parts] == [
            (p.name, p.data) for p in expected.outgoing.content.parts
        ]
    return b"".join(record.outgoing.content.chunks()) == b"".join(expected.outgoing.content.chunks())


def test_a_line_with_a_redirect_writes_the_content_alone(shell, edit) -> None:
    prepare(shell)
    edit("text = text.replace('k=v', 'k=w')")

    outputs = shell.run("get /echo?k=v --auth none X-Session: --edit -b > out.json")

    assert not isinstance(outputs[-1], Failure)
    echoed = json.loads(Path("out.json").read_text())
    sent = headers_of(shell.context.last.outgoing)
    assert "Authorization" not in sent
    assert "X-Session" not in sent
    assert echoed["method"] == "GET"
    assert shell.context.last.outgoing.url.query == "k=w&s=1"
    assert not [o for o in outputs if isinstance(o, TextOutput)]


def test_a_line_with_a_pipe_gives_the_command_the_content_alone(shell, edit) -> None:
    edit("text = text.replace('k=v', 'k=w')")

    shell.run("get /echo?k=v --edit | cat > out.json")

    assert json.loads(Path("out.json").read_text())["method"] == "GET"


def test_an_error_leaves_the_file_alone_after_the_editor_too(shell, edit) -> None:
    Path("out").write_text("before")
    edit("text = text.replace('/status/200', '/status/404')")

    failure = shell.failure("get /status/200 --edit > out")

    assert failure.exit_code == 1
    assert Path("out").read_text() == "before"
    assert shell.context.status == 404


def test_the_text_wins_over_the_line(shell, edit) -> None:
    shell.say("set header X-Session 1")
    edit(
        "text = text.replace('POST', 'PUT').replace('X-A: 1', 'X-A: 2\\nX-Session: 3')"
        ".replace('# @timeout 7000 ms', '# @timeout 9000 ms').replace('# @no-redirect\\n', '')"
    )

    shell.run("post /echo a=1 X-A:1 X-Session: --timeout 7 --follow no --max-redirects 3 --edit")

    record = shell.context.last
    assert record.outgoing.method == "PUT"
    assert headers_of(record.outgoing)["X-A"] == "2"
    assert headers_of(record.outgoing)["X-Session"] == "3"
    assert record.draft.options == {"timeout": 9.0, "max-redirects": 3}


def test_an_edited_body_keeps_the_type_and_the_headers(shell, edit) -> None:
    edit('text = text.replace(\'"a": "1"\', \'"a": "2"\')')

    shell.run("post /echo a=1 X-A:1 --edit")

    sent = shell.context.last.outgoing
    assert sent.content.data == b'{"a": "2"}'
    assert headers_of(sent)["Content-Type"] == "application/json"
    assert headers_of(sent)["Content-Length"] == "10"
    assert headers_of(sent)["X-A"] == "1"


def test_an_edited_type_is_sent(shell, edit) -> None:
    edit("text = text.replace('application/json', 'application/x-own+json')")

    shell.run("post /echo a=1 --edit")

    assert headers_of(shell.context.last.outgoing)["Content-Type"] == "application/x-own+json"


def test_a_type_that_was_taken_out_is_not_sent(shell, edit) -> None:
    edit("text = text.replace('Content-Type: application/json\\n', '')")

    shell.run("post /echo a=1 --edit")

    assert "Content-Type" not in headers_of(shell.context.last.outgoing)


def test_a_body_that_was_taken_out_is_not_sent(shell, edit) -> None:
    edit("text = text.replace('{\"a\": \"1\"}', '').replace('POST', 'GET')")

    shell.run("post /echo a=1 --edit")

    assert shell.context.last.outgoing.content is None
    assert "Content-Type" not in headers_of(shell.context.last.outgoing)


def test_files_of_a_body_are_still_read_when_it_is_sent(shell, edit) -> None:
    Path("data.bin").write_bytes(b"\x00\xff" * 40)
    edit(EDITED)

    shell.run("post /echo @data.bin --edit", "post /echo f@data.bin n=1 --edit")

    (_, first), (_, second) = shell.context.history.items()
    assert first.outgoing.content.path == "data.bin"
    assert b"".join(second.outgoing.content.chunks()).count(b"\x00\xff" * 40) == 1
    assert second.outgoing.content.parts[0].path == "data.bin"


def test_a_parameter_of_the_session_is_sent_once(shell, edit) -> None:
    shell.say("set query page 1")
    edit("text = text.replace('page=5', 'page=6')")

    shell.run("get /echo page==5 --edit")

    assert shell.context.last.outgoing.url.query == "page=6"


def test_credentials_of_the_line_can_be_changed_and_taken_out(shell, edit) -> None:
    prepare(shell)
    edit("text = text.replace('Bearer {{token}}', 'Bearer other')")
    shell.run("get /echo --auth tok --auth-type bearer --edit")
    assert headers_of(shell.context.last.outgoing)["Authorization"] == "Bearer other"

    edit("text = '\\n'.join(row for row in text.split('\\n') if 'Authorization' not in row)")
    shell.run("get /echo --auth tok --auth-type bearer --edit")
    assert headers_of(shell.context.last.outgoing)["Authorization"].startswith("Basic ")


def test_no_credentials_stay_none_where_another_header_is_edited(shell, edit) -> None:
    prepare(shell)
    edit("text = text.replace('X-A: 1', 'X-A: 2')")

    shell.run("get /echo X-A:1 --auth none --edit")

    assert "Authorization" not in headers_of(shell.context.last.outgoing)


def test_what_was_typed_for_one_host_does_not_go_to_another(shell, edit, api) -> None:
    edit("text = text.replace('127.0.0.1', 'localhost')")

    outputs = shell.run("get /echo --auth ann:sesame --auth-type digest --cert cert.pem --edit")

    record = shell.context.last
    assert record.outgoing.url.host == "localhost"
    assert record.outgoing.auth is None
    assert "cert" not in record.draft.options
    said = "".join(plain(o.fragments) for o in outputs if isinstance(o, Status))
    assert f"left out: auth, cert, typed for {api.url}" in said


def test_credentials_in_the_url_stay_with_its_host(shell, edit, api) -> None:
    edit(EDITED)
    url = api.url.replace("://", "://bob:sesame@")
    shell.run(f"get {url}/echo --edit")
    assert headers_of(shell.context.last.outgoing)["Authorization"] == "Basic Ym9iOnNlc2FtZQ=="
    assert "sesame" not in seen()
    assert shell.asked == []

    edit("text = text.replace('127.0.0.1', 'localhost')")
    shell.run(f"get {url}/echo --edit")
    assert "Authorization" not in headers_of(shell.context.last.outgoing)


@pytest.fixture
def with_secrets(shell, edit):
    """A shell that has edited a line with three secrets."""
    edit("text = text.replace('a=1', 'a=2').replace('X-B: 1', 'X-B: 2')")
    shell.run("get '/echo?a=1&token=sesame1' X-Api-Key:sesame2 X-B:1 --auth bob:sesame3 --edit")
    return shell


def test_secrets_are_not_in_the_text(with_secrets) -> None:
    assert "sesame" not in seen()


def test_secrets_that_were_not_in_the_text_are_sent(with_secrets) -> None:
    sent = with_secrets.context.last.outgoing

    assert sent.url.query == "a=2&token=sesame1"
    assert headers_of(sent)["X-Api-Key"] == "sesame2"
    assert headers_of(sent)["Authorization"].startswith("Basic ")


def test_secrets_of_an_edited_line_are_not_asked_for(with_secrets) -> None:
    assert with_secrets.asked == []


def test_secrets_of_an_edited_line_are_redacted_later(with_secrets) -> None:
    assert "sesame" not in with_secrets.say("show last request")


def test_the_edited_text_knows_the_variables_of_the_shell(shell, edit) -> None:
    shell.say("set var x 5")
    edit("text = text.replace('X-A: 1', 'X-A: {{x}}')")

    shell.run("get /echo X-A:1 --edit")

    assert headers_of(shell.context.last.outgoing)["X-A"] == "5"


def test_a_saved_request_is_edited_before_it_is_sent(shell, edit, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    prepare(shell)
    shell.run("get /echo X-Session: X-A:1 --no-session --timeout 7", "save request one")
    edit("text = text.replace('X-A: 1', 'X-A: 2')")

    shell.run("send one --edit")

    record = shell.context.last
    assert record.draft.options == {"no-session": True, "timeout": 7.0}
    assert headers_of(record.outgoing)["X-A"] == "2"
    assert "Authorization" not in headers_of(record.outgoing)


@pytest.fixture(params=["edit last", "edit 2", "again 2 --edit", "edit last > out"])
def edited_again(request: pytest.FixtureRequest, shell, edit) -> Record:
    """An earlier request whose header was edited, as it was sent again."""
    prepare(shell)
    shell.run("get /ping", "get /echo X-Session: X-A:1 --auth none --max-redirects 4 --verify no")
    edit("text = text.replace('X-A: 1', 'X-A: 2')")
    shell.run(request.param)
    assert len(shell.context.history.items()) == 3
    return shell.context.last


def test_an_edited_header_of_an_earlier_request_is_sent(edited_again: Record) -> None:
    assert headers_of(edited_again.outgoing)["X-A"] == "2"


def test_an_earlier_request_keeps_what_it_left_out(edited_again: Record) -> None:
    assert not {"Authorization", "X-Session"} & headers_of(edited_again.outgoing).keys()


def test_an_earlier_request_keeps_its_typed_options(edited_again: Record) -> None:
    options = edited_again.draft.options

    assert (options["max-redirects"], options["verify"]) == (4, False)


def test_a_number_that_no_request_has_is_a_file(shell, edit) -> None:
    Path("7").write_text("x")
    edit("text = 'y'")

    shell.run("edit 7")

    assert Path("7").read_text() == "y"


def test_edit_last_after_a_failure_edits_the_request_that_failed(shell, edit, api) -> None:
    shell.run("post /echo a=1", f"delete http://{CLOSED}/echo")
    edit(f"text = text.replace('http://{CLOSED}', '{api.url}')")

    shell.run("edit last")

    assert [record.outgoing.method for _, record in shell.context.history.items()] == ["POST", "DELETE", "DELETE"]
    assert shell.context.last.response.status == 200


def test_edit_last_goes_to_the_url_of_the_request(shell, edit) -> None:
    shell.run("get /echo --auth ann:sesame")
    shell.say(f"cd {shell.context.session.base_url.replace('127.0.0.1', 'localhost')}")
    edit("text += '\\n'; text = text.replace('/echo', '/echo?edited')")

    shell.run("edit last")

    assert (shell.context.last.outgoing.url.host, shell.context.last.outgoing.url.query) == ("127.0.0.1", "edited")
    assert "Authorization" in headers_of(shell.context.last.outgoing)


def test_several_requests_are_sent_one_after_the_other(shell, edit) -> None:
    more = "\\n###\\nGET {{base}}/echo?m={{one.response.body.$.method}}\\n"
    edit(f"text = text.replace('POST {{{{base}}}}', '# @name one\\nPOST {{{{base}}}}') + '{more}'")

    shell.run("post /echo a=1 --max-redirects 2 --edit -b | cat > out")

    (_, first), (_, second) = shell.context.history.items()
    assert first.outgoing.method == "POST"
    assert second.outgoing.url.query == "m=POST"
    assert second.draft.options["max-redirects"] == 2
    assert second.outgoing.content is None


@pytest.mark.parametrize(
    ("program", "what"),
    [
        ("text += '\\n?? status == 200\\n'", "A check works only in a replay"),
        ("text = text.replace('GET', '# @retry 3\\nGET')", "@retry works only in a replay"),
        ("text = text.replace('GET', '# @loop 3\\nGET')", "@loop works only in a replay"),
        ("text += '\\n> {% client.log(1) %}\\n'", "A script works only in a replay"),
        ("text += '\\n>> copy.json\\n'", ">> FILE works only in a replay"),
        ("text = ''", "The text has no request; nothing was sent"),
        ("text = text.replace('/echo', '/{{nothing}}')", "No variable 'nothing'"),
        ("text = text.replace('GET', '# @timeout soon\\nGET')", "'soon' is not a time"),
    ],
)
def test_what_cannot_be_sent_sends_nothing_and_keeps_the_text(shell, edit, program: str, what: str) -> None:
    edit(program)

    failure = shell.failure("get /echo --edit")

    assert failure.error.message.startswith(what)
    Path(failure.error.hint.rpartition(" ")[2]).unlink()
    assert shell.context.last is None


BAD_TEXTS = {
    "a header without a request line": "X-Api-Key: {}",
    "words without a sign": "password hunter2 {}",
    "a header without its sign": "GET {{base}}/echo\nAuthorization Bearer {}",
    "an open variable in a header": "GET {{base}}/echo\nAuthorization: Bearer {} {{x",
    "an unknown variable in the URL": "GET {{base}}/echo?token={} {{nope}}",
    "an unknown variable in a header": "GET {{base}}/echo\nX-Api-Key: {} {{nope}}",
    "an unknown variable in a body": 'POST {{base}}/echo\n\n{"password": "{}" {{nope}}}',
    "a variable that needs itself": "@password = {} {{password}}\n\nGET {{base}}/echo?p={{password}}",
    "a login of curl": "curl {{base}}/echo -u ann:{} --bogus",
    "a header of curl": "curl {{base}}/echo -H 'X-Api-Key: {}' --bogus",
    "a directive": "# @timeout password={}\nGET {{base}}/echo",
    "a file that is missing": "POST {{base}}/echo\n\n< ./missing?token={}",
    "a check": "GET {{base}}/echo\nX-Api-Key: {}\n\n?? header token == {}",
    "a URL that cannot be read": "GET http://ann:{}@127.0.0.1:99999/echo",
}
"""Texts with a mistake. `{}` is the place of a secret."""


@pytest.mark.parametrize("text", BAD_TEXTS.values(), ids=BAD_TEXTS.keys())
@pytest.mark.parametrize("line", ["get /echo --edit", "edit last"])
def test_errors_about_the_text_show_no_secret(shell, edit, tmp_path, monkeypatch, line: str, text: str) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    shell.run("get /echo")
    written = text.replace("{}", "Sesame7Open").replace("{{base}}", shell.context.session.base_url)
    edit(f"text = {written!r}")

    error = shell.failure(line).error

    assert "Sesame7Open" not in f"{error.message} {error} {error.hint} {error.place and error.place.source}"


def test_no_text_is_left_behind_by_a_request_that_failed(shell, edit, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    edit("text = text.replace('/a', '/b')")

    assert shell.failure(f"get http://{CLOSED}/a --edit").exit_code == 3
    assert list((tmp_path / "temporary").iterdir()) == []


def test_times_and_edit_go_together(shell, edit) -> None:
    shell.run("get /echo?a=1")
    edit("text = text.replace('a=1', 'a=2')")

    assert "3 requests, 200 x 3" in shell.say("again --times 3 --edit")
    assert shell.context.last.outgoing.url.query == "a=2"
    assert shell.fail("again --times 3 --download").startswith("--download writes one response")


def test_a_text_that_was_not_saved_is_not_sent(shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "true")  # an editor that is left without saving

    assert shell.fail("put /echo a=1 --edit").startswith("The editor saved nothing, so nothing was sent")
    assert shell.context.history.last is None


def test_a_text_that_was_saved_unchanged_is_sent(shell, edit) -> None:
    edit("pass")

    assert shell.record("put /echo a=1 --edit").outgoing.method == "PUT"
