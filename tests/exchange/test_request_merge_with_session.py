"""The one merge: precedence, removal, order and provenance."""

from __future__ import annotations

import pytest
from tests.support.rows import check_rows

from callbox.errors import UsageError
from callbox.exchange.auth_schemes import ApiKey, Basic, Bearer
from callbox.exchange.cookies import Cookie, Jar
from callbox.exchange.request import UNSET, Draft, Route
from callbox.exchange.request_content import json_content
from callbox.exchange.request_merge_with_session import SessionState, merge
from callbox.exchange.secret import reveal


def fields(standing: SessionState, draft: Draft) -> dict[str, tuple[str, str]]:
    return {f.name: (reveal(f.value), f.source) for f in merge(standing, draft, Route()).headers}


def get(**said: object) -> Draft:
    return Draft("GET", "http://a.x/", **said)


def test_each_header_tells_where_it_came_from():
    default = "d"
    standing = SessionState(
        headers={"D": default, "S": "s"}, defaults={"d": default}, auth=lambda url: (Bearer("t"), "auth")
    )
    draft = Draft("POST", "http://a.x/", (("I", "i"),), content=json_content("{}"))

    assert fields(standing, draft) == {
        "Host": ("a.x", "default"), "D": ("d", "default"), "S": ("s", "session"), "I": ("i", "item"),
        "Authorization": ("Bearer t", "auth"), "Content-Type": ("application/json", "body"), "Content-Length": ("2", "body"),
    }  # fmt: skip


def test_the_request_wins_with_its_spelling_in_the_sessions_place():
    standing = SessionState(headers={"X-A": "1", "X-B": "2"})

    assert list(fields(standing, get(headers=(("x-a", "3"),))).items())[1:] == [
        ("x-a", ("3", "item")), ("X-B", ("2", "session")),
    ]  # fmt: skip


def test_none_removes_without_regard_to_case():
    assert "X-A" not in fields(SessionState(headers={"X-A": "1"}), get(headers=(("x-a", None),)))


def test_a_list_gives_several_lines():
    outgoing = merge(SessionState(headers={"X": ["1", "2"]}), get(), Route())

    assert [f.value for f in outgoing.headers if f.name == "X"] == ["1", "2"]


def test_parameters_merge_by_name():
    standing = SessionState(query=[("a", "1"), ("b", "2"), ("c", "3")])

    outgoing = merge(standing, get(query=(("b", None), ("c", "x"), ("c", "y"))), Route())

    assert outgoing.url.query == "a=1&c=x&c=y"
    assert [f.source for f in outgoing.query] == ["session", "item", "item"]


def test_cookies_of_the_request_stand_over_the_jars():
    jar = Jar()
    jar.put(Cookie("a", "1", "a.x"), 0)
    jar.put(Cookie("b", "2", "a.x"), 0)

    outgoing = merge(SessionState(jar=jar), get(cookies=(("a", None), ("c", "3"))), Route())

    assert [(f.name, f.value, f.source) for f in outgoing.cookies] == [("b", "2", "jar"), ("c", "3", "item")]


def test_a_cookie_header_takes_the_place_of_the_jar():
    jar = Jar()
    jar.put(Cookie("a", "1", "a.x"), 0)

    assert fields(SessionState(jar=jar), get(headers=(("Cookie", "mine=1"),)))["Cookie"] == ("mine=1", "item")


@check_rows(
    ("said", "sent"),
    [
        pytest.param(get(auth=Basic("r", "r")), "Basic cjpy", id="request's auth"),
        pytest.param(
            get(auth=Basic("r", "r"), headers=(("Authorization", "own"),)), "Basic cjpy", id="over its header"
        ),
        pytest.param(get(headers=(("Authorization", "own"),)), "own", id="request's header"),
        pytest.param(get(), "Bearer s", id="session's auth"),
        pytest.param(get(auth=None), "Token h", id="none leaves the session's header"),
        pytest.param(get(headers=(("Authorization", None),)), None, id="no header at all"),
    ],
)
def test_who_signs(said, sent):
    standing = SessionState(headers={"Authorization": "Token h"}, auth=lambda url: (Bearer("s"), "auth"))

    assert fields(standing, said).get("Authorization", (None, ""))[0] == sent


@check_rows(
    ("url", "sent"),
    [("http://u:p@a.x/", "Basic dTpw"), ("http://u@a.x/", "Basic bmV0OnJj"), ("http://a.x/", "Basic bmV0OnJj")],
    ids=["a password in the URL", "netrc over a bare user", "netrc"],
)
def test_userinfo_and_netrc_sign_last(url, sent):
    standing = SessionState(netrc=lambda host: Basic("net", "rc"))

    assert fields(standing, Draft("GET", url))["Authorization"][0] == sent


@check_rows("value", ["a\r\nX: 1", "a\nb", "a\0b"], ids=["crlf", "lf", "nul"])
def test_a_value_cannot_begin_another_line(value):
    with pytest.raises(UsageError, match="'X' holds a line break or NUL"):
        merge(SessionState(), get(headers=(("X", value),)), Route())


@check_rows("name", ["", "a b", "a:b", "ä", "a\n"])
def test_a_name_is_a_token(name):
    with pytest.raises(UsageError, match="is not a header name"):
        merge(SessionState(), get(headers=((name, "1"),)), Route())


def test_a_length_that_was_said_is_made_anew():
    draft = Draft("POST", "http://a.x/", (("Content-Length", "99"),), content=json_content("{}"))

    assert fields(SessionState(), draft)["Content-Length"] == ("2", "body")


@check_rows(("method", "length"), [("GET", None), ("DELETE", None), ("POST", "0"), ("PUT", "0")])
def test_only_methods_that_carry_bodies_say_that_theirs_is_empty(method, length):
    assert fields(SessionState(), Draft(method, "http://a.x/")).get("Content-Length", (None, ""))[0] == length


def test_nothing_said_is_not_none():
    assert get().auth is UNSET


@check_rows("method", ["GET / HTTP/1.1\r\nX: y", "G T", "", "G\0", "GÉT"])
def test_a_method_is_a_token(method):
    with pytest.raises(UsageError, match="is not a method"):
        merge(SessionState(), Draft(method, "http://a.x/"), Route())


def test_the_header_of_a_credential_is_a_token():
    with pytest.raises(UsageError, match="is not a header name") as caught:
        merge(SessionState(), get(auth=ApiKey("X\r\nY", "z")), Route())

    assert "\n" not in caught.value.message
