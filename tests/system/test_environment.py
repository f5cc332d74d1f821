"""What the environment says is read once, and again when it says something else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from callbox.system.credentials import find_netrc
from callbox.system.environment import read_environment


@pytest.mark.parametrize("name", ["HTTP_PROXY", "https_proxy", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE"])
def test_it_is_read_again_when_a_variable_changes_and_only_then(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read_environment()
    assert read_environment() is before

    monkeypatch.setenv(name, "http://other")

    assert read_environment() != before
    assert read_environment() is read_environment()


def test_a_variable_that_is_none_of_its_own_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = read_environment()

    monkeypatch.setenv("SOME_OTHER", "x")

    assert read_environment() is before


@pytest.fixture
def netrc(tmp_path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    path = tmp_path / "netrc"
    monkeypatch.setenv("NETRC", str(path))

    def write(text: str) -> None:
        path.write_text(text)
        path.chmod(0o600)

    return write


def test_netrc_is_read_again_when_it_changes_and_only_then(netrc: Callable[[str], None]) -> None:
    netrc("machine a.x login u password p\n")
    before = find_netrc("a.x")
    assert find_netrc("a.x") is before

    netrc("machine a.x login u password longer\n")

    assert find_netrc("a.x") != before


@pytest.mark.parametrize("host", ["b.x", "sub.a.x", "x", ""])
def test_netrc_is_asked_for_the_very_host(netrc: Callable[[str], None], host: str) -> None:
    netrc("machine a.x login u password p\ndefault login d password d\n")

    assert find_netrc(host) is None
