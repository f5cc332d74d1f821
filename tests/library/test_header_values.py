"""A header's value becomes text in one way, wherever a program gives it."""

from __future__ import annotations

import pytest
from tests.support.rows import check_rows

import callbox
from callbox import Request, Session


def prepared(name, value):
    return Request("GET", "http://a.example/", headers={name: value}).prepare()


def of_session(name, value):
    with Session() as session:
        session.headers[name] = value
        return session.prepare_request(Request("GET", "http://a.example/"))


def edited(name, value):
    """A prepared request whose headers a program changes, and that is sent."""
    request = Request("GET", "http://127.0.0.1:9/").prepare()
    request.headers[name] = value
    with Session() as session:
        session.send(request)


WAYS = pytest.mark.parametrize("way", [prepared, of_session, edited], ids=["request", "session", "edited"])


@WAYS
@pytest.mark.parametrize("value", ["a\r\nB: c", "a\nb", "a\0b", b"a\nb", ["ok", "a\0b"]], ids=repr)
def test_a_line_break_or_nul_is_refused_before_anything_is_sent(way, value) -> None:
    with pytest.raises(callbox.exceptions.InvalidHeader, match="holds a line break or NUL and is not sent"):
        way("X", value)


@WAYS
@pytest.mark.parametrize("value", [1, 1.5, object, {"a": 1}], ids=repr)
def test_what_is_no_text_is_refused(way, value) -> None:
    with pytest.raises(callbox.exceptions.InvalidHeader, match="'X' is not text"):
        way("X", value)


@WAYS
@pytest.mark.parametrize("name", ["X\nY", "X:", "", " X"], ids=repr)
def test_what_is_no_name_is_refused(way, name) -> None:
    with pytest.raises(callbox.exceptions.InvalidHeader, match="is not a header name"):
        way(name, "1")


@check_rows("way", [prepared, of_session], ids=["request", "session"])
@check_rows("value", [" a", "\ta", " ", b" a", ["a", " a"]], ids=repr)
def test_a_blank_before_a_value_is_refused_as_requests_does(way, value) -> None:
    with pytest.raises(callbox.exceptions.InvalidHeader, match="'X' begins with a blank"):
        way("X", value)


def test_a_blank_before_a_value_of_the_session_is_passed_over_where_the_request_has_its_own() -> None:
    with Session() as session:
        session.headers["X"] = " a"
        made = session.prepare_request(Request("GET", "http://a.example/", headers={"x": "b"}))

    assert made.headers["X"] == "b"
