"""A secret that was filled into a request is shown and saved nowhere, wherever it stands and whatever its name is."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote_plus

import pytest
from tests.support.closed_port import CLOSED

from callbox.exchange.exchange_record_and_events import Hop, Note, Sent
from callbox.exchange.secret import Secret
from callbox.memory.fact_extractor import observe
from callbox.memory.history_and_facts_database import encode_exchange
from callbox.render import http_messages
from callbox.render.ansi_and_sanitiser import plain
from callbox.shell.completion.completion_context_builder import build_context
from callbox.shell.outputs import BodyOutput, ExchangeEvent, Failure, Output, Status, TextOutput
from callbox.terminal.prompt_text import prompt_text
from callbox.terminal.toolbar import toolbar

SECRETS = ["hunter2", "long/ & " * 20, "k1", 'p w&/"<é', "a%2Fb c", "{{x}}", "x;y=z"]
PLACES = {
    "query value": "get '/echo?q={{word}}'",
    "part of a query value": "get '/echo?q=a-{{word}}-b'",
    "query name": "get '/echo?{{word}}=1'",
    "query item": "get /echo q=={{word}}",
    "path segment": "get /status/200/{{word}}",
    "path": "get /status/200/{{word}}/x?q=1",
    "fragment": "get '/echo#{{word}}'",
    "header": "get /echo X-Note:{{word}}",
    "part of a header": "get /echo 'X-Note:a {{word}} b'",
    "form field": "post /echo q={{word}} --form",
    "JSON field": "post /echo q={{word}}",
    "multipart": "post /echo q={{word}} --multipart",
    "text": "post /echo --body 'note: {{word}}!'",
    "cookie": "get /echo 'Cookie:c={{word}}'",
}
LATER = {
    "history": "show history",
    "history as JSON": "show history --format json",
    "last request": "show last request",
    "session": "show session",
    "vars": "show vars",
    "paths": "ls /",
    "again": "again",
    "preview again": "preview again",
    "again as curl": "preview --as curl again",
}


def decoded(text: str) -> str:
    """The text with all that may encode a secret in it undone."""
    forms = [text]
    for _ in range(3):
        forms.append(unquote_plus(forms[-1]))
    forms += [html.unescape(form) for form in forms]
    forms += [re.sub(r"\\(.)", r"\1", form) for form in forms]
    return "\n".join(forms)


def leaks(secret: str, text: str) -> bool:
    secret = secret.strip()
    wanted = {secret, unquote_plus(secret), secret.replace("{{", "\\{\\{")}
    found = decoded(text)
    edges = r"(?<!\w){}(?!\w)" if len(secret) < 4 else "{}"
    return any(re.search(edges.format(re.escape(form)), found) for form in wanted)


def seen(outputs: list[Output]) -> str:
    """What the user sees of these outputs, without what servers sent."""
    return "\n".join(filter(None, map(_shown, outputs)))


def _shown(output: Output) -> str:
    if isinstance(output, TextOutput | Status):
        return plain(output.fragments)
    if isinstance(output, Failure):
        source = output.error.place.source if output.error.place is not None else ""
        return f"{output.error.message}\n{output.error.hint}\n{source}"
    if isinstance(output, BodyOutput):
        return output.data.decode()
    event = output.event if isinstance(output, ExchangeEvent) else None
    if isinstance(event, Sent):
        return plain(http_messages.request(event.outgoing, with_sources=False))
    if isinstance(event, Hop):
        return plain(http_messages.hop(event.record, event.next))
    return event.text if isinstance(event, Note) else ""


@pytest.fixture
def run(shell, tmp_path, monkeypatch) -> Callable[..., list[Output]]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

    def run_with(secret: str, *lines: str) -> list[Output]:
        shell.answers = [secret] * 20
        return shell.run("set var pw ?", "set var word {{pw}}", *(line.replace("CLOSED", CLOSED) for line in lines))

    return run_with


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("line", PLACES.values(), ids=PLACES)
def test_what_is_shown_of_a_request_does_not_hold_it(run, secret: str, line: str) -> None:
    shown = seen(run(secret, f"{line} -v", *LATER.values()))

    assert not leaks(secret, shown)


@pytest.mark.parametrize("form", ["", "--as http", "--as curl", "--as httpie", "--as python"])
@pytest.mark.parametrize("line", PLACES.values(), ids=PLACES)
def test_a_preview_holds_it_only_if_it_is_revealed(run, line: str, form: str) -> None:
    redacted, revealed = (seen(run("hunter2", f"preview {form} {line} {flag}"))[-4000:] for flag in ("", "--reveal"))

    assert not leaks("hunter2", redacted)
    assert leaks("hunter2", revealed) or "fragment" in line or "#" in line


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("line", PLACES.values(), ids=PLACES)
def test_no_file_holds_it(run, shell, tmp_path: Path, secret: str, line: str) -> None:
    shown = seen(
        run(secret, line, "save history h.http", "save last l.http", "export har h.har", "save request it", "ls h.http")
    )
    shown += seen(shell.run("show requests", "save session it"))
    files = {path.name: path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    files["h.har"] = json.dumps([entry["request"] for entry in json.loads(files["h.har"])["log"]["entries"]])

    assert [name for name, text in files.items() if leaks(secret, text)] == []
    assert {"h.http", "l.http", "h.har"} <= files.keys()
    assert not leaks(secret, shown)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("line", PLACES.values(), ids=PLACES)
def test_a_saved_request_asks_for_it_and_sends_the_same(run, shell, secret: str, line: str) -> None:
    run(secret, line, "save request it")
    if "query name" in line or "{{word}}=1" in line:
        return  # refused
    first = shell.context.history.last
    shell.answers = [secret] * 5
    shown = seen(shell.run("send it -v", "show history"))
    second = shell.context.history.last

    assert first is not second
    assert first.outgoing.url == second.outgoing.url
    assert first.body.replace(b" ", b"")[:200] == second.body.replace(b" ", b"")[:200] or "multipart" in line
    assert not leaks(secret, shown)


@pytest.mark.parametrize("line", PLACES.values(), ids=PLACES)
def test_the_editor_gets_a_name_for_it(run, shell, line: str) -> None:
    texts: list[str] = []

    @contextmanager
    def edit(text: str, ending: str, must_be_saved: bool):
        texts.append(text)
        yield text + "\n"

    shell.context.ports = shell.context.ports._replace(edit=edit)
    shown = seen(run("hunter2", line, "edit last", "show history"))

    assert texts
    assert not leaks("hunter2", texts[0] + shown)


@pytest.mark.parametrize("line", PLACES.values(), ids=PLACES)
def test_completion_does_not_offer_it(run, shell, line: str) -> None:
    run("hunter2", line)
    context = build_context(shell.context)

    assert not leaks(
        "hunter2",
        repr(
            (
                context.targets,
                context.history,
                observe(shell.context.history.last),
            )
        ),
    )


@pytest.mark.parametrize(
    "line",
    [
        "get 'http://CLOSED/x?q={{word}}'",
        "get http://ann:{{word}}@CLOSED/x",
        "get http://{{word}}.localhost:1/x",
        "get 'http://{{word}} x/'",
        "get http://h:{{word}}/",
        "get /echo --proxy http://{{word}}.invalid:1",
        "get /echo X-A:{{word}}\\nb",
        "get /echo --timeout {{word}}",
        "get /echo @{{word}}",
        "cd /{{word}}/../{{word}}",
        "send {{word}}",
        "again {{word}}",
        "set option {{word}} 1",
        "set var x{{word}} {{nothing}}",
        "unset header {{word}}",
        "source {{word}}",
        "replay {{word}}",
        "get /echo > nowhere/{{word}}",
        "show last {{word}}",
        "load session {{word}}",
    ],
)
def test_an_error_does_not_hold_it(run, line: str) -> None:
    shown = seen(run("hunter2", line, "show history", "show last request"))

    assert not leaks("hunter2", shown)


def test_a_redirect_that_holds_it_is_shown_without_it(run) -> None:
    shown = seen(run("hunter2", "get '/redirect-to?url=/echo%3Fq={{word}}' -v", "show history", "show last request"))

    assert "-> GET /echo?q=..." in shown
    assert not leaks("hunter2", shown)


@pytest.mark.parametrize("line", ["set query q {{word}}", "set header X-Note {{word}}", "set auth bearer {{word}}"])
def test_a_server_may_send_back_what_the_session_holds(run, line: str) -> None:
    shown = seen(run("hunter2", line, "get /redirect-to?url=/echo%3Fz=hunter2 -v", "show last request"))

    assert not leaks("hunter2", shown.partition("redirect-to?url=")[2].partition("\n")[2])


def test_a_download_is_not_named_for_it(run, tmp_path: Path) -> None:
    shown = seen(run("hunter2", "get /files/{{word}} --download", "get /bytes/10/{{word}} --download"))

    assert not leaks("hunter2", shown + repr([str(path) for path in tmp_path.rglob("*")]))


def test_a_replayed_file_leaves_it_out_of_the_history_too(run, shell, tmp_path: Path) -> None:
    (tmp_path / "f.http").write_text("# @secret word\nGET {{base}}/echo?q={{word}}\n")
    shown = seen(run("hunter2", f"replay f.http --var base={shell.context.session.base_url}", "show history"))
    shown += seen(shell.run("show last request", "again", "preview --as curl again", "save history h.http"))

    assert not leaks("hunter2", shown + (tmp_path / "h.http").read_text())


@pytest.mark.parametrize("line", ["set base http://CLOSED/bot{{word}}/x", "cd /bot{{word}}/x"])
def test_a_base_that_holds_it_is_shown_without_it(run, shell, line: str) -> None:
    shown = seen(run("hunter2", line, "show base", "show session", "cd ..", "undo", "redo", "get sendMessage -v"))
    shown += seen(shell.run("get /y", "show history", "again", "ls", "preview get x", "unset base", "cd -"))
    shown += prompt_text(shell.context.shown_base)

    assert not leaks("hunter2", shown)
    assert "bot{{word}}" in shown  # a line of the session that can be typed again


def test_a_base_that_holds_it_is_saved_without_it_and_asked_for(run, shell, tmp_path: Path) -> None:
    run("hunter2", "save session one", "set base http://CLOSED/bot{{word}}/x")
    shell.run("set option proxy http://{{word}}.x:1")
    (text,) = (path.read_text() for path in tmp_path.rglob("one.toml"))
    shell.context.session_file = None
    shell.answers = ["hunter2"] * 3 + ["http://hunter2.x:1"]
    assert not leaks("hunter2", seen(shell.run("reset", "load session one")))

    assert not leaks("hunter2", text)
    assert shell.context.session.base_url == f"http://{CLOSED}/bothunter2/x"
    assert ("word in the base URL", True) in shell.asked
    assert not leaks("hunter2", seen(shell.run("show base", "show session", "show options", "preview get y")))


def test_the_session_in_an_editor_has_a_name_for_it(run, shell) -> None:
    texts: list[str] = []

    @contextmanager
    def edit(text: str, ending: str, must_be_saved: bool):
        texts.append(text)
        yield text + "set header X-A b\n"

    shell.context.ports = shell.context.ports._replace(edit=edit)
    shown = seen(run("hunter2", "set base http://CLOSED/bot{{word}}/x", "edit session", "show session"))

    assert not leaks("hunter2", texts[0] + shown)
    assert shell.context.session.base_url == f"http://{CLOSED}/bothunter2/x"
    assert "header X-A" in shown


def test_options_that_hold_it_are_shown_without_it(run, shell) -> None:
    shown = seen(run("hunter2", "set option proxy http://{{word}}.invalid:1", "show options", "show session"))
    shown += repr((build_context(shell.context).options, toolbar(shell.context)))

    assert not leaks("hunter2", shown)


@pytest.mark.parametrize("line", ["unset base", "set option proxy http://ann:hunter2@p:1"])
def test_a_password_of_a_url_is_not_told_either(shell, line: str) -> None:
    shown = seen(shell.run("set base http://ann:hunter2@127.0.0.1:1/", line))
    shown += repr((build_context(shell.context).options, toolbar(shell.context)))

    assert "hunter2" not in shown


def test_json_of_the_history_stays_json(run) -> None:
    outputs = run("hunter2", "get '/echo?q={{word}}'", "show history --format json")

    assert json.loads(outputs[-1].data)[-1]["url"].endswith("/echo?q=...")


@pytest.mark.parametrize("noun", ["header", "query"])
def test_a_loaded_secret_of_a_harmless_name_stays_one(run, shell, tmp_path: Path, noun: str) -> None:
    run("hunter2", f"set {noun} X-Note {{{{word}}}}", "save session one")
    shell.context.session_file = None
    shown = seen(shell.run("reset", "load session one", "show headers", "show query", "set var other 1"))
    (text,) = (path.read_text() for path in tmp_path.rglob("one.toml"))

    assert "hunter2" in seen(shell.run("preview get / --reveal"))
    assert not leaks("hunter2", shown + text)


@pytest.mark.parametrize("secret", ["hunter2", 'p w&/"<é'])
@pytest.mark.parametrize("line", PLACES.values(), ids=PLACES)
def test_the_memory_of_requests_does_not_hold_it(run, shell, secret: str, line: str) -> None:
    run(secret, line)
    record = shell.context.history.last
    stored, observations = encode_exchange(record, observe(record))

    assert not leaks(secret, f"{stored._replace(body=b'')!r}{observations!r}")


@pytest.mark.parametrize("url", ["http://{{word}}.localhost:1/x", "http://ann:{{word}}@CLOSED/x"])
def test_a_host_or_a_login_that_holds_it_is_saved_without_it(run, tmp_path: Path, url: str) -> None:
    run("hunter2", f"get {url}", "save history h.http", "save request it", "export har h.har")
    files = {path.name: path.read_text() for path in tmp_path.rglob("*") if path.is_file()}

    assert {"h.http", "h.har", "it.toml"} <= files.keys()
    assert [name for name, text in files.items() if leaks("hunter2", text)] == []


@pytest.mark.parametrize("lines", [("set var url http://CLOSED/y?q={{pw}}", "get {{url}}"), ("get {{whole}}",)])
def test_a_url_that_holds_it_is_shown_without_it(run, shell, lines: tuple[str, ...]) -> None:
    shell.context.session.vars["whole"] = Secret(f"http://{CLOSED}/y/hunter2?q=hunter2")
    shown = seen(run("hunter2", *lines, "show history", "show last request", "again", "set header X-A {{pw}}"))

    assert not leaks("hunter2", shown)


OTHER_LETTERS = [
    "get http://{{word}}.localhost:1/x",
    "get '/echo?q=HUNTER2SECRET' X-Note:{{word}}",
    "get /echo 'X-Note:{{word}} and hunter2secret'",
    "post /echo q=HUNTER2SECRET w={{word}}",
    "post /echo --body 'HUNTER2SECRET' X-Note:{{word}}",
]


@pytest.mark.parametrize("line", OTHER_LETTERS)
def test_no_file_holds_it_in_other_letters(run, shell, tmp_path: Path, line: str) -> None:
    run("Hunter2Secret", line, "save history h.http", "save last l.http", "export har h.har", "save request it")
    record = shell.context.history.last
    stored, observations = encode_exchange(record, observe(record))
    files = {path.name: path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    files["h.har"] = json.dumps([entry["request"] for entry in json.loads(files["h.har"])["log"]["entries"]])
    files["memory"] = f"{stored!r}{observations!r}"

    assert [name for name, text in files.items() if "hunter2secret" in text.lower()] == []
    assert {"h.http", "l.http", "h.har"} <= files.keys()
