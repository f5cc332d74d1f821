"""The log of edits: undo, redo, groups, and what a response has changed since."""

from __future__ import annotations

import pytest
from tests.support.linear import assert_linear

from callbox.engine import Entry, LiveSession
from callbox.errors import UsageError
from callbox.exchange.auth_schemes import Bearer
from callbox.exchange.cookies import Cookie

SID = ("sid", "a.x", True, "/")
EDITS = [
    pytest.param("header", "x-test", Entry("X-Test", ("1", "2")), id="header"),
    pytest.param("query", "q", Entry("q", ("1",)), id="query"),
    pytest.param("var", "v", Entry("v", ("1",)), id="var"),
    pytest.param("option", "timeout", Entry("timeout", (5.0,), "https://a.x"), id="option"),
    pytest.param("auth", "https://a.x", Bearer("t"), id="auth"),
    pytest.param("base", "", "https://a.x", id="base"),
    pytest.param("cookie", SID, Cookie("sid", "1", "a.x"), id="cookie"),
]


@pytest.fixture
def session() -> LiveSession:
    return LiveSession()


def same(value: object) -> object:
    return value._replace(created=0.0, last_access=0.0) if isinstance(value, Cookie) else value


@pytest.mark.parametrize(("noun", "key", "after"), EDITS)
def test_what_is_applied_is_held(session, noun, key, after):
    session.apply(noun, key, after)

    assert same(session.entries(noun)[key]) == after


@pytest.mark.parametrize(("noun", "key", "after"), EDITS)
def test_undo_takes_an_edit_back(session, noun, key, after):
    before = session.entries(noun)
    session.apply(noun, key, after)

    session.undo()

    assert session.entries(noun) == before


@pytest.mark.parametrize(("noun", "key", "after"), EDITS)
def test_redo_makes_it_again(session, noun, key, after):
    session.apply(noun, key, after)
    session.undo()

    session.redo()

    assert same(session.entries(noun)[key]) == after


def test_undo_brings_a_removed_header_back(session):
    session.apply("header", "x-test", Entry("X-Test", ("1",)))
    session.apply("header", "x-test", None)

    session.undo()

    assert session.headers["x-test"] == "1"


def test_a_group_is_undone_as_one(session):
    with session.group():
        session.apply("var", "a", Entry("a", ("1",)))
        session.apply("var", "b", Entry("b", ("2",)))

    session.undo()

    assert session.vars == {}


@pytest.fixture
def changed(session):
    """A session with a variable, and a cookie that a response has changed."""
    session.apply("var", "a", Entry("a", ("1",)))
    session.apply("cookie", SID, Cookie("sid", "1", "a.x"))
    session.jar.store("a.x", "/", False, ["sid=2"], 1.0)
    return session


def test_undo_passes_over_what_a_response_has_changed_since(changed):
    changed.undo()

    assert changed.jar.find("sid", "a.x", "/", True)[0].value == "2"
    assert changed.vars == {}


def test_undo_tells_what_it_has_passed_over(changed):
    undone = changed.undo()

    assert [edit.noun for edit in undone.edits] == ["var"]
    assert [edit.noun for edit in undone.skipped] == ["cookie"]


def test_redo_puts_back_what_was_undone_alone(changed):
    changed.undo()

    changed.redo()

    assert changed.vars == {"a": "1"}


def test_undo_takes_the_rest_of_a_group_back(session):
    with session.group():
        session.apply("cookie", SID, Cookie("sid", "1", "a.x"))
        session.apply("var", "a", Entry("a", ("1",)))
        session.apply("var", "a", Entry("a", ("2",)))
    session.jar.store("a.x", "/", False, ["sid=2"], 1.0)

    session.undo()

    assert session.vars == {}
    assert session.jar.find("sid", "a.x", "/", True)[0].value == "2"


def test_undo_of_nothing_but_what_was_changed_since_says_so(session):
    session.apply("cookie", SID, Cookie("sid", "1", "a.x"))
    session.jar.store("a.x", "/", False, ["sid=2"], 1.0)

    with pytest.raises(UsageError, match="Nothing to undo") as caught:
        session.undo()

    assert caught.value.hint == "not undone, because a response has changed the value since: cookie sid"


def test_redo_passes_over_what_a_response_has_changed_since(session):
    session.apply("var", "a", Entry("a", ("1",)))
    session.apply("cookie", SID, Cookie("sid", "1", "a.x"))
    session.undo()
    session.undo()
    session.jar.store("a.x", "/", False, ["sid=2"], 1.0)

    assert [edit.noun for edit in session.redo().edits] == ["var"]
    with pytest.raises(UsageError, match="Nothing to redo"):
        session.redo()
    assert session.jar.find("sid", "a.x", "/", True)[0].value == "2"


def test_nothing_to_undo_is_said(session):
    with pytest.raises(UsageError, match="Nothing to undo"):
        session.undo()


def test_a_new_edit_forgets_what_could_be_redone(session):
    session.apply("var", "a", Entry("a", ("1",)))
    session.undo()
    session.apply("var", "b", Entry("b", ("2",)))

    with pytest.raises(UsageError, match="Nothing to redo"):
        session.redo()


@pytest.mark.parametrize("noun", ["header", "query", "var"])
@pytest.mark.parametrize("removed", ["abc", "cba", "b", "ac"])
def test_undo_of_a_removal_restores_the_order(session, noun, removed):
    for name in "abc":
        session.apply(noun, name, Entry(name, ("1",)))
    order = list(session.entries(noun))
    with session.group():
        for name in removed:
            session.apply(noun, name, None)

    session.undo()

    assert list(session.entries(noun)) == order


def test_undo_of_a_removal_puts_a_cookie_in_its_place(session):
    session.jar.store("a.x", "/", False, ["a=1", "b=2", "c=3"], now=1.0)

    session.apply("cookie", ("b", "a.x", True, "/"), None)
    session.undo()

    assert [cookie.name for cookie in session.jar.snapshot()] == ["a", "b", "c"]
    assert session.jar.header("a.x", "/", False, now=1.0) == "a=1; b=2; c=3"


def test_undo_of_removing_all_cookies_keeps_their_order(session):
    session.jar.store("a.x", "/", False, ["a=1", "b=2", "c=3"], now=1.0)

    with session.group():
        for name in "abc":
            session.apply("cookie", (name, "a.x", True, "/"), None)
    session.undo()

    assert [cookie.name for cookie in session.jar.snapshot()] == ["a", "b", "c"]


def test_undo_of_a_removal_puts_options_and_credentials_in_their_place(session):
    for number in "12":
        session.apply("auth", f"https://{number}.x", Bearer(number))
    session.apply("option", "timeout", Entry("timeout", (5.0,)))
    session.apply("option", "verify", Entry("verify", (False,)))
    order = [list(session.entries(noun)) for noun in ("auth", "option")]
    with session.group():
        session.apply("auth", "https://1.x", None)
        session.apply("option", "timeout", None)

    session.undo()

    assert [list(session.entries(noun)) for noun in ("auth", "option")] == order


def test_edits_of_thousands_of_cookies_take_linear_time() -> None:
    def work(count: int) -> None:
        session = LiveSession()
        cookies = [Cookie(f"n{number}", "v", f"h{number % 7}.x", is_manual=True) for number in range(count)]
        for after in (cookies, [None] * count):
            with session.group():
                for cookie, value in zip(cookies, after, strict=True):
                    session.apply("cookie", (cookie.name, cookie.domain, cookie.host_only, cookie.path), value)
        session.undo()
        assert [cookie.name for cookie in session.jar] == [cookie.name for cookie in cookies]
        session.undo()
        session.redo()

    assert_linear(work, 200, 2_000, most=35)
