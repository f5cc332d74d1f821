"""`set cookie`: what is stored is what was said, and a cookie goes where it was said to go."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from callbox.shell.interpreter import run
from callbox.shell.session_as_commands import read_session, session_text

COOKIES = (
    "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tsid\t7\n.api.x\tTRUE\t/\tTRUE\t4000000000\tt\tv\n"
)


@pytest.mark.parametrize(
    ("attribute", "message"),
    [
        ("domain=", "domain= is not a host"),
        ("domain=.", "domain=. is not a host"),
        ("domain=..", "domain=.. is not a host"),
        ("domain=a..b", "domain=a..b is not a host"),
        ("domain=http://a.x", "domain=http://a.x is not a host"),
        ("domain=127.0.0.1:8801", "The domain of a cookie must not have a port domain=127.0.0.1"),
        (
            "domain=com",
            "com is a public suffix, shared by unrelated sites add host-only to send the cookie only to that host",
        ),
        ("path=foo", "The path of a cookie must begin with /, not 'foo' path=/foo"),
    ],
)
def test_an_invalid_attribute_is_refused(shell, attribute: str, message: str) -> None:
    assert shell.fail(f"set cookie a b {attribute}").startswith(message)
    assert not shell.context.session.jar


@pytest.mark.parametrize(
    ("attributes", "stored"),
    [
        ("domain=.A.x", ("a.x", False)),
        ("domain=com host-only", ("com", True)),
        ("host-only domain=com", ("com", True)),
        ("domain=127.0.0.1", ("127.0.0.1", True)),
        ("domain=[::1]", ("::1", True)),
        ("domain=localhost", ("localhost", True)),
        ("domain=a_b.x", ("a_b.x", False)),
    ],
)
def test_a_domain_is_stored_as_it_is_compared(shell, attributes: str, stored: tuple[str, bool]) -> None:
    shell.say(f"set cookie a b {attributes}")

    (cookie,) = shell.context.session.jar
    assert (cookie.domain, cookie.host_only) == stored


def test_cookies_are_taken_in_and_undone_as_one(shell) -> None:
    Path("jar.txt").write_text(COOKIES + "api.x\tFALSE\t/\tFALSE\t5\told\t1\n")

    assert shell.say("import cookies jar.txt") == "2 cookies from jar.txt, 1 had expired\n"
    assert shell.record("get /cookies").outgoing.cookies[0].name == "sid"
    shell.say("undo")
    assert len(shell.context.session.jar) == 0


def test_cookies_are_handed_out_for_the_owner_alone_and_come_back_the_same(shell) -> None:
    Path("jar.txt").write_text(COOKIES)
    shell.say("import cookies jar.txt", "export cookies out.txt")
    before = [cookie[:6] for cookie in shell.context.session.jar.snapshot()]

    shell.say("reset cookie", "import cookies out.txt")

    assert [cookie[:6] for cookie in shell.context.session.jar.snapshot()] == before
    assert stat.S_IMODE(Path("out.txt").stat().st_mode) == 0o600
    assert shell.fail("export cookies out.txt") == "out.txt exists already to overwrite it: --force"
    assert shell.say("export cookies out.txt --force").startswith("wrote 2 cookies to out.txt")


@pytest.mark.parametrize("attribute", ["max-age=-1", "max-age=0", "expires='Wed, 01 Jan 2020 00:00:00 GMT'"])
def test_an_expired_cookie_is_not_kept_and_that_is_said(shell, attribute: str) -> None:
    shell.say("set cookie a 1")

    assert shell.say(f"set cookie a 2 {attribute}").startswith("cookie a not stored: it expired ")
    assert not shell.context.session.jar
    shell.say("undo")
    assert [cookie.value for cookie in shell.context.session.jar.snapshot()] == ["1"]


@pytest.mark.parametrize("age", ["--5", "1-", "-", "\u00b2"])
def test_an_age_that_is_no_number_is_refused(shell, age: str) -> None:
    assert shell.fail(f"set cookie a 1 max-age={age}").startswith("max-age must be a number of seconds")


@pytest.mark.parametrize("name", ["sid", "session_id", "PHPSESSID", "connect.sid", "theme"])
def test_value_of_a_cookie_is_secret_on_the_screen(shell, name: str) -> None:
    said = shell.say(
        f"set cookie {name} HUNTER2", "show cookies", "show session", "show session --changed", "undo", "redo"
    )
    said += shell.say("show cookies --format json", "show session --format json", "preview get /ping", "show history")

    assert "HUNTER2" not in said
    assert f"set cookie {name} ?" in said
    assert "HUNTER2" in shell.say("show cookies --reveal")


def test_editor_keeps_the_value_of_a_cookie(shell) -> None:
    shell.say("set cookie sid HUNTER2", "set cookie other 1")
    text = session_text(shell.context.session)
    rebuilt = read_session(
        text.replace("set cookie other ?", "set cookie more 2"), shell.context.session, shell.context, run
    )

    assert "HUNTER2" not in text
    assert {cookie.name: cookie.value for cookie in rebuilt.jar.snapshot()} == {"sid": "HUNTER2", "more": "2"}
