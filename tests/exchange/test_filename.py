"""Names that servers propose, made harmless."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callbox.exchange.filename import MOST_CHARACTERS, choose_name, proposed_name, safe_name
from callbox.exchange.headers import Headers
from callbox.exchange.url import parse


@pytest.mark.parametrize(
    ("proposed", "safe"),
    [
        pytest.param("../../etc/passwd", "passwd", id="up the tree"),
        pytest.param("/etc/cron.d/x", "x", id="absolute"),
        pytest.param("..\\..\\boot.ini", "boot.ini", id="backslashes"),
        pytest.param("~/x", "x", id="home"),
        pytest.param("~ann", "ann", id="someone's home"),
        pytest.param(".bashrc", "bashrc", id="hidden"),
        pytest.param("...", "", id="only dots"),
        pytest.param("-rf", "rf", id="an option"),
        pytest.param("a\x1b]0;x\x07b\x00.txt", "a]0;xb.txt", id="escapes"),
        pytest.param("gpj.\u202etxt.exe", "gpj.txt.exe", id="turned around"),
        pytest.param("NUL", "_NUL", id="a device"),
        pytest.param("com1.txt", "_com1.txt", id="a device with an ending"),
        pytest.param('a<b>:"c|?*.txt', "a_b___c___.txt", id="characters that some systems forbid"),
        pytest.param("report.pdf ", "report.pdf", id="a blank at the end"),
        pytest.param("naïve café.txt", "naïve café.txt", id="letters of all kinds"),
    ],
)
def test_a_proposed_name_is_made_safe(proposed: str, safe: str) -> None:
    assert safe_name(proposed) == safe


def test_a_long_name_keeps_its_ending() -> None:
    name = safe_name("x" * 500 + ".tar.gz")

    assert len(name) == MOST_CHARACTERS
    assert name.endswith("x.gz")


@given(st.text())
def test_any_name_stays_in_its_folder(text: str) -> None:
    name = safe_name(text)

    assert not set(name) & set('/\\\x00<>:"|?*')
    assert not name.startswith((".", "-", "~"))
    assert len(name.encode()) <= 200


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        pytest.param("attachment; filename=a.txt", "a.txt", id="a token"),
        pytest.param('attachment; filename="a b.txt"', "a b.txt", id="quoted"),
        pytest.param(r'attachment; filename="a\"b.txt"', 'a"b.txt', id="escaped"),
        pytest.param("attachment; filename=\"x\"; filename*=UTF-8''%e2%82%ac.txt", "€.txt", id="extended wins"),
        pytest.param("attachment; filename=\"x\"; filename*=nope''%ff", "x", id="an unknown charset"),
        pytest.param("inline", "", id="none"),
    ],
)
def test_the_proposed_name_is_read(disposition: str, name: str) -> None:
    assert proposed_name(disposition) == name


@pytest.mark.parametrize(
    ("headers", "url", "name"),
    [
        pytest.param({"Content-Disposition": "attachment; filename=a.txt"}, "http://a/b", "a.txt", id="said"),
        pytest.param({"Content-Disposition": "attachment; filename=.."}, "http://a/b.bin", "b.bin", id="said badly"),
        pytest.param({"Content-Type": "application/json"}, "http://a/users", "users.json", id="by its type"),
        pytest.param({}, "http://a/", "download", id="nothing to go by"),
        pytest.param({}, "http://a/x%2f..%2fy.txt", "y.txt", id="coded slashes"),
    ],
)
def test_a_name_is_chosen(headers: dict[str, str], url: str, name: str) -> None:
    assert choose_name(Headers(headers.items()), parse(url)) == name
