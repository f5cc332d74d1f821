"""The keyring: a secret by name, and one line where there is none. A module of that name stands in for the package."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from callbox.errors import UsageError
from callbox.system.credentials import read_keyring


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Make this the package `keyring`."""
    monkeypatch.delitem(sys.modules, "keyring", raising=False)
    monkeypatch.syspath_prepend(tmp_path)

    def write(text: str) -> None:
        (tmp_path / "keyring.py").write_text(text)

    return write


def test_a_secret_is_found_by_name(install: Callable[[str], None]) -> None:
    install("def get_password(service, name): return f'{service}/{name}'")

    assert read_keyring("api") == "callbox/api"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("raise ImportError", "keyring:api needs the 'keyring' extra"),
        ("def get_password(service, name): return None", "The keyring has no 'api' of callbox"),
        ("def get_password(service, name): raise RuntimeError('it is locked\\nmore')", "The keyring cannot be read: it is locked"),
    ],
    ids=["missing", "unknown", "locked"],
)  # fmt: skip
def test_without_it_there_is_one_line(install: Callable[[str], None], text: str, said: str) -> None:
    install(text)

    with pytest.raises(UsageError) as caught:
        read_keyring("api")

    assert caught.value.message == said
