"""Sessions and saved requests that an earlier version wrote, byte for byte, in `tests/former_files`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

FILES = Path(__file__).parents[1] / "former_files"


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("API_TOKEN", "tok123456789012345678")
    for kind in ("sessions", "requests"):
        shutil.copytree(FILES / kind, tmp_path / "data" / "callbox" / kind)


def test_every_kind_of_entry_of_a_session_is_loaded(shell) -> None:
    said = shell.say("load session work")

    assert "3 headers, 4 auths, 2 cookies, 2 query, 2 vars, 5 options" in said
    assert "cannot" not in said


def test_a_session_is_written_as_it_was_read(shell, tmp_path: Path) -> None:
    shell.say("load session work", "set var other 1", "undo", "set var id 4")

    before, after = (
        [line for line in path.read_text().splitlines() if not line.startswith("last-access")]
        for path in (FILES / "sessions" / "work.toml", tmp_path / "data" / "callbox" / "sessions" / "work.toml")
    )
    assert after == before


def test_secrets_by_reference_are_found_again(shell) -> None:
    shell.say("load session work")

    credentials = shell.context.session.credentials
    assert [auth.scheme for auth in credentials.values()] == ["basic", "bearer", "apikey", "digest"]
    assert "X-Secret: tok123456789012345678" in shell.say("preview --reveal get /x")


def test_secrets_in_the_file_are_taken_as_they_are(shell) -> None:
    shell.say("load session literal")

    text = shell.say("preview --reveal get /x")
    assert "literal-key-1234567890" in text
    assert "Bearer literal-token-1234567890" in text


def test_secrets_that_are_not_in_the_file_are_asked_for(shell) -> None:
    shell.answers = ["key-1234567890", "token-1234567890"]

    shell.say("load session asked")

    text = shell.say("preview --reveal get /x")
    assert "key-1234567890" in text
    assert "Bearer token-1234567890" in text


def test_a_saved_request_is_sent(shell, api) -> None:
    shell.answers = ["Bearer s3cret-token-123"]

    sent = json.loads(shell.body("send login"))

    assert (sent["query"], sent["json"]) == ([["a", "1"], ["page", "2"]], {"name": "Ann", "age": 42})
    assert sent["headers"]["Authorization"] == "Bearer s3cret-token-123"
    assert sent["headers"]["X-Note"] == "hi"


def test_a_saved_upload_is_sent(shell, api, tmp_path: Path) -> None:
    file = tmp_path / "data" / "callbox" / "requests" / "upload.toml"
    file.write_text(file.read_text().replace("/home/ann/notes.txt", str(tmp_path / "notes.txt")))
    (tmp_path / "notes.txt").write_text("four")

    sent = json.loads(shell.body("send upload"))

    assert [(part["name"], part["filename"], part["size"]) for part in sent["parts"]] == [
        ("note", None, 2),
        ("file", "notes.txt", 4),
    ]
