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
        ([], "for the first origin asked for:"),
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
