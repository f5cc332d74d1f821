"""What the environment says is read once, and again when it says something else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from callbox.system.keyring_and_netrc import find_netrc
from callbox.system.proxy_environment import read_environment


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


@pytest.mark.parametrize("scheme", ["http", "https", "all"])
def test_the_lower_case_of_a_proxy_wins_empty_too(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{scheme.upper()}_PROXY", "http://upper:1")
    monkeypatch.setenv(f"{scheme}_proxy", "http://lower:1")
    assert read_environment().proxies == {scheme: "http://lower:1"}

    monkeypatch.setenv(f"{scheme}_proxy", "")

    assert read_environment().proxies == {}


def test_an_empty_no_proxy_leaves_the_upper_case_to_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "a.x")
    monkeypatch.setenv("no_proxy", "")

    assert read_environment().no_proxy == "a.x"


@pytest.mark.parametrize("named", ["", "/nowhere"])
def test_netrc_is_read_from_where_it_is_named_alone(named: str, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine a.x login u password p\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("NETRC", raising=False)
    assert find_netrc("a.x") is not None

    monkeypatch.setenv("NETRC", named)

    assert find_netrc("a.x") is None
