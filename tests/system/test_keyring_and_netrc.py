"""Credentials of the keyring and of .netrc. A module of that name stands in for the package `keyring`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from callbox.errors import UsageError
from callbox.exchange.auth_schemes import Basic
from callbox.system.keyring_and_netrc import find_netrc, has_netrc_default, read_keyring, require_netrc


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


@pytest.fixture
def write_netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], Path]:
    """Make this the user's .netrc."""
    path = tmp_path / "netrc"
    monkeypatch.setenv("NETRC", str(path))

    def write(data: bytes) -> Path:
        path.write_bytes(data)
        return path

    return write


@pytest.mark.parametrize(
    "text",
    [
        b"machine a.x login u password p",
        b"machine a.x method interactive login u password p",
        b"machine a.x\n  login u\n  port 8080\n  password p\n",
        b"machine b.x login n password m\nmacdef init\nput machine a.x\n\nmethod x\nmachine a.x login u password p",
        b"# machine a.x login no\nmethod x machine a.x login u password p",
        b'method x machine "a.x" login "u" password "p"',
        b"\xef\xbb\xbfmethod x\nmachine a.x login u password p\n",
        b"default login d password e method x machine a.x login u password p",
        b"machine a.x login u password p method x machine a.x login v password q",
    ],
    ids=["plain", "method", "port", "macdef", "comment", "quotes", "bom", "after default", "first of two"],
)
def test_netrc_is_read_as_curl_reads_it(text: bytes, write_netrc: Callable[[bytes], Path]) -> None:
    write_netrc(text)

    found = require_netrc("a.x")

    assert isinstance(found, Basic)
    assert (found.username, found.password) == ("u", "p")


def test_escapes_of_a_quoted_password_are_undone(write_netrc: Callable[[bytes], Path]) -> None:
    write_netrc(b'method x machine a.x login u password "a \\"b\\" \\t c"')

    found = require_netrc("a.x")

    assert isinstance(found, Basic)
    assert found.password == 'a "b" \t c'


def test_a_netrc_that_is_not_utf8_is_read(write_netrc: Callable[[bytes], Path]) -> None:
    write_netrc(b"machine a.x login u password p\xe9")

    found = require_netrc("a.x")

    assert isinstance(found, Basic)
    assert found.password == "p\xe9"


def test_the_default_entry_is_known_and_not_used(write_netrc: Callable[[bytes], Path]) -> None:
    write_netrc(b"method x\ndefault login d password e\n")

    assert require_netrc("a.x") is None
    assert has_netrc_default()


def test_a_value_that_is_missing_is_named_by_its_line(write_netrc: Callable[[bytes], Path]) -> None:
    path = write_netrc(b"machine a.x\nmethod x login u password")

    with pytest.raises(UsageError) as caught:
        require_netrc("a.x")

    assert caught.value.message == f"{path}:2: no value after 'password'"


def test_a_folder_in_the_place_of_netrc_is_an_error_where_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETRC", str(tmp_path))

    assert find_netrc("a.x") is None
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        require_netrc("a.x")


def test_netrc_that_is_a_device_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETRC", "/dev/zero")

    with pytest.raises(UsageError, match=r"^/dev/zero is a device, not a file$"):
        require_netrc("a.test")


def test_netrc_may_be_the_null_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETRC", "/dev/null")

    assert require_netrc("a.test") is None
