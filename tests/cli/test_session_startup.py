"""What the command line and the configuration give a session at its start."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.support import processes


def shown_certificate(*words: str) -> str:
    shown = processes.run(*words, "-c", "show options").stdout
    return next(line for line in shown.splitlines() if line.startswith("cert "))


@pytest.mark.parametrize(
    ("words", "bound_to"),
    [
        (["https://127.0.0.1:9"], "for https://127.0.0.1:9:"),
        (["https://127.0.0.1:9", "-c", "set base https://127.0.0.1:10"], "for https://127.0.0.1:9:"),
        ([], "for the first origin that gets a request:"),
    ],
)
@pytest.mark.parametrize("is_configured", [False, True], ids=["command line", "configuration"])
def test_client_certificate_is_bound_to_an_origin(words: list[str], bound_to: str, is_configured: bool) -> None:
    if is_configured:
        folder = Path(os.environ["HOME"], ".config", "callbox")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.toml").write_text('cert = "me.pem"\n')
    else:
        words = [*words, "--cert", "me.pem"]

    assert bound_to in shown_certificate(*words)


def test_certificate_of_a_saved_session_comes_before_the_configuration() -> None:
    folder = Path(os.environ["HOME"], ".config", "callbox")
    folder.mkdir(parents=True, exist_ok=True)
    processes.run("https://127.0.0.1:9", "--session", "shop", "-c", "set option cert own.pem")
    (folder / "config.toml").write_text('cert = "me.pem"\n')

    assert "own.pem" in shown_certificate("--session", "shop")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("c.toml", 'prxy = "http://us:Zq9secret@h"', ["--config", "c.toml", "-c", "show options"]),
        ("c.toml", 'proxy = ["http://us:Zq9secret@h"]', ["--config", "c.toml", "-c", "show options"]),
        ("c.toml", 'proxy = "http://us:Zq9secret@h" x', ["--config", "c.toml", "-c", "show options"]),
        ("s.json", '{"password": "Zq9secret" "x": 1}', ["replay", "x.http", "--vars-file", "s.json"]),
        ("s.txt", "password Zq9secret", ["replay", "x.http", "--vars-file", "s.txt"]),
        ("s.json", '{"password": "Zq9secret" "x": 1}', ["replay", "x.http", "--env-file", "s.json", "-e", "dev"]),
        ("http-client.env.json", '{"password": "Zq9secret" 1}', ["check", "x.http", "-e", "dev"]),
    ],
)
def test_line_of_a_file_with_an_error_shows_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.http").write_text("GET http://127.0.0.1:9/\n")
    (tmp_path / name).write_text(f"{text}\n")

    done = processes.run(*words)

    assert "Zq9secret" not in done.stdout + done.stderr
    assert f"{name}:1:" in done.stdout + done.stderr
