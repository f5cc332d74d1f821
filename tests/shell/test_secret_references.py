"""`env:NAME` and `?` stand for a secret only where the user typed them; text that was filled in is what it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

CANARY = "canary-of-the-environment"
LINES = (
    "set auth bearer {{given}}",
    "set auth basic ann {{given}}",
    "set auth basic ann:{{given}}",
    "set auth digest ann {{given}}",
    "set auth apikey X-Key {{given}}",
    "set header X-Api-Key {{given}}",
    "set query token {{given}}",
    "set var token {{given}}",
    "set cookie token {{given}}",
    "get /echo -a ann:{{given}}",
    "get /echo -a {{given}} --auth-type bearer",
    "get /echo -a X-Key:{{given}} --auth-type apikey",
)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY", CANARY)


def sent(shell) -> str:
    """Everything that the session and the last request hold, with secrets in clear."""
    shell.run("get /echo", "get /basic-auth", "show session --reveal")
    record = shell.record(
        "get /echo X-Shown:{{token}}" if "token" in shell.context.session.entries("var") else "get /echo"
    )
    held = [repr(one.reveal()) if hasattr(one, "reveal") else repr(one) for one in record.outgoing.headers]
    return " ".join([record.outgoing.url.text, *held, *(field.value.reveal() if hasattr(field.value, "reveal")
                                                        else str(field.value) for field in record.outgoing.headers)])  # fmt: skip


@pytest.mark.parametrize("given", ["env:CANARY", "keyring:CANARY", "?"])
@pytest.mark.parametrize("line", LINES)
def test_text_of_a_response_names_no_secret(shell, line: str, given: str) -> None:
    shell.run(f"post /echo --json given='{given}'")
    line = line.replace("{{given}}", "{{last.json.json.given}}")

    shell.run(line)

    assert CANARY not in sent(shell)
    assert shell.asked == []


@pytest.mark.parametrize(
    "line",
    [
        "set auth bearer env:CANARY",
        "set auth basic ann env:CANARY",
        "set auth basic ann:env:CANARY",
        "set auth apikey X-Key env:CANARY",
        "set header X-Api-Key env:CANARY",
        "set query token env:CANARY",
    ],
)
def test_a_reference_that_was_typed_is_looked_up(shell, line: str) -> None:
    shell.say(line)
    record = shell.record("get /echo")

    from base64 import b64encode

    whole = record.outgoing.url.text + " ".join(
        field.value if isinstance(field.value, str) else field.value.reveal() for field in record.outgoing.headers
    )
    assert CANARY in whole or b64encode(f"ann:{CANARY}".encode()).decode() in whole


@pytest.mark.parametrize(
    "auth",
    [
        {"type": "bearer", "raw_auth": "env:CANARY"},
        {"type": "basic", "raw_auth": "ann:env:CANARY"},
        {"type": "basic", "username": "ann", "password": "env:CANARY"},
    ],
)
def test_a_session_file_of_httpie_names_no_secret(shell, tmp_path: Path, auth: dict[str, str]) -> None:
    (tmp_path / "s.json").write_text(json.dumps({"__meta__": {"httpie": "3.2.1"}, "auth": auth, "headers": {}}))

    shell.run(f"import httpie {tmp_path / 's.json'}")

    assert CANARY not in sent(shell)
    assert shell.asked == []


def test_no_response_says_which_variable_of_the_environment_is_read(shell) -> None:
    shell.run("post /echo --json name=CANARY")

    told = shell.fail("get /echo a=={{$processEnv %last.json.json.name}}")

    assert told.startswith("No environment variable '%last.json.json.name'")
